#pragma once

/*
 * The peak of a task as a function of the size of its input, from a run's results.h5 alone: `memcg-run fit`.
 * docs/fit.md is what a reader is sent to.
 *
 * A *series* is what one model is fitted to: the trials of one task that ended ok, warm-ups left out, with all
 * parameters that are not part of the size the same. Its trials at one n are a *size*.
 *
 * Every fit is tested: the largest size is left out, the model chosen and fitted anew from the rest, and what it
 * predicts there is compared with what was measured.
 */

#include "runner/fit/model_choice.h"
#include "runner/fit/regression.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <stdbool.h>
#include <stdio.h>

/* Below this a model cannot be told from a constant with noise. */
#define FIT_LEAST_SIZES 3

struct fit_options {
	const char *x; /* what is the size (runner/fit/size_expression.h); NULL: the one parameter
				       that varies and is a number */
	const char *metric;	    /* NULL: the reference's */
	const char *const *predict; /* sizes to predict: numbers, or products of them */
	size_t n_predict;
};

struct fit_prediction {
	double n;
	double bytes;
	struct interval interval; /* of one more trial */
};

enum fit_verdict {
	FIT_WITHIN,  /* the median of the size left out lies in the interval */
	FIT_OUTSIDE, /* it does not: the model does not hold that far */
	FIT_UNKNOWN, /* too few sizes to make an interval from */
};

/* The largest size, predicted from the others. */
struct fit_check {
	enum model model;
	struct fit_prediction prediction;
	enum fit_verdict verdict;
};

struct fit_series {
	char *task;
	char *parameters; /* JSON of those that are not part of the size */
	char *label;	  /* the same for people; "" where there are none */
	struct model_size *sizes;
	size_t n_sizes;
	size_t n_trials;
	size_t n_not_ok; /* trials that ended otherwise, and are left out */

	struct error
		refusal; /* number 0: it is fitted. Else why not, and what follows is not there */
	struct model_choice choice;
	struct regression *regression;
	struct fit_check check;
	struct fit_prediction *predictions; /* as many as the fit has */
};

struct fit {
	char *x;	     /* "edge^3" */
	const char *metric;  /* borrowed from the options, or the reference's */
	const char *backend; /* whose trials; borrowed from the results */
	bool other_backends; /* the run has more of them */
	struct fit_series *series;
	size_t n_series;
	size_t n_predictions;
};

/*
 * Fits each series. The reference is fitted over the trials of `none`, in which nobody looked, or where the run
 * did not have it over those of its first backend; another metric over those of the backend that has it.
 *
 * -EINVAL, in words, where the options do not go with the run: no parameter or several could be the size,
 * there is no such metric; -ENODATA where no series can be fitted. A single one that cannot says so itself.
 */
int fit_make(const struct results *results, const struct fit_options *options, struct fit **ret_fit,
	struct error *error);
void fit_free(struct fit *fit);

/* ---- what is made of it */

/* "31.20 MiB + 17.03 bytes * n". NULL on ENOMEM; the caller frees. */
char *fit_model_text(const struct fitted_model *fitted);

/* For a terminal. -ENOMEM. */
int fit_print(const struct fit *fit, FILE *stream);

/* fit.csv in the run's folder, which is held open: docs/fit.md has its columns. */
int fit_write_csv(const struct fit *fit, int run_fd, struct error *error);

/* fit.png in the run's folder, by plots/fit.gp: up to this many series. -ENOENT without gnuplot. */
#define FIT_MAX_PANELS 6
int fit_draw(struct results *results, const struct fit *fit, int run_fd, const char *run_path,
	struct error *error);
