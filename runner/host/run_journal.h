#pragma once

/*
 * Records what a process creates outside its own folders, before it is created, so that another
 * process can remove it if this one dies. Each process has one file,
 * <directory>/journal-<pid>-<ns>, in the directory of runner/host/run_directory.h. An entry is a
 * kind and a name: "slice" "trial-000042.slice".
 *
 * The process holds a lock (flock(2)) on its file while it lives, so that the journal of a dead
 * process can be recognised. An entry is one write that ends in NUL: a truncated entry names
 * something that was not created. Entries need not be durable: what they name does not survive a
 * reboot either.
 */

#include "util/error.h"

#include <stddef.h>
#include <stdint.h>

struct run_journal;

/* The kinds of entries, and the form of their names. runner/run/leftovers.c removes each kind. */
#define JOURNAL_SLICE "slice"	      /* a name below memcg-run.slice */
#define JOURNAL_CONTAINER "container" /* "runc memcg-run-4711-000042" */
#define JOURNAL_FOLDER "folder"	      /* absolute path of a working folder */
#define JOURNAL_EMPTY                                                                              \
	"empty" /* absolute path of a run's folder, or of one above it, before it is created */
#define JOURNAL_RUN "run" /* a run's folder without measurements: runner/run/run_place.h */

/* Limit for a kind and a name together. */
#define JOURNAL_ENTRY_SIZE 8192

/*
 * Creates the file. `title` identifies the process to people. -ENAMETOOLONG as for
 * run_journal_note.
 */
int run_journal_open(const char *directory, const char *title, struct run_journal **ret_journal,
	struct error *error);

/*
 * Writes an entry; create the thing only after this has returned 0. `kind` is one word. Does
 * nothing if journal is NULL. -ENAMETOOLONG beyond JOURNAL_ENTRY_SIZE.
 */
int run_journal_note(
	struct run_journal *journal, const char *kind, const char *name, struct error *error);

/*
 * The current position, and back to it: drops the entries since then, which must have been undone.
 * A NULL journal gives 0 and does nothing.
 */
uint64_t run_journal_mark(const struct run_journal *journal);
int run_journal_rewind(struct run_journal *journal, uint64_t mark, struct error *error);

/*
 * Its current entries, separated by commas. May be called from another thread while the journal
 * exists. NULL if it cannot be read; the caller frees.
 */
char *run_journal_list(const struct run_journal *journal);

/*
 * Call this when everything it names has been removed: removes the file. Frees in any case and sets
 * *journal to NULL.
 */
int run_journal_close(struct run_journal **journal, struct error *error);

/*
 * Call this if something could not be removed: leaves the file to the next process. Sets *journal
 * to NULL.
 */
void run_journal_leave(struct run_journal **journal);

/* ---- journals of other processes */

/* Removes what an entry names; success if it does not exist. Returns 0 or -errno. */
typedef int (*run_journal_remove)(
	void *context, const char *kind, const char *name, struct error *error);

struct run_journal_clearing {
	run_journal_remove remove; /* -EBADMSG: not a valid entry */
	/*
	 * Called with a sentence for each damaged journal after it was renamed to damaged-...;
	 * NULL: damaged journals stay.
	 */
	void (*set_aside)(void *context, const char *sentence);
	void *context;
};

/*
 * Calls `remove` for every entry of the journals of dead processes, the latest entry first, and
 * removes each journal whose entries were all removed. Skips journals that another process is
 * handling. Continues after a failure; the error is the first one. A missing directory has no
 * journals. Something with a journal's name that is not one (a link, another user's file, other
 * content) is neither followed nor removed: it counts as damaged, as does a journal with an invalid
 * entry, whose other entries are removed. A damaged journal is -EBADMSG, unless it is set aside.
 */
int run_journal_clear_dead(
	const char *directory, const struct run_journal_clearing *clearing, struct error *error);

/* The title of the journal of another live process; NULL: none. The caller frees. */
char *run_journal_find_alive(const char *directory);
