#include "runner/store/recovery.h"

#include "runner/store/layout.h"
#include "runner/store/trial_file.h"
#include "runner/trial/journal.h"
#include "runner/trial/slow_channel.h"
#include "util/cleanup.h"
#include "util/counter.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

#define SPOOL_SUFFIX ".spool"
#define PART_SUFFIX ".h5.part"
#define NUMBER_DIGITS 6
#define CHECK_SAMPLES 4096

struct recovery {
	int trials_fd;
	const char *trials_path;
	recovery_told told;
	void *context;
	uint64_t n_recovered;
};

/* What is recovered from one spool. */
struct recovered {
	struct trial_description description;
	struct trial_result result;
	uint64_t lost_bytes;
};

static void recovered_release(struct recovered *recovered)
{
	spool_close(&recovered->result.spool);
	trial_description_release(&recovered->description);
	trial_result_release(&recovered->result);
}

/* ---- valid samples */

/* Read sequentially by one thread. A task's messages may overtake each other. */
static bool is_ordered(const char *name)
{
	return strcmp(name, SPOOL_REFERENCE) == 0 ||
	       strncmp(name, SPOOL_REFERENCE ".", strlen(SPOOL_REFERENCE ".")) == 0;
}

/*
 * The number of leading samples with a plausible time. If the machine crashed before the blocks of
 * a file reached the disk, it contains zeros.
 */
static int count_good(
	struct series *series, uint64_t earliest_ns, uint64_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_free) struct sample *samples = calloc(CHECK_SAMPLES, sizeof(*samples));
	bool ordered = is_ordered(series_name(series));
	uint64_t n_good = 0;
	size_t n;

	if (!samples)
		return error_set_errno(error, ENOMEM, "cannot check the samples");
	do {
		int r = series_read(series, n_good, samples, CHECK_SAMPLES, &n, error);

		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++, n_good++) {
			if (samples[i].time_ns < earliest_ns) {
				*ret_n = n_good;
				return 0;
			}
			if (ordered)
				earliest_ns = samples[i].time_ns + 1;
		}
	} while (n > 0);
	*ret_n = n_good;
	return 0;
}

static int keep_good_samples(struct recovered *recovered, struct error *error)
{
	const struct trial_result *result = &recovered->result;

	for (size_t i = 0; i < spool_n_series(result->spool); i++) {
		struct series *series = spool_series_at(result->spool, i);
		/* The sampler is armed just before the gate opens. */
		uint64_t earliest_ns =
			is_ordered(series_name(series)) ? 1 : result->start_monotonic_ns;
		uint64_t n_good = 0;
		int r = count_good(series, earliest_ns ? earliest_ns : 1, &n_good, error);

		if (r < 0)
			return r;
		recovered->lost_bytes += (series_size(series) - n_good) * sizeof(struct sample);
		series_shorten(series, n_good);
	}
	return 0;
}

/* ---- complete rows */

/*
 * Whether the last sample has the same time as the other column's: not so if a row is missing
 * before.
 */
static int is_aligned(
	struct series *series, struct series *other, bool *ret_aligned, struct error *error)
{
	uint64_t size = series_size(series);
	struct sample last = {0}, beside = {0};
	size_t n;
	int r;

	*ret_aligned = false;
	if (size == 0)
		return 0;
	r = series_read(series, size - 1, &last, 1, &n, error);
	if (r == 0)
		r = series_read(other, size - 1, &beside, 1, &n, error);
	*ret_aligned = r == 0 && last.time_ns == beside.time_ns;
	return r;
}

/*
 * A row is one sample in each column, written one after the other: the last rows may be incomplete.
 * A column with a row missing in the middle is dropped, as in any other trial.
 */
static int keep_whole_rows(
	const struct spool *spool, enum slow_channel channel, struct error *error)
{
	struct series *longest = slow_channel_longest(channel, spool);
	uint64_t n_rows = longest ? series_size(longest) : 0;

	for (unsigned key = 0; key < slow_channel_n_keys(channel); key++) {
		struct series *series = slow_channel_find(channel, key, spool);
		bool aligned;
		int r;

		if (!series)
			continue;
		r = is_aligned(series, longest, &aligned, error);
		if (r < 0)
			return r;
		if (!aligned)
			series_shorten(series, 0);
		else if (series_size(series) < n_rows)
			n_rows = series_size(series);
	}
	for (unsigned key = 0; key < slow_channel_n_keys(channel); key++) {
		struct series *series = slow_channel_find(channel, key, spool);

		if (series)
			series_shorten(series, n_rows);
	}
	return 0;
}

