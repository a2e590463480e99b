#include "runner/trial/journal.h"

#include "runner/trial/record.h"
#include "util/array.h"
#include "util/cleanup.h"

#include <jansson.h>
#include <string.h>

/*
 * ---- writing. jansson's integers are signed: no time or size on a real machine needs the last
 * bit.
 */

static int write_note(struct spool *spool, json_t *note, struct error *error)
{
	CLEANUP(cleanup_free) char *line = note ? json_dumps(note, JSON_COMPACT) : NULL;

	json_decref(note);
	if (!line)
		return error_set_errno(error, ENOMEM, "cannot record the state of the trial");
	return spool_note(spool, line, error);
}

static int write_and_flush(struct spool *spool, json_t *note, struct error *error)
{
	int r = write_note(spool, note, error);

	return r == 0 ? spool_flush(spool, error) : r;
}

/* The limits that are set; others have no key. */
static json_t *pack_limits(const struct trial_description *description)
{
	struct limits limits = description->limits;
	json_t *body = json_pack("{s:b}", "oom_group", (int)limits.oom_group);

	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		const struct amount *amount = description_amount(&limits, i);

		if (amount->kind == AMOUNT_NUMBER)
			json_object_set_new(body, description_amount_name(i),
				json_integer((json_int_t)amount->number));
	}
	if (limits.cpus)
		json_object_set_new(body, "cpus", json_string(limits.cpus));
	return body;
}

int journal_describe(
	struct spool *spool, const struct trial_description *description, struct error *error)
{
	const struct sampler_settings *sampler = &description->sampler;

	return write_and_flush(spool,
		json_pack("{s:{s:I, s:I, s:b, s:s, s:s, s:s, s:s, s:b, s:f, s:f, s:f, s:f, s:f, "
			  "s:o}}",
			"trial", "number", (json_int_t)description->number, "repetition",
			(json_int_t)description->repetition, "warmup", (int)description->warmup,
			"backend", description->backend, "task", description->task, "parameters",
			description->parameters, "point", description->point, "rate_max",
			(int)sampler->rate_max, "rate_hz", sampler->rate_hz, "stat_hz",
			sampler->stat_hz, "peak_hz", sampler->peak_hz, "processes_hz",
			sampler->processes_hz, "pss_hz", sampler->pss_hz, "limits",
			pack_limits(description)),
		error);
}

int journal_gate(const struct trial_result *result, struct error *error)
{
	return write_note(result->spool,
		json_pack("{s:{s:I, s:I}}", "gate", "realtime_ns",
			(json_int_t)result->start_realtime_ns, "monotonic_ns",
			(json_int_t)result->start_monotonic_ns),
		error);
}

int journal_begin(const struct trial_result *result, struct error *error)
{
	return write_note(result->spool,
		json_pack("{s:{s:I, s:I}}", "begin", "time_ns", (json_int_t)result->begin_ns,
			"bytes", (json_int_t)result->reference.initial_bytes),
		error);
}

int journal_end(const struct trial_result *result, struct error *error)
{
	return write_and_flush(result->spool,
		json_pack("{s:{s:I, s:I}}", "end", "time_ns", (json_int_t)result->end_ns, "bytes",
			(json_int_t)result->reference.final_bytes),
		error);
}

int journal_mark(struct spool *spool, const struct trial_mark *mark, struct error *error)
{
	return write_note(spool,
		json_pack("{s:{s:I, s:s}}", "mark", "time_ns", (json_int_t)mark->time_ns, "name",
			mark->name),
		error);
}

int journal_kind(
	struct spool *spool, const char *metric, enum metric_kind kind, struct error *error)
{
	return write_note(spool,
		json_pack("{s:{s:s, s:i}}", "kind", "metric", metric, "value", (int)kind), error);
}

/* ---- reading. Each returns 1 for a note of another kind, and -EINVAL for a malformed one. */

/* Older programs wrote none. */
static int read_limits(json_t *body, struct limits *limits)
{
	json_t *cpus = json_object_get(body, "cpus");

	limits->oom_group = json_is_true(json_object_get(body, "oom_group"));
	for (unsigned i = 0; i < DESCRIPTION_N_AMOUNTS; i++) {
		json_t *number = json_object_get(body, description_amount_name(i));

		if (json_is_integer(number))
			*description_amount(limits, i) = (struct amount){.kind = AMOUNT_NUMBER,
				.number = (uint64_t)json_integer_value(number)};
	}
	if (!json_is_string(cpus))
		return 0;
	limits->cpus = strdup(json_string_value(cpus));
	return limits->cpus ? 0 : -ENOMEM;
}

