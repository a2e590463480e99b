#pragma once

/* Private to the writers of the answer: names and numbers in words. */

#include "runner/limit/answer.h"
#include "util/format.h"

/* For people: "OOM kill". For files: "oom_killed". */
const char *limit_end_words(enum limit_end end);

/* For people: "not finished". For files: "running". */
const char *limit_result_words(enum limit_result result);
const char *limit_result_name(enum limit_result result);

/* "256.20 MiB"; "-" for NaN. */
struct formatted limit_bytes_text(double bytes);

/* "99.2 %", "95 %", "0.5 %"; "-" for NaN. */
struct formatted limit_share_text(double share);

/* "1.03", "-" for NaN. */
struct formatted limit_ratio_text(double ratio);

/* The label without the name of a named task, which is also its task: "size=1" of "large size=1". */
const char *limit_label_after_task(const struct limit_point *point);

/* "sort -S 32M", with ", lines=1000" if there are several points; a named task's name stands once. NULL on ENOMEM; the caller frees. */
char *limit_point_title(const struct limit_answer *answer, size_t point);

/* What a search found, or why nothing, in one sentence without the point's name. NULL on ENOMEM; the caller frees. */
char *limit_result_sentence(
	const struct limit_answer *answer, const struct limit_answer_point *point);
