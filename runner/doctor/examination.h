#pragma once

/*
 * Private to runner/doctor/: a running examination, and how a probe records its findings.
 *
 * A probe adds a finding and then its details; these apply to the last finding added. ENOMEM is
 * remembered and fails the examination at its end.
 */

#include "cgroup/hierarchy.h"
#include "runner/doctor/attempt.h"
#include "runner/doctor/doctor.h"
#include "runner/doctor/kept.h"

struct examination {
	const struct doctor_options *options;
	struct hierarchy *hierarchy; /* NULL: no memory controller */
	struct kept *kept;	     /* NULL: nothing */
	bool privileged;
	struct attempt attempt;
	struct error attempt_failure; /* why attempt.made is false */
	struct doctor *doctor;
};

/* The probes, in printing order. */
void examine_cgroups(struct examination *examination);
void examine_memory(struct examination *examination);
void examine_machine(struct examination *examination);
void examine_measurements(struct examination *examination);
void examine_tools(struct examination *examination);
void examine_images(struct examination *examination);
void examine_backends(struct examination *examination);

void finding_group(struct examination *examination, const char *group);
void finding_add(struct examination *examination, const char *name, enum finding_state state,
	const char *means, const char *format, ...) __attribute__((format(printf, 5, 6)));
void finding_require(struct examination *examination);
void finding_remedy(struct examination *examination, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes ownership of `value`; NULL counts as ENOMEM. */
void finding_fact(struct examination *examination, const char *name, json_t *value);
void finding_number(struct examination *examination, const char *name, uint64_t number);
void finding_text(struct examination *examination, const char *name, const char *text);

/*
 * Adds a finding from a function's error: the cause is the text before the first "; ", the remedy
 * the text after it.
 */
void finding_add_failure(struct examination *examination, const char *name,
	enum finding_state state, const char *means, const char *sentence);

/* Reads a small file below the root, without its final newline; NULL on failure. */
char *examination_read(const struct examination *examination, const char *path);
bool examination_has(const struct examination *examination, const char *path);
