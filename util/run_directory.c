#include "util/run_directory.h"

#include "util/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

int run_directory_find(char **ret_path, struct error *error)
{
	const char *session = getenv("XDG_RUNTIME_DIR");
	const bool is_root = geteuid() == 0;
	char *path;

	if (!is_root && (!session || *session != '/'))
		return error_set(error, ENOENT,
			"XDG_RUNTIME_DIR is not set: without root a run needs a login session "
			"(ssh, a "
			"console, machinectl shell; su and sudo -u make none)");
	path = is_root ? string_format("/run/memcg-run") : string_format("%s/memcg-run", session);
	if (!path)
		return error_set_errno(error, ENOMEM, "cannot name the run's directory");
	*ret_path = path;
	return 0;
}
