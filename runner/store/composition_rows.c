#include "runner/store/composition_rows.h"

#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"

/* Two groups give half each. */
#define N_SOURCES 2

static const char *const sources[N_SOURCES] = {
	LAYOUT_REFERENCE "/stat", LAYOUT_REFERENCE "/" LAYOUT_COMPOSITION};

/* The columns of one group, whole: ten rows a second are 7 MB a day and column. */
struct composition_columns {
	size_t n;
	uint64_t *time_ns;
	uint64_t *part[COMPOSITION_N_KEYS]; /* NULL: the kernel does not have it */
	uint64_t *swapcached;		    /* the same; of memory.stat alone */
};

static void release_columns(struct composition_columns *columns)
{
	free(columns->time_ns);
	free(columns->swapcached);
	for (unsigned key = 0; key < COMPOSITION_N_KEYS; key++)
		free(columns->part[key]);
}

/* *ret_values is NULL where there is no such column, or it is not as long as the times. */
static int read_column(
	hid_t group, const char *name, size_t *n, uint64_t **ret_values, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t dataset = H5I_INVALID_HID;
	CLEANUP(cleanup_free) uint64_t *values = NULL;
	uint64_t size = 0;
	int r;

	if (H5Lexists(group, name, H5P_DEFAULT) <= 0)
		return 0;
	r = hdf5_open_dataset(group, name, &dataset, error);
	if (r == 0)
		r = hdf5_count_elements(dataset, &size, error);
	if (r < 0)
		return r;
	if (*n == 0)
		*n = size;
	if (size == 0 || size != *n)
		return 0;
	values = calloc(size, sizeof(*values));
	if (!values)
		return error_set_errno(error, ENOMEM, "cannot read %s", name);
	r = hdf5_read_elements(dataset, H5T_NATIVE_UINT64, 0, size, values, error);
	if (r == 0)
		*ret_values = TAKE_PTR(values);
	return r;
}

static int read_columns(
	hid_t trial, const char *name, struct composition_columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r;

	if (H5Lexists(trial, LAYOUT_REFERENCE, H5P_DEFAULT) <= 0 ||
		H5Lexists(trial, name, H5P_DEFAULT) <= 0)
		return 0;
	group = H5Gopen2(trial, name, H5P_DEFAULT);
	if (group < 0)
		return hdf5_error(error, "cannot open %s", name);
	r = read_column(group, LAYOUT_TIME_NS, &columns->n, &columns->time_ns, error);
	for (unsigned key = COMPOSITION_ANON; key < COMPOSITION_N_KEYS && r == 0; key++)
		if (columns->time_ns)
			r = read_column(group, composition_name(key), &columns->n,
				&columns->part[key], error);
	if (r == 0 && columns->time_ns)
		r = read_column(group, memory_stat_name(MEMORY_STAT_SWAPCACHED), &columns->n,
			&columns->swapcached, error);
	if (!columns->time_ns)
		columns->n = 0;
	return r;
}

/* memory.stat's own file has shmem and the swap cache in it (composition.h). */
static struct results_composition_row row_at(
	const struct composition_columns *columns, size_t row, bool is_stat)
{
	struct results_composition_row taken = {.time_ns = columns->time_ns[row]};
	uint64_t *bytes = taken.bytes;

	for (unsigned key = COMPOSITION_ANON; key < COMPOSITION_N_KEYS; key++)
		bytes[key] = columns->part[key] ? columns->part[key][row] : 0;
	if (is_stat)
		bytes[COMPOSITION_FILE] =
			composition_file_bytes(bytes[COMPOSITION_FILE], bytes[COMPOSITION_SHMEM],
				columns->swapcached ? columns->swapcached[row] : 0);
	return taken;
}

/* Every k-th row, and the last. */
static size_t take_some(const struct composition_columns *columns, bool is_stat, size_t max_rows,
	struct results_composition_row *rows)
{
	size_t step = columns->n / max_rows + 1;
	size_t n = 0;

	for (size_t row = 0; row < columns->n; row += step)
		rows[n++] = row_at(columns, row, is_stat);
	if (columns->n > 0 && (columns->n - 1) % step != 0)
		rows[n++] = row_at(columns, columns->n - 1, is_stat);
	return n;
}

static int compare_rows(const void *left, const void *right)
{
	const struct results_composition_row *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

int composition_rows_read(hid_t trial, size_t max_rows, struct results_composition_row **ret_rows,
	size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_free)
	struct results_composition_row *rows = calloc(max_rows + 2 * N_SOURCES, sizeof(*rows));
	size_t n = 0;

	if (!rows)
		return error_set_errno(error, ENOMEM, "cannot read the composition");
	for (unsigned i = 0; i < N_SOURCES; i++) {
		CLEANUP(release_columns) struct composition_columns columns = {.n = 0};
		int r = read_columns(trial, sources[i], &columns, error);

		if (r < 0)
			return r;
		n += take_some(&columns, i == 0, max_rows / N_SOURCES, rows + n);
	}
	if (n > 1)
		qsort(rows, n, sizeof(*rows), compare_rows);
	*ret_rows = TAKE_PTR(rows);
	*ret_n = n;
	return 0;
}
