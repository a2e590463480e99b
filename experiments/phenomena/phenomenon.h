#pragma once

/*
 * The phenomena in C: small tasks, each of which holds memory in one way that some reporter gets wrong, and
 * declares exactly what it holds. docs/phenomena.md says of each what it does and what it separates.
 *
 * They are built twice: as the program `phenomena`, whose argument is a phenomenon's name, and as a
 * library that experiments/tasks/phenomena.py loads, so that reporters that live inside an interpreter
 * look at the same tasks.
 *
 * A phenomenon goes through stages. At each it declares the truth, sends a mark that waits (so that the
 * runner may count while nothing moves), holds, and sends the mark "stage_end". "held" is the stage at which it
 * holds most and "released" the last, when it has given back what it can.
 */

#include "backends/native/memcg_run.h"

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES ((size_t)4096)
#define MIB ((size_t)1 << 20)
#define HUGE_PAGE_BYTES (2 * MIB)
#define N_PROCESSES 8

/* Bytes that the task holds beyond what it held at its beginning: docs/channel.md has the four kinds. */
struct truth {
	uint64_t requested;
	uint64_t touched;
	uint64_t charged;
	uint64_t unique;
};

struct stage {
	struct memcg_run channel;
	size_t size_bytes; /* how much in all; a phenomenon may take less, and declares what it took */
	uint64_t hold_ns;  /* how long each stage is held */
	uint64_t argument; /* of the phenomenon: a spike's duration, ns */
};

struct phenomenon {
	const char *name;
	int (*run)(struct stage *stage); /* 0, or -1 with a line on stderr */
	uint64_t argument;
};

/* One list a file, each ended by an entry without a name. */
extern const struct phenomenon anonymous_phenomena[];
extern const struct phenomenon file_phenomena[];
extern const struct phenomenon heap_phenomena[];
extern const struct phenomenon kernel_phenomena[];
extern const struct phenomenon process_phenomena[];

/* Runs one. The library's only entry: -1 also for a name that there is not. */
__attribute__((visibility("default"))) int phenomenon_run(
	const char *name, uint64_t size_bytes, uint64_t hold_ns);
/* The `index`th name; NULL behind the last. */
__attribute__((visibility("default"))) const char *phenomenon_name(size_t index);

/* ---- what they are made of (stage.c) */

void stage_declare(struct stage *stage, struct truth truth);
void stage_hold(const struct stage *stage);
/* Declares, marks, holds, and marks the end of that. */
void stage_enter(struct stage *stage, const char *mark, struct truth truth);

/* Prints what failed, with errno. Returns -1. */
int stage_failed(const char *what);

/* All four kinds alike, and page tables of one process beside the charge. */
struct truth truth_of(size_t bytes);
/* What the page tables of so many bytes take: one page for each 2 MiB (x86-64 and arm64 with pages of 4 KiB). */
uint64_t page_table_bytes(size_t bytes);

/* Private anonymous memory, never huge pages: one byte must not bring 2 MiB. NULL on failure. */
char *memory_map(size_t bytes);
void memory_unmap(char *memory, size_t bytes);
/* Writes into every page. */
void memory_touch(char *memory, size_t bytes);
/* Reads from every page. */
void memory_read(const char *memory, size_t bytes);
/* How much of it is there, as mincore(2) says. */
size_t memory_resident(char *memory, size_t bytes);

void sleep_ns(uint64_t duration_ns);
