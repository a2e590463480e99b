/* The answer of a search, after its run and of its folder. */

#include "runner/cli/command.h"
#include "runner/cli/console.h"
#include "runner/limit/limit_read.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>

CLEANUP_POINTER(cleanup_answered_run, struct limit_run, limit_read_free)
CLEANUP_POINTER(cleanup_printed_answer, struct limit_answer, limit_answer_free)

static int find_emit(const char *name, enum limit_emit *ret_emit, struct error *error)
{
	for (enum limit_emit emit = 0; limit_emit_name(emit); emit++) {
		if (strcmp(name, limit_emit_name(emit)) != 0)
			continue;
		*ret_emit = emit;
		return 0;
	}
	return error_set(error, EINVAL,
		"--emit %s: expected docker, kubernetes, systemd, slurm, snakemake or nextflow",
		name);
}

static int emit_limits(const char *name, const struct limit_answer *answer, struct error *error)
{
	enum limit_emit emit = LIMIT_EMIT_DOCKER;
	int r = find_emit(name, &emit, error);

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

enum exit_code command_print_limit(
	const struct options *options, struct results *results, struct error *error)
{
	CLEANUP(cleanup_answered_run) struct limit_run *run = NULL;
	CLEANUP(cleanup_printed_answer) struct limit_answer *answer = NULL;
	int r = limit_read_answer(results, &run, &answer, error);

	if (r < 0)
		return EXIT_CODE_SYSTEM;
	if (options->json)
		r = print_limit_json(answer, error);
	else if (options->emit)
		r = emit_limits(options->emit, answer, error);
	else if (!options->quiet)
		limit_answer_print(answer, wants_color(options, stdout), stdout);
	if (r == -ENODATA)
		return EXIT_CODE_TRIALS;
	if (r < 0)
		return EXIT_CODE_SYSTEM;
	return limit_answer_is_found(answer) ? EXIT_CODE_OK : EXIT_CODE_TRIALS;
}
