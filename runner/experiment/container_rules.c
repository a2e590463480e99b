#include "runner/experiment/container_rules.h"

#include <string.h>

#define IMAGE_NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* Folders of every container; mounts below them are fine. */
static const char *const OWN[] = {"/", "/etc", "/run", "/tmp", "/usr"};

/* Made by the kernel or by the runner: mounts below them are impossible or would hide something. */
static const char *const CLOSED[] = {"/dev", "/proc", "/sys", "/run/memcg-run"};

bool container_path_is_reserved(const char *path)
{
	for (size_t i = 0; i < sizeof(OWN) / sizeof(OWN[0]); i++)
		if (strcmp(path, OWN[i]) == 0)
			return true;
	for (size_t i = 0; i < sizeof(CLOSED) / sizeof(CLOSED[0]); i++) {
		size_t length = strlen(CLOSED[i]);

		if (strncmp(path, CLOSED[i], length) == 0 &&
			(path[length] == '/' || path[length] == '\0'))
			return true;
	}
	return false;
}

bool image_name_is_valid(const char *name)
{
	return *name >= 'a' && *name <= 'z' && strspn(name, IMAGE_NAME_CHARACTERS) == strlen(name);
}
