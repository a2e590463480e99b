#include "runner/trial/spool_state.h"

#include "util/cleanup.h"
#include "util/file.h"
#include "util/give.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

/* ---- the folder */

void spool_free(struct spool *spool)
{
	for (size_t i = 0; i < spool->n_series; i++) {
		cleanup_close(&spool->series[i]->fd);
		free(spool->series[i]);
	}
	cleanup_close(&spool->notes_fd);
	cleanup_close(&spool->index_fd);
	cleanup_close(&spool->folder_fd);
	cleanup_close(&spool->parent_fd);
	free(spool->name);
	free(spool);
}

void spool_free_pointer(struct spool **spool)
{
	if (*spool)
		spool_free(*spool);
}

int spool_new(int directory_fd, const char *name, struct spool **ret_spool, struct error *error)
{
	CLEANUP(spool_free_pointer) struct spool *spool = calloc(1, sizeof(*spool));

	if (!spool)
		return error_set_errno(error, ENOMEM, "cannot open the spool %s", name);
	spool->parent_fd = spool->folder_fd = spool->index_fd = spool->notes_fd = -1;
	spool->name = strdup(name);
	if (!spool->name)
		return error_set_errno(error, ENOMEM, "cannot open the spool %s", name);
	/* A descriptor of its own: the caller may close theirs first. */
	spool->parent_fd = openat(directory_fd, ".", O_DIRECTORY | O_CLOEXEC);
	if (spool->parent_fd < 0)
		return error_set_errno(
			error, errno, "cannot open the folder of the spool %s", name);
	*ret_spool = TAKE_PTR(spool);
	return 0;
}

static int create_file(
	const struct spool *spool, const char *name, int access, int *ret_fd, struct error *error)
{
	int fd = openat(
		spool->folder_fd, name, access | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	int r = fd < 0 ? -errno : file_give(fd, spool->parent_fd);

	if (r < 0) {
		cleanup_close(&fd);
		return error_set_errno(error, -r, "cannot create %s/%s", spool->name, name);
	}
	*ret_fd = fd;
	return 0;
}

int spool_create(int directory_fd, const char *name, struct spool **ret_spool, struct error *error)
{
	CLEANUP(spool_free_pointer) struct spool *spool = NULL;
	int r = spool_new(directory_fd, name, &spool, error);

	if (r < 0)
		return r;
	spool->folder_fd = give_make_folder(spool->parent_fd, name, 0700);
	if (spool->folder_fd < 0)
		return error_set_errno(
			error, -spool->folder_fd, "cannot create the spool %s", name);
	/* The files that stand beside the samples. */
	r = create_file(spool, SPOOL_INDEX, O_WRONLY, &spool->index_fd, error);
	if (r == 0)
		r = create_file(spool, SPOOL_NOTES, O_WRONLY, &spool->notes_fd, error);
	if (r < 0) {
		(void)file_remove_tree(spool->parent_fd, name, NULL);
		return r;
	}
	*ret_spool = TAKE_PTR(spool);
	return 0;
}

static int remove_file(const struct spool *spool, const char *name, struct error *error)
{
	if (unlinkat(spool->folder_fd, name, 0) < 0)
		return error_set_errno(error, errno, "cannot remove %s/%s", spool->name, name);
	return 0;
}

int spool_remove(struct spool **spool, struct error *error)
{
	struct spool *removed = TAKE_PTR(*spool);
	int r = 0;

	if (!removed)
		return 0;
	for (size_t i = 0; i < removed->n_series && r == 0; i++)
		r = remove_file(removed, removed->series[i]->file, error);
	if (r == 0)
		r = remove_file(removed, SPOOL_INDEX, error);
	if (r == 0)
		r = remove_file(removed, SPOOL_NOTES, error);
	if (r == 0 && unlinkat(removed->parent_fd, removed->name, AT_REMOVEDIR) < 0)
		r = error_set_errno(error, errno, "cannot remove the spool %s", removed->name);
	spool_free(removed);
	return r;
}

/* ---- notes */

static int flush_notes(struct spool *spool, struct error *error)
{
	int r = file_write_fd(spool->notes_fd, spool->notes, spool->n_note_bytes);

	if (r < 0)
		return error_set_errno(error, -r, "cannot write %s/%s", spool->name, SPOOL_NOTES);
	spool->n_note_bytes = 0;
	return 0;
}

int spool_note(struct spool *spool, const char *line, struct error *error)
{
	size_t length = strlen(line);
	int r = 0;

	if (length + 1 > sizeof(spool->notes) - spool->n_note_bytes)
		r = flush_notes(spool, error);
	if (r < 0)
		return r;
	if (length + 1 > sizeof(spool->notes)) {
		r = file_write_fd(spool->notes_fd, line, length);
		if (r < 0)
			return error_set_errno(
				error, -r, "cannot write %s/%s", spool->name, SPOOL_NOTES);
		length = 0;
	}
	memcpy(spool->notes + spool->n_note_bytes, line, length);
	spool->n_note_bytes += length;
	spool->notes[spool->n_note_bytes++] = '\n';
	return 0;
}

/* ---- series */

int spool_check_name(const char *name, struct error *error)
{
	size_t length = strnlen(name, SPOOL_NAME_MAX);

	if (length == 0)
		return error_set(error, EINVAL, "a series has no name");
	if (length == SPOOL_NAME_MAX)
		return error_set(error, EINVAL,
			"a series' name is longer than %d bytes: \"%.20s...\"", SPOOL_NAME_MAX - 1,
			name);
	if (strcmp(name, ".") == 0 || strchr(name, '/'))
		return error_set(error, EINVAL, "\"%s\" cannot be the name of a series", name);
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (byte < 0x20 || byte == 0x7f)
			return error_set(
				error, EINVAL, "a series' name has a control character in it");
	}
	return 0;
}

