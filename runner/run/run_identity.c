#include "runner/run/run_identity.h"

#include "runner/experiment/seccomp_profile.h"
#include "util/cleanup.h"
#include "util/digest.h"
#include "util/text.h"

#include <errno.h>
#include <fcntl.h>

static int identity_add(json_t *identity, const char *what, char *how, struct error *error)
{
	CLEANUP(cleanup_free) char *text = how;

	if (!text || json_object_set_new(identity, what, json_string(text)) < 0)
		return error_set_errno(error, ENOMEM, "cannot record %s", what);
	return 0;
}

static int add_program(
	const struct installation *installation, json_t *identity, struct error *error)
{
	char digest[DIGEST_TEXT_SIZE];
	int r = digest_file(AT_FDCWD, "/proc/self/exe", digest, error);

	if (r == 0)
		r = identity_add(identity, "memcg-run",
			string_format("%s, sha256:%s", MEMCG_RUN_VERSION, digest), error);
	if (r == 0)
		r = digest_file(AT_FDCWD, installation->launcher, digest, error);
	if (r == 0)
		r = identity_add(identity, "memcg-run's launcher",
			string_format("sha256:%s", digest), error);
	if (r == 0)
		r = digest_tree(AT_FDCWD, installation->python, digest, error);
	return r == 0 ? identity_add(identity, "memcg-run's Python files",
				string_format("sha256:%s", digest), error)
		      : r;
}

static int add_machine(const struct identity_of *of, json_t *identity, struct error *error)
{
	int r = identity_add(identity, "kernel", string_format("%s", of->host->kernel), error);

	if (r == 0)
		r = identity_add(identity, "CPUs",
			string_format("%s, %d", of->host->cpu_model, (int)of->host->cpus), error);
	if (r == 0)
		r = identity_add(
			identity, "cgroup hierarchy", string_format("%s", of->hierarchy), error);
	return r == 0 ? identity_add(identity, "user",
				string_format("%s", of->without_root ? "not root" : "root"), error)
		      : r;
}

static int add_users(const struct identity_of *of, json_t *identity, struct error *error)
{
	const struct experiment *experiment = plan_experiment(of->plan);
	int r = 0;

	for (size_t i = 0; i < experiment->n_tasks && r == 0; i++) {
		const char *name = experiment->tasks[i].name;
		CLEANUP(cleanup_free)
		char *what = name ? string_format("the user of task %s", name)
				  : string_format("the task's user");

		if (!experiment->tasks[i].user)
			continue;
		r = what ? identity_add(identity, what, task_user_text(&of->users[i]), error)
			 : error_set_errno(error, ENOMEM, "cannot record the task's user");
	}
	return r;
}

static int add_container(const struct identity_of *of, json_t *identity, struct error *error)
{
	const struct seccomp_profile *seccomp = plan_experiment(of->plan)->container.seccomp;
	CLEANUP(cleanup_free) char *image = string_format("image %s", of->image->name);
	int r;

	if (!image)
		return error_set_errno(error, ENOMEM, "cannot record the image");
	r = identity_add(identity, "runtime",
		string_format("%s %s", runtime_name(of->runtime), runtime_version(of->runtime)),
		error);
	if (r == 0)
		r = identity_add(identity, image,
			string_format("%s %s", of->image->digest_of, of->image->digest), error);
	if (r == 0)
		r = identity_add(identity, "seccomp profile",
			seccomp ? string_format("sha256:%s", seccomp->sha256)
				: string_format("none"),
			error);
	return r == 0 ? add_users(of, identity, error) : r;
}

int run_identity(const struct identity_of *of, json_t **ret_identity, struct error *error)
{
	json_t *identity = json_object();
	int r;

	if (!identity)
		return error_set_errno(error, ENOMEM, "cannot record the run");
	r = add_program(of->installation, identity, error);
	if (r == 0)
		r = add_machine(of, identity, error);
	if (r == 0)
		r = add_container(of, identity, error);
	if (r == 0)
		r = run_identity_add_task(of->plan, identity, error);
	if (r < 0) {
		json_decref(identity);
		return r;
	}
	*ret_identity = identity;
	return 0;
}
