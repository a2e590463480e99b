#pragma once

/*
 * Storage for the samples of a running trial: a folder with one file per series, each a plain array
 * of struct sample (16 bytes: time_ns, value), appended in large writes. The runner's memory does
 * not grow with the trial; the HDF5 file is made from the spool after the task has ended, so that
 * no compressor runs alongside the task. spool_open opens the spool of a killed runner, which lacks
 * unflushed data.
 */

#include "backends/backend.h"
#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct spool;
struct series;

/* More series than this in one trial are refused (-ENOSPC): a task may invent names endlessly. */
#define SPOOL_MAX_SERIES 256

/* The runner's own series: the sampler's values, and the truth that the task declared. */
#define SPOOL_REFERENCE "reference"
#define SPOOL_TRUTH "truth"
/* The oracle's counts are not a series; the name reserves its rows in /summary. */
#define SPOOL_ORACLE "oracle"
/* Separates the runner's series from its parts: "truth.charged", truth_kind_place(). */
#define SPOOL_SEPARATOR '.'
/* Series of the slow sampler have names that begin with SPOOL_REFERENCE: slow_channel_series(). */
/* Gaps of the sampler: runner/trial/gaps.h. */
#define SPOOL_GAPS SPOOL_REFERENCE ".gap"

/* Size of a series' name, including its NUL. */
#define SPOOL_NAME_MAX 64

/* Creates the folder `name`, which must not exist, in a directory. */
int spool_create(int directory_fd, const char *name, struct spool **ret_spool, struct error *error);

/*
 * The series of that name, created on first use. Borrowed. -EINVAL for a name that cannot be a link
 * of an HDF5 file: empty, ".", too long, with a '/' or a control character.
 */
int spool_series(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error);

/* True for the runner's own names and for those that begin with such a name and a dot. */
bool spool_name_is_reserved(const char *name);

/*
 * The same for a metric, whose name comes from a task. -EINVAL also for a reserved name: a task
 * must not write to the reference or appear in its row.
 */
int spool_metric(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error);

/* NULL if there is no series of that name. */
struct series *spool_find(const struct spool *spool, const char *name);

/* In order of creation. */
size_t spool_n_series(const struct spool *spool);
struct series *spool_series_at(const struct spool *spool, size_t index);

/* Buffered; an error (disk full) is returned by the call that meets it and by every later one. */
int series_append(
	struct series *series, const struct sample *samples, size_t n, struct error *error);

const char *series_name(const struct series *series);
uint64_t series_size(const struct series *series); /* samples */

/* A series' kind, METRIC_GAUGE until set. */
void series_set_kind(struct series *series, enum metric_kind kind);
enum metric_kind series_kind(const struct series *series);

/*
 * A series' values for the interval [begin, end]:
 *
 *   initial   the last sample at or before begin; if there is none, because the reporter started after
 *             task_begin, the first one within the interval
 *   peak      the largest within the interval, the earliest of equals
 *   final     the last within the interval; a reporter without samples since before begin has not seen
 *             the end, and has no final value
 *
 * First and last are by time, not by arrival, since processes of a task may overtake each other; of
 * equal times the last to arrive is the last. Reads the file once, in order.
 */
struct window_value {
	bool present; /* false: no such sample; the rest is invalid */
	uint64_t value;
	uint64_t time_ns; /* of the sample: shows its distance from begin or end */
};

struct series_window {
	uint64_t n; /* samples within the interval */
	struct window_value initial;
	struct window_value peak;
	struct window_value final;
};

int series_window(struct series *series, uint64_t begin_ns, uint64_t end_ns,
	struct series_window *ret_window, struct error *error);

/* Reads at most `n` samples starting at `offset`; flushes first. *ret_n is 0 at the end. */
int series_read(struct series *series, uint64_t offset, struct sample *ret_samples, size_t n,
	size_t *ret_n, struct error *error);

/*
 * Adds a line (without its newline) about the trial, for recovery after the runner was killed.
 * Buffered like samples. runner/trial/journal.h defines the content.
 */
int spool_note(struct spool *spool, const char *line, struct error *error);

/* Writes all buffers to the files, but not to the disk: a machine crash may lose them. */
int spool_flush(struct spool *spool, struct error *error);

/* Closes and deletes the folder. Frees in any case and sets *spool to NULL; NULL is success. */
int spool_remove(struct spool **spool, struct error *error);

/* ---- spools left by killed runners */

/*
 * Opens a left spool for reading. Of each file its complete part is used: whole index lines, whole
 * samples. *ret_torn_bytes counts the rest, including files without an index line. -ENOENT if there
 * is no spool.
 */
int spool_open(int directory_fd, const char *name, struct spool **ret_spool,
	uint64_t *ret_torn_bytes, struct error *error);

/*
 * All notes, each with its newline; if the last lacks it, that note is incomplete. The caller
 * frees.
 */
int spool_read_notes(
	const struct spool *spool, char **ret_text, size_t *ret_length, struct error *error);

/* Drops all samples from `n` on. Does not change the file. */
void series_shorten(struct series *series, uint64_t n);

/* Closes it; the folder stays. Frees and sets *spool to NULL; NULL is allowed. */
void spool_close(struct spool **spool);
