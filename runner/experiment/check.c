#include "runner/experiment/check.h"

#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* Number of trials shown at either end of a plan that is too long to show in full. */
#define N_SHOWN_AT_END 8

/*
 * Overhead of a trial besides its task: creating and removing its slice, container and files. A run
 * of 22 trials of /usr/bin/true took 4.9 s on a busy machine with 2 CPUs; rounded up.
 */
#define TRIAL_OVERHEAD_NS (NS_PER_S / 2)

static void print_heading(FILE *stream, const char *heading)
{
	fprintf(stream, "%-11s ", heading);
}

static void print_words(FILE *stream, char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		fprintf(stream, " %s", words[i]);
}

static void print_task(const struct task *task, FILE *stream)
{
	print_heading(stream, "task");
	if (task->name)
		fprintf(stream, "%s: ", task->name);
	if (!task->command) {
		fprintf(stream, "%s %s%s", task->interpreter ? task->interpreter : "python",
			task->module ? "-m " : "", task->module ? task->module : task->python);
		print_words(stream, task->arguments);
		if (task->function)
			fprintf(stream, ", function %s", task->function);
	} else {
		fputs("command", stream);
		print_words(stream, task->command);
	}
	fputc('\n', stream);
}

static void print_helper(char *const *words, const char *heading, FILE *stream)
{
	if (!words)
		return;
	print_heading(stream, heading);
	fputs(words[0], stream);
	print_words(stream, words + 1);
	fputc('\n', stream);
}

static void print_user(const struct task *task, FILE *stream)
{
	if (!task->user)
		return;
	print_heading(stream, "user");
	fprintf(stream, "%s\n", task->user);
}

static void print_environment(const struct task *task, FILE *stream)
{
	for (size_t i = 0; i < task->n_environment; i++) {
		const struct variable *variable = &task->environment[i];

		print_heading(stream, i == 0 ? "environment" : "");
		fprintf(stream, "%s=%s\n", variable->name, variable->value);
	}
}

static void print_parameters(const struct task *task, FILE *stream)
{
	for (size_t i = 0; i < task->n_parameters; i++) {
		const struct parameter *parameter = &task->parameters[i];

		print_heading(stream, i == 0 ? "parameters" : "");
		fprintf(stream, "%s =", parameter->name);
		for (size_t j = 0; j < parameter->n_values; j++)
			fprintf(stream, "%s %s", j > 0 ? "," : "", parameter->values[j].text);
		fputc('\n', stream);
	}
}

static void print_tasks(const struct experiment *experiment, FILE *stream)
{
	for (size_t i = 0; i < experiment->n_tasks; i++) {
		const struct task *task = &experiment->tasks[i];

		print_task(task, stream);
		if (task->stdin_file) {
			print_heading(stream, "stdin");
			fprintf(stream, "%s\n", task->stdin_file);
		}
		print_user(task, stream);
		if (task->working_directory == WORKING_DIRECTORY_WRITABLE) {
			print_heading(stream, "folder");
			fprintf(stream, "writable, in each trial as it is now%s\n",
				task->keep_written ? "; what is written is kept" : "");
		}
		print_environment(task, stream);
		print_helper(task->prepare, "prepare", stream);
		print_helper(task->check, "check", stream);
		print_helper(task->cleanup, "cleanup", stream);
		print_helper(task->setup, "setup", stream);
		print_helper(task->teardown, "teardown", stream);
		print_parameters(task, stream);
	}
}

static void print_backends(const struct experiment *experiment, FILE *stream)
{
	print_heading(stream, "backends");
	for (size_t i = 0; i < experiment->n_backends; i++)
		fprintf(stream, "%s%s", i > 0 ? ", " : "", experiment->backends[i]->name);
	fprintf(stream, "; polling reporters read every %s\n",
		format_duration(experiment->interval_ns).text);
}

static void print_amount(FILE *stream, const char *name, const struct amount *amount)
{
	if (amount->kind == AMOUNT_MAX)
		fprintf(stream, "%s max, ", name);
	else if (amount->kind == AMOUNT_NUMBER)
		fprintf(stream, "%s %s, ", name, format_bytes(amount->number).text);
}

