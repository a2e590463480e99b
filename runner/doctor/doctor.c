#include "runner/doctor/doctor.h"

#include "runner/doctor/examination.h"
#include "runner/doctor/findings.h"
#include "util/cleanup.h"

#include <errno.h>
#include <stdlib.h>

CLEANUP_POINTER(cleanup_doctor, struct doctor, doctor_free)

int doctor_examine(
	const struct doctor_options *options, struct doctor **ret_doctor, struct error *error)
{
	CLEANUP(cleanup_doctor) struct doctor *doctor = calloc(1, sizeof(*doctor));
	struct examination examination = {.options = options, .doctor = doctor};

	if (!doctor)
		return error_set_errno(error, ENOMEM, "cannot examine this host");
	examine_cgroups(&examination);
	examine_memory(&examination);
	examine_machine(&examination);
	examine_measurements(&examination);
	examine_tools(&examination);
	examine_images(&examination);
	examine_backends(&examination);
	kept_close(examination.kept);
	hierarchy_free(examination.hierarchy);
	if (doctor->out_of_memory)
		return error_set_errno(error, ENOMEM, "cannot examine this host");
	*ret_doctor = TAKE_PTR(doctor);
	return 0;
}

void doctor_free(struct doctor *doctor)
{
	if (!doctor)
		return;
	for (size_t i = 0; i < doctor->n_findings; i++) {
		free(doctor->findings[i].name);
		free(doctor->findings[i].value);
		free(doctor->findings[i].remedy);
		json_decref(doctor->findings[i].facts);
	}
	free(doctor->findings);
	free(doctor);
}

bool doctor_can_run(const struct doctor *doctor)
{
	for (size_t i = 0; i < doctor->n_findings; i++)
		if (doctor->findings[i].required && doctor->findings[i].state == FINDING_MISSING)
			return false;
	return true;
}

size_t doctor_n_findings(const struct doctor *doctor)
{
	return doctor->n_findings;
}

const struct finding *doctor_finding(const struct doctor *doctor, size_t index)
{
	return &doctor->findings[index];
}

const char *finding_state_name(enum finding_state state)
{
	static const char *const names[] = {
		[FINDING_OK] = "ok",
		[FINDING_WARNING] = "warning",
		[FINDING_MISSING] = "missing",
		[FINDING_UNKNOWN] = "unknown",
	};

	return names[state];
}
