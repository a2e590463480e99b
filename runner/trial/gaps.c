#include "runner/trial/gaps.h"

#include "util/clock.h"
#include "util/format.h"

#include <inttypes.h>
#include <stdio.h>

struct gaps gaps_new(const struct sampler_settings *settings)
{
	struct gaps gaps = {.least_ns = GAP_MIN_NS};
	double least_ns =
		settings->rate_max ? 0.0 : GAP_MIN_PERIODS * (double)NS_PER_S / settings->rate_hz;

	if (least_ns > (double)GAP_MIN_NS)
		gaps.least_ns = (uint64_t)least_ns;
	return gaps;
}

static int add_gap(struct gaps *gaps, struct spool *spool, uint64_t end_ns, struct error *error)
{
	const struct sample gap = {.time_ns = gaps->last_ns, .value = end_ns};
	const uint64_t length_ns = end_ns - gaps->last_ns;
	struct series *series;
	int r = spool_series(spool, SPOOL_GAPS, &series, error);

	if (r == 0)
		r = series_append(series, &gap, 1, error);
	if (r < 0)
		return r;
	gaps->n++;
	gaps->total_ns += length_ns;
	if (length_ns > gaps->longest_ns)
		gaps->longest_ns = length_ns;
	return 0;
}

int gaps_add(struct gaps *gaps, struct spool *spool, const struct sample *samples, size_t n,
	struct error *error)
{
	for (size_t i = 0; i < n; i++) {
		const uint64_t time_ns = samples[i].time_ns;
		int r = 0;

		if (gaps->last_ns != 0 && time_ns - gaps->last_ns >= gaps->least_ns)
			r = add_gap(gaps, spool, time_ns, error);
		if (r < 0)
			return r;
		gaps->last_ns = time_ns;
	}
	return 0;
}

void gaps_describe(const struct gaps *gaps, char *ret_text, size_t size)
{
	*ret_text = '\0';
	if (gaps->n > 0)
		snprintf(ret_text, size, "nothing was sampled for up to %s (%" PRIu64 " gap%s)",
			format_duration(gaps->longest_ns).text, gaps->n, gaps->n == 1 ? "" : "s");
}
