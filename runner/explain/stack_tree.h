#pragma once

/*
 * Memory held at one instant, by process and user stack.
 *
 * A row is one sampled stack, or what no sample explains in a process ("not attributed"). Rows hold whole bytes; their
 * sum in a process is its anonymous memory, less the pages that it shares with a process before it.
 *
 * Stacks are unwound by libdw from a copy of 8 KiB of the stack; without libdw at build time a stack is its innermost
 * function's address. The task's own ELF files are hostile input: they are parsed in a child process that has no
 * rights, no other descriptor, and limits of CPU time and memory. What it returns is bounded and blanked again.
 */

#include "runner/explain/perf_ring.h"
#include "util/error.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define STACK_MOST_FRAMES 128
#define STACK_MOST_MODULES 4096
#define STACK_NOT_ATTRIBUTED "[not attributed]"

/* A mapped file with code. Its descriptor is the tree's. */
struct stack_module {
	size_t process;
	uint64_t start, end, base; /* base: where the file's offset 0 is mapped */
	uint64_t device, inode;
	int fd; /* -1: it could not be opened, or is not an ordinary file */
	char *path;
};

struct stack_row {
	size_t process;
	uint64_t bytes;
	bool attributed;
	struct perf_sample sample; /* if attributed */
	char **frames;		   /* outermost first; set by stack_tree_resolve */
	size_t n_frames;
};

struct stack_process {
	pid_t pid;
	char *name;
};

struct stack_tree {
	struct stack_process *processes;
	size_t n_processes;
	struct stack_row *rows;
	size_t n_rows;
	struct stack_module *modules;
	size_t n_modules;
	void *samples; /* a mapped file that the rows point into */
	size_t samples_bytes;
};

void stack_tree_free(struct stack_tree *tree);

/* Takes the row over, whose frames are NULL. Returns 0 or -ENOMEM. */
int stack_tree_add(struct stack_tree *tree, const struct stack_row *row);

/* Unwinds, and finds names: "function (file.c:12)", or "module+0x1234". Outside the measured interval. */
int stack_tree_resolve(struct stack_tree *tree, struct error *error);

/*
 * Makes one row of those with the same process and frames, and puts the largest first: the first rows are the top
 * stacks. A merged row keeps one of the samples. stack_tree_resolve ends with it.
 */
void stack_tree_merge(struct stack_tree *tree);

/* The bytes of all rows, and of those that a sample explains. */
uint64_t stack_tree_bytes(const struct stack_tree *tree, uint64_t *ret_attributed);

/* One line a row: "process;outer;...;inner BYTES". Returns 0 or -errno. */
int stack_tree_write_folded(const struct stack_tree *tree, FILE *stream);

/* https://www.speedscope.app/file-format-schema.json: one sampled profile, in bytes. Returns 0 or -errno. */
int stack_tree_write_speedscope(const struct stack_tree *tree, FILE *stream);
