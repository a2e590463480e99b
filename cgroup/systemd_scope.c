#include "cgroup/systemd_scope.h"

#include "util/array.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-daemon.h>

#define MANAGER_NAME "org.freedesktop.systemd1"
#define MANAGER_PATH "/org/freedesktop/systemd1"
#define MANAGER_INTERFACE "org.freedesktop.systemd1.Manager"
#define UNIT_EXISTS "org.freedesktop.systemd1.UnitExists"

/* A scope starts in a millisecond; a loaded or emulated host may need seconds. */
#define JOB_LIMIT_NS (60 * NS_PER_S)

/* systemd's job for a request; the signal JobRemoved announces its end. */
struct job {
	const char *path; /* of the job; borrowed from the reply */
	char *result;	  /* "done", "failed", "timeout", ...; NULL: pending */
};

/*
 * The slices above the scope, innermost first: systemd creates them on demand, but then keeps them.
 */
static const char *const SLICES[] = {SYSTEMD_SLICE, "memcg.slice"};

CLEANUP_POINTER(cleanup_bus, sd_bus, sd_bus_flush_close_unref)

CLEANUP_POINTER(cleanup_message, sd_bus_message, sd_bus_message_unref)

static void cleanup_bus_error(sd_bus_error *error)
{
	sd_bus_error_free(error);
}

bool systemd_is_running(void)
{
	return sd_booted() > 0;
}

/* ---- the request */

/*
 * Replace, not fail: right after another run has ended, systemd is about to stop the unused slices,
 * and this scope needs them.
 */
static int append_properties(sd_bus_message *message, const char *unit)
{
	int r = sd_bus_message_append(message, "ss", unit, "replace");

	if (r >= 0)
		r = sd_bus_message_open_container(message, 'a', "(sv)");
	/* No limits of the unit's own: only the experiment's apply. */
	if (r >= 0)
		r = sd_bus_message_append(message, "(sv)(sv)(sv)(sv)(sv)(sv)", "Description", "s",
			"memcg-run measurement", "Slice", "s", SYSTEMD_SLICE, "Delegate", "b", 1,
			"PIDs", "au", 1, (uint32_t)getpid(), "TasksMax", "t", UINT64_MAX,
			"CollectMode", "s", "inactive-or-failed");
	return r < 0 ? r : sd_bus_message_close_container(message);
}

/* The first `n_new` of them, as auxiliary units of the request: these must be new. */
static int append_slices(sd_bus_message *message, size_t n_new)
{
	int r = sd_bus_message_open_container(message, 'a', "(sa(sv))");

	for (size_t i = 0; r >= 0 && i < n_new; i++)
		r = sd_bus_message_append(message, "(sa(sv))", SLICES[i], 2, "Description", "s",
			"memcg-run", "StopWhenUnneeded", "b", 1);
	return r < 0 ? r : sd_bus_message_close_container(message);
}

static int request(sd_bus *bus, const char *unit, size_t n_new_slices, sd_bus_error *failure,
	sd_bus_message **ret_reply)
{
	CLEANUP(cleanup_message) sd_bus_message *message = NULL;
	int r = sd_bus_message_new_method_call(
		bus, &message, MANAGER_NAME, MANAGER_PATH, MANAGER_INTERFACE, "StartTransientUnit");

	if (r >= 0)
		r = append_properties(message, unit);
	if (r >= 0)
		r = append_slices(message, n_new_slices);
	return r < 0 ? r : sd_bus_call(bus, message, 0, failure, ret_reply);
}

/* An existing slice, an administrator's or one with other units in it, is used as it is. */
static int request_scope(
	sd_bus *bus, const char *unit, sd_bus_message **ret_reply, struct error *error)
{
	CLEANUP(cleanup_bus_error) sd_bus_error failure = SD_BUS_ERROR_NULL;
	int r;

	for (size_t n_new = LENGTH(SLICES);; n_new--) {
		r = request(bus, unit, n_new, &failure, ret_reply);
		if (n_new == 0 || !(r == -EBUSY || sd_bus_error_has_name(&failure, UNIT_EXISTS)))
			break;
		sd_bus_error_free(&failure);
	}
	if (r < 0)
		return error_set(error, -r, "systemd refused to start %s: %s", unit,
			failure.message ? failure.message : strerrordesc_np(-r));
	return 0;
}

/* ---- the answer */

static int hear_job_removed(sd_bus_message *message, void *context, sd_bus_error *failure)
{
	struct job *job = context;
	const char *path, *unit, *result;
	uint32_t id;

	(void)failure;
	if (sd_bus_message_read(message, "uoss", &id, &path, &unit, &result) >= 0 && job->path &&
		strcmp(path, job->path) == 0 && !job->result)
		job->result = strdup(result);
	return 0;
}

static int wait_for_job(sd_bus *bus, struct job *job, const char *unit, struct error *error)
{
	const uint64_t deadline_ns = clock_deadline_ns(JOB_LIMIT_NS);

	while (!job->result) {
		const uint64_t left_ns = clock_left_ns(deadline_ns);
		int r = sd_bus_process(bus, NULL);

		if (r == 0)
			r = left_ns == 0 ? -ETIMEDOUT : sd_bus_wait(bus, left_ns / 1000);
		if (r < 0 && r != -EINTR)
			return error_set_errno(
				error, -r, "cannot find out whether %s started", unit);
	}
	if (strcmp(job->result, "done") != 0)
		return error_set(error, EIO, "systemd could not start %s: %s; see journalctl -u %s",
			unit, job->result, unit);
	return 0;
}

/* Subscribes before the request, so that the answer cannot be missed. */
static int start_and_wait(sd_bus *bus, struct job *job, const char *unit, struct error *error)
{
	CLEANUP(cleanup_message) sd_bus_message *reply = NULL;
	int r = sd_bus_match_signal(bus, NULL, MANAGER_NAME, MANAGER_PATH, MANAGER_INTERFACE,
		"JobRemoved", hear_job_removed, job);

	if (r < 0)
		return error_set_errno(error, -r, "cannot listen to systemd");
	r = request_scope(bus, unit, &reply, error);
	if (r < 0)
		return r;
	r = sd_bus_message_read(reply, "o", &job->path);
	if (r < 0)
		return error_set_errno(error, -r, "cannot read systemd's reply");
	return wait_for_job(bus, job, unit, error);
}

static int open_bus(bool of_user, sd_bus **ret_bus, struct error *error)
{
	int r = of_user ? sd_bus_open_user(ret_bus) : sd_bus_open_system(ret_bus);

	if (r >= 0)
		return 0;
	return error_set_errno(error, -r,
		of_user ? "cannot reach the user's systemd over D-Bus; log in again (su alone does "
			  "not log in), or apt-get install dbus-user-session"
			: "cannot reach systemd over D-Bus; apt-get install dbus, and start it");
}

int systemd_scope_start(const char *unit, bool of_user, struct error *error)
{
	CLEANUP(cleanup_bus) sd_bus *bus = NULL;
	struct job job = {0};
	int r = open_bus(of_user, &bus, error);

	if (r < 0)
		return r;
	r = start_and_wait(bus, &job, unit, error);
	free(job.result);
	return r;
}
