#pragma once

/*
 * What no container can be without, and how images are named: rules that the reading of experiments and
 * the making of containers share, so that `memcg-run check` refuses what a run would.
 */

#include <stdbool.h>

/*
 * Whether a mount at this place would hide what every container has: its own folders themselves ("/", /dev,
 * /etc, /proc, /run, /sys, /tmp, /usr), and whatever is below /dev, /proc, /sys and /run/memcg-run. The
 * path is absolute, without "//", "." and ".." and a '/' at its end.
 */
bool container_path_is_reserved(const char *path);

/* Lower-case letters, digits and '-', beginning with a letter. */
bool image_name_is_valid(const char *name);
