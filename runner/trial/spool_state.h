#pragma once

/*
 * A spool's insides, private to spool.c and to spool_open.c, which opens one that was left.
 *
 * Files are numbered, 000.samples to 255.samples, and the file "index" has a line "000 name" for each:
 * no name of a task's invention comes near the file system. The file "notes" has a line a note.
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
	int parent_fd; /* the folder that the spool's own stands in */
	int folder_fd;
	int index_fd;
	int notes_fd;
	size_t n_series;
	struct series *series[SPOOL_MAX_SERIES];
	size_t n_note_bytes;
	char notes[SPOOL_BUFFER_NOTES]; /* not written yet */
};

/* With no descriptor but the parent's. */
int spool_new(int directory_fd, const char *name, struct spool **ret_spool, struct error *error);
void spool_free(struct spool *spool);
void spool_free_pointer(struct spool **spool);

/* The next series, with its file's name and no file. -ENOSPC beyond SPOOL_MAX_SERIES. */
int spool_new_series(const struct spool *spool, const char *name, struct series **ret_series,
	struct error *error);

/* Whether a series may have that name. */
int spool_check_name(const char *name, struct error *error);
