#include "runner/store/trace.h"

#include "backends/truth.h"
#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/store/thinning.h"
#include "util/cleanup.h"

#include <string.h>

struct trace {
	hid_t times;
	hid_t values;
	uint64_t n;
};

static void close_trace(struct trace *trace)
{
	cleanup_hid(&trace->times);
	cleanup_hid(&trace->values);
}

static bool is_truth(const char *name)
{
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++)
		if (strcmp(name, truth_kind_place(kind, '/').text) == 0)
			return true;
	return false;
}

/* The path of a trace in a trial. False for an invalid name. */
static bool place_of_trace(
	const char *name, char ret_group[HDF5_NAME_SIZE], const char **ret_values)
{
	bool metric = false;

	if (strcmp(name, LAYOUT_REFERENCE) == 0) {
		*ret_values = LAYOUT_CURRENT_BYTES;
	} else if (strcmp(name, LAYOUT_REFERENCE "/" LAYOUT_GAPS) == 0) {
		*ret_values = LAYOUT_GAP_END;
	} else if (is_truth(name)) {
		*ret_values = LAYOUT_TRUTH_VALUES;
	} else {
		*ret_values = LAYOUT_VALUES;
		metric = true;
	}
	if (!*name || (metric && strchr(name, '/')) || strlen(name) >= HDF5_NAME_SIZE / 2)
		return false;
	snprintf(ret_group, HDF5_NAME_SIZE, "%s%s", metric ? LAYOUT_METRICS "/" : "", name);
	return true;
}

static int open_columns(hid_t group, const char *values, struct trace *trace, struct error *error)
{
	uint64_t n_values = 0;
	int r = hdf5_open_dataset(group, LAYOUT_TIME_NS, &trace->times, error);

	if (r == 0)
		r = hdf5_open_dataset(group, values, &trace->values, error);
	if (r < 0)
		return r;
	r = hdf5_count_elements(trace->times, &trace->n, error);
	if (r == 0)
		r = hdf5_count_elements(trace->values, &n_values, error);
	if (r == 0 && n_values != trace->n)
		r = error_set(error, EINVAL, "its columns differ in length");
	return r;
}

/* HDF5 treats a missing group on the way as an error. */
static htri_t path_exists(hid_t trial, const char *path)
{
	const char *slash = strchr(path, '/');
	char group[HDF5_NAME_SIZE];
	htri_t exists;

	if (!slash)
		return H5Lexists(trial, path, H5P_DEFAULT);
	snprintf(group, sizeof(group), "%.*s", (int)(slash - path), path);
	exists = H5Lexists(trial, group, H5P_DEFAULT);
	return exists > 0 ? H5Lexists(trial, path, H5P_DEFAULT) : exists;
}

/* Leaves the trace empty if the trial has none of that name. */
static int open_trace(hid_t trial, const char *name, struct trace *trace, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	char path[HDF5_NAME_SIZE];
	const char *values;
	htri_t exists;

	if (!place_of_trace(name, path, &values))
		return 0;
	exists = path_exists(trial, path);
	if (exists == 0)
		return 0;
	if (exists > 0)
		group = H5Gopen2(trial, path, H5P_DEFAULT);
	if (group < 0)
		return hdf5_error(error, "cannot open it");
	return open_columns(group, values, trace, error);
}

/*
 * Buffers of at most a chunk, and not larger than the trace: most traces have few samples, and
 * clearing full buffers took two thirds of the time for reading all traces of a run.
 */
static int thin_trace(const struct trace *trace, struct thinning *thinning, struct error *error)
{
	size_t room = trace->n < HDF5_CHUNK_ELEMENTS ? trace->n + 1 : HDF5_CHUNK_ELEMENTS;
	CLEANUP(cleanup_free) uint64_t *times = calloc(room, sizeof(*times));
	CLEANUP(cleanup_free) uint64_t *values = calloc(room, sizeof(*values));

	if (!times || !values)
		return error_set_errno(error, ENOMEM, "cannot read it");
	for (uint64_t offset = 0; offset < trace->n;) {
		uint64_t left = trace->n - offset;
		size_t n = left < HDF5_CHUNK_ELEMENTS ? (size_t)left : HDF5_CHUNK_ELEMENTS;
		int r = hdf5_read_elements(
			trace->times, H5T_NATIVE_UINT64, offset, n, times, error);

		if (r == 0)
			r = hdf5_read_elements(
				trace->values, H5T_NATIVE_UINT64, offset, n, values, error);
		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			thinning_add(thinning, (struct sample){times[i], values[i]});
		offset += n;
	}
	return 0;
}

