/* Images, and which requirements of the backends they meet. */

#include "backends/backend.h"
#include "runner/container/image.h"
#include "runner/doctor/examination.h"
#include "runner/experiment/user_backend.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <string.h>

#define INTERPRETER "/usr/bin/python3"

/* The host's image is also read below the root. */
static struct image examined_host_image(const struct examination *examination)
{
	const char *root = examination->options->root;

	return (struct image){
		.name = (char *)"host",
		.root = (char *)(*root ? root : "/"),
		.interpreter = (char *)INTERPRETER,
	};
}

/* ---- images */

static void add_host_image(struct examination *examination)
{
	static const char means[] = "the root of a container is this host's /usr, read-only";
	const struct image image = examined_host_image(examination);
	struct error error = ERROR_INIT;
	bool has;

	/* Finds out whether there is a Python by looking for a module that every Python has. */
	if (image_has_python_module(&image, "os", &has, &error) == 0) {
		finding_add(examination, "host", FINDING_OK, means,
			"always there, with Python at " INTERPRETER);
		return;
	}
	finding_add(examination, "host", FINDING_WARNING, means,
		"%s: Python tasks cannot run in it", error.text);
	finding_remedy(examination, "apt-get install python3");
}

static void examine_image(struct examination *examination, const struct image_listing *image)
{
	static const char means[] = "the same root on every machine, built from a recipe";

	if (image->built) {
		finding_add(examination, image->name, FINDING_OK, means, "built, %s",
			format_bytes(image->size_bytes).text);
		finding_number(examination, "size_bytes", image->size_bytes);
		finding_text(examination, "digest", image->digest);
		return;
	}
	if (image->damage) {
		finding_add(examination, image->name, FINDING_WARNING, means, "%s", image->damage);
		finding_remedy(examination, "sudo memcg-run image build %s", image->name);
		return;
	}
	finding_add(examination, image->name, FINDING_MISSING, means,
		"not built; runs in image host do not need it");
	finding_remedy(examination, "sudo memcg-run image build %s", image->name);
}

void examine_images(struct examination *examination)
{
	struct error error = ERROR_INIT;
	struct image_listing *images;
	size_t n;

	finding_group(examination, "images");
	add_host_image(examination);
	if (image_list(examination->options->installation, &images, &n, &error) < 0) {
		finding_add(examination, "others", FINDING_UNKNOWN,
			"images that are built from a recipe", "%s", error.text);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (strcmp(images[i].name, "host") != 0)
			examine_image(examination, &images[i]);
	image_listing_free(images, n);
}

/* ---- backends */

/* A backend's requirement that image "host" does not meet; NULL: meets all. */
static const struct backend_requirement *find_lack(
	const struct image *image, const struct backend *backend)
{
	const struct backend_requirement *requirement = backend->requirements;

	for (; requirement && requirement->debian_package; requirement++) {
		bool has = false;

		if (image_has_requirement(image, requirement, &has, NULL) < 0 || !has)
			return requirement;
	}
	return NULL;
}

static bool needs_something(const struct backend *backend)
{
	return backend->requirements && backend->requirements->debian_package;
}

static void add_backend(struct examination *examination, const struct backend *backend)
{
	const struct image image = examined_host_image(examination);
	const struct backend_requirement *lack = find_lack(&image, backend);
	CLEANUP(cleanup_free) char *what = lack ? backend_requirement_describe(lack) : NULL;
	CLEANUP(cleanup_free) char *remedy = NULL;

	if (!lack) {
		finding_add(examination, backend->name, FINDING_OK, backend->summary,
			"ready in image host");
		return;
	}
	finding_add(examination, backend->name, FINDING_MISSING, backend->summary,
		"image host has no %s: an experiment that names it is refused",
		what ? what : lack->debian_package);
	remedy = backend_requirement_remedy(lack);
	finding_remedy(examination, "%s", remedy ? remedy : lack->debian_package);
}

/* Backends that need only the kernel and Python itself share a line. */
static void examine_others(struct examination *examination)
{
	const struct backend *const *backends = backend_all();
	CLEANUP(cleanup_free) char *names = strdup("");

	for (; *backends; backends++) {
		if (!needs_something(*backends))
			names = string_append(names, ", ", "%s", (*backends)->name);
	}
	finding_add(examination, "built_in", FINDING_OK,
		"reporters that need only the kernel and Python's standard library", "%s",
		names ? names : "");
}

static void add_added(struct examination *examination, const struct user_backend_place *place)
{
	static const char means[] = "a reporter added on this host or by this user";
	struct user_backend *backend;
	struct error error = ERROR_INIT;

	if (backend_find(place->name)) {
		finding_add(examination, "added", FINDING_WARNING, means,
			"%s is already the name of a built-in reporter: experiments that name it "
			"are refused",
			place->name);
		finding_remedy(
			examination, "give %s/%s.toml another name", place->folder, place->name);
		return;
	}
	if (user_backend_load(place->folder, place->name, &backend, &error) < 0) {
		finding_add_failure(examination, place->name, FINDING_WARNING, means, error.text);
		return;
	}
	finding_add(examination, place->name, FINDING_OK, means, "%s, from %s",
		backend->backend.external ? "external" : "in-process", place->folder);
	user_backend_free(backend);
}

/* Backends visible to every experiment; those in an experiment's own folder are not included. */
static void add_all_added(struct examination *examination)
{
	CLEANUP(user_backend_list_release) struct user_backend_list list = {.n = 0};
	CLEANUP(cleanup_free) char *home = user_backend_home();
	CLEANUP(cleanup_free)
	char *of_system = string_format("%s" USER_BACKENDS_OF_SYSTEM, examination->options->root);
	struct error error = ERROR_INIT;

	if ((home && user_backend_list_add(&list, home, &error) < 0) ||
		(of_system && user_backend_list_add(&list, of_system, &error) < 0))
		finding_add(examination, "added", FINDING_UNKNOWN,
			"reporters added on this host or by this user", "%s", error.text);
	for (size_t i = 0; i < list.n; i++)
		add_added(examination, &list.places[i]);
}

void examine_backends(struct examination *examination)
{
	finding_group(examination, "backends");
	for (const struct backend *const *backends = backend_all(); *backends; backends++)
		if (needs_something(*backends))
			add_backend(examination, *backends);
	examine_others(examination);
	add_all_added(examination);
}
