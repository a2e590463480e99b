#pragma once

/*
 * Whether an image has what the reporters of an experiment import: asked before anything is made.
 */

#include "runner/container/image.h"
#include "runner/experiment/experiment.h"
#include "util/error.h"

/* -ENOENT with the backend, the Python module it needs, and the Debian package to install. */
int requirements_check(
	const struct experiment *experiment, const struct image *image, struct error *error);
