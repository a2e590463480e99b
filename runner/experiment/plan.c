#include "runner/experiment/plan.h"

#include "runner/experiment/random.h"
#include "runner/experiment/template.h"
#include "util/cleanup.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

struct plan {
	const struct experiment *experiment;
	size_t *first_points; /* of each task; after them the number of all */
	size_t n_points;
	struct planned_trial *trials;
	size_t n_trials;
	size_t n_room;
};

/* The combinations of a task's parameter values; true if they are more than 2^64. */
static bool count_points(const struct task *task, uint64_t *n_points)
{
	bool overflow = false;

	*n_points = 1;
	for (size_t i = 0; i < task->n_parameters; i++)
		overflow |=
			__builtin_mul_overflow(*n_points, task->parameters[i].n_values, n_points);
	return overflow;
}

/* The size of the plan. -E2BIG, with the factors, if it exceeds PLAN_MAX_TRIALS. */
static int measure(const struct experiment *experiment, size_t *first_points, size_t *ret_n_trials,
	struct error *error)
{
	const uint64_t rounds = experiment->trials.repetitions + experiment->trials.warmups;
	uint64_t n_points = 0, n_trials;
	bool overflow = false;

	for (size_t i = 0; i < experiment->n_tasks; i++) {
		uint64_t n_own;

		first_points[i] = n_points;
		overflow |= count_points(&experiment->tasks[i], &n_own);
		overflow |= __builtin_add_overflow(n_points, n_own, &n_points);
	}
	first_points[experiment->n_tasks] = n_points;
	overflow |= __builtin_mul_overflow(n_points, experiment->n_backends, &n_trials);
	overflow |= __builtin_mul_overflow(n_trials, rounds, &n_trials);
	if (overflow)
		return error_set(error, E2BIG,
			"the plan has more than 2^64 trials; expected at most %" PRIu64,
			PLAN_MAX_TRIALS);
	if (n_trials > PLAN_MAX_TRIALS && !experiment->is_search)
		return error_set(error, E2BIG,
			"the plan has %" PRIu64 " trials (%" PRIu64
			" combinations of parameters%s, %zu backends, %" PRIu64
			" repetitions and %" PRIu64 " warm-ups); expected at most %" PRIu64,
			n_trials, n_points, experiment->n_tasks > 1 ? " of all tasks" : "",
			experiment->n_backends, experiment->trials.repetitions,
			experiment->trials.warmups, PLAN_MAX_TRIALS);
	*ret_n_trials = n_trials;
	return 0;
}

static void plan_append(
	struct plan *plan, size_t point, size_t backend, uint64_t repetition, bool warmup)
{
	plan->trials[plan->n_trials++] = (struct planned_trial){
		.task = plan_task(plan, point),
		.backend = plan->experiment->backends[backend],
		.point = point,
		.repetition = repetition,
		.warmup = warmup,
	};
}

/* Point by point, backend by backend, repetition by repetition. */
static void append_sequential(struct plan *plan, uint64_t repetitions, bool warmup)
{
	for (size_t point = 0; point < plan->n_points; point++)
		for (size_t backend = 0; backend < plan->experiment->n_backends; backend++)
			for (uint64_t repetition = 1; repetition <= repetitions; repetition++)
				plan_append(plan, point, backend, repetition, warmup);
}

/* Each repetition is a block of every (point, backend), in its own random order. */
static void append_blocks(struct plan *plan)
{
	const struct experiment *experiment = plan->experiment;
	struct random random;

	random_init(&random, experiment->trials.seed);
	for (uint64_t repetition = 1; repetition <= experiment->trials.repetitions; repetition++) {
		struct planned_trial *block = plan->trials + plan->n_trials;

		for (size_t point = 0; point < plan->n_points; point++)
			for (size_t backend = 0; backend < experiment->n_backends; backend++)
				plan_append(plan, point, backend, repetition, false);
		random_shuffle(&random, block, (size_t)(plan->trials + plan->n_trials - block),
			sizeof(*block));
	}
}

int plan_reserve(struct plan *plan, uint64_t n_trials, struct error *error)
{
	if (n_trials > PLAN_MAX_TRIALS)
		return error_set(error, E2BIG,
			"the plan may come to have %" PRIu64 " trials; expected at most %" PRIu64,
			n_trials, PLAN_MAX_TRIALS);
	plan->trials = calloc(n_trials, sizeof(*plan->trials));
	if (!plan->trials)
		return error_set_errno(
			error, ENOMEM, "cannot make a plan of %" PRIu64 " trials", n_trials);
	plan->n_room = n_trials;
	return 0;
}

static void append_all(struct plan *plan)
{
	const struct experiment *experiment = plan->experiment;

	append_sequential(plan, experiment->trials.warmups, true);
	if (experiment->trials.order == ORDER_RANDOM)
		append_blocks(plan);
	else
		append_sequential(plan, experiment->trials.repetitions, false);
	for (size_t i = 0; i < plan->n_trials; i++)
		plan->trials[i].number = i + 1;
}

CLEANUP_POINTER(release_plan, struct plan, plan_free)

