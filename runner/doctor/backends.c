/* Images, and what of the backends' needs they have. */

#include "backends/backend.h"
#include "runner/container/image.h"
#include "runner/doctor/examination.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/text.h"

#include <string.h>

#define INTERPRETER "/usr/bin/python3"

/* The host's image is looked at below the root too. */
static struct image host_image(const struct examination *examination)
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
	const struct image image = host_image(examination);
	struct error error = ERROR_INIT;
	bool has;

	/* A module that every Python has: whether there is one is told by looking for it. */
	if (image_has_python_module(&image, "os", &has, &error) == 0) {
		finding_add(examination, "host", FINDING_OK, means,
			"always there, with Python at " INTERPRETER);
		return;
	}
	finding_add(examination, "host", FINDING_WARNING, means,
		"%s: Python tasks cannot run in it", error.text);
	finding_remedy(examination, "apt-get install python3");
}

static void add_image(struct examination *examination, const struct image_listing *image)
{
	static const char means[] = "the same root on every machine, built from a recipe";

	if (image->built) {
		finding_add(examination, image->name, FINDING_OK, means, "built, %s",
			format_bytes(image->size_bytes).text);
		finding_number(examination, "size_bytes", image->size_bytes);
		finding_text(examination, "digest", image->digest);
		return;
	}
	finding_add(examination, image->name, FINDING_MISSING, means,
		"not built, and not needed for a run in image host");
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
			add_image(examination, &images[i]);
	image_listing_free(images, n);
}

/* ---- backends */

/* What image "host" lacks of the backend's needs: NULL where it is nothing. */
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
	const struct image image = host_image(examination);
	const struct backend_requirement *lack = find_lack(&image, backend);
	CLEANUP(cleanup_free) char *what = lack ? backend_requirement_describe(lack) : NULL;

	if (!lack) {
		finding_add(examination, backend->name, FINDING_OK, backend->summary,
			"ready in image host");
		return;
	}
	finding_add(examination, backend->name, FINDING_MISSING, backend->summary,
		"image host has no %s: an experiment that names it is refused",
		what ? what : lack->debian_package);
	finding_remedy(examination, "apt-get install %s", lack->debian_package);
}

/* Those that need nothing but the kernel and Python itself have one line together. */
static void add_others(struct examination *examination)
{
	const struct backend *const *backends = backend_all();
	CLEANUP(cleanup_free) char *names = strdup("");

	for (; *backends && names; backends++) {
		char *longer;

		if (needs_something(*backends))
			continue;
		longer = string_format("%s%s%s", names, *names ? ", " : "", (*backends)->name);
		free(names);
		names = longer;
	}
	finding_add(examination, "built_in", FINDING_OK,
		"reporters that need nothing but the kernel and Python's own library", "%s",
		names ? names : "");
}

void examine_backends(struct examination *examination)
{
	finding_group(examination, "backends");
	for (const struct backend *const *backends = backend_all(); *backends; backends++)
		if (needs_something(*backends))
			add_backend(examination, *backends);
	add_others(examination);
}
