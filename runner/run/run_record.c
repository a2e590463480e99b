#include "runner/run/run_record.h"
#include "runner/host/run_files.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/file.h"
#include "util/text.h"

#include <string.h>

#define FORMAT "memcg-run-record"
#define VERSION 1

/* The digest of all other keys. */
#define DIGEST_KEY "sha256"

#define INPUT_CHANGES_KEY "input_changes"
#define SEARCH_KEY "search"

struct run_record {
	json_t *root;
};

CLEANUP_POINTER(cleanup_record, struct run_record, run_record_free)

void run_record_free(struct run_record *record)
{
	if (!record)
		return;
	json_decref(record->root);
	free(record);
}

/* ---- creating one */

static json_t *facts_json(const struct run_facts *facts)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
		"tool_version", facts->tool_version, "created", facts->created, "kernel",
		facts->kernel, "cpu_model", facts->cpu_model, "cpus", (json_int_t)facts->cpus,
		"memory_bytes", (json_int_t)facts->memory_bytes, "page_bytes",
		(json_int_t)facts->page_bytes, "hierarchy", facts->hierarchy, "runtime",
		facts->runtime, "runtime_version", facts->runtime_version, "image", facts->image,
		"image_digest", facts->image_digest, "seccomp_sha256", facts->seccomp_sha256,
		"doctor", facts->doctor);
}

int run_record_new(
	const struct run_beginning *beginning, struct run_record **ret_record, struct error *error)
{
	CLEANUP(cleanup_record) struct run_record *record = calloc(1, sizeof(*record));
	char digest[DIGEST_TEXT_SIZE];

	if (!record)
		return error_set_errno(error, ENOMEM, "cannot record the run");
	digest_data(beginning->experiment_text, strlen(beginning->experiment_text), digest);
	record->root = json_pack("{s:s, s:i, s:s, s:s, s:b, s:{s:I, s:I}, s:O, s:o, s:[]}",
		"format", FORMAT, "format_version", VERSION, "experiment_path",
		beginning->experiment_path, "experiment_sha256", digest, "quick", beginning->quick,
		"owner", "uid", (json_int_t)beginning->owner.uid, "gid",
		(json_int_t)beginning->owner.gid, "identity", beginning->identity, "facts",
		facts_json(beginning->facts), "resumptions");
	if (record->root && beginning->search &&
		json_object_set_new(
			record->root, SEARCH_KEY, limit_settings_json(beginning->search)) < 0)
		return error_set_errno(error, ENOMEM, "cannot record the run");
	/* Jansson accepts only UTF-8, but a path may contain any bytes. */
	if (!record->root)
		return error_set(error, EILSEQ,
			"cannot record the run: its paths must be UTF-8 (the experiment is %s)",
			beginning->experiment_path);
	*ret_record = TAKE_PTR(record);
	return 0;
}

/* ---- its file */

/* Of the content, independent of its layout. Returns false on ENOMEM. */
static bool digest_content(json_t *root, char ret_digest[DIGEST_TEXT_SIZE])
{
	CLEANUP(cleanup_free) char *text = NULL;

	(void)json_object_del(root, DIGEST_KEY);
	text = json_dumps(root, JSON_COMPACT | JSON_SORT_KEYS);
	if (text)
		digest_data(text, strlen(text), ret_digest);
	return text != NULL;
}

/* Records of an older memcg-run have no digest. */
static int check_digest(json_t *root, struct error *error)
{
	const char *written = json_string_value(json_object_get(root, DIGEST_KEY));
	CLEANUP(cleanup_free) char *expected = written ? strdup(written) : NULL;
	char digest[DIGEST_TEXT_SIZE];

	if (!written)
		return 0;
	if (!expected || !digest_content(root, digest))
		return error_set_errno(error, ENOMEM, "cannot read " RUN_RECORD);
	if (strcmp(expected, digest) != 0)
		return error_set(error, EBADMSG,
			RUN_RECORD " is damaged: its content does not match its digest");
	return 0;
}

static bool is_flat(const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)object, key, value) if (!json_is_string(value)) return false;
	return json_is_object(object);
}

/* Records of an older memcg-run have no such key. */
static bool quick_is_right(const json_t *root)
{
	const json_t *quick = json_object_get(root, "quick");

	return !quick || json_is_boolean(quick);
}

