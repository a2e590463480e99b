#include "runner/store/summary.h"

#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/trial/spool.h"
#include "util/cleanup.h"
#include "util/counter.h"
#include "util/csv.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define ROWS_PER_CHUNK 256
#define STATUS_SIZE sizeof("interrupted")
/* Of limit_stage_name and limit_end_name. */
#define STAGE_SIZE sizeof("baseline")
#define LIMIT_END_SIZE sizeof("oom_killed")

/* ---- the row */

enum field_kind { FIELD_U64, FIELD_DOUBLE, FIELD_BOOL, FIELD_TEXT };

static const struct field {
	const char *name;
	enum field_kind kind;
} fields[SUMMARY_N_FIELDS] = {
	[SUMMARY_TRIAL] = {"trial", FIELD_U64},
	[SUMMARY_TASK] = {"task", FIELD_TEXT},
	[SUMMARY_PARAMETERS] = {"parameters", FIELD_TEXT},
	[SUMMARY_BACKEND] = {"backend", FIELD_TEXT},
	[SUMMARY_METRIC] = {"metric", FIELD_TEXT},
	[SUMMARY_REPETITION] = {"repetition", FIELD_U64},
	[SUMMARY_WARMUP] = {"warmup", FIELD_BOOL},
	[SUMMARY_STATUS] = {"status", FIELD_TEXT},
	[SUMMARY_INITIAL_BYTES] = {"initial_bytes", FIELD_DOUBLE},
	[SUMMARY_PEAK_BYTES] = {"peak_bytes", FIELD_DOUBLE},
	[SUMMARY_FINAL_BYTES] = {"final_bytes", FIELD_DOUBLE},
	[SUMMARY_TRUTH_PEAK_BYTES] = {"truth_peak_bytes", FIELD_DOUBLE},
	[SUMMARY_WALL_NS] = {"wall_ns", FIELD_U64},
	[SUMMARY_WATCHED_NS] = {"watched_ns", FIELD_DOUBLE},
	[SUMMARY_RUNNER_CPU_NS] = {"runner_cpu_ns", FIELD_DOUBLE},
	[SUMMARY_SAMPLER_CPU_NS] = {"sampler_cpu_ns", FIELD_DOUBLE},
	[SUMMARY_RUNNER_PEAK_RSS_BYTES] = {"runner_peak_rss_bytes", FIELD_DOUBLE},
	[SUMMARY_SUSPECT] = {"suspect", FIELD_BOOL},
	[SUMMARY_CAUSE] = {"cause", FIELD_TEXT},
	[SUMMARY_ACCOUNT + ACCOUNT_EXIT_CODE] = {"exit_code", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_SIGNAL] = {"signal", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_CPU_NS] = {"cpu_ns", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_MEMORY_MAX] = {"memory_max_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_LIMIT_MET] = {"limit_met", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_OOM_KILLS] = {"oom_kills", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_COMPOSED] = {"composed_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_PEAK_ANON] = {"peak_anon_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_PEAK_FILE] = {"peak_file_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_PEAK_SHMEM] = {"peak_shmem_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_PEAK_KERNEL] = {"peak_kernel_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_COMPOSED_NS] = {"composed_ns", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_TASK_N_CPUS] = {"task_n_cpus", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_MAXRSS] = {"maxrss_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_LIMIT] = {"limit_bytes", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_REFAULTS] = {"refaults", FIELD_DOUBLE},
	[SUMMARY_ACCOUNT + ACCOUNT_MAJOR_FAULTS] = {"major_faults", FIELD_DOUBLE},
	[SUMMARY_STAGE] = {"stage", FIELD_TEXT},
	[SUMMARY_LIMIT_END] = {"limit_end", FIELD_TEXT},
};

/* The fields from here on were added later; older files lack them. */
#define FIRST_LATER_FIELD SUMMARY_WATCHED_NS

/* Computes offsets from the string sizes. */
static void complete_layout(struct summary_layout *layout)
{
	layout->row_size = 0;
	for (int i = 0; i < SUMMARY_N_FIELDS; i++) {
		if (fields[i].kind == FIELD_BOOL)
			layout->size[i] = 1;
		else if (fields[i].kind != FIELD_TEXT)
			layout->size[i] = 8;
		layout->offset[i] = layout->row_size;
		layout->row_size += layout->size[i];
	}
}

static bool is_class(enum field_kind kind, hid_t type)
{
	static const H5T_class_t classes[] = {
		[FIELD_U64] = H5T_INTEGER,
		[FIELD_DOUBLE] = H5T_FLOAT,
		[FIELD_BOOL] = H5T_ENUM,
		[FIELD_TEXT] = H5T_STRING,
	};

	return H5Tget_class(type) == classes[kind] &&
	       (kind != FIELD_TEXT || H5Tis_variable_str(type) == 0);
}

int summary_layout_of_type(hid_t type, struct summary_layout *ret_layout, struct error *error)
{
	struct summary_layout layout = {0};

	if (H5Tget_class(type) != H5T_COMPOUND)
		return error_set(error, EINVAL, "/summary is not a table");
	for (int i = 0; i < SUMMARY_N_FIELDS; i++) {
		int index = H5Tget_member_index(type, fields[i].name);
		CLEANUP(cleanup_hid) hid_t member = H5I_INVALID_HID;

		layout.absent[i] = index < 0 && i >= FIRST_LATER_FIELD;
		if (layout.absent[i])
			continue;
		if (index >= 0)
			member = H5Tget_member_type(type, (unsigned)index);
		if (member < 0 || !is_class(fields[i].kind, member)) {
			H5Eclear2(H5E_DEFAULT);
			return error_set(error, EINVAL, "/summary has no column %s of its type",
				fields[i].name);
		}
		layout.size[i] = H5Tget_size(member);
	}
	complete_layout(&layout);
	*ret_layout = layout;
	return 0;
}

static hid_t field_type(const struct summary_layout *layout, int field, bool in_file)
{
	switch (fields[field].kind) {
	case FIELD_U64:
		return H5Tcopy(in_file ? H5T_STD_U64LE : H5T_NATIVE_UINT64);
	case FIELD_DOUBLE:
		return H5Tcopy(in_file ? H5T_IEEE_F64LE : H5T_NATIVE_DOUBLE);
	case FIELD_BOOL:
		return hdf5_bool_type();
	case FIELD_TEXT:
		break;
	}
	return hdf5_fixed_text_type(layout->size[field]);
}

static hid_t row_type(const struct summary_layout *layout, bool in_file)
{
	hid_t type = H5Tcreate(H5T_COMPOUND, layout->row_size);

	for (int i = 0; i < SUMMARY_N_FIELDS && type >= 0; i++) {
		CLEANUP(cleanup_hid) hid_t member = H5I_INVALID_HID;

		if (layout->absent[i])
			continue;
		member = field_type(layout, i, in_file);
		if (member < 0 || H5Tinsert(type, fields[i].name, layout->offset[i], member) < 0) {
			H5Tclose(type);
			type = H5I_INVALID_HID;
		}
	}
	return type;
}

hid_t summary_memory_type(const struct summary_layout *layout)
{
	return row_type(layout, false);
}

/* ---- the writer */

struct summary_writer {
	FILE *csv;
	char **tasks; /* by task: experiment_task_line */
	const struct task *first_task;
	struct summary_layout layout;
	hid_t memory_type;
	hid_t table;
	uint64_t n_written;
	size_t n_buffered;
	char *rows; /* ROWS_PER_CHUNK of them */
};

/* A fixed-length string of HDF5 has at least one byte. */
static int layout_of_plan(
	const struct plan *plan, char *const *tasks, struct summary_layout *ret_layout)
{
	const struct experiment *experiment = plan_experiment(plan);
	struct summary_layout layout = {0};

	layout.size[SUMMARY_TASK] = 1;
	layout.size[SUMMARY_METRIC] = SPOOL_NAME_MAX;
	layout.size[SUMMARY_STATUS] = STATUS_SIZE;
	layout.size[SUMMARY_CAUSE] = ERROR_TEXT_SIZE;
	layout.size[SUMMARY_STAGE] = STAGE_SIZE;
	layout.size[SUMMARY_LIMIT_END] = LIMIT_END_SIZE;
	layout.size[SUMMARY_BACKEND] = 1;
	layout.size[SUMMARY_PARAMETERS] = 1;
	for (size_t i = 0; tasks[i]; i++)
		layout.size[SUMMARY_TASK] =
			counter_larger(layout.size[SUMMARY_TASK], strlen(tasks[i]));
	for (size_t i = 0; i < experiment->n_backends; i++)
		layout.size[SUMMARY_BACKEND] = counter_larger(
			layout.size[SUMMARY_BACKEND], strlen(experiment->backends[i]->name));
	for (size_t point = 0; point < plan_n_points(plan); point++) {
		CLEANUP(cleanup_free) char *json = plan_parameters_json(plan, point);

		if (!json)
			return -ENOMEM;
		layout.size[SUMMARY_PARAMETERS] =
			counter_larger(layout.size[SUMMARY_PARAMETERS], strlen(json));
	}
	complete_layout(&layout);
	*ret_layout = layout;
	return 0;
}

/* Extended by a chunk at a time. */
static int create_table(hid_t file, struct summary_writer *writer, struct error *error)
{
	hsize_t size = 0, maximum = H5S_UNLIMITED, chunk = ROWS_PER_CHUNK;
	CLEANUP(cleanup_hid) hid_t type = row_type(&writer->layout, true);
	CLEANUP(cleanup_hid) hid_t space = H5Screate_simple(1, &size, &maximum);
	CLEANUP(cleanup_hid) hid_t creation = H5Pcreate(H5P_DATASET_CREATE);

	writer->memory_type = row_type(&writer->layout, false);
	if (type >= 0 && space >= 0 && creation >= 0 && writer->memory_type >= 0 &&
		H5Pset_chunk(creation, 1, &chunk) == 0 && H5Pset_shuffle(creation) == 0 &&
		H5Pset_deflate(creation, 1) == 0)
		writer->table = H5Dcreate2(
			file, LAYOUT_SUMMARY, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
	if (writer->table < 0)
		return hdf5_error(error, "cannot create /summary");
	return 0;
}

void summary_writer_free(struct summary_writer *writer)
{
	if (!writer)
		return;
	cleanup_hid(&writer->table);
	cleanup_hid(&writer->memory_type);
	free(writer->rows);
	string_list_free(writer->tasks);
	free(writer);
}

CLEANUP_POINTER(free_writer, struct summary_writer, summary_writer_free)

/* NULL-terminated. NULL on ENOMEM. */
static char **task_lines(const struct experiment *experiment)
{
	char **lines = calloc(experiment->n_tasks + 1, sizeof(*lines));

	for (size_t i = 0; lines && i < experiment->n_tasks; i++) {
		lines[i] = experiment_task_line(&experiment->tasks[i]);
		if (!lines[i]) {
			string_list_free(lines);
			return NULL;
		}
	}
	return lines;
}

static const char *task_of(const struct summary_writer *writer, const struct summary_entry *entry)
{
	return writer->tasks[entry->planned->task - writer->first_task];
}

int summary_writer_new(hid_t file, FILE *csv, const struct plan *plan,
	struct summary_writer **ret_writer, struct error *error)
{
	CLEANUP(free_writer) struct summary_writer *writer = calloc(1, sizeof(*writer));
	int r;

	if (!writer)
		return error_set_errno(error, ENOMEM, "cannot make the summary");
	writer->csv = csv;
	writer->table = writer->memory_type = H5I_INVALID_HID;
	writer->first_task = plan_experiment(plan)->tasks;
	writer->tasks = task_lines(plan_experiment(plan));
	r = writer->tasks ? layout_of_plan(plan, writer->tasks, &writer->layout) : -ENOMEM;
	if (r == 0)
		writer->rows = calloc(ROWS_PER_CHUNK, writer->layout.row_size);
	if (!writer->rows)
		return error_set_errno(error, ENOMEM, "cannot make the summary");
	r = create_table(file, writer, error);
	if (r < 0)
		return r;
	for (int i = 0; i < SUMMARY_N_FIELDS; i++)
		fprintf(csv, "%s%c", fields[i].name, i + 1 < SUMMARY_N_FIELDS ? ',' : '\n');
	*ret_writer = TAKE_PTR(writer);
	return 0;
}

/* ---- a row of the table */

static int put_text(const struct summary_layout *layout, char *row, enum summary_field field,
	const char *text, struct error *error)
{
	size_t length = strlen(text);

	/* The widths are the plan's, but the trial's file may come from another plan. */
	if (length > layout->size[field])
		return error_set(error, EINVAL, "its %s is not one of this run: %.40s",
			fields[field].name, text);
	memcpy(row + layout->offset[field], text, length);
	return 0;
}

static void put_u64(
	const struct summary_layout *layout, char *row, enum summary_field field, uint64_t value)
{
	memcpy(row + layout->offset[field], &value, sizeof(value));
}

static void put_number(const struct summary_layout *layout, char *row, enum summary_field field,
	struct summary_number number)
{
	double value = number.present ? (double)number.value : NAN;

	memcpy(row + layout->offset[field], &value, sizeof(value));
}

static int put_row(struct summary_writer *writer, const struct summary_entry *entry, char *row,
	struct error *error)
{
	const struct summary_layout *layout = &writer->layout;
	int r;

	memset(row, 0, layout->row_size);
	put_u64(layout, row, SUMMARY_TRIAL, entry->planned->number);
	put_u64(layout, row, SUMMARY_REPETITION, entry->planned->repetition);
	row[layout->offset[SUMMARY_WARMUP]] = entry->planned->warmup;
	put_number(layout, row, SUMMARY_INITIAL_BYTES, entry->initial_bytes);
	put_number(layout, row, SUMMARY_PEAK_BYTES, entry->peak_bytes);
	put_number(layout, row, SUMMARY_FINAL_BYTES, entry->final_bytes);
	put_number(layout, row, SUMMARY_TRUTH_PEAK_BYTES, entry->truth_peak_bytes);
	put_u64(layout, row, SUMMARY_WALL_NS, entry->wall_ns.present ? entry->wall_ns.value : 0);
	put_number(layout, row, SUMMARY_WATCHED_NS, entry->watched_ns);
	put_number(layout, row, SUMMARY_RUNNER_CPU_NS, entry->runner_cpu_ns);
	put_number(layout, row, SUMMARY_SAMPLER_CPU_NS, entry->sampler_cpu_ns);
	put_number(layout, row, SUMMARY_RUNNER_PEAK_RSS_BYTES, entry->runner_peak_rss_bytes);
	row[layout->offset[SUMMARY_SUSPECT]] = entry->suspect;
	for (unsigned i = 0; i < SUMMARY_N_ACCOUNT; i++)
		put_number(layout, row, SUMMARY_ACCOUNT + i, entry->account[i]);
	r = put_text(layout, row, SUMMARY_TASK, task_of(writer, entry), error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_PARAMETERS, entry->parameters, error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_BACKEND, entry->planned->backend->name, error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_METRIC, entry->metric, error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_STATUS, entry->status, error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_CAUSE, entry->cause, error);
	if (r == 0)
		r = put_text(
			layout, row, SUMMARY_STAGE, limit_stage_name(entry->planned->stage), error);
	if (r == 0)
		r = put_text(layout, row, SUMMARY_LIMIT_END, entry->limit_end, error);
	return r;
}

static int flush_rows(struct summary_writer *writer, struct error *error)
{
	hsize_t size = writer->n_written + writer->n_buffered;
	int r;

	if (writer->n_buffered == 0)
		return 0;
	if (H5Dset_extent(writer->table, &size) < 0)
		return hdf5_error(error, "cannot extend /summary");
	r = hdf5_write_elements(writer->table, writer->memory_type, writer->n_written,
		writer->n_buffered, writer->rows, error);
	if (r < 0)
		return r;
	writer->n_written = size;
	writer->n_buffered = 0;
	return 0;
}

/* ---- a row of the CSV: RFC 4180, except that lines end with LF */

static void print_text(FILE *csv, const char *text)
{
	csv_text(csv, text);
	fputc(',', csv);
}

static void print_summary_number(FILE *csv, struct summary_number number, char end)
{
	if (number.present)
		fprintf(csv, "%" PRIu64, number.value);
	fputc(end, csv);
}

static void print_row(struct summary_writer *writer, const struct summary_entry *entry)
{
	FILE *csv = writer->csv;

	fprintf(csv, "%" PRIu64 ",", entry->planned->number);
	print_text(csv, task_of(writer, entry));
	print_text(csv, entry->parameters);
	print_text(csv, entry->planned->backend->name);
	print_text(csv, entry->metric);
	fprintf(csv, "%" PRIu64 ",", entry->planned->repetition);
	fprintf(csv, "%s,", entry->planned->warmup ? "true" : "false");
	print_text(csv, entry->status);
	print_summary_number(csv, entry->initial_bytes, ',');
	print_summary_number(csv, entry->peak_bytes, ',');
	print_summary_number(csv, entry->final_bytes, ',');
	print_summary_number(csv, entry->truth_peak_bytes, ',');
	print_summary_number(csv, entry->wall_ns, ',');
	print_summary_number(csv, entry->watched_ns, ',');
	print_summary_number(csv, entry->runner_cpu_ns, ',');
	print_summary_number(csv, entry->sampler_cpu_ns, ',');
	print_summary_number(csv, entry->runner_peak_rss_bytes, ',');
	fprintf(csv, "%s,", entry->suspect ? "true" : "false");
	print_text(csv, entry->cause);
	for (unsigned i = 0; i < SUMMARY_N_ACCOUNT; i++)
		print_summary_number(csv, entry->account[i], ',');
	print_text(csv, limit_stage_name(entry->planned->stage));
	csv_text(csv, entry->limit_end);
	fputc('\n', csv);
}

int summary_writer_add(
	struct summary_writer *writer, const struct summary_entry *entry, struct error *error)
{
	char *row = writer->rows + writer->n_buffered * writer->layout.row_size;
	int r = put_row(writer, entry, row, error);

	if (r < 0)
		return r;
	errno = 0;
	print_row(writer, entry);
	if (ferror(writer->csv))
		return error_set_errno(error, errno ? errno : EIO, "cannot write the CSV");
	writer->n_buffered++;
	return writer->n_buffered == ROWS_PER_CHUNK ? flush_rows(writer, error) : 0;
}

int summary_writer_finish(struct summary_writer *writer, struct error *error)
{
	int r = flush_rows(writer, error);

	return r == 0 ? hdf5_close(&writer->table, "/summary", error) : r;
}
