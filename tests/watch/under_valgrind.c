/*
 * Loaded (LD_PRELOAD) into a program under valgrind 3.19: translates calls that this version does
 * not know into ones that it knows. Each notes what is therefore not covered.
 */

#include <dlfcn.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef long (*syscall_function)(long number, ...);

static syscall_function next_syscall(void)
{
	return (syscall_function)dlsym(RTLD_NEXT, "syscall");
}

/* openat2 becomes openat, without its rules about links. */
long syscall(long number, ...)
{
	long words[6];
	va_list arguments;

	va_start(arguments, number);
	for (size_t i = 0; i < 6; i++)
		words[i] = va_arg(arguments, long);
	va_end(arguments);
	if (number == SYS_openat2) {
		const struct open_how *how = (const struct open_how *)words[2];

		return next_syscall()(
			SYS_openat, words[0], words[1], (long)how->flags, (long)how->mode);
	}
	return next_syscall()(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

/* A child in its parent's memory becomes a fork: it works on a copy. */
int clone(int (*child)(void *), void *stack, int flags, void *argument, ...)
{
	va_list arguments;
	int *pidfd;
	long pid;

	(void)stack;
	va_start(arguments, argument);
	pidfd = va_arg(arguments, int *);
	va_end(arguments);
	pid = next_syscall()(
		SYS_clone, (long)(flags & ~(CLONE_VM | CLONE_VFORK)), NULL, pidfd, NULL, 0L);
	if (pid == 0)
		_exit(child(argument));
	return (int)pid;
}
