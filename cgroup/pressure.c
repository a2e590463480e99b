#include "cgroup/pressure.h"

#include "cgroup/control.h"
#include "cgroup/memory_files.h"
#include "cgroup/version.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Two lines of at most 85 bytes. */
#define PRESSURE_TEXT_SIZE 512

/* "100.00" */
#define PERCENT_MAX_DIGITS 3
#define PERCENT_DECIMALS 2

static const char *const names[MEMORY_PRESSURE_N_KEYS] = {
	[MEMORY_PRESSURE_SOME_AVG10] = "some_avg10",
	[MEMORY_PRESSURE_SOME_TOTAL] = "some_total_us",
	[MEMORY_PRESSURE_FULL_AVG10] = "full_avg10",
	[MEMORY_PRESSURE_FULL_TOTAL] = "full_total_us",
};

const char *memory_pressure_name(enum memory_pressure_key key)
{
	return names[key];
}

/* ---- the text */

/* "0.12" in hundredths: the kernel always prints two decimals (psi_show in kernel/sched/psi.c). */
static int parse_percent(const char *text, size_t length, uint64_t *ret_hundredths)
{
	const char *point = memchr(text, '.', length);
	char digits[PERCENT_MAX_DIGITS + PERCENT_DECIMALS];
	size_t n_whole;

	if (!point)
		return -EBADMSG;
	n_whole = (size_t)(point - text);
	if (n_whole == 0 || n_whole > PERCENT_MAX_DIGITS ||
		length - n_whole - 1 != PERCENT_DECIMALS)
		return -EBADMSG;
	memcpy(digits, text, n_whole);
	memcpy(digits + n_whole, point + 1, PERCENT_DECIMALS);
	return memory_value_parse(digits, n_whole + PERCENT_DECIMALS, ret_hundredths);
}

struct line {
	struct memory_pressure *pressure;
	enum memory_pressure_key avg10, total;
	bool avg10_seen, total_seen;
};

static bool has_prefix(const char *text, size_t length, const char *prefix)
{
	return length >= strlen(prefix) && memcmp(text, prefix, strlen(prefix)) == 0;
}

static int parse_field(const char *field, size_t length, struct line *line)
{
	static const char avg10[] = "avg10=", total[] = "total=";

	if (has_prefix(field, length, avg10)) {
		if (line->avg10_seen)
			return -EBADMSG;
		line->avg10_seen = true;
		return parse_percent(field + strlen(avg10), length - strlen(avg10),
			&line->pressure->value[line->avg10]);
	}
	if (has_prefix(field, length, total)) {
		if (line->total_seen)
			return -EBADMSG;
		line->total_seen = true;
		return memory_value_parse(field + strlen(total), length - strlen(total),
			&line->pressure->value[line->total]);
	}
	return 0;
}

/* The fields after "some " or "full ". */
static int parse_pressure_line(const char *text, size_t length, struct line *line)
{
	if (line->avg10_seen || line->total_seen)
		return -EBADMSG;
	while (length > 0) {
		const char *blank = memchr(text, ' ', length);
		size_t n = blank ? (size_t)(blank - text) : length;
		int result = parse_field(text, n, line);

		if (result < 0)
			return result;
		n += blank != NULL;
		text += n;
		length -= n;
	}
	return line->avg10_seen && line->total_seen ? 0 : -EBADMSG;
}

int memory_pressure_parse(const char *text, struct memory_pressure *ret_pressure)
{
	static const char some_line[] = "some ", full_line[] = "full ";
	struct memory_pressure pressure;
	struct line some = {
		&pressure, MEMORY_PRESSURE_SOME_AVG10, MEMORY_PRESSURE_SOME_TOTAL, false, false};
	struct line full = {
		&pressure, MEMORY_PRESSURE_FULL_AVG10, MEMORY_PRESSURE_FULL_TOTAL, false, false};

	while (*text) {
		size_t length = strcspn(text, "\n");
		int result = 0;

		if (has_prefix(text, length, some_line))
			result = parse_pressure_line(
				text + strlen(some_line), length - strlen(some_line), &some);
		else if (has_prefix(text, length, full_line))
			result = parse_pressure_line(
				text + strlen(full_line), length - strlen(full_line), &full);
		if (result < 0)
			return result;
		text += length;
		text += *text == '\n';
	}
	if (!some.total_seen || !full.total_seen)
		return -EBADMSG;
	*ret_pressure = pressure;
	return 0;
}

/* ---- the files */

/*
 * Checks the hierarchy's root, as there are no slices yet: since Linux 5.2 it has the file if its
 * groups have it, unless the kernel was booted with psi=0 or cgroup_disable=pressure.
 */
int slice_check_pressure(const struct hierarchy *hierarchy, struct error *error)
{
	CLEANUP(cleanup_free) char *path = NULL;
	char text[PRESSURE_TEXT_SIZE];
	struct memory_pressure pressure;
	int result;

	if (hierarchy_version(hierarchy) != HIERARCHY_V2)
		return error_set(error, EOPNOTSUPP,
			"it needs cgroup v2 and PSI, and this host has its memory controller on "
			"cgroup v1");
	path = string_format("%s/memory.pressure", hierarchy_memory_mount(hierarchy));
	if (!path)
		return error_set_errno(error, ENOMEM, "cannot look for memory.pressure");
	result = control_read(AT_FDCWD, path, text, sizeof(text), NULL);
	if (result >= 0)
		result = memory_pressure_parse(text, &pressure);
	if (result < 0)
		return error_set(error, EOPNOTSUPP,
			"it needs cgroup v2 and PSI, and this host has no PSI (%s: %s): boot with "
			"psi=1, or a kernel with CONFIG_PSI",
			path, strerrordesc_np(-result));
	return 0;
}

int slice_read_pressure(
	const struct slice *slice, struct memory_pressure *ret_pressure, struct error *error)
{
	char text[PRESSURE_TEXT_SIZE];
	int result = -EOPNOTSUPP;

	if (slice->files.pressure_fd >= 0)
		result = control_pread(slice->files.pressure_fd, text, sizeof(text));
	if (result >= 0)
		result = memory_pressure_parse(text, ret_pressure);
	return result < 0 ? error_set_errno(error, -result, "slice %s: cannot read memory.pressure",
				    slice->path)
			  : 0;
}