/* ---- known facts */

/* The interval ends with the task or, if that was not seen, with the last sample. */
static int settle_reference(struct trial_result *result, struct error *error)
{
	struct trial_reference *reference = &result->reference;
	struct series *series = spool_find(result->spool, SPOOL_REFERENCE);
	struct series_window window = {0};
	int r = 0;

	if (!reference->begun)
		return 0;
	if (series)
		r = series_window(series, result->begin_ns,
			result->end_ns ? result->end_ns : UINT64_MAX, &window, error);
	if (r < 0)
		return r;
	if (result->end_ns == 0) {
		reference->begun = window.final.present;
		result->end_ns = window.final.time_ns;
		reference->final_bytes = window.final.value;
	}
	reference->peak_bytes = counter_larger(reference->initial_bytes, reference->final_bytes);
	if (window.peak.present)
		reference->peak_bytes = counter_larger(reference->peak_bytes, window.peak.value);
	result->wall_ns = result->end_ns > result->begin_ns ? result->end_ns - result->begin_ns : 0;
	return 0;
}

static void describe_loss(struct recovered *recovered)
{
	struct trial_result *result = &recovered->result;

	if (recovered->lost_bytes > 0)
		snprintf(result->cause, sizeof(result->cause),
			"the runner was killed during the trial; %" PRIu64
			" bytes that it had written were damaged and are left out",
			recovered->lost_bytes);
	else
		snprintf(result->cause, sizeof(result->cause),
			"the runner was killed during the trial");
}

static int read_notes(struct recovered *recovered, uint64_t number, struct error *error)
{
	struct trial_result *result = &recovered->result;
	CLEANUP(cleanup_free) char *notes = NULL;
	uint64_t torn_bytes = 0;
	size_t length;
	int r = spool_read_notes(result->spool, &notes, &length, error);

	if (r == 0)
		r = journal_read(
			notes, length, &recovered->description, result, &torn_bytes, error);
	if (r < 0)
		return r;
	recovered->lost_bytes += torn_bytes;
	if (recovered->description.number != number)
		return error_set(error, EINVAL, "it is that of trial %06" PRIu64,
			recovered->description.number);
	return 0;
}

static int read_spool(struct recovered *recovered, int trials_fd, const char *name, uint64_t number,
	struct error *error)
{
	struct trial_result *result = &recovered->result;
	int r = spool_open(trials_fd, name, &result->spool, &recovered->lost_bytes, error);

	if (r == 0)
		r = read_notes(recovered, number, error);
	if (r == 0)
		r = keep_good_samples(recovered, error);
	for (unsigned channel = 0; channel < SLOW_N_CHANNELS && r == 0; channel++)
		r = keep_whole_rows(result->spool, channel, error);
	if (r == 0)
		r = settle_reference(result, error);
	describe_loss(recovered);
	return r;
}

/* ---- each spool */

static void tell_trial(const struct recovery *recovery, uint64_t number, const char *what)
{
	CLEANUP(cleanup_free)
	char *text =
		string_format("trial %06" PRIu64 " in %s: %s", number, recovery->trials_path, what);

	if (text && recovery->told)
		recovery->told(recovery->context, text);
}

static void tell_recovered(const struct recovery *recovery, const struct recovered *recovered)
{
	struct series *reference = spool_find(recovered->result.spool, SPOOL_REFERENCE);
	uint64_t n = reference ? series_size(reference) : 0;
	CLEANUP(cleanup_free)
	char *text = string_format("recovered with %" PRIu64 " sample%s: %s", n, n == 1 ? "" : "s",
		recovered->result.cause);

	if (text)
		tell_trial(recovery, recovered->description.number, text);
}

