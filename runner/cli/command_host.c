/* Commands on the host: image, clean, doctor. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/container/image.h"
#include "runner/doctor/doctor.h"
#include "runner/host/lock.h"
#include "runner/host/run_directory.h"
#include "runner/run/leftovers.h"
#include "util/cleanup.h"
#include "util/format.h"

#include <string.h>
#include <unistd.h>

/* ---- image */

static void print_image(const struct image_listing *image)
{
	const char *state = image->damage ? "unusable" : image->built ? "built" : "not built";

	printf("%-12s %-10s %12s  %s\n", image->name, state,
		image->size_bytes ? format_bytes(image->size_bytes).text : "-",
		image->built ? image->digest : "-");
}

/* The causes why images are unusable follow the table; *ret_code is then SYSTEM. */
static int print_images(
	const struct installation *installation, enum exit_code *ret_code, struct error *error)
{
	enum exit_code code = EXIT_CODE_OK;
	struct image_listing *listing;
	size_t n;
	int r = image_list(installation, &listing, &n, error);

	if (r < 0)
		return r;
	printf("%-12s %-10s %12s  %s\n", "IMAGE", "STATE", "SIZE", "CONTENT");
	for (size_t i = 0; i < n; i++)
		print_image(&listing[i]);
	for (size_t i = 0; i < n; i++)
		if (listing[i].damage) {
			say_error(listing[i].damage);
			code = EXIT_CODE_SYSTEM;
		}
	image_listing_free(listing, n);
	*ret_code = code;
	return 0;
}

static int verify_image(const struct options *options, const struct installation *installation,
	const char *name, struct error *error)
{
	char digest[IMAGE_DIGEST_SIZE];
	int r = image_verify(installation, name, digest, error);

	if (r == 0 && !options->quiet)
		printf("image %s is unchanged: %s\n", name, digest);
	return r;
}

static int act_on_image(
	const struct options *options, const struct installation *installation, struct error *error)
{
	const char *name = options->operand;
	int r;

	if (options->command == COMMAND_IMAGE_REMOVE)
		return image_remove(installation, name, error);
	if (options->command == COMMAND_IMAGE_VERIFY)
		return verify_image(options, installation, name, error);
	if (!options->quiet)
		printf("building image %s ...\n", name);
	fflush(stdout);
	r = image_build(installation, name, error);
	/* The build succeeded, regardless of the other images. */
	return r == 0 && !options->quiet ? print_images(installation, &(enum exit_code){0}, error)
					 : r;
}

enum exit_code image_command(const struct options *options)
{
	enum exit_code code = EXIT_CODE_OK;
	struct installation *installation;
	struct error error = ERROR_INIT;
	int r = installation_find(&installation, &error);

	if (r == 0) {
		r = options->command == COMMAND_IMAGE_LIST
			    ? print_images(installation, &code, &error)
			    : act_on_image(options, installation, &error);
		installation_free(installation);
	}
	if (r == 0)
		return code;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

static int take_host_lock(const char *name, int *ret_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *directory = NULL;
	int r = run_directory_find(&directory, error);

	if (r == 0)
		r = run_directory_make(directory, error);
	return r == 0 ? lock_take(directory, name, LOCK_ALONE, ret_fd, error) : r;
}

/* ---- clean */

struct cleaning {
	const struct options *options;
	size_t n_set_aside;
};

static void print_removed(void *context, const char *what)
{
	const struct cleaning *cleaning = context;

	if (!cleaning->options->quiet)
		print_lines("removed ", what, stdout);
}

static void print_recovered(void *context, const char *sentence)
{
	const struct cleaning *cleaning = context;

	if (!cleaning->options->quiet)
		print_lines("", sentence, stdout);
}

static void print_set_aside(void *context, const char *sentence)
{
	struct cleaning *cleaning = context;

	fflush(stdout);
	print_lines("memcg-run: warning: ", sentence, stderr);
	cleaning->n_set_aside++;
}

static int clean(const struct options *options, struct error *error)
{
	CLEANUP(cleanup_close) int lock_fd = -1;
	CLEANUP(cleanup_free) char *directory = NULL;
	struct cleaning cleaning = {.options = options};
	const struct leftovers_listener listener = {
		.removed = print_removed,
		.recovered = print_recovered,
		.set_aside = print_set_aside,
		.context = &cleaning,
	};
	struct hierarchy *hierarchy;
	struct leftovers removed;
	int r;

	r = run_directory_find(&directory, error);
	if (r == 0)
		r = take_host_lock("memcg-run clean", &lock_fd, error);
	if (r == 0)
		r = hierarchy_find(&hierarchy, error);
	if (r < 0)
		return r;
	r = leftovers_remove(directory, hierarchy, &listener, &removed, error);
	hierarchy_free(hierarchy);
	if (r == 0 && !options->quiet &&
		cleaning.n_set_aside + removed.n_slices + removed.n_containers +
				removed.n_folders ==
			0)
		printf("nothing was left by an earlier run\n");
	return r;
}

enum exit_code clean_command(const struct options *options)
{
	struct error error = ERROR_INIT;

