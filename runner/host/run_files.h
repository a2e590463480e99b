#pragma once

/* What the files of a run's folder are called. docs/design.md says what is in each. */

#define RUN_EXPERIMENT "experiment.toml" /* the run's own copy */
#define RUN_LOG "run.log"
#define RUN_RESULTS "results.h5"
#define RUN_SUMMARY "summary.csv"
#define RUN_REPORT "report.html"
#define RUN_FIT "fit.csv"
#define RUN_PLOTS                                                                                  \
	"plots" /* a folder: what the pictures are drawn from, and those beyond the first */
