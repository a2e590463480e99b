#include "runner/container/image.h"

#include "tests/unit/container_fixture.h"
#include "util/file.h"
#include "util/text.h"

/*
 * An installation of its own: recipes and a cache in the test's folder, and a fake mmdebstrap in
 * PATH that creates a small tree, or fails half-way.
 */
struct images {
	struct fixture *fixture;
	struct installation installation;
	char *path_before;
};

static const char FAKE_MMDEBSTRAP[] =
	"#!/bin/sh\n"
	"set -eu\n"
	"for word; do case $word in --logfile=*) log=${word#--logfile=};; esac; done\n"
	"while [ $# -gt 3 ]; do shift; done\n"
	"suite=$1 root=$2 mirror=$3\n"
	"mkdir -p \"$root/usr/bin\" \"$root/etc\" \"$root/dev\" \"$root/var/log\"\n"
	"mkdir -p \"$root/var/lib/dpkg\"\n"
	"if [ \"${FAKE_FAILS-}\" ]; then\n"
	"	printf 'I: begin\\nE: no such package\\nE: failed to run\\n' >\"$log\"\n"
	"	exit 1\n"
	"fi\n"
	"echo \"$suite $mirror ${FAKE_CONTENT-}\" >\"$root/usr/bin/program\"\n"
	"hostname >\"$root/etc/hostname\"; date +%N >\"$root/var/log/log\"\n"
	"date +%N >\"$root/dev/console\"\n"
	"printf 'Package: one\\nStatus: install ok installed\\nVersion: 1.2-3\\n"
	"Architecture: all\\nMaintainer: x <x@example.org>\\nDescription: x\\n'"
	" >\"$root/var/lib/dpkg/status\"\n";

static const char RECIPE[] =
	"suite = \"trixie\"\npackages = [\"one\"]\nmirror = \"file:/archive\"\n";

static int images_setup(void **state)
{
	struct images *images = calloc(1, sizeof(*images));
	CLEANUP(cleanup_free) char *path = NULL;

	assert_non_null(images);
	assert_int_equal(fixture_setup((void **)&images->fixture), 0);
	fixture_directory(images->fixture, "recipes/small");
	fixture_directory(images->fixture, "recipes/empty");
	fixture_directory(images->fixture, "programs");
	fixture_file(images->fixture, "recipes/small/recipe.toml", RECIPE);
	fixture_file(images->fixture, "programs/mmdebstrap", FAKE_MMDEBSTRAP);
	assert_int_equal(fchmodat(images->fixture->fd, "programs/mmdebstrap", 0755, 0), 0);
	images->installation.images = string_format("%s/recipes", images->fixture->path);
	images->installation.image_cache = string_format("%s/cache/images", images->fixture->path);
	images->path_before = strdup(getenv("PATH"));
	path = string_format("%s/programs:%s", images->fixture->path, images->path_before);
	assert_non_null(path);
	assert_int_equal(setenv("PATH", path, 1), 0);
	unsetenv("MEMCG_RUN_MIRROR");
	unsetenv("FAKE_FAILS");
	unsetenv("FAKE_CONTENT");
	*state = images;
	return 0;
}

static int images_teardown(void **state)
{
	struct images *images = *state;

	setenv("PATH", images->path_before, 1);
	free(images->path_before);
	free(images->installation.images);
	free(images->installation.image_cache);
	fixture_teardown((void **)&images->fixture);
	free(images);
	return 0;
}

static void build(struct images *images, const char *name)
{
	struct error *error = &images->fixture->error;

	if (image_build(&images->installation, name, error) < 0)
		fail_msg("%s", error->text);
}

static struct image *open_image(struct images *images, const char *name)
{
	struct error *error = &images->fixture->error;
	struct image *image = NULL;

	if (image_open(&images->installation, name, &image, error) < 0)
		fail_msg("%s", error->text);
	return image;
}