static const char *check_task_cpus(const struct experiment *experiment)
{
	if (experiment->limits.cpus)
		return experiment->limits.cpus;
	if (experiment->limits_all_cpus)
		return "all";
	return experiment->sampler.cpu.kind == AMOUNT_NUMBER ||
			       experiment_sampler_needs_cpu(experiment)
		       ? "all but the sampler's"
		       : "all";
}

static void print_limits(const struct experiment *experiment, FILE *stream)
{
	const struct limits *limits = &experiment->limits;

	print_heading(stream, "limits");
	print_amount(stream, "memory", &limits->memory_max_bytes);
	print_amount(stream, "memory high", &limits->memory_high_bytes);
	print_amount(stream, "swap", &limits->swap_max_bytes);
	if (limits->pids_max.kind == AMOUNT_MAX)
		fputs("processes max, ", stream);
	else if (limits->pids_max.kind == AMOUNT_NUMBER)
		fprintf(stream, "%" PRIu64 " processes, ", limits->pids_max.number);
	if (limits->cpu_quota_us.kind == AMOUNT_NUMBER)
		fprintf(stream, "the time of %g CPUs, ",
			(double)limits->cpu_quota_us.number / SLICE_CPU_PERIOD_US);
	fprintf(stream, "CPUs %s\n", check_task_cpus(experiment));
}

/* What `memcg-run limit` would show. */
static void print_search(const struct experiment *experiment, FILE *stream)
{
	const struct limit_settings *limit = &experiment->limit;

	if (!experiment->has_limit)
		return;
	print_heading(stream, "limit");
	fprintf(stream,
		"memory %s: survival of %g %% at a confidence of %g %%, unharmed up to %g times "
		"the "
		"wall time, ",
		limit_by_names[limit->by], 100.0 * limit->survival, 100.0 * limit->confidence,
		limit->slowdown);
	if (limit->curve == 0)
		fputs("no curve\n", stream);
	else
		fprintf(stream, "%" PRIu64 " limits on the curve, %" PRIu64 " times each\n",
			limit->curve, limit->curve_repetitions);
}

static void print_container(const struct experiment *experiment, FILE *stream)
{
	const enum runtime_kind runtime = experiment->container.runtime;

	print_heading(stream, "container");
	fprintf(stream, "%s, image %s, seccomp %s%s",
		runtime == RUNTIME_NONE ? "no runtime" : runtime_kind_names[runtime],
		experiment->container.image, experiment->container.seccomp_name,
		experiment->container.network ? ", network" : "");
	if (experiment->container.tmp_max.kind == AMOUNT_NUMBER && runtime != RUNTIME_NONE)
		fprintf(stream, ", /tmp %s",
			format_bytes(experiment->container.tmp_max.number).text);
	fputc('\n', stream);
	for (size_t i = 0; i < experiment->container.n_mounts; i++) {
		const struct experiment_mount *mount = &experiment->container.mounts[i];

		print_heading(stream, i == 0 ? "mounts" : "");
		fprintf(stream, "%s at %s, %s\n", mount->source, mount->destination,
			mount->writable ? "writable" : "read-only");
	}
}

static void print_slow_rate(FILE *stream, const char *what, double rate_hz)
{
	if (rate_hz > 0)
		fprintf(stream, ", %s at %.10g Hz", what, rate_hz);
}

/* The rates of everything except memory.current. */
static void print_slow_rates(const struct sampler_settings *sampler, FILE *stream)
{
	print_heading(stream, "");
	fprintf(stream, "memory.stat%s at ", sampler->pressure ? " and memory.pressure" : "");
	if (sampler->stat_hz > 0)
		fprintf(stream, "%.10g Hz", sampler->stat_hz);
	else
		fputs("the marks", stream);
	print_slow_rate(stream, "memory.peak", sampler->peak_hz);
	print_slow_rate(stream, "/proc of the task's processes", sampler->processes_hz);
	print_slow_rate(stream, "their PSS", sampler->pss_hz);
	fputc('\n', stream);
}

