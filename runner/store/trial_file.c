#include "runner/store/trial_file.h"

#include "runner/store/columns.h"
#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <string.h>

/* ---- the trial's own attributes */

static int write_texts(hid_t file, const struct plan *plan, const struct planned_trial *planned,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};
	CLEANUP(cleanup_free) char *task = layout_task(plan_experiment(plan));
	CLEANUP(cleanup_free) char *parameters = plan_parameters_json(plan, planned->point);
	CLEANUP(cleanup_free) char *label = plan_point_label(plan, planned->point);

	if (!task || !parameters || !label)
		return error_set_errno(error, ENOMEM, "cannot describe the trial");
	hdf5_set_text(&attributes, "format", LAYOUT_TRIAL_FORMAT);
	hdf5_set_u64(&attributes, "format_version", LAYOUT_VERSION);
	hdf5_set_text(&attributes, "backend", planned->backend->name);
	hdf5_set_text(&attributes, "task", task);
	hdf5_set_text(&attributes, "parameters", parameters);
	hdf5_set_text(&attributes, "point", label);
	hdf5_set_text(&attributes, "status", trial_status_name(result->status));
	hdf5_set_text(&attributes, "cause", result->cause);
	return attributes.result;
}

/* What was not reached has no attribute: 0 would be a measurement. */
static int write_numbers(hid_t file, const struct planned_trial *planned,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = file, .error = error};

	hdf5_set_u64(&attributes, "repetition", planned->repetition);
	hdf5_set_bool(&attributes, "warmup", planned->warmup);
	hdf5_set_u64(&attributes, "order", planned->number);
	if (result->exit_code >= 0)
		hdf5_set_i64(&attributes, "exit_code", result->exit_code);
	if (result->signal > 0)
		hdf5_set_i64(&attributes, "signal", result->signal);
	if (result->start_monotonic_ns > 0) {
		hdf5_set_u64(&attributes, "start_realtime_ns", result->start_realtime_ns);
		hdf5_set_u64(&attributes, "start_monotonic_ns", result->start_monotonic_ns);
	}
	if (result->usage_known) {
		hdf5_set_u64(&attributes, "user_ns", result->user_ns);
		hdf5_set_u64(&attributes, "system_ns", result->system_ns);
		hdf5_set_u64(&attributes, "maxrss_bytes", result->maxrss_bytes);
	}
	if (result->reference.begun) {
		hdf5_set_u64(&attributes, "begin_ns", result->begin_ns);
		hdf5_set_u64(&attributes, "end_ns", result->end_ns);
		hdf5_set_u64(&attributes, "wall_ns", result->wall_ns);
	}
	hdf5_set_u64(&attributes, "channel_records", result->channel.n_records);
	hdf5_set_u64(&attributes, "channel_invalid_packets", result->channel.n_invalid_packets);
	hdf5_set_u64(
		&attributes, "channel_refused_connections", result->channel.n_refused_connections);
	hdf5_set_u64(&attributes, "channel_rejected_records", result->n_rejected_records);
	return attributes.result;
}

/* ---- the reference */

static struct series *find_series(const struct trial_result *result, const char *name)
{
	size_t n = result->spool ? spool_n_series(result->spool) : 0;

	for (size_t i = 0; i < n; i++) {
		struct series *series = spool_series_at(result->spool, i);

		if (strcmp(series_name(series), name) == 0)
			return series;
	}
	return NULL;
}

