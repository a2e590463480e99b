/* wait [SECONDS]: does nothing for that long. Without an argument the program that does least. */

#include "tests/bench/programs/loop.h"

int main(int argc, char **argv)
{
	if (argc > 1)
		loop_idle(loop_number(argv[1]));
	return 0;
}
