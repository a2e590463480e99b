#pragma once

/*
 * The internals of a spool, private to spool.c and spool_open.c, which opens a left one.
 *
 * Files are numbered, 000.samples to 255.samples, and the file "index" has a line "000 name" for
 * each: names invented by a task never reach the file system. The file "notes" has a line per note.
 */

#include "runner/trial/spool.h"

#define SPOOL_BUFFER_SAMPLES (65536 / sizeof(struct sample))
#define SPOOL_BUFFER_NOTES 4096
#define SPOOL_INDEX "index"
#define SPOOL_NOTES "notes"
#define SPOOL_FILE_FORMAT "%03u.samples"
#define SPOOL_FILE_SIZE sizeof("000.samples")

_Static_assert(sizeof(struct sample) == 16, "spool.h gives this layout");

struct series {
	struct spool *spool;
	char name[SPOOL_NAME_MAX];
	char file[SPOOL_FILE_SIZE];
	enum metric_kind kind;
	int fd;
	int write_error;    /* a positive errno: the series is broken from there on */
	uint64_t n_written; /* samples in the file */
	size_t n_buffered;
	struct sample buffer[SPOOL_BUFFER_SAMPLES];
};

struct spool {
	char *name;
	int parent_fd; /* the parent folder */
	int folder_fd;
	int index_fd;
	int notes_fd;
	size_t n_series;
	struct series *series[SPOOL_MAX_SERIES];
	size_t n_note_bytes;
	char notes[SPOOL_BUFFER_NOTES]; /* not yet written */
};

/* Opens only the parent's descriptor. */
int spool_new(int directory_fd, const char *name, struct spool **ret_spool, struct error *error);
void spool_free(struct spool *spool);
void spool_free_pointer(struct spool **spool);

/* Adds the next series, with its file name but without a file. -ENOSPC beyond SPOOL_MAX_SERIES. */
int spool_new_series(const struct spool *spool, const char *name, struct series **ret_series,
	struct error *error);

/* Whether a series may have that name. */
int spool_check_name(const char *name, struct error *error);
