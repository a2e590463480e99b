/* hostile_deaf: ignores every signal that can be ignored, and never exits. */

#include <signal.h>
#include <unistd.h>

int main(void)
{
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	for (;;)
		pause();
}
