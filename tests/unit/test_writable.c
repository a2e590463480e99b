/* A folder that can be written to while the original stays: what an experiment needs for it, and what it then sees. */

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/container/writable.h"
#include "runner/launcher/writable.h"
#include "tests/unit/forked.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#define OWNER 12345
#define USER 54321

struct fixture {
	char path[64];
	struct task task;
	struct experiment experiment;
	struct writable writable;
	struct error error;
};

/* A folder and a file in it that nobody but their owner may write to. */
static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	CLEANUP(cleanup_free) char *file = NULL;

	*state = fixture;
	strcpy(fixture->path, "/var/tmp/test-writable-XXXXXX");
	if (!mkdtemp(fixture->path))
		return -1;
	file = string_format("%s/file", fixture->path);
	fixture->writable = WRITABLE_NONE;
	fixture->experiment.directory = fixture->path;
	fixture->task.working_directory = WORKING_DIRECTORY_WRITABLE;
	fixture->experiment.tasks = &fixture->task;
	fixture->experiment.n_tasks = 1;
	fixture->experiment.container.tmp_max = (struct amount){AMOUNT_NUMBER, 1 << 20};
	if (geteuid() != 0)
		return file_write(AT_FDCWD, file, "old", 3, 0600, NULL);
	return file_write(AT_FDCWD, file, "old", 3, 0600, NULL) < 0 ||
			       chown(file, OWNER, OWNER) < 0 ||
			       chown(fixture->path, OWNER, OWNER) < 0
		       ? -1
		       : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	writable_close(&fixture->writable);
	file_remove_tree(AT_FDCWD, fixture->path, NULL);
	free(fixture);
	return 0;
}

static void must_open(struct fixture *fixture, uid_t uid)
{
	const struct task_user user = {.uid = uid, .gid = uid};

	if (geteuid() != 0)
		skip();
	if (writable_open(&fixture->experiment, &fixture->task, &user, &fixture->writable,
		    &fixture->error) < 0)
		fail_msg("%s", fixture->error.text);
}

/* Overwrites the file, makes one and removes both, as this user. Returns an exit code. */
static int write_there(uid_t uid)
{
	char text[4] = "";
	int fd;

	if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		return 2;
	fd = open("file", O_RDWR);
	if (fd < 0 || read(fd, text, 3) != 3 || strcmp(text, "old") != 0 ||
		write(fd, "new", 3) != 3)
		return 3;
	if (mkdir("folder", 0755) < 0 || rmdir("folder") < 0 || unlink("file") < 0)
		return 4;
	return access("file", F_OK) == 0 ? 5 : 0;
}

struct writing {
	struct writable_folder folder;
	uid_t uid;
};

/* In a mount namespace of its own, as the launcher shows it. Returns 1 if it is not shown. */
static int show_in_namespace(void *context)
{
	const struct writing *writing = context;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		writable_show(&writing->folder) != 0)
		return 1;
	return write_there(writing->uid);
}

static int show_and_write(const struct fixture *fixture, uid_t uid)
{
	struct writing writing = {
		.folder = {.path = fixture->path,
			.tmpfs_size = fixture->writable.tmpfs_size,
			.overlay = fixture->writable.overlay,
			.idmap_fd = fixture->writable.idmap_fd},
		.uid = uid,
	};

	return WEXITSTATUS(forked_run(show_in_namespace, &writing));
}

static void assert_original(const struct fixture *fixture)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/file", fixture->path);
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	assert_int_equal(file_read(AT_FDCWD, path, 16, &text, &length, NULL), 0);
	assert_string_equal(text, "old");
}

static void test_writable_open__needs_nothing_unless_wanted(void **state)
{
	struct fixture *fixture = *state;

	fixture->task.working_directory = WORKING_DIRECTORY_AS_IS;
	assert_int_equal(
		writable_open(&fixture->experiment, &fixture->task, NULL, &fixture->writable, NULL),
		0);
	assert_false(fixture->writable.wanted);
	assert_int_equal(fixture->writable.idmap_fd, -1);
	assert_int_equal(writable_check(&fixture->experiment, NULL), 0);
}

