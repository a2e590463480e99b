/* The attempt's results in words. */

#include "runner/doctor/examination.h"
#include "util/clock.h"
#include "util/format.h"

#include <inttypes.h>

/* An earlier run may have measured it. */
#define MEASURED_AT "measured_realtime_ns"

static void add_charge_batch(struct examination *examination, uint64_t bytes)
{
	static const char means[] = "the kernel charges memory to each CPU in batches: differences "
				    "smaller than a batch mean nothing";

	if (bytes == 0) {
		finding_add(examination, "charge_batch", FINDING_UNKNOWN, means,
			"touching 4 MiB did not raise the cgroup's memory");
		return;
	}
	finding_add(examination, "charge_batch", FINDING_OK, means,
		"the cgroup's memory moves in steps of %s", format_bytes(bytes).text);
	finding_number(examination, "bytes", bytes);
}

static void add_sample_cost(struct examination *examination, const struct attempt *attempt)
{
	double percent =
		(double)attempt->sample_cost_ns * ATTEMPT_TIMER_HZ * 100 / (double)NS_PER_S;

	finding_add(examination, "sample_cost", FINDING_OK,
		"the CPU time that one reading of the cgroup's memory costs",
		"%s per read in the median, %s p99; %.2f %% of a CPU at 1 kHz",
		format_duration(attempt->sample_cost_ns).text,
		format_duration(attempt->sample_cost_p99_ns).text, percent);
	finding_number(examination, "median_ns", attempt->sample_cost_ns);
	finding_number(examination, "p99_ns", attempt->sample_cost_p99_ns);
}

static void add_timer(struct examination *examination, const struct sampler_stats *timer)
{
	bool short_of = sampler_fell_short(timer);

	finding_add(examination, "timer", short_of ? FINDING_WARNING : FINDING_OK,
		"how late a sleeping sampler at 1 kHz wakes; if it wakes after the next deadline, "
		"that sample is missed",
		"%s late in the median, %s p99, %s at most; %" PRIu64 " of %" PRIu64
		" deadlines missed",
		format_duration(timer->late_p50_ns).text, format_duration(timer->late_p99_ns).text,
		format_duration(timer->late_max_ns).text, timer->n_missed, timer->n_scheduled);
	if (short_of)
		finding_remedy(
			examination, "stop other work on this machine, or sample at a lower rate");
	finding_number(examination, "late_p50_ns", timer->late_p50_ns);
	finding_number(examination, "late_p99_ns", timer->late_p99_ns);
	finding_number(examination, "late_max_ns", timer->late_max_ns);
	finding_number(examination, "scheduled", timer->n_scheduled);
	finding_number(examination, "missed", timer->n_missed);
	finding_fact(examination, "realtime", json_boolean(timer->realtime));
}

void examine_measurements(struct examination *examination)
{
	const struct attempt *attempt = &examination->attempt;

	finding_group(examination, "measured");
	if (!attempt->made) {
		finding_add(examination, "all", FINDING_UNKNOWN,
			"the charge batch, a sample's cost and the timer's lateness need a slice",
			"%s", examination->attempt_failure.text);
		return;
	}
	add_charge_batch(examination, attempt->charge_batch_bytes);
	finding_number(examination, MEASURED_AT, attempt->realtime_ns);
	add_sample_cost(examination, attempt);
	finding_number(examination, MEASURED_AT, attempt->realtime_ns);
	add_timer(examination, &attempt->timer);
	finding_number(examination, MEASURED_AT, attempt->realtime_ns);
}
