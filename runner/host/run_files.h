#pragma once

/* The file names in a run's folder. docs/design.md describes their content. */

#define RUN_EXPERIMENT "experiment.toml" /* the run's own copy */
#define RUN_RECORD "run.json"		 /* runner/run/run_record.h */
#define RUN_TRIALS "trials" /* a folder: a file for each sealed trial, until all are gathered */
#define RUN_LOG "run.log"
#define RUN_RESULTS "results.h5"
#define RUN_SUMMARY "summary.csv"
#define RUN_SUMMARY_JSON "summary.json"
#define RUN_REPORT "report.html"
#define RUN_MEMORY_PICTURE                                                                         \
	"memory-usage-comparison" /* .png; in plots/ its script and those of points */
#define RUN_COMPOSITION_PICTURE "memory-composition" /* the same, without points */
#define RUN_TIME_PICTURE "execution-time-comparison" /* the same */
#define RUN_FIT "fit.csv"
#define RUN_FIT_PICTURE "fit.png"
#define RUN_COMPARE_PICTURE "compare.png"
#define RUN_LIMIT "limit.csv"
#define RUN_LIMIT_JSON "limit.json"
#define RUN_LIMIT_PICTURE "memory-limit.png"
#define RUN_PLOTS                                                                                  \
	"plots" /* a folder: data and scripts of the pictures, and all pictures but the first */
