/* The groups of one trial in results.h5. */

#include "runner/store/composition_rows.h"
#include "runner/store/layout.h"
#include "runner/store/output_data.h"
#include "runner/store/results_state.h"
#include "runner/store/thinning.h"
#include "runner/store/trace.h"
#include "util/cleanup.h"

#include <string.h>

static int open_trial(
	const struct results *results, uint64_t trial, hid_t *ret_group, struct error *error)
{
	char path[2 * LAYOUT_TRIAL_NAME_SIZE];
	hid_t group;

	snprintf(path, sizeof(path), LAYOUT_TRIALS "/" LAYOUT_TRIAL_NAME, trial);
	if (H5Lexists(results->file, path, H5P_DEFAULT) == 0)
		return error_set(error, ENOENT, "there is no trial " LAYOUT_TRIAL_NAME, trial);
	group = H5Gopen2(results->file, path, H5P_DEFAULT);
	if (group < 0)
		return hdf5_error(error, "cannot open trial " LAYOUT_TRIAL_NAME, trial);
	*ret_group = group;
	return 0;
}

int results_trial_window(struct results *results, uint64_t trial, uint64_t *ret_begin_ns,
	uint64_t *ret_end_ns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	uint64_t begin_ns = 0, end_ns = 0;
	int r = open_trial(results, trial, &group, error);

	if (r == 0)
		r = hdf5_get_u64(group, LAYOUT_ATTRIBUTE_BEGIN_NS, &begin_ns, error);
	if (r == 0)
		r = hdf5_get_u64(group, LAYOUT_ATTRIBUTE_END_NS, &end_ns, error);
	if (r == 1)
		return error_set(
			error, ENODATA, "trial " LAYOUT_TRIAL_NAME " did not start", trial);
	if (r < 0)
		return r;
	*ret_begin_ns = begin_ns;
	*ret_end_ns = end_ns;
	return 0;
}

static int trace_failure(uint64_t trial, const char *name, int r, struct error *error)
{
	return r < 0 ? error_prefix(error, "the trace %s of trial " LAYOUT_TRIAL_NAME, name, trial)
		     : 0;
}

int results_trace(struct results *results, uint64_t trial, const char *name, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r;

	if (max_samples < THINNING_MIN_SAMPLES)
		return error_set(
			error, EINVAL, "a trace cannot be thinned to %zu samples", max_samples);
	r = open_trial(results, trial, &group, error);
	if (r < 0)
		return r;
	return trace_failure(trial, name,
		trace_read(group, name, max_samples, ret_samples, ret_n, error), error);
}

int results_trace_count(struct results *results, uint64_t trial, const char *name, uint64_t *ret_n,
	struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_trial(results, trial, &group, error);

	return r < 0 ? r
		     : trace_failure(trial, name, trace_count(group, name, ret_n, error), error);
}

int results_trace_around(struct results *results, uint64_t trial, const char *name,
	uint64_t time_ns, size_t max_samples, struct sample **ret_samples, size_t *ret_n,
	struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_trial(results, trial, &group, error);

	return r < 0 ? r
		     : trace_failure(trial, name,
			       trace_read_around(group, name, time_ns, max_samples, ret_samples,
				       ret_n, error),
			       error);
}

int results_composition(struct results *results, uint64_t trial, size_t max_rows,
	struct results_composition_row **ret_rows, size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_trial(results, trial, &group, error);

	if (r < 0)
		return r;
	r = composition_rows_read(group, max_rows, ret_rows, ret_n, error);
	return r < 0 ? error_prefix(error, "trial " LAYOUT_TRIAL_NAME, trial) : 0;
}

int results_task_cpus(struct results *results, uint64_t trial, char **ret_cpus, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_trial(results, trial, &group, error);

	return r < 0 ? r : hdf5_get_text(group, LAYOUT_ATTRIBUTE_TASK_CPUS, ret_cpus, error);
}

char *results_trial_attribute(
	struct results *results, uint64_t trial, const char *place, const char *name)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t below = H5I_INVALID_HID;

	if (open_trial(results, trial, &group, NULL) < 0)
		return NULL;
	if (!place)
		return results_attribute_text(group, name);
	if (H5Lexists(group, place, H5P_DEFAULT) <= 0)
		return NULL;
	below = H5Gopen2(group, place, H5P_DEFAULT);
	return below < 0 ? NULL : results_attribute_text(below, name);
}

