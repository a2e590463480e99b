#include "runner/run/run_doctor.h"

#include "runner/doctor/doctor.h"

#include <stdlib.h>
#include <string.h>

static void log_problems(const struct doctor *doctor, struct run_log *log)
{
	for (size_t i = 0; i < doctor_n_findings(doctor); i++) {
		const struct finding *finding = doctor_finding(doctor, i);

		if (finding->state != FINDING_OK)
			run_log_step(log, "doctor: %s %s: %s: %s", finding->group, finding->name,
				finding_state_name(finding->state), finding->value);
	}
}

static void warn_of_moving_clocks(const struct doctor *doctor, FILE *diagnostics)
{
	for (size_t i = 0; i < doctor_n_findings(doctor); i++) {
		const struct finding *finding = doctor_finding(doctor, i);

		if (finding->state == FINDING_OK || !finding->remedy ||
			(strcmp(finding->name, "governor") != 0 &&
				strcmp(finding->name, "turbo") != 0))
			continue;
		fprintf(diagnostics, "memcg-run: warning: %s is %s: %s; %s\n", finding->name,
			finding->value, finding->means, finding->remedy);
	}
}

int run_doctor(const struct run_doctor *run, char **ret_json, struct error *error)
{
	const struct doctor_options options = {
		.root = "",
		.path = getenv("PATH"),
		.installation = run->installation,
		.runtime = run->runtime,
		.delegation = run->delegation,
		.timer_ns = DOCTOR_RUN_TIMER_NS,
		.journal = run->journal,
		.kept_directory = run->kept_directory,
	};
	struct doctor *doctor;
	int r = doctor_examine(&options, &doctor, error);

	if (r < 0)
		return r;
	log_problems(doctor, run->log);
	warn_of_moving_clocks(doctor, run->diagnostics);
	r = doctor_json(doctor, ret_json, error);
	doctor_free(doctor);
	return r;
}