static void assert_not_open(struct images *images, const char *name, const char *part)
{
	struct image *image = NULL;
	struct error *error = &images->fixture->error;

	assert_int_equal(image_open(&images->installation, name, &image, error), -ENOENT);
	assert_null(image);
	if (!strstr(error->text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, error->text);
}

static void assert_no_part(const struct images *images)
{
	assert_false(fixture_has(images->fixture, "cache/images/small.part"));
}

/* ---- opening */

static void test_image_open__knows_the_host(void **state)
{
	struct image *image = open_image(*state, "host");
	char digits[DIGEST_TEXT_SIZE];

	assert_int_equal(digest_file(AT_FDCWD, "/var/lib/dpkg/status", digits, NULL), 0);
	assert_string_equal(image->name, "host");
	assert_string_equal(image->root, "/");
	assert_string_equal(image->digest_of, "dpkg-status");
	assert_string_equal(image->interpreter, "/usr/bin/python3");
	assert_memory_equal(image->digest, "sha256:", 7);
	assert_string_equal(image->digest + 7, digits);
	image_free(image);
}

static void test_image_open__says_how_to_build(void **state)
{
	assert_not_open(*state, "small", "sudo memcg-run image build small");
}

static void test_image_open__refuses_unknown_names(void **state)
{
	assert_not_open(*state, "nowhere", "no image \"nowhere\"");
	assert_not_open(*state, "empty", "no image \"empty\"");
	assert_not_open(*state, "", "no image \"\"");
	assert_not_open(*state, "..", "no image");
	assert_not_open(*state, "../small", "no image");
}

static void test_image_open__does_not_take_a_part_left_by_a_cut_build(void **state)
{
	struct images *images = *state;

	build(images, "small");
	assert_int_equal(renameat(images->fixture->fd, "cache/images/small", images->fixture->fd,
				 "cache/images/small.part"),
		0);
	assert_not_open(images, "small.part", "no image");
	assert_not_open(images, "small", "is not built");
}

static void test_image_open__refuses_a_broken_record(void **state)
{
	struct images *images = *state;
	struct image *image = NULL;

	build(images, "small");
	fixture_file(images->fixture, "cache/images/small/image.json", "{\"digest\": 1}");
	assert_int_equal(
		image_open(&images->installation, "small", &image, &images->fixture->error),
		-EBADMSG);
}

static void assert_damaged(struct images *images, const char *record)
{
	struct error *error = &images->fixture->error;
	struct image *image = NULL;

	fixture_file(images->fixture, "cache/images/small/image.json", record);
	*error = ERROR_INIT;
	assert_int_equal(image_open(&images->installation, "small", &image, error), -EBADMSG);
	assert_null(image);
	assert_non_null(strstr(error->text, "cache/images/small/image.json"));
	assert_non_null(strstr(error->text, "memcg-run image build small"));
}

#define RECORD_WITH(digest)                                                                        \
	"{\"digest\": \"" digest "\", \"size_bytes\": 1, \"built\": \"\", \"suite\": \"\"}"
#define DIGITS_32 "0123456789abcdef0123456789abcdef"

/* Truncated, with other content, or with an invalid digest; a build repairs it. */
static void test_image_open__says_where_a_record_is_damaged(void **state)
{
	struct images *images = *state;
	CLEANUP(cleanup_free) char *whole = NULL;

	build(images, "small");
	assert_int_equal(file_read(images->fixture->fd, "cache/images/small/image.json", 1 << 20,
				 &whole, NULL, NULL),
		0);
	whole[strlen(whole) / 2] = '\0';
	assert_damaged(images, whole);
	assert_damaged(images, "");
	assert_damaged(images, "\177ELF\2\1\1");
	assert_damaged(images, "[]");
	assert_damaged(images, RECORD_WITH("md5:" DIGITS_32));
	assert_damaged(images, RECORD_WITH("sha256:" DIGITS_32));
	assert_damaged(images, RECORD_WITH("sha256:" DIGITS_32 DIGITS_32 "0"));
	assert_damaged(images, RECORD_WITH("sha256:" DIGITS_32 "X" DIGITS_32));
	fixture_file(images->fixture, "cache/images/small/image.json",
		RECORD_WITH("sha256:" DIGITS_32 DIGITS_32));
	image_free(open_image(images, "small"));
	assert_damaged(images, "");
	build(images, "small");
	image_free(open_image(images, "small"));
}

/* Another program's folder, or an image without its record: not an image. */
static void test_image_open__without_a_record_is_not_built(void **state)
{
	struct images *images = *state;

	build(images, "small");
	assert_int_equal(unlinkat(images->fixture->fd, "cache/images/small/image.json", 0), 0);
	assert_not_open(images, "small", "sudo memcg-run image build small");
	assert_true(fixture_has(images->fixture, "cache/images/small/root/usr/bin/program"));
}

/* ---- building */

static void test_image_build__makes_a_tree_and_a_record(void **state)
{
	struct images *images = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_free) char *record = NULL;
	struct image *image;
	size_t length;

	build(images, "small");
	image = open_image(images, "small");
	assert_string_equal(
		image->root + strlen(images->fixture->path), "/cache/images/small/root");
	assert_string_equal(image->digest_of, "tree");
	assert_int_equal(strlen(image->digest), 7 + 64);
	assert_int_equal(file_read(images->fixture->fd, "cache/images/small/root/usr/bin/program",
				 100, &text, &length, NULL),
		0);
	assert_string_equal(text, "trixie file:/archive \n");
	assert_int_equal(file_read(images->fixture->fd, "cache/images/small/image.json", 4096,
				 &record, &length, NULL),
		0);
	assert_non_null(strstr(record, "\"one\": \"1.2-3\""));
	assert_non_null(strstr(record, "\"suite\": \"trixie\""));
	assert_no_part(images);
	image_free(image);
}

