/* Reads the sealed trials of a resumed run with the rights of its folder's owner. */

#include "runner/host/run_files.h"
#include "runner/run/run_apart.h"
#include "runner/store/layout.h"
#include "runner/store/results.h"
#include "runner/store/results_tally.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

/* ---- the state of its results.h5 */

struct look {
	struct run_apart apart;
	struct run_results_found found;
};

/* An as_owner_work. */
static int look_at_results(int run_fd, void *context)
{
	struct look *look = context;
	struct run_results_found *found = &look->found;
	struct results *results;
	const char *complete;

	if (results_open(run_fd, look->apart.run->folder.path, &results, &found->damage) < 0) {
		found->state =
			found->damage.number == ENOENT ? RUN_RESULTS_MISSING : RUN_RESULTS_DAMAGED;
		return 0;
	}
	complete = results_attribute(results, LAYOUT_ATTRIBUTE_COMPLETE);
	found->state = complete && strcmp(complete, "TRUE") == 0 ? RUN_RESULTS_COMPLETE
								 : RUN_RESULTS_PARTIAL;
	found->n_trials = results_tally(results).n_trials;
	results_close(results);
	return 0;
}

int run_sealed_look(struct run *run, struct error *error)
{
	struct look *look = run_apart_new(run, sizeof(*look));
	int r;

	if (!look)
		return error_set_errno(error, ENOMEM, "cannot read the results");
	r = run_apart_do(&look->apart, -1, look_at_results, error);
	if (r == 0) {
		run->found = look->found;
		run->found.damage.text[ERROR_TEXT_SIZE - 1] = '\0';
		text_blank_controls(run->found.damage.text);
	}
	run_apart_free(look, sizeof(*look));
	return r;
}

/* ---- the trials, one by one */

struct survey {
	struct run_apart apart;
	size_t n; /* the following; the plan's size, or as many as the plan of a search may grow to */
	/* followed by a byte per trial: whether it is sealed */
	struct sealed_trial trials[];
};

static unsigned char *found_of(struct survey *survey, size_t n)
{
	return (unsigned char *)(survey->trials + n);
}

static bool is_finally_sealed(const struct sealed_trial *sealed)
{
	return sealed->status != TRIAL_INTERRUPTED;
}

/*
 * Lets the plan of a search grow by one, after its trial `i` - 1, which `last` is of; NULL: it is not sealed. False if
 * there is no next trial, or the plan is whole.
 */
static int grow_plan(const struct run *run, const struct sealed_trial *last, size_t i,
	bool *ret_grown, struct error *error)
{
	const struct planned_trial *planned;
	int r = 0;

	*ret_grown = false;
	if (!run->search || (i > 0 && (!last || !is_finally_sealed(last))))
		return 0;
	if (i > 0)
		r = run_search_add(run->search, &last->outcome, error);
	if (r == 0)
		r = run_search_next(run->search, &planned, error);
	*ret_grown = r == 0;
	return r < 0 ? r : 0;
}

/* An as_owner_work. */
static int read_sealed(int run_fd, void *context)
{
	struct survey *survey = context;
	const struct run *run = survey->apart.run;
	unsigned char *found = found_of(survey, survey->n);
	bool grown;
	CLEANUP(cleanup_close)
	int trials_fd = beneath_open_folder(run_fd, RUN_TRIALS);

	if (trials_fd < 0)
		return error_set_errno(&survey->apart.error, -trials_fd, "cannot open " RUN_TRIALS);
	for (size_t i = 0; i < survey->n; i++) {
		int r = grow_plan(run, i > 0 && found[i - 1] ? &survey->trials[i - 1] : NULL, i,
			&grown, &survey->apart.error);

		if (r == 0 && i == plan_size(run->plan))
			return 0;
		if (r == 0)
			r = sealed_read(trials_fd, plan_trial(run->plan, i), &survey->trials[i],
				&survey->apart.error);
		if (r < 0)
			return 1;
		found[i] = r == 0;
	}
	return 0;
}

/* Copied first, so that the checked values are the ones used. */
static int take(struct run *run, const struct sealed_trial *shared, size_t i, struct error *error)
{
	struct sealed_trial *sealed = malloc(sizeof(*sealed));

	if (!sealed)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	*sealed = *shared;
	run->sealed[i] = sealed;
	sealed->cause[sizeof(sealed->cause) - 1] = '\0';
	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		sealed->marks[kind][TALLY_MARK_SIZE - 1] = '\0';
	if ((unsigned)sealed->status > TRIAL_INTERRUPTED)
		return error_set(error, EBADMSG, "trial " LAYOUT_TRIAL_NAME ": it has no status",
			plan_trial(run->plan, i)->number);
	return 0;
}

static int take_survey(struct run *run, struct survey *survey, size_t n, struct error *error)
{
	bool grown;
	int r = 0;

	run->sealed = calloc(n + 1, sizeof(struct sealed_trial *));
	if (!run->sealed)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	for (size_t i = 0; i < n && r == 0; i++) {
		r = grow_plan(run, i > 0 ? run->sealed[i - 1] : NULL, i, &grown, error);
		if (r < 0 || i == plan_size(run->plan))
			break;
		run->n_sealed = i + 1;
		if (found_of(survey, n)[i])
			r = take(run, &survey->trials[i], i, error);
	}
	return r;
}

int run_sealed_survey(struct run *run, struct error *error)
{
	const size_t n = run->search ? plan_room(run->plan) : plan_size(run->plan);
	const size_t size = sizeof(struct survey) + n * (sizeof(struct sealed_trial) + 1);
	struct survey *survey = run_apart_new(run, size);
	int r;

	if (!survey)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	survey->n = n;
	r = run_apart_do(&survey->apart, -1, read_sealed, error);
	if (r == 0)
		r = take_survey(run, survey, n, error);
	run_apart_free(survey, size);
	return r;
}

void run_sealed_free(struct run *run)
{
	for (size_t i = 0; i < run->n_sealed; i++)
		free(run->sealed[i]);
	free(run->sealed);
}

/* ---- trials of a run that ended after gathering */

struct tallying {
	struct run_apart apart;
	struct tally tally;
};

/* An as_owner_work. */
static int read_tally(int run_fd, void *context)
{
	struct tallying *tallying = context;
	struct results *results;

	if (results_open(
		    run_fd, tallying->apart.run->folder.path, &results, &tallying->apart.error) < 0)
		return 1;
	tallying->tally = results_tally(results);
	results_close(results);
	return 0;
}

int run_sealed_count(struct run *run, struct error *error)
{
	struct tallying *tallying = run_apart_new(run, sizeof(*tallying));
	int r = tallying ? run_apart_do(&tallying->apart, -1, read_tally, error)
			 : error_set_errno(error, ENOMEM, "cannot count the trials");

	if (r == 0)
		run->outcome->tally = tallying->tally;
	for (unsigned kind = 0; r == 0 && kind < TALLY_N_KINDS; kind++) {
		char *first = run->outcome->tally.of[kind].first;

		first[TALLY_FIRST_SIZE - 1] = '\0';
		text_blank_controls(first);
	}
	run_apart_free(tallying, sizeof(*tallying));
	return r;
}