/* Returns 1, with the reason, if it is unusable. */
static int seal_recovered(
	struct recovery *recovery, const char *name, uint64_t number, struct error *error)
{
	CLEANUP(recovered_release)
	struct recovered recovered = {
		.result = {.status = TRIAL_INTERRUPTED, .exit_code = -1, .recovered = true}};
	int r = read_spool(&recovered, recovery->trials_fd, name, number, error);

	if (r < 0)
		return r == -ENOMEM ? r : 1;
	r = trial_file_seal_described(recovery->trials_fd, recovery->trials_path,
		&recovered.description, &recovered.result, error);
	if (r < 0)
		return r;
	recovery->n_recovered++;
	tell_recovered(recovery, &recovered);
	return file_remove_tree(recovery->trials_fd, name, error);
}

int recovery_seal_spool(
	int trials_fd, const char *trials_path, uint64_t number, struct error *error)
{
	struct recovery recovery = {.trials_fd = trials_fd, .trials_path = trials_path};
	char name[LAYOUT_TRIAL_NAME_SIZE];

	snprintf(name, sizeof(name), LAYOUT_TRIAL_NAME SPOOL_SUFFIX, number);
	return seal_recovered(&recovery, name, number, error);
}

static int seal_or_tell(
	struct recovery *recovery, const char *name, uint64_t number, struct error *error)
{
	struct error failure = ERROR_INIT;
	CLEANUP(cleanup_free) char *text = NULL;
	int r = seal_recovered(recovery, name, number, &failure);

	if (r < 0)
		return error_set(error, -r, "%s", failure.text);
	if (r == 0)
		return 0;
	text = string_format(
		"its spool cannot be recovered and is kept as it is: %s", failure.text);
	if (text)
		tell_trial(recovery, number, text);
	return 0;
}

static int recover(
	struct recovery *recovery, const char *name, uint64_t number, struct error *error)
{
	char sealed[LAYOUT_TRIAL_NAME_SIZE];

	snprintf(sealed, sizeof(sealed), LAYOUT_TRIAL_FILE, number);
	if (faccessat(recovery->trials_fd, sealed, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return seal_or_tell(recovery, name, number, error);
	tell_trial(recovery, number, "it was sealed already");
	return file_remove_tree(recovery->trials_fd, name, error);
}

/* "000042" followed by the suffix. */
static bool is_numbered(const char *name, const char *suffix, uint64_t *ret_number)
{
	char digits[NUMBER_DIGITS + 1] = "";

	if (strlen(name) != NUMBER_DIGITS + strlen(suffix) ||
		strcmp(name + NUMBER_DIGITS, suffix) != 0)
		return false;
	memcpy(digits, name, NUMBER_DIGITS);
	return parse_u64(digits, ret_number) == 0;
}

static int recover_entry(struct recovery *recovery, const char *name, struct error *error)
{
	uint64_t number;

	/* A file that was just sealed may still be listed under its old name. */
	if (is_numbered(name, PART_SUFFIX, &number) && unlinkat(recovery->trials_fd, name, 0) < 0 &&
		errno != ENOENT)
		return error_set_errno(
			error, errno, "cannot remove %s/%s", recovery->trials_path, name);
	if (is_numbered(name, SPOOL_SUFFIX, &number))
		return recover(recovery, name, number, error);
	return 0;
}

int recovery_seal_spools(int trials_fd, const char *trials_path, recovery_told told, void *context,
	uint64_t *ret_n_recovered, struct error *error)
{
	struct recovery recovery = {
		.trials_fd = trials_fd,
		.trials_path = trials_path,
		.told = told,
		.context = context,
	};
	CLEANUP(cleanup_closedir) DIR *listing = NULL;
	const struct dirent *entry;
	int first = file_list(trials_fd, ".", &listing);

	if (first < 0)
		return error_set_errno(error, -first, "cannot list %s", trials_path);
	while ((entry = file_next(listing))) {
		int r = recover_entry(&recovery, entry->d_name, first < 0 ? NULL : error);

		if (first == 0)
			first = r;
	}
	if (errno != 0 && first == 0)
		first = error_set_errno(error, errno, "cannot list %s", trials_path);
	*ret_n_recovered = recovery.n_recovered;
	return first;
}
