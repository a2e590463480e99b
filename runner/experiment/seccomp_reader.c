#include "runner/experiment/seccomp_reader.h"

#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <stdarg.h>
#include <string.h>

void profile_report(struct profile_reader *reader, struct json_path path, const char *format, ...)
{
	CLEANUP(cleanup_free) char *sentence = NULL;
	unsigned line = 1, column = 1;
	va_list arguments;

	/* Finding a place goes through the text: not for what is not kept. */
	if (reader->diagnostics->more)
		return;
	va_start(arguments, format);
	sentence = string_vformat(format, arguments);
	va_end(arguments);
	if (!sentence) {
		reader->diagnostics->out_of_memory = true;
		return;
	}
	json_place(reader->text, &path, &line, &column);
	diagnostics_add(reader->diagnostics, line, column, "%s", sentence);
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
			profile_report(reader, json_path_at_key(path, key),
				"found the key %s; did you mean \"%s\"?", quoted(key).text,
				suggestion);
		else
			profile_report(reader, json_path_at_key(path, key),
				"found the key %s; expected none such", quoted(key).text);
	}
}
