#pragma once

/*
 * Private to runner/launcher/: what the launcher's files share. launcher.c has the order of things, and the
 * main function; launcher_options.c the command line; launcher_channel.c the messages to the runner and from it;
 * launcher_mounts.c what is mounted before anything runs; launcher_child.c what a forked child does until it is the
 * task, or a helper beside it.
 *
 * Where nothing else is said, functions return 0 or an errno.
 */

#include "runner/launcher/control.h"
#include "runner/launcher/writable.h"

#include <linux/filter.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_GROUPS 64
#define MAX_INSTRUCTIONS 4096 /* BPF_MAXINSNS, the kernel's own limit */
/* As in env(1), nohup(1) and runc: the tool itself failed, or the command could not be run. */
#define EXIT_LAUNCHER 125
#define EXIT_COMMAND 127

struct launcher {
	int leaf_fd;   /* v2; if both are -1 the child stays in the launcher's cgroup */
	int tasks_fd;  /* v1 */
	int filter_fd; /* -1: no filter */
	bool has_cpus;
	cpu_set_t cpus;
	const char *stdin_file;	  /* NULL: as it is */
	const char *folder;	  /* NULL: nothing to check */
	const char *folder_place; /* NULL: where it is */
	uint64_t folder_device;
	uint64_t folder_inode;
	struct writable_folder writable; /* a path of NULL: none */
	bool keep;			 /* what is written there */
	bool has_user;
	unsigned int uid;
	unsigned int gid;
	unsigned int groups[MAX_GROUPS];
	size_t n_groups;
	const char *leaf; /* NULL: in a container, which already shows it */
	const char *leaf_place;
	const char *channel_folder; /* NULL: the task may enter its path */
	char **command;
	char **prepare; /* NULL: nothing */
	char **check;
	char **cleanup;
	sigset_t task_signals; /* the task's initial signal mask */
	int signal_fd;	       /* readable when a child has ended */
	int dropped_fd; /* readable when the launcher has only the capabilities that it keeps beside a task */
	struct sock_fprog filter;
	struct sock_filter instructions[MAX_INSTRUCTIONS];
};

/* ---- launcher_options.c */

/* `launcher` has the defaults. False if the command line is none, or a descriptor is not open. It may move words of argv. */
bool launcher_options_parse(struct launcher *launcher, char **argv);

/* ---- launcher_channel.c; errors of sending are ignored: poll and recv detect a runner that has gone */

uint64_t launcher_now_ns(void);
void launcher_send(const struct control_message *message);
void launcher_announce(enum control_type type);
void launcher_failed(enum control_stage stage, int error_number);
/* With the descriptor. Returns 0 or an errno. */
int launcher_send_written(int upper_fd);
/* False if the runner has gone. Other messages are ignored: there may be a GO for a child that was killed at the gate. */
bool launcher_wait_for(enum control_type type);

/* ---- launcher_mounts.c */

/* With --host: the task's own /proc, its leaf, and its channel's folder. */
int launcher_show_host(const struct launcher *launcher);
/* Checks the folder of --folder, and mounts it at --folder-place. ESTALE if it is another. */
int launcher_take_folder(const struct launcher *launcher);
/* The folder of --writable, which becomes the working directory. */
int launcher_show_writable(const struct launcher *launcher);

/* ---- launcher_child.c */

/* Of the filter's file into `launcher`: the child has then only to install it. */
int launcher_read_filter(struct launcher *launcher);

/*
 * Forks the task, which waits until the launcher has dropped its capabilities (`dropped_fd`), and then at the gate.
 * Returns its pid; -1 and errno on failure.
 */
pid_t launcher_clone_task(const struct launcher *launcher);

/*
 * In a container the launcher keeps only what it takes to become the user of --user, and until the task exists to make
 * its cgroup namespace.
 */
int launcher_drop_capabilities(const struct launcher *launcher, bool has_task);

/* Forks a command beside the task, in the launcher's own cgroup. Likewise. */
pid_t launcher_clone_helper(const struct launcher *launcher, char **words);