static void test_image_build__prefers_the_mirror_of_the_environment(void **state)
{
	struct images *images = *state;
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;

	setenv("MEMCG_RUN_MIRROR", "file:/other", 1);
	build(images, "small");
	unsetenv("MEMCG_RUN_MIRROR");
	assert_int_equal(file_read(images->fixture->fd, "cache/images/small/root/usr/bin/program",
				 100, &text, &length, NULL),
		0);
	assert_string_equal(text, "trixie file:/other \n");
}

/* The fake writes the time to a log and a device, which are not part of an image. */
static void test_image_build__gives_the_same_digest_for_the_same_content(void **state)
{
	struct images *images = *state;
	struct image *first;
	struct image *second;

	build(images, "small");
	first = open_image(images, "small");
	build(images, "small");
	second = open_image(images, "small");
	assert_string_equal(first->digest, second->digest);
	assert_no_part(images);
	image_free(first);
	image_free(second);
}

static void test_image_build__gives_another_digest_for_other_content(void **state)
{
	struct images *images = *state;
	struct image *first;
	struct image *second;

	build(images, "small");
	first = open_image(images, "small");
	setenv("FAKE_CONTENT", "changed", 1);
	build(images, "small");
	second = open_image(images, "small");
	assert_string_not_equal(first->digest, second->digest);
	image_free(first);
	image_free(second);
}

static void test_image_build__keeps_the_old_image_when_it_fails(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;
	struct image *before;
	struct image *after;

	build(images, "small");
	before = open_image(images, "small");
	setenv("FAKE_FAILS", "1", 1);
	assert_true(image_build(&images->installation, "small", error) < 0);
	assert_string_equal(error->text, "image small: mmdebstrap: no such package");
	after = open_image(images, "small");
	assert_string_equal(before->digest, after->digest);
	assert_no_part(images);
	image_free(before);
	image_free(after);
}

static void test_image_build__begins_anew_over_a_part_left_by_a_cut_build(void **state)
{
	struct images *images = *state;
	struct image *image;

	fixture_directory(images->fixture, "cache/images/small.part/root/usr");
	fixture_file(images->fixture, "cache/images/small.part/root/usr/stale", "");
	build(images, "small");
	image = open_image(images, "small");
	assert_false(fixture_has(images->fixture, "cache/images/small/root/usr/stale"));
	assert_no_part(images);
	image_free(image);
}

static void test_image_build__names_the_package_of_a_missing_program(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;

	setenv("PATH", images->fixture->work, 1);
	assert_int_equal(image_build(&images->installation, "small", error), -ENOENT);
	assert_non_null(strstr(error->text, "apt-get install mmdebstrap"));
	assert_no_part(images);
}

static void test_image_build__refuses_the_host_and_unknown_names(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;

	assert_int_equal(image_build(&images->installation, "host", error), -EINVAL);
	assert_int_equal(image_build(&images->installation, "nowhere", error), -ENOENT);
	assert_int_equal(image_build(&images->installation, "../small", error), -ENOENT);
	assert_false(fixture_has(images->fixture, "cache"));
}

