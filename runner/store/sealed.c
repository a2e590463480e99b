#include "runner/store/sealed.h"

#include "runner/store/layout.h"
#include "runner/trial/limit_outcome.h"
#include "util/array.h"
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

/* Of a trial that a killed runner left, the stage is unknown. */
static int check_step(hid_t file, const struct planned_trial *planned, struct error *error)
{
	CLEANUP(cleanup_free) char *stage = NULL;
	uint64_t limit_bytes = 0, repetition = 0;
	int r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_STAGE, &stage, error);

	if (r >= 0)
		r = hdf5_get_u64(file, LAYOUT_ATTRIBUTE_LIMIT, &limit_bytes, error);
	if (r >= 0)
		r = hdf5_get_u64(file, LAYOUT_ATTRIBUTE_REPETITION, &repetition, error);
	if (r < 0)
		return r;
	if (strcmp(stage ? stage : "", limit_stage_name(planned->stage)) == 0 &&
		limit_bytes == planned->limit_bytes &&
		(planned->stage == LIMIT_STAGE_NONE || repetition == planned->repetition))
		return 0;
	return error_set(error, EINVAL,
		"the search has another trial in its place; another version of memcg-run may have "
		"made this run");
}

/* A missing attribute leaves 0, as limit_outcome_of has it. */
static int read_u64s(hid_t object, const char *const *names, uint64_t *const *values, size_t n,
	struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++)
		r = hdf5_get_u64(object, names[i], values[i], error);
	return r < 0 ? r : 0;
}

static int read_floor(hid_t reference, struct limit_outcome *outcome, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	struct composition composition = {.bytes = {0}};
	int r = 0;

	if (H5Lexists(reference, LAYOUT_COMPOSITION, H5P_DEFAULT) <= 0)
		return 0;
	group = H5Gopen2(reference, LAYOUT_COMPOSITION, H5P_DEFAULT);
	if (group < 0)
		return hdf5_error(error, "cannot open %s", LAYOUT_COMPOSITION);
	for (unsigned key = 0; key < COMPOSITION_N_KEYS && r >= 0; key++) {
		r = hdf5_get_u64(group, composition_name(key), &composition.bytes[key], error);
		composition.present[key] = r == 0;
	}
	if (r < 0)
		return r;
	outcome->floor_bytes = limit_floor_of(&composition, outcome->peak_bytes);
	return 0;
}

static int read_limit_end(hid_t file, enum limit_end *ret_end, struct error *error)
{
	CLEANUP(cleanup_free) char *end = NULL;
	int r = hdf5_get_text(file, LAYOUT_ATTRIBUTE_LIMIT_END, &end, error);

	if (r < 0)
		return r;
	if (r == 1 || !limit_end_find(end, ret_end))
		return error_set(error, EINVAL, "it does not say what became of its task");
	return 0;
}

static int read_outcome(hid_t file, struct limit_outcome *outcome, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t reference = H5Gopen2(file, LAYOUT_REFERENCE, H5P_DEFAULT);
	static const char *const names[] = {LAYOUT_ATTRIBUTE_PEAK_BYTES, LAYOUT_ATTRIBUTE_REFAULTS,
		LAYOUT_ATTRIBUTE_MAJOR_FAULTS};
	uint64_t *const values[] = {
		&outcome->peak_bytes, &outcome->refaults, &outcome->major_faults};
	int r;

	if (reference < 0)
		return hdf5_error(error, "cannot open %s", LAYOUT_REFERENCE);
	r = read_limit_end(file, &outcome->end, error);
	if (r == 0)
		r = read_u64s(reference, names, values, LENGTH(names), error);
	if (r == 0)
		r = read_floor(reference, outcome, error);
	if (r == 0)
		r = hdf5_get_u64(file, LAYOUT_ATTRIBUTE_WALL_NS, &outcome->wall_ns, error);
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
	if (r == 0 && sealed.status != TRIAL_INTERRUPTED)
		r = check_step(file, planned, error);
	if (r == 0 && sealed.status != TRIAL_INTERRUPTED && planned->stage != LIMIT_STAGE_NONE)
		r = read_outcome(file, &sealed.outcome, error);
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
		.is_evidence =
			planned->stage != LIMIT_STAGE_NONE && sealed->outcome.end != LIMIT_INVALID,
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
