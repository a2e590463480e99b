#include "runner/report/time_left.h"

#include "util/array.h"

#include <gsl/gsl_sort_ulong.h>
#include <string.h>

/* The latest trials reflect the machine's current state; a few are enough for a median. */
#define N_LATEST 8

struct latest {
	uint64_t duration_ns[N_LATEST];
	uint64_t n; /* total number added */
};

/* A point and backend. */
struct cell {
	struct latest latest;
	uint64_t n_to_come;
};

struct time_left {
	const struct backend **backends;
	size_t n_backends;
	size_t n_points;
	struct cell *cells; /* point by point */
	struct latest *of_backend;
	struct latest of_all;
	uint64_t *n_unknown;	   /* per backend: trials to come in cells without an ended trial */
	uint64_t known_to_come_ns; /* in the other cells */
};

static int time_left_collect_backends(struct time_left *time_left, const struct plan *plan);
static struct cell *time_left_cell(const struct time_left *time_left,
	const struct planned_trial *planned, size_t *ret_backend);
static void latest_add(struct latest *latest, uint64_t duration_ns);
static uint64_t latest_median(const struct latest *latest);

int time_left_new(const struct plan *plan, struct time_left **ret_time_left)
{
	struct time_left *time_left = calloc(1, sizeof(*time_left));
	int r = time_left ? time_left_collect_backends(time_left, plan) : -ENOMEM;

	if (r < 0) {
		time_left_free(time_left);
		return r;
	}
	for (size_t i = 0; i < plan_size(plan); i++) {
		size_t backend;

		time_left_cell(time_left, plan_trial(plan, i), &backend)->n_to_come++;
		time_left->n_unknown[backend]++;
	}
	*ret_time_left = time_left;
	return 0;
}

void time_left_free(struct time_left *time_left)
{
	if (!time_left)
		return;
	free(time_left->backends);
	free(time_left->cells);
	free(time_left->of_backend);
	free(time_left->n_unknown);
	free(time_left);
}

void time_left_begin(struct time_left *time_left, const struct planned_trial *planned)
{
	size_t backend;
	struct cell *cell = time_left_cell(time_left, planned, &backend);

	if (cell->n_to_come == 0)
		return;
	if (cell->latest.n > 0)
		time_left->known_to_come_ns -= latest_median(&cell->latest);
	else
		time_left->n_unknown[backend]--;
	cell->n_to_come--;
}

void time_left_end(
	struct time_left *time_left, const struct planned_trial *planned, uint64_t duration_ns)
{
	size_t backend;
	struct cell *cell = time_left_cell(time_left, planned, &backend);

	if (cell->latest.n > 0)
		time_left->known_to_come_ns -= cell->n_to_come * latest_median(&cell->latest);
	else
		time_left->n_unknown[backend] -= cell->n_to_come;
	latest_add(&cell->latest, duration_ns);
	latest_add(&time_left->of_backend[backend], duration_ns);
	latest_add(&time_left->of_all, duration_ns);
	time_left->known_to_come_ns += cell->n_to_come * latest_median(&cell->latest);
}

static uint64_t expected_of_backend(const struct time_left *time_left, size_t backend)
{
	const struct latest *latest = &time_left->of_backend[backend];

	return latest_median(latest->n > 0 ? latest : &time_left->of_all);
}

bool time_left_of_trial(const struct time_left *time_left, const struct planned_trial *planned,
	uint64_t *ret_duration_ns)
{
	size_t backend;
	const struct cell *cell = time_left_cell(time_left, planned, &backend);

	if (time_left->of_all.n == 0)
		return false;
	*ret_duration_ns = cell->latest.n > 0 ? latest_median(&cell->latest)
					      : expected_of_backend(time_left, backend);
	return true;
}

bool time_left_to_come(const struct time_left *time_left, uint64_t *ret_duration_ns)
{
	uint64_t duration_ns = time_left->known_to_come_ns;

	if (time_left->of_all.n == 0)
		return false;
	for (size_t i = 0; i < time_left->n_backends; i++)
		duration_ns += time_left->n_unknown[i] * expected_of_backend(time_left, i);
	*ret_duration_ns = duration_ns;
	return true;
}

static size_t backend_index(const struct time_left *time_left, const struct backend *backend)
{
	for (size_t i = 0; i < time_left->n_backends; i++)
		if (time_left->backends[i] == backend)
			return i;
	return time_left->n_backends;
}

static int time_left_collect_backends(struct time_left *time_left, const struct plan *plan)
{
	for (size_t i = 0; i < plan_size(plan); i++) {
		const struct backend *backend = plan_trial(plan, i)->backend;

		if (backend_index(time_left, backend) < time_left->n_backends)
			continue;
		if (!ARRAY_GROW(time_left->backends, time_left->n_backends))
			return -ENOMEM;
		time_left->backends[time_left->n_backends++] = backend;
	}
	time_left->n_points = plan_n_points(plan);
	time_left->cells =
		calloc(time_left->n_points * time_left->n_backends + 1, sizeof(*time_left->cells));
	time_left->of_backend = calloc(time_left->n_backends + 1, sizeof(struct latest));
	time_left->n_unknown = calloc(time_left->n_backends + 1, sizeof(uint64_t));
	return time_left->cells && time_left->of_backend && time_left->n_unknown ? 0 : -ENOMEM;
}

static struct cell *time_left_cell(
	const struct time_left *time_left, const struct planned_trial *planned, size_t *ret_backend)
{
	*ret_backend = backend_index(time_left, planned->backend);
	return &time_left->cells[planned->point * time_left->n_backends + *ret_backend];
}

static void latest_add(struct latest *latest, uint64_t duration_ns)
{
	latest->duration_ns[latest->n++ % N_LATEST] = duration_ns;
}

static uint64_t latest_median(const struct latest *latest)
{
	size_t n = latest->n < N_LATEST ? latest->n : N_LATEST;
	unsigned long sorted[N_LATEST];

	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		sorted[i] = latest->duration_ns[i];
	gsl_sort_ulong(sorted, 1, n);
	return n % 2 ? sorted[n / 2] : sorted[n / 2 - 1] / 2 + sorted[n / 2] / 2;
}
