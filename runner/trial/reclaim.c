#include "runner/trial/reclaim.h"

#include "runner/trial/slow_channel.h"

/* Of one counter. A column with a missing row is not stored (slow_columns.h), nor used here. */
static int find_rise(const struct trial_result *result, enum memory_stat_key key, bool *ret_known,
	uint64_t *ret_rise, struct error *error)
{
	const struct trial_reference *reference = &result->reference;
	struct series *longest = slow_channel_longest(SLOW_STAT, result->spool);
	struct series *series = slow_channel_find(SLOW_STAT, key, result->spool);
	struct sample begin, end;
	size_t n_begin = 0, n_end = 0;
	int r;

	*ret_known = false;
	if (!series || series_size(series) != series_size(longest))
		return 0;
	r = series_read(series, reference->begin_rows.row[SLOW_STAT], &begin, 1, &n_begin, error);
	if (r == 0)
		r = series_read(series, reference->end_rows.row[SLOW_STAT], &end, 1, &n_end, error);
	if (r < 0 || n_begin == 0 || n_end == 0)
		return r;
	*ret_known = true;
	/* memory.stat lags by some events of each CPU. */
	*ret_rise = end.value > begin.value ? end.value - begin.value : 0;
	return 0;
}

static int find_refaults(
	const struct trial_result *result, struct reclaim *reclaim, struct error *error)
{
	bool file_known, anon_known;
	uint64_t file = 0, anon = 0;
	int r = find_rise(result, MEMORY_STAT_WORKINGSET_REFAULT_FILE, &file_known, &file, error);

	if (r == 0)
		r = find_rise(
			result, MEMORY_STAT_WORKINGSET_REFAULT_ANON, &anon_known, &anon, error);
	if (r < 0)
		return r;
	reclaim->refaults_known = file_known && anon_known;
	reclaim->refaults = file + anon;
	return 0;
}

int reclaim_find(
	const struct trial_result *result, struct reclaim *ret_reclaim, struct error *error)
{
	struct reclaim reclaim = {.refaults_known = false};
	int r = 0;

	if (result->reference.begun && !result->recovered && result->spool) {
		r = find_refaults(result, &reclaim, error);
		if (r == 0)
			r = find_rise(result, MEMORY_STAT_PGMAJFAULT, &reclaim.major_faults_known,
				&reclaim.major_faults, error);
	}
	if (r == 0)
		*ret_reclaim = reclaim;
	return r;
}