static void test_writable_open__the_tmpfs_holds_tmp_max(void **state)
{
	struct fixture *fixture = *state;

	must_open(fixture, OWNER);
	assert_true(fixture->writable.wanted);
	assert_string_equal(fixture->writable.tmpfs_size, "1048576");
}

static void test_writable_open__maps_nothing_for_the_folders_owner(void **state)
{
	struct fixture *fixture = *state;

	must_open(fixture, OWNER);
	assert_int_equal(fixture->writable.idmap_fd, -1);
	assert_int_equal(show_and_write(fixture, OWNER), 0);
	assert_int_equal(show_and_write(fixture, USER), 3);
	assert_original(fixture);
}

static void test_writable_open__gives_the_owners_files_to_the_tasks_user(void **state)
{
	static const uid_t users[] = {USER, 0, 1, OWNER + 1, OWNER - 1};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		must_open(fixture, users[i]);
		assert_true(fixture->writable.idmap_fd >= 0);
		assert_int_equal(show_and_write(fixture, users[i]), 0);
		if (users[i] != 0)
			assert_int_equal(show_and_write(fixture, OWNER), 3);
		assert_original(fixture);
		writable_close(&fixture->writable);
	}
}

static void test_writable_check__refuses_a_folder_with_mounts_below_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->experiment.directory = (char *)"/sys";
	assert_int_equal(writable_check(&fixture->experiment, &fixture->error), -EOPNOTSUPP);
	assert_non_null(strstr(fixture->error.text,
		"is mounted below the experiment's folder /sys, and an overlay would hide it: put "
		"the experiment elsewhere"));
}

static void test_writable_check__a_file_system_that_cannot_is_refused_with_a_remedy(void **state)
{
	struct fixture *fixture = *state;

	/* procfs is no layer of an overlay. */
	fixture->experiment.directory = (char *)"/proc/self/task";
	if (geteuid() != 0)
		skip();
	assert_true(writable_check(&fixture->experiment, &fixture->error) < 0);
	assert_non_null(strstr(fixture->error.text,
		"cannot mount an overlay of /proc/self/task: move the experiment to another file "
		"system, such as ext4 or xfs, or mount a folder to write to (container.mounts)"));
}

/* Until it is killed. */
static int swap_without_end(void *context)
{
	const char *const *paths = context;

	while (renameat2(AT_FDCWD, paths[0], AT_FDCWD, paths[1], RENAME_EXCHANGE) == 0)
		;
	return 1;
}

/* Its owner exchanges it for a link: what is made for the overlay is made in the tmpfs, never where the link leads. */
static void test_writable_check__makes_nothing_where_a_link_leads_that_takes_the_folders_place(
	void **state)
{
	struct fixture *fixture = *state;
	CLEANUP(cleanup_free) char *folder = string_format("%s/folder", fixture->path);
	CLEANUP(cleanup_free) char *link = string_format("%s/link", fixture->path);
	CLEANUP(cleanup_free) char *elsewhere = string_format("%s/elsewhere", fixture->path);
	const char *swapped[] = {folder, link};
	pid_t swapper;

	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(mkdir(elsewhere, 0755), 0);
	assert_int_equal(symlink("elsewhere", link), 0);
	fixture->experiment.directory = folder;
	swapper = forked_start(swap_without_end, swapped);
	for (size_t i = 0; i < 100; i++)
		(void)writable_check(&fixture->experiment, NULL);
	kill(swapper, SIGKILL);
	assert_int_equal(waitpid(swapper, NULL, 0), swapper);
	assert_int_equal(rmdir(elsewhere), 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_writable_open__needs_nothing_unless_wanted),
		TEST(test_writable_open__the_tmpfs_holds_tmp_max),
		TEST(test_writable_open__maps_nothing_for_the_folders_owner),
		TEST(test_writable_open__gives_the_owners_files_to_the_tasks_user),
		TEST(test_writable_check__refuses_a_folder_with_mounts_below_it),
		TEST(test_writable_check__makes_nothing_where_a_link_leads_that_takes_the_folders_place),
		TEST(test_writable_check__a_file_system_that_cannot_is_refused_with_a_remedy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
