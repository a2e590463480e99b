#include "runner/trial/record.h"

#include "util/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum record_use record_use(
	const struct memcg_run_record *record, uint64_t opened_ns, uint64_t now_ns)
{
	/* "<backend>.<what>": the runner's own names have no owner; the spool refuses them too. */
	bool owned = strchr(record->name, '.') != NULL;

	if (record->time_ns < opened_ns || record->time_ns > now_ns)
		return RECORD_REJECTED;
	switch (record->type) {
	case MEMCG_RUN_MARK:
		return RECORD_MARK;
	case MEMCG_RUN_TRUTH:
		return RECORD_TRUTH;
	case MEMCG_RUN_SAMPLE:
		return owned ? RECORD_SAMPLE : RECORD_REJECTED;
	case MEMCG_RUN_METRIC:
		return owned ? RECORD_KIND : RECORD_REJECTED;
	default:
		return RECORD_REJECTED;
	}
}

bool record_awaits_answer(const struct memcg_run_record *record)
{
	return record->type == MEMCG_RUN_MARK && record->value == 1;
}

enum mark_role mark_role(const char *name, const struct measurement *measurement)
{
	if (measurement->task_ended || measurement->end_seen)
		return MARK_ONLY;
	if (!measurement->begin_seen)
		return strcmp(name, MEMCG_RUN_TASK_BEGIN) == 0 ? MARK_BEGIN : MARK_ONLY;
	return strcmp(name, MEMCG_RUN_TASK_END) == 0 ? MARK_END : MARK_ONLY;
}

int result_add_mark(
	struct trial_result *result, const struct memcg_run_record *record, struct error *error)
{
	struct trial_mark *mark;

	if (result->n_marks == TRIAL_MAX_MARKS) {
		result->n_rejected_records++;
		return 0;
	}
	if (!ARRAY_GROW(result->marks, result->n_marks))
		return error_set_errno(error, ENOMEM, "cannot keep a mark");
	mark = &result->marks[result->n_marks++];
	mark->time_ns = record->time_ns;
	memcpy(mark->name, record->name, sizeof(mark->name));
	return 0;
}
