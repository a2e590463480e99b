#pragma once

/*
 * What the runner and the launcher say to each other, over a SOCK_SEQPACKET socketpair that is the
 * launcher's descriptor 3. Private to the two; the task never has it (close on exec).
 *
 *   launcher                                runner
 *   --------                                ------
 *   READY                                    -> it is there
 *   forks the child, which takes its CPUs and on v1 enters the task leaf; the child:
 *     CHILD (its host pid comes with it)     -> resets the peak, arms the sampler, snapshot
 *   <- GO                                       the gate opens
 *     installs the filter, execs
 *     FAILED (stage, errno), if it cannot: an EXIT follows in every case
 *   waits for the child
 *   EXIT (wait status, rusage)               -> final snapshot
 *   <- DONE
 *   exits with the child's code, or 128 + N for a signal N; with it ends the PID namespace and whatever
 *   the task left in it
 *
 * The runner sets SO_PASSCRED before it starts the launcher: the kernel then attaches the sender's pid,
 * as the receiver's namespace knows it, to every message (unix(7)). A runner that hangs up at any time
 * ends the task: the launcher kills the child and exits with 125.
 *
 * A child that is killed at the gate gives an EXIT that no GO went before.
 *
 * Launcher's command line: launcher [OPTION...] -- COMMAND [ARGUMENT...]
 *   --leaf-fd N    v2: descriptor of the task leaf, for clone3's CLONE_INTO_CGROUP
 *   --tasks-fd N   v1: the leaf's `tasks`, to which the child writes "0"
 *   --cpus LIST    "0-1,3": the child's affinity, below 1024
 *   --filter-fd N  a file with the seccomp program (struct sock_filter[]), at most 4096 instructions
 *   --host LEAF PLACE
 *                  there is no container, but it was started in PID and mount namespaces of its own: it
 *                  mounts the /proc that goes with the first, and LEAF, the task leaf's directory, at
 *                  PLACE, read-only, where a container shows it
 * COMMAND is searched in PATH. Working directory, environment and user are those it was started with.
 */

#include <stdint.h>

#define CONTROL_FD 3

enum control_type {
	CONTROL_READY = 1,
	CONTROL_CHILD = 2,
	CONTROL_GO = 3,
	CONTROL_FAILED = 4,
	CONTROL_EXIT = 5,
	CONTROL_DONE = 6,
};

/*
 * Where the child was when it could not go on; `error_number` says why. A filter that cannot be read, what
 * --host could not mount, and a fork that fails, are told by the launcher itself, and the EXIT after it
 * says "exited with 125".
 */
enum control_stage {
	CONTROL_STAGE_NONE = 0,
	CONTROL_STAGE_FORK = 1,
	CONTROL_STAGE_FILTER = 2,
	CONTROL_STAGE_EXEC = 3,
	CONTROL_STAGE_LEAF = 4,
	CONTROL_STAGE_HOST = 5,
	CONTROL_STAGE_CPUS = 6,
};

struct control_message {
	uint32_t type;
	uint32_t stage;	      /* FAILED */
	int32_t error_number; /* FAILED */
	int32_t wait_status;  /* EXIT: as wait(2) gives it */
	uint64_t
		time_ns; /* CLOCK_MONOTONIC: when it was sent; for EXIT, when the child was reaped */
	uint64_t user_ns; /* EXIT: the child's rusage and that of the descendants it waited for */
	uint64_t system_ns;
	uint64_t maxrss_bytes;
};
