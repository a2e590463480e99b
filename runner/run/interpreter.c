#include "runner/run/interpreter.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

/* venv writes five lines. */
#define SETTINGS_MAX_BYTES (64 * 1024)

/* The caller frees; NULL on ENOMEM. */
static char *glob_escape(const char *text)
{
	char *escaped = malloc(2 * strlen(text) + 1);
	char *end = escaped;

	if (!escaped)
		return NULL;
	for (; *text; text++) {
		if (strchr("*?[]\\", *text))
			*end++ = '\\';
		*end++ = *text;
	}
	*end = '\0';
	return escaped;
}

int interpreter_find(const char *prefix, const char *pattern, glob_t *ret_found)
{
	CLEANUP(cleanup_free) char *escaped = glob_escape(prefix);
	CLEANUP(cleanup_free)
	char *whole = escaped ? string_format("%s/%s", escaped, pattern) : NULL;
	int r = whole ? glob(whole, 0, NULL, ret_found) : GLOB_NOSPACE;

	return r == GLOB_NOSPACE ? -ENOMEM : 0;
}

/* "include-system-site-packages = true", in any case, as Python's site.py reads it. */
static bool is_shared_line(const char *line)
{
	static const char key[] = "include-system-site-packages";
	const char *value;

	line += strspn(line, " \t");
	if (strncasecmp(line, key, sizeof(key) - 1) != 0)
		return false;
	value = line + sizeof(key) - 1;
	value += strspn(value, " \t=");
	return strncasecmp(value, "true", 4) == 0;
}

/* Whether a virtual environment sees the packages of the Python that it was made from. */
static bool is_shared_environment(const char *prefix)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/pyvenv.cfg", prefix);
	CLEANUP(cleanup_free) char *text = NULL;
	char *line, *rest;

	if (!path || file_read_regular(path, SETTINGS_MAX_BYTES, &text, NULL, NULL) < 0)
		return false;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (is_shared_line(line))
			return true;
	return false;
}

/* Below the prefix, where pip or Debian installs. */
static bool has_module(const char *prefix, const char *module)
{
	static const char *const folders[] = {"lib/python3*/site-packages",
		"lib64/python3*/site-packages", "lib/python3*/dist-packages",
		"local/lib/python3*/dist-packages"};
	static const char *const ends[] = {"", ".py", ".*.so"};

	for (size_t i = 0; i < LENGTH(folders) * LENGTH(ends); i++) {
		CLEANUP(cleanup_free)
		char *pattern = string_format(
			"%s/%s%s", folders[i / LENGTH(ends)], module, ends[i % LENGTH(ends)]);
		CLEANUP(globfree) glob_t found = {.gl_pathc = 0};

		if (!pattern || interpreter_find(prefix, pattern, &found) < 0 || found.gl_pathc > 0)
			return true;
	}
	return false;
}

static bool has_own_path(const struct task *task)
{
	for (size_t i = 0; i < task->n_environment; i++)
		if (strcmp(task->environment[i].name, "PYTHONPATH") == 0)
			return true;
	return false;
}

bool interpreter_may_have(const struct task *task, const char *module)
{
	const char *prefix = task->interpreter_prefix;

	return !prefix || has_own_path(task) || is_shared_environment(prefix) ||
	       has_module(prefix, module);
}
