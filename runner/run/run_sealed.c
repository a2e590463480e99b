/* What a run that is gone on with has sealed already: read with the rights of its folder's owner. */

#include "runner/run/run_apart.h"
#include "runner/run/run_owner.h"
#include "runner/store/layout.h"
#include "runner/store/results.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

/* ---- whether its results are complete */

struct completeness {
	struct run_apart apart;
	bool is_complete;
};

/* An as_owner_work. One that cannot be read is made anew from the sealed trials. */
static int look_whether_complete(void *context)
{
	struct completeness *completeness = context;
	struct results *results;
	const char *complete;

	if (results_open("results.h5", &results, NULL) < 0)
		return 0;
	complete = results_attribute(results, "complete");
	completeness->is_complete = complete && strcmp(complete, "TRUE") == 0;
	results_close(results);
	return 0;
}

int run_sealed_is_complete(const struct run *run, bool *ret_is_complete, struct error *error)
{
	struct completeness *completeness = run_apart_new(run, sizeof(*completeness));
	int r;

	if (!completeness)
		return error_set_errno(error, ENOMEM, "cannot read the results");
	r = run_apart_do(&completeness->apart, -1, look_whether_complete, error);
	if (r == 0)
		*ret_is_complete = completeness->is_complete;
	run_apart_free(completeness, sizeof(*completeness));
	return r;
}

/* ---- the trials, one by one */

struct survey {
	struct run_apart apart;
	struct sealed_trial
		trials[]; /* of the whole plan; behind them a byte each: whether it is sealed */
};

static unsigned char *found_of(struct survey *survey, size_t n)
{
	return (unsigned char *)(survey->trials + n);
}

/* An as_owner_work. */
static int read_sealed(void *context)
{
	struct survey *survey = context;
	const struct plan *plan = survey->apart.run->plan;
	unsigned char *found = found_of(survey, plan_size(plan));
	CLEANUP(cleanup_close)
	int trials_fd = open("trials", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);

	if (trials_fd < 0)
		return error_set_errno(&survey->apart.error, errno, "cannot open trials");
	for (size_t i = 0; i < plan_size(plan); i++) {
		int r = sealed_read(
			trials_fd, plan_trial(plan, i), &survey->trials[i], &survey->apart.error);

		if (r < 0)
			return 1;
		found[i] = r == 0;
	}
	return 0;
}

/* Copied first: what is checked is what is used. */
static int take(struct run *run, const struct sealed_trial *shared, size_t i, struct error *error)
{
	struct sealed_trial *sealed = malloc(sizeof(*sealed));

	if (!sealed)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	*sealed = *shared;
	run->sealed[i] = sealed;
	sealed->cause[sizeof(sealed->cause) - 1] = '\0';
	if ((unsigned)sealed->status > TRIAL_INTERRUPTED)
		return error_set(error, EBADMSG, "trial " LAYOUT_TRIAL_NAME ": it has no status",
			plan_trial(run->plan, i)->number);
	return 0;
}

static int take_survey(struct run *run, struct survey *survey, struct error *error)
{
	size_t n = plan_size(run->plan);
	int r = 0;

	run->sealed = calloc(n, sizeof(struct sealed_trial *));
	if (!run->sealed)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	for (size_t i = 0; i < n && r == 0; i++)
		if (found_of(survey, n)[i])
			r = take(run, &survey->trials[i], i, error);
	return r;
}

int run_sealed_survey(struct run *run, struct error *error)
{
	const size_t size =
		sizeof(struct survey) + plan_size(run->plan) * (sizeof(struct sealed_trial) + 1);
	struct survey *survey = run_apart_new(run, size);
	int r;

	if (!survey)
		return error_set_errno(error, ENOMEM, "cannot read the sealed trials");
	r = run_owner_pass_trials(run->folder.fd, run->folder.trials_fd, error);
	if (r == 0)
		r = run_apart_do(&survey->apart, -1, read_sealed, error);
	if (r == 0)
		r = take_survey(run, survey, error);
	run_apart_free(survey, size);
	return r;
}

void run_sealed_free(struct run *run)
{
	for (size_t i = 0; run->sealed && i < plan_size(run->plan); i++)
		free(run->sealed[i]);
	free(run->sealed);
}

/* ---- those that were all gathered before it was ended */

struct counts {
	struct run_apart apart;
	uint64_t n_ok;
	uint64_t n_not_ok;
	char first_failure[ERROR_TEXT_SIZE];
};

static void count_row(struct counts *counts, const struct summary_row *row)
{
	/* The one row that every trial has. */
	if (strcmp(row->metric, LAYOUT_REFERENCE_METRIC) != 0)
		return;
	if (strcmp(row->status, trial_status_name(TRIAL_OK)) == 0) {
		counts->n_ok++;
		return;
	}
	if (counts->n_not_ok++ == 0)
		snprintf(counts->first_failure, sizeof(counts->first_failure),
			"trial %06" PRIu64 " (%s): %s", row->trial, row->backend, row->status);
}

/* An as_owner_work. */
static int count_rows(void *context)
{
	struct counts *counts = context;
	struct results *results;

	if (results_open("results.h5", &results, &counts->apart.error) < 0)
		return 1;
	for (size_t i = 0; i < results_n_rows(results); i++)
		count_row(counts, results_row(results, i));
	results_close(results);
	return 0;
}

int run_sealed_count(struct run *run, struct error *error)
{
	struct counts *counts = run_apart_new(run, sizeof(*counts));
	int r = counts ? run_apart_do(&counts->apart, -1, count_rows, error)
		       : error_set_errno(error, ENOMEM, "cannot count the trials");

	if (r == 0) {
		run->outcome->n_ok = counts->n_ok;
		run->outcome->n_not_ok = counts->n_not_ok;
		if (counts->n_not_ok > 0) {
			run->outcome->first_failure =
				strndup(counts->first_failure, sizeof(counts->first_failure) - 1);
			if (run->outcome->first_failure)
				text_blank_controls(run->outcome->first_failure);
		}
	}
	run_apart_free(counts, sizeof(*counts));
	return r;
}
