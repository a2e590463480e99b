/* The answer of a search, after its run and of its folder. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/limit/limit_read.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>

CLEANUP_POINTER(cleanup_answered_run, struct limit_run, limit_read_free)
CLEANUP_POINTER(cleanup_printed_answer, struct limit_answer, limit_answer_free)

static int emit_limits(enum limit_emit emit, const struct limit_answer *answer, struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < answer->n_points && r == 0; i++)
		r = limit_emit_print(answer, i, emit, stdout, error);
	return r;
}

static int print_limit_json(const struct limit_answer *answer, struct error *error)
{
	json_t *json;
	int r = limit_answer_json(answer, &json, error);

	return r == 0 ? print_json(json, error) : r;
}

int command_print_limit(const struct options *options, struct results *results, bool *ret_found,
	struct error *error)
{
	CLEANUP(cleanup_answered_run) struct limit_run *run = NULL;
	CLEANUP(cleanup_printed_answer) struct limit_answer *answer = NULL;
	int r = limit_read_answer(results, &run, &answer, error);

	if (r < 0)
		return r;
	*ret_found = limit_answer_is_found(answer);
	if (options->json)
		return print_limit_json(answer, error);
	if (options->emits)
		return emit_limits(options->emit, answer, error);
	if (options->quiet)
		return 0;
	r = limit_answer_print(answer, wants_color(options, stdout), stdout);
	return r < 0 ? error_set_errno(error, -r, "cannot print the answer") : 0;
}
