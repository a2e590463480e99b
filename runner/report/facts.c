#include "runner/report/facts.h"

#include "runner/store/layout.h"
#include "runner/store/results_tally.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/format.h"
#include "util/parse.h"
#include "util/text.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

static const char *attribute(struct results *results, const char *name)
{
	const char *text = results_attribute(results, name);

	return text ? text : "";
}

/* Text from a file, sanitised for display. */
static char *shown_fact(char *text)
{
	if (text)
		text_blank_controls(text);
	return text;
}

/* output/20261122T175321Z-ramp */
static char *name_of_folder(const char *run_path)
{
	size_t length = strlen(run_path);
	const char *start;
	const char *dash;

	while (length > 1 && run_path[length - 1] == '/')
		length--;
	start = memrchr(run_path, '/', length);
	start = start ? start + 1 : run_path;
	dash = strstr(start, "Z-");
	if (dash)
		start = dash + 2;
	return string_format("%.*s", (int)(run_path + length - start), start);
}

char *facts_name(struct results *results, const char *run_path)
{
	const char *name = attribute(results, LAYOUT_ATTRIBUTE_NAME);

	return shown_fact(name[0] ? string_format("%s", name) : name_of_folder(run_path));
}

/* Appends ", 2 CPUs"; nothing if the value is unknown. */
static char *fact_append(
	char *text, const char *separator, const char *before, const char *value, const char *after)
{
	return value[0] ? string_append(text, separator, "%s%s%s", before, value, after) : text;
}

/* "Linux 6.12.48" from "Linux 6.12.48 #1 SMP PREEMPT_DYNAMIC x86_64": results.h5 has the rest. */
static char *kernel_release(const char *kernel)
{
	size_t length = strcspn(kernel, " ");

	if (kernel[length])
		length += 1 + strcspn(kernel + length + 1, " ");
	return string_format("%.*s", (int)length, kernel);
}

/* All trials choose their CPUs alike, so one suffices. */
static char *first_task_cpus(struct results *results)
{
	for (size_t i = 0; i < results_n_rows(results); i++) {
		char *cpus = NULL;

		if (results_task_cpus(results, results_row(results, i)->trial, &cpus, NULL) == 0 &&
			cpus)
			return cpus;
	}
	return NULL;
}

/* "1 of 2 CPUs (0)"; "" if the task had all of the machine's, or it is unknown. NULL on ENOMEM. */
static char *part_of_cpus(struct results *results)
{
	CLEANUP(cleanup_free) char *cpus = first_task_cpus(results);
	uint64_t n_machine;
	cpu_set_t set;

	if (!cpus || cpu_list_parse(cpus, &set) < 0 ||
		parse_u64(attribute(results, LAYOUT_ATTRIBUTE_CPUS), &n_machine) < 0 ||
		(uint64_t)CPU_COUNT(&set) >= n_machine)
		return string_format("%s", "");
	return string_format("%d of %" PRIu64 " CPUs (%s)", CPU_COUNT(&set), n_machine, cpus);
}

char *facts_machine(struct results *results)
{
	CLEANUP(cleanup_free)
	char *kernel = kernel_release(attribute(results, LAYOUT_ATTRIBUTE_KERNEL));
	CLEANUP(cleanup_free) char *part = part_of_cpus(results);
	const char *cpus = attribute(results, LAYOUT_ATTRIBUTE_CPUS);
	struct formatted memory = {.text = ""};
	char *text = string_format("%s", "");
	uint64_t memory_bytes;

	if (parse_u64(attribute(results, LAYOUT_ATTRIBUTE_MEMORY_BYTES), &memory_bytes) == 0)
		memory = format_bytes(memory_bytes);
	text = fact_append(text, "; ", "", kernel ? kernel : "", "");
	text = fact_append(
		text, ", ", "cgroup ", attribute(results, LAYOUT_ATTRIBUTE_HIERARCHY), "");
	text = fact_append(text, "; ", "", attribute(results, LAYOUT_ATTRIBUTE_CPU_MODEL), "");
	if (part && part[0])
		text = fact_append(text, ", ", "measured on ", part, "");
	else
		text = fact_append(text, ", ", "", cpus, strcmp(cpus, "1") == 0 ? " CPU" : " CPUs");
	text = fact_append(text, ", ", "", memory.text, "");
	text = fact_append(text, "; ", "", attribute(results, LAYOUT_ATTRIBUTE_RUNTIME), "");
	text = fact_append(text, " ", "", attribute(results, LAYOUT_ATTRIBUTE_RUNTIME_VERSION), "");
	text = fact_append(text, "; ", "image ", attribute(results, LAYOUT_ATTRIBUTE_IMAGE), "");
	text = fact_append(
		text, "; ", "memcg-run ", attribute(results, LAYOUT_ATTRIBUTE_TOOL_VERSION), "");
	return shown_fact(
		fact_append(text, "; ", "", attribute(results, LAYOUT_ATTRIBUTE_CREATED), ""));
}

