#pragma once

/*
 * A run's folder belongs to the person who asked for it: under sudo, which says who that is in SUDO_UID
 * and SUDO_GID, everything in it is given to them. Links are given, never followed.
 */

#include "util/error.h"

int run_owner_give(const char *run_path, struct error *error);
