/* Removes containers of a killed run: a part of runtime.h. */

#include "runner/container/runtime_ops.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

int runtime_remove_leftover(
	const char *directory, const char *runtime, const char *container, struct error *error)
{
	static const struct runtime_ops *const with_state[] = {&runtime_runc, &runtime_crun};

	for (size_t i = 0; i < LENGTH(with_state); i++) {
		CLEANUP(cleanup_free) char *state = NULL;
		CLEANUP(cleanup_free) char *place = NULL;

		if (strcmp(runtime_kind_names[with_state[i]->kind], runtime) != 0)
			continue;
		state = string_format("%s/%s", directory, runtime);
		place = string_format("%s/%s/%s", directory, runtime, container);
		if (!state || !place)
			return error_set_errno(error, ENOMEM, "cannot remove %s", container);
		if (access(place, F_OK) < 0 && errno == ENOENT)
			return 1;
		/*
		 * The runtime's own way first, which knows of what is outside its state. It may not know the
		 * container either: a create that was cut short leaves a folder without the file that describes it.
		 */
		if (with_state[i]->delete (with_state[i], state, container, NULL) == 0)
			return 0;
		return file_remove_tree(AT_FDCWD, place, error);
	}
	return error_set(error, EINVAL, "a journal lists a container of an unknown runtime, \"%s\"",
		runtime);
}
