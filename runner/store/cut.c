#include "runner/store/cut.h"

#include "runner/store/layout.h"
#include "runner/store/recovery.h"
#include "runner/store/sealed.h"
#include "runner/store/trial_file.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <string.h>

#define CUT_CAUSE "the run ended in the middle of this trial"

/* ---- names */

struct name {
	char text[LAYOUT_TRIAL_NAME_SIZE];
};

static struct name trial_name(const struct planned_trial *planned, const char *suffix)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), LAYOUT_TRIAL_NAME "%s", planned->number, suffix);
	return name;
}

static struct name cut_name(const struct planned_trial *planned, unsigned cut)
{
	struct name name;

	snprintf(name.text, sizeof(name.text), LAYOUT_CUT_FILE, planned->number, cut);
	return name;
}

static bool is_there(int directory_fd, struct name name)
{
	return faccessat(directory_fd, name.text, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* ---- setting aside */

static int rename_in(int directory_fd, const char *from, const char *to, struct error *error)
{
	if (renameat(directory_fd, from, directory_fd, to) < 0)
		return error_set_errno(error, errno, "cannot rename %s to %s", from, to);
	return 0;
}

/* The tool's own files belong to the interrupted trial, not to the one that runs again. */
static int set_profiler_aside(const struct cut_folders *folders,
	const struct planned_trial *planned, unsigned cut, struct error *error)
{
	CLEANUP(cleanup_free)
	char *from = string_format(
		"profiler/" LAYOUT_TRIAL_NAME "-%s", planned->number, planned->backend->name);
	CLEANUP(cleanup_free) char *to = NULL;

	if (from)
		to = string_format("%s-interrupted-%u", from, cut);
	if (!to)
		return error_set_errno(error, ENOMEM, "cannot set a trial aside");
	if (faccessat(folders->run_fd, from, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return 0;
	return rename_in(folders->run_fd, from, to, error);
}

/* The file is renamed last: an interrupted attempt can be repeated. */
static int set_cut_trial_aside(
	const struct cut_folders *folders, const struct planned_trial *planned, struct error *error)
{
	unsigned cut = 1;
	int r;

	while (is_there(folders->trials_fd, cut_name(planned, cut)))
		cut++;
	r = set_profiler_aside(folders, planned, cut, error);
	return r == 0 ? rename_in(folders->trials_fd, trial_name(planned, ".h5").text,
				cut_name(planned, cut).text, error)
		      : r;
}

/* An unusable spool still gives the trial a status. */
static int seal_cut(
	const struct cut_folders *folders, const struct planned_trial *planned, struct error *error)
{
	const struct trial_result result = {
		.status = TRIAL_INTERRUPTED,
		.cause = CUT_CAUSE,
		.exit_code = -1,
	};
	int r = recovery_seal_spool(
		folders->trials_fd, folders->trials_path, planned->number, error);

	if (r != 1)
		return r;
	return trial_file_seal(
		folders->trials_fd, folders->trials_path, folders->plan, planned, &result, error);
}

int cut_settle(const struct cut_folders *folders, const struct planned_trial *planned,
	const struct sealed_trial *sealed, struct error *error)
{
	struct name spool = trial_name(planned, ".spool");
	bool is_cut = !sealed || sealed->status == TRIAL_INTERRUPTED;
	int r = 0;

	if (!sealed) {
		if (!is_there(folders->trials_fd, spool))
			return 0;
		r = seal_cut(folders, planned, error);
	}
	if (r == 0)
		r = file_remove_tree(folders->trials_fd, spool.text, error);
	if (r == 0 && is_cut)
		r = set_cut_trial_aside(folders, planned, error);
	return r < 0 ? r : !is_cut;
}

/* ---- into results.h5 */

static int copy_into_results(int trials_fd, const struct planned_trial *planned, unsigned cut,
	hid_t group, struct error *error)
{
	struct name name = cut_name(planned, cut);
	char copied[LAYOUT_TRIAL_NAME_SIZE];
	struct hdf5_io io;
	hid_t file;
	int r = hdf5_open_file(trials_fd, name.text, name.text, &io, &file, error);

	if (r < 0)
		return r;
	r = sealed_check(file, planned, error);
	snprintf(copied, sizeof(copied), LAYOUT_CUT_NAME, planned->number, cut);
	if (r == 0)
		r = hdf5_check_contained(file, error);
	if (r == 0 && H5Ocopy(file, "/", group, copied, H5P_DEFAULT, H5P_DEFAULT) < 0)
		r = hdf5_error(error, "cannot copy %s", name.text);
	H5Fclose(file);
	close(io.fd);
	return r < 0 ? error_prefix(error, "%s", name.text) : 0;
}

int cut_copy(int trials_fd, const struct plan *plan, hid_t results, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = 0;

	for (size_t i = 0; i < plan_size(plan) && r == 0; i++) {
		const struct planned_trial *planned = plan_trial(plan, i);

		for (unsigned cut = 1; r == 0 && is_there(trials_fd, cut_name(planned, cut));
			cut++) {
			if (group < 0)
				r = hdf5_create_group(results, LAYOUT_INTERRUPTED, &group, error);
			if (r == 0)
				r = copy_into_results(trials_fd, planned, cut, group, error);
		}
	}
	return r;
}
