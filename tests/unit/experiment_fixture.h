#pragma once

/*
 * Shared by the tests of experiment files: each has a folder with a script, a program and profiles,
 * and parses texts as that folder's ramp.toml.
 */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/experiment/experiment.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PYTHON "[task]\npython = \"task.py\"\n"
#define COMMAND "[task]\ncommand = [\"./prog\"]\n"

/* The made-up host has CPUs 0 to 7 and the last that a set can contain. */
static const cpu_set_t made_cpus = {{[0] = 0xff, [CPU_SETSIZE / __NCPUBITS - 1] = 1UL << 63}};
static const struct experiment_options options = {
	.seccomp_directory = "runner/experiment/seccomp", .cpus = &made_cpus};

struct folder {
	char path[64];
	char file[128]; /* an experiment in it, which need not exist */
};

static inline void write_file(
	const struct folder *folder, const char *name, const char *text, mode_t mode)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder->path, name);

	assert_int_equal(file_write(AT_FDCWD, path, text, strlen(text), mode, NULL), 0);
}

static inline int set_up(void **state)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	assert_non_null(folder);
	strcpy(folder->path, "/tmp/memcg-run-test-XXXXXX");
	assert_non_null(mkdtemp(folder->path));
	snprintf(folder->file, sizeof(folder->file), "%s/ramp.toml", folder->path);
	write_file(folder, "task.py", "pass\n", 0644);
	write_file(folder, "prog", "#!/bin/sh\n", 0755);
	write_file(folder, "plain", "no program\n", 0644);
	write_file(folder, "allow.json", "{\"defaultAction\": \"SCMP_ACT_ALLOW\"}\n", 0644);
	write_file(folder, "broken.json",
		"{\"defaultAction\": \"SCMP_ACT_ALLOW\",\n"
		" \"syscalls\": [{\"names\": [\"mknod\"], \"action\": \"SCMP_ACT_KIL\"}]}\n",
		0644);
	*state = folder;
	return 0;
}

static inline int tear_down(void **state)
{
	struct folder *folder = *state;

	assert_int_equal(file_remove_tree(AT_FDCWD, folder->path, NULL), 0);
	free(folder);
	return 0;
}

/* Parses a text as ramp.toml of the folder. The folder's path is removed from diagnostics. */
static inline int parse(const struct folder *folder, const char *text, size_t length,
	struct experiment **ret_experiment, char **ret_said)
{
	CLEANUP(cleanup_free) char *said = NULL;
	struct error error = ERROR_INIT;
	size_t said_length, n_cut = strlen(folder->path) + 1;
	FILE *stream = open_memstream(&said, &said_length);
	int r;

	assert_non_null(stream);
	r = experiment_parse(folder->file, text, length, &options, stream, ret_experiment, &error);
	assert_int_equal(fclose(stream), 0);
	for (char *at = said; (at = strstr(at, folder->path));)
		memmove(at, at + n_cut, strlen(at + n_cut) + 1);
	*ret_said = TAKE_PTR(said);
	return r;
}

/* With exactly these warnings, without the folder's path. */
static inline struct experiment *accept_with(void **state, const char *text, const char *warnings)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	parse(*state, text, strlen(text), &experiment, &said);
	if (!experiment)
		fail_msg("%s", said);
	assert_string_equal(said, warnings);
	return experiment;
}

static inline struct experiment *accept(void **state, const char *text)
{
	return accept_with(state, text, "");
}

/* Exactly these mistakes, without the folder's path. */
static inline void assert_mistakes(void **state, const char *text, const char *expected)
{
	struct experiment *experiment = NULL;
	CLEANUP(cleanup_free) char *said = NULL;

	assert_int_equal(parse(*state, text, strlen(text), &experiment, &said), -EINVAL);
	assert_null(experiment);
	assert_string_equal(said, expected);
}

/* One mistake, on the line after those of PYTHON: "3:column: error: ...". */
static inline void assert_mistake(void **state, const char *lines, const char *expected)
{
	CLEANUP(cleanup_free) char *text = string_format("%s%s\n", PYTHON, lines);
	CLEANUP(cleanup_free) char *said = string_format("ramp.toml:%s\n", expected);

	assert_mistakes(state, text, said);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
