#include "runner/store/slow_columns.h"

#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <stdio.h>

/* The columns of one group: a series each, or NULL. */
struct slow_group {
	const char *name;
	const char *prefix;
	unsigned n_keys;
	const char *(*key_name)(unsigned key);
	bool (*is_percent)(unsigned key);
};

static const char *stat_name(unsigned key)
{
	return memory_stat_name((enum memory_stat_key)key);
}

static const char *pressure_name(unsigned key)
{
	return memory_pressure_name((enum memory_pressure_key)key);
}

static bool pressure_is_percent(unsigned key)
{
	return key == MEMORY_PRESSURE_SOME_AVG10 || key == MEMORY_PRESSURE_FULL_AVG10;
}

static bool never_percent(unsigned key)
{
	(void)key;
	return false;
}

static const struct slow_group groups[] = {
	{"stat", SPOOL_STAT, MEMORY_STAT_N_KEYS, stat_name, never_percent},
	{"pressure", SPOOL_PRESSURE, MEMORY_PRESSURE_N_KEYS, pressure_name, pressure_is_percent},
};

static struct series *find(
	const struct slow_group *group, unsigned key, const struct trial_result *result)
{
	char name[SPOOL_NAME_MAX];

	snprintf(name, sizeof(name), "%s%s", group->prefix, group->key_name(key));
	return spool_find(result->spool, name);
}

/* One that has every row, and so every time; NULL where there are none. */
static struct series *longest(const struct slow_group *group, const struct trial_result *result)
{
	struct series *found = NULL;

	for (unsigned key = 0; key < group->n_keys; key++) {
		struct series *series = find(group, key, result);

		if (series && series_size(series) > (found ? series_size(found) : 0))
			found = series;
	}
	return found;
}

static int write_attributes(hid_t group, const struct trial_description *description,
	const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};

	hdf5_set_double(&attributes, "rate_hz", description->sampler.stat_hz);
	hdf5_set_u64(&attributes, "scheduled", result->slow_sampler.n_scheduled);
	hdf5_set_u64(&attributes, "missed", result->slow_sampler.n_missed);
	hdf5_set_u64(&attributes, "begin_row", result->reference.begin_row);
	hdf5_set_u64(&attributes, "end_row", result->reference.end_row);
	return attributes.result;
}

static int write_columns(hid_t hid, const struct slow_group *group,
	const struct trial_result *result, struct columns *columns, struct error *error)
{
	struct series *times = longest(group, result);
	int r = columns_write_times(hid, times, columns, error);

	for (unsigned key = 0; key < group->n_keys && r == 0; key++) {
		struct series *series = find(group, key, result);

		if (!series || series_size(series) != series_size(times))
			continue;
		if (group->is_percent(key))
			r = columns_write_hundredths(
				hid, group->key_name(key), series, columns, error);
		else
			r = columns_write_values(hid, group->key_name(key), series, columns, error);
	}
	return r;
}

static int write_group(hid_t reference_group, const struct slow_group *group,
	const struct trial_description *description, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t hid = H5I_INVALID_HID;
	int r = hdf5_create_group(reference_group, group->name, &hid, error);

	if (r == 0)
		r = write_columns(hid, group, result, columns, error);
	if (r == 0)
		r = write_attributes(hid, description, result, error);
	if (r == 0)
		r = hdf5_close(&hid, group->name, error);
	return r;
}

int slow_columns_write(hid_t reference_group, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error)
{
	int r = 0;

	if (!result->spool)
		return 0;
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && r == 0; i++)
		if (longest(&groups[i], result))
			r = write_group(
				reference_group, &groups[i], description, result, columns, error);
	return r;
}