static int read_description(json_t *note, struct trial_description *description)
{
	CLEANUP(trial_description_release) struct trial_description read = {0};
	const char *backend, *task, *parameters, *point;
	json_t *body = json_object_get(note, "trial");
	json_int_t number, repetition;
	int warmup, rate_max;

	if (!body)
		return 1;
	if (description->backend ||
		json_unpack(body,
			"{s:I, s:I, s:b, s:s, s:s, s:s, s:s, s:b, s:F, s:F, s:F, s:F, s:F}",
			"number", &number, "repetition", &repetition, "warmup", &warmup, "backend",
			&backend, "task", &task, "parameters", &parameters, "point", &point,
			"rate_max", &rate_max, "rate_hz", &read.sampler.rate_hz, "stat_hz",
			&read.sampler.stat_hz, "peak_hz", &read.sampler.peak_hz, "processes_hz",
			&read.sampler.processes_hz, "pss_hz", &read.sampler.pss_hz) < 0)
		return -EINVAL;
	read.number = (uint64_t)number;
	read.repetition = (uint64_t)repetition;
	read.warmup = warmup;
	read.sampler.rate_max = rate_max;
	read.backend = strdup(backend);
	read.task = strdup(task);
	read.parameters = strdup(parameters);
	read.point = strdup(point);
	if (!read.backend || !read.task || !read.parameters || !read.point ||
		read_limits(json_object_get(body, "limits"), &read.limits) < 0)
		return -ENOMEM;
	*description = read;
	read = (struct trial_description){0};
	return 0;
}

static int read_two(json_t *note, const char *key, const char *first, uint64_t *ret_first,
	const char *second, uint64_t *ret_second)
{
	json_t *body = json_object_get(note, key);
	json_int_t a, b;

	if (!body)
		return 1;
	if (json_unpack(body, "{s:I, s:I}", first, &a, second, &b) < 0)
		return -EINVAL;
	*ret_first = (uint64_t)a;
	*ret_second = (uint64_t)b;
	return 0;
}

static int read_gate(json_t *note, struct trial_result *result)
{
	return read_two(note, "gate", "realtime_ns", &result->start_realtime_ns, "monotonic_ns",
		&result->start_monotonic_ns);
}

static int read_begin(json_t *note, struct trial_result *result)
{
	int r = read_two(note, "begin", "time_ns", &result->begin_ns, "bytes",
		&result->reference.initial_bytes);

	if (r == 0)
		result->reference.begun = true;
	return r;
}

static int read_end_note(json_t *note, struct trial_result *result)
{
	return read_two(
		note, "end", "time_ns", &result->end_ns, "bytes", &result->reference.final_bytes);
}

static int read_mark(json_t *note, struct trial_result *result)
{
	json_t *body = json_object_get(note, "mark");
	struct memcg_run_record record = {.type = MEMCG_RUN_MARK};
	const char *name;
	json_int_t time_ns;

	if (!body)
		return 1;
	if (json_unpack(body, "{s:I, s:s}", "time_ns", &time_ns, "name", &name) < 0 ||
		strlen(name) >= sizeof(record.name))
		return -EINVAL;
	record.time_ns = (uint64_t)time_ns;
	memcpy(record.name, name, strlen(name));
	return result_add_mark(result, &record, NULL);
}

/* A lost series is ignored. */
static int read_kind(json_t *note, struct trial_result *result)
{
	json_t *body = json_object_get(note, "kind");
	struct series *series;
	const char *metric;
	int kind;

	if (!body)
		return 1;
	if (json_unpack(body, "{s:s, s:i}", "metric", &metric, "value", &kind) < 0 || kind < 0 ||
		kind >= N_METRIC_KINDS)
		return -EINVAL;
	series = spool_find(result->spool, metric);
	if (series)
		series_set_kind(series, (enum metric_kind)kind);
	return 0;
}

static int read_note(const char *line, size_t length, struct trial_description *description,
	struct trial_result *result)
{
	static int (*const readers[])(json_t * note, struct trial_result * result) = {
		read_gate, read_begin, read_end_note, read_mark, read_kind};
	json_t *note = json_loadb(line, length, 0, NULL);
	int r = note ? read_description(note, description) : -EINVAL;

	for (size_t i = 0; i < LENGTH(readers) && r == 1; i++)
		r = readers[i](note, result);
	json_decref(note);
	/* a kind unknown to this version */
	return r == 1 ? 0 : r;
}

int journal_read(const char *text, size_t length, struct trial_description *ret_description,
	struct trial_result *result, uint64_t *ret_torn_bytes, struct error *error)
{
	CLEANUP(trial_description_release) struct trial_description description = {0};
	const char *line = text;
	const char *end;

	while ((end = memchr(line, '\n', length - (size_t)(line - text)))) {
		int r = read_note(line, (size_t)(end - line), &description, result);

		if (r == -ENOMEM)
			return error_set_errno(error, ENOMEM, "cannot read the trial's notes");
		if (r < 0)
			break;
		line = end + 1;
	}
	if (!description.backend)
		return error_set(error, EINVAL, "its notes do not name the trial");
	*ret_torn_bytes = length - (size_t)(line - text);
	*ret_description = description;
	description = (struct trial_description){0};
	return 0;
}