int plan_new(const struct experiment *experiment, struct plan **ret_plan, struct error *error)
{
	CLEANUP(release_plan) struct plan *plan = calloc(1, sizeof(*plan));
	size_t n_trials = 0;
	int r;

	if (plan)
		plan->first_points = calloc(experiment->n_tasks + 1, sizeof(*plan->first_points));
	if (!plan || !plan->first_points)
		return error_set_errno(error, ENOMEM, "cannot make the plan");
	r = measure(experiment, plan->first_points, &n_trials, error);
	if (r < 0)
		return r;
	plan->experiment = experiment;
	plan->n_points = plan->first_points[experiment->n_tasks];
	if (!experiment->is_search) {
		r = plan_reserve(plan, n_trials, error);
		if (r < 0)
			return r;
		append_all(plan);
	}
	*ret_plan = TAKE_PTR(plan);
	return 0;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	free(plan->trials);
	free(plan->first_points);
	free(plan);
}

size_t plan_room(const struct plan *plan)
{
	return plan->n_room;
}

int plan_append_trial(struct plan *plan, const struct planned_trial *trial, struct error *error)
{
	if (plan->n_trials == plan->n_room)
		return error_set(error, E2BIG, "the plan has more than %zu trials", plan->n_room);
	plan->trials[plan->n_trials] = *trial;
	plan->trials[plan->n_trials].number = plan->n_trials + 1;
	plan->n_trials++;
	return 0;
}

const struct experiment *plan_experiment(const struct plan *plan)
{
	return plan->experiment;
}

size_t plan_size(const struct plan *plan)
{
	return plan->n_trials;
}

const struct planned_trial *plan_trial(const struct plan *plan, size_t index)
{
	return &plan->trials[index];
}

size_t plan_n_points(const struct plan *plan)
{
	return plan->n_points;
}

const struct task *plan_task(const struct plan *plan, size_t point)
{
	size_t index = 0;

	while (point >= plan->first_points[index + 1])
		index++;
	return &plan->experiment->tasks[index];
}

const struct parameter_value *plan_parameter(
	const struct plan *plan, size_t point, size_t parameter)
{
	const struct task *task = plan_task(plan, point);
	const struct parameter *parameters = task->parameters;

	point -= plan->first_points[task - plan->experiment->tasks];
	for (size_t i = task->n_parameters - 1; i > parameter; i--)
		point /= parameters[i].n_values;
	return &parameters[parameter].values[point % parameters[parameter].n_values];
}

/* Numbers and booleans are the same in JSON as on a command line. */
static void print_json_value(FILE *stream, const struct parameter_value *value)
{
	json_t *string;

	if (value->kind != PARAMETER_STRING) {
		fputs(value->text, stream);
		return;
	}
	string = json_string(value->text);
	json_dumpf(string, stream, JSON_ENCODE_ANY);
	json_decref(string);
}

char *plan_parameters_json(const struct plan *plan, size_t point)
{
	const struct task *task = plan_task(plan, point);
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	fputc('{', stream);
	for (size_t i = 0; i < task->n_parameters; i++) {
		fprintf(stream, "%s\"%s\": ", i > 0 ? ", " : "", task->parameters[i].name);
		print_json_value(stream, plan_parameter(plan, point, i));
	}
	fputc('}', stream);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

char *plan_point_label(const struct plan *plan, size_t point)
{
	const struct task *task = plan_task(plan, point);
	char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return NULL;
	fputs(task->name ? task->name : "", stream);
	for (size_t i = 0; i < task->n_parameters; i++)
		fprintf(stream, "%s%s=%s", i > 0 || task->name ? " " : "", task->parameters[i].name,
			plan_parameter(plan, point, i)->text);
	if (fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static const char *point_value(
	const struct plan *plan, size_t point, const struct template_piece *name)
{
	const struct task *task = plan_task(plan, point);

	for (size_t i = 0; i < task->n_parameters; i++) {
		const char *parameter = task->parameters[i].name;

		if (strlen(parameter) == name->length &&
			memcmp(parameter, name->start, name->length) == 0)
			return plan_parameter(plan, point, i)->text;
	}
	return NULL;
}

static int expand_to(const struct plan *plan, size_t point, const char *template, FILE *stream,
	struct error *error)
{
	struct template_piece piece;
	const char *cursor = template;

	for (;;) {
		int r = template_next(&cursor, &piece, error);

		if (r < 0)
			return error_prefix(error, "\"%s\"", template);
		if (piece.kind == TEMPLATE_END)
			return 0;
		if (piece.kind == TEMPLATE_NAME) {
			const char *value = point_value(plan, point, &piece);

			if (!value)
				return error_set(error, EINVAL,
					"\"%s\": there is no parameter \"%.*s\"", template,
					(int)piece.length, piece.start);
			fputs(value, stream);
		} else {
			fwrite(piece.start, 1, piece.length, stream);
		}
	}
}

int plan_expand(const struct plan *plan, size_t point, const char *template, char **ret_text,
	struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);
	int r;

	if (!stream)
		return error_set_errno(error, errno, "cannot expand \"%s\"", template);
	r = expand_to(plan, point, template, stream, error);
	if (fclose(stream) != 0 && r == 0)
		r = error_set_errno(error, errno, "cannot expand \"%s\"", template);
	if (r < 0)
		return r;
	*ret_text = TAKE_PTR(text);
	return 0;
}