static void set_sampler(struct hdf5_attributes *attributes, const struct plan *plan,
	const struct sampler_stats *sampler)
{
	const struct experiment *experiment = plan_experiment(plan);

	hdf5_set_bool(attributes, "rate_max", experiment->sampler.rate_max);
	if (!experiment->sampler.rate_max)
		hdf5_set_double(attributes, "rate_hz", experiment->sampler.rate_hz);
	if (sampler->mode == SAMPLER_AUTO) /* not chosen: the sampler was never started */
		return;
	hdf5_set_text(attributes, "mode", sampler->mode == SAMPLER_SPIN ? "spin" : "sleep");
	hdf5_set_bool(attributes, "realtime", sampler->realtime);
	if (sampler->cpu >= 0)
		hdf5_set_u64(attributes, "cpu", (uint64_t)sampler->cpu);
	hdf5_set_u64(attributes, "scheduled", sampler->n_scheduled);
	hdf5_set_u64(attributes, "samples", sampler->n_samples);
	hdf5_set_u64(attributes, "missed", sampler->n_missed);
	hdf5_set_u64(attributes, "dropped", sampler->n_dropped);
	hdf5_set_u64(attributes, "late_p50_ns", sampler->late_p50_ns);
	hdf5_set_u64(attributes, "late_p99_ns", sampler->late_p99_ns);
	hdf5_set_u64(attributes, "late_max_ns", sampler->late_max_ns);
	if (sampler->read_error)
		hdf5_set_text(attributes, "read_error", strerrordesc_np(sampler->read_error));
}

static int write_reference_attributes(hid_t group, const struct plan *plan,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};
	const struct trial_reference *reference = &result->reference;

	set_sampler(&attributes, plan, &result->sampler);
	if (!reference->begun)
		return attributes.result;
	hdf5_set_u64(&attributes, "initial_bytes", reference->initial_bytes);
	hdf5_set_u64(&attributes, "peak_bytes", reference->peak_bytes);
	hdf5_set_bool(&attributes, "peak_exact", reference->peak_exact);
	hdf5_set_u64(&attributes, "final_bytes", reference->final_bytes);
	if (reference->leaf_peak_kept)
		hdf5_set_u64(&attributes, "leaf_peak_bytes", reference->leaf_peak_bytes);
	hdf5_set_u64(&attributes, "events_high", reference->events.high);
	hdf5_set_u64(&attributes, "events_max", reference->events.max);
	hdf5_set_u64(&attributes, "events_oom", reference->events.oom);
	hdf5_set_u64(&attributes, "events_oom_kill", reference->events.oom_kill);
	return attributes.result;
}

/* Two rows: at task_begin and at task_end. A key that either lacks has no column. */
static int write_stat(hid_t reference_group, const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	const struct memory_stat *begin = &result->reference.stat_begin;
	const struct memory_stat *end = &result->reference.stat_end;
	const uint64_t times[] = {result->begin_ns, result->end_ns};
	int r = hdf5_create_group(reference_group, "stat", &group, error);

	if (r == 0)
		r = columns_write(group, LAYOUT_TIME_NS, times, 2, error);
	for (int key = 0; key < MEMORY_STAT_N_KEYS && r == 0; key++) {
		const uint64_t values[] = {begin->value[key], end->value[key]};

		if (begin->present[key] && end->present[key])
			r = columns_write(group, memory_stat_name((enum memory_stat_key)key),
				values, 2, error);
	}
	if (r == 0)
		r = hdf5_close(&group, "stat", error);
	return r;
}

static int write_reference(hid_t file, const struct plan *plan, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = hdf5_create_group(file, LAYOUT_REFERENCE, &group, error);

	if (r == 0)
		r = columns_write_series(group, LAYOUT_CURRENT_BYTES,
			find_series(result, SPOOL_REFERENCE), columns, error);
	if (r == 0)
		r = write_reference_attributes(group, plan, result, error);
	if (r == 0 && result->reference.begun)
		r = write_stat(group, result, error);
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_REFERENCE, error);
	return r;
}

/* ---- metrics and truth */

static const char *unit_of(const char *metric)
{
	size_t length = strlen(metric);

	if (length > 6 && strcmp(metric + length - 6, "_bytes") == 0)
		return LAYOUT_UNIT_BYTES;
	if (length > 3 && strcmp(metric + length - 3, "_ns") == 0)
		return "ns";
	return "1";
}