int results_trial_output(struct results *results, uint64_t trial, const char *name,
	struct trial_output *ret_output, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_trial(results, trial, &group, error);

	return r < 0 ? r : output_data_read(group, name, ret_output, error);
}

/* ---- marks */

/* Names are padded with NULs to the size in a record, plus a NUL in case it is full. */
static int read_trial_marks(
	hid_t times, hid_t names, struct trial_mark *marks, size_t n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t type = hdf5_fixed_text_type(MEMCG_RUN_NAME_MAX);
	CLEANUP(cleanup_free) char *texts = calloc(n + 1, MEMCG_RUN_NAME_MAX);
	CLEANUP(cleanup_free) uint64_t *times_ns = calloc(n + 1, sizeof(*times_ns));
	int r;

	if (!texts || !times_ns)
		return error_set_errno(error, ENOMEM, "cannot read the marks");
	r = hdf5_read_elements(times, H5T_NATIVE_UINT64, 0, n, times_ns, error);
	if (r == 0)
		r = hdf5_read_elements(names, type, 0, n, texts, error);
	for (size_t i = 0; i < n && r == 0; i++) {
		marks[i].time_ns = times_ns[i];
		memcpy(marks[i].name, texts + i * MEMCG_RUN_NAME_MAX, MEMCG_RUN_NAME_MAX - 1);
	}
	return r;
}

static int count_marks(hid_t times, hid_t names, size_t *ret_n, struct error *error)
{
	uint64_t n_times = 0, n_names = 0;
	int r = hdf5_count_elements(times, &n_times, error);

	if (r == 0)
		r = hdf5_count_elements(names, &n_names, error);
	if (r == 0 && (n_times != n_names || n_times > TRIAL_MAX_MARKS))
		r = error_set(error, EINVAL, "its marks are not those of a trial");
	if (r == 0)
		*ret_n = n_times;
	return r;
}

int results_marks(struct results *results, uint64_t trial, struct trial_mark **ret_marks,
	size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t times = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t names = H5I_INVALID_HID;
	CLEANUP(cleanup_free) struct trial_mark *marks = NULL;
	size_t n = 0;
	int r = open_trial(results, trial, &group, error);

	if (r < 0)
		return r;
	r = hdf5_open_dataset(group, LAYOUT_MARKS "/" LAYOUT_TIME_NS, &times, error);
	if (r == 0)
		r = hdf5_open_dataset(group, LAYOUT_MARKS "/" LAYOUT_MARK_NAME, &names, error);
	if (r == 0)
		r = count_marks(times, names, &n, error);
	marks = r == 0 ? calloc(n + 1, sizeof(*marks)) : NULL;
	if (r == 0 && !marks)
		r = error_set_errno(error, ENOMEM, "cannot read its marks");
	if (r == 0 && n > 0)
		r = read_trial_marks(times, names, marks, n, error);
	if (r < 0)
		return error_prefix(error, "trial " LAYOUT_TRIAL_NAME, trial);
	*ret_marks = TAKE_PTR(marks);
	*ret_n = n;
	return 0;
}

/* ---- metrics */

int results_metric_kind(struct results *results, uint64_t trial, const char *metric,
	enum metric_kind *ret_kind, struct error *error)
{
	static const char *const kinds[N_METRIC_KINDS] = LAYOUT_METRIC_KINDS;
	CLEANUP(cleanup_hid) hid_t trial_group = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_free) char *kind = NULL;
	char path[HDF5_NAME_SIZE];
	int r = open_trial(results, trial, &trial_group, error);

	if (r < 0)
		return r;
	if (strchr(metric, '/') || strlen(metric) >= MEMCG_RUN_NAME_MAX)
		return 1;
	snprintf(path, sizeof(path), LAYOUT_METRICS "/%s", metric);
	if (H5Lexists(trial_group, path, H5P_DEFAULT) <= 0)
		return 1;
	group = H5Gopen2(trial_group, path, H5P_DEFAULT);
	if (group < 0)
		return hdf5_error(
			error, "cannot open %s of trial " LAYOUT_TRIAL_NAME, metric, trial);
	r = hdf5_get_text(group, LAYOUT_ATTRIBUTE_KIND, &kind, error);
	if (r < 0)
		return r;
	*ret_kind = METRIC_GAUGE;
	for (unsigned i = 0; kind && i < N_METRIC_KINDS; i++)
		if (strcmp(kind, kinds[i]) == 0)
			*ret_kind = i;
	return 0;
}
