#include "runner/report/account.h"

#include "runner/analysis/units.h"
#include "runner/trial/tally.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>

/* Page cache from here on is a notable part of a peak: what another machine, or a tighter limit, would not charge. */
#define NOTABLE_CACHE 0.1
/* A warm-up that differs by less says nothing; nor does one within the charge batch of a CPU. */
#define NOTABLE_WARMUP 0.01
/* Where the kernel does not count how often a limit was met (slice.h), a peak as near as this stood at it. */
#define NEAR_LIMIT 0.98

/* Parts that were read further below the peak are not those of the peak: a spike came between two samples. */
#define NEAR_PEAK 0.98

#define N_PARTS 5

struct part {
	const char *name;
	double bytes;
};

static int compare_parts(const void *left, const void *right)
{
	double a = ((const struct part *)left)->bytes;
	double b = ((const struct part *)right)->bytes;

	return (a < b) - (a > b);
}

static struct formatted bytes_text(double bytes)
{
	return format_bytes((uint64_t)fmax(bytes, 0.0));
}

/* What is left of the use that was read with them is a part too, and stands last. */
static size_t collect_parts(const struct comparison_trial *trial, struct part parts[N_PARTS])
{
	static const struct {
		const char *name;
		enum summary_account field;
	} known[] = {
		{"anonymous", ACCOUNT_PEAK_ANON},
		{"page cache", ACCOUNT_PEAK_FILE},
		{"shmem", ACCOUNT_PEAK_SHMEM},
		{"kernel", ACCOUNT_PEAK_KERNEL},
	};
	double rest = trial->account[ACCOUNT_COMPOSED];
	size_t n = 0;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		double bytes = trial->account[known[i].field];

		if (!(bytes > 0.0))
			continue;
		parts[n++] = (struct part){known[i].name, bytes};
		rest -= bytes;
	}
	qsort(parts, n, sizeof(*parts), compare_parts);
	if (rest >= 1024.0)
		parts[n++] = (struct part){"in none of these", rest};
	return n;
}

char *account_parts(const struct comparison_trial *trial)
{
	struct part parts[N_PARTS];
	size_t n;
	char *text;

	if (!(trial->account[ACCOUNT_COMPOSED] > 0.0))
		return string_format("%s", "");
	n = collect_parts(trial, parts);
	text = trial->account[ACCOUNT_COMPOSED] < NEAR_PEAK * trial->reached_peak
		       ? string_format("peak %s, its parts read at %s",
				 bytes_text(trial->reached_peak).text,
				 bytes_text(trial->account[ACCOUNT_COMPOSED]).text)
		       : string_format("peak %s", bytes_text(trial->reached_peak).text);
	for (size_t i = 0; i < n; i++)
		text = string_append(text, i ? ", " : ": ", "%s %s",
			bytes_text(parts[i].bytes).text, parts[i].name);
	return text;
}

size_t account_backend(const struct comparison *comparison, size_t point)
{
	size_t none = comparison_none(comparison);

	if (none < comparison->n_backends &&
		comparison_shown_trial(comparison_cell(comparison, point, none)))
		return none;
	for (size_t i = 0; i < comparison->n_backends; i++)
		if (comparison_shown_trial(comparison_cell(comparison, point, i)))
			return i;
	return 0;
}

const char *account_end(const struct comparison_trial *trial)
{
	return trial->account[ACCOUNT_MEMORY_MAX] > 0.0 ? "killed at its memory limit"
							: "killed by the kernel, out of memory";
}

static size_t count_killed(const struct comparison_cell *cell)
{
	size_t n = 0;

	for (size_t i = 0; i < cell->n_trials; i++)
		n += cell->trials[i].killed;
	return n;
}

/* NULL on ENOMEM. */
static char *times_text(double n)
{
	return n == 1.0 ? string_format("once") : string_format("%.0f times", n);
}

