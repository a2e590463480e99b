/* The programs that memcg-run starts or can use. */

#include "runner/container/runtime.h"
#include "runner/doctor/examination.h"
#include "runner/host/dygraphs.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/process.h"

#include <errno.h>
#include <string.h>

/* A program that hangs has no version. */
#define TOOL_LIMIT_NS (20 * NS_PER_S)

struct tool {
	const char *name;
	const char *package;
	const char *means;
	bool required;
	bool tells_version; /* it supports --version and answers quickly */
};

static const struct tool tools[] = {
	{"runc", "runc",
		"creates each trial's container, unless its experiment chooses another runtime",
		true, true},
	{"crun", "crun", "creates the containers of experiments with container.runtime = \"crun\"",
		false, true},
	{"gnuplot", "gnuplot-nox", "draws the pictures at a run's end", true, false},
	{"mmdebstrap", "mmdebstrap", "builds images other than the host's: memcg-run image build",
		false, false},
	{"qemu-system-x86_64", "qemu-system-x86",
		"runs the project's own tests on other kernels: make test-vm", false, false},
};

/*
 * "1.1.5+ds1" from "runc version 1.1.5+ds1\n...": the last word of the first line. NULL: unknown.
 */
static char *ask_version(const char *program)
{
	const char *const argv[] = {program, "--version", NULL};
	const struct process_helper helper = {
		.argv = argv, .own_session = true, .limit_ns = TOOL_LIMIT_NS};
	CLEANUP(cleanup_free) char *output = NULL;
	const char *blank;

	if (process_run(&helper, &output, NULL) < 0)
		return NULL;
	output[strcspn(output, "\n")] = '\0';
	blank = strrchr(output, ' ');
	return blank ? strdup(blank + 1) : NULL;
}

/* Asks once: the answer is kept. */
static char *find_version(
	const struct examination *examination, const struct tool *tool, const char *program)
{
	const struct runtime *runtime = examination->options->runtime;
	char *version;

	if (runtime && strcmp(runtime_name(runtime), tool->name) == 0)
		return strdup(runtime_version(runtime));
	if (!tool->tells_version)
		return NULL;
	version = kept_version(examination->kept, program);
	if (version)
		return version;
	version = ask_version(program);
	if (version)
		kept_add_version(examination->kept, program, version);
	return version;
}

/* Whether runtime_open rejects the host for crun, which it checks before it looks for crun. */
static bool host_refuses(
	const struct examination *examination, const struct tool *tool, struct error *error)
{
	const struct hierarchy *hierarchy = examination->hierarchy;
	struct runtime *runtime;

	if (strcmp(tool->name, runtime_kind_names[RUNTIME_CRUN]) != 0 || !hierarchy ||
		hierarchy_version(hierarchy) == HIERARCHY_V2)
		return false;
	if (runtime_open(RUNTIME_CRUN, hierarchy_version(hierarchy), &runtime, error) == 0)
		runtime_free(runtime);
	return error->number == ENOTSUP;
}

static void add_found(struct examination *examination, const struct tool *tool, const char *program)
{
	CLEANUP(cleanup_free) char *version = find_version(examination, tool, program);
	struct error error = ERROR_INIT;

	if (tool->tells_version && !version) {
		finding_add(examination, tool->name,
			tool->required ? FINDING_MISSING : FINDING_WARNING, tool->means,
			"%s does not run, or does not print its version", program);
		finding_remedy(examination, "apt-get install --reinstall %s", tool->package);
		return;
	}
	if (host_refuses(examination, tool, &error))
		finding_add_failure(
			examination, tool->name, FINDING_WARNING, tool->means, error.text);
	else
		finding_add(examination, tool->name, FINDING_OK, tool->means, "%s%s%s",
			version ? version : "", version ? ", " : "", program);
	finding_text(examination, "path", program);
	if (version)
		finding_text(examination, "version", version);
}

/* No program, but a library for the browser. */
static void examine_dygraphs(struct examination *examination)
{
	static const char means[] = "draws the traces of report.html, to zoom into";
	static const char path[] = DYGRAPHS_FOLDER "/" DYGRAPHS_SCRIPT;

	if (examination_has(examination, path)) {
		finding_add(examination, "dygraphs", FINDING_OK, means, "%s", path);
		finding_text(examination, "path", path);
		return;
	}
	finding_add(examination, "dygraphs", FINDING_MISSING, means,
		"not installed; report.html has pictures of the traces instead");
	finding_remedy(examination, "apt-get install " DYGRAPHS_PACKAGE);
}

void examine_tools(struct examination *examination)
{
	const char *path = examination->options->path;

	finding_group(examination, "tools");
	for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
		const struct tool *tool = &tools[i];
		char program[PATH_MAX];

		if (path && process_find_program(path, tool->name, program) == 0) {
			add_found(examination, tool, program);
		} else {
			finding_add(examination, tool->name, FINDING_MISSING, tool->means,
				"not installed%s", tool->required ? "" : "; runs do not need it");
			finding_remedy(examination, "apt-get install %s", tool->package);
		}
		if (tool->required)
			finding_require(examination);
	}
	examine_dygraphs(examination);
}
