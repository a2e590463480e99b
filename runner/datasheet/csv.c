/* The sheet as CSV: RFC 4180, except that lines end with LF. */

#include "util/csv.h"
#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"

#include <inttypes.h>
#include <math.h>

/* Bytes and nanoseconds: the median of an even number of values may end in .5. */
static void print_csv_number(FILE *stream, double number)
{
	if (!isnan(number))
		fprintf(stream, "%.15g", number);
	fputc(',', stream);
}

static void print_csv_word(FILE *stream, const char *word)
{
	csv_text(stream, word);
	fputc(',', stream);
}

static void print_csv_verdict(FILE *stream, enum datasheet_verdict verdict)
{
	print_csv_word(stream, verdict == VERDICT_NONE ? "" : datasheet_verdict_name(verdict));
}

static void print_statistics(FILE *stream, const struct statistics *statistics)
{
	print_csv_number(stream, sheet_median(statistics));
	print_csv_number(stream, statistics->n == 0 ? NAN : statistics->median_ci95.low);
	print_csv_number(stream, statistics->n == 0 ? NAN : statistics->median_ci95.high);
}

static void print_cell(
	const struct datasheet *datasheet, size_t reporter, size_t index, FILE *stream)
{
	const struct situation *situation = &datasheet->situations[index];
	const struct cell *cell = datasheet_cell(datasheet, reporter, index);

	print_csv_word(stream, situation->phenomenon);
	print_csv_word(stream, situation->moment);
	print_csv_word(stream, datasheet->reporters[reporter].backend);
	print_csv_word(stream, datasheet->reporters[reporter].metric);
	print_csv_word(stream, truth_kind_name(datasheet->kind));
	print_csv_number(stream, situation->truth_bytes[datasheet->kind]);
	print_csv_number(stream, situation->scale_bytes);
	print_csv_number(stream, situation->tolerance_bytes);
	print_csv_number(stream, sheet_median(&cell->value_bytes));
	print_statistics(stream, &cell->error_bytes);
	print_csv_number(stream, 100.0 * sheet_error_part(situation, cell));
	print_csv_verdict(stream, cell->verdict);
	print_csv_word(stream, cell->verdict == VERDICT_NONE ? "" : cell->sure ? "true" : "false");
	for (size_t i = 0; i < N_TRUTH_KINDS; i++)
		print_csv_verdict(stream, cell->against[i]);
	fprintf(stream, "%zu,", cell->n_outliers);
	for (size_t i = 0; i < cell->n_trials; i++)
		fprintf(stream, "%s%" PRIu64, i > 0 ? " " : "", cell->trials[i]);
	fputc('\n', stream);
}

void datasheet_csv(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	(void)writing;
	fputs("phenomenon,moment,backend,metric,truth_kind,truth_bytes,scale_bytes,tolerance_bytes,"
	      "value_bytes,error_bytes,error_low_bytes,error_high_bytes,error_percent,verdict,sure",
		stream);
	for (size_t i = 0; i < N_TRUTH_KINDS; i++)
		fprintf(stream, ",against_%s", truth_kind_name(i));
	fputs(",outliers,trials\n", stream);
	for (size_t i = 0; i < datasheet->n_situations; i++)
		for (size_t j = 0; j < datasheet->n_reporters; j++)
			print_cell(datasheet, j, i, stream);
}

/* ---- a line a reporter */

static void print_answer(FILE *stream, enum answer answer)
{
	print_csv_word(stream, answer == ANSWER_UNKNOWN ? "" : answer == ANSWER_YES ? "yes" : "no");
}

static void print_tally(
	const struct datasheet *datasheet, size_t reporter, enum sheet_moment moment, FILE *stream)
{
	struct sheet_tally tally = sheet_tally(datasheet, reporter, moment);

	for (size_t i = VERDICT_RIGHT; i <= VERDICT_BLIND; i++)
		fprintf(stream, "%zu,", tally.n[i]);
}

static void print_reporter(const struct datasheet *datasheet, size_t index, FILE *stream)
{
	const struct reporter *reporter = &datasheet->reporters[index];

	print_csv_word(stream, reporter->backend);
	print_csv_word(stream, reporter->metric);
	print_csv_word(
		stream, reporter->n_counts_right == 0 ? "" : truth_kind_name(reporter->counts));
	fprintf(stream, "%zu,%zu,", reporter->n_counts_right, reporter->n_counts_judged);
	print_tally(datasheet, index, MOMENT_PEAK, stream);
	print_tally(datasheet, index, MOMENT_STAGE, stream);
	print_tally(datasheet, index, MOMENT_FINAL, stream);
	print_csv_number(stream, reporter->resolution_bytes);
	print_csv_number(stream, reporter->shortest_spike_ns);
	print_answer(stream, reporter->children);
	print_answer(stream, reporter->native);
	print_answer(stream, reporter->page_cache);
	print_csv_number(stream, reporter->shared_times);
	print_csv_number(stream, sheet_median(&reporter->rmse_bytes));
	print_csv_number(stream, sheet_median(&reporter->delay_ns));
	print_csv_number(stream, sheet_median(&reporter->reading_ns));
	print_statistics(stream, &reporter->slowdown);
	print_statistics(stream, &reporter->slowdown_most);
	print_csv_word(stream, reporter->slowdown_in ? reporter->slowdown_in : "");
	print_statistics(stream, &reporter->added_bytes);
	print_statistics(stream, &reporter->disturbs_bytes);
	print_csv_word(stream, reporter->disturbs_in ? reporter->disturbs_in : "");
	print_answer(stream, reporter->disturbs);
	fprintf(stream, "%s\n", reporter->high_water ? "true" : "false");
}

static void print_tally_headings(FILE *stream, const char *moment)
{
	for (size_t i = VERDICT_RIGHT; i <= VERDICT_BLIND; i++)
		fprintf(stream, "%s_%s,", moment, datasheet_verdict_name(i));
}

void datasheet_reporters_csv(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	(void)writing;
	fputs("backend,metric,counts,counts_right,counts_judged,", stream);
	print_tally_headings(stream, "peak");
	print_tally_headings(stream, "stages");
	print_tally_headings(stream, "final");
	fputs("resolution_bytes,shortest_spike_ns,children,native,page_cache,shared_times,"
	      "rmse_bytes,delay_ns,reading_ns,slowdown,slowdown_low,slowdown_high,slowdown_most,"
	      "slowdown_most_low,slowdown_most_high,slowdown_in,added_bytes,added_low_bytes,"
	      "added_high_bytes,disturbs_bytes,disturbs_low_bytes,disturbs_high_bytes,disturbs_in,"
	      "disturbs,"
	      "high_water\n",
		stream);
	for (size_t i = 0; i < datasheet->n_reporters; i++)
		print_reporter(datasheet, i, stream);
}
