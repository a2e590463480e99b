#include "runner/fit/size_expression.h"

#include "util/cleanup.h"
#include "util/parse.h"
#include "util/text.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#define MAX_FACTORS 16
#define EXPECTED "expected a product of parameters and numbers, such as nx*ny*nz or edge^3"

struct factor {
	char *parameter; /* NULL: a number */
	double number;
	double power;
};

struct size_expression {
	struct factor factors[MAX_FACTORS];
	size_t n_factors;
};

static int parse_factor(char *text, struct factor *factor);

int size_expression_parse(
	const char *text, struct size_expression **ret_expression, struct error *error)
{
	CLEANUP(cleanup_free) char *copy = string_format("%s", text);
	struct size_expression *expression = calloc(1, sizeof(*expression));
	char *rest = copy;
	int r = copy && expression ? 0 : -ENOMEM;

	while (r == 0 && rest) {
		char *factor = strsep(&rest, "*");

		if (expression->n_factors == MAX_FACTORS)
			r = -EINVAL;
		else
			r = parse_factor(factor, &expression->factors[expression->n_factors++]);
	}
	if (r == 0) {
		*ret_expression = expression;
		return 0;
	}
	size_expression_free(expression);
	if (r == -EINVAL)
		return error_set(error, EINVAL, "%s is not a size: " EXPECTED, text);
	return error_set_errno(error, -r, "cannot read a size");
}

void size_expression_free(struct size_expression *expression)
{
	if (!expression)
		return;
	for (size_t i = 0; i < expression->n_factors; i++)
		free(expression->factors[i].parameter);
	free(expression);
}

/* Removes surrounding blanks. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " ");
	length = strlen(text);
	while (length > 0 && text[length - 1] == ' ')
		text[--length] = '\0';
	return text;
}

static bool is_parameter_name(const char *text)
{
	if (!isalpha((unsigned char)*text) && *text != '_')
		return false;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '_')
			return false;
	return true;
}

/* "96x128x192"; a single number is a shape of one dimension. */
static int shape_value(const char *text, double *ret_value)
{
	CLEANUP(cleanup_free) char *copy = string_format("%s", text);
	double product = 1.0;
	char *rest = copy;

	if (!copy)
		return -ENOMEM;
	while (rest) {
		double edge;

		if (parse_decimal(strsep(&rest, "x"), &edge) < 0)
			return -EINVAL;
		product *= edge;
	}
	*ret_value = product;
	return 0;
}

static int parse_factor(char *text, struct factor *factor)
{
	char *power = text;
	char *base = trim(strsep(&power, "^"));

	factor->power = 1.0;
	if (power && parse_decimal(trim(power), &factor->power) < 0)
		return -EINVAL;
	if (shape_value(base, &factor->number) == 0)
		return 0;
	if (!is_parameter_name(base))
		return -EINVAL;
	factor->parameter = string_format("%s", base);
	return factor->parameter ? 0 : -ENOMEM;
}

bool size_expression_uses(const struct size_expression *expression, const char *parameter)
{
	for (size_t i = 0; i < expression->n_factors; i++)
		if (expression->factors[i].parameter &&
			strcmp(expression->factors[i].parameter, parameter) == 0)
			return true;
	return false;
}

static int factor_value(const struct factor *factor, const json_t *parameters, double *ret_value,
	struct error *error)
{
	const json_t *value;
	double number;

	if (!factor->parameter) {
		*ret_value = pow(factor->number, factor->power);
		return 0;
	}
	value = json_object_get(parameters, factor->parameter);
	if (!value)
		return error_set(error, EINVAL, "no parameter %s", factor->parameter);
	if (size_value(value, &number) < 0)
		return error_set(error, EINVAL, "the parameter %s is not always a number",
			factor->parameter);
	*ret_value = pow(number, factor->power);
	return 0;
}

int size_expression_value(const struct size_expression *expression, const json_t *parameters,
	double *ret_value, struct error *error)
{
	double product = 1.0;

	for (size_t i = 0; i < expression->n_factors; i++) {
		double value = 1.0;
		int r = factor_value(&expression->factors[i], parameters, &value, error);

		if (r < 0)
			return r;
		product *= value;
	}
	if (!isfinite(product) || product <= 0.0)
		return error_set(
			error, EINVAL, "a size of %g: a fit needs finite sizes above 0", product);
	*ret_value = product;
	return 0;
}

int size_value(const json_t *value, double *ret_value)
{
	uint64_t bytes;

	if (json_is_number(value)) {
		*ret_value = json_number_value(value);
		return 0;
	}
	if (!json_is_string(value))
		return -EINVAL;
	if (shape_value(json_string_value(value), ret_value) == 0)
		return 0;
	if (parse_size(json_string_value(value), &bytes) < 0)
		return -EINVAL;
	*ret_value = (double)bytes;
	return 0;
}
