#pragma once

/* Names that writers, gathering and readers share. docs/hdf5-schema.md explains each. */

#include "runner/experiment/plan.h"

#include <inttypes.h>

#define LAYOUT_FORMAT "memcg-run"
#define LAYOUT_TRIAL_FORMAT "memcg-run-trial"
#define LAYOUT_VERSION 1

#define LAYOUT_SUMMARY "summary"
#define LAYOUT_TRIALS "trials"
#define LAYOUT_TRIAL_NAME "%06" PRIu64 /* in /trials */
#define LAYOUT_TRIAL_NAME_SIZE 64
#define LAYOUT_TRIAL_FILE LAYOUT_TRIAL_NAME ".h5" /* in the folder trials/ */

/*
 * A trial that was interrupted and run again after a resume: its file in the folder trials/,
 * numbered for each interruption; and its name in /interrupted.
 */
#define LAYOUT_CUT_FILE LAYOUT_TRIAL_NAME "-interrupted-%u.h5"
#define LAYOUT_INTERRUPTED "interrupted"
#define LAYOUT_CUT_NAME LAYOUT_TRIAL_NAME "-%u"

#define LAYOUT_REFERENCE "reference"
#define LAYOUT_CURRENT_BYTES "current_bytes"
#define LAYOUT_GAPS "gaps"
#define LAYOUT_COMPOSITION "composition" /* slow_channel_name(SLOW_COMPOSITION) */
#define LAYOUT_GAP_END "end_ns"
#define LAYOUT_REFERENCE_METRIC "reference.current_bytes"
#define LAYOUT_ORACLE "oracle"
#define LAYOUT_ORACLE_METRIC "oracle.%s_bytes"
#define LAYOUT_ORACLE_USER_METRIC "oracle.user_bytes"
#define LAYOUT_METRICS "metrics"
#define LAYOUT_TRUTH "truth"
#define LAYOUT_MARKS "marks"
#define LAYOUT_MARK_NAME "name"
#define LAYOUT_VALUES "value" /* of a metric */
#define LAYOUT_TRUTH_VALUES "bytes"
/* Indexed by enum metric_kind. */
#define LAYOUT_METRIC_KINDS                                                                        \
	{                                                                                          \
		"gauge", "high-water mark", "gauge at the marks"                                   \
	}
#define LAYOUT_TIME_NS "time_ns"
#define LAYOUT_UNIT_BYTES "bytes"
/* A root attribute for each user-defined backend: its headline metric. */
#define LAYOUT_HEADLINE "headline.%s"
#define LAYOUT_HEADLINE_SIZE 128

/* Attributes that this program reads; the names of others are where they are written. */

/* of the root; the first two also of a sealed trial */
#define LAYOUT_ATTRIBUTE_FORMAT "format"
#define LAYOUT_ATTRIBUTE_FORMAT_VERSION "format_version"
#define LAYOUT_ATTRIBUTE_TOOL_VERSION "tool_version"
#define LAYOUT_ATTRIBUTE_CREATED "created"
#define LAYOUT_ATTRIBUTE_KERNEL "kernel"
#define LAYOUT_ATTRIBUTE_CPU_MODEL "cpu_model"
#define LAYOUT_ATTRIBUTE_CPUS "cpus"
#define LAYOUT_ATTRIBUTE_MEMORY_BYTES "memory_bytes"
#define LAYOUT_ATTRIBUTE_PAGE_BYTES "page_bytes"
#define LAYOUT_ATTRIBUTE_HIERARCHY "hierarchy"
#define LAYOUT_ATTRIBUTE_RUNTIME "runtime"
#define LAYOUT_ATTRIBUTE_RUNTIME_VERSION "runtime_version"
#define LAYOUT_ATTRIBUTE_IMAGE "image"
#define LAYOUT_ATTRIBUTE_IMAGE_DIGEST "image_digest"
#define LAYOUT_ATTRIBUTE_NAME "name"
#define LAYOUT_ATTRIBUTE_ID "id"
#define LAYOUT_ATTRIBUTE_EXPERIMENT "experiment"
#define LAYOUT_ATTRIBUTE_SEED "seed"
#define LAYOUT_ATTRIBUTE_QUICK "quick"
#define LAYOUT_ATTRIBUTE_COMPLETE "complete"
#define LAYOUT_ATTRIBUTE_TRIALS_PLANNED "trials_planned"
#define LAYOUT_ATTRIBUTE_DOCTOR "doctor"
#define LAYOUT_ATTRIBUTE_SEARCH "search" /* of a search: limit_settings_json */

