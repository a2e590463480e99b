#include "runner/cli/completion.h"

#include "runner/cli/completion_shells.h"
#include "util/array.h"

#include <errno.h>
#include <string.h>

int completion_print(const char *shell, FILE *stream, struct error *error)
{
	static const struct {
		const char *name;
		void (*print)(FILE *stream);
	} shells[] = {
		{"bash", completion_print_bash},
		{"fish", completion_print_fish},
		{"zsh", completion_print_zsh},
	};

	for (size_t i = 0; i < LENGTH(shells); i++)
		if (strcmp(shells[i].name, shell) == 0) {
			shells[i].print(stream);
			return 0;
		}
	return error_set(error, EINVAL, "no completion for the shell %s; expected %s", shell,
		COMPLETION_SHELLS);
}
