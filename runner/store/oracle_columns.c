#include "runner/store/oracle_columns.h"

#include "runner/store/layout.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- the values of attributes */

static uint64_t anon_bytes(const struct page_count *pages)
{
	return pages->anon_bytes;
}

static uint64_t count_file_bytes(const struct page_count *pages)
{
	return pages->file_bytes;
}

static uint64_t shmem_bytes(const struct page_count *pages)
{
	return pages->shmem_bytes;
}

const char *const oracle_kinds[ORACLE_N_KINDS] = {"user", "anon", "file", "shmem"};

static uint64_t (*const kind_values[ORACLE_N_KINDS])(const struct page_count *pages) = {
	page_count_user_bytes, anon_bytes, count_file_bytes, shmem_bytes};

void oracle_attribute_name(
	const char *kind, enum oracle_attribute attribute, char ret_name[ORACLE_ATTRIBUTE_SIZE])
{
	static const char *const words[ORACLE_N_ATTRIBUTES] = {"initial", "largest", "final"};

	snprintf(ret_name, ORACLE_ATTRIBUTE_SIZE, "%s_%s_bytes", kind, words[attribute]);
}

static void set_value(struct hdf5_attributes *attributes, const char *kind,
	enum oracle_attribute attribute, bool present, uint64_t value)
{
	char name[ORACLE_ATTRIBUTE_SIZE];

	if (!present)
		return;
	oracle_attribute_name(kind, attribute, name);
	hdf5_set_u64(attributes, name, value);
}

static int write_oracle_attributes(
	hid_t group, const struct oracle_result *oracle, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};

	hdf5_set_u64(&attributes, "held_ns", oracle->held_ns);
	for (size_t i = 0; i < ORACLE_N_KINDS; i++) {
		const struct oracle_window window = oracle_window(oracle, kind_values[i]);
		const char *kind = oracle_kinds[i];

		set_value(&attributes, kind, ORACLE_INITIAL, window.has_initial, window.initial);
		set_value(&attributes, kind, ORACLE_LARGEST, window.has_largest, window.largest);
		set_value(&attributes, kind, ORACLE_FINAL, window.has_final, window.final);
	}
	return attributes.result;
}

/* ---- columns */

static const struct {
	const char *name;
	size_t offset; /* of a uint64_t in a count */
} number_columns[] = {
	{LAYOUT_TIME_NS, offsetof(struct oracle_count, time_ns)},
	{"anon_bytes", offsetof(struct oracle_count, pages.anon_bytes)},
	{"file_bytes", offsetof(struct oracle_count, pages.file_bytes)},
	{"shmem_bytes", offsetof(struct oracle_count, pages.shmem_bytes)},
	{"page_table_bytes", offsetof(struct oracle_count, pages.page_table_bytes)},
	{"other_bytes", offsetof(struct oracle_count, pages.other_bytes)},
	{"large_bytes", offsetof(struct oracle_count, pages.large_bytes)},
	{"groups", offsetof(struct oracle_count, pages.n_groups)},
	{"frames", offsetof(struct oracle_count, pages.n_frames)},
	{"duration_ns", offsetof(struct oracle_count, pages.duration_ns)},
	{"held_ns", offsetof(struct oracle_count, held_ns)},
	{"current_before_bytes", offsetof(struct oracle_count, current_before_bytes)},
	{"current_after_bytes", offsetof(struct oracle_count, current_after_bytes)},
	{"stat_row", offsetof(struct oracle_count, stat_row)},
};

static int write_page_numbers(hid_t group, const struct oracle_result *oracle, struct error *error)
{
	CLEANUP(cleanup_free) uint64_t *values = calloc(oracle->n, sizeof(*values));
	int r = values ? 0 : error_set_errno(error, ENOMEM, "cannot write the counts");

	for (size_t i = 0; i < LENGTH(number_columns) && r == 0; i++) {
		for (size_t j = 0; j < oracle->n; j++)
			memcpy(&values[j],
				(const char *)&oracle->counts[j] + number_columns[i].offset,
				sizeof(values[j]));
		r = columns_write(group, number_columns[i].name, values, oracle->n, error);
	}
	return r;
}

static int write_oracle_marks(hid_t group, const struct oracle_result *oracle, struct error *error)
{
	CLEANUP(cleanup_free) const char **names = calloc(oracle->n, sizeof(*names));

	if (!names)
		return error_set_errno(error, ENOMEM, "cannot write the counts");
	for (size_t i = 0; i < oracle->n; i++)
		names[i] = oracle->counts[i].mark;
	return columns_write_texts(group, "mark", names, oracle->n, MEMCG_RUN_NAME_MAX, error);
}

int oracle_columns_write(hid_t file, const struct oracle_result *oracle, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r;

	if (oracle->n == 0)
		return 0;
	r = hdf5_create_group(file, LAYOUT_ORACLE, &group, error);
	if (r == 0)
		r = write_oracle_marks(group, oracle, error);
	if (r == 0)
		r = write_page_numbers(group, oracle, error);
	if (r == 0)
		r = write_oracle_attributes(group, oracle, error);
	if (r == 0)
		r = hdf5_close(&group, LAYOUT_ORACLE, error);
	return r;
}
