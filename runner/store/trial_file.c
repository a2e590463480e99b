#include "runner/store/trial_file.h"

#include "runner/store/columns.h"
#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/store/oracle_columns.h"
#include "runner/store/output_data.h"
#include "runner/store/trial_series.h"
#include "runner/trial/limit_outcome.h"
#include "runner/trial/tally.h"
#include "util/cleanup.h"

#include <string.h>

/* ---- the trial's own attributes */

static int write_trial_texts(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_FORMAT, LAYOUT_TRIAL_FORMAT);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_FORMAT_VERSION, LAYOUT_VERSION);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_BACKEND, description->backend);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_TASK, description->task);
	hdf5_set_text(&attributes, "parameters", description->parameters);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_POINT, description->point);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_STATUS, trial_status_name(result->status));
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_CAUSE, result->cause);
	if (result->task_cpus)
		hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_TASK_CPUS, result->task_cpus);
	return attributes.result;
}

static int write_tally_marks(hid_t file, const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++) {
		const char *mark = tally_mark_of(result, kind);

		if (*mark)
			hdf5_set_text(&attributes, tally_mark_name(kind), mark);
	}
	return attributes.result;
}

/* Of a trial of a search: why it was run, and what became of it. */
static int write_search(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	if (description->stage == LIMIT_STAGE_NONE)
		return 0;
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_STAGE, limit_stage_name(description->stage));
	if (description->limit_bytes > 0)
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_LIMIT, description->limit_bytes);
	hdf5_set_text(
		&attributes, LAYOUT_ATTRIBUTE_LIMIT_END, limit_end_name(limit_end_of(result)));
	return attributes.result;
}

/* A limit that is unset or "max" has no attribute. */
static int write_limits(hid_t file, struct limits limits, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		const struct amount *amount = description_amount(&limits, i);
		char name[LAYOUT_LIMIT_SIZE];

		snprintf(name, sizeof(name), LAYOUT_LIMIT, description_amount_name(i));
		if (amount->kind == AMOUNT_NUMBER)
			hdf5_set_u64(&attributes, name, amount->number);
	}
	if (limits.cpus)
		hdf5_set_text(&attributes, "limit_cpus", limits.cpus);
	hdf5_set_bool(&attributes, "limit_oom_group", limits.oom_group);
	return attributes.result;
}

/* Values that were not reached have no attribute: 0 would be a measurement. */
static int write_trial_attributes(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_REPETITION, description->repetition);
	hdf5_set_bool(&attributes, LAYOUT_ATTRIBUTE_WARMUP, description->warmup);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_ORDER, description->number);
	hdf5_set_bool(&attributes, "recovered", result->recovered);
	if (result->exit_code >= 0)
		hdf5_set_i64(&attributes, LAYOUT_ATTRIBUTE_EXIT_CODE, result->exit_code);
	if (result->signal > 0)
		hdf5_set_i64(&attributes, LAYOUT_ATTRIBUTE_SIGNAL, result->signal);
	if (result->start_monotonic_ns > 0) {
		hdf5_set_u64(
			&attributes, LAYOUT_ATTRIBUTE_START_REALTIME_NS, result->start_realtime_ns);
		hdf5_set_u64(&attributes, "start_monotonic_ns", result->start_monotonic_ns);
	}
	if (result->evidence.exit_seen) {
		hdf5_set_u64(&attributes, "outlived_processes", result->evidence.n_outlived);
		hdf5_set_u64(&attributes, "refused_forks", result->evidence.n_refused_forks);
	}
	if (result->usage_known) {
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_USER_NS, result->user_ns);
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_SYSTEM_NS, result->system_ns);
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_MAXRSS_BYTES, result->maxrss_bytes);
	}
	if (result->reference.begun) {
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_BEGIN_NS, result->begin_ns);
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_END_NS, result->end_ns);
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_WALL_NS, result->wall_ns);
	}
	if (result->recovered)
		return attributes.result;
	hdf5_set_u64(&attributes, "channel_records", result->channel.n_records);
	hdf5_set_u64(&attributes, "channel_invalid_packets", result->channel.n_invalid_packets);
	hdf5_set_u64(
		&attributes, "channel_refused_connections", result->channel.n_refused_connections);
	hdf5_set_u64(&attributes, "channel_rejected_records", result->n_rejected_records);
	return attributes.result;
}

