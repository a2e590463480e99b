#include "backends/words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int words_hand_over(char **words, size_t n, char **ret_argv, size_t n_argv, struct error *error)
{
	int number = n_argv > n ? 0 : E2BIG;

	for (size_t i = 0; i < n; i++)
		if (!words[i])
			number = ENOMEM;
	if (number) {
		for (size_t i = 0; i < n; i++)
			free(words[i]);
		return error_set_errno(
			error, number, "cannot make the command line of the reporter");
	}
	memcpy(ret_argv, words, n * sizeof(*words));
	ret_argv[n] = NULL;
	return 0;
}
