#include "runner/store/sealed.h"

#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <fcntl.h>
#include <string.h>

/* A file of another run, put there by hand, would be taken for a measurement of this one. */
int sealed_check(hid_t file, const struct planned_trial *planned, struct error *error)
{
	CLEANUP(cleanup_free) char *format = NULL;
	CLEANUP(cleanup_free) char *backend = NULL;
	uint64_t order = 0, version = 0;
	int r = hdf5_get_text(file, "format", &format, error);

	if (r == 0)
		r = hdf5_get_u64(file, "format_version", &version, error);
	if (r == 0)
		r = hdf5_get_u64(file, "order", &order, error);
	if (r == 0)
		r = hdf5_get_text(file, "backend", &backend, error);
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
	int r = hdf5_get_text(file, "status", &status, error);

	if (r == 0)
		r = hdf5_get_text(file, "cause", &cause, error);
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

/* What is missing was not sampled. */
static int read_sampling(hid_t file, struct sampler_stats *stats, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5Gopen2(file, LAYOUT_REFERENCE, H5P_DEFAULT);
	int r;

	if (group < 0)
		return hdf5_error(error, "cannot open %s", LAYOUT_REFERENCE);
	r = hdf5_get_u64(group, "scheduled", &stats->n_scheduled, error);
	if (r >= 0)
		r = hdf5_get_u64(group, "missed", &stats->n_missed, error);
	if (r >= 0)
		r = hdf5_get_u64(group, "dropped", &stats->n_dropped, error);
	return r < 0 ? r : 0;
}

static int read_sealed_trial(hid_t file, const struct planned_trial *planned,
	struct sealed_trial *ret_sealed, struct error *error)
{
	struct sealed_trial sealed = {.status = TRIAL_OK};
	int r = sealed_check(file, planned, error);

	if (r == 0)
		r = read_status(file, &sealed, error);
	if (r == 0)
		r = read_sampling(file, &sealed.sampler, error);
	if (r == 0)
		*ret_sealed = sealed;
	return r;
}

int sealed_read(int trials_fd, const struct planned_trial *planned, struct sealed_trial *ret_sealed,
	struct error *error)
{
	char name[LAYOUT_TRIAL_NAME_SIZE];
	struct hdf5_io io;
	hid_t file;
	int r;

	hdf5_be_quiet();
	snprintf(name, sizeof(name), LAYOUT_TRIAL_NAME ".h5", planned->number);
	if (faccessat(trials_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 1;
	r = hdf5_open_file(trials_fd, name, &io, &file, error);
	if (r == 0) {
		r = read_sealed_trial(file, planned, ret_sealed, error);
		H5Fclose(file);
		close(io.fd);
	}
	return r < 0 ? error_prefix(error, "trial " LAYOUT_TRIAL_NAME, planned->number) : r;
}