struct series *spool_find(const struct spool *spool, const char *name)
{
	for (size_t i = 0; i < spool->n_series; i++) {
		if (strcmp(spool->series[i]->name, name) == 0)
			return spool->series[i];
	}
	return NULL;
}

/* Writes a line of the index; all or nothing on a full disk. */
static int write_index_line(struct spool *spool, const struct series *series, struct error *error)
{
	char line[SPOOL_NAME_MAX + sizeof("000 \n")];
	int length = snprintf(line, sizeof(line), "%.3s %s\n", series->file, series->name);
	int r = file_write_fd(spool->index_fd, line, (size_t)length);

	if (r < 0)
		return error_set_errno(error, -r, "cannot write %s/%s", spool->name, SPOOL_INDEX);
	return 0;
}

int spool_new_series(const struct spool *spool, const char *name, struct series **ret_series,
	struct error *error)
{
	struct series *series;

	if (spool->n_series == SPOOL_MAX_SERIES)
		return error_set(error, ENOSPC, "more than %d series in one trial, the last \"%s\"",
			SPOOL_MAX_SERIES, name);
	series = malloc(sizeof(*series));
	if (!series)
		return error_set_errno(error, ENOMEM, "cannot make the series %s", name);
	*series = (struct series){.spool = (struct spool *)spool, .kind = METRIC_GAUGE, .fd = -1};
	snprintf(series->name, sizeof(series->name), "%s", name);
	snprintf(series->file, sizeof(series->file), SPOOL_FILE_FORMAT,
		(unsigned)spool->n_series & 0xff);
	*ret_series = series;
	return 0;
}

static int add_series(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error)
{
	CLEANUP(cleanup_free) struct series *series = NULL;
	int r = spool_new_series(spool, name, &series, error);

	if (r == 0)
		r = write_index_line(spool, series, error);
	if (r < 0)
		return r;
	r = create_file(spool, series->file, O_RDWR, &series->fd, error);
	if (r < 0)
		return r;
	*ret_series = spool->series[spool->n_series++] = TAKE_PTR(series);
	return 0;
}

int spool_series(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error)
{
	struct series *series = spool_find(spool, name);
	int r;

	if (series) {
		*ret_series = series;
		return 0;
	}
	r = spool_check_name(name, error);
	if (r < 0)
		return r;
	return add_series(spool, name, ret_series, error);
}

/* "reference" itself and "reference.anything"; "references" is an ordinary name. */
static bool is_in_namespace(const char *name, const char *owner)
{
	size_t length = strlen(owner);

	return strncmp(name, owner, length) == 0 && (name[length] == '\0' || name[length] == '.');
}

bool spool_name_is_reserved(const char *name)
{
	return is_in_namespace(name, SPOOL_REFERENCE) || is_in_namespace(name, SPOOL_TRUTH) ||
	       is_in_namespace(name, SPOOL_ORACLE);
}

int spool_metric(
	struct spool *spool, const char *name, struct series **ret_series, struct error *error)
{
	if (spool_name_is_reserved(name))
		return error_set(
			error, EINVAL, "a metric may not be named \"%.*s\"", SPOOL_NAME_MAX, name);
	return spool_series(spool, name, ret_series, error);
}

size_t spool_n_series(const struct spool *spool)
{
	return spool->n_series;
}

struct series *spool_series_at(const struct spool *spool, size_t index)
{
	return spool->series[index];
}

const char *series_name(const struct series *series)
{
	return series->name;
}

uint64_t series_size(const struct series *series)
{
	return series->n_written + series->n_buffered;
}

void series_set_kind(struct series *series, enum metric_kind kind)
{
	series->kind = kind;
}

