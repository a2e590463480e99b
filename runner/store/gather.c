#include "runner/host/run_files.h"
#include "runner/store/cut.h"
#include "runner/store/failure_kinds.h"
#include "runner/store/hdf5.h"
#include "runner/store/layout.h"
#include "runner/store/oracle_columns.h"
#include "runner/store/results.h"
#include "runner/store/results_tally.h"
#include "runner/store/sealed.h"
#include "runner/store/summary.h"
#include "util/beneath.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/file.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define CSV_PART RUN_SUMMARY ".part"

struct gathering {
	const struct plan *plan;
	const struct run_facts *facts;
	const char *id;
	int run_fd;
	int trials_fd;
	FILE *csv;
	struct hdf5_output output;
	hid_t trials; /* the group */
	struct summary_writer *summary;
	struct tally tally;
	struct failure_kinds failures;
};

/* ---- the rows of one trial */

static int get_number(
	hid_t object, const char *name, struct summary_number *ret_number, struct error *error)
{
	int r = hdf5_get_u64(object, name, &ret_number->value, error);

	ret_number->present = r == 0;
	return r < 0 ? r : 0;
}

static int get_window(
	hid_t group, const char *const names[3], struct summary_entry *entry, struct error *error)
{
	int r = get_number(group, names[0], &entry->initial_bytes, error);

	if (r == 0)
		r = get_number(group, names[1], &entry->peak_bytes, error);
	if (r == 0)
		r = get_number(group, names[2], &entry->final_bytes, error);
	return r;
}

static int open_group(hid_t parent, const char *name, hid_t *ret_group, struct error *error)
{
	hid_t group = H5Gopen2(parent, name, H5P_DEFAULT);

	if (group < 0)
		return hdf5_error(error, "cannot open %s", name);
	*ret_group = group;
	return 0;
}

static int get_truth_peak(hid_t trial, struct summary_number *ret_number, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	htri_t exists = H5Lexists(trial, LAYOUT_TRUTH, H5P_DEFAULT);
	int r;

	if (exists < 0)
		return hdf5_error(error, "cannot look for %s", LAYOUT_TRUTH);
	if (exists == 0)
		return 0;
	r = open_group(trial, LAYOUT_TRUTH, &group, error);
	return r == 0 ? get_number(group, LAYOUT_ATTRIBUTE_PEAK_BYTES, ret_number, error) : r;
}

/* For two attributes that are both present or both missing. */
static int get_sum(hid_t object, const char *a, const char *b, struct summary_number *ret_sum,
	struct error *error)
{
	struct summary_number first, second;
	int r = get_number(object, a, &first, error);

	if (r == 0)
		r = get_number(object, b, &second, error);
	if (r < 0)
		return r;
	ret_sum->present = first.present && second.present;
	ret_sum->value = ret_sum->present ? first.value + second.value : 0;
	return 0;
}

static int get_watch_cost(hid_t trial, struct summary_entry *entry, struct error *error)
{
	int r = get_number(trial, LAYOUT_ATTRIBUTE_WATCHED_NS, &entry->watched_ns, error);

	if (r == 0)
		r = get_sum(trial, LAYOUT_ATTRIBUTE_SAMPLER_USER_NS,
			LAYOUT_ATTRIBUTE_SAMPLER_SYSTEM_NS, &entry->sampler_cpu_ns, error);
	if (r == 0)
		r = get_sum(trial, LAYOUT_ATTRIBUTE_RUNNER_USER_NS,
			LAYOUT_ATTRIBUTE_RUNNER_SYSTEM_NS, &entry->runner_cpu_ns, error);
	entry->runner_cpu_ns.value += entry->sampler_cpu_ns.value;
	return r == 0 ? get_number(trial, LAYOUT_ATTRIBUTE_RUNNER_PEAK_RSS_BYTES,
				&entry->runner_peak_rss_bytes, error)
		      : r;
}

