#pragma once

/*
 * The new maxima of what is sampled, each with what it was made of: between one writer, the sampler's thread, and
 * one reader, the trial's. Lock-free, of fixed size, nothing is allocated.
 *
 * The writer reads memory.stat only where a sample is 1 % above the last one that was read at
 * (composition_is_due): from 1 MiB to 1 GiB that is 700 times at most, however many samples there are. Where the
 * reader is behind and there is no room, the maximum is not taken: the next sample is asked about again.
 */

#include "runner/trial/composition.h"

#include <stdatomic.h>

#define MAXIMA_ROOM 128

struct maximum {
	uint64_t before_ns; /* the read of memory.stat */
	uint64_t after_ns;
	struct composition composition;
};

struct maxima {
	/* The writer's. */
	uint64_t last_bytes;
	/* The reader's order to the writer. */
	atomic_bool restart;
	/* How many were ever put in, and taken out. */
	_Atomic uint64_t n_in;
	_Atomic uint64_t n_out;
	struct maximum rows[MAXIMA_ROOM];
};

/* Writer: whether this sample is one to be read at, with room for it. */
bool maxima_wants(struct maxima *maxima, uint64_t bytes);

/* Writer, after maxima_wants. */
void maxima_put(struct maxima *maxima, const struct maximum *maximum);

/* Writer, after maxima_wants: it could not be read, and is not to be tried again at once. */
void maxima_skip(struct maxima *maxima, uint64_t bytes);

/* Reader. False: there is none now. */
bool maxima_take(struct maxima *maxima, struct maximum *ret_maximum);

/* Reader: what was largest until now is forgotten. The next sample is a maximum. */
void maxima_restart(struct maxima *maxima);
