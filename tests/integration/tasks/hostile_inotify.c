/*
 * hostile_inotify: takes all inotify instances that its user may have, and keeps them until it
 * ends.
 */

#include <errno.h>
#include <sys/inotify.h>

int main(void)
{
	while (inotify_init1(IN_CLOEXEC) >= 0)
		;
	return errno == EMFILE || errno == ENFILE ? 0 : 1;
}