	if (clean(options, &error) == 0)
		return EXIT_CODE_OK;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}

/* ---- doctor */

/*
 * Enters the lock and the cgroups like a run. If that is impossible (no memory controller, neither
 * root nor systemd), the doctor reports it. `reason` is what the options borrow.
 */
static int open_host_journal(struct run_journal **ret_journal, struct error *error)
{
	CLEANUP(cleanup_free) char *directory = NULL;
	int r = run_directory_find(&directory, error);

	return r == 0 ? run_journal_open(directory, "memcg-run doctor", ret_journal, error) : r;
}

static void get_ready(struct doctor_options *examined, int *ret_lock_fd, struct error *reason)
{
	struct hierarchy *hierarchy;
	enum delegation delegation;

	if (hierarchy_find_below("", &hierarchy, NULL) < 0)
		return;
	delegation = delegation_choose(hierarchy);
	if (geteuid() != 0 && delegation != DELEGATION_USER) {
		hierarchy_free(hierarchy);
		return;
	}
	if (take_host_lock("memcg-run doctor", ret_lock_fd, reason) < 0 ||
		open_host_journal(&examined->journal, reason) < 0)
		examined->reason_not_to_try = reason->text;
	else if (delegation_enter(delegation, hierarchy, reason) < 0)
		examined->delegation_refusal = reason->text;
	else
		examined->delegation = delegation;
	hierarchy_free(hierarchy);
}

static int print_doctor(
	const struct options *options, const struct doctor *doctor, struct error *error)
{
	CLEANUP(cleanup_free) char *json = NULL;
	int r;

	if (!options->json) {
		doctor_print(doctor, stdout, terminal_width(stdout), wants_color(options, stdout));
		return 0;
	}
	r = doctor_json(doctor, &json, error);
	if (r == 0)
		fputs(json, stdout);
	return r;
}

/* If a slice is still recorded, it could not be removed: the next process tries again. */
static void end_journal(struct run_journal **journal, uint64_t mark)
{
	if (run_journal_mark(*journal) != mark)
		run_journal_leave(journal);
	(void)run_journal_close(journal, NULL);
}

/*
 * Takes the lock, as the doctor's slice and a run's first trial would disturb each other. If that
 * fails, the doctor tests nothing and reports the reason.
 */
static int examine(const struct options *options, bool *ret_can_run, struct error *error)
{
	CLEANUP(cleanup_close) int lock_fd = -1;
	struct error reason = ERROR_INIT;
	struct doctor_options examined = {
		.root = "", .path = getenv("PATH"), .timer_ns = DOCTOR_TIMER_NS};
	struct installation *installation;
	struct doctor *doctor;
	uint64_t mark;
	int r = installation_find(&installation, error);

	if (r < 0)
		return r;
	examined.installation = installation;
	get_ready(&examined, &lock_fd, &reason);
	mark = run_journal_mark(examined.journal);
	r = doctor_examine(&examined, &doctor, error);
	installation_free(installation);
	end_journal(&examined.journal, mark);
	if (r < 0)
		return r;
	*ret_can_run = doctor_can_run(doctor);
	r = print_doctor(options, doctor, error);
	doctor_free(doctor);
	return r;
}

enum exit_code doctor_command(const struct options *options)
{
	struct error error = ERROR_INIT;
	bool can_run;

	if (examine(options, &can_run, &error) == 0)
		return can_run ? EXIT_CODE_OK : EXIT_CODE_SYSTEM;
	say_error(error.text);
	return EXIT_CODE_SYSTEM;
}