/* Nor this one, and no run that is not a search has. */
static bool search_is_right(const json_t *root)
{
	const json_t *search = json_object_get(root, SEARCH_KEY);
	struct limit_settings settings;

	return !search || limit_settings_parse(search, &settings);
}

static int take_facts(const json_t *root, struct run_facts *ret_facts)
{
	struct run_facts facts = {.complete = false};
	json_int_t cpus, memory_bytes, page_bytes;

	if (json_unpack(json_object_get(root, "facts"),
		    "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
		    "tool_version", &facts.tool_version, "created", &facts.created, "kernel",
		    &facts.kernel, "cpu_model", &facts.cpu_model, "cpus", &cpus, "memory_bytes",
		    &memory_bytes, "page_bytes", &page_bytes, "hierarchy", &facts.hierarchy,
		    "runtime", &facts.runtime, "runtime_version", &facts.runtime_version, "image",
		    &facts.image, "image_digest", &facts.image_digest, "seccomp_sha256",
		    &facts.seccomp_sha256, "doctor", &facts.doctor) < 0)
		return -EBADMSG;
	facts.cpus = (uint64_t)cpus;
	facts.memory_bytes = (uint64_t)memory_bytes;
	facts.page_bytes = (uint64_t)page_bytes;
	*ret_facts = facts;
	return 0;
}

static int check_record(const json_t *root, struct error *error)
{
	const char *format, *path, *digest;
	struct run_facts facts;
	int version;

	if (json_unpack((json_t *)root, "{s:s, s:i}", "format", &format, "format_version",
		    &version) < 0 ||
		strcmp(format, FORMAT) != 0)
		return error_set(
			error, EBADMSG, RUN_RECORD " is not the record of a run of memcg-run");
	if (version != VERSION)
		return error_set(error, EBADMSG,
			"the version of its " RUN_RECORD " is %d, and this memcg-run reads %d",
			version, VERSION);
	if (json_unpack((json_t *)root, "{s:s, s:s}", "experiment_path", &path, "experiment_sha256",
		    &digest) < 0 ||
		!quick_is_right(root) || !search_is_right(root) ||
		!is_flat(json_object_get(root, "identity")) ||
		!json_is_array(json_object_get(root, "resumptions")) ||
		take_facts(root, &facts) < 0)
		return error_set(error, EBADMSG, RUN_RECORD " is damaged");
	return 0;
}

int run_record_parse(
	const char *text, size_t length, struct run_record **ret_record, struct error *error)
{
	CLEANUP(cleanup_record) struct run_record *record = calloc(1, sizeof(*record));
	json_error_t place;
	int r;

	if (!record)
		return error_set_errno(error, ENOMEM, "cannot read " RUN_RECORD);
	record->root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &place);
	if (!record->root)
		return error_set(error, EBADMSG, RUN_RECORD " is damaged: line %d: %s", place.line,
			place.text);
	r = check_record(record->root, error);
	if (r == 0)
		r = check_digest(record->root, error);
	if (r < 0)
		return r;
	*ret_record = TAKE_PTR(record);
	return 0;
}

int run_record_write(int run_fd, const struct run_record *record, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	char digest[DIGEST_TEXT_SIZE];

	if (digest_content(record->root, digest) &&
		json_object_set_new(record->root, DIGEST_KEY, json_string(digest)) == 0)
		text = json_dumps(record->root, JSON_INDENT(2));
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_RECORD);
	return file_replace(run_fd, RUN_RECORD, text, strlen(text), 0644, error);
}

/* ---- its content */

static const char *record_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const char *run_record_experiment_path(const struct run_record *record)
{
	return record_text(record->root, "experiment_path");
}

bool run_record_is_quick(const struct run_record *record)
{
	return json_is_true(json_object_get(record->root, "quick"));
}

bool run_record_search(const struct run_record *record, struct limit_settings *ret_settings)
{
	return limit_settings_parse(json_object_get(record->root, SEARCH_KEY), ret_settings);
}

void run_record_set_measured(struct run_record *record)
{
	/* On ENOMEM the record is like that of an older version. */
	(void)json_object_set_new(record->root, "measured", json_true());
}

bool run_record_is_measured(const struct run_record *record)
{
	return json_is_true(json_object_get(record->root, "measured"));
}

