#include "runner/run/run_search.h"

#include "util/cleanup.h"

#include <errno.h>

struct run_search {
	struct plan *plan;
	uint64_t page_bytes;
	size_t point;
	uint64_t n_died;		     /* of the point */
	uint64_t n_warmups;		     /* of the point, that were added */
	uint64_t n_baselines;		     /* of the point, that survived */
	uint64_t baseline_ns;		     /* their wall times together */
	bool baseline_ended;		     /* with the outcome that was added last */
	struct limit_search *search;	     /* of the point; NULL: there is no other */
	const struct planned_trial *pending; /* NULL: to be appended */
};

static int begin_point(struct run_search *search, struct error *error)
{
	const struct experiment *experiment = plan_experiment(search->plan);
	int r;

	limit_search_free(TAKE_PTR(search->search));
	search->n_warmups = 0;
	search->n_died = 0;
	search->n_baselines = 0;
	search->baseline_ns = 0;
	r = limit_search_new(&experiment->limit, experiment->trials.seed, search->point,
		search->page_bytes, &search->search);
	return r < 0 ? error_set_errno(error, -r, "cannot search for a limit") : 0;
}

CLEANUP_POINTER(cleanup_run_search, struct run_search, run_search_free)

int run_search_new(
	struct plan *plan, uint64_t page_bytes, struct run_search **ret_search, struct error *error)
{
	CLEANUP(cleanup_run_search) struct run_search *search = calloc(1, sizeof(*search));
	int r;

	if (!search)
		return error_set_errno(error, ENOMEM, "cannot search for a limit");
	search->plan = plan;
	search->page_bytes = page_bytes;
	/* A trial that is no evidence is repeated. */
	r = plan_reserve(plan, LIMIT_MAX_INVALID * run_search_max_trials(plan), error);
	if (r == 0)
		r = begin_point(search, error);
	if (r < 0)
		return r;
	*ret_search = TAKE_PTR(search);
	return 0;
}

void run_search_free(struct run_search *search)
{
	if (!search)
		return;
	limit_search_free(search->search);
	free(search);
}

/* The next trial of the point; false if there is none. */
static bool find_step(const struct run_search *search, struct planned_trial *planned)
{
	const struct experiment *experiment = plan_experiment(search->plan);
	struct limit_step step;

	*planned = (struct planned_trial){
		.task = plan_task(search->plan, search->point),
		.backend = experiment->backends[0],
		.point = search->point,
	};
	if (search->n_warmups < experiment->trials.warmups) {
		planned->warmup = true;
		planned->repetition = search->n_warmups + 1;
		return true;
	}
	if (!limit_search_next(search->search, &step))
		return false;
	planned->stage = step.stage;
	planned->limit_bytes = step.limit_bytes;
	planned->repetition = step.repetition;
	return true;
}

int run_search_next(
	struct run_search *search, const struct planned_trial **ret_planned, struct error *error)
{
	struct planned_trial planned;
	int r = 0;

	while (!search->pending && !find_step(search, &planned)) {
		if (search->point + 1 == plan_n_points(search->plan))
			return 1;
		search->point++;
		r = begin_point(search, error);
		if (r < 0)
			return r;
	}
	if (!search->pending)
		r = plan_append_trial(search->plan, &planned, error);
	if (r < 0)
		return r;
	search->pending = plan_trial(search->plan, plan_size(search->plan) - 1);
	*ret_planned = search->pending;
	return 0;
}

static void time_baseline(struct run_search *search, const struct limit_outcome *outcome)
{
	struct limit_step next;

	if (outcome->end == LIMIT_SURVIVED) {
		search->n_baselines++;
		search->baseline_ns += outcome->wall_ns;
	}
	search->baseline_ended =
		limit_search_next(search->search, &next) && next.stage != LIMIT_STAGE_BASELINE;
}

bool run_search_tells_rest(const struct run_search *search, struct run_search_rest *ret_rest)
{
	const struct limit_settings *settings = &plan_experiment(search->plan)->limit;
	const uint64_t n = search->n_baselines;

	if (!search->baseline_ended || n == 0)
		return false;
	*ret_rest = (struct run_search_rest){
		.n_usual = limit_search_usual_trials(settings) - n,
		.n_most = limit_search_max_trials(settings) - n,
		.wall_ns = search->baseline_ns / n,
	};
	return true;
}

int run_search_add(
	struct run_search *search, const struct limit_outcome *outcome, struct error *error)
{
	const struct planned_trial *planned = TAKE_PTR(search->pending);
	int r;

	search->baseline_ended = false;
	if (planned->warmup) {
		search->n_warmups++;
		return 0;
	}
	search->n_died += outcome->end != LIMIT_SURVIVED && outcome->end != LIMIT_INVALID;
	r = limit_search_add(search->search, outcome);
	if (r == 0 && planned->stage == LIMIT_STAGE_BASELINE)
		time_baseline(search, outcome);
	return r < 0 ? error_set_errno(error, -r, "cannot search for a limit") : 0;
}

static uint64_t of_all_points(const struct plan *plan, uint64_t n_trials)
{
	return plan_n_points(plan) * (n_trials + plan_experiment(plan)->trials.warmups);
}

uint64_t run_search_max_trials(const struct plan *plan)
{
	return of_all_points(plan, limit_search_max_trials(&plan_experiment(plan)->limit));
}

uint64_t run_search_usual_trials(const struct plan *plan)
{
	return of_all_points(plan, limit_search_usual_trials(&plan_experiment(plan)->limit));
}

uint64_t run_search_n_died(const struct run_search *search)
{
	return search->n_died;
}

struct limit_finding run_search_finding(const struct run_search *search)
{
	return limit_search_finding(search->search);
}