/* From the list of the task's CPUs. */
static int count_task_cpus(hid_t trial, struct summary_number *ret_number, struct error *error)
{
	CLEANUP(cleanup_free) char *list = NULL;
	cpu_set_t cpus;
	int r = hdf5_get_text(trial, LAYOUT_ATTRIBUTE_TASK_CPUS, &list, error);

	if (r >= 0 && list && cpu_list_parse(list, &cpus) == 0)
		*ret_number = (struct summary_number){
			.present = true, .value = (uint64_t)CPU_COUNT(&cpus)};
	return r < 0 ? r : 0;
}

static int get_account(hid_t trial, struct summary_entry *entry, struct error *error)
{
	struct summary_number *account = entry->account;
	int r = get_number(trial, LAYOUT_ATTRIBUTE_EXIT_CODE, &account[ACCOUNT_EXIT_CODE], error);

	if (r == 0)
		r = get_number(trial, LAYOUT_ATTRIBUTE_SIGNAL, &account[ACCOUNT_SIGNAL], error);
	if (r == 0)
		r = get_sum(trial, LAYOUT_ATTRIBUTE_USER_NS, LAYOUT_ATTRIBUTE_SYSTEM_NS,
			&account[ACCOUNT_CPU_NS], error);
	if (r == 0)
		r = get_number(trial, LAYOUT_ATTRIBUTE_LIMIT_MEMORY_MAX,
			&account[ACCOUNT_MEMORY_MAX], error);
	if (r == 0)
		r = get_number(
			trial, LAYOUT_ATTRIBUTE_MAXRSS_BYTES, &account[ACCOUNT_MAXRSS], error);
	if (r == 0)
		r = get_number(trial, LAYOUT_ATTRIBUTE_LIMIT, &account[ACCOUNT_LIMIT], error);
	return r == 0 ? count_task_cpus(trial, &account[ACCOUNT_TASK_N_CPUS], error) : r;
}

/* An earlier memcg-run has no such group. */
static int get_composition(
	hid_t trial, hid_t reference, struct summary_entry *entry, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	struct summary_number *account = entry->account;
	struct summary_number at_ns, begin_ns;
	int r;

	if (H5Lexists(reference, LAYOUT_COMPOSITION, H5P_DEFAULT) <= 0)
		return 0;
	_Static_assert(ACCOUNT_COMPOSED + COMPOSITION_N_KEYS == ACCOUNT_COMPOSED_NS,
		"in the order of composition_key");
	r = open_group(reference, LAYOUT_COMPOSITION, &group, error);
	for (unsigned key = 0; key < COMPOSITION_N_KEYS && r == 0; key++)
		r = get_number(
			group, composition_name(key), &account[ACCOUNT_COMPOSED + key], error);
	if (r == 0)
		r = get_number(group, LAYOUT_ATTRIBUTE_AT_NS, &at_ns, error);
	if (r == 0)
		r = get_number(trial, LAYOUT_ATTRIBUTE_BEGIN_NS, &begin_ns, error);
	/* The row at task_begin was read a moment before it. */
	if (r == 0 && at_ns.present && begin_ns.present)
		account[ACCOUNT_COMPOSED_NS] = (struct summary_number){.present = true,
			.value = at_ns.value > begin_ns.value ? at_ns.value - begin_ns.value : 0};
	return r;
}

/* It is what the reference's peak was made of, and no other's. */
static void forget_composition(struct summary_entry *entry)
{
	for (unsigned i = ACCOUNT_COMPOSED; i <= ACCOUNT_COMPOSED_NS; i++)
		entry->account[i].present = false;
}

static int gather_reference(
	struct gathering *gathering, hid_t trial, struct summary_entry *entry, struct error *error)
{
	static const char *const names[] = {LAYOUT_ATTRIBUTE_INITIAL_BYTES,
		LAYOUT_ATTRIBUTE_PEAK_BYTES, LAYOUT_ATTRIBUTE_FINAL_BYTES};
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	int r = open_group(trial, LAYOUT_REFERENCE, &group, error);

