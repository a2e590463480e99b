#include "runner/explain/stack_tree.h"

#include "util/array.h"
#include "util/json.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void stack_row_release(struct stack_row *row)
{
	for (size_t i = 0; i < row->n_frames; i++)
		free(row->frames[i]);
	free(row->frames);
}

void stack_tree_free(struct stack_tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_rows; i++)
		stack_row_release(&tree->rows[i]);
	for (size_t i = 0; i < tree->n_modules; i++) {
		if (tree->modules[i].fd >= 0)
			close(tree->modules[i].fd);
		free(tree->modules[i].path);
	}
	for (size_t i = 0; i < tree->n_processes; i++)
		free(tree->processes[i].name);
	if (tree->samples)
		munmap(tree->samples, tree->samples_bytes);
	free(tree->rows);
	free(tree->modules);
	free(tree->processes);
	free(tree);
}

int stack_tree_add(struct stack_tree *tree, const struct stack_row *row)
{
	if (!ARRAY_GROW(tree->rows, tree->n_rows))
		return -ENOMEM;
	tree->rows[tree->n_rows++] = *row;
	return 0;
}

static int compare_row_stacks(const void *a, const void *b)
{
	const struct stack_row *one = a, *other = b;

	if (one->process != other->process)
		return one->process < other->process ? -1 : 1;
	if (one->attributed != other->attributed)
		return one->attributed ? -1 : 1;
	for (size_t i = 0; i < one->n_frames && i < other->n_frames; i++) {
		int order = strcmp(one->frames[i], other->frames[i]);

		if (order != 0)
			return order;
	}
	return (one->n_frames > other->n_frames) - (one->n_frames < other->n_frames);
}

/* Rows of one size in the order of their stacks, so that the same rows always give the same file. */
static int compare_row_sizes(const void *a, const void *b)
{
	const struct stack_row *one = a, *other = b;

	if (one->bytes != other->bytes)
		return one->bytes > other->bytes ? -1 : 1;
	return compare_row_stacks(a, b);
}

void stack_tree_merge(struct stack_tree *tree)
{
	size_t n = 0;

	if (tree->n_rows == 0)
		return;
	qsort(tree->rows, tree->n_rows, sizeof(*tree->rows), compare_row_stacks);
	for (size_t i = 1; i < tree->n_rows; i++) {
		if (compare_row_stacks(&tree->rows[n], &tree->rows[i]) == 0) {
			tree->rows[n].bytes += tree->rows[i].bytes;
			stack_row_release(&tree->rows[i]);
		} else {
			tree->rows[++n] = tree->rows[i];
		}
	}
	tree->n_rows = n + 1;
	qsort(tree->rows, tree->n_rows, sizeof(*tree->rows), compare_row_sizes);
}

uint64_t stack_tree_bytes(const struct stack_tree *tree, uint64_t *ret_attributed)
{
	uint64_t bytes = 0, attributed = 0;

	for (size_t i = 0; i < tree->n_rows; i++) {
		bytes += tree->rows[i].bytes;
		if (tree->rows[i].attributed)
			attributed += tree->rows[i].bytes;
	}
	*ret_attributed = attributed;
	return bytes;
}

/* The names of a row from the outermost on: its process, its frames. NULL after the last. */
static const char *row_name(const struct stack_tree *tree, const struct stack_row *row, size_t i)
{
	if (i == 0)
		return tree->processes[row->process].name;
	if (!row->attributed)
		return i == 1 ? STACK_NOT_ATTRIBUTED : NULL;
	return i <= row->n_frames ? row->frames[i - 1] : NULL;
}

/* A ';' separates frames: it is a ':' in a name. */
static void folded_write_name(const char *name, FILE *stream)
{
	for (; *name != '\0'; name++)
		fputc(*name == ';' ? ':' : *name, stream);
}

int stack_tree_write_folded(const struct stack_tree *tree, FILE *stream)
{
	for (size_t i = 0; i < tree->n_rows; i++) {
		const struct stack_row *row = &tree->rows[i];
		const char *name;

		for (size_t j = 0; (name = row_name(tree, row, j)) != NULL; j++) {
			if (j > 0)
				fputc(';', stream);
			folded_write_name(name, stream);
		}
		fprintf(stream, " %llu\n", (unsigned long long)row->bytes);
	}
	return fflush(stream) == 0 && !ferror(stream) ? 0 : -EIO;
}

/* The frame's number; a new one is appended to the list of frames. */
static json_t *speedscope_frame(json_t *numbers, json_t *frames, const char *name)
{
	json_t *number = json_object_get(numbers, name);

	if (number)
		return json_incref(number);
	number = json_integer((json_int_t)json_array_size(frames));
	if (!number ||
		json_array_append_new(frames, json_pack("{s:o}", "name", json_from_text(name))) <
			0 ||
		json_object_set(numbers, name, number) < 0) {
		json_decref(number);
		return NULL;
	}
	return number;
}

static int speedscope_rows(
	const struct stack_tree *tree, json_t *frames, json_t *stacks, json_t *weights)
{
	CLEANUP(cleanup_json) json_t *numbers = json_object();

	for (size_t i = 0; i < tree->n_rows; i++) {
		json_t *stack = json_array();
		const char *name;

		if (json_array_append_new(stacks, stack) < 0 ||
			json_array_append_new(
				weights, json_integer((json_int_t)tree->rows[i].bytes)) < 0)
			return -ENOMEM;
		for (size_t j = 0; (name = row_name(tree, &tree->rows[i], j)) != NULL; j++)
			if (json_array_append_new(stack, speedscope_frame(numbers, frames, name)) <
				0)
				return -ENOMEM;
	}
	return 0;
}

int stack_tree_write_speedscope(const struct stack_tree *tree, FILE *stream)
{
	CLEANUP(cleanup_json) json_t *frames = json_array();
	CLEANUP(cleanup_json) json_t *stacks = json_array();
	CLEANUP(cleanup_json) json_t *weights = json_array();
	CLEANUP(cleanup_json) json_t *document = NULL;
	uint64_t attributed;

	if (speedscope_rows(tree, frames, stacks, weights) < 0)
		return -ENOMEM;
	document = json_pack("{s:s, s:{s:O}, s:[{s:s, s:s, s:s, s:i, s:I, s:O, s:O}]}", "$schema",
		"https://www.speedscope.app/file-format-schema.json", "shared", "frames", frames,
		"profiles", "type", "sampled", "name", "memory held", "unit", "bytes", "startValue",
		0, "endValue", (json_int_t)stack_tree_bytes(tree, &attributed), "samples", stacks,
		"weights", weights);
	if (!document)
		return -ENOMEM;
	return json_dumpf(document, stream, JSON_COMPACT | JSON_ENSURE_ASCII) == 0 &&
			       fflush(stream) == 0
		       ? 0
		       : -EIO;
}
