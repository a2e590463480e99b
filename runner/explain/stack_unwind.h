#pragma once

/*
 * Unwinds sampled stacks and names their functions, by libdwfl (elfutils), from the files of the tree's modules.
 *
 * It parses the task's ELF and DWARF: call it in a process that may be lost, as stack_tree_resolve does. Separate debug
 * files are found by build id below /usr/lib/debug only; debuginfod is not asked.
 */

#include "runner/explain/stack_tree.h"

/* One frame, innermost first; the name is valid during the call. */
typedef void (*stack_unwind_frame)(const char *name, void *context);

struct stack_unwinder;

/* For the samples of one process. NULL on ENOMEM. */
struct stack_unwinder *stack_unwinder_new(const struct stack_tree *tree, size_t process);
void stack_unwinder_free(struct stack_unwinder *unwinder);

/* Calls back for at least one frame, at most STACK_MOST_FRAMES. */
void stack_unwinder_walk(struct stack_unwinder *unwinder, const struct perf_sample *sample,
	stack_unwind_frame frame, void *context);
