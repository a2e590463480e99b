#include "runner/trial/measurement.h"

#include "runner/trial/journal.h"
#include "util/clock.h"

#include <inttypes.h>

static struct disturbance measurement_disturbance(const struct trial *trial)
{
	const struct hierarchy *hierarchy = trial->context->hierarchy;
	const struct disturbance_sources sources = {
		.root = "",
		.mount = hierarchy_version(hierarchy) == HIERARCHY_V2
				 ? hierarchy_memory_mount(hierarchy)
				 : hierarchy_controller_mount(hierarchy, "cpu"),
		.group = slice_runtime_path(trial->slice),
	};

	return disturbance_read(&sources);
}

/* Reads the external sources that have a value for the beginning, with the task held. */
static int look_from_outside(struct trial *trial, uint64_t at_ns, struct error *error)
{
	int r = trial_begin_rusage(trial, at_ns, error);

	return r == 0 ? trial_ask_reporter(trial, MEMCG_RUN_TASK_BEGIN, at_ns, error) : r;
}

int measurement_begin_at_gate(struct trial *trial, struct error *error)
{
	struct trial_result *result = trial->result;
	int r;

	trial->disturbance = measurement_disturbance(trial);
	watch_cost_begin(&trial->watch_begin);
	sampler_arm(trial->sampler);
	r = snapshot_begin(trial, &result->begin_ns, error);
	if (r < 0)
		return r;
	result->start_monotonic_ns = clock_monotonic_ns();
	result->start_realtime_ns = clock_realtime_ns();
	r = look_from_outside(trial, result->start_monotonic_ns, error);
	/* For a task without marks the interval starts here, after the reporter's reading. */
	result->begin_ns = trial->reporter ? clock_monotonic_ns() : result->start_monotonic_ns;
	if (r == 0)
		r = journal_gate(result, error);
	return r == 0 ? journal_begin(result, error) : r;
}

int measurement_begin(struct trial *trial, struct error *error)
{
	int r;

	trial->evidence.begin_seen = true;
	r = look_from_outside(trial, clock_monotonic_ns(), error);
	if (r == 0)
		r = snapshot_begin(trial, &trial->result->begin_ns, error);
	return r == 0 ? journal_begin(trial->result, error) : r;
}

int measurement_end(struct trial *trial, uint64_t end_ns, struct error *error)
{
	int r;

	trial->result->end_ns = end_ns;
	r = snapshot_end(trial, error);
	/* Takes time, in which a task that is not held may use more. */
	affinity_look_now(&trial->affinity, trial->slice);
	if (r == 0)
		r = trial_ask_reporter(trial, MEMCG_RUN_TASK_END, end_ns, error);
	trial_end_reporter(trial);
	return r == 0 ? journal_end(trial->result, error) : r;
}

void measurement_stop(struct trial *trial)
{
	struct trial_result *result = trial->result;
	struct disturbance now;

	if (trial->stopped)
		return;
	trial->stopped = true;
	sampler_stop(trial->sampler, &result->sampler);
	if (!trial->evidence.gate_opened)
		return;
	result->watch_cost = watch_cost_since(&trial->watch_begin, &result->sampler.usage);
	now = measurement_disturbance(trial);
	disturbance_describe(&trial->disturbance, &now, result->suspect, sizeof(result->suspect));
	if (*result->suspect)
		run_log_step(trial->context->log, "trial %06" PRIu64 ": suspect: %s",
			trial->planned->number, result->suspect);
	affinity_describe(&trial->affinity, result->widened, sizeof(result->widened));
}
