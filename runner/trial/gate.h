#pragma once

/*
 * The runner's end of the gate: the protocol with the launcher (runner/launcher/control.h). The
 * kernel identifies the sending process (SO_PASSCRED) in the runner's own PID namespace; no pid is
 * ever taken from a message.
 */

#include "runner/launcher/control.h"
#include "util/error.h"

#include <sys/types.h>

struct gate {
	int fd;	      /* the runner's end; -1 when closed */
	int child_fd; /* the launcher's end, its CONTROL_FD; -1 once handed over */
	int written_fd; /* what came with CONTROL_WRITTEN; -1: nothing. The first, if there are several */
};

#define GATE_CLOSED ((struct gate){.fd = -1, .child_fd = -1, .written_fd = -1})

int gate_open(struct gate *ret_gate, struct error *error);

/*
 * Call it after the runtime has started: only the launcher may hold its end, so that its death is
 * seen.
 */
void gate_hand_over(struct gate *gate);

/*
 * Receives one message without blocking. Returns 0; 1 if the launcher has gone (its end is closed
 * everywhere); -EAGAIN if there is none; -EPROTO for a malformed one.
 */
int gate_receive(struct gate *gate, struct control_message *ret_message, pid_t *ret_pid,
	struct error *error);

/* Sends CONTROL_GO or CONTROL_DONE. Success if the launcher has gone: gate_receive reports that. */
int gate_send(struct gate *gate, enum control_type type, struct error *error);

void gate_close(struct gate *gate);
