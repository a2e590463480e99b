#pragma once

/*
 * What a process makes outside its own folders, written down before it is made, so that another can remove it
 * where this one dies: a file a process, <directory>/journal-<pid>-<ns>, in the directory of
 * runner/host/run_directory.h. An entry is a kind and a name: "slice" "trial-000042.slice".
 *
 * The file is locked (flock(2)) for as long as its process lives, so that a dead one's is known however that
 * ended, and an entry is one write with a NUL at its end: one that was cut short names what was not made. It
 * need not be durable: what it names does not outlive the machine either.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

struct run_journal;

/* The kinds that are noted, and what their names are. runner/run/leftovers.c removes each. */
#define JOURNAL_SLICE "slice"	      /* a name below memcg-run.slice */
#define JOURNAL_CONTAINER "container" /* "runc memcg-run-4711-000042" */
#define JOURNAL_FOLDER "folder"	      /* a working folder, its absolute path */
#define JOURNAL_RUN "run" /* a run's folder in which nothing is measured yet, likewise */

/* A kind and a name together. */
#define JOURNAL_ENTRY_SIZE 8192

/* Makes the file. `title` is for people: who it is. -ENAMETOOLONG as run_journal_note. */
int run_journal_open(const char *directory, const char *title, struct run_journal **ret_journal,
	struct error *error);

/*
 * Writes an entry; the thing may be made when it returns 0. `kind` is a word. NULL journal: nothing is
 * written. -ENAMETOOLONG beyond JOURNAL_ENTRY_SIZE.
 */
int run_journal_note(
	struct run_journal *journal, const char *kind, const char *name, struct error *error);

/* Where the journal is now, and back to there: what was noted since then is undone. NULL: 0, and nothing. */
uint64_t run_journal_mark(const struct run_journal *journal);
int run_journal_rewind(struct run_journal *journal, uint64_t mark, struct error *error);

/*
 * What it names now, parted by commas. From another thread too, while the journal is there. NULL where it cannot be
 * read; the caller frees.
 */
char *run_journal_list(const struct run_journal *journal);

/* All that it names is undone: removes it. Frees in any case and sets *journal to NULL. */
int run_journal_close(struct run_journal **journal, struct error *error);

/* Some of it is not undone: leaves it for the next process. *journal is NULL afterwards. */
void run_journal_leave(struct run_journal **journal);

/* ---- those of others */

/*
 * Removes what an entry names; what is not there is success. Returns 0 or -errno.
 */
typedef int (*run_journal_remove)(
	void *context, const char *kind, const char *name, struct error *error);

struct run_journal_clearing {
	run_journal_remove remove; /* -EBADMSG: no journal has such an entry */
	/* Told in a sentence of each that is damaged, when it has the name damaged-...; NULL: they stay. */
	void (*set_aside)(void *context, const char *sentence);
	void *context;
};

/*
 * Calls `remove` for every entry of every journal whose process has died, the latest entry first, and removes
 * a journal where all of its entries could be. A journal that another process is at is passed over. Goes on
 * past a failure; the error names the first. A missing directory has none. What has a journal's name and is none
 * (a link, another user's, a file of something else) is neither followed nor removed: it is damaged, as one with an
 * entry that names nothing, whose other entries are removed. That is -EBADMSG, unless it is set aside.
 */
int run_journal_clear_dead(
	const char *directory, const struct run_journal_clearing *clearing, struct error *error);

/* The title of a journal whose process is alive, another than this one's; NULL: none. The caller frees. */
char *run_journal_find_alive(const char *directory);
