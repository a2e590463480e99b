#pragma once

/*
 * `memcg-run fit`: the peak of a task as a function of its input size, from a run's results.h5
 * alone; of a run of `memcg-run limit` also its minimal limit, with a bound for sizes that were not
 * measured. docs/fit.md is the reader's manual.
 *
 * A *series* is the data of one model: the trials of one task with status ok, without warm-ups,
 * with equal parameters apart from those that make up the size. Its trials at one n are a *size*.
 *
 * Every fit is tested: the largest size is left out, the model is chosen and fitted again from the
 * rest, and its prediction for that size is compared with the measurement.
 */

#include "runner/fit/model_choice.h"
#include "runner/fit/regression.h"
#include "runner/limit/answer.h"
#include "runner/store/results.h"
#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* With fewer sizes a model cannot be told from a constant with noise. */
#define FIT_LEAST_SIZES 3

/* The metric of minimal limits. */
#define FIT_METRIC_LIMIT "limit"

struct fit_options {
	/* the size (runner/fit/size_expression.h); NULL: the only numeric parameter that varies */
	const char *x;
	const char *metric; /* NULL: the reference's */
	/* The metric is FIT_METRIC_LIMIT: fits these, each point's one value. NULL: fits peaks. */
	const struct limit_answer *limits;
	const char *const *predict; /* sizes to predict: numbers or products of numbers */
	size_t n_predict;
};

struct fit_prediction {
	double n;
	double bytes;
	struct interval interval; /* of one more trial */
	double bound; /* of limits: above those of 95 % of such sizes, with 95 % confidence; else NaN */
};

enum fit_verdict {
	FIT_WITHIN,  /* the median of the size left out is within the interval */
	FIT_OUTSIDE, /* it is not: the model does not extend that far */
	FIT_UNKNOWN, /* too few sizes for an interval */
};

/* The largest size, predicted from the others. */
struct fit_check {
	enum model model;
	struct fit_prediction prediction;
	enum fit_verdict verdict;
};

struct fit_series {
	char *task;
	char *parameters; /* JSON of the parameters outside the size */
	char *label;	  /* the same for people; "" if there are none */
	struct model_size *sizes;
	size_t n_sizes;
	size_t n_trials;
	size_t n_not_ok; /* trials that were not ok; left out */

	struct error
		refusal; /* number 0: fitted. Else the reason, and the members below are unset */
	struct model_choice choice;
	struct regression *regression;
	struct fit_check check;
	struct fit_prediction *predictions; /* fit.n_predictions of them */
};

struct fit {
	char *x;	     /* "edge^3" */
	const char *metric;  /* borrowed from the options, or the reference's */
	const char *backend; /* whose trials; borrowed from the results */
	bool other_backends; /* the run has trials of other backends too */
	bool limits;	     /* values are minimal limits; a "trial" is a search */
	struct fit_series *series;
	size_t n_series;
	size_t n_predictions;
};

/*
 * Fits each series. The reference is fitted on the trials of `none`, where no backend interferes,
 * or else on those of the run's first backend; any other metric on those of its own backend.
 *
 * -EINVAL, with a sentence, if the options do not suit the run: no parameter or several could be
 * the size, or the metric does not exist; -ENODATA if no series can be fitted. If a single series
 * cannot be fitted, its `refusal` says why.
 */
int fit_make(const struct results *results, const struct fit_options *options, struct fit **ret_fit,
	struct error *error);
void fit_free(struct fit *fit);

/* ---- output */

/* "31.20 MiB + 17.03 bytes * n". NULL on ENOMEM; the caller frees. */
char *fit_model_text(const struct fitted_model *fitted);

/* For a terminal. -ENOMEM. */
int fit_print(const struct fit *fit, FILE *stream);

/* For programs: docs/fit.md. NULL on ENOMEM; the caller releases it. */
#define FIT_JSON_SCHEMA "memcg-run fit"
#define FIT_JSON_VERSION 1
json_t *fit_json(const struct fit *fit);

/* Writes fit.csv to the run's open folder: docs/fit.md describes its columns. */
int fit_write_csv(const struct fit *fit, int run_fd, struct error *error);

/*
 * Draws fit.png in the run's folder with plots/fit.gp: at most this many series. -ENOENT without
 * gnuplot.
 */
#define FIT_MAX_PANELS 6
int fit_draw(struct results *results, const struct fit *fit, int run_fd, const char *run_path,
	struct error *error);
