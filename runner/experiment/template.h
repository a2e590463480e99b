#pragma once

/*
 * Words of a command with parameters in them: "--size={size_mib}". "{{" and "}}" stand for braces.
 */

#include "util/error.h"

#include <stdbool.h>
#include <stddef.h>

enum template_kind { TEMPLATE_END, TEMPLATE_TEXT, TEMPLATE_NAME };

struct template_piece {
	enum template_kind kind;
	const char *start; /* within the template; for a name, without its braces */
	size_t length;
};

/*
 * Takes the next piece off `*cursor`, which starts at the template's beginning. The end of the
 * template is a piece too. -EINVAL for a brace that neither is doubled nor belongs to a "{name}".
 */
int template_next(const char **cursor, struct template_piece *ret_piece, struct error *error);

/* Whether `length` bytes are a parameter's name: [A-Za-z_][A-Za-z0-9_]*. */
bool template_is_name(const char *text, size_t length);
