#include "runner/datasheet/subjects.h"

#include "backends/backend.h"
#include "runner/store/layout.h"
#include "util/array.h"

#include <string.h>

static const struct subject *subjects_find(const struct subjects *subjects, const char *metric)
{
	for (size_t i = 0; i < subjects->n; i++)
		if (strcmp(subjects->subjects[i].metric, metric) == 0)
			return &subjects->subjects[i];
	return NULL;
}

static int subjects_add(struct subjects *subjects, const struct subject *subject)
{
	if (!ARRAY_GROW(subjects->subjects, subjects->n))
		return -ENOMEM;
	subjects->subjects[subjects->n++] = *subject;
	return 0;
}

/* If this version does not know a backend, its first metric is the headline. */
static const char *subject_headline(
	const struct results *results, const struct comparison_backend *backend)
{
	if (backend->headline_metric)
		return backend->headline_metric;
	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		if (strcmp(row->backend, backend->name) == 0 &&
			backend_owns(backend->name, row->metric))
			return row->metric;
	}
	return NULL;
}

/* Reads its kind from the first ok trial with the metric. */
static int subjects_add_metric(struct subjects *subjects, struct results *results,
	const struct comparison *comparison, size_t backend, const char *metric, bool headline,
	struct error *error)
{
	const char *name = comparison->backends[backend].name;
	enum metric_kind kind = METRIC_GAUGE;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);
		int r;

		if (!summary_row_is_ok(row) || strcmp(row->backend, name) != 0 ||
			strcmp(row->metric, metric) != 0)
			continue;
		r = results_metric_kind(results, row->trial, metric, &kind, error);
		if (r < 0)
			return r;
		r = subjects_add(subjects, &(struct subject){.name = name,
						   .metric = row->metric,
						   .backend = backend,
						   .headline = headline,
						   .high_water = kind == METRIC_HIGH_WATER});
		return r < 0 ? error_set_errno(error, -r, "cannot list the reporters") : 0;
	}
	return 0;
}

static int subjects_add_others(struct subjects *subjects, struct results *results,
	const struct comparison *comparison, size_t backend, struct error *error)
{
	const char *name = comparison->backends[backend].name;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);
		int r;

		if (strcmp(row->backend, name) != 0 || !backend_owns(name, row->metric) ||
			subjects_find(subjects, row->metric))
			continue;
		r = subjects_add_metric(
			subjects, results, comparison, backend, row->metric, false, error);
		if (r < 0)
			return r;
	}
	return 0;
}

int subjects_init(struct subjects *subjects, struct results *results,
	const struct comparison *comparison, bool all_metrics, struct error *error)
{
	const size_t none = comparison_none(comparison);
	int r;

	*subjects = (struct subjects){0};
	r = subjects_add(subjects, &(struct subject){.name = LAYOUT_REFERENCE,
					   .metric = LAYOUT_REFERENCE_METRIC,
					   .backend = none,
					   .reference = true,
					   .any_backend = none == comparison->n_backends,
					   .headline = true});
	if (r < 0)
		return error_set_errno(error, -r, "cannot list the reporters");
	for (size_t i = 0; i < comparison->n_backends; i++) {
		const char *headline = subject_headline(results, &comparison->backends[i]);

		if (headline)
			r = subjects_add_metric(
				subjects, results, comparison, i, headline, true, error);
		if (r == 0 && all_metrics)
			r = subjects_add_others(subjects, results, comparison, i, error);
		if (r < 0)
			return r;
	}
	return 0;
}

void subjects_release(struct subjects *subjects)
{
	for (size_t i = 0; i < subjects->n; i++) {
		struct subject *subject = &subjects->subjects[i];

		numbers_release(&subject->smallest_rise_bytes);
		numbers_release(&subject->rmse_bytes);
		numbers_release(&subject->delay_ns);
		numbers_release(&subject->reading_ns);
	}
	free(subjects->subjects);
	*subjects = (struct subjects){0};
}

bool subject_is_read_in(const struct subject *subject, size_t backend)
{
	return subject->any_backend || subject->backend == backend;
}
