/* The sheet as Markdown, in a dialect with tables. */

#include "runner/datasheet/columns.h"
#include "runner/datasheet/writers.h"

#include <inttypes.h>
#include <string.h>

static const char how_to_read[] =
	"A *reporter* is one metric of a backend. It is compared with the truth that each task "
	"declares, at its peak, in each of its stages and at its end, always minus its value when "
	"the task began. **high** and **low** are more and less than the tolerance allows, "
	"**blind** shows less than a tenth of what there is. The percentage is the median error "
	"relative to the most that the task ever held. A question mark means that the 95 % "
	"interval of the median error includes another verdict. docs/datasheet.md of memcg-run has "
	"the rule, [" DATASHEET_CSV "](" DATASHEET_CSV ") each error in bytes with its interval.\n";

static void write_facts(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream);
static void write_reporters(const struct datasheet *datasheet, FILE *stream);
static void write_moments(const struct datasheet *datasheet, FILE *stream);
static void write_verdicts(const struct datasheet *datasheet, FILE *stream);
static void write_trials(const struct datasheet *datasheet, FILE *stream);

/* Escapes a name for a table cell and for HTML. */
static void write_text(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < 0x20 || *text == 0x7f) {
			fputc(' ', stream);
			continue;
		}
		if (strchr("\\`*[]<>|&", *text))
			fputc('\\', stream);
		fputc(*text, stream);
	}
}

void datasheet_markdown(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	fputs("# Data sheet: ", stream);
	write_text(stream, datasheet->run);
	fputs("\n\n", stream);
	write_facts(datasheet, writing, stream);
	fputs("\n![The verdicts, situations by reporters](" DATASHEET_PICTURE ")\n\n", stream);
	fputs(how_to_read, stream);
	write_reporters(datasheet, stream);
	write_moments(datasheet, stream);
	write_verdicts(datasheet, stream);
	write_trials(datasheet, stream);
}

static void write_facts(
	const struct datasheet *datasheet, const struct datasheet_writing *writing, FILE *stream)
{
	fprintf(stream,
		"%zu reporters in %zu situations, compared with what was **%s**. %zu trials that "
		"ended "
		"ok, ",
		datasheet->n_reporters, datasheet->n_situations, truth_kind_name(datasheet->kind),
		datasheet->n_trials_ok);
	if (datasheet->n_trials_left_out > 0)
		fprintf(stream, "%zu that did not and are left out; ",
			datasheet->n_trials_left_out);
	fprintf(stream, "%" PRIu64 " repetition%s of each at most.\n", datasheet->repetitions,
		datasheet->repetitions == 1 ? "" : "s");
	if (datasheet->repetitions < 2)
		fputs("**With one repetition there is no interval, so every verdict is "
		      "uncertain.**\n",
			stream);
	if (writing->incomplete)
		fputs("**The run was ended before every planned trial had run.**\n", stream);
	if (writing->machine) {
		fputc('\n', stream);
		write_text(stream, writing->machine);
		fputc('\n', stream);
	}
	if (writing->zero_page) {
		fputs("\nOn this host ", stream);
		write_text(stream, writing->zero_page);
		fputs(".\n", stream);
	}
}

/* ---- tables */

/* "| --- | ---: | ---: |": the first columns left-aligned, numbers right-aligned. */
static void write_rule(FILE *stream, size_t n_left, size_t n_right)
{
	for (size_t i = 0; i < n_left; i++)
		fputs("| --- ", stream);
	for (size_t i = 0; i < n_right; i++)
		fputs("| ---: ", stream);
	fputs("|\n", stream);
}

static void write_cell(FILE *stream, const char *text)
{
	fputs("| ", stream);
	write_text(stream, text);
	fputc(' ', stream);
}

/* True if the column has no value for any reporter. */
static bool is_empty(const struct datasheet *datasheet, enum sheet_column column)
{
	for (size_t i = 0; i < datasheet->n_reporters; i++)
		if (strcmp(sheet_cell(datasheet, i, column).text, "-") != 0)
			return false;
	return datasheet->n_reporters > 0;
}

static void write_reporters(const struct datasheet *datasheet, FILE *stream)
{
	size_t n_shown = 0;

	fputs("\n## The reporters\n\n", stream);
	for (size_t i = 0; i < SHEET_N_COLUMNS; i++) {
		if (is_empty(datasheet, i))
			continue;
		write_cell(stream, sheet_long_heading(i));
		n_shown++;
	}
	fputs("|\n", stream);
	write_rule(stream, 1, n_shown - 1);
	for (size_t i = 0; i < datasheet->n_reporters; i++) {
		for (size_t j = 0; j < SHEET_N_COLUMNS; j++)
			if (!is_empty(datasheet, j))
				write_cell(stream, sheet_cell(datasheet, i, j).text);
		fputs("|\n", stream);
	}
	fputs("\n"
	      "*Counts*: the kind of truth that it is right about most often, at the peak. "
	      "*Stages, end*: how many of those that could be judged are right. *Adds*: the "
	      "cgroup's account at the task's beginning, compared with `none` in the same "
	      "repetition. *Changes the peak*: how much its measuring adds to the cgroup's peak, "
	      "compared with the same.\n",
		stream);
}

