#include "runner/experiment/seccomp_reader.h"

#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>

static void profile_say(struct profile_reader *reader, struct json_path path, bool is_warning,
	const char *format, va_list arguments)
{
	CLEANUP(cleanup_free) char *sentence = NULL;
	unsigned line = 1, column = 1;

	/* Finding a place scans the text: skipped for diagnostics that are dropped. */
	if (reader->diagnostics->more)
		return;
	sentence = string_vformat(format, arguments);
	if (!sentence) {
		reader->diagnostics->out_of_memory = true;
		return;
	}
	if (!is_warning || diagnostics_keeps_warnings(reader->diagnostics))
		json_place(reader->text, &path, &line, &column);
	if (is_warning)
		diagnostics_warn(reader->diagnostics, line, column, "%s", sentence);
	else
		diagnostics_add(reader->diagnostics, line, column, "%s", sentence);
}

void profile_report(struct profile_reader *reader, struct json_path path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	profile_say(reader, path, false, format, arguments);
	va_end(arguments);
}

void profile_warn(struct profile_reader *reader, struct json_path path, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	profile_say(reader, path, true, format, arguments);
	va_end(arguments);
}

void profile_check_keys(struct profile_reader *reader, struct json_path path, json_t *object,
	const char *const *keys)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		const char *const *known = keys;
		const char *suggestion = suggestion_find(key, keys);

		while (*known && strcmp(*known, key) != 0)
			known++;
		if (*known)
			continue;
		if (suggestion)
			profile_warn(reader, json_path_at_key(path, key),
				"the key %s is ignored, as Docker ignores it; did you mean "
				"\"%s\"?",
				quoted(key).text, suggestion);
		else
			profile_warn(reader, json_path_at_key(path, key),
				"the key %s is ignored, as Docker ignores it", quoted(key).text);
	}
}
