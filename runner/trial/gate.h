#pragma once

/*
 * The runner's end of the gate: the conversation with the launcher that runner/launcher/control.h
 * describes. The kernel says which process speaks (SO_PASSCRED), in the runner's own PID namespace, so
 * that a pid is never taken from a message.
 */

#include "runner/launcher/control.h"
#include "util/error.h"

#include <sys/types.h>

struct gate {
	int fd;	      /* the runner's end; -1 when closed */
	int child_fd; /* the launcher's end, to be its CONTROL_FD; -1 once handed over */
};

#define GATE_CLOSED ((struct gate){.fd = -1, .child_fd = -1})

int gate_open(struct gate *ret_gate, struct error *error);

/* After the runtime was started: only the launcher may hold its end, so that its death is seen. */
void gate_hand_over(struct gate *gate);

/*
 * Takes one message without blocking. Returns 0; 1 when the launcher has gone away (its end is closed
 * everywhere); -EAGAIN when there is none now; -EPROTO for a message of another form.
 */
int gate_receive(struct gate *gate, struct control_message *ret_message, pid_t *ret_pid,
	struct error *error);

/* CONTROL_GO or CONTROL_DONE. A launcher that has gone away is success: gate_receive tells of it. */
int gate_send(struct gate *gate, enum control_type type, struct error *error);

void gate_close(struct gate *gate);
