/*
 * store_loop none|spool|hdf5 FOLDER RATE SECONDS CPU: generates samples and stores them ten times a
 * second, like a runner while its task runs: nowhere, raw in the spool, or compressed in HDF5.
 * Prints the number of samples and the CPU time of storing them in nanoseconds.
 */

#include "runner/store/hdf5.h"
#include "runner/trial/spool.h"
#include "tests/bench/programs/loop.h"
#include "util/cleanup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TICKS_PER_S 10

struct store {
	bool to_hdf5;
	struct spool *spool; /* NULL: not used */
	struct series *series;
	struct hdf5_output output;
	hid_t columns[2]; /* times and values */
	uint64_t parts[2][HDF5_CHUNK_ELEMENTS];
	size_t n_in_part;
	uint64_t n_stored;
	struct sample samples[4096];
};

static void die(const struct error *error)
{
	errx(2, "%s", error->text);
}

static void open_spool(struct store *store, int folder_fd)
{
	struct error error = ERROR_INIT;

	if (spool_create(folder_fd, "store.spool", &store->spool, &error) < 0 ||
		spool_series(store->spool, SPOOL_REFERENCE, &store->series, &error) < 0)
		die(&error);
}

/* A column has a fixed length: the last chunk may stay partly filled. */
static void open_hdf5(struct store *store, int folder_fd, uint64_t n)
{
	static const char *const names[] = {"time_ns", "current_bytes"};
	struct error error = ERROR_INIT;

	hdf5_be_quiet();
	store->to_hdf5 = true;
	if (hdf5_output_create(folder_fd, "store.h5", &store->output, &error) < 0)
		die(&error);
	for (size_t i = 0; i < 2; i++)
		if (hdf5_create_column(store->output.file, names[i], H5T_STD_U64LE, n,
			    &store->columns[i], &error) < 0)
			die(&error);
}

static void write_part(struct store *store)
{
	struct error error = ERROR_INIT;

	for (size_t i = 0; i < 2; i++)
		if (hdf5_write_elements(store->columns[i], H5T_NATIVE_UINT64, store->n_stored,
			    store->n_in_part, store->parts[i], &error) < 0)
			die(&error);
	store->n_stored += store->n_in_part;
	store->n_in_part = 0;
}

static void store_samples(struct store *store, size_t n)
{
	struct error error = ERROR_INIT;

	if (store->spool) {
		if (series_append(store->series, store->samples, n, &error) < 0)
			die(&error);
		return;
	}
	for (size_t i = 0; store->to_hdf5 && i < n; i++) {
		store->parts[0][store->n_in_part] = store->samples[i].time_ns;
		store->parts[1][store->n_in_part] = store->samples[i].value;
		if (++store->n_in_part == HDF5_CHUNK_ELEMENTS)
			write_part(store);
	}
}

/* Times with a machine's jitter, values in steps. */
static void make_samples(struct sample *samples, size_t n, uint64_t from, double period_ns)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t index = from + i;
		uint64_t noise = index * UINT64_C(6364136223846793005) >> 58;

		samples[i] = (struct sample){
			.time_ns = (uint64_t)((double)index * period_ns) + noise,
			.value = (index / 5000) << 18,
		};
	}
}

/* The time of generating samples is not counted. */
static uint64_t store_tick(struct store *store, uint64_t from, uint64_t n, double period_ns)
{
	const size_t most = sizeof(store->samples) / sizeof(store->samples[0]);
	uint64_t cpu_ns = 0;

	while (n > 0) {
		size_t n_now = n < most ? (size_t)n : most;
		uint64_t begin_ns;

		make_samples(store->samples, n_now, from, period_ns);
		begin_ns = loop_clock_ns(CLOCK_THREAD_CPUTIME_ID);
		store_samples(store, n_now);
		cpu_ns += loop_clock_ns(CLOCK_THREAD_CPUTIME_ID) - begin_ns;
		from += n_now;
		n -= n_now;
	}
	return cpu_ns;
}

static void close_store(struct store *store)
{
	struct error error = ERROR_INIT;

	if (store->spool) {
		if (spool_remove(&store->spool, &error) < 0)
			die(&error);
		return;
	}
	if (!store->to_hdf5)
		return;
	for (size_t i = 0; i < 2; i++)
		cleanup_hid(&store->columns[i]);
	hdf5_output_abandon(&store->output);
}

int main(int argc, char **argv)
{
	uint64_t n_a_tick, n_ticks, begin_ns, cpu_ns = 0;
	struct store *store = calloc(1, sizeof(*store));
	int folder_fd;

	if (argc != 6 || !store)
		errx(2, "usage: store_loop none|spool|hdf5 FOLDER RATE SECONDS CPU");
	folder_fd = loop_open(argv[2]);
	n_a_tick = (uint64_t)(loop_number(argv[3]) / TICKS_PER_S);
	n_ticks = (uint64_t)(loop_number(argv[4]) * TICKS_PER_S);
	if (strcmp(argv[1], "spool") == 0)
		open_spool(store, folder_fd);
	else if (strcmp(argv[1], "hdf5") == 0)
		open_hdf5(store, folder_fd, n_a_tick * n_ticks);
	loop_pin((int)loop_number(argv[5]));
	begin_ns = loop_clock_ns(CLOCK_MONOTONIC);
	for (uint64_t tick = 0; tick < n_ticks; tick++) {
		uint64_t due_ns = begin_ns + tick * LOOP_NS_PER_S / TICKS_PER_S;
		uint64_t now_ns = loop_clock_ns(CLOCK_MONOTONIC);

		if (now_ns < due_ns)
			loop_idle((double)(due_ns - now_ns) / (double)LOOP_NS_PER_S);
		cpu_ns += store_tick(store, tick * n_a_tick, n_a_tick,
			(double)LOOP_NS_PER_S / loop_number(argv[3]));
	}
	close_store(store);
	printf("%" PRIu64 " %" PRIu64 "\n", n_a_tick * n_ticks, cpu_ns);
	free(store);
	return 0;
}
