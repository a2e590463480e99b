#include "runner/trial/maxima.h"

bool maxima_wants(struct maxima *maxima, uint64_t bytes)
{
	uint64_t n_out;

	/* Checked before it is exchanged: for most samples a plain load is the whole cost. */
	if (atomic_load_explicit(&maxima->restart, memory_order_relaxed) &&
		atomic_exchange_explicit(&maxima->restart, false, memory_order_acquire))
		maxima->last_bytes = 0;
	if (!composition_is_due(maxima->last_bytes, bytes))
		return false;
	n_out = atomic_load_explicit(&maxima->n_out, memory_order_acquire);
	return atomic_load_explicit(&maxima->n_in, memory_order_relaxed) - n_out < MAXIMA_ROOM;
}

void maxima_put(struct maxima *maxima, const struct maximum *maximum)
{
	uint64_t n_in = atomic_load_explicit(&maxima->n_in, memory_order_relaxed);

	maxima->rows[n_in % MAXIMA_ROOM] = *maximum;
	maxima->last_bytes = maximum->composition.bytes[COMPOSITION_CURRENT];
	atomic_store_explicit(&maxima->n_in, n_in + 1, memory_order_release);
}

void maxima_skip(struct maxima *maxima, uint64_t bytes)
{
	maxima->last_bytes = bytes;
}

bool maxima_take(struct maxima *maxima, struct maximum *ret_maximum)
{
	uint64_t n_out = atomic_load_explicit(&maxima->n_out, memory_order_relaxed);

	if (atomic_load_explicit(&maxima->n_in, memory_order_acquire) == n_out)
		return false;
	*ret_maximum = maxima->rows[n_out % MAXIMA_ROOM];
	atomic_store_explicit(&maxima->n_out, n_out + 1, memory_order_release);
	return true;
}

void maxima_restart(struct maxima *maxima)
{
	atomic_store_explicit(&maxima->restart, true, memory_order_release);
}