/* "31 right, 2 blind"; "-" if nothing was judged. */
static void write_tally(FILE *stream, const struct sheet_tally *tally)
{
	bool first = true;

	fputs("| ", stream);
	if (tally->n_judged == 0)
		fputc('-', stream);
	for (size_t i = VERDICT_RIGHT; i <= VERDICT_BLIND; i++) {
		if (tally->n[i] == 0)
			continue;
		fprintf(stream, "%s%zu %s", first ? "" : ", ", tally->n[i],
			datasheet_verdict_name(i));
		first = false;
	}
	fputc(' ', stream);
}

static void write_moments(const struct datasheet *datasheet, FILE *stream)
{
	fputs("\n## By moment\n\n| reporter | at the peak | in the stages | at the end |\n",
		stream);
	write_rule(stream, 4, 0);
	for (size_t i = 0; i < datasheet->n_reporters; i++) {
		write_cell(stream, sheet_cell(datasheet, i, SHEET_REPORTER).text);
		for (enum sheet_moment moment = MOMENT_PEAK; moment <= MOMENT_FINAL; moment++) {
			struct sheet_tally tally = sheet_tally(datasheet, i, moment);

			write_tally(stream, &tally);
		}
		fputs("|\n", stream);
	}
}

/* ---- verdicts */

static void write_verdict(
	FILE *stream, const struct datasheet *datasheet, size_t reporter, size_t index)
{
	const struct situation *situation = &datasheet->situations[index];
	const struct cell *cell = datasheet_cell(datasheet, reporter, index);
	const char *name = datasheet_verdict_name(cell->verdict);
	const char *unsure = sheet_is_open(datasheet, cell) ? "?" : "";

	if (cell->verdict == VERDICT_NONE)
		fputs("| - ", stream);
	else if (cell->verdict == VERDICT_RIGHT)
		fprintf(stream, "| %s%s ", name, unsure);
	else
		fprintf(stream, "| **%s**%s %s ", name, unsure,
			sheet_percent(sheet_error_part(situation, cell)).text);
}

static void write_names(const struct datasheet *datasheet, FILE *stream)
{
	for (size_t i = 0; i < datasheet->n_reporters; i++)
		write_cell(stream, sheet_cell(datasheet, i, SHEET_REPORTER).text);
	fputs("|\n", stream);
}

static void write_verdicts(const struct datasheet *datasheet, FILE *stream)
{
	fputs("\n## Verdicts\n\nEach row's name links to its trials.\n\n| phenomenon | moment ",
		stream);
	write_names(datasheet, stream);
	write_rule(stream, 2 + datasheet->n_reporters, 0);
	for (size_t i = 0; i < datasheet->n_situations; i++) {
		const struct situation *situation = &datasheet->situations[i];

		fputs("| [", stream);
		write_text(stream, situation->phenomenon);
		fprintf(stream, "](#trials-%zu) ", i + 1);
		write_cell(stream, situation->moment);
		for (size_t j = 0; j < datasheet->n_reporters; j++)
			write_verdict(stream, datasheet, j, i);
		fputs("|\n", stream);
	}
}

/* ---- trials */

/* "12, 57-59", for ascending numbers. */
static void write_trial_numbers(FILE *stream, const struct cell *cell)
{
	for (size_t i = 0; i < cell->n_trials;) {
		size_t last = i;

		while (last + 1 < cell->n_trials &&
			cell->trials[last + 1] == cell->trials[last] + 1)
			last++;
		fprintf(stream, "%s%" PRIu64, i > 0 ? ", " : "", cell->trials[i]);
		if (last > i)
			fprintf(stream, "-%" PRIu64, cell->trials[last]);
		i = last + 1;
	}
	if (cell->n_trials == 0)
		fputc('-', stream);
}

static void write_trials(const struct datasheet *datasheet, FILE *stream)
{
	fputs("\n## Trials\n\nThe numbers of the trials that each verdict rests on, as in "
	      "`/trials/000012` of results.h5.\n\n| phenomenon | moment ",
		stream);
	write_names(datasheet, stream);
	write_rule(stream, 2 + datasheet->n_reporters, 0);
	for (size_t i = 0; i < datasheet->n_situations; i++) {
		fprintf(stream, "| <a id=\"trials-%zu\"></a>", i + 1);
		write_text(stream, datasheet->situations[i].phenomenon);
		fputc(' ', stream);
		write_cell(stream, datasheet->situations[i].moment);
		for (size_t j = 0; j < datasheet->n_reporters; j++) {
			fputs("| ", stream);
			write_trial_numbers(stream, datasheet_cell(datasheet, j, i));
			fputc(' ', stream);
		}
		fputs("|\n", stream);
	}
}
