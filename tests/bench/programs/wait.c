/* wait [SECONDS]: idles for that long; by default for none: the program that does least. */

#include "tests/bench/programs/loop.h"

int main(int argc, char **argv)
{
	if (argc > 1)
		loop_idle(loop_number(argv[1]));
	return 0;
}
