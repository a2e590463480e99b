#include "runner/datasheet/evidence.h"

#include "backends/native/memcg_run.h"
#include "util/cleanup.h"

#include <math.h>
#include <string.h>

static int compare_marks(const void *left, const void *right)
{
	const struct trial_mark *a = left, *b = right;

	return (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
}

/*
 * A stage is a mark and the next stage_end by time: task_end, sent on another connection, may have
 * overtaken the last one.
 */
static int read_stages(
	struct evidence *evidence, struct results *results, uint64_t trial, struct error *error)
{
	CLEANUP(cleanup_free) struct trial_mark *marks = NULL;
	size_t n;
	int r = results_marks(results, trial, &marks, &n, error);

	if (r < 0)
		return r;
	if (n > 1)
		qsort(marks, n, sizeof(*marks), compare_marks);
	evidence->stages = calloc(n + 1, sizeof(*evidence->stages));
	if (!evidence->stages)
		return error_set_errno(error, ENOMEM, "cannot find the stages");
	for (size_t i = 0; i + 1 < n; i++) {
		struct stage *stage = &evidence->stages[evidence->n_stages];

		if (strcmp(marks[i].name, MEMCG_RUN_STAGE_END) == 0 ||
			strcmp(marks[i + 1].name, MEMCG_RUN_STAGE_END) != 0)
			continue;
		memcpy(stage->name, marks[i].name, sizeof(stage->name));
		stage->from_ns = marks[i].time_ns;
		stage->to_ns = marks[i + 1].time_ns;
		evidence->n_stages++;
	}
	return 0;
}

int evidence_init(
	struct evidence *evidence, struct results *results, uint64_t trial, struct error *error)
{
	int r;

	*evidence = (struct evidence){0};
	r = results_trial_window(results, trial, &evidence->begin_ns, &evidence->end_ns, error);
	if (r == 0)
		r = read_stages(evidence, results, trial, error);
	for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS && r == 0; kind++) {
		struct trace *truth = &evidence->truth[kind];

		r = trace_init(truth, results, trial, truth_kind_place(kind, '/').text, error);
		if (r == 0)
			evidence->scale_bytes =
				fmax(evidence->scale_bytes, trace_largest(truth, 0, UINT64_MAX));
	}
	return r;
}

void evidence_release(struct evidence *evidence)
{
	for (size_t kind = 0; kind < N_TRUTH_KINDS; kind++)
		trace_release(&evidence->truth[kind]);
	free(evidence->stages);
	*evidence = (struct evidence){0};
}

double evidence_peak(const struct evidence *evidence, enum truth_kind kind)
{
	const struct trace *truth = &evidence->truth[kind];

	return fmax(trace_at(truth, evidence->begin_ns),
		trace_largest(truth, evidence->begin_ns, evidence->end_ns));
}

double evidence_at(const struct evidence *evidence, enum truth_kind kind, uint64_t time_ns)
{
	const struct trace *truth = &evidence->truth[kind];
	double bytes = trace_at(truth, time_ns);

	/* Declared only later: zero until then. */
	return truth->n > 0 && isnan(bytes) ? 0.0 : bytes;
}
