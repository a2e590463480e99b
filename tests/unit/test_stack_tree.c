#include "runner/explain/fault_mappings.h"
#include "runner/explain/stack_tree.h"

/* cmocka.h needs these before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "util/cleanup.h"
#include "util/json.h"

#include <string.h>
#include <sys/sysmacros.h>

static char *frame_names[] = {"main", "a;b\"c"};

/* Two rows on the stack: 4096 bytes by main and "a;b"c", 100 not attributed. Not for stack_tree_free. */
static struct stack_process made_process = {.pid = 7, .name = "task"};
static struct stack_row made_rows[] = {
	{.bytes = 4096, .attributed = true, .frames = frame_names, .n_frames = 2},
	{.bytes = 100},
};
static const struct stack_tree made_tree = {
	.processes = &made_process, .n_processes = 1, .rows = made_rows, .n_rows = 2};

static void test_stack_tree__writes_folded_lines(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(stack_tree_write_folded(&made_tree, stream), 0);
	fclose(stream);
	assert_string_equal(text, "task;main;a:b\"c 4096\ntask;[not attributed] 100\n");
}

static void test_stack_tree__writes_speedscope(void **state)
{
	CLEANUP(cleanup_free) char *text = NULL;
	CLEANUP(cleanup_json) json_t *document = NULL;
	const char *type, *unit, *third;
	json_int_t end, weight, other_weight, frame = 0;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(stack_tree_write_speedscope(&made_tree, stream), 0);
	fclose(stream);
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	assert_int_equal(json_unpack(document,
				 "{s:{s:[{}, {}, {s:s}, {}!]}, s:[{s:s, s:s, s:I, s:[I, I!], "
				 "s:[[i, i, I!], [i, i!]!]}!]}",
				 "shared", "frames", "name", &third, "profiles", "type", &type,
				 "unit", &unit, "endValue", &end, "weights", &weight, &other_weight,
				 "samples", &(int){0}, &(int){0}, &frame, &(int){0}, &(int){0}),
		0);
	assert_string_equal(type, "sampled");
	assert_string_equal(unit, "bytes");
	assert_string_equal(third, "a;b\"c");
	assert_int_equal(frame, 2);
	assert_int_equal(end, 4196);
	assert_int_equal(weight, 4096);
	assert_int_equal(other_weight, 100);
}

/* A row of one process with up to two frames on the heap. */
static void tree_add(struct stack_tree *tree, size_t process, uint64_t bytes, const char *outer,
	const char *inner)
{
	struct stack_row row = {.process = process, .bytes = bytes, .attributed = outer != NULL};

	row.frames = calloc(2, sizeof(*row.frames));
	assert_non_null(row.frames);
	if (outer)
		row.frames[row.n_frames++] = strdup(outer);
	if (inner)
		row.frames[row.n_frames++] = strdup(inner);
	assert_int_equal(stack_tree_add(tree, &row), 0);
}

static void test_stack_tree__merges_same_stacks(void **state)
{
	struct stack_tree *tree = calloc(1, sizeof(*tree));

	(void)state;
	assert_non_null(tree);
	tree_add(tree, 0, 10, "main", "a");
	tree_add(tree, 0, 7, NULL, NULL);
	tree_add(tree, 0, 40, "main", NULL);
	tree_add(tree, 1, 20, "main", "a");
	tree_add(tree, 0, 15, "main", "a");
	tree_add(tree, 0, 1, NULL, NULL);
	stack_tree_merge(tree);
	assert_int_equal(tree->n_rows, 4);
	assert_int_equal(tree->rows[0].bytes, 40);
	assert_int_equal(tree->rows[1].bytes, 25);
	assert_string_equal(tree->rows[1].frames[1], "a");
	assert_int_equal(tree->rows[2].bytes, 20);
	assert_int_equal(tree->rows[2].process, 1);
	assert_int_equal(tree->rows[3].bytes, 8);
	assert_false(tree->rows[3].attributed);
	stack_tree_free(tree);
}