	if (r == 0)
		r = get_window(group, names, entry, error);
	if (r == 0)
		r = get_number(group, LAYOUT_ATTRIBUTE_EVENTS_MAX,
			&entry->account[ACCOUNT_LIMIT_MET], error);
	if (r == 0)
		r = get_number(group, LAYOUT_ATTRIBUTE_EVENTS_OOM_KILL,
			&entry->account[ACCOUNT_OOM_KILLS], error);
	if (r == 0)
		r = get_number(
			group, LAYOUT_ATTRIBUTE_REFAULTS, &entry->account[ACCOUNT_REFAULTS], error);
	if (r == 0)
		r = get_number(group, LAYOUT_ATTRIBUTE_MAJOR_FAULTS,
			&entry->account[ACCOUNT_MAJOR_FAULTS], error);
	if (r == 0)
		r = get_composition(trial, group, entry, error);
	entry->metric = LAYOUT_REFERENCE_METRIC;
	if (r == 0)
		r = summary_writer_add(gathering->summary, entry, error);
	forget_composition(entry);
	return r;
}

static int add_oracle_kind(struct gathering *gathering, hid_t group, const char *kind,
	const struct summary_entry *entry, struct error *error)
{
	struct summary_entry row = *entry;
	char attributes[ORACLE_N_ATTRIBUTES][ORACLE_ATTRIBUTE_SIZE];
	const char *names[ORACLE_N_ATTRIBUTES];
	char metric[SPOOL_NAME_MAX];
	int r;

	for (unsigned i = 0; i < ORACLE_N_ATTRIBUTES; i++) {
		oracle_attribute_name(kind, i, attributes[i]);
		names[i] = attributes[i];
	}
	snprintf(metric, sizeof(metric), LAYOUT_ORACLE_METRIC, kind);
	row.metric = metric;
	r = get_window(group, names, &row, error);
	return r == 0 ? summary_writer_add(gathering->summary, &row, error) : r;
}

/* A trial without counts has no such rows. */
static int add_oracle(struct gathering *gathering, hid_t trial, const struct summary_entry *entry,
	struct error *error)
{
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	htri_t exists = H5Lexists(trial, LAYOUT_ORACLE, H5P_DEFAULT);
	int r;

	if (exists < 0)
		return hdf5_error(error, "cannot look for %s", LAYOUT_ORACLE);
	if (exists == 0)
		return 0;
	r = open_group(trial, LAYOUT_ORACLE, &group, error);
	for (size_t i = 0; i < ORACLE_N_KINDS && r == 0; i++)
		r = add_oracle_kind(gathering, group, oracle_kinds[i], entry, error);
	return r;
}

/* The table's columns are in bytes: a metric in another unit has no row, only its attributes. */
static int gather_metric(struct gathering *gathering, hid_t metrics, const char *name,
	struct summary_entry *entry, struct error *error)
{
	static const char *const names[] = {
		LAYOUT_ATTRIBUTE_INITIAL, LAYOUT_ATTRIBUTE_PEAK, LAYOUT_ATTRIBUTE_FINAL};
	CLEANUP(cleanup_hid) hid_t group = H5I_INVALID_HID;
	CLEANUP(cleanup_free) char *unit = NULL;
	int r = open_group(metrics, name, &group, error);

	if (r == 0)
		r = hdf5_get_text(group, LAYOUT_ATTRIBUTE_UNIT, &unit, error);
	if (r < 0)
		return r;
	if (!unit || strcmp(unit, LAYOUT_UNIT_BYTES) != 0)
		return 0;
	r = get_window(group, names, entry, error);
	entry->metric = name;
	return r == 0 ? summary_writer_add(gathering->summary, entry, error) : r;
}

static int add_metrics(
	struct gathering *gathering, hid_t trial, struct summary_entry *entry, struct error *error)
{
	CLEANUP(cleanup_hid) hid_t metrics = H5I_INVALID_HID;
	H5G_info_t info;
	int r = open_group(trial, LAYOUT_METRICS, &metrics, error);

