#pragma once

/*
 * The parts of report.html that are files: our script and style sheet, and the licence of dygraphs, compiled into the
 * program from page.js, page.css and dygraphs.licence beside this header; and dygraphs itself, which is read when a
 * report is written.
 */

#include "util/error.h"

extern const char page_style[];

/*
 * The whole program of the page: dygraphs with its licence, then ours. `folder` is where dygraphs is installed.
 * *ret_style is its style sheet. -ENOENT if it is not installed. The caller frees both.
 */
int page_program(const char *folder, char **ret_program, char **ret_style, struct error *error);
