#include "runner/store/trial_series.h"

#include "backends/truth.h"
#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/store/slow_columns.h"
#include "runner/trial/reclaim.h"
#include "util/cleanup.h"

#include <string.h>

/* ---- the reference */

static struct series *trial_find_series(const struct trial_result *result, const char *name)
{
	return result->spool ? spool_find(result->spool, name) : NULL;
}

static void set_sampler(struct hdf5_attributes *attributes,
	const struct trial_description *description, const struct sampler_stats *sampler)
{
	const struct sampler_settings *settings = &description->sampler;

	hdf5_set_bool(attributes, "rate_max", settings->rate_max);
	if (!settings->rate_max)
		hdf5_set_double(attributes, "rate_hz", settings->rate_hz);
	if (sampler->mode == SAMPLER_AUTO) /* not set: the sampler never started */
		return;
	hdf5_set_text(attributes, "mode", sampler->mode == SAMPLER_SPIN ? "spin" : "sleep");
	hdf5_set_bool(attributes, "realtime", sampler->realtime);
	if (sampler->cpu >= 0)
		hdf5_set_u64(attributes, "cpu", (uint64_t)sampler->cpu);
	hdf5_set_u64(attributes, LAYOUT_ATTRIBUTE_SCHEDULED, sampler->n_scheduled);
	hdf5_set_u64(attributes, "samples", sampler->n_samples);
	hdf5_set_u64(attributes, LAYOUT_ATTRIBUTE_MISSED, sampler->n_missed);
	hdf5_set_u64(attributes, "missed_composing", sampler->n_composing);
	hdf5_set_u64(attributes, "dropped", sampler->n_dropped);
	hdf5_set_u64(attributes, "late_p50_ns", sampler->late_p50_ns);
	hdf5_set_u64(attributes, "late_p99_ns", sampler->late_p99_ns);
	hdf5_set_u64(attributes, "late_max_ns", sampler->late_max_ns);
	if (sampler->read_error)
		hdf5_set_text(attributes, "read_error", strerrordesc_np(sampler->read_error));
}

static int set_reclaim(struct hdf5_attributes *attributes, const struct trial_result *result)
{
	struct reclaim reclaim;
	int r = reclaim_find(result, &reclaim, attributes->error);

	if (r == 0 && reclaim.refaults_known)
		hdf5_set_u64(attributes, LAYOUT_ATTRIBUTE_REFAULTS, reclaim.refaults);
	if (r == 0 && reclaim.major_faults_known)
		hdf5_set_u64(attributes, LAYOUT_ATTRIBUTE_MAJOR_FAULTS, reclaim.major_faults);
	return r;
}

static int write_reference_attributes(hid_t group, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};
	const struct trial_reference *reference = &result->reference;
	int r;

	set_sampler(&attributes, description, &result->sampler);
	if (!reference->begun)
		return attributes.result;
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_INITIAL_BYTES, reference->initial_bytes);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_PEAK_BYTES, reference->peak_bytes);
	hdf5_set_bool(&attributes, LAYOUT_ATTRIBUTE_PEAK_EXACT, reference->peak_exact);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_FINAL_BYTES, reference->final_bytes);
	if (reference->leaf_peak_kept)
		hdf5_set_u64(
			&attributes, LAYOUT_ATTRIBUTE_LEAF_PEAK_BYTES, reference->leaf_peak_bytes);
	if (result->recovered)
		return attributes.result;
	hdf5_set_u64(&attributes, "events_high", reference->events.high);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_EVENTS_MAX, reference->events.max);
	hdf5_set_u64(&attributes, "events_oom", reference->events.oom);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_EVENTS_OOM_KILL, reference->events.oom_kill);
	r = set_reclaim(&attributes, result);
	return r < 0 ? r : attributes.result;
}

/* Two columns, begin and end of each gap. The group exists only if there is a gap. */
static int write_gaps(hid_t reference, const struct trial_result *result, struct columns *columns,
	struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	struct series *series = trial_find_series(result, SPOOL_GAPS);
	int r;

	if (!series || series_size(series) == 0)
		return 0;
	r = hdf5_create_group(reference, LAYOUT_GAPS, &group, error);
	if (r == 0)
		r = columns_write_series(group, LAYOUT_GAP_END, series, columns, error);
	return r == 0 ? hdf5_close(&group, LAYOUT_GAPS, error) : r;
}

