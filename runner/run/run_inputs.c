#include "runner/run/run_inputs.h"

#include "runner/run/run_identity.h"
#include "util/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct input {
	const char *path; /* the key in `files` */
	struct stat status;
	bool *is_source_of; /* by task: whether it has it, and may not write to it */
};

struct run_inputs {
	const struct plan *plan;
	json_t *files;	  /* path -> digest, or size and time */
	json_t *accepted; /* paths of files that had changed before */
	struct input *list;
	size_t n;
};

/* Of a run's identity, only files have a path as their key. */
static int take_files(struct run_inputs *inputs, const json_t *identity, struct error *error)
{
	const char *what;
	json_t *value;

	json_object_foreach((json_t *)identity, what, value)
	{
		if (*what == '/' && json_object_set(inputs->files, what, value) < 0)
			return error_set_errno(error, ENOMEM, "cannot watch the task's files");
	}
	return 0;
}

static int mark_sources_of(struct run_inputs *inputs, size_t task, struct error *error)
{
	const struct task *tasks = plan_experiment(inputs->plan)->tasks;
	json_t *sources = json_object();
	int r = sources ? run_identity_name_sources(inputs->plan, &tasks[task], sources, error)
			: error_set_errno(error, ENOMEM, "cannot watch the task's files");

	for (size_t i = 0; i < inputs->n; i++)
		inputs->list[i].is_source_of[task] = json_object_get(sources, inputs->list[i].path);
	json_decref(sources);
	return r;
}

static int mark_sources(struct run_inputs *inputs, struct error *error)
{
	const size_t n_tasks = plan_experiment(inputs->plan)->n_tasks;
	int r = 0;

	for (size_t i = 0; i < inputs->n; i++) {
		inputs->list[i].is_source_of = calloc(n_tasks, sizeof(bool));
		if (!inputs->list[i].is_source_of)
			return error_set_errno(error, ENOMEM, "cannot watch the task's files");
	}
	for (size_t i = 0; i < n_tasks && r == 0; i++)
		r = mark_sources_of(inputs, i, error);
	return r;
}

/* Of any task if `task` is NULL. */
static bool is_source_of(
	const struct run_inputs *inputs, const struct input *input, const struct task *task)
{
	const struct experiment *experiment = plan_experiment(inputs->plan);

	for (size_t i = 0; i < experiment->n_tasks; i++)
		if (input->is_source_of[i] && (!task || task == &experiment->tasks[i]))
			return true;
	return false;
}

static int inputs_list(struct run_inputs *inputs, struct error *error)
{
	const char *path;
	json_t *value;

	inputs->list = calloc(json_object_size(inputs->files) + 1, sizeof(*inputs->list));
	if (!inputs->list)
		return error_set_errno(error, ENOMEM, "cannot watch the task's files");
	json_object_foreach(inputs->files, path, value)
	{
		struct input *input = &inputs->list[inputs->n];

		input->path = path;
		if (stat(path, &input->status) < 0)
			return error_set_errno(
				error, errno, "cannot read the task's file %s", path);
		inputs->n++;
	}
	return mark_sources(inputs, error);
}

int run_inputs_new(const struct plan *plan, const json_t *identity, struct run_inputs **ret_inputs,
	struct error *error)
{
	struct run_inputs *inputs = calloc(1, sizeof(*inputs));
	int r;

	if (!inputs)
		return error_set_errno(error, ENOMEM, "cannot watch the task's files");
	inputs->plan = plan;
	inputs->files = json_object();
	inputs->accepted = json_array();
	r = inputs->files && inputs->accepted
		    ? take_files(inputs, identity, error)
		    : error_set_errno(error, ENOMEM, "cannot watch the task's files");
	if (r == 0)
		r = inputs_list(inputs, error);
	if (r < 0) {
		run_inputs_free(inputs);
		return r;
	}
	*ret_inputs = inputs;
	return 0;
}

void run_inputs_free(struct run_inputs *inputs)
{
	if (!inputs)
		return;
	json_decref(inputs->files);
	json_decref(inputs->accepted);
	for (size_t i = 0; i < inputs->n; i++)
		free(inputs->list[i].is_source_of);
	free(inputs->list);
	free(inputs);
}

/* Whether a file is watched, but not as a source of the task (of any, if NULL). */
static bool is_others(const struct run_inputs *inputs, const char *path, const struct task *task)
{
	for (size_t i = 0; i < inputs->n; i++)
		if (strcmp(inputs->list[i].path, path) == 0)
			return !is_source_of(inputs, &inputs->list[i], task);
	return false;
}

static bool has_content(const json_t *files, const json_t *others, const char *path)
{
	const char *was = json_string_value(json_object_get(files, path));
	const char *is = json_string_value(json_object_get(others, path));

	return was && is && strcmp(was, is) == 0;
}

