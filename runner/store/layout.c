#include "runner/store/layout.h"

#include <stdlib.h>
#include <string.h>

char *layout_task(const struct experiment *experiment)
{
	char *text, *end;
	size_t size = 1;

	if (experiment->task.python)
		return strdup(experiment->task.python);
	for (char **word = experiment->task.command; *word; word++)
		size += strlen(*word) + 1;
	text = calloc(1, size);
	end = text;
	for (char **word = experiment->task.command; text && *word; word++) {
		if (end > text)
			*end++ = ' ';
		end = stpcpy(end, *word);
	}
	return text;
}
