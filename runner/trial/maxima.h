#pragma once

/*
 * The new maxima among the samples, each with its composition: a queue from one writer, the
 * sampler's thread, to one reader, the trial's. Lock-free, of fixed size, without allocation.
 *
 * The writer reads memory.stat only if a sample is 1 % above the last one for which it did
 * (composition_is_due): at most 700 times from 1 MiB to 1 GiB, for any number of samples. If the
 * reader lags and the queue is full, the maximum is not taken: the next sample is checked again.
 */

#include "runner/trial/composition.h"

#include <stdatomic.h>

/* More than a whole ramp from a page to 1 TiB has, which is 1950. */
#define MAXIMA_ROOM 2048

struct maximum {
	uint64_t before_ns; /* the read of memory.stat */
	uint64_t after_ns;
	struct composition composition;
};

struct maxima {
	/* Used by the writer. */
	uint64_t last_bytes;
	/* Set by the reader for the writer. */
	atomic_bool restart;
	/* Total number put in and taken out. */
	_Atomic uint64_t n_in;
	_Atomic uint64_t n_out;
	struct maximum rows[MAXIMA_ROOM];
};

/* For the writer: whether this sample is to be read, and there is room for it. */
bool maxima_wants(struct maxima *maxima, uint64_t bytes);

/* For the writer, after maxima_wants. */
void maxima_put(struct maxima *maxima, const struct maximum *maximum);

/* For the writer, after maxima_wants: the read failed, and is not to be repeated at once. */
void maxima_skip(struct maxima *maxima, uint64_t bytes);

/* For the reader. False if there is none. */
bool maxima_take(struct maxima *maxima, struct maximum *ret_maximum);

/* For the reader: drops the largest value so far. The next sample is a maximum. */
void maxima_restart(struct maxima *maxima);
