#include "runner/compare/compare.h"

#include "runner/compare/compare_judge.h"
#include "runner/compare/compare_words.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>

static int find_differences(struct compare *compare);
static int pair_runs(struct compare *compare, struct error *error);
static int pair_within(struct compare *compare, struct error *error);

int compare_make(const struct compare_run *base, const struct compare_run *new,
	const struct compare_options *options, struct compare **ret_compare, struct error *error)
{
	struct compare *compare = calloc(1, sizeof(*compare));
	int r = compare ? 0 : -ENOMEM;

	if (r == 0) {
		compare->base = base;
		compare->new = new;
		compare->options = *options;
		r = find_differences(compare);
	}
	if (r == 0)
		r = options->by ? pair_within(compare, error) : pair_runs(compare, error);
	if (r == 0)
		r = compare_judge(compare);
	if (r < 0) {
		compare_free(compare);
		return r == -ENOMEM ? error_set_errno(error, ENOMEM, "cannot compare") : r;
	}
	*ret_compare = compare;
	return 0;
}

void compare_free(struct compare *compare)
{
	if (!compare)
		return;
	for (size_t i = 0; i < compare->n_pairs; i++)
		free(compare->pairs[i].title);
	free(compare->pairs);
	free(compare->differences);
	string_list_free(compare->only_base);
	string_list_free(compare->only_new);
	free(compare);
}

/* ---- facts */

static const char *fact_value(const struct compare_run *run, const char *name)
{
	for (size_t i = 0; i < run->n_facts; i++)
		if (strcmp(run->facts[i].name, name) == 0)
			return run->facts[i].value;
	return "";
}

static int add_difference(struct compare *compare, const char *name)
{
	const char *base = fact_value(compare->base, name);
	const char *new = fact_value(compare->new, name);

	if (strcmp(base, new) == 0)
		return 0;
	if (!ARRAY_GROW(compare->differences, compare->n_differences))
		return -ENOMEM;
	compare->differences[compare->n_differences++] =
		(struct compare_difference){name, base, new};
	return 0;
}

static int find_differences(struct compare *compare)
{
	int r = 0;

	for (size_t i = 0; i < compare->base->n_facts && r == 0; i++)
		r = add_difference(compare, compare->base->facts[i].name);
	/* Those of the new run alone, such as a limit. */
	for (size_t i = 0; i < compare->new->n_facts &&r == 0; i++)
		if (!*fact_value(compare->base, compare->new->facts[i].name))
			r = add_difference(compare, compare->new->facts[i].name);
	return r;
}

/* ---- pairs */

/* Takes over the title; NULL: -ENOMEM. */
static int compare_add_pair(struct compare *compare, const struct compare_cell *base,
	const struct compare_cell *new, char *title)
{
	if (!title || !ARRAY_GROW(compare->pairs, compare->n_pairs)) {
		free(title);
		return -ENOMEM;
	}
	compare->pairs[compare->n_pairs++] =
		(struct compare_pair){.base = base, .new = new, .title = title};
	return 0;
}

/* Two commands with different words are compared, if each run has one alone. */
static bool has_one_task(const struct compare_run *run)
{
	for (size_t i = 1; i < run->n_cells; i++)
		if (strcmp(run->cells[i].task, run->cells[0].task) != 0)
			return false;
	return true;
}

static const struct compare_cell *find_cell(
	const struct compare_run *run, const struct compare_cell *like, bool any_task)
{
	for (size_t i = 0; i < run->n_cells; i++) {
		const struct compare_cell *cell = &run->cells[i];

		if ((any_task || strcmp(cell->task, like->task) == 0) &&
			strcmp(cell->backend, like->backend) == 0 &&
			json_equal(cell->parameters, like->parameters))
			return cell;
	}
	return NULL;
}

/* Takes over the title. */
static int add_title(char ***list, char *title)
{
	const size_t n = string_list_length((const char *const *)*list);
	char **longer = title ? reallocarray(*list, n + 2, sizeof(**list)) : NULL;

	if (!longer) {
		free(title);
		return -ENOMEM;
	}
	longer[n] = title;
	longer[n + 1] = NULL;
	*list = longer;
	return 0;
}

static int pair_runs(struct compare *compare, struct error *error)
{
	const struct compare_run *base = compare->base, *new = compare->new;
	const bool any_task = has_one_task(base) && has_one_task(new);
	int r = 0;

	for (size_t i = 0; i < new->n_cells &&r == 0; i++) {
		const struct compare_cell *cell = &new->cells[i];
		const struct compare_cell *other = find_cell(base, cell, any_task);

		r = other ? compare_add_pair(
				    compare, other, cell, compare_cell_title(new, cell, NULL))
			  : add_title(&compare->only_new, compare_cell_title(new, cell, NULL));
	}
	for (size_t i = 0; i < base->n_cells && r == 0; i++)
		if (!find_cell(new, &base->cells[i], any_task))
			r = add_title(&compare->only_base,
				compare_cell_title(base, &base->cells[i], NULL));
	if (r == 0 && compare->n_pairs == 0)
		return error_set(error, ENODATA,
			"%s and %s have no point in common: their tasks, parameters or backends "
			"differ",
			base->path, new->path);
	return r;
}

/* ---- pairs within a run */

/* Whether they are equal but for one. */
static bool parameters_alike(const json_t *a, const json_t *b, const char *name)
{
	CLEANUP(cleanup_json) json_t *left = json_copy((json_t *)a);
	CLEANUP(cleanup_json) json_t *right = json_copy((json_t *)b);

	json_object_del(left, name);
	json_object_del(right, name);
	return json_equal(left, right);
}

/* Whether two groups of trials differ in nothing but `by`. */
static bool differ_by(const struct compare_cell *a, const struct compare_cell *b, const char *by)
{
	const bool same_task = strcmp(a->task, b->task) == 0;
	const bool same_backend = strcmp(a->backend, b->backend) == 0;

	if (strcmp(by, COMPARE_BY_BACKEND) == 0)
		return !same_backend && same_task && json_equal(a->parameters, b->parameters);
	if (strcmp(by, COMPARE_BY_TASK) == 0)
		return !same_task && same_backend && json_equal(a->parameters, b->parameters);
	return same_task && same_backend && parameters_alike(a->parameters, b->parameters, by) &&
	       !json_equal(a->parameters, b->parameters);
}

/* The first that differs from it in nothing else: `none`, the first value of the sweep. NULL: it is itself the first. */
static const struct compare_cell *base_within(
	const struct compare_run *run, const struct compare_cell *cell, const char *by)
{
	for (const struct compare_cell *other = run->cells; other < cell; other++)
		if (differ_by(other, cell, by))
			return other;
	return NULL;
}

static int pair_within(struct compare *compare, struct error *error)
{
	const struct compare_run *run = compare->new;
	const char *by = compare->options.by;
	int r = 0;

	for (size_t i = 0; i < run->n_cells && r == 0; i++) {
		const struct compare_cell *cell = &run->cells[i];
		const struct compare_cell *base = base_within(run, cell, by);

		if (base)
			r = compare_add_pair(
				compare, base, cell, compare_cell_title(run, cell, by));
	}
	if (r == 0 && compare->n_pairs == 0)
		return error_set(error, EINVAL,
			"%s has nothing to compare by %s: expected backend, task or a parameter, "
			"with several values",
			run->path, by);
	return r;
}