/* ---- listing and removing */

static void test_image_list__shows_the_host_the_recipes_and_the_built(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;
	struct image_listing *listing = NULL;
	size_t n = 0;

	fixture_directory(images->fixture, "recipes/zoo");
	fixture_file(images->fixture, "recipes/zoo/recipe.toml", RECIPE);
	build(images, "small");
	assert_int_equal(unlinkat(images->fixture->fd, "recipes/small/recipe.toml", 0), 0);
	assert_int_equal(image_list(&images->installation, &listing, &n, error), 0);
	assert_int_equal(n, 3);
	assert_string_equal(listing[0].name, "host");
	assert_true(listing[0].built);
	assert_string_equal(listing[1].name, "small");
	assert_true(listing[1].built);
	assert_true(listing[1].size_bytes >= 4096);
	assert_int_equal(strlen(listing[1].digest), 7 + 64);
	assert_string_equal(listing[2].name, "zoo");
	assert_false(listing[2].built);
	assert_string_equal(listing[2].digest, "");
	image_listing_free(listing, n);
}

/* The others are unaffected, and it is listed with its name and the cause. */
static void test_image_list__tells_of_one_that_is_damaged_beside_the_good(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;
	struct image_listing *listing = NULL;
	size_t n = 0;

	build(images, "small");
	fixture_directory(images->fixture, "cache/images/a");
	fixture_file(images->fixture, "cache/images/a/image.json", "{");
	fixture_directory(images->fixture, "recipes/zoo");
	fixture_file(images->fixture, "recipes/zoo/recipe.toml", RECIPE);
	assert_int_equal(image_list(&images->installation, &listing, &n, error), 0);
	assert_int_equal(n, 4);
	assert_null(listing[0].damage);
	assert_string_equal(listing[1].name, "a");
	assert_false(listing[1].built);
	assert_int_equal(listing[1].size_bytes, 0);
	assert_string_equal(listing[1].digest, "");
	assert_non_null(strstr(listing[1].damage, "cache/images/a/image.json"));
	assert_non_null(strstr(listing[1].damage, "memcg-run image build a"));
	assert_string_equal(listing[2].name, "small");
	assert_true(listing[2].built);
	assert_null(listing[2].damage);
	assert_false(listing[3].built);
	assert_null(listing[3].damage);
	image_listing_free(listing, n);
}

static void test_image_remove__leaves_nothing(void **state)
{
	struct images *images = *state;

	build(images, "small");
	assert_int_equal(image_remove(&images->installation, "small", &images->fixture->error), 0);
	assert_false(fixture_has(images->fixture, "cache/images/small"));
	assert_no_part(images);
	assert_not_open(images, "small", "is not built");
}

static void test_image_remove__refuses_what_is_not_there(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;

	assert_int_equal(image_remove(&images->installation, "small", error), -ENOENT);
	assert_int_equal(image_remove(&images->installation, "..", error), -ENOENT);
	assert_int_equal(image_remove(&images->installation, "host", error), -EINVAL);
	assert_true(fixture_has(images->fixture, "recipes/small"));
}

/* ---- comparison with the build */

static void assert_checked(struct images *images, bool checked)
{
	struct image *image = open_image(images, "small");

	if (image_check(&images->installation, image, &images->fixture->error) < 0)
		fail_msg("%s", images->fixture->error.text);
	assert_int_equal(image->checked, checked);
	image_free(image);
}

static void assert_not_as_built(struct images *images, const char *cause)
{
	struct error *error = &images->fixture->error;
	struct image *image = open_image(images, "small");
	char digest[IMAGE_DIGEST_SIZE] = "";

	*error = ERROR_INIT;
	assert_int_equal(image_check(&images->installation, image, error), -EBADMSG);
	assert_false(image->checked);
	if (!strstr(error->text, cause))
		fail_msg("\"%s\" is not in \"%s\"", cause, error->text);
	assert_non_null(strstr(error->text, "memcg-run image build small"));
	assert_int_equal(image_verify(&images->installation, "small", digest, error), -EBADMSG);
	assert_string_equal(digest, "");
	image_free(image);
}