	if (r == 0 && H5Gget_info(metrics, &info) < 0)
		r = hdf5_error(error, "cannot list the metrics");
	for (hsize_t i = 0; r == 0 && i < info.nlinks; i++) {
		char name[HDF5_NAME_SIZE];

		if (H5Lget_name_by_idx(metrics, ".", H5_INDEX_NAME, H5_ITER_INC, i, name,
			    sizeof(name), H5P_DEFAULT) < 0)
			return hdf5_error(error, "cannot list the metrics");
		r = gather_metric(gathering, metrics, name, entry, error);
	}
	return r;
}

static int add_rows(struct gathering *gathering, hid_t trial, const struct planned_trial *planned,
	struct error *error)
{
	CLEANUP(cleanup_free)
	char *parameters = plan_parameters_json(gathering->plan, planned->point);
	CLEANUP(cleanup_free) char *status = NULL;
	CLEANUP(cleanup_free) char *cause = NULL;
	CLEANUP(cleanup_free) char *limit_end = NULL;
	struct summary_entry entry = {
		.planned = planned,
		.parameters = parameters,
		.suspect = H5Aexists(trial, tally_mark_name(TALLY_SUSPECT)) > 0,
	};
	int r;

	if (!parameters)
		return error_set_errno(error, ENOMEM, "cannot describe the trial");
	r = hdf5_get_text(trial, LAYOUT_ATTRIBUTE_STATUS, &status, error);
	if (r == 1)
		return error_set(error, EINVAL, "it has no status");
	entry.status = status;
	if (r == 0)
		r = hdf5_get_text(trial, LAYOUT_ATTRIBUTE_CAUSE, &cause, error);
	entry.cause = cause ? cause : "";
	if (r >= 0)
		r = hdf5_get_text(trial, LAYOUT_ATTRIBUTE_LIMIT_END, &limit_end, error);
	entry.limit_end = limit_end ? limit_end : "";
	if (r >= 0)
		r = get_account(trial, &entry, error);
	if (r == 0)
		r = get_number(trial, LAYOUT_ATTRIBUTE_WALL_NS, &entry.wall_ns, error);
	if (r == 0)
		r = get_watch_cost(trial, &entry, error);
	if (r == 0)
		r = get_truth_peak(trial, &entry.truth_peak_bytes, error);
	if (r == 0)
		r = gather_reference(gathering, trial, &entry, error);
	if (r == 0)
		r = add_oracle(gathering, trial, &entry, error);
	if (r == 0)
		r = add_metrics(gathering, trial, &entry, error);
	return r;
}

/* ---- the trials */

static int copy_trial(struct gathering *gathering, hid_t file, const struct planned_trial *planned,
	struct error *error)
{
	char name[LAYOUT_TRIAL_NAME_SIZE];
	struct sealed_trial sealed;
	struct tally_trial counted;
	int r = sealed_read_open(file, planned, &sealed, error);

	if (r == 0)
		r = add_rows(gathering, file, planned, error);
	if (r == 0)
		r = hdf5_check_contained(file, error);
	if (r < 0)
		return r;
	counted = sealed_tally_trial(planned, &sealed);
	tally_add(&gathering->tally, &counted);
	r = failure_kinds_add(&gathering->failures, &counted, file, error);
	if (r < 0)
		return r;
	/* Copies compressed chunks as they are. */
	snprintf(name, sizeof(name), LAYOUT_TRIAL_NAME, planned->number);
	if (H5Ocopy(file, "/", gathering->trials, name, H5P_DEFAULT, H5P_DEFAULT) < 0)
		return hdf5_error(error, "cannot copy it");
	return hdf5_output_check(&gathering->output, error);
}

static int gather_trial(
	struct gathering *gathering, const struct planned_trial *planned, struct error *error)
{
	char name[LAYOUT_TRIAL_NAME_SIZE];
	struct hdf5_io io;
	hid_t file;
	int r;

