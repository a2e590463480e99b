#pragma once

/*
 * The phenomena in C: small tasks, each of which holds memory in a way that some reporter gets
 * wrong, and declares exactly what it holds. docs/phenomena.md describes what each does and what it
 * distinguishes.
 *
 * They are built twice: as the program `phenomena`, whose argument is a phenomenon's name, and as a
 * library that experiments/tasks/phenomena.py loads, so that in-process reporters of an interpreter
 * see the same tasks.
 *
 * A phenomenon goes through stages. At each it declares the truth, sends a mark that waits (so that
 * the runner may count while nothing changes), holds, and sends the mark "stage_end". "held" is the
 * stage at which it holds most, and "released" the last, when it has released what it can.
 */

#include "backends/native/memcg_run.h"

#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES ((size_t)4096)
#define MIB ((size_t)1 << 20)
#define HUGE_PAGE_BYTES (2 * MIB)
#define N_PROCESSES 8

/*
 * Bytes that the task holds in addition to its initial memory: docs/channel.md defines the four
 * kinds.
 */
struct truth {
	uint64_t requested;
	uint64_t touched;
	uint64_t charged;
	uint64_t unique;
};

struct stage {
	struct memcg_run channel;
	/* requested total; a phenomenon may take less, and declares what it took */
	size_t size_bytes;
	uint64_t hold_ns;  /* how long each stage is held */
	uint64_t argument; /* of the phenomenon: a spike's duration, ns */
};

struct phenomenon {
	const char *name;
	int (*run)(struct stage *stage); /* 0, or -1 with a line on stderr */
	uint64_t argument;
};

/* One list per file, each terminated by an entry without a name. */
extern const struct phenomenon anonymous_phenomena[];
extern const struct phenomenon file_phenomena[];
extern const struct phenomenon heap_phenomena[];
extern const struct phenomenon kernel_phenomena[];
extern const struct phenomenon process_phenomena[];

/* Runs one; the library's only entry point. Returns -1 also for an unknown name. */
__attribute__((visibility("default"))) int phenomenon_run(
	const char *name, uint64_t size_bytes, uint64_t hold_ns);
/* The name at `index`; NULL after the last. */
__attribute__((visibility("default"))) const char *phenomenon_name(size_t index);

/* ---- building blocks (stage.c) */

void stage_declare(struct stage *stage, struct truth truth);
void stage_hold(const struct stage *stage);
/* Declares, sends the mark, holds, and sends "stage_end". */
void stage_enter(struct stage *stage, const char *mark, struct truth truth);

/* Prints what failed, with errno. Returns -1. */
int stage_failed(const char *what);

/* The same for all four kinds, plus the page tables of one process in the charge. */
struct truth truth_of(size_t bytes);
/*
 * Size of the page tables for that many bytes: one page per 2 MiB (x86-64 and arm64 with pages of 4
 * KiB).
 */
uint64_t page_table_bytes(size_t bytes);

/*
 * Private anonymous memory without huge pages: touching a byte must not allocate 2 MiB. NULL on
 * failure.
 */
char *memory_map(size_t bytes);
void memory_unmap(char *memory, size_t bytes);
/* Writes to every page. */
void memory_touch(char *memory, size_t bytes);
/* Reads from every page. */
void memory_read(const char *memory, size_t bytes);
/* How much of it is resident, according to mincore(2). */
size_t memory_resident(char *memory, size_t bytes);

void sleep_ns(uint64_t duration_ns);
