#include "runner/explain/stack_tree.h"

#include "util/array.h"
#include "util/json.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void stack_tree_free(struct stack_tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->n_rows; i++) {
		for (size_t j = 0; j < tree->rows[i].n_frames; j++)
			free(tree->rows[i].frames[j]);
		free(tree->rows[i].frames);
	}
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
