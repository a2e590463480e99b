#pragma once

/* Evidence to judge, and what verdict() makes of it. Wait statuses as from wait(2): a code times 256, or a signal. Included after cmocka.h. */

#include "runner/trial/verdict.h"
#include "util/clock.h"

#define EXITED(code) ((code) << 8)
#define KILLED_BY(signal) (signal)

static inline struct trial_result judged(struct trial_evidence evidence)
{
	/* Earlier values must be overwritten. */
	struct trial_result result = {
		.status = TRIAL_INTERRUPTED,
		.cause = "before",
		.exit_code = 77,
		.signal = 78,
		.remainder = "before",
	};

	verdict(&evidence, &result);
	return result;
}

static inline void assert_verdict(struct trial_evidence evidence, enum trial_status status,
	int exit_code, int signal, const char *cause)
{
	struct trial_result result = judged(evidence);

	assert_string_equal(result.cause, cause);
	assert_int_equal(result.status, status);
	assert_int_equal(result.exit_code, exit_code);
	assert_int_equal(result.signal, signal);
}

/* A command that was started and exited with 0. */
static inline struct trial_evidence good(void)
{
	return (struct trial_evidence){
		.timeout_ns = 90 * NS_PER_S,
		.gate_opened = true,
		.exit_seen = true,
		.wait_status = EXITED(0),
		.program = "./prog",
	};
}