int trial_series_write_reference(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = hdf5_create_group(file, LAYOUT_REFERENCE, &group, error);

	if (r == 0)
		r = columns_write_series(group, LAYOUT_CURRENT_BYTES,
			trial_find_series(result, SPOOL_REFERENCE), columns, error);
	if (r == 0)
		r = write_gaps(group, result, columns, error);
	if (r == 0)
		r = write_reference_attributes(group, description, result, error);
	if (r == 0 && result->reference.begun)
		r = slow_columns_write(group, description, result, columns, error);
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
 * The value at task_begin counts as part of the interval, although it may have been read just
 * before: a peak is never below it. But a reporter that was never read within the interval has no
 * peak.
 */
static struct window_value peak_of(const struct series_window *window)
{
	if (window->peak.present && window->initial.value > window->peak.value)
		return window->initial;
	return window->peak;
}

/* A failed external reporter saw only part of the trial: the peak of that part is meaningless. */
static bool is_cut_short(const struct series *series, const struct trial_description *description,
	const struct trial_result *result)
{
	const size_t length = strlen(description->backend);
	const char *name = series_name(series);

	return *result->reporter_failure && strncmp(name, description->backend, length) == 0 &&
	       name[length] == '.';
}

static int write_metric_attributes(hid_t group, struct series *series,
	const struct trial_description *description, const struct trial_result *result,
	struct error *error)
{
	static const char *const kinds[N_METRIC_KINDS] = LAYOUT_METRIC_KINDS;
	struct hdf5_attributes attributes = {.object = group, .error = error};
	struct series_window window = {0};
	struct window_value peak;
	enum metric_kind kind = series_kind(series);

	if (result->reference.begun) {
		int r = series_window(series, result->begin_ns, result->end_ns, &window, error);

		if (r < 0)
			return r;
	}
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_UNIT, unit_of(series_name(series)));
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_KIND, kinds[kind]);
	set_window_value(&attributes, LAYOUT_ATTRIBUTE_INITIAL, "initial_time_ns", &window.initial);
	if (is_cut_short(series, description, result))
		return attributes.result;
	peak = peak_of(&window);
	if (kind != METRIC_AT_MARKS)
		set_window_value(&attributes, LAYOUT_ATTRIBUTE_PEAK, "peak_time_ns", &peak);
	set_window_value(&attributes, LAYOUT_ATTRIBUTE_FINAL, "final_time_ns", &window.final);
	return attributes.result;
}

static int write_metric(hid_t metrics, struct series *series,
	const struct trial_description *description, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = hdf5_create_group(metrics, series_name(series), &group, error);

	if (r == 0)
		r = columns_write_series(group, LAYOUT_VALUES, series, columns, error);
	if (r == 0)
		r = write_metric_attributes(group, series, description, result, error);
	if (r == 0)
		r = hdf5_close(&group, series_name(series), error);
	return r;
}

int trial_series_write_metrics(hid_t file, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	size_t n = result->spool ? spool_n_series(result->spool) : 0;
	int r = hdf5_create_group(file, LAYOUT_METRICS, &group, error);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct series *series = spool_series_at(result->spool, i);

		if (!spool_name_is_reserved(series_name(series)))
			r = write_metric(group, series, description, result, columns, error);
	}
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_METRICS, error);
	return r;
}

/*
 * The last declared bytes hold until the next declaration, including those from before task_begin.
 */
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
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_PEAK_BYTES, peak_bytes);
	return attributes.result;
}

/* Columns and peak of one kind, in an existing group. */
static int write_truth_series(hid_t group, struct series *truth, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	int r = columns_write_series(group, LAYOUT_TRUTH_VALUES, truth, columns, error);

	return r == 0 && truth && result->reference.begun
		       ? write_truth_peak(group, truth, result, error)
		       : r;
}

static struct series *truth_series(const struct trial_result *result, enum truth_kind kind)
{
	return trial_find_series(result, truth_kind_place(kind, SPOOL_SEPARATOR).text);
}

/* For a kind other than touched, which is the group's own. */
static int write_truth_kind(hid_t parent, enum truth_kind kind, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	struct series *truth = truth_series(result, kind);
	const char *name = truth_kind_name(kind);
	int r;

	if (!truth || kind == TRUTH_TOUCHED)
		return 0;
	r = hdf5_create_group(parent, name, &group, error);
	if (r == 0)
		r = write_truth_series(group, truth, result, columns, error);
	return r == 0 ? hdf5_close(&group, name, error) : r;
}

static bool result_has_truth(const struct trial_result *result)
{
	bool has = false;

	/*
	 * The series of touched exists from the start; the others are created when first declared.
	 */
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS && !has; kind++) {
		const struct series *truth = truth_series(result, kind);

		has = truth && (kind != TRUTH_TOUCHED || series_size(truth) > 0);
	}
	return has;
}

/* A task that declared nothing has no truth, which differs from a truth of zero. */
int trial_series_write_truth(
	hid_t file, const struct trial_result *result, struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r;

	if (!result_has_truth(result))
		return 0;
	r = hdf5_create_group(file, LAYOUT_TRUTH, &group, error);
	if (r == 0)
		r = write_truth_series(
			group, truth_series(result, TRUTH_TOUCHED), result, columns, error);
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS && r == 0; kind++)
		r = write_truth_kind(group, kind, result, columns, error);
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_TRUTH, error);
	return r;
}
