#include "runner/store/sealed.h"

#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* A file of another run, copied here by hand, must not be taken for a measurement of this one. */
int sealed_check(hid_t file, const struct planned_trial *planned, struct error *error)
{
	CLEANUP(cleanup_free) char *format = NULL;
	CLEANUP(cleanup_free) char *backend = NULL;
	uint64_t order = 0, version = 0;
	int r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_FORMAT, &format, error);

	if (r == 0)
		r = hdf5_get_u64(file, LAYOUT_ATTRIBUTE_FORMAT_VERSION, &version, error);
	if (r == 0)
		r = hdf5_get_u64(file, LAYOUT_ATTRIBUTE_ORDER, &order, error);
	if (r == 0)
		r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_BACKEND, &backend, error);
	if (r < 0)
		return r;
	if (r == 1 || strcmp(format, LAYOUT_TRIAL_FORMAT) != 0 || version != LAYOUT_VERSION)
		return error_set(error, EINVAL, "its file is not a sealed trial");
	if (order != planned->number || strcmp(backend, planned->backend->name) != 0)
		return error_set(error, EINVAL, "its file is that of another trial");
	return 0;
}

static int read_status(hid_t file, struct sealed_trial *sealed, struct error *error)
{
	CLEANUP(cleanup_free) char *status = NULL;
	CLEANUP(cleanup_free) char *cause = NULL;
	int r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_STATUS, &status, error);

	if (r == 0)
		r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_CAUSE, &cause, error);
	if (r < 0)
		return r;
	for (enum trial_status known = TRIAL_OK; r == 0 && known <= TRIAL_INTERRUPTED; known++) {
		if (strcmp(status, trial_status_name(known)) != 0)
			continue;
		sealed->status = known;
		snprintf(sealed->cause, sizeof(sealed->cause), "%s", cause);
		return 0;
	}
	return error_set(error, EINVAL, "it has no status");
}

static int read_tally_marks(hid_t file, struct sealed_trial *sealed, struct error *error)
{
	int r = 0;

	for (unsigned kind = TALLY_NOT_OK + 1; kind < TALLY_N_KINDS && r >= 0; kind++) {
		CLEANUP(cleanup_free) char *mark = NULL;

		r = hdf5_get_text(file, tally_mark_name(kind), &mark, error);
		if (r == 0)
			snprintf(sealed->marks[kind], sizeof(sealed->marks[kind]), "%s", mark);
	}
	return r < 0 ? r : 0;
}

int sealed_read_open(hid_t file, const struct planned_trial *planned,
	struct sealed_trial *ret_sealed, struct error *error)
{
	struct sealed_trial sealed = {.status = TRIAL_OK};
	int r = sealed_check(file, planned, error);

	if (r == 0)
		r = read_status(file, &sealed, error);
	if (r == 0)
		r = read_tally_marks(file, &sealed, error);
	if (r == 0)
		*ret_sealed = sealed;
	return r;
}

struct tally_trial sealed_tally_trial(
	const struct planned_trial *planned, const struct sealed_trial *sealed)
{
	struct tally_trial trial = {
		.number = planned->number,
		.backend = planned->backend->name,
		.status = sealed->status,
		.cause = sealed->cause,
	};

	for (unsigned kind = 0; kind < TALLY_N_KINDS; kind++)
		trial.marks[kind] = sealed->marks[kind];
	return trial;
}

/* A link may lead to another run's file, and a FIFO would block. */
static int check_is_file(int trials_fd, const char *name, struct error *error)
{
	struct stat status;

	if (fstatat(trials_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 1 : error_set_errno(error, errno, "cannot open %s", name);
	if (!S_ISREG(status.st_mode))
		return error_set(error, EBADMSG, "%s is not a regular file", name);
	return 0;
}

int sealed_read(int trials_fd, const struct planned_trial *planned, struct sealed_trial *ret_sealed,
	struct error *error)
{
	char name[LAYOUT_TRIAL_NAME_SIZE];
	struct hdf5_io io;
	hid_t file;
	int r;

	hdf5_be_quiet();
	snprintf(name, sizeof(name), LAYOUT_TRIAL_FILE, planned->number);
	r = check_is_file(trials_fd, name, error);
	if (r == 1)
		return 1;
	if (r == 0)
		r = hdf5_open_file(trials_fd, name, name, &io, &file, error);
	if (r == 0) {
		r = sealed_read_open(file, planned, ret_sealed, error);
		H5Fclose(file);
		close(io.fd);
	}
	return r < 0 ? error_prefix(error, "trial " LAYOUT_TRIAL_NAME, planned->number) : r;
}
