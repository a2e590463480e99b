/* What is asked about the tasks of an experiment. */

#include "runner/experiment/experiment.h"
#include "util/text.h"

#include <stdlib.h>
#include <string.h>

char *experiment_task_line(const struct task *task)
{
	char *text, *end;
	size_t size = 1;

	if (task->name)
		return strdup(task->name);
	if (task->python)
		return strdup(task->python);
	if (task->module)
		return string_format("-m %s", task->module);
	for (char **word = task->command; *word; word++)
		size += strlen(*word) + 1;
	text = calloc(1, size);
	end = text;
	for (char **word = task->command; text && *word; word++) {
		if (end > text)
			*end++ = ' ';
		end = stpcpy(end, *word);
	}
	return text;
}

size_t experiment_n_commands(const struct experiment *experiment)
{
	size_t n = 0;

	for (size_t i = 0; i < experiment->n_tasks; i++)
		n += experiment->tasks[i].command != NULL;
	return n;
}

size_t experiment_n_users(const struct experiment *experiment)
{
	size_t n = 0;

	for (size_t i = 0; i < experiment->n_tasks; i++)
		n += experiment->tasks[i].user != NULL;
	return n;
}