static int write_watch_cost(hid_t file, const struct watch_cost *cost, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	if (!cost->known)
		return 0;
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_WATCHED_NS, cost->watched_ns);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_RUNNER_USER_NS, cost->runner.user_ns);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_RUNNER_SYSTEM_NS, cost->runner.system_ns);
	hdf5_set_u64(&attributes, "runner_voluntary_switches", cost->runner.voluntary_switches);
	hdf5_set_u64(&attributes, "runner_involuntary_switches", cost->runner.involuntary_switches);
	if (cost->peak_known)
		hdf5_set_u64(
			&attributes, LAYOUT_ATTRIBUTE_RUNNER_PEAK_RSS_BYTES, cost->peak_rss_bytes);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_SAMPLER_USER_NS, cost->sampler.user_ns);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_SAMPLER_SYSTEM_NS, cost->sampler.system_ns);
	hdf5_set_u64(&attributes, "sampler_voluntary_switches", cost->sampler.voluntary_switches);
	hdf5_set_u64(
		&attributes, "sampler_involuntary_switches", cost->sampler.involuntary_switches);
	return attributes.result;
}

/* ---- marks */

static int write_trial_marks(hid_t file, const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_free) uint64_t *times = calloc(result->n_marks + 1, sizeof(*times));
	CLEANUP(cleanup_free) const char **names = calloc(result->n_marks + 1, sizeof(*names));
	int r;

	if (!times || !names)
		return error_set_errno(error, ENOMEM, "cannot write the marks");
	for (size_t i = 0; i < result->n_marks; i++) {
		times[i] = result->marks[i].time_ns;
		names[i] = result->marks[i].name;
	}
	r = hdf5_create_group(file, LAYOUT_MARKS, &group, error);
	if (r == 0)
		r = columns_write(group, LAYOUT_TIME_NS, times, result->n_marks, error);
	if (r == 0)
		r = columns_write_texts(
			group, LAYOUT_MARK_NAME, names, result->n_marks, MEMCG_RUN_NAME_MAX, error);
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_MARKS, error);
	return r;
}

/* ---- the file */

static int write_trial(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_free) struct columns *columns = malloc(sizeof(*columns));
	int r;

	if (!columns)
		return error_set_errno(error, ENOMEM, "cannot write the trial");
	r = write_trial_texts(file, description, result, error);
	if (r == 0)
		r = write_tally_marks(file, result, error);
	if (r == 0)
		r = write_trial_attributes(file, description, result, error);
	if (r == 0)
		r = write_limits(file, description->limits, error);
	if (r == 0)
		r = write_search(file, description, result, error);
	if (r == 0)
		r = write_watch_cost(file, &result->watch_cost, error);
	if (r == 0)
		r = trial_series_write_reference(file, description, result, columns, error);
	if (r == 0)
		r = trial_series_write_metrics(file, description, result, columns, error);
	if (r == 0)
		r = trial_series_write_truth(file, result, columns, error);
	if (r == 0)
		r = write_trial_marks(file, result, error);
	if (result->recovered)
		return r;
	if (r == 0)
		r = oracle_columns_write(file, &result->oracle, error);
	if (r == 0)
		r = output_data_write(file, "stdout", &result->stdout_text, error);
	if (r == 0)
		r = output_data_write(file, "stderr", &result->stderr_text, error);
	return r;
}

int trial_file_seal_described(int trials_fd, const char *trials_path,
	const struct trial_description *description, const struct trial_result *result,
	struct error *error)
{
	struct hdf5_output output;
	char name[LAYOUT_TRIAL_NAME_SIZE];
	int r;

	hdf5_be_quiet();
	snprintf(name, sizeof(name), LAYOUT_TRIAL_FILE, description->number);
	r = hdf5_output_create(trials_fd, name, &output, error);
	if (r == 0) {
		r = write_trial(output.file, description, result, error);
		if (r == 0)
			r = hdf5_output_seal(&output, error);
		else
			hdf5_output_abandon(&output);
	}
	return r < 0 ? error_prefix(error, "cannot seal %s/%s", trials_path, name) : 0;
}

int trial_file_seal(int trials_fd, const char *trials_path, const struct plan *plan,
	const struct planned_trial *planned, const struct trial_result *result, struct error *error)
{
	struct trial_description description;
	int r = trial_describe(plan, planned, &description, error);

	if (r < 0)
		return r;
	r = trial_file_seal_described(trials_fd, trials_path, &description, result, error);
	trial_description_release(&description);
	return r;
}
