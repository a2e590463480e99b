#pragma once

/* The file names in a run's folder. docs/design.md describes their content. */

#define RUN_EXPERIMENT "experiment.toml" /* the run's own copy */
#define RUN_LOG "run.log"
#define RUN_RESULTS "results.h5"
#define RUN_SUMMARY "summary.csv"
#define RUN_REPORT "report.html"
#define RUN_FIT "fit.csv"
#define RUN_PLOTS                                                                                  \
	"plots" /* a folder: data and scripts of the pictures, and all pictures but the first */
