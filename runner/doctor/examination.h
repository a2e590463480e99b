#pragma once

/*
 * Private to runner/doctor/: an examination under way, and how a probe puts down what it finds.
 *
 * A probe adds a finding and then says more of it: what follows is about the finding added last. Want
 * of memory is remembered, and fails the examination at its end.
 */

#include "cgroup/hierarchy.h"
#include "runner/doctor/attempt.h"
#include "runner/doctor/doctor.h"

struct examination {
	const struct doctor_options *options;
	struct hierarchy *hierarchy; /* NULL: there is no memory controller to be had */
	bool privileged;
	struct attempt attempt;
	struct error attempt_failure; /* why attempt.made is false */
	struct doctor *doctor;
};

/* The probes, in the order of printing. */
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

/* Takes `value` over, also where it is NULL for want of memory. */
void finding_fact(struct examination *examination, const char *name, json_t *value);
void finding_number(struct examination *examination, const char *name, uint64_t number);
void finding_text(struct examination *examination, const char *name, const char *text);

/*
 * Adds what a function said of why it failed: what stands before the sentence's first "; " is the
 * cause, what stands after it the remedy.
 */
void finding_add_failure(struct examination *examination, const char *name,
	enum finding_state state, const char *means, const char *sentence);

/* A small file below the root, without the newline at its end; NULL where it cannot be read. */
char *examination_read(const struct examination *examination, const char *path);
bool examination_has(const struct examination *examination, const char *path);
