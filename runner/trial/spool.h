#pragma once

/*
 * Where the samples of a running trial go: a folder with one file a series, each a plain array of
 * struct sample (16 bytes: time_ns, value), appended in big writes. The runner's memory does not grow
 * with the trial; the HDF5 file is made from it when the task is gone, so that no compressor runs
 * beside the task. What a killed runner leaves is opened again with spool_open: it lacks what was not
 * flushed.
 */

#include "backends/backend.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;
struct series;

/* More series than this in one trial are refused (-ENOSPC): a task may invent names without end. */
#define SPOOL_MAX_SERIES 256

/* The runner's own series: what the sampler read, and what the task declared to hold. */
#define SPOOL_REFERENCE "reference"
#define SPOOL_TRUTH "truth"
/* What the oracle counted is no series, and its rows in /summary are nobody else's. */
#define SPOOL_ORACLE "oracle"
/* Between the runner's series and what is below it: "truth.charged", truth_kind_place(). */
#define SPOOL_SEPARATOR '.'
/* What the slow sampler read has names that begin with SPOOL_REFERENCE: slow_channel_series(). */
/* Where the sampler stood still: runner/trial/gaps.h. */
#define SPOOL_GAPS SPOOL_REFERENCE ".gap"

/* Bytes of a series' name, with its final NUL. */
#define SPOOL_NAME_MAX 64

/* Creates the folder `name` (it must not exist) in a directory. */
int spool_create(int directory_fd, const char *name, struct spool **ret_spool, struct error *error);

/*
 * The series of that name, created at its first use. Borrowed. -EINVAL for a name that cannot be one
 * link of an HDF5 file: empty, ".", too long, with a '/' or a control character.
 */
int spool_series(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error);

/* One of the runner's own names, or one that begins with such a name and a dot. */
bool spool_name_is_reserved(const char *name);

/*
 * The same for a metric, whose name comes from a task. -EINVAL also for a reserved name: no task can
 * write into the reference or stand in its row.
 */
int spool_metric(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error);

/* NULL where there is none of that name. */
struct series *spool_find(const struct spool *spool, const char *name);

/* In the order of creation. */
size_t spool_n_series(const struct spool *spool);
struct series *spool_series_at(const struct spool *spool, size_t index);

/* Buffered; an error (disk full) is reported by the call that meets it and by every later one. */
int series_append(
	struct series *series, const struct sample *samples, size_t n, struct error *error);

const char *series_name(const struct series *series);
uint64_t series_size(const struct series *series); /* samples */

/* A series' kind, METRIC_GAUGE until set. */
void series_set_kind(struct series *series, enum metric_kind kind);
enum metric_kind series_kind(const struct series *series);

/*
 * What a series says of the interval [begin, end]:
 *
 *   initial   the last sample at or before begin; where there is none, because the reporter first
 *             looked after task_begin, the first one within the interval
 *   peak      the largest within the interval, the earliest of equals
 *   final     the last within the interval; a reporter that was silent since before begin has not
 *             seen the end, and has no final value
 *
 * First and last are by time, not by arrival, since the processes of a task may overtake each other;
 * of equal times the one that arrived last counts as last. Reads the file once, in order.
 */
struct window_value {
	bool present; /* false: no such sample; then the rest means nothing */
	uint64_t value;
	uint64_t
		time_ns; /* of the sample it is from: how far from begin or end the reporter looked */
};

struct series_window {
	uint64_t n; /* samples within the interval */
	struct window_value initial;
	struct window_value peak;
	struct window_value final;
};

int series_window(struct series *series, uint64_t begin_ns, uint64_t end_ns,
	struct series_window *ret_window, struct error *error);

/* Reads at most `n` samples from `offset` on; flushes first. *ret_n is 0 at the end. */
int series_read(struct series *series, uint64_t offset, struct sample *ret_samples, size_t n,
	size_t *ret_n, struct error *error);

/*
 * A line (without its newline) on the trial that is no sample, for who opens the spool of a runner that was
 * killed. Buffered, as samples are. What a note says is runner/trial/journal.h's.
 */
int spool_note(struct spool *spool, const char *line, struct error *error);

/* Writes what is buffered of all. Not to the disk: a machine that stops may lose it all the same. */
int spool_flush(struct spool *spool, struct error *error);

/* Closes and deletes the folder. Frees in any case and sets *spool to NULL; NULL is success. */
int spool_remove(struct spool **spool, struct error *error);

/* ---- what was left */

/*
 * Opens a spool that its runner did not remove, to be read. Each file is taken as far as it is whole: an
 * index line, a sample. *ret_torn_bytes is what was left out so, files that no index line names included.
 * -ENOENT where there is none.
 */
int spool_open(int directory_fd, const char *name, struct spool **ret_spool,
	uint64_t *ret_torn_bytes, struct error *error);

/* All notes, each with its newline; the last may lack it, and is then not whole. The caller frees. */
int spool_read_notes(
	const struct spool *spool, char **ret_text, size_t *ret_length, struct error *error);

/* From sample `n` on there are none any more. The file is left as it is. */
void series_shorten(struct series *series, uint64_t n);

/* Closes it; the folder stays. Frees and sets *spool to NULL; NULL is fine. */
void spool_close(struct spool **spool);