static void test_image_check__finds_what_was_lost_or_changed_since_the_build(void **state)
{
	struct images *images = *state;
	const char program[] = "cache/images/small/root/usr/bin/program";

	build(images, "small");
	assert_checked(images, true);
	fixture_file(images->fixture, "cache/images/small/root/usr/new", "");
	assert_not_as_built(images, "usr/new was added");
	assert_int_equal(unlinkat(images->fixture->fd, "cache/images/small/root/usr/new", 0), 0);
	assert_checked(images, true);
	fixture_file(images->fixture, program, "x");
	assert_not_as_built(images, "the size of usr/bin/program was 22 and is 1");
	assert_int_equal(unlinkat(images->fixture->fd, program, 0), 0);
	assert_not_as_built(images, "usr/bin/program is missing");
	build(images, "small");
	assert_checked(images, true);
}

static void test_image_check__without_the_manifest_says_that_something_changed(void **state)
{
	struct images *images = *state;

	build(images, "small");
	assert_int_equal(unlinkat(images->fixture->fd, "cache/images/small/manifest", 0), 0);
	/* The record has its digest: only the name is lost. */
	assert_checked(images, true);
	fixture_file(images->fixture, "cache/images/small/root/usr/new", "");
	assert_not_as_built(images, "its files have changed, and its manifest is damaged");
	fixture_file(images->fixture, "cache/images/small/manifest", "d 0755 0 0 0 0.0 .");
	assert_not_as_built(images, "its files have changed, and its manifest is damaged");
}

/* Built before there were manifests; and "host", which is not built. */
static void test_image_check__of_what_has_no_manifest_is_none(void **state)
{
	struct images *images = *state;
	struct image *host = open_image(images, "host");

	build(images, "small");
	fixture_file(images->fixture, "cache/images/small/image.json",
		RECORD_WITH("sha256:" DIGITS_32 DIGITS_32));
	assert_checked(images, false);
	assert_int_equal(image_check(&images->installation, host, NULL), 0);
	assert_false(host->checked);
	image_free(host);
}

/* Content changed with the same size and time: only reading it can detect that. */
static void test_image_verify__reads_the_content(void **state)
{
	struct images *images = *state;
	struct error *error = &images->fixture->error;
	const char program[] = "cache/images/small/root/usr/bin/program";
	struct image *image;
	char digest[IMAGE_DIGEST_SIZE] = "";
	struct stat status;

	build(images, "small");
	image = open_image(images, "small");
	assert_int_equal(image_verify(&images->installation, "small", digest, error), 0);
	assert_string_equal(digest, image->digest);
	assert_int_equal(fstatat(images->fixture->fd, program, &status, 0), 0);
	fixture_file(images->fixture, program, "trixie file:/ARCHIVE \n");
	assert_int_equal(utimensat(images->fixture->fd, program,
				 (struct timespec[]){status.st_atim, status.st_mtim}, 0),
		0);
	assert_checked(images, true);
	assert_int_equal(image_verify(&images->installation, "small", digest, error), -EBADMSG);
	assert_non_null(strstr(error->text, image->digest));
	assert_int_equal(image_verify(&images->installation, "host", digest, error), -EINVAL);
	assert_int_equal(image_verify(&images->installation, "nowhere", digest, error), -ENOENT);
	image_free(image);
}

/* ---- Python modules */

static bool has_module(struct images *images, const char *module)
{
	struct error *error = &images->fixture->error;
	bool has = false;

	if (image_has_python_module(&images->fixture->image, module, &has, error) < 0)
		fail_msg("%s", error->text);
	return has;
}

static void test_image_has_python_module__looks_where_the_interpreter_does(void **state)
{
	struct images *images = *state;
	struct fixture *fixture = images->fixture;

	fixture->image.interpreter = (char *)"/usr/bin/python3";
	assert_int_equal(symlinkat("python3.13", fixture->fd, "image/usr/bin/python3"), 0);
	fixture_directory(fixture, "image/usr/lib/python3/dist-packages/folder");
	fixture_directory(fixture, "image/usr/local/lib/python3.13/dist-packages/local");
	fixture_directory(fixture, "image/usr/lib/python3.13/lib-dynload");
	fixture_directory(fixture, "image/usr/lib/python3.12/old");
	fixture_file(fixture, "image/usr/lib/python3/dist-packages/script.py", "");
	fixture_file(fixture, "image/usr/lib/python3/dist-packages/data.txt", "");
	fixture_file(fixture, "image/usr/lib/python3/dist-packages/plain", "");
	fixture_file(fixture,
		"image/usr/lib/python3.13/lib-dynload/fast.cpython-313-x86_64-linux-gnu.so", "");
	assert_true(has_module(images, "folder"));
	assert_true(has_module(images, "local"));
	assert_true(has_module(images, "script"));
	assert_true(has_module(images, "fast"));
	assert_false(has_module(images, "old"));
	assert_false(has_module(images, "data"));
	assert_false(has_module(images, "plain"));
	assert_false(has_module(images, "fold"));
	assert_false(has_module(images, "fas"));
}