bool run_record_add_input_change(
	struct run_record *record, uint64_t trial_number, const char *sentence)
{
	json_t *changes = json_object_get(record->root, INPUT_CHANGES_KEY);
	CLEANUP(cleanup_free) char *text = strdup(sentence);

	if (!text)
		return false;
	/* A path may be any bytes, and Jansson takes UTF-8 alone. */
	text_blank_controls(text);
	for (size_t i = 0; i < json_array_size(changes); i++) {
		const char *known = record_text(json_array_get(changes, i), "change");

		if (known && strcmp(known, text) == 0)
			return false;
	}
	if (!changes) {
		changes = json_array();
		if (json_object_set_new(record->root, INPUT_CHANGES_KEY, changes) < 0)
			return false;
	}
	return json_array_append_new(changes, json_pack("{s:I, s:s}", "trial",
						      (json_int_t)trial_number, "change", text)) ==
	       0;
}

bool run_record_owner(const struct run_record *record, struct run_owner *ret_owner)
{
	json_int_t uid, gid;

	if (json_unpack(record->root, "{s:{s:I, s:I}}", "owner", "uid", &uid, "gid", &gid) < 0 ||
		uid < 0 || uid >= UINT32_MAX || gid < 0 || gid >= UINT32_MAX)
		return false;
	*ret_owner = (struct run_owner){.uid = (uid_t)uid, .gid = (gid_t)gid};
	return true;
}

bool run_record_has_text(const struct run_record *record, const char *experiment_text)
{
	char digest[DIGEST_TEXT_SIZE];

	digest_data(experiment_text, strlen(experiment_text), digest);
	return strcmp(digest, record_text(record->root, "experiment_sha256")) == 0;
}

const json_t *run_record_identity(const struct run_record *record)
{
	return json_object_get(record->root, "identity");
}

static int add_change(json_t *changes, const char *what, const char *then, const char *now)
{
	CLEANUP(cleanup_free)
	char *text = string_format(
		"%s: was %s, is %s", what, then ? then : "not there", now ? now : "not there");

	return text ? json_array_append_new(changes, json_string(text)) : -1;
}

/* A file is recorded by its path, anything else by a name (run_identity.c). */
static bool is_compared(const char *what, enum run_change of)
{
	return of == RUN_CHANGE_ANY || *what != '/';
}

json_t *run_record_changes(
	const struct run_record *record, const json_t *identity, enum run_change of)
{
	json_t *before = json_object_get(record->root, "identity");
	json_t *changes = json_array();
	const char *what;
	json_t *value;
	int r = changes ? 0 : -1;

	json_object_foreach(before, what, value)
	{
		const char *now = record_text(identity, what);

		if (r == 0 && is_compared(what, of) &&
			(!now || strcmp(now, json_string_value(value)) != 0))
			r = add_change(changes, what, json_string_value(value), now);
	}
	json_object_foreach((json_t *)identity, what, value)
	{
		if (r == 0 && is_compared(what, of) && !json_object_get(before, what))
			r = add_change(changes, what, NULL, json_string_value(value));
	}
	if (r < 0) {
		json_decref(changes);
		return NULL;
	}
	return changes;
}

int run_record_add_resumption(
	struct run_record *record, const struct run_resumption *resumption, struct error *error)
{
	json_t *added = json_pack("{s:s, s:I, s:O}", "time", resumption->time, "trials_kept",
		(json_int_t)resumption->n_kept, "changes", resumption->changes);

	if (json_array_append_new(json_object_get(record->root, "resumptions"), added) < 0)
		return error_set_errno(error, ENOMEM, "cannot record the run");
	return 0;
}

int run_record_facts(const struct run_record *record, struct run_facts *ret_facts,
	char **ret_resumptions, struct error *error)
{
	const json_t *resumptions = json_object_get(record->root, "resumptions");
	CLEANUP(cleanup_free) char *text = NULL;
	struct run_facts facts;

	if (take_facts(record->root, &facts) < 0)
		return error_set(error, EBADMSG, RUN_RECORD " is damaged");
	if (json_array_size(resumptions) > 0) {
		text = json_dumps(resumptions, JSON_COMPACT);
		if (!text)
			return error_set_errno(error, ENOMEM, "cannot read the resumptions");
	}
	facts.resumptions = text;
	*ret_facts = facts;
	*ret_resumptions = TAKE_PTR(text);
	return 0;
}