static int accept_changed(
	struct run_inputs *inputs, const json_t *of, const json_t *beginning, struct error *error)
{
	const char *path;
	json_t *value;

	json_object_foreach((json_t *)of, path, value)
	{
		/* What is in both is compared once. */
		if (*path != '/' || has_content(inputs->files, beginning, path) ||
			is_others(inputs, path, NULL) ||
			(of != beginning && json_object_get(beginning, path)))
			continue;
		if (json_array_append_new(inputs->accepted, json_string(path)) < 0)
			return error_set_errno(error, ENOMEM, "cannot watch the task's files");
	}
	return 0;
}

int run_inputs_accept(struct run_inputs *inputs, const json_t *beginning, struct error *error)
{
	int r = accept_changed(inputs, beginning, beginning, error);

	return r == 0 ? accept_changed(inputs, inputs->files, beginning, error) : r;
}

/* ---- changes */

struct found_changes {
	size_t n;
	const char *path; /* the first */
	const char *what;
};

static void found_change(struct found_changes *found, const char *path, const char *what)
{
	if (found->n++ > 0)
		return;
	found->path = path;
	found->what = what;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* A change of mode, owner or links moves only ctime(3), and so does setting the other time back. */
static bool is_same_content(const struct run_inputs *inputs, const char *path)
{
	json_t *now = json_object();
	const bool same = now && run_identity_add_file(now, path, NULL) == 0 &&
			  has_content(inputs->files, now, path);

	json_decref(now);
	return same;
}

static void check_inputs_times(
	const struct run_inputs *inputs, struct input *input, struct found_changes *found)
{
	const struct stat *was = &input->status;
	struct stat is;

	if (stat(input->path, &is) < 0)
		found_change(
			found, input->path, errno == ENOENT ? "was removed" : "cannot be read");
	else if (is.st_dev != was->st_dev || is.st_ino != was->st_ino)
		found_change(found, input->path, "was replaced");
	else if (is.st_size != was->st_size || !same_time(&is.st_mtim, &was->st_mtim))
		found_change(found, input->path, "was rewritten");
	else if (same_time(&is.st_ctim, &was->st_ctim))
		return;
	else if (is_same_content(inputs, input->path))
		input->status = is;
	else
		found_change(found, input->path, "was rewritten");
}

/* Does not repeat what check_inputs_times has reported. */
static void check_inputs_content(const struct run_inputs *inputs, const struct task *task,
	const json_t *now, struct found_changes *found)
{
	const char *path;
	json_t *value;

	for (size_t i = 0; i < inputs->n; i++)
		if (is_source_of(inputs, &inputs->list[i], task) &&
			!has_content(inputs->files, now, inputs->list[i].path))
			found_change(found, inputs->list[i].path, "has other content");
	json_object_foreach((json_t *)now, path, value)
	{
		if (!json_object_get(inputs->files, path))
			found_change(found, path, "is new");
	}
}

static size_t write_changes(const struct found_changes *found, char *ret_sentence, size_t size)
{
	char more[64] = "";

	if (found->n > 1)
		snprintf(more, sizeof(more), " (and %zu more)", found->n - 1);
	*ret_sentence = '\0';
	if (found->n > 0)
		snprintf(ret_sentence, size, "%.*s %s%s", (int)(size - sizeof(more) - 48),
			found->path, found->what, more);
	return found->n;
}

size_t run_inputs_check(struct run_inputs *inputs, const struct task *task, enum inputs_depth depth,
	char *ret_sentence, size_t size)
{
	json_t *now = depth == INPUTS_CONTENT ? json_object() : NULL;
	struct found_changes found = {.n = 0};

	for (size_t i = 0; i < json_array_size(inputs->accepted); i++) {
		const char *path = json_string_value(json_array_get(inputs->accepted, i));

		if (!is_others(inputs, path, task))
			found_change(&found, path, "had changed before the run was resumed");
	}
	for (size_t i = 0; i < inputs->n; i++)
		if (is_source_of(inputs, &inputs->list[i], task))
			check_inputs_times(inputs, &inputs->list[i], &found);
	/* Files that are unreadable now were reported just before, or are missing here. */
	if (now && found.n == 0) {
		(void)run_identity_add_sources(inputs->plan, task, now, NULL);
		check_inputs_content(inputs, task, now, &found);
	}
	json_decref(now);
	return write_changes(&found, ret_sentence, size);
}

size_t run_inputs_check_results(struct run_inputs *inputs, char *ret_sentence, size_t size)
{
	struct found_changes found = {.n = 0};

	for (size_t i = 0; i < inputs->n; i++)
		if (!is_source_of(inputs, &inputs->list[i], NULL))
			check_inputs_times(inputs, &inputs->list[i], &found);
	return write_changes(&found, ret_sentence, size);
}