static void test_image_has_python_module__fails_without_python(void **state)
{
	struct images *images = *state;
	bool has = true;

	images->fixture->image.interpreter = (char *)"/usr/bin/python3";
	assert_int_equal(image_has_python_module(
				 &images->fixture->image, "sys", &has, &images->fixture->error),
		-ENOENT);
	assert_true(has);
}

/* ---- programs */

static bool has_program(struct images *images, const char *path)
{
	struct error *error = &images->fixture->error;
	bool has = false;

	if (image_has_program(&images->fixture->image, path, &has, error) < 0)
		fail_msg("%s", error->text);
	return has;
}

/* Links are resolved in the image: one to /usr/bin/tool leads to the image's, not to the host's. */
static void test_image_has_program__takes_an_executable_file_of_the_image(void **state)
{
	struct images *images = *state;
	struct fixture *fixture = images->fixture;

	fixture_directory(fixture, "image/usr/bin/folder");
	fixture_file(fixture, "image/usr/bin/text", "");
	fixture_file(fixture, "image/usr/bin/tool", "");
	assert_int_equal(fchmodat(fixture->fd, "image/usr/bin/tool", 0755, 0), 0);
	assert_int_equal(symlinkat("/usr/bin/tool", fixture->fd, "image/usr/bin/link"), 0);
	assert_int_equal(symlinkat("/usr/bin/env", fixture->fd, "image/usr/bin/away"), 0);
	assert_true(has_program(images, "/usr/bin/tool"));
	assert_true(has_program(images, "/usr/bin/link"));
	assert_false(has_program(images, "/usr/bin/away"));
	assert_false(has_program(images, "/usr/bin/text"));
	assert_false(has_program(images, "/usr/bin/folder"));
	assert_false(has_program(images, "/usr/bin/env"));
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, images_setup, images_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_image_open__knows_the_host),
		TEST(test_image_open__says_how_to_build),
		TEST(test_image_open__refuses_unknown_names),
		TEST(test_image_open__does_not_take_a_part_left_by_a_cut_build),
		TEST(test_image_open__refuses_a_broken_record),
		TEST(test_image_open__says_where_a_record_is_damaged),
		TEST(test_image_open__without_a_record_is_not_built),
		TEST(test_image_build__makes_a_tree_and_a_record),
		TEST(test_image_build__prefers_the_mirror_of_the_environment),
		TEST(test_image_build__gives_the_same_digest_for_the_same_content),
		TEST(test_image_build__gives_another_digest_for_other_content),
		TEST(test_image_build__keeps_the_old_image_when_it_fails),
		TEST(test_image_build__begins_anew_over_a_part_left_by_a_cut_build),
		TEST(test_image_build__names_the_package_of_a_missing_program),
		TEST(test_image_build__refuses_the_host_and_unknown_names),
		TEST(test_image_list__shows_the_host_the_recipes_and_the_built),
		TEST(test_image_list__tells_of_one_that_is_damaged_beside_the_good),
		TEST(test_image_check__finds_what_was_lost_or_changed_since_the_build),
		TEST(test_image_check__without_the_manifest_says_that_something_changed),
		TEST(test_image_check__of_what_has_no_manifest_is_none),
		TEST(test_image_verify__reads_the_content),
		TEST(test_image_remove__leaves_nothing),
		TEST(test_image_remove__refuses_what_is_not_there),
		TEST(test_image_has_python_module__looks_where_the_interpreter_does),
		TEST(test_image_has_python_module__fails_without_python),
		TEST(test_image_has_program__takes_an_executable_file_of_the_image),
	};

	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