static void print_sampler(const struct experiment *experiment, FILE *stream)
{
	print_heading(stream, "reference");
	if (experiment->sampler.rate_max)
		fputs("sampled as fast as possible\n", stream);
	else
		fprintf(stream, "sampled at %.10g Hz\n", experiment->sampler.rate_hz);
	print_slow_rates(&experiment->sampler, stream);
}

static void print_oracle(const struct experiment *experiment, FILE *stream)
{
	const struct oracle_settings *oracle = &experiment->oracle;

	if (!oracle->counts)
		return;
	print_heading(stream, "oracle");
	fputs("pages are counted at ", stream);
	if (!oracle->marks)
		fputs("every mark at which the task waits", stream);
	for (char **mark = oracle->marks; mark && *mark; mark++)
		fprintf(stream, "%s%s", mark > oracle->marks ? ", " : "", *mark);
	fputc('\n', stream);
}

static void print_size(const struct experiment *experiment, const struct plan *plan, FILE *stream)
{
	const uint64_t n_cells = plan_n_points(plan) * experiment->n_backends;

	print_heading(stream, "trials");
	fprintf(stream,
		"%zu: %" PRIu64 " warm-up%s, then %" PRIu64 " repetition%s of %zu point%s x %zu "
		"backend%s, ",
		plan_size(plan), experiment->trials.warmups * n_cells,
		experiment->trials.warmups * n_cells == 1 ? "" : "s",
		experiment->trials.repetitions, experiment->trials.repetitions == 1 ? "" : "s",
		plan_n_points(plan), plan_n_points(plan) == 1 ? "" : "s", experiment->n_backends,
		experiment->n_backends == 1 ? "" : "s");
	if (experiment->trials.order == ORDER_RANDOM)
		fprintf(stream, "each repetition in a random order (seed %" PRIu64 ")\n",
			experiment->trials.seed);
	else
		fputs("in sequence\n", stream);
	if (experiment->trials.quick) {
		print_heading(stream, "quick");
		fputs("one repetition and no warm-up, regardless of the experiment\n", stream);
	}
	print_heading(stream, "page cache");
	if (experiment->trials.page_cache == PAGE_CACHE_COLD)
		fputs("cold: dropped before each trial\n", stream);
	else if (experiment->trials.warmups > 0)
		fputs("warm: left as the warm-ups leave it\n", stream);
	else
		fputs("warm, but without a warm-up: the first trials find it as it is\n", stream);
}

static uint64_t counting_ns(const struct experiment *experiment)
{
	return experiment->oracle.counts ? experiment->oracle.timeout_ns : 0;
}

/* Of one trial, whose prepare, check and cleanup may take as long as the task. */
static uint64_t longest_ns(const struct experiment *experiment, const struct task *task)
{
	const uint64_t n_timeouts =
		1 + (task->prepare != NULL) + (task->check != NULL) + (task->cleanup != NULL);

	return n_timeouts * experiment->trials.timeout_ns + counting_ns(experiment) +
	       TRIAL_OVERHEAD_NS;
}

/* Before and after all trials. At most: the same command is run once. */
static bool add_surrounding(
	const struct experiment *experiment, const struct plan *plan, uint64_t *most_ns)
{
	bool overflow = false;

	for (size_t point = 0; point < plan_n_points(plan); point++) {
		const struct task *task = plan_task(plan, point);

		for (int i = 0; i < (task->setup != NULL) + (task->teardown != NULL); i++)
			overflow |= __builtin_add_overflow(*most_ns,
				experiment->trials.setup_timeout_ns + TRIAL_OVERHEAD_NS, most_ns);
	}
	return overflow;
}

/*
 * The duration of a task is unknown before it has run; the run estimates it from its warm-ups.
 * Known are the containers' overhead and the timeout of each task. Saturates: a plan of a million
 * trials of 31 years exceeds 64 bits of nanoseconds.
 */
