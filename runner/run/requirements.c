#include "runner/run/requirements.h"

#include "cgroup/page_count.h"
#include "cgroup/slice.h"
#include "runner/run/interpreter.h"
#include "runner/trial/channel.h"
#include "runner/trial/processes.h"
#include "runner/trial/spool.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A task's maximum of connections and series, and some for the runner itself. */
#define FILES_NEEDED (CHANNEL_MAX_CONNECTIONS + SPOOL_MAX_SERIES + 128)

/*
 * 1: it may have what is needed; 0: the image decides, whose modules the harness lends to a reporter; negative: it
 * must have it, and does not.
 */
static int check_interpreter(const struct task *task, const struct backend *backend,
	const struct backend_requirement *requirement, struct error *error)
{
	const bool is_beside = backend->external || (backend->wrap && !backend->wraps_script);

	if (!task->interpreter || !requirement->python_module || is_beside)
		return 0;
	if (interpreter_may_have(task, requirement->python_module))
		return 1;
	if (!backend->wraps_script)
		return 0;
	return error_set(error, ENOENT,
		"backend %s runs the script by itself, and %s does not have it: install the Python "
		"module %s there",
		backend->name, task->interpreter, requirement->python_module);
}

static int check_requirement(const struct image *image, const struct backend *backend,
	const struct backend_requirement *requirement, struct error *error)
{
	CLEANUP(cleanup_free) char *what = backend_requirement_describe(requirement);
	CLEANUP(cleanup_free) char *remedy = NULL;
	bool host = strcmp(image->name, "host") == 0;
	bool has;
	int r = image_has_requirement(image, requirement, &has, error);

	if (r < 0 || has)
		return r;
	remedy = host ? backend_requirement_remedy(requirement)
		      : string_format("add %s to the packages of its recipe and build it again",
				requirement->debian_package);
	return error_set(error, ENOENT,
		"backend %s needs the %s, which image \"%s\" does not have: %s", backend->name,
		what ? what : requirement->debian_package, image->name,
		remedy ? remedy : requirement->debian_package);
}

/* An external reporter runs on the host, regardless of the task's image. */
static struct image reporters_image(void)
{
	return (struct image){
		.name = (char *)"host",
		.root = (char *)"/",
		.interpreter = (char *)"/usr/bin/python3",
	};
}

static int check_host_python(const struct backend *backend, struct error *error)
{
	const struct image host = reporters_image();

	if (!backend->external || *backend->external == '/' || access(host.interpreter, X_OK) == 0)
		return 0;
	return error_set_errno(error, errno,
		"backend %s runs on this host and needs Python there (apt-get install python3): "
		"cannot execute %s",
		backend->name, host.interpreter);
}

static int check_requirement_of_tasks(const struct experiment *experiment,
	const struct image *image, const struct backend *backend,
	const struct backend_requirement *requirement, struct error *error)
{
	int r = 0;

	for (size_t i = 0; i < experiment->n_tasks && r == 0; i++) {
		r = check_interpreter(&experiment->tasks[i], backend, requirement, error);
		if (r == 0)
			r = check_requirement(image, backend, requirement, error);
		r = r > 0 ? 0 : r;
	}
	return r;
}

int requirements_check(
	const struct experiment *experiment, const struct image *image, struct error *error)
{
	const struct image host = reporters_image();

	for (size_t i = 0; i < experiment->n_backends; i++) {
		const struct backend *backend = experiment->backends[i];
		const struct backend_requirement *requirement = backend->requirements;
		int r = check_host_python(backend, error);

		for (; r == 0 && requirement && requirement->debian_package; requirement++)
			r = check_requirement_of_tasks(experiment,
				backend->external ? &host : image, backend, requirement, error);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_v2_limits(
	const struct limits *limits, const struct hierarchy *hierarchy, struct error *error)
{
	const char *key = limits->oom_group				   ? "oom_group"
			  : limits->memory_high_bytes.kind != AMOUNT_UNSET ? "memory_high"
									   : NULL;

	if (!key || hierarchy_version(hierarchy) == HIERARCHY_V2)
		return 0;
	return error_set(error, EOPNOTSUPP,
		"limits.%s: it needs cgroup v2, and this host has its memory controller on cgroup "
		"v1",
		key);
}

int requirements_check_cgroups(
	const struct experiment *experiment, const struct hierarchy *hierarchy, struct error *error)
{
	if (experiment->sampler.pressure) {
		int r = slice_check_pressure(hierarchy, error);

		if (r < 0) {
			error_prefix(error, "sampler.pressure");
			return r;
		}
	}
	if (experiment->sampler.pss_hz > 0) {
		int r = pss_check(error);

		if (r < 0) {
			error_prefix(error, "sampler.pss_hz");
			return r;
		}
	}
	if (experiment->is_search && experiment->limit.by == LIMIT_BY_HIGH &&
		hierarchy_version(hierarchy) != HIERARCHY_V2)
		return error_set(error, EOPNOTSUPP,
			"limit.by \"high\": it needs cgroup v2, and this host has its memory "
			"controller on cgroup v1; search by \"max\"");
	return check_v2_limits(&experiment->limits, hierarchy, error);
}

int requirements_check_files(struct error *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return error_set_errno(error, errno, "cannot read the limit of open files");
	if (limit.rlim_cur >= FILES_NEEDED)
		return 0;
	return error_set(error, EMFILE,
		"the limit of open files is %llu, and a trial may need %d: raise it (ulimit -n "
		"1024)",
		(unsigned long long)limit.rlim_cur, FILES_NEEDED);
}

int requirements_check_oracle(const struct experiment *experiment, struct error *error)
{
	struct page_counter *counter;
	int r;

	if (!experiment->oracle.counts)
		return 0;
	r = page_counter_open("", &counter, error);
	if (r < 0) {
		error_prefix(error, "oracle");
		return r;
	}
	page_counter_close(counter);
	return 0;
}
