#include "runner/store/slow_columns.h"

#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/trial/peak_composition.h"
#include "runner/trial/slow_channel.h"
#include "util/cleanup.h"

static int write_slow_attributes(hid_t group, enum slow_channel channel,
	const struct trial_description *description, const struct trial_result *result,
	struct error *error)
{
	const struct slow_channel_stats *stats = &result->slow_sampler.channels[channel];
	struct hdf5_attributes attributes = {.object = group, .error = error};

	/* The composition is read at new maxima, without a schedule. */
	if (channel != SLOW_COMPOSITION)
		hdf5_set_double(&attributes, "rate_hz",
			slow_channel_rate_hz(channel, &description->sampler));
	if (result->recovered)
		return attributes.result;
	if (channel != SLOW_COMPOSITION) {
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_SCHEDULED, stats->n_scheduled);
		hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_MISSED, stats->n_missed);
	}
	hdf5_set_u64(&attributes, "read_ns", stats->read_ns);
	hdf5_set_u64(&attributes, "read_max_ns", stats->read_max_ns);
	hdf5_set_u64(&attributes, "begin_row", result->reference.begin_rows.row[channel]);
	hdf5_set_u64(&attributes, "end_row", result->reference.end_rows.row[channel]);
	return attributes.result;
}

/* The composition of the peak, as attributes named like the columns. */
static int write_peak_attributes(
	hid_t group, const struct trial_result *result, struct error *error)
{
	struct hdf5_attributes attributes = {.object = group, .error = error};
	struct peak_composition peak;
	int r = peak_composition_find(result, &peak, error);

	if (r < 0 || !peak.present)
		return r;
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_PEAK_ROW, peak.row);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_AT_NS, peak.time_ns);
	for (unsigned key = 0; key < COMPOSITION_N_KEYS; key++)
		if (peak.composition.present[key])
			hdf5_set_u64(
				&attributes, composition_name(key), peak.composition.bytes[key]);
	return attributes.result;
}

static int write_columns(hid_t group, enum slow_channel channel, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	struct series *times = slow_channel_longest(channel, result->spool);
	int r = columns_write_times(group, times, columns, error);

	for (unsigned key = 0; key < slow_channel_n_keys(channel) && r == 0; key++) {
		const char *name = slow_channel_key(channel, key);
		struct series *series = slow_channel_find(channel, key, result->spool);

		if (!series || series_size(series) != series_size(times))
			continue;
		if (slow_channel_is_hundredths(channel, key))
			r = columns_write_hundredths(group, name, series, columns, error);
		else
			r = columns_write_values(group, name, series, columns, error);
	}
	return r;
}

static int write_group(hid_t reference_group, enum slow_channel channel,
	const struct trial_description *description, const struct trial_result *result,
	struct columns *columns, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	const char *name = slow_channel_name(channel);
	int r = hdf5_create_group(reference_group, name, &group, error);

	if (r == 0)
		r = write_columns(group, channel, result, columns, error);
	if (r == 0)
		r = write_slow_attributes(group, channel, description, result, error);
	if (r == 0 && channel == SLOW_COMPOSITION)
		r = write_peak_attributes(group, result, error);
	if (r == 0)
		r = hdf5_close(&group, name, error);
	return r;
}

int slow_columns_write(hid_t reference_group, const struct trial_description *description,
	const struct trial_result *result, struct columns *columns, struct error *error)
{
	int r = 0;

	if (!result->spool)
		return 0;
	for (unsigned channel = 0; channel < SLOW_N_CHANNELS && r == 0; channel++)
		if (slow_channel_longest(channel, result->spool))
			r = write_group(
				reference_group, channel, description, result, columns, error);
	return r;
}
