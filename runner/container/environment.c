#include "runner/container/environment.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <stdbool.h>
#include <string.h>

/*
 * PYTHONDONTWRITEBYTECODE: the folders are read-only, but Python would still compile each module of
 * the task for writing, in the memory being measured, before the write fails.
 */
static const char *const DEFAULTS[] = {
	"PATH=" ENVIRONMENT_PATH, "HOME=/tmp", "LANG=C.UTF-8", "PYTHONDONTWRITEBYTECODE=1"};

/*
 * OpenBLAS chooses its kernels by the CPU's feature flags. On virtual machines these are sometimes
 * wrong, and numpy dies of an illegal instruction; users of such hosts set these variables.
 */
#define PASSED_PREFIX "OPENBLAS_"

/* Allocated at once for all candidates. */
struct list {
	char **strings;
	size_t n;
	bool failed;
};

static void list_add(struct list *list, const char *text)
{
	char *copy = strdup(text);

	if (copy)
		list->strings[list->n++] = copy;
	else
		list->failed = true;
}

/* Whether a list sets the same variable as `text`, "NAME=value". */
static bool sets_same(const char *const *environment, const char *text)
{
	size_t length = strcspn(text, "=") + 1;

	for (size_t i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], text, length) == 0)
			return true;
	return false;
}

int environment_new(const char *const *given, char ***ret_environment, struct error *error)
{
	size_t room = LENGTH(DEFAULTS) + string_list_length((const char *const *)environ) +
		      string_list_length(given) + 1;
	struct list list = {.strings = calloc(room, sizeof(char *))};

	if (!list.strings)
		return error_set_errno(error, ENOMEM, "cannot make the task's environment");
	for (size_t i = 0; i < LENGTH(DEFAULTS); i++)
		if (!sets_same(given, DEFAULTS[i]))
			list_add(&list, DEFAULTS[i]);
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, PASSED_PREFIX, strlen(PASSED_PREFIX)) == 0 &&
			!sets_same(given, *variable))
			list_add(&list, *variable);
	for (size_t i = 0; given && given[i]; i++)
		list_add(&list, given[i]);
	if (list.failed) {
		string_list_free(list.strings);
		return error_set_errno(error, ENOMEM, "cannot make the task's environment");
	}
	*ret_environment = list.strings;
	return 0;
}
