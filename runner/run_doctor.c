#include "runner/run_doctor.h"

#include "runner/doctor/doctor.h"

#include <stdlib.h>

static void log_problems(const struct doctor *doctor, struct run_log *log)
{
	for (size_t i = 0; i < doctor_n_findings(doctor); i++) {
		const struct finding *finding = doctor_finding(doctor, i);

		if (finding->state != FINDING_OK)
			run_log_step(log, "doctor: %s %s: %s: %s", finding->group, finding->name,
				finding_state_name(finding->state), finding->value);
	}
}

int run_doctor(const struct installation *installation, enum delegation delegation,
	struct run_log *log, struct run_journal *journal, char **ret_json, struct error *error)
{
	const struct doctor_options options = {
		.root = "",
		.path = getenv("PATH"),
		.installation = installation,
		.delegation = delegation,
		.timer_ns = DOCTOR_RUN_TIMER_NS,
		.journal = journal,
	};
	struct doctor *doctor;
	int r = doctor_examine(&options, &doctor, error);

	if (r < 0)
		return r;
	log_problems(doctor, log);
	r = doctor_json(doctor, ret_json, error);
	doctor_free(doctor);
	return r;
}
