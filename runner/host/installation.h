#pragma once

/*
 * Locates the program's data files relative to the program itself (/proc/self/exe): in the build
 * folder or below the prefix: data in share/memcg-run, and what is executed or loaded, some of it for
 * one architecture, in libexec/memcg-run. Nothing is compiled in, so an installation can be moved.
 */

#include "util/error.h"

/* Absolute paths. */
struct installation {
	char *python;	   /* the harness, memcg_run.py and reporters/ */
	char *phenomena;   /* the program and the library of the phenomena */
	char *seccomp;	   /* default.json */
	char *images;	   /* the recipes */
	char *launcher;	   /* the static launcher program */
	char *image_cache; /* built images: /var/cache/memcg-run/images; may not exist */
};

int installation_find(struct installation **ret_installation, struct error *error);

/* The same for a program in `directory` (absolute). */
int installation_find_from(
	const char *directory, struct installation **ret_installation, struct error *error);

void installation_free(struct installation *installation);