	snprintf(name, sizeof(name), LAYOUT_TRIAL_FILE, planned->number);
	r = hdf5_open_file(gathering->trials_fd, name, name, &io, &file, error);
	if (r == -ENOENT && !gathering->facts->complete)
		return 0;
	if (r < 0)
		return r;
	r = copy_trial(gathering, file, planned, error);
	H5Fclose(file);
	close(io.fd);
	return r;
}

static int gather_trials(struct gathering *gathering, struct error *error)
{
	for (size_t i = 0; i < plan_size(gathering->plan); i++) {
		const struct planned_trial *planned = plan_trial(gathering->plan, i);
		int r = gather_trial(gathering, planned, error);

		if (r < 0)
			return error_prefix(error, "trial " LAYOUT_TRIAL_NAME, planned->number);
	}
	return 0;
}

/* ---- the root */

/* Readers know those of built-in backends. */
static void set_headlines(struct hdf5_attributes *attributes, const struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->n_user_backends; i++) {
		char name[LAYOUT_HEADLINE_SIZE];

		snprintf(name, sizeof(name), LAYOUT_HEADLINE, experiment->user_backends[i]->name);
		hdf5_set_text(attributes, name, experiment->user_backends[i]->headline);
	}
}

static void set_search(struct hdf5_attributes *attributes, const struct experiment *experiment)
{
	json_t *json = experiment->is_search ? limit_settings_json(&experiment->limit) : NULL;
	CLEANUP(cleanup_free) char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	json_decref(json);
	if (text)
		hdf5_set_text(attributes, LAYOUT_ATTRIBUTE_SEARCH, text);
	else if (experiment->is_search && attributes->result == 0)
		attributes->result = error_set_errno(
			attributes->error, ENOMEM, "cannot write " LAYOUT_ATTRIBUTE_SEARCH);
}

static int write_root(struct gathering *gathering, struct error *error)
{
	struct hdf5_attributes attributes = {.object = gathering->output.file, .error = error};
	const struct experiment *experiment = plan_experiment(gathering->plan);
	const struct run_facts *facts = gathering->facts;

	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_FORMAT, LAYOUT_FORMAT);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_FORMAT_VERSION, LAYOUT_VERSION);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_TOOL_VERSION, facts->tool_version);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_CREATED, facts->created);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_KERNEL, facts->kernel);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_CPU_MODEL, facts->cpu_model);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_CPUS, facts->cpus);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_MEMORY_BYTES, facts->memory_bytes);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_PAGE_BYTES, facts->page_bytes);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_HIERARCHY, facts->hierarchy);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_RUNTIME, facts->runtime);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_RUNTIME_VERSION, facts->runtime_version);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_IMAGE, facts->image);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_IMAGE_DIGEST, facts->image_digest);
	hdf5_set_text(&attributes, "seccomp_sha256", facts->seccomp_sha256);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_DOCTOR, facts->doctor);
	if (facts->resumptions)
		hdf5_set_text(&attributes, "resumptions", facts->resumptions);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_NAME, experiment->name);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_ID, gathering->id);
	hdf5_set_text(&attributes, LAYOUT_ATTRIBUTE_EXPERIMENT, experiment->text);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_SEED, experiment->trials.seed);
	hdf5_set_bool(&attributes, LAYOUT_ATTRIBUTE_QUICK, experiment->trials.quick);
	hdf5_set_bool(&attributes, LAYOUT_ATTRIBUTE_COMPLETE, facts->complete);
	hdf5_set_u64(&attributes, LAYOUT_ATTRIBUTE_TRIALS_PLANNED, plan_size(gathering->plan));
	results_set_tally(&attributes, &gathering->tally);
	failure_kinds_write(&attributes, &gathering->failures);
	set_headlines(&attributes, experiment);
	set_search(&attributes, experiment);
	return attributes.result;
}