static void test_stack_tree__sums_bytes(void **state)
{
	uint64_t attributed;

	(void)state;
	assert_int_equal(stack_tree_bytes(&made_tree, &attributed), 4196);
	assert_int_equal(attributed, 4096);
}

static void test_fault_mappings__parses_smaps(void **state)
{
	struct fault_mappings mappings;

	(void)state;
	assert_int_equal(fault_mappings_parse(
				 "55d0a000-55d0b000 r-xp 00001000 fe:0a 1234      /usr/bin/a b\n"
				 "Size:                  4 kB\n"
				 "Anonymous:             8 kB\n"
				 "VmFlags: rd ex\n"
				 "7f00000000-7f00200000 rw-p 00000000 00:00 0 \n"
				 "Anonymous:          2048 kB\n",
				 &mappings, NULL),
		0);
	assert_int_equal(mappings.n, 2);
	assert_int_equal(mappings.mappings[0].start, 0x55d0a000);
	assert_int_equal(mappings.mappings[0].end, 0x55d0b000);
	assert_int_equal(mappings.mappings[0].offset, 0x1000);
	assert_int_equal(mappings.mappings[0].device, makedev(0xfe, 0x0a));
	assert_int_equal(mappings.mappings[0].inode, 1234);
	assert_true(mappings.mappings[0].executable);
	assert_string_equal(mappings.mappings[0].path, "/usr/bin/a b");
	assert_int_equal(mappings.mappings[0].anonymous_bytes, 8192);
	assert_false(mappings.mappings[1].executable);
	assert_string_equal(mappings.mappings[1].path, "");
	assert_int_equal(mappings.mappings[1].anonymous_bytes, 2097152);
	fault_mappings_release(&mappings);
}

static void test_fault_mappings__refuses_malformed_heads(void **state)
{
	struct fault_mappings mappings;

	(void)state;
	assert_int_equal(
		fault_mappings_parse("5000-4000 rw-p 0 00:00 0 \n", &mappings, NULL), -EBADMSG);
	assert_int_equal(fault_mappings_parse("5000\n", &mappings, NULL), -EBADMSG);
	assert_int_equal(
		fault_mappings_parse("11111111111111111-4000 rw-p 0 00:00 0\n", &mappings, NULL),
		-EBADMSG);
}

static void test_perf_record__refuses_sizes_beyond_the_record(void **state)
{
	/* PERF_RECORD_SAMPLE of 64 bytes: ids, time, address, no registers, and a stack said to be 1 MiB. */
	uint64_t words[8] = {9 | UINT64_C(64) << 48, 5 | UINT64_C(6) << 32, 1, 0x1000, 0,
		UINT64_C(1) << 20, 0, 0};
	enum perf_record kind;
	struct perf_sample sample;
	size_t n;

	(void)state;
	assert_int_equal(perf_record_parse(words, sizeof(words), &kind, &sample, &n), -EBADMSG);
	words[5] = 8;
	words[7] = 16;
	assert_int_equal(perf_record_parse(words, sizeof(words), &kind, &sample, &n), 0);
	assert_int_equal(kind, PERF_RECORD_IS_SAMPLE);
	assert_int_equal(n, 64);
	assert_int_equal(sample.pid, 5);
	assert_int_equal(sample.tid, 6);
	assert_int_equal(sample.address, 0x1000);
	assert_int_equal(sample.stack_bytes, 8);
	assert_int_equal(perf_record_parse(words, 56, &kind, &sample, &n), -EBADMSG);
	words[0] = 9;
	assert_int_equal(perf_record_parse(words, sizeof(words), &kind, &sample, &n), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack_tree__writes_folded_lines),
		cmocka_unit_test(test_stack_tree__writes_speedscope),
		cmocka_unit_test(test_stack_tree__merges_same_stacks),
		cmocka_unit_test(test_stack_tree__sums_bytes),
		cmocka_unit_test(test_fault_mappings__parses_smaps),
		cmocka_unit_test(test_fault_mappings__refuses_malformed_heads),
		cmocka_unit_test(test_perf_record__refuses_sizes_beyond_the_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
