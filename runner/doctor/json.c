#include "runner/doctor/doctor.h"

#include "runner/doctor/findings.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

#include <errno.h>

/* A finding with its facts in addition to the common members; NULL on ENOMEM. */
static json_t *finding_json(const struct finding *finding)
{
	json_t *json = json_pack("{s:s, s:b, s:s, s:s, s:s*}", "state",
		finding_state_name(finding->state), "required", finding->required, "value",
		finding->value, "means", finding->means, "remedy", finding->remedy);

	if (json && json_object_update_missing(json, finding->facts) < 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static int add_finding(json_t *all, const struct finding *finding)
{
	json_t *group = json_object_get(all, finding->group);

	if (!group) {
		if (json_object_set_new(all, finding->group, json_object()) < 0)
			return -ENOMEM;
		group = json_object_get(all, finding->group);
	}
	return json_object_set_new(group, finding->name, finding_json(finding)) < 0 ? -ENOMEM : 0;
}

int doctor_json(const struct doctor *doctor, char **ret_text, struct error *error)
{
	CLEANUP(cleanup_json) json_t *all = json_pack("{s:b}", "can_run", doctor_can_run(doctor));
	CLEANUP(cleanup_free) char *dumped = NULL;
	char *text;

	for (size_t i = 0; all && i < doctor->n_findings; i++)
		if (add_finding(all, &doctor->findings[i]) < 0)
			return error_set_errno(error, ENOMEM, "cannot write the findings");
	dumped = json_dumps(all, JSON_INDENT(2));
	text = dumped ? string_format("%s\n", dumped) : NULL;
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write the findings");
	*ret_text = text;
	return 0;
}
