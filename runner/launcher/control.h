#pragma once

/*
 * The protocol between runner and launcher, over a SOCK_SEQPACKET socketpair that is the launcher's
 * descriptor 3. Private to the two; it is closed on exec, so the task never has it.
 *
 *   launcher                                runner
 *   --------                                ------
 *   READY                                    -> the launcher runs
 *   WRITTEN, with --writable-kept: a descriptor of the upper layer comes with it
 *   runs what --prepare names, to its end
 *   PREPARED, if there is any
 *   forks the child, which sets its CPUs and on v1 enters the task leaf; the child:
 *     CHILD (its host pid comes with it)     -> resets the peak, arms the sampler, snapshot
 *   <- GO                                       the gate opens
 *     installs the filter, execs
 *     FAILED (stage, errno), on error: an EXIT follows in every case
 *   waits for the child
 *   EXIT (wait status, rusage)               -> final snapshot
 *   <- DONE
 *   runs what --check names, if the child exited with 0; FAILED where that fails
 *   CHECKED, if it was run
 *   runs what --cleanup names; FAILED where that fails
 *   exits with the child's code, or 128 + N for a signal N; this ends the PID namespace and any processes
 *   left in it
 *
 * The runner sets SO_PASSCRED before it starts the launcher: the kernel then attaches the sender's
 * pid, translated to the receiver's namespace, to every message (unix(7)). If the runner closes its
 * end at any time, the launcher kills the child and exits with 125.
 *
 * A child that is killed at the gate gives an EXIT without a preceding GO.
 *
 * Launcher's command line: launcher [OPTION...] -- COMMAND [ARGUMENT...]
 *   --leaf-fd N    v2: descriptor of the task leaf, for clone3's CLONE_INTO_CGROUP. The child makes it the root of
 *                  its cgroup namespace: in a container this needs CAP_SYS_ADMIN and CAP_SETPCAP, which the
 *                  launcher drops when the child exists, and the child before the gate
 *   --tasks-fd N   v1: the leaf's `tasks`, to which the child writes "0"
 *   --cpus LIST    "0-1,3": the child's affinity, below 1024
 *   --prepare N WORD..., --check N WORD..., --cleanup N WORD...
 *                  a command of N words, run beside the task in the launcher's cgroup, with the task's filter
 *                  and environment (but for the channel), its stdout being its stderr, its stdin /dev/null
 *   --folder PATH DEVICE:INODE
 *                  what must be at PATH, by stat(2): else nothing is run, FAILED with ESTALE
 *   --folder-place PLACE
 *                  with --host: where that folder is mounted for the task
 *   --writable PATH TMPFS_SIZE OVERLAY
 *                  the folder that is then the working directory of all that runs, an overlay with these
 *                  options (writable.h). In a container the launcher needs the capabilities named there, and drops them
 *   --writable-kept PATH TMPFS OVERLAY
 *                  the same, and WRITTEN is sent
 *   --idmap-fd N   for it: the user namespace that maps the folder's owner
 *   --stdin FILE   opened for reading as the task's standard input
 *   --user UID:GID[,GROUP...]
 *                  the task's and the helpers' user, group and other groups, at most 64. In a container the
 *                  launcher needs CAP_SETUID, CAP_SETGID and CAP_SETPCAP for it, of which the task has none
 *   --filter-fd N  a file with the seccomp program (struct sock_filter[]), at most 4096 instructions
 *   --host LEAF PLACE
 *                  without a container, in PID and mount namespaces of its own: mounts the /proc of its
 *                  PID namespace, and LEAF, the task leaf's directory, read-only at PLACE, where a
 *                  container shows it
 *   --channel-folder FOLDER
 *                  with --host: shown at /run/memcg-run, for a user who may not enter its path
 * COMMAND is searched in PATH. Working directory, environment and user are inherited.
 */

#include <sched.h>
#include <stdint.h>

#define CONTROL_FD 3

enum control_type {
	CONTROL_READY = 1,
	CONTROL_CHILD = 2,
	CONTROL_GO = 3,
	CONTROL_FAILED = 4,
	CONTROL_EXIT = 5,
	CONTROL_DONE = 6,
	CONTROL_PREPARED = 7,
	CONTROL_CHECKED = 8,
	CONTROL_WRITTEN = 9,
};

/*
 * The step at which the child failed; `error_number` gives the cause. If the filter cannot be read,
 * if --host cannot mount, or if the fork fails, the launcher itself sends the message, and the EXIT
 * after it says "exited with 125".
 */
enum control_stage {
	CONTROL_STAGE_NONE = 0,
	CONTROL_STAGE_FORK = 1,
	CONTROL_STAGE_FILTER = 2,
	CONTROL_STAGE_EXEC = 3,
	CONTROL_STAGE_LEAF = 4,
	CONTROL_STAGE_HOST = 5,
	CONTROL_STAGE_CPUS = 6,
	CONTROL_STAGE_STDIN = 7,
	CONTROL_STAGE_PREPARE = 8, /* error_number is a wait status */
	CONTROL_STAGE_CLEANUP = 9, /* error_number is a wait status; it comes after DONE */
	CONTROL_STAGE_FOLDER = 10,
	CONTROL_STAGE_USER = 11,
	CONTROL_STAGE_WRITABLE = 12,
	CONTROL_STAGE_CHECK = 13, /* error_number is a wait status; it comes after DONE */
};

struct control_message {
	uint32_t type;
	uint32_t stage;	      /* FAILED */
	int32_t error_number; /* FAILED */
	int32_t wait_status;  /* EXIT: from wait(2) */
	uint64_t
		time_ns; /* CLOCK_MONOTONIC: time of sending; for EXIT, when the child was reaped */
	uint64_t user_ns; /* EXIT: rusage of the child and of the descendants it waited for */
	uint64_t system_ns;
	uint64_t maxrss_bytes;
	cpu_set_t cpus; /* EXIT: the child's affinity when it ended; empty: unknown */
};
