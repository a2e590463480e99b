#include "runner/launcher/launcher.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

uint64_t launcher_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void launcher_send(const struct control_message *message)
{
	(void)!send(CONTROL_FD, message, sizeof(*message), MSG_NOSIGNAL);
}

int launcher_send_written(int upper_fd)
{
	struct control_message message = {.type = CONTROL_WRITTEN, .time_ns = launcher_now_ns()};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
			     .cmsg_type = SCM_RIGHTS,
			     .cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec data = {.iov_base = &message, .iov_len = sizeof(message)};
	const struct msghdr header = {.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};

	__builtin_memcpy(CMSG_DATA(&control.header), &upper_fd, sizeof(upper_fd));
	return sendmsg(CONTROL_FD, &header, MSG_NOSIGNAL) < 0 ? errno : 0;
}

void launcher_announce(enum control_type type)
{
	const struct control_message message = {.type = type, .time_ns = launcher_now_ns()};

	launcher_send(&message);
}

void launcher_failed(enum control_stage stage, int error_number)
{
	const struct control_message message = {
		.type = CONTROL_FAILED,
		.stage = stage,
		.error_number = error_number,
		.time_ns = launcher_now_ns(),
	};

	launcher_send(&message);
}

bool launcher_wait_for(enum control_type type)
{
	struct control_message message;

	for (;;) {
		ssize_t length = recv(CONTROL_FD, &message, sizeof(message), 0);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return false;
		if (length == sizeof(message) && message.type == type)
			return true;
	}
}
