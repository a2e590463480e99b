#pragma once

/*
 * The size of a task at a point: a product of parameters and numbers, each to a power.
 *
 *     nx*ny*nz    edge^3    shape    4*samples    192x256x256
 *
 * A parameter's value is a number or a string that denotes one: a shape ("96x128x192": the
 * product), a decimal number or a size with a unit, as for limits ("64KiB").
 */

#include "util/error.h"

#include <jansson.h>
#include <stdbool.h>

struct size_expression;

/* -EINVAL with a sentence that says what is expected. */
int size_expression_parse(
	const char *text, struct size_expression **ret_expression, struct error *error);
void size_expression_free(struct size_expression *expression);

bool size_expression_uses(const struct size_expression *expression, const char *parameter);

/*
 * The size at a point, from its parameters. -EINVAL, with a sentence, if a parameter is missing or
 * not a number, or if the size is not above 0. `parameters` may be NULL for numbers alone.
 */
int size_expression_value(const struct size_expression *expression, const json_t *parameters,
	double *ret_value, struct error *error);

/* A parameter's value as a number, as above. -EINVAL if it is not one. */
int size_value(const json_t *value, double *ret_value);