static void set_window_value(struct hdf5_attributes *attributes, const char *name,
	const char *time_name, const struct window_value *value)
{
	if (!value->present)
		return;
	hdf5_set_u64(attributes, name, value->value);
	hdf5_set_u64(attributes, time_name, value->time_ns);
}

/*
 * The value at task_begin is one of the interval, though it may have been seen a moment before: a peak
 * is never below it. A reporter that never looked within the interval has no peak all the same.
 */
static struct window_value peak_of(const struct series_window *window)
{
	if (window->peak.present && window->initial.value > window->peak.value)
		return window->initial;
	return window->peak;
}

static int write_metric_attributes(
	hid_t group, struct series *series, const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};
	struct series_window window = {0};
	struct window_value peak;
	bool gauge = series_kind(series) == METRIC_GAUGE;

	if (result->reference.begun) {
		int r = series_window(series, result->begin_ns, result->end_ns, &window, error);

		if (r < 0)
			return r;
	}
	hdf5_set_text(&attributes, "unit", unit_of(series_name(series)));
	hdf5_set_text(&attributes, "kind", gauge ? "gauge" : "high-water mark");
	set_window_value(&attributes, "initial", "initial_time_ns", &window.initial);
	peak = peak_of(&window);
	set_window_value(&attributes, "peak", "peak_time_ns", &peak);
	set_window_value(&attributes, "final", "final_time_ns", &window.final);
	return attributes.result;
}

static int write_metric(hid_t metrics, struct series *series, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = hdf5_create_group(metrics, series_name(series), &group, error);

	if (r == 0)
		r = columns_write_series(group, "value", series, columns, error);
	if (r == 0)
		r = write_metric_attributes(group, series, result, error);
	if (r == 0)
		r = hdf5_close(&group, series_name(series), error);
	return r;
}

static bool is_metric(const struct series *series)
{
	return strcmp(series_name(series), SPOOL_REFERENCE) != 0 &&
	       strcmp(series_name(series), SPOOL_TRUTH) != 0;
}

static int write_metrics(
	hid_t file, const struct trial_result *result, struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	size_t n = result->spool ? spool_n_series(result->spool) : 0;
	int r = hdf5_create_group(file, LAYOUT_METRICS, &group, error);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct series *series = spool_series_at(result->spool, i);

		if (is_metric(series))
			r = write_metric(group, series, result, columns, error);
	}
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_METRICS, error);
	return r;
}

/* The bytes declared last hold until the next declaration, those from before task_begin too. */
static int write_truth_peak(
	hid_t group, struct series *truth, const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};
	struct series_window window;
	uint64_t peak_bytes = 0;
	int r = series_window(truth, result->begin_ns, result->end_ns, &window, error);

	if (r < 0)
		return r;
	if (window.initial.present)
		peak_bytes = window.initial.value;
	if (window.peak.present && window.peak.value > peak_bytes)
		peak_bytes = window.peak.value;
	if (window.initial.present || window.peak.present)
		hdf5_set_u64(&attributes, "peak_bytes", peak_bytes);
	return attributes.result;
}

/* A task that declared nothing has no truth, which is not the truth of holding nothing. */
static int write_truth(
	hid_t file, const struct trial_result *result, struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	struct series *truth = find_series(result, SPOOL_TRUTH);
	int r;

	if (!truth || series_size(truth) == 0)
		return 0;
	r = hdf5_create_group(file, LAYOUT_TRUTH, &group, error);
	if (r == 0)
		r = columns_write_series(group, "bytes", truth, columns, error);
	if (r == 0 && result->reference.begun)
		r = write_truth_peak(group, truth, result, error);
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_TRUTH, error);
	return r;
}

/* ---- marks and what the task printed */

