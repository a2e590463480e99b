/*
 * Synthetic runs, written by the project's own store, to measure the cost of finishing and reading
 * them.
 *
 *   make_results samples FOLDER N SPIKE   results.h5 of one trial with N samples, of which the one with
 *                                         index SPIKE is the largest
 *   make_results trials FOLDER N          N sealed trials of a few samples each
 *   make_results gather FOLDER N          results.h5 and summary.csv from those; prints the nanoseconds
 *
 * FOLDER must exist. Any failure is printed and ends the program.
 */

#include "tests/unit/made_facts.h"

#include "runner/experiment/experiment.h"
#include "runner/experiment/plan.h"
#include "runner/store/results.h"
#include "runner/store/trial_file.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/file.h"
#include "util/parse.h"
#include "util/text.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MIB (UINT64_C(1) << 20)
#define CHARGE_STEP_BYTES (UINT64_C(1) << 18)
#define BATCH 4096
#define FEW_SAMPLES 100
#define BEGIN_NS (1000 * NS_PER_S)

struct made_run {
	const char *path;
	char *trials_path;
	int run_fd;
	int trials_fd;
	struct experiment *experiment;
	struct plan *plan;
};

static void die(const struct error *error)
{
	errx(2, "%s", error->text);
}

/* ---- the run */

static struct experiment *make_experiment(const char *folder, uint64_t repetitions)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/experiment.toml", folder);
	CLEANUP(cleanup_free)
	char *text = string_format("name = \"made\"\n"
				   "[task]\n"
				   "command = [\"true\"]\n"
				   "[trials]\n"
				   "repetitions = %" PRIu64 "\n"
				   "warmups = 0\n"
				   "[sampler]\n"
				   "rate_hz = \"max\"\n"
				   "[container]\n"
				   "seccomp = \"none\"\n",
		repetitions);
	const struct experiment_options options = {.seccomp_directory = folder};
	struct experiment *experiment;
	struct error error = ERROR_INIT;

	if (file_write(AT_FDCWD, path, text, strlen(text), 0644, &error) < 0 ||
		experiment_parse(path, text, strlen(text), &options, stderr, &experiment, &error) <
			0)
		die(&error);
	return experiment;
}

static void open_run(struct made_run *run, const char *folder, uint64_t n_trials)
{
	struct error error = ERROR_INIT;

	*run = (struct made_run){
		.path = folder,
		.trials_path = string_format("%s/trials", folder),
		.run_fd = open(folder, O_DIRECTORY | O_CLOEXEC),
		.experiment = make_experiment(folder, n_trials),
	};
	if (mkdir(run->trials_path, 0700) < 0 && errno != EEXIST)
		err(2, "cannot make %s", run->trials_path);
	run->trials_fd = open(run->trials_path, O_DIRECTORY | O_CLOEXEC);
	if (run->run_fd < 0 || run->trials_fd < 0)
		err(2, "cannot open %s", folder);
	if (plan_new(run->experiment, &run->plan, &error) < 0)
		die(&error);
}

static void gather(const struct made_run *run)
{
	struct error error = ERROR_INIT;

	if (results_gather(run->run_fd, run->path, run->plan, &made_facts, &error) < 0)
		die(&error);
}

/* ---- samples as from a sampler: a period, plus the machine's jitter */

struct stream {
	uint64_t time_ns;
	uint64_t random;
	uint64_t n;
	uint64_t n_total;
	uint64_t spike;
};

static uint64_t next_random(struct stream *stream)
{
	stream->random = stream->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return stream->random >> 33;
}

/* A ramp in the kernel's charge steps, with reads of 600 ns and an occasional late one. */
static struct sample next_sample(struct stream *stream)
{
	uint64_t random = next_random(stream);
	uint64_t value = 64 * MIB + 256 * MIB * stream->n / stream->n_total;

	stream->time_ns += 560 + random % 80;
	if (random % 5000 == 0)
		stream->time_ns += 20000 + random % 10000;
	value -= value % CHARGE_STEP_BYTES;
	if (stream->n++ == stream->spike)
		value = 1024 * MIB;
	return (struct sample){.time_ns = stream->time_ns, .value = value};
}

