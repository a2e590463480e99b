/* hostile_inotify: takes all inotify instances that its user may have, and leaves them to its end to be given back. */

#include <errno.h>
#include <sys/inotify.h>

int main(void)
{
	while (inotify_init1(IN_CLOEXEC) >= 0)
		;
	return errno == EMFILE || errno == ENFILE ? 0 : 1;
}