int trace_count(hid_t trial, const char *name, uint64_t *ret_n, struct error *error)
{
	CLEANUP(close_trace)
	struct trace trace = {.times = H5I_INVALID_HID, .values = H5I_INVALID_HID};
	int r = open_trace(trial, name, &trace, error);

	if (r == 0)
		*ret_n = trace.n;
	return r;
}

/* The index of the first sample at or after a time, by halves. */
static int find_time(
	const struct trace *trace, uint64_t time_ns, uint64_t *ret_index, struct error *error)
{
	uint64_t low = 0, high = trace->n;

	while (low < high) {
		uint64_t middle = low + (high - low) / 2, found_ns = 0;
		int r = hdf5_read_elements(
			trace->times, H5T_NATIVE_UINT64, middle, 1, &found_ns, error);

		if (r < 0)
			return r;
		if (found_ns < time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_index = low;
	return 0;
}

/* Clears *ret_n if they are not in order. */
static int read_trace_part(const struct trace *trace, uint64_t first, size_t n,
	struct sample *samples, size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_free) uint64_t *column = calloc(n + 1, sizeof(*column));
	size_t n_ordered = n;
	int r;

	if (!column)
		return error_set_errno(error, ENOMEM, "cannot read it");
	r = hdf5_read_elements(trace->values, H5T_NATIVE_UINT64, first, n, column, error);
	for (size_t i = 0; i < n && r == 0; i++)
		samples[i].value = column[i];
	if (r == 0)
		r = hdf5_read_elements(trace->times, H5T_NATIVE_UINT64, first, n, column, error);
	for (size_t i = 0; i < n && r == 0; i++) {
		samples[i].time_ns = column[i];
		if (i > 0 && column[i] < column[i - 1])
			n_ordered = 0;
	}
	if (r == 0)
		*ret_n = n_ordered;
	return r;
}

int trace_read_around(hid_t trial, const char *name, uint64_t time_ns, size_t max_samples,
	struct sample **ret_samples, size_t *ret_n, struct error *error)
{
	CLEANUP(close_trace)
	struct trace trace = {.times = H5I_INVALID_HID, .values = H5I_INVALID_HID};
	CLEANUP(cleanup_free) struct sample *samples = NULL;
	size_t n = 0;
	uint64_t first = 0;
	int r = open_trace(trial, name, &trace, error);

	if (r == 0)
		r = find_time(&trace, time_ns, &first, error);
	if (r < 0)
		return r;
	n = trace.n < max_samples ? (size_t)trace.n : max_samples;
	first = first > n / 2 ? first - n / 2 : 0;
	if (first > trace.n - n)
		first = trace.n - n;
	samples = calloc(n + 1, sizeof(*samples));
	if (!samples)
		return error_set_errno(error, ENOMEM, "cannot read it");
	if (n > 0)
		r = read_trace_part(&trace, first, n, samples, &n, error);
	if (r < 0)
		return r;
	*ret_samples = TAKE_PTR(samples);
	*ret_n = n;
	return 0;
}

static int compare_times(const void *a, const void *b)
{
	const struct sample *first = a, *second = b;

	return (first->time_ns > second->time_ns) - (first->time_ns < second->time_ns);
}

int trace_read(hid_t trial, const char *name, size_t max_samples, struct sample **ret_samples,
	size_t *ret_n, struct error *error)
{
	CLEANUP(close_trace)
	struct trace trace = {.times = H5I_INVALID_HID, .values = H5I_INVALID_HID};
	CLEANUP(cleanup_free) struct sample *samples = NULL;
	struct thinning thinning;
	int r = open_trace(trial, name, &trace, error);

	if (r < 0)
		return r;
	samples = calloc(trace.n < max_samples ? trace.n + 1 : max_samples, sizeof(*samples));
	if (!samples)
		return error_set_errno(error, ENOMEM, "cannot read it");
	thinning_init(&thinning, samples, max_samples, trace.n);
	r = thin_trace(&trace, &thinning, error);
	if (r < 0)
		return r;
	/*
	 * The file has them in order of arrival, and processes of a task may overtake each other.
	 */
	qsort(samples, thinning.n_kept, sizeof(*samples), compare_times);
	*ret_samples = TAKE_PTR(samples);
	*ret_n = thinning.n_kept;
	return 0;
}
