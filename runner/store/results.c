#include "runner/store/results.h"
#include "runner/host/run_files.h"

#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/store/results_state.h"
#include "runner/store/summary.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <math.h>
#include <search.h>
#include <string.h>

#define ROWS_PER_READ 256

/* ---- the rows */

/* Interns a string of a row. NULL on ENOMEM. */
static char *keep_text(struct results *results, const struct summary_layout *layout,
	const char *row, enum summary_field field)
{
	char *text = layout->absent[field]
			     ? strdup("")
			     : strndup(row + layout->offset[field], layout->size[field]);
	char **node;

	if (!text)
		return NULL;
	/* Untrusted text that will be displayed. */
	text_blank_controls(text);
	node = tsearch(text, &results->texts, string_compare);
	if (!node || *node != text)
		free(text);
	return node ? *node : NULL;
}

static uint64_t u64_of(
	const struct summary_layout *layout, const char *row, enum summary_field field)
{
	uint64_t value;

	memcpy(&value, row + layout->offset[field], sizeof(value));
	return value;
}

static double double_of(
	const struct summary_layout *layout, const char *row, enum summary_field field)
{
	double value;

	if (layout->absent[field])
		return NAN;
	memcpy(&value, row + layout->offset[field], sizeof(value));
	return value;
}

static int parse_row(struct results *results, const struct summary_layout *layout, const char *row,
	struct summary_row *ret_row)
{
	struct summary_row taken = {
		.trial = u64_of(layout, row, SUMMARY_TRIAL),
		.task = keep_text(results, layout, row, SUMMARY_TASK),
		.parameters = keep_text(results, layout, row, SUMMARY_PARAMETERS),
		.backend = keep_text(results, layout, row, SUMMARY_BACKEND),
		.metric = keep_text(results, layout, row, SUMMARY_METRIC),
		.repetition = u64_of(layout, row, SUMMARY_REPETITION),
		.warmup = row[layout->offset[SUMMARY_WARMUP]] != 0,
		.status = keep_text(results, layout, row, SUMMARY_STATUS),
		.stage = keep_text(results, layout, row, SUMMARY_STAGE),
		.limit_end = keep_text(results, layout, row, SUMMARY_LIMIT_END),
		.initial_bytes = double_of(layout, row, SUMMARY_INITIAL_BYTES),
		.peak_bytes = double_of(layout, row, SUMMARY_PEAK_BYTES),
		.final_bytes = double_of(layout, row, SUMMARY_FINAL_BYTES),
		.truth_peak_bytes = double_of(layout, row, SUMMARY_TRUTH_PEAK_BYTES),
		.wall_ns = u64_of(layout, row, SUMMARY_WALL_NS),
		.watched_ns = double_of(layout, row, SUMMARY_WATCHED_NS),
		.runner_cpu_ns = double_of(layout, row, SUMMARY_RUNNER_CPU_NS),
		.sampler_cpu_ns = double_of(layout, row, SUMMARY_SAMPLER_CPU_NS),
		.runner_peak_rss_bytes = double_of(layout, row, SUMMARY_RUNNER_PEAK_RSS_BYTES),
		.suspect = !layout->absent[SUMMARY_SUSPECT] &&
			   row[layout->offset[SUMMARY_SUSPECT]] != 0,
	};

	for (unsigned i = 0; i < SUMMARY_N_ACCOUNT; i++)
		taken.account[i] = double_of(layout, row, SUMMARY_ACCOUNT + i);
	if (!taken.task || !taken.parameters || !taken.backend || !taken.metric || !taken.status ||
		!taken.stage || !taken.limit_end)
		return -ENOMEM;
	*ret_row = taken;
	return 0;
}

static int read_rows(struct results *results, hid_t table, const struct summary_layout *layout,
	uint64_t n_rows, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t type = summary_memory_type(layout);
	CLEANUP(cleanup_free) char *buffer = calloc(ROWS_PER_READ, layout->row_size);

	results->rows = calloc(n_rows + 1, sizeof(*results->rows));
	results->shown = calloc(n_rows + 1, sizeof(*results->shown));
	if (type < 0 || !buffer || !results->rows || !results->shown)
		return error_set_errno(error, ENOMEM, "cannot read /summary");
	while (results->n_rows < n_rows) {
		size_t left = n_rows - results->n_rows;
		size_t n = left < ROWS_PER_READ ? left : ROWS_PER_READ;
		int r = hdf5_read_elements(table, type, results->n_rows, n, buffer, error);

		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++) {
			r = parse_row(results, layout, buffer + i * layout->row_size,
				&results->rows[results->n_rows]);
			if (r < 0)
				return error_set_errno(error, -r, "cannot read /summary");
			if (isnan(results->rows[results->n_rows].account[ACCOUNT_LIMIT]))
				results->shown[results->n_shown++] = results->n_rows;
			results->n_rows++;
		}
	}
	return 0;
}