static int fill_results(struct gathering *gathering, struct error *error)
{
	hid_t file = gathering->output.file;
	int r = summary_writer_new(
		file, gathering->csv, gathering->plan, &gathering->summary, error);

	if (r == 0)
		r = hdf5_create_group(file, LAYOUT_TRIALS, &gathering->trials, error);
	if (r == 0)
		r = gather_trials(gathering, error);
	if (r == 0)
		r = cut_copy(gathering->trials_fd, gathering->plan, file, error);
	if (r == 0)
		r = summary_writer_finish(gathering->summary, error);
	if (r == 0)
		r = hdf5_close(&gathering->trials, LAYOUT_TRIALS, error);
	if (r == 0)
		r = write_root(gathering, error);
	return r;
}

static int gather_results(struct gathering *gathering, struct error *error)
{
	int r = hdf5_output_create(gathering->run_fd, RUN_RESULTS, &gathering->output, error);

	if (r < 0)
		return r;
	r = fill_results(gathering, error);
	cleanup_hid(&gathering->trials);
	summary_writer_free(gathering->summary);
	if (r < 0) {
		hdf5_output_abandon(&gathering->output);
		return r;
	}
	/* One from an earlier part of the run would be taken for the new file's. */
	(void)unlinkat(gathering->run_fd, RUN_SUMMARY, 0);
	(void)unlinkat(gathering->run_fd, RUN_SUMMARY_JSON, 0);
	return hdf5_output_seal(&gathering->output, error);
}

/* ---- the CSV */

static int open_csv(int run_fd, FILE **ret_csv, struct error *error)
{
	int fd = file_create_part(run_fd, CSV_PART, O_WRONLY, 0644);

	if (fd < 0)
		return error_set_errno(error, -fd, "cannot create %s", CSV_PART);
	*ret_csv = fdopen(fd, "w");
	if (!*ret_csv) {
		close(fd);
		return error_set_errno(error, ENOMEM, "cannot create %s", CSV_PART);
	}
	return 0;
}

/* After results.h5, so that a CSV never exists without it. */
static int seal_csv(int run_fd, FILE *csv, struct error *error)
{
	int number = 0;

	if (fflush(csv) != 0 || fsync(fileno(csv)) < 0)
		number = errno;
	if (fclose(csv) != 0 && number == 0)
		number = errno;
	if (number)
		return error_set_errno(error, number, "cannot write %s", CSV_PART);
	if (renameat(run_fd, CSV_PART, run_fd, RUN_SUMMARY) < 0)
		return error_set_errno(
			error, errno, "cannot rename %s to %s", CSV_PART, RUN_SUMMARY);
	return file_sync_directory(run_fd, ".", error);
}

int results_gather(int run_fd, const char *run_path, const struct plan *plan,
	const struct run_facts *facts, struct error *error)
{
	CLEANUP(cleanup_close)
	int trials_fd = beneath_open_folder(run_fd, RUN_TRIALS);
	const char *slash = strrchr(run_path, '/');
	struct gathering gathering = {
		.id = slash ? slash + 1 : run_path,
		.plan = plan,
		.facts = facts,
		.run_fd = run_fd,
		.trials_fd = trials_fd,
		.trials = H5I_INVALID_HID,
	};
	int r;

	hdf5_be_quiet();
	if (trials_fd < 0)
		return error_set_errno(
			error, -trials_fd, "cannot open %s/%s", run_path, RUN_TRIALS);
	r = open_csv(run_fd, &gathering.csv, error);
	if (r == 0) {
		r = gather_results(&gathering, error);
		if (r == 0)
			r = seal_csv(run_fd, gathering.csv, error);
		else
			fclose(gathering.csv);
	}
	if (r < 0) {
		unlinkat(run_fd, CSV_PART, 0);
		return error_prefix(error, "cannot gather the results of %s", run_path);
	}
	return 0;
}

int results_remove_trials(int run_fd, struct error *error)
{
	return file_remove_tree(run_fd, RUN_TRIALS, error);
}
