#pragma once

/*
 * Words of a command that contain parameters: "--size={size_mib}". "{{" and "}}" stand for braces.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum template_kind { TEMPLATE_END, TEMPLATE_TEXT, TEMPLATE_NAME };

struct template_piece {
	enum template_kind kind;
	const char *start; /* in the template; a name's excludes the braces */
	size_t length;
};

/*
 * Consumes the next piece at `*cursor`, which starts at the beginning of the template. The end of
 * the template is a piece too. -EINVAL for a brace that is neither doubled nor part of "{name}".
 */
int template_next(const char **cursor, struct template_piece *ret_piece, struct error *error);

/* Whether `length` bytes are a valid parameter name: [A-Za-z_][A-Za-z0-9_]*. */
bool template_is_name(const char *text, size_t length);