/* of a trial */
#define LAYOUT_ATTRIBUTE_TASK "task"
#define LAYOUT_ATTRIBUTE_POINT "point"
#define LAYOUT_ATTRIBUTE_REPETITION "repetition"
#define LAYOUT_ATTRIBUTE_WARMUP "warmup"
#define LAYOUT_ATTRIBUTE_STAGE "stage"
#define LAYOUT_ATTRIBUTE_LIMIT "limit_bytes"
#define LAYOUT_ATTRIBUTE_LIMIT_END "limit_end"
#define LAYOUT_ATTRIBUTE_BACKEND "backend"
#define LAYOUT_ATTRIBUTE_ORDER "order"
#define LAYOUT_ATTRIBUTE_STATUS "status"
#define LAYOUT_ATTRIBUTE_CAUSE "cause"
#define LAYOUT_ATTRIBUTE_START_REALTIME_NS "start_realtime_ns"
#define LAYOUT_ATTRIBUTE_BEGIN_NS "begin_ns"
#define LAYOUT_ATTRIBUTE_EXIT_CODE "exit_code"
#define LAYOUT_ATTRIBUTE_SIGNAL "signal"
#define LAYOUT_ATTRIBUTE_USER_NS "user_ns"
#define LAYOUT_ATTRIBUTE_SYSTEM_NS "system_ns"
#define LAYOUT_ATTRIBUTE_MAXRSS_BYTES "maxrss_bytes"
#define LAYOUT_ATTRIBUTE_END_NS "end_ns"
#define LAYOUT_ATTRIBUTE_WALL_NS "wall_ns"
#define LAYOUT_ATTRIBUTE_WATCHED_NS "watched_ns"
#define LAYOUT_ATTRIBUTE_RUNNER_USER_NS "runner_user_ns"
#define LAYOUT_ATTRIBUTE_RUNNER_SYSTEM_NS "runner_system_ns"
#define LAYOUT_ATTRIBUTE_RUNNER_PEAK_RSS_BYTES "runner_peak_rss_bytes"
#define LAYOUT_ATTRIBUTE_SAMPLER_USER_NS "sampler_user_ns"
#define LAYOUT_ATTRIBUTE_SAMPLER_SYSTEM_NS "sampler_system_ns"

/* a limit of a trial, by description_amount_name */
#define LAYOUT_LIMIT "limit_%s"
#define LAYOUT_LIMIT_SIZE 64
#define LAYOUT_ATTRIBUTE_TASK_CPUS "task_cpus"
#define LAYOUT_ATTRIBUTE_LIMIT_MEMORY_MAX "limit_memory_max_bytes"
#define LAYOUT_ATTRIBUTE_LIMIT_SWAP_MAX "limit_swap_max_bytes"

/* of the reference, of a metric, of a truth */
#define LAYOUT_ATTRIBUTE_INITIAL_BYTES "initial_bytes"
#define LAYOUT_ATTRIBUTE_PEAK_BYTES "peak_bytes"
#define LAYOUT_ATTRIBUTE_FINAL_BYTES "final_bytes"
#define LAYOUT_ATTRIBUTE_SCHEDULED "scheduled"
#define LAYOUT_ATTRIBUTE_MISSED "missed"
#define LAYOUT_ATTRIBUTE_PEAK_EXACT "peak_exact"
#define LAYOUT_ATTRIBUTE_LEAF_PEAK_BYTES "leaf_peak_bytes"
#define LAYOUT_ATTRIBUTE_REFAULTS "refaults"
#define LAYOUT_ATTRIBUTE_MAJOR_FAULTS "major_faults"
#define LAYOUT_ATTRIBUTE_EVENTS_MAX "events_max"
#define LAYOUT_ATTRIBUTE_EVENTS_OOM_KILL "events_oom_kill"
/* of the composition, in addition to composition_name's */
#define LAYOUT_ATTRIBUTE_PEAK_ROW "peak_row"
#define LAYOUT_ATTRIBUTE_AT_NS "at_ns"
#define LAYOUT_ATTRIBUTE_INITIAL "initial"
#define LAYOUT_ATTRIBUTE_PEAK "peak"
#define LAYOUT_ATTRIBUTE_FINAL "final"
#define LAYOUT_ATTRIBUTE_UNIT "unit"
#define LAYOUT_ATTRIBUTE_KIND "kind"
