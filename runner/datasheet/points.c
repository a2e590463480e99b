#include "runner/datasheet/points.h"

#include "runner/analysis/parameters.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <jansson.h>
#include <string.h>

#define PARAMETER "phenomenon"

/* Sets NULL if the point has no such parameter. -ENOMEM. */
static int phenomenon_of(const char *parameters, char **ret_phenomenon)
{
	json_t *object = json_loads(parameters, 0, NULL);
	const char *name = json_string_value(json_object_get(object, PARAMETER));
	char *copy = name ? strdup(name) : NULL;
	int r = name && !copy ? -ENOMEM : 0;

	json_decref(object);
	if (r == 0)
		*ret_phenomenon = copy;
	return r;
}

/* "size_mib=16": distinguishes points of the same phenomenon. NULL on ENOMEM. */
static char *label_of_others(const char *parameters)
{
	json_t *object = json_loads(parameters, 0, NULL);
	char *text;
	char *label;

	json_object_del(object, PARAMETER);
	text = parameters_json(object);
	label = text ? parameters_label(text) : NULL;
	free(text);
	json_decref(object);
	return label;
}

static bool is_repeated(const struct points *points, const struct point *point)
{
	for (size_t i = 0; i < points->n; i++)
		if (&points->points[i] != point &&
			strcmp(points->points[i].phenomenon, point->phenomenon) == 0)
			return true;
	return false;
}

static int label_points(struct points *points, const struct comparison *comparison)
{
	for (size_t i = 0; i < points->n; i++) {
		struct point *point = &points->points[i];
		CLEANUP(cleanup_free) char *others = NULL;

		if (is_repeated(points, point)) {
			others = label_of_others(comparison->points[point->index].parameters);
			if (!others)
				return -ENOMEM;
			point->label = string_format("%s, %s", point->phenomenon, others);
		} else {
			point->label = strdup(point->phenomenon);
		}
		if (!point->label)
			return -ENOMEM;
	}
	return 0;
}

/* The position of the name as a string in the text; the end of the text if it is missing. */
static int find_place(const char *experiment, const char *phenomenon, size_t *ret_place)
{
	CLEANUP(cleanup_free) char *quoted = string_format("\"%s\"", phenomenon);
	const char *found;

	if (!quoted)
		return -ENOMEM;
	found = strstr(experiment, quoted);
	*ret_place = found ? (size_t)(found - experiment) : strlen(experiment);
	return 0;
}

static int compare_sheet_points(const void *left, const void *right)
{
	const struct point *a = left, *b = right;

	if (a->place != b->place)
		return a->place < b->place ? -1 : 1;
	return (a->index > b->index) - (a->index < b->index);
}

static int points_collect(
	struct points *points, const char *experiment, const struct comparison *comparison)
{
	points->points = calloc(comparison->n_points + 1, sizeof(*points->points));
	if (!points->points)
		return -ENOMEM;
	for (size_t i = 0; i < comparison->n_points; i++) {
		struct point *point = &points->points[points->n];
		int r = phenomenon_of(comparison->points[i].parameters, &point->phenomenon);

		if (r < 0)
			return r;
		if (!point->phenomenon)
			continue;
		point->index = i;
		points->n++;
		r = find_place(experiment, point->phenomenon, &point->place);
		if (r < 0)
			return r;
	}
	qsort(points->points, points->n, sizeof(*points->points), compare_sheet_points);
	return label_points(points, comparison);
}

int points_init(struct points *points, struct results *results, const struct comparison *comparison,
	struct error *error)
{
	const char *experiment = results_attribute(results, LAYOUT_ATTRIBUTE_EXPERIMENT);
	int r;

	*points = (struct points){0};
	r = points_collect(points, experiment ? experiment : "", comparison);
	if (r < 0)
		return error_set_errno(error, -r, "cannot sort the phenomena");
	if (points->n == 0)
		return error_set(error, ENODATA,
			"its task has no parameter \"" PARAMETER
			"\", which names what a task of a data sheet does: run "
			"experiments/datasheet.toml");
	return 0;
}

void points_release(struct points *points)
{
	for (size_t i = 0; i < points->n; i++) {
		free(points->points[i].phenomenon);
		free(points->points[i].label);
	}
	free(points->points);
	*points = (struct points){0};
}