static void fill_series(struct series *series, struct stream *stream)
{
	struct sample samples[BATCH];
	struct error error = ERROR_INIT;

	while (stream->n < stream->n_total) {
		size_t n = 0;

		while (n < BATCH && stream->n < stream->n_total)
			samples[n++] = next_sample(stream);
		if (series_append(series, samples, n, &error) < 0)
			die(&error);
	}
}

/* ---- a trial of them */

static struct trial_result make_result(const struct stream *stream, struct spool *spool)
{
	uint64_t peak_bytes = stream->spike < stream->n_total ? 1024 * MIB : 320 * MIB;

	return (struct trial_result){
		.status = TRIAL_OK,
		.begin_ns = BEGIN_NS,
		.end_ns = stream->time_ns,
		.wall_ns = stream->time_ns - BEGIN_NS,
		.start_realtime_ns = BEGIN_NS,
		.start_monotonic_ns = BEGIN_NS,
		.reference =
			{
				.begun = true,
				.initial_bytes = 64 * MIB,
				.peak_bytes = peak_bytes,
				.peak_exact = true,
				.final_bytes = 320 * MIB,
			},
		.sampler =
			{
				.mode = SAMPLER_SPIN,
				.cpu = -1,
				.n_samples = stream->n_total,
				.n_scheduled = stream->n_total,
			},
		.stdout_text = {.text = ""},
		.stderr_text = {.text = ""},
		.spool = spool,
	};
}

/* As from a slow sampler that only reads at the two marks, but without columns. */
static void seal_trial(const struct made_run *run, size_t index, uint64_t n_samples, uint64_t spike)
{
	struct stream stream = {
		.time_ns = BEGIN_NS,
		.random = index,
		.n_total = n_samples,
		.spike = spike,
	};
	struct spool *spool;
	struct series *series;
	struct trial_result result;
	struct error error = ERROR_INIT;

	if (spool_create(run->trials_fd, "made.spool", &spool, &error) < 0 ||
		spool_series(spool, SPOOL_REFERENCE, &series, &error) < 0)
		die(&error);
	fill_series(series, &stream);
	result = make_result(&stream, spool);
	if (trial_file_seal(run->trials_fd, run->trials_path, run->plan,
		    plan_trial(run->plan, index), &result, &error) < 0 ||
		spool_remove(&spool, &error) < 0)
		die(&error);
}

/* ---- subcommands */

static uint64_t count_of(const char *text)
{
	uint64_t count;

	if (parse_u64(text, &count) < 0)
		errx(2, "not a number: %s", text);
	return count;
}

static void make_samples(const char *folder, uint64_t n_samples, uint64_t spike)
{
	struct made_run run;
	struct error error = ERROR_INIT;

	open_run(&run, folder, 1);
	seal_trial(&run, 0, n_samples, spike);
	gather(&run);
	if (results_remove_trials(run.run_fd, &error) < 0)
		die(&error);
}

static void make_trials(const char *folder, uint64_t n_trials)
{
	struct made_run run;

	open_run(&run, folder, n_trials);
	for (size_t i = 0; i < n_trials; i++)
		seal_trial(&run, i, FEW_SAMPLES, UINT64_MAX);
}

static void time_gather(const char *folder, uint64_t n_trials)
{
	struct made_run run;
	uint64_t begin_ns;

	open_run(&run, folder, n_trials);
	begin_ns = clock_monotonic_ns();
	gather(&run);
	printf("%" PRIu64 "\n", clock_monotonic_ns() - begin_ns);
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "samples") == 0)
		make_samples(argv[2], count_of(argv[3]), count_of(argv[4]));
	else if (argc == 4 && strcmp(argv[1], "trials") == 0)
		make_trials(argv[2], count_of(argv[3]));
	else if (argc == 4 && strcmp(argv[1], "gather") == 0)
		time_gather(argv[2], count_of(argv[3]));
	else
		errx(2, "usage: make_results samples|trials|gather FOLDER N [SPIKE]");
	return 0;
}