enum metric_kind series_kind(const struct series *series)
{
	return series->kind;
}

/* ---- samples */

static int series_error(const struct series *series, struct error *error)
{
	return error_set_errno(error, series->write_error,
		"cannot write the samples of %s to %s/%s", series->name, series->spool->name,
		series->file);
}

static int flush(struct series *series, struct error *error)
{
	int r;

	if (series->write_error)
		return series_error(series, error);
	if (series->n_buffered == 0)
		return 0;
	r = file_write_fd(series->fd, series->buffer, series->n_buffered * sizeof(struct sample));
	if (r < 0) {
		/*
		 * A part may be written, and the file end within a sample: nothing may be appended
		 * after that.
		 */
		series->write_error = -r;
		return series_error(series, error);
	}
	series->n_written += series->n_buffered;
	series->n_buffered = 0;
	return 0;
}

int series_append(
	struct series *series, const struct sample *samples, size_t n, struct error *error)
{
	if (series->write_error)
		return series_error(series, error);
	while (n > 0) {
		size_t room = SPOOL_BUFFER_SAMPLES - series->n_buffered;
		size_t n_now = n < room ? n : room;

		memcpy(series->buffer + series->n_buffered, samples, n_now * sizeof(*samples));
		series->n_buffered += n_now;
		samples += n_now;
		n -= n_now;
		if (series->n_buffered == SPOOL_BUFFER_SAMPLES) {
			int r = flush(series, error);

			if (r < 0)
				return r;
		}
	}
	return 0;
}

int spool_flush(struct spool *spool, struct error *error)
{
	int r = flush_notes(spool, error);

	for (size_t i = 0; i < spool->n_series && r == 0; i++)
		r = flush(spool->series[i], error);
	return r;
}

int series_read(struct series *series, uint64_t offset, struct sample *ret_samples, size_t n,
	size_t *ret_n, struct error *error)
{
	size_t wanted, got = 0;
	int r = flush(series, error);

	if (r < 0)
		return r;
	if (offset >= series->n_written) {
		*ret_n = 0;
		return 0;
	}
	if (n > series->n_written - offset)
		n = (size_t)(series->n_written - offset);
	wanted = n * sizeof(*ret_samples);
	while (got < wanted) {
		ssize_t length = pread(series->fd, (char *)ret_samples + got, wanted - got,
			(off_t)(offset * sizeof(*ret_samples) + got));

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return error_set_errno(error, length < 0 ? errno : EIO,
				"cannot read the samples of %s from %s/%s", series->name,
				series->spool->name, series->file);
		got += (size_t)length;
	}
	*ret_n = n;
	return 0;
}

/* ---- windows */

static void take_value(struct window_value *value, const struct sample *sample)
{
	*value = (struct window_value){
		.present = true, .value = sample->value, .time_ns = sample->time_ns};
}

/* `before` is the last sample at or before begin, `first` the first within the interval. */
static void window_add(struct series_window *window, struct window_value *before,
	struct window_value *first, const struct sample *sample, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t time_ns = sample->time_ns;

	if (time_ns <= begin_ns && (!before->present || time_ns >= before->time_ns))
		take_value(before, sample);
	if (time_ns < begin_ns || time_ns > end_ns)
		return;
	window->n++;
	if (!first->present || time_ns < first->time_ns)
		take_value(first, sample);
	if (!window->final.present || time_ns >= window->final.time_ns)
		take_value(&window->final, sample);
	if (!window->peak.present || sample->value > window->peak.value ||
		(sample->value == window->peak.value && time_ns < window->peak.time_ns))
		take_value(&window->peak, sample);
}

int series_window(struct series *series, uint64_t begin_ns, uint64_t end_ns,
	struct series_window *ret_window, struct error *error)
{
	CLEANUP(cleanup_free)
	struct sample *samples = malloc(SPOOL_BUFFER_SAMPLES * sizeof(*samples));
	struct series_window window = {0};
	struct window_value before = {0}, first = {0};
	uint64_t offset = 0;
	size_t n;

	if (!samples)
		return error_set_errno(error, ENOMEM, "cannot read the series %s", series->name);
	do {
		int r = series_read(series, offset, samples, SPOOL_BUFFER_SAMPLES, &n, error);

		if (r < 0)
			return r;
		for (size_t i = 0; i < n; i++)
			window_add(&window, &before, &first, &samples[i], begin_ns, end_ns);
		offset += n;
	} while (n > 0);

	/*
	 * A value seen only at the very end, such as the single number of a waiting tool, is not an
	 * initial value.
	 */
	if (before.present)
		window.initial = before;
	else if (first.present && first.time_ns < end_ns)
		window.initial = first;
	*ret_window = window;
	return 0;
}