static int write_mark_columns(
	hid_t group, hid_t name_type, const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t names = H5I_INVALID_HID;
	CLEANUP(cleanup_free) uint64_t *times = calloc(result->n_marks + 1, sizeof(*times));
	CLEANUP(cleanup_free) char *texts = calloc(result->n_marks + 1, MEMCG_RUN_NAME_MAX);
	int r;

	if (!times || !texts)
		return error_set_errno(error, ENOMEM, "cannot write the marks");
	for (size_t i = 0; i < result->n_marks; i++) {
		times[i] = result->marks[i].time_ns;
		/* Nothing after the name's end: the type is padded with NULs. */
		strncpy(texts + i * MEMCG_RUN_NAME_MAX, result->marks[i].name, MEMCG_RUN_NAME_MAX);
	}
	r = columns_write(group, LAYOUT_TIME_NS, times, result->n_marks, error);
	if (r == 0)
		r = hdf5_create_column(group, "name", name_type, result->n_marks, &names, error);
	if (r == 0)
		r = hdf5_write_elements(names, name_type, 0, result->n_marks, texts, error);
	if (r == 0)
		r = hdf5_close(&names, "name", error);
	return r;
}

static int write_marks(hid_t file, const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t name_type = hdf5_fixed_text_type(MEMCG_RUN_NAME_MAX);
	int r = hdf5_create_group(file, "marks", &group, error);

	if (r == 0)
		r = write_mark_columns(group, name_type, result, error);
	if (r == 0)
		r = hdf5_close(&group, "marks", error);
	return r;
}

/*
 * One string padded with NULs, which h5dump and HDFView show as text and h5py gives as bytes. `bytes`
 * is its length, since a reader takes NULs at the end for padding, and HDF5 has no string of none.
 */
static int write_output(
	hid_t file, const char *name, const struct trial_output *output, struct error *error)
{
	size_t length = output->text ? output->length : 0;
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(length ? length : 1);
	CLEANUP(cleanup_hid) hid_t space = H5Screate(H5S_SCALAR);
	CLEANUP(cleanup_hid)
	hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
	struct hdf5_attributes attributes = {.object = dataset, .error = error};

	if (dataset < 0 || H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT,
				   length ? output->text : "") < 0)
		return hdf5_error(error, "cannot write %s", name);
	hdf5_set_u64(&attributes, "bytes", length);
	hdf5_set_u64(&attributes, "cut_bytes", output->cut_bytes);
	if (attributes.result < 0)
		return attributes.result;
	return hdf5_close(&dataset, name, error);
}

/* ---- the file */

static int write_trial(hid_t file, const struct plan *plan, const struct planned_trial *planned,
	const struct trial_result *result, struct error *error)
{
	CLEANUP(cleanup_free) struct columns *columns = malloc(sizeof(*columns));
	int r;

	if (!columns)
		return error_set_errno(error, ENOMEM, "cannot write the trial");
	r = write_texts(file, plan, planned, result, error);
	if (r == 0)
		r = write_numbers(file, planned, result, error);
	if (r == 0)
		r = write_reference(file, plan, result, columns, error);
	if (r == 0)
		r = write_metrics(file, result, columns, error);
	if (r == 0)
		r = write_truth(file, result, columns, error);
	if (r == 0)
		r = write_marks(file, result, error);
	if (r == 0)
		r = write_output(file, "stdout", &result->stdout_text, error);
	if (r == 0)
		r = write_output(file, "stderr", &result->stderr_text, error);
	return r;
}

int trial_file_seal(int trials_fd, const char *trials_path, const struct plan *plan,
	const struct planned_trial *planned, const struct trial_result *result, struct error *error)
{
	struct hdf5_output output;
	char name[LAYOUT_TRIAL_NAME_SIZE];
	int r;

	hdf5_be_quiet();
	snprintf(name, sizeof(name), LAYOUT_TRIAL_NAME ".h5", planned->number);
	r = hdf5_output_create(trials_fd, name, &output, error);
	if (r == 0) {
		r = write_trial(output.file, plan, planned, result, error);
		if (r == 0)
			r = hdf5_output_seal(&output, error);
		else
			hdf5_output_abandon(&output);
	}
	return r < 0 ? error_prefix(error, "cannot seal %s/%s", trials_path, name) : 0;
}