/* NULL on ENOMEM; "" where no limit had a part in it. */
static char *limit_text(const struct comparison_cell *cell, const struct comparison_trial *trial)
{
	double limit = trial->account[ACCOUNT_MEMORY_MAX];
	double met = trial->account[ACCOUNT_LIMIT_MET];
	double kills = trial->account[ACCOUNT_OOM_KILLS];
	CLEANUP(cleanup_free) char *times = met > 0.0 ? times_text(met) : NULL;
	CLEANUP(cleanup_free) char *share = tally_share(count_killed(cell), cell->n_trials);

	if (!(limit > 0.0))
		return string_format("%s", "");
	if (!share || (met > 0.0 && !times))
		return NULL;
	if (!trial->ok)
		return string_format("killed at its limit of %s in %s%s%s; until then ",
			bytes_text(limit).text, share, times ? ", after meeting it " : "",
			times ? times : "");
	if (met > 0.0)
		return string_format("met its limit of %s %s%s; ", bytes_text(limit).text, times,
			kills > 0.0 ? ", and the kernel killed a process" : "");
	if (trial->reached_peak >= NEAR_LIMIT * limit)
		return string_format("reached its limit of %s; ", bytes_text(limit).text);
	return string_format("%s", "");
}

static bool has_notable_cache(const struct comparison_trial *trial)
{
	return trial->account[ACCOUNT_PEAK_FILE] >=
	       NOTABLE_CACHE * trial->account[ACCOUNT_COMPOSED];
}

static int print_account(
	const char *name, const struct comparison_cell *cell, bool composed, FILE *stream)
{
	const struct comparison_trial *trial = comparison_shown_trial(cell);
	CLEANUP(cleanup_free) char *limit = NULL;
	CLEANUP(cleanup_free) char *parts = NULL;

	if (!trial)
		return 0;
	limit = limit_text(cell, trial);
	parts = account_parts(trial);
	if (!limit || !parts)
		return -ENOMEM;
	if (parts[0] && (limit[0] || composed || has_notable_cache(trial)))
		fprintf(stream, "%s: %s%s\n", name, limit, parts);
	else if (limit[0])
		fprintf(stream, "%s: %speak %s\n", name, limit,
			bytes_text(trial->reached_peak).text);
	return 0;
}

void account_print_warmup(const struct comparison *comparison, size_t point, FILE *stream)
{
	const size_t backend = account_backend(comparison, point);
	const struct comparison_cell *cell = comparison_cell(comparison, point, backend);
	const struct comparison_trial *trial = comparison_typical_trial(cell);
	double peak = trial ? trial->value[COMPARISON_REFERENCE_PEAK] : NAN;
	double difference = cell->warmup_peak_bytes - peak;

	if (!(fabs(difference) > NOTABLE_WARMUP * peak) ||
		!(fabs(difference) > comparison->charge_batch_bytes))
		return;
	fprintf(stream, "%s: the warm-up peaked at %s (%s): what a cold start is charged\n",
		comparison->backends[backend].name, bytes_text(cell->warmup_peak_bytes).text,
		format_percent(difference / peak).text);
}

int account_print(const struct comparison *comparison, size_t point, bool all, FILE *stream)
{
	size_t first = account_backend(comparison, point);
	int r = 0;

	for (size_t i = 0; i < comparison->n_backends && r == 0; i++) {
		const struct comparison_cell *cell = comparison_cell(comparison, point, i);
		const struct comparison_trial *trial = comparison_shown_trial(cell);
		const char *name = comparison->backends[i].name;

		if (trial && (all || i == first || trial->account[ACCOUNT_LIMIT_MET] > 0.0 ||
				     !trial->ok))
			r = print_account(name, cell, all, stream);
		if (r == 0 && i == first)
			account_print_warmup(comparison, point, stream);
	}
	return r;
}

char *account_growth(const struct comparison_trial *trial)
{
	const double *value = trial->value;
	bool own = !isnan(value[COMPARISON_PEAK]);
	double growth =
		own ? value[COMPARISON_PEAK] - value[COMPARISON_INITIAL]
		    : value[COMPARISON_REFERENCE_PEAK] - value[COMPARISON_REFERENCE_INITIAL];
	double error = value[own ? COMPARISON_ERROR : COMPARISON_REFERENCE_ERROR];
	struct formatted truth;

	if (!trial->ok)
		return string_format("%s; peak until then %s", account_end(trial),
			format_bytes((uint64_t)fmax(trial->reached_peak, 0.0)).text);
	if (isnan(growth))
		return string_format("its growth is unknown");
	if (isnan(error))
		return string_format("%s%s", own ? "" : "reference ",
			format_bytes_difference((int64_t)growth).text);
	truth = format_bytes_difference((int64_t)value[COMPARISON_TRUTH_PEAK]);
	return string_format("%s%s; truth %s: %s", own ? "" : "reference ",
		format_bytes_difference((int64_t)growth).text, truth.text,
		format_percent(error).text);
}