static int read_summary(struct results *results, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t table = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t type = H5I_INVALID_HID;
	struct summary_layout layout;
	uint64_t n_rows;
	int r = hdf5_open_dataset(results->file, "/summary", &table, error);

	if (r < 0)
		return r;
	type = H5Dget_type(table);
	r = summary_layout_of_type(type, &layout, error);
	if (r == 0)
		r = hdf5_count_elements(table, &n_rows, error);
	return r == 0 ? read_rows(results, table, &layout, n_rows, error) : r;
}

/* ---- opening */

static int check_format(struct results *results, struct error *error)
{
	CLEANUP(cleanup_free) char *format = NULL;
	uint64_t version = 0;
	int r = hdf5_get_text(results->file, LAYOUT_ATTRIBUTE_FORMAT, &format, error);

	if (r < 0)
		return r;
	if (r == 1 || strcmp(format, LAYOUT_FORMAT) != 0)
		return error_set(error, EINVAL, "it is not a results file of memcg-run");
	r = hdf5_get_u64(results->file, LAYOUT_ATTRIBUTE_FORMAT_VERSION, &version, error);
	if (r < 0)
		return r;
	if (r == 1 || version != LAYOUT_VERSION)
		return error_set(error, EINVAL,
			"its format version is %" PRIu64 ", and this memcg-run reads %d", version,
			LAYOUT_VERSION);
	return 0;
}

CLEANUP_POINTER(close_results, struct results, results_close)

int results_open(
	int run_fd, const char *run_path, struct results **ret_results, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/" RUN_RESULTS, run_path);
	CLEANUP(close_results) struct results *results = calloc(1, sizeof(*results));
	int r;

	hdf5_be_quiet();
	if (!results || !path)
		return error_set_errno(error, ENOMEM, "cannot open " RUN_RESULTS);
	results->file = H5I_INVALID_HID;
	r = hdf5_open_file(run_fd, RUN_RESULTS, path, &results->io, &results->file, error);
	if (r < 0)
		return r;
	r = check_format(results, error);
	if (r == 0)
		r = read_summary(results, error);
	if (r < 0)
		return error_prefix(error, "cannot read %s", path);
	*ret_results = TAKE_PTR(results);
	return 0;
}

void results_close(struct results *results)
{
	if (!results)
		return;
	if (results->file >= 0) {
		H5Fclose(results->file);
		close(results->io.fd);
	}
	while (results->attributes) {
		struct attribute *attribute = results->attributes;

		results->attributes = attribute->next;
		free(attribute->name);
		free(attribute->text);
		free(attribute);
	}
	tdestroy(results->texts, free);
	free(results->rows);
	free(results->shown);
	free(results);
}

size_t results_n_rows(const struct results *results)
{
	return results->n_shown;
}

const struct summary_row *results_row(const struct results *results, size_t index)
{
	return &results->rows[results->shown[index]];
}

size_t results_n_all_rows(const struct results *results)
{
	return results->n_rows;
}

const struct summary_row *results_any_row(const struct results *results, size_t index)
{
	return &results->rows[index];
}

/* ---- root attributes */

/* NULL if missing, or if it cannot be represented as text. An enumeration's value has a name: "TRUE". */
char *results_attribute_text(hid_t file, const char *name)
{
	CLEANUP(cleanup_hid) hid_t attribute = H5I_INVALID_HID;
	CLEANUP(cleanup_hid) hid_t type = H5I_INVALID_HID;
	char value[8] = "", value_name[64], *text = NULL;
	uint64_t number;

	if (H5Aexists(file, name) <= 0)
		return NULL;
	attribute = H5Aopen(file, name, H5P_DEFAULT);
	type = H5Aget_type(attribute);
	switch (H5Tget_class(type)) {
	case H5T_STRING:
		return hdf5_get_text(file, name, &text, NULL) == 0 ? text : NULL;
	case H5T_INTEGER:
		return hdf5_get_u64(file, name, &number, NULL) == 0
			       ? string_format("%" PRIu64, number)
			       : NULL;
	case H5T_ENUM:
		if (H5Tget_size(type) > sizeof(value) || H5Aread(attribute, type, value) < 0 ||
			H5Tenum_nameof(type, value, value_name, sizeof(value_name)) < 0)
			return NULL;
		return strdup(value_name);
	default:
		return NULL;
	}
}

const char *results_attribute(struct results *results, const char *name)
{
	struct attribute *attribute;

	for (attribute = results->attributes; attribute; attribute = attribute->next) {
		if (strcmp(attribute->name, name) == 0)
			return attribute->text;
	}
	attribute = calloc(1, sizeof(*attribute));
	if (!attribute)
		return NULL;
	attribute->name = strdup(name);
	if (!attribute->name) {
		free(attribute);
		return NULL;
	}
	attribute->text = results_attribute_text(results->file, name);
	/* Untrusted, likewise. The experiment's text is read by lines, and never printed. */
	if (attribute->text && strcmp(name, LAYOUT_ATTRIBUTE_EXPERIMENT) != 0)
		text_blank_controls(attribute->text);
	attribute->next = results->attributes;
	results->attributes = attribute;
	return attribute->text;
}
