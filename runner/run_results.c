/* What is made of a run's sealed trials. */

#include "runner/experiment/seccomp_profile.h"
#include "runner/report/report.h"
#include "runner/run_state.h"
#include "runner/store/results.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>

static int report(struct run *run, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/results.h5", run->folder.path);
	const struct report_options options = {.run_path = run->folder.path};
	struct results *results;
	int r;

	if (!path)
		return error_set_errno(error, ENOMEM, "cannot report");
	r = results_open(path, &results, error);
	if (r < 0)
		return r;
	r = report_write(results, &options, error);
	results_close(results);
	return r;
}

int run_gather(struct run *run, struct error *error)
{
	const struct seccomp_profile *seccomp = run->experiment->container.seccomp;
	const struct run_facts facts = {
		.tool_version = MEMCG_RUN_VERSION,
		.created = run->folder.created,
		.kernel = run->host.kernel,
		.cpu_model = run->host.cpu_model,
		.cpus = run->host.cpus,
		.memory_bytes = run->host.memory_bytes,
		.page_bytes = run->host.page_bytes,
		.hierarchy = hierarchy_name(run->hierarchy),
		.runtime = runtime_name(run->runtime),
		.runtime_version = runtime_version(run->runtime),
		.image = run->image->name,
		.image_digest = run->image->digest,
		.seccomp_sha256 = seccomp ? seccomp->sha256 : "",
		.doctor = run->doctor,
		.complete =
			run->outcome->n_ok + run->outcome->n_not_ok == run->outcome->n_planned &&
			!run->interrupted,
	};
	int r;

	/* Interrupted before the first trial: there is nothing to gather. */
	if (run->outcome->n_ok + run->outcome->n_not_ok == 0)
		return 0;
	run_log_step(run->log, "gathering results.h5");
	r = results_gather(run->folder.fd, run->folder.path, run->plan, &facts, error);
	if (r == 0)
		r = results_remove_trials(run->folder.fd, error);
	if (r == 0 && run->options->pictures) {
		run_log_step(run->log, "drawing");
		r = report(run, error);
	}
	return r;
}
