#pragma once

/* A folder like that of a backend's tool, and the samples that its reader emits. */

#include "backends/backend.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EPOCH_NS UINT64_C(1700000000000000000) /* CLOCK_REALTIME when CLOCK_MONOTONIC was 0 */
#define MAX_EMITTED 16

struct emitted {
	char metric[64];
	enum metric_kind kind;
	struct sample sample;
};

struct profile_fixture {
	char directory[64];
	int directory_fd;
	struct emitted emitted[MAX_EMITTED];
	size_t n_emitted;
	int verdict; /* what emit returns */
};

typedef int (*profile_collect)(int profiler_fd, uint64_t realtime_offset_ns, backend_emit emit,
	void *context, struct error *error);

static inline int profile_fixture_set_up(void **state)
{
	struct profile_fixture *fixture = calloc(1, sizeof(*fixture));

	*state = fixture;
	if (!fixture)
		return -1;
	strcpy(fixture->directory, "/tmp/test-profile-XXXXXX");
	if (!mkdtemp(fixture->directory))
		return -1;
	fixture->directory_fd = open(fixture->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fixture->directory_fd < 0 ? -1 : 0;
}

static inline int profile_fixture_tear_down(void **state)
{
	struct profile_fixture *fixture = *state;
	int r;

	close(fixture->directory_fd);
	r = file_remove_tree(AT_FDCWD, fixture->directory, NULL);
	free(fixture);
	return r;
}

static inline int profile_fixture_emit(void *context, const char *metric, enum metric_kind kind,
	const struct sample *sample, struct error *error)
{
	struct profile_fixture *fixture = context;
	struct emitted *emitted = &fixture->emitted[fixture->n_emitted];

	(void)error;
	assert_true(fixture->n_emitted < MAX_EMITTED);
	assert_true(strlen(metric) < sizeof(emitted->metric));
	strcpy(emitted->metric, metric);
	emitted->kind = kind;
	emitted->sample = *sample;
	fixture->n_emitted++;
	return fixture->verdict;
}

/* Writes the file and reads it. */
static inline int profile_fixture_collect(struct profile_fixture *fixture, profile_collect collect,
	const char *file, const char *text, struct error *error)
{
	assert_int_equal(
		file_write(fixture->directory_fd, file, text, strlen(text), 0600, NULL), 0);
	fixture->n_emitted = 0;
	return collect(fixture->directory_fd, EPOCH_NS, profile_fixture_emit, fixture, error);
}

/* The same for a file with one number. */
static inline void profile_fixture_assert_bytes(struct profile_fixture *fixture,
	profile_collect collect, const char *file, const char *text, uint64_t bytes)
{
	struct error error = ERROR_INIT;

	if (profile_fixture_collect(fixture, collect, file, text, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(fixture->n_emitted, 1);
	assert_true(fixture->emitted[0].sample.value == bytes);
}

/* Checks the command prefix of a backend, and frees it. */
static inline void profile_fixture_assert_words(
	char *argv[], const char *const expected[], size_t n_expected)
{
	for (size_t i = 0; i < n_expected; i++) {
		assert_string_equal(argv[i], expected[i]);
		free(argv[i]);
	}
	assert_null(argv[n_expected]);
}