static void print_time(const struct experiment *experiment, const struct plan *plan, FILE *stream)
{
	const uint64_t counts_ns = counting_ns(experiment);
	uint64_t most_ns = 0, trials_ns;
	bool overflow = false;

	print_heading(stream, "time");
	fprintf(stream, "about %s for %zu container%s, plus the tasks' own time: %s",
		format_duration(plan_size(plan) * TRIAL_OVERHEAD_NS).text, plan_size(plan),
		plan_size(plan) == 1 ? "" : "s",
		experiment->trials.warmups > 0 ? "the run estimates it from its warm-ups"
					       : "the run estimates it from its first trials");
	for (size_t i = 0; i < plan_size(plan); i++)
		overflow |= __builtin_add_overflow(
			most_ns, longest_ns(experiment, plan_trial(plan, i)->task), &most_ns);
	trials_ns = most_ns;
	overflow |= add_surrounding(experiment, plan, &most_ns);
	if (overflow)
		fputs("; centuries", stream);
	else
		fprintf(stream, "; %s", format_duration(most_ns).text);
	fprintf(stream, " if each is stopped after %s (timeout_s)",
		format_duration(experiment->trials.timeout_ns).text);
	if (counts_ns > 0)
		fprintf(stream, " and %s of counting its pages (oracle.timeout_s)",
			format_duration(counts_ns).text);
	if (most_ns != trials_ns)
		fprintf(stream, ", and each setup and teardown after %s (setup_timeout_s)",
			format_duration(experiment->trials.setup_timeout_ns).text);
	fputc('\n', stream);
}

static int print_trial(
	const struct plan *plan, size_t index, int backend_width, FILE *stream, struct error *error)
{
	const struct planned_trial *trial = plan_trial(plan, index);
	CLEANUP(cleanup_free) char *label = plan_point_label(plan, trial->point);

	if (!label)
		return error_set_errno(error, ENOMEM, "cannot print the plan");
	fprintf(stream, "  %06" PRIu64 "  %-10s %3" PRIu64 "  %-*s%s%s\n", trial->number,
		trial->warmup ? "warm-up" : "repetition", trial->repetition,
		*label ? backend_width : 0, trial->backend->name, *label ? "  " : "", label);
	return 0;
}

static int print_order(const struct experiment *experiment, const struct plan *plan, bool verbose,
	FILE *stream, struct error *error)
{
	const size_t n = plan_size(plan);
	const bool whole = verbose || n <= 2 * N_SHOWN_AT_END;
	size_t width = 0;

	for (size_t i = 0; i < experiment->n_backends; i++)
		if (strlen(experiment->backends[i]->name) > width)
			width = strlen(experiment->backends[i]->name);
	fputs("\norder\n", stream);
	for (size_t i = 0; i < n; i++) {
		int r;

		if (!whole && i == N_SHOWN_AT_END) {
			fprintf(stream, "  ... %zu more; --verbose shows all\n",
				n - 2 * N_SHOWN_AT_END);
			i = n - N_SHOWN_AT_END;
		}
		r = print_trial(plan, i, (int)width, stream, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int check_print(const struct experiment *experiment, const struct plan *plan, bool verbose,
	FILE *stream, struct error *error)
{
	int r;

	print_heading(stream, "experiment");
	if (experiment_path_is_file(experiment->path))
		fprintf(stream, "%s (%s)\n", experiment->name, experiment->path);
	else
		fprintf(stream, "%s\n", experiment->name);
	print_tasks(experiment, stream);
	print_heading(stream, "points");
	fprintf(stream, "%zu\n", plan_n_points(plan));
	print_backends(experiment, stream);
	print_sampler(experiment, stream);
	print_oracle(experiment, stream);
	print_limits(experiment, stream);
	print_search(experiment, stream);
	print_container(experiment, stream);
	print_size(experiment, plan, stream);
	print_time(experiment, plan, stream);
	r = print_order(experiment, plan, verbose, stream, error);
	if (r < 0)
		return r;
	if (fflush(stream) != 0 || ferror(stream))
		return error_set_errno(error, errno ? errno : EIO, "cannot print the plan");
	return 0;
}