char *facts_zero_page(struct results *results)
{
	json_t *doctor = json_loads(attribute(results, LAYOUT_ATTRIBUTE_DOCTOR), 0, NULL);
	const char *found = NULL;
	char *text;

	if (json_unpack(doctor, "{s:{s:{s:s}}}", "memory", "zero_page", "value", &found) < 0)
		found = NULL;
	text = found ? string_format("%s", found) : NULL;
	json_decref(doctor);
	return shown_fact(text);
}

/* "0.04 %", "1.3 %", "99 %" */
static char *percent(double part)
{
	double value = 100 * part;

	return string_format("%.*f %%", value < 0.995 ? 2 : value < 9.95 ? 1 : 0, value);
}

/*
 * All rows of a trial, which are adjacent, have it. Unknown values are NaN: comparisons are false.
 */
char *facts_watching(const struct results *results)
{
	double watched_ns = 0, runner_ns = 0, sampler_ns = 0, peak_bytes = 0;
	CLEANUP(cleanup_free) char *runner = NULL;
	CLEANUP(cleanup_free) char *sampler = NULL;
	uint64_t last_trial = 0;

	for (size_t i = 0; i < results_n_rows(results); i++) {
		const struct summary_row *row = results_row(results, i);

		if (row->trial == last_trial || !(row->watched_ns > 0) ||
			!(row->runner_cpu_ns >= row->sampler_cpu_ns))
			continue;
		last_trial = row->trial;
		watched_ns += row->watched_ns;
		runner_ns += row->runner_cpu_ns;
		sampler_ns += row->sampler_cpu_ns;
		if (row->runner_peak_rss_bytes > peak_bytes)
			peak_bytes = row->runner_peak_rss_bytes;
	}
	if (!(watched_ns > 0))
		return string_format("%s", "");
	runner = percent(runner_ns / watched_ns);
	sampler = percent(sampler_ns / watched_ns);
	if (!runner || !sampler)
		return NULL;
	return string_format("Watching used %s of a CPU (the sampler's thread %s)%s%s.", runner,
		sampler, peak_bytes > 0 ? " and at most " : "",
		peak_bytes > 0 ? format_bytes((uint64_t)peak_bytes).text : "");
}

char *facts_cpus(struct results *results)
{
	CLEANUP(cleanup_free) char *part = part_of_cpus(results);

	if (!part || !part[0])
		return TAKE_PTR(part);
	return string_format("Measured on %s: a parallel task may peak higher on all of them "
			     "(limits.cpus = \"all\").",
		part);
}

char *facts_warning(struct results *results, enum tally_kind kind)
{
	const struct tally tally = results_tally(results);
	char *sentence = tally_sentence(&tally, kind);

	if (sentence)
		*sentence = (char)toupper((unsigned char)*sentence);
	return shown_fact(sentence);
}

bool facts_quick(struct results *results)
{
	return strcmp(attribute(results, LAYOUT_ATTRIBUTE_QUICK), "TRUE") == 0;
}

bool facts_incomplete(struct results *results)
{
	return strcmp(attribute(results, LAYOUT_ATTRIBUTE_COMPLETE), "FALSE") == 0;
}

const char *facts_no_trial(const struct results *results)
{
	return results_n_rows(results) > 0
		       ? "only warm-ups were recorded, and they are left out of every comparison"
		       : "no trial was recorded";
}
