#include "runner/datasheet/numbers.h"

#include <errno.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>

int numbers_add(struct numbers *numbers, double value)
{
	if (numbers->n == numbers->capacity) {
		size_t capacity = numbers->capacity ? 2 * numbers->capacity : 16;
		double *values = reallocarray(numbers->values, capacity, sizeof(*values));

		if (!values)
			return -ENOMEM;
		numbers->values = values;
		numbers->capacity = capacity;
	}
	numbers->values[numbers->n++] = value;
	return 0;
}

void numbers_release(struct numbers *numbers)
{
	free(numbers->values);
	*numbers = (struct numbers){0};
}

double numbers_median(struct numbers *numbers)
{
	size_t n = 0;

	for (size_t i = 0; i < numbers->n; i++)
		if (!isnan(numbers->values[i]))
			numbers->values[n++] = numbers->values[i];
	numbers->n = n;
	if (n == 0)
		return NAN;
	gsl_sort(numbers->values, 1, n);
	return gsl_stats_median_from_sorted_data(numbers->values, 1, n);
}
