#include "runner/store/failure_kinds.h"

#include "runner/store/output_data.h"
#include "util/cleanup.h"
#include "util/json.h"
#include "util/text.h"

#include <string.h>

#define ATTRIBUTE_FAILURES "failures"

/* ---- found, trial by trial */

static bool is_of_kind(const struct failure_kind *kind, const char *status, const char *cause)
{
	const size_t length = strcspn(cause, ";");

	return strcmp(kind->status, status) == 0 && strcspn(kind->cause, ";") == length &&
	       strncmp(kind->cause, cause, length) == 0;
}

/* Nothing is kept of a trial that was recovered. */
static int keep_printed(struct failure_kind *kind, hid_t trial, struct error *error)
{
	struct trial_output outputs[2] = {{.text = NULL}, {.text = NULL}};
	const char *stream;
	int r = output_data_read(trial, "stderr", &outputs[0], error);

	if (r >= 0)
		r = output_data_read(trial, "stdout", &outputs[1], error);
	if (r >= 0) {
		kind->printed = output_excerpt_of_either(&outputs[0], &outputs[1], &stream);
		snprintf(kind->stream, sizeof(kind->stream), "%s", stream);
	}
	free(outputs[0].text);
	free(outputs[1].text);
	return r < 0 ? r : 0;
}

static int begin_kind(struct failure_kind *kind, const struct tally_trial *counted,
	const char *status, const char *cause, hid_t trial, struct error *error)
{
	*kind = (struct failure_kind){.n_trials = 1, .first = counted->number};
	snprintf(kind->backend, sizeof(kind->backend), "%s", counted->backend);
	snprintf(kind->status, sizeof(kind->status), "%s", status);
	snprintf(kind->cause, sizeof(kind->cause), "%s", cause);
	return counted->status == TRIAL_INTERRUPTED ? 0 : keep_printed(kind, trial, error);
}

int failure_kinds_add(struct failure_kinds *failures, const struct tally_trial *counted,
	hid_t trial, struct error *error)
{
	const char *status = trial_status_name(counted->status);
	char cause[ERROR_TEXT_SIZE];

	if (counted->status == TRIAL_OK)
		return 0;
	snprintf(cause, sizeof(cause), "%s", counted->cause);
	text_blank_controls(cause);
	for (size_t i = 0; i < failures->n; i++) {
		if (!is_of_kind(&failures->kinds[i], status, cause))
			continue;
		failures->kinds[i].n_trials++;
		return 0;
	}
	if (failures->n == FAILURE_KINDS_MAX) {
		failures->n_others++;
		return 0;
	}
	return begin_kind(&failures->kinds[failures->n++], counted, status, cause, trial, error);
}

/* ---- as an attribute */

static json_t *kind_json(const struct failure_kind *kind)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "status", kind->status, "cause",
		kind->cause, "trials", (json_int_t)kind->n_trials, "first", (json_int_t)kind->first,
		"backend", kind->backend, "stream", kind->stream, "printed", kind->printed.text);
}

static char *failures_json(const struct failure_kinds *failures)
{
	CLEANUP(cleanup_json) json_t *kinds = json_array();
	CLEANUP(cleanup_json)
	json_t *root =
		json_pack("{s:O, s:I}", "kinds", kinds, "others", (json_int_t)failures->n_others);

	for (size_t i = 0; i < failures->n; i++)
		if (json_array_append_new(kinds, kind_json(&failures->kinds[i])) < 0)
			return NULL;
	return root ? json_dumps(root, JSON_COMPACT) : NULL;
}

void failure_kinds_write(struct hdf5_attributes *attributes, const struct failure_kinds *failures)
{
	CLEANUP(cleanup_free) char *text = NULL;

	if (failures->n == 0)
		return;
	text = failures_json(failures);
	if (text)
		hdf5_set_text(attributes, ATTRIBUTE_FAILURES, text);
	else if (attributes->result == 0)
		attributes->result = error_set_errno(
			attributes->error, ENOMEM, "cannot write " ATTRIBUTE_FAILURES);
}

/* A text of a file that may be anybody's. */
static void keep_shown_text(char *text, size_t size, const char *found)
{
	snprintf(text, size, "%s", found);
	text_blank_controls(text);
}

static bool take_kind(json_t *found, struct failure_kind *ret_kind)
{
	const char *status, *cause, *backend, *stream, *printed;
	json_int_t n_trials, first;
	struct failure_kind kind = {0};

	if (json_unpack(found, "{s:s, s:s, s:I, s:I, s:s, s:s, s:s}", "status", &status, "cause",
		    &cause, "trials", &n_trials, "first", &first, "backend", &backend, "stream",
		    &stream, "printed", &printed) < 0 ||
		n_trials < 1 || first < 1)
		return false;
	kind.n_trials = (uint64_t)n_trials;
	kind.first = (uint64_t)first;
	keep_shown_text(kind.backend, sizeof(kind.backend), backend);
	keep_shown_text(kind.status, sizeof(kind.status), status);
	keep_shown_text(kind.cause, sizeof(kind.cause), cause);
	keep_shown_text(kind.stream, sizeof(kind.stream), stream);
	kind.printed = output_excerpt_of(printed, strlen(printed));
	*ret_kind = kind;
	return true;
}

void failure_kinds_read(struct results *results, struct failure_kinds *ret_failures)
{
	const char *text = results_attribute(results, ATTRIBUTE_FAILURES);
	CLEANUP(cleanup_json) json_t *root = text ? json_loads(text, 0, NULL) : NULL;
	json_t *kinds = json_object_get(root, "kinds");
	const json_int_t n_others = json_integer_value(json_object_get(root, "others"));

	*ret_failures = (struct failure_kinds){.n_others = n_others > 0 ? (uint64_t)n_others : 0};
	for (size_t i = 0; i < json_array_size(kinds) && i < FAILURE_KINDS_MAX; i++)
		if (take_kind(json_array_get(kinds, i), &ret_failures->kinds[ret_failures->n]))
			ret_failures->n++;
}
