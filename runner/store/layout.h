#pragma once

/*
 * Names and texts that writing, gathering and reading must agree on. docs/hdf5-schema.md says what each
 * means.
 */

#include "runner/experiment/plan.h"

#include <inttypes.h>

#define LAYOUT_FORMAT "memcg-run"
#define LAYOUT_TRIAL_FORMAT "memcg-run-trial"
#define LAYOUT_VERSION 1

#define LAYOUT_TRIALS "trials"
#define LAYOUT_TRIAL_NAME "%06" PRIu64 /* in /trials and, with ".h5", in the folder trials/ */
#define LAYOUT_TRIAL_NAME_SIZE 64

/*
 * A trial that was cut by the end of its run, and run again when that went on: its file in the folder trials/,
 * with a number for each cut of it; and its name in /interrupted.
 */
#define LAYOUT_CUT_FILE LAYOUT_TRIAL_NAME "-interrupted-%u.h5"
#define LAYOUT_INTERRUPTED "interrupted"
#define LAYOUT_CUT_NAME LAYOUT_TRIAL_NAME "-%u"

#define LAYOUT_REFERENCE "reference"
#define LAYOUT_CURRENT_BYTES "current_bytes"
#define LAYOUT_GAPS "gaps"
#define LAYOUT_GAP_END "end_ns"
#define LAYOUT_REFERENCE_METRIC "reference.current_bytes"
#define LAYOUT_ORACLE "oracle"
#define LAYOUT_ORACLE_METRIC "oracle.%s_bytes"
#define LAYOUT_ORACLE_USER_METRIC "oracle.user_bytes"
#define LAYOUT_METRICS "metrics"
#define LAYOUT_TRUTH "truth"
#define LAYOUT_MARKS "marks"
#define LAYOUT_MARK_NAME "name"
#define LAYOUT_GAUGE "gauge"
#define LAYOUT_HIGH_WATER "high-water mark"
#define LAYOUT_TIME_NS "time_ns"
#define LAYOUT_UNIT_BYTES "bytes"
/* A root attribute for each backend that a user has added: its headline metric. */
#define LAYOUT_HEADLINE "headline.%s"
#define LAYOUT_HEADLINE_SIZE 128
