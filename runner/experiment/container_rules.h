#pragma once

/*
 * Rules about mount places and image names, shared by the experiment reader and the container code,
 * so that `memcg-run check` rejects what a run would reject.
 */

#include <stdbool.h>

/*
 * True if a mount at this place would hide what every container needs: one of its own folders ("/",
 * /dev, /etc, /proc, /run, /sys, /tmp, /usr) or anything below /dev, /proc, /sys and
 * /run/memcg-run. The path is absolute, without "//", "." and ".." and a trailing '/'.
 */
bool container_path_is_reserved(const char *path);

/* Lower-case letters, digits and '-', starting with a letter. */
bool image_name_is_valid(const char *name);
