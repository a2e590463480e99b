#include "runner/doctor/kept.h"

#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/file.h"
#include "util/json.h"
#include "util/text.h"

#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEPT_NAME "doctor.json"

/* A few hundred bytes. */
#define KEPT_MAX_BYTES (64 * 1024)

struct kept {
	int directory_fd;
	json_t *root; /* {"key": "...", "attempt": {...}, "versions": {PROGRAM: {...}}} */
	bool changed;
};

/* Identifies a file's content for as long as nobody resets its times. NULL if there is none. */
static char *file_mark(const char *path)
{
	struct stat status;

	if (stat(path, &status) < 0)
		return NULL;
	return string_format("%ju:%ju:%jd:%jd.%09ld", (uintmax_t)status.st_dev,
		(uintmax_t)status.st_ino, (intmax_t)status.st_size, (intmax_t)status.st_mtim.tv_sec,
		status.st_mtim.tv_nsec);
}

/* Whether a sampler may have SCHED_FIFO (sched(7)), which decides how late it wakes. */
static bool may_be_realtime(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{.effective = 0}};
	struct rlimit priority = {.rlim_cur = 0};

	if (getrlimit(RLIMIT_RTPRIO, &priority) == 0 && priority.rlim_cur > 0)
		return true;
	return syscall(SYS_capget, &header, sets) == 0 &&
	       sets[CAP_TO_INDEX(CAP_SYS_NICE)].effective & CAP_TO_MASK(CAP_SYS_NICE);
}

/* Under which conditions something was tried. NULL if that cannot be determined. */
static char *kept_key(const struct doctor_options *options, const struct hierarchy *hierarchy)
{
	CLEANUP(cleanup_free) char *program = file_mark("/proc/self/exe");
	CLEANUP(cleanup_free) char *cpus = cpu_list_of(0);
	CLEANUP(cleanup_free) char *boot = NULL;

	if (!program || !cpus ||
		file_read(AT_FDCWD, "/proc/sys/kernel/random/boot_id", KEPT_MAX_BYTES, &boot, NULL,
			NULL) < 0)
		return NULL;
	boot[strcspn(boot, "\n")] = '\0';
	return string_format("%s %s %s %s %d %" PRIu64 " %s %d", boot, program,
		hierarchy_name(hierarchy), hierarchy_memory_mount(hierarchy),
		(int)options->delegation, options->timer_ns, cpus, may_be_realtime());
}

/* NULL if there is no such file, or it is of other conditions. */
static json_t *read_kept(int directory_fd, const char *key)
{
	CLEANUP(cleanup_free) char *text = NULL;
	json_t *root;
	const char *of;

	if (file_read(directory_fd, KEPT_NAME, KEPT_MAX_BYTES, &text, NULL, NULL) < 0)
		return NULL;
	root = json_loads(text, 0, NULL);
	of = json_string_value(json_object_get(root, "key"));
	if (of && strcmp(of, key) == 0 && json_is_object(json_object_get(root, "versions")))
		return root;
	json_decref(root);
	return NULL;
}

struct kept *kept_open(const struct doctor_options *options, const struct hierarchy *hierarchy)
{
	CLEANUP(cleanup_free)
	char *key = options->kept_directory && hierarchy ? kept_key(options, hierarchy) : NULL;
	struct kept *kept = key ? calloc(1, sizeof(*kept)) : NULL;

	if (!kept)
		return NULL;
	kept->directory_fd =
		open(options->kept_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (kept->directory_fd >= 0)
		kept->root = read_kept(kept->directory_fd, key);
	if (!kept->root)
		kept->root = json_pack("{s:s, s:{}}", "key", key, "versions");
	return kept;
}

void kept_close(struct kept *kept)
{
	if (!kept)
		return;
	if (kept->changed && kept->directory_fd >= 0) {
		CLEANUP(cleanup_free) char *text = json_dumps(kept->root, JSON_COMPACT);

		if (text)
			(void)file_replace(
				kept->directory_fd, KEPT_NAME, text, strlen(text), 0600, NULL);
	}
	json_decref(kept->root);
	cleanup_close(&kept->directory_fd);
	free(kept);
}

/* ---- the attempt */

bool kept_attempt(const struct kept *kept, struct attempt *ret_attempt)
{
	json_t *found = kept ? json_object_get(kept->root, "attempt") : NULL;
	json_int_t at, batch, cost, cost_p99, p50, p99, most, scheduled;
	int has_peak, resets, swap, realtime;

	if (!found ||
		json_unpack(found, "{s:I, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
			"realtime_ns", &at, "has_peak", &has_peak, "peak_resets", &resets,
			"accounts_swap", &swap, "charge_batch_bytes", &batch, "sample_cost_ns",
			&cost, "sample_cost_p99_ns", &cost_p99, "late_p50_ns", &p50, "late_p99_ns",
			&p99, "late_max_ns", &most, "scheduled", &scheduled, "realtime",
			&realtime) < 0)
		return false;
	*ret_attempt = (struct attempt){
		.made = true,
		.realtime_ns = (uint64_t)at,
		.has_peak = has_peak,
		.peak_resets = resets,
		.accounts_swap = swap,
		.charge_batch_bytes = (uint64_t)batch,
		.sample_cost_ns = (uint64_t)cost,
		.sample_cost_p99_ns = (uint64_t)cost_p99,
		.timer = {.late_p50_ns = (uint64_t)p50,
			.late_p99_ns = (uint64_t)p99,
			.late_max_ns = (uint64_t)most,
			.n_scheduled = (uint64_t)scheduled,
			.realtime = realtime},
	};
	return true;
}

void kept_add_attempt(struct kept *kept, const struct attempt *attempt)
{
	const struct sampler_stats *timer = &attempt->timer;

	/* A machine that was busy is tried again: the next run may find it idle. */
	if (!kept || timer->n_missed > 0)
		return;
	kept->changed = true;
	(void)json_object_set_new(kept->root, "attempt",
		json_pack("{s:I, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b}",
			"realtime_ns", (json_int_t)attempt->realtime_ns, "has_peak",
			attempt->has_peak, "peak_resets", attempt->peak_resets, "accounts_swap",
			attempt->accounts_swap, "charge_batch_bytes",
			(json_int_t)attempt->charge_batch_bytes, "sample_cost_ns",
			(json_int_t)attempt->sample_cost_ns, "sample_cost_p99_ns",
			(json_int_t)attempt->sample_cost_p99_ns, "late_p50_ns",
			(json_int_t)timer->late_p50_ns, "late_p99_ns",
			(json_int_t)timer->late_p99_ns, "late_max_ns",
			(json_int_t)timer->late_max_ns, "scheduled", (json_int_t)timer->n_scheduled,
			"realtime", timer->realtime));
}

/* ---- versions */

char *kept_version(const struct kept *kept, const char *program)
{
	CLEANUP(cleanup_free) char *mark = kept ? file_mark(program) : NULL;
	json_t *versions = kept ? json_object_get(kept->root, "versions") : NULL;
	const char *of, *version;

	if (!mark || json_unpack(json_object_get(versions, program), "{s:s, s:s}", "file", &of,
			     "version", &version) < 0)
		return NULL;
	return strcmp(of, mark) == 0 ? strdup(version) : NULL;
}

void kept_add_version(struct kept *kept, const char *program, const char *version)
{
	CLEANUP(cleanup_free) char *mark = kept ? file_mark(program) : NULL;

	if (!mark)
		return;
	kept->changed = true;
	(void)json_object_set_new(json_object_get(kept->root, "versions"), program,
		json_pack("{s:s, s:s}", "file", mark, "version", version));
}
