#include "runner/experiment/sections.h"

#include "runner/experiment/plan.h"
#include "runner/host/host.h"
#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/parse.h"

#include <math.h>
#include <string.h>

/* No read of a memory file is faster than 0.1 us. */
#define RATE_MAX_HZ 1e7
/* For data read by the thread that watches the task: one read of memory.stat takes 7 us or more. */
#define SLOW_MIN_HZ 0.001
#define SLOW_MAX_HZ 100
/* In CPUs: the largest NR_CPUS that the kernel can be configured with. */
#define CPU_QUOTA_MAX 8192
/* PID_MAX_LIMIT of a 64-bit kernel. */
#define PIDS_MAX 4194304
#define NAME_MAX_LENGTH 64

/* ---- name */

bool name_is_allowed(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t length = strlen(name);

	return length > 0 && length <= NAME_MAX_LENGTH && strspn(name, letters) == length;
}

void name_read(const struct setting *setting)
{
	if (toml_value_kind(setting->value) == TOML_STRING &&
		name_is_allowed(toml_string(setting->value)))
		setting_string(setting, &setting->loader->experiment->name);
	else
		setting_expected(setting,
			"1 to %d letters, digits, '-', '_' and '.': it names the run's folder",
			NAME_MAX_LENGTH);
}

/* ---- [trials] */

static void read_repetitions(const struct setting *setting)
{
	setting_integer(
		setting, 1, PLAN_MAX_TRIALS, &setting->loader->experiment->trials.repetitions);
}

static void read_warmups(const struct setting *setting)
{
	setting_integer(setting, 0, PLAN_MAX_TRIALS, &setting->loader->experiment->trials.warmups);
}

static void read_order(const struct setting *setting)
{
	static const char *const orders[] = {
		[ORDER_RANDOM] = "random", [ORDER_SEQUENTIAL] = "sequential", NULL};
	unsigned order;

	if (setting_choice(setting, orders, &order))
		setting->loader->experiment->trials.order = order;
}

static void read_seed(const struct setting *setting)
{
	setting_integer(setting, 0, INT64_MAX, &setting->loader->experiment->trials.seed);
}

static void read_timeout(const struct setting *setting)
{
	setting_seconds(
		setting, 0.001, SECONDS_MAX, &setting->loader->experiment->trials.timeout_ns);
}

static void read_page_cache(const struct setting *setting)
{
	static const char *const policies[] = {
		[PAGE_CACHE_WARM] = "warm", [PAGE_CACHE_COLD] = "cold", NULL};
	unsigned policy;

	if (setting_choice(setting, policies, &policy))
		setting->loader->experiment->trials.page_cache = policy;
}

static void read_alongside(const struct setting *setting)
{
	static const char *const answers[] = {[ALONGSIDE_REFUSE] = "refuse",
		[ALONGSIDE_WAIT] = "wait",
		[ALONGSIDE_ALLOW] = "allow",
		NULL};
	unsigned answer;

	if (setting_choice(setting, answers, &answer))
		setting->loader->experiment->trials.alongside = answer;
}

const struct field trials_fields[] = {
	{"repetitions", read_repetitions},
	{"warmups", read_warmups},
	{"order", read_order},
	{"seed", read_seed},
	{"timeout_s", read_timeout},
	{"page_cache", read_page_cache},
	{"alongside", read_alongside},
	{NULL, NULL},
};

void trials_complete(struct loader *loader)
{
	const struct experiment *experiment = loader->experiment;
	struct setting page_cache;

	if (experiment->trials.alongside == ALONGSIDE_ALLOW &&
		experiment->trials.page_cache == PAGE_CACHE_COLD &&
		setting_find(loader, "trials", "page_cache", &page_cache))
		setting_expected(&page_cache, "\"warm\" with alongside \"allow\", because \"cold\" "
					      "drops the page cache of other runs too");
}

/* ---- [sampler] */

static void read_rate(const struct setting *setting)
{
	struct experiment *experiment = setting->loader->experiment;
	enum toml_kind kind = toml_value_kind(setting->value);
	double rate_hz = 0;

	if (kind == TOML_STRING && strcmp(toml_string(setting->value), "max") == 0) {
		experiment->sampler.rate_hz = 0;
		experiment->sampler.rate_max = true;
		return;
	}
	if (kind == TOML_INTEGER)
		rate_hz = (double)toml_integer(setting->value);
	else if (kind == TOML_FLOAT)
		rate_hz = toml_float(setting->value);
	if (rate_hz > 0 && rate_hz <= RATE_MAX_HZ)
		experiment->sampler.rate_hz = rate_hz;
	else
		setting_expected(setting, "a number of hertz above 0 and at most %.0f, or \"max\"",
			RATE_MAX_HZ);
}

static void read_mode(const struct setting *setting)
{
	static const char *const modes[] = {
		[SAMPLER_AUTO] = "auto", [SAMPLER_SLEEP] = "sleep", [SAMPLER_SPIN] = "spin", NULL};
	unsigned mode;

	if (setting_choice(setting, modes, &mode))
		setting->loader->experiment->sampler.mode = mode;
}

/* Reports CPUs that this host lacks. */
static bool host_has_cpus(const struct setting *setting, const cpu_set_t *cpus)
{
	const cpu_set_t online = setting->loader->options->cpus ? *setting->loader->options->cpus
								: host_online_cpus();
	CLEANUP(cleanup_free) char *list = NULL;
	cpu_set_t both;

	CPU_AND(&both, cpus, &online);
	if (CPU_EQUAL(&both, cpus))
		return true;
	list = cpu_list_format(&online);
	setting_expected(setting, "CPUs of this host, which has %s", list ? list : "others");
	return false;
}

static void read_cpu(const struct setting *setting)
{
	uint64_t cpu;
	cpu_set_t cpus;

	if (!setting_integer(setting, 0, CPU_SETSIZE - 1, &cpu))
		return;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if (host_has_cpus(setting, &cpus))
		setting->loader->experiment->sampler.cpu =
			(struct amount){.kind = AMOUNT_NUMBER, .number = cpu};
}

/* `zero`: the meaning of 0. */
static void read_slow_rate(const struct setting *setting, const char *zero, double *ret_rate_hz)
{
	enum toml_kind kind = toml_value_kind(setting->value);
	double rate_hz = -1;

	if (kind == TOML_INTEGER)
		rate_hz = (double)toml_integer(setting->value);
	else if (kind == TOML_FLOAT)
		rate_hz = toml_float(setting->value);
	if (rate_hz == 0 || (rate_hz >= SLOW_MIN_HZ && rate_hz <= SLOW_MAX_HZ))
		*ret_rate_hz = rate_hz;
	else
		setting_expected(setting, "a number of hertz from %g to %d, or 0: %s", SLOW_MIN_HZ,
			SLOW_MAX_HZ, zero);
}

static void read_stat_rate(const struct setting *setting)
{
	read_slow_rate(setting, "only at task_begin and task_end",
		&setting->loader->experiment->sampler.stat_hz);
}

static void read_peak_rate(const struct setting *setting)
{
	read_slow_rate(setting, "never", &setting->loader->experiment->sampler.peak_hz);
}

static void read_processes_rate(const struct setting *setting)
{
	read_slow_rate(setting, "never", &setting->loader->experiment->sampler.processes_hz);
}

static void read_pss_rate(const struct setting *setting)
{
	read_slow_rate(setting, "never", &setting->loader->experiment->sampler.pss_hz);
}

static void read_pressure_setting(const struct setting *setting)
{
	setting_boolean(setting, &setting->loader->experiment->sampler.pressure);
}

const struct field sampler_fields[] = {
	{"rate_hz", read_rate},
	{"mode", read_mode},
	{"cpu", read_cpu},
	{"stat_hz", read_stat_rate},
	{"pressure", read_pressure_setting},
	{"peak_hz", read_peak_rate},
	{"processes_hz", read_processes_rate},
	{"pss_hz", read_pss_rate},
	{NULL, NULL},
};

void sampler_complete(struct loader *loader)
{
	const struct experiment *experiment = loader->experiment;
	struct setting rate;

	if (experiment->sampler.rate_max && experiment->sampler.mode == SAMPLER_SLEEP &&
		setting_find(loader, "sampler", "rate_hz", &rate))
		setting_expected(&rate, "a number of hertz with mode \"sleep\"");
}

/* ---- [limits] */

static void read_memory_max(const struct setting *setting)
{
	/* Less than a page is rounded down to zero, in which nothing can run. */
	setting_size(setting, (uint64_t)sysconf(_SC_PAGESIZE),
		&setting->loader->experiment->limits.memory_max_bytes);
}

static void read_memory_high(const struct setting *setting)
{
	setting_size(setting, (uint64_t)sysconf(_SC_PAGESIZE),
		&setting->loader->experiment->limits.memory_high_bytes);
}

/*
 * CPUs like Docker's --cpus, converted to microseconds per period; the kernel's minimum quota is 1
 * ms.
 */
static void read_cpu_quota(const struct setting *setting)
{
	struct amount *quota_us = &setting->loader->experiment->limits.cpu_quota_us;
	double cpus = 0;
	bool is_text = toml_value_kind(setting->value) == TOML_STRING;

	if (is_text && strcmp(toml_string(setting->value), "max") == 0) {
		*quota_us = (struct amount){.kind = AMOUNT_MAX};
		return;
	}
	if (!is_text || parse_decimal(toml_string(setting->value), &cpus) < 0 || cpus < 0.01 ||
		cpus > CPU_QUOTA_MAX) {
		setting_expected(setting,
			"a string with a number of CPUs from 0.01 to %d, such as \"1.5\", or "
			"\"max\"",
			CPU_QUOTA_MAX);
		return;
	}
	*quota_us = (struct amount){
		.kind = AMOUNT_NUMBER,
		.number = (uint64_t)llround(cpus * SLICE_CPU_PERIOD_US),
	};
}

static void read_swap_max(const struct setting *setting)
{
	setting_size(setting, 0, &setting->loader->experiment->limits.swap_max_bytes);
}

static void read_pids_max(const struct setting *setting)
{
	struct amount *pids_max = &setting->loader->experiment->limits.pids_max;

	if (toml_value_kind(setting->value) == TOML_STRING &&
		strcmp(toml_string(setting->value), "max") == 0) {
		*pids_max = (struct amount){.kind = AMOUNT_MAX};
	} else if (toml_value_kind(setting->value) == TOML_INTEGER &&
		   toml_integer(setting->value) >= 1 && toml_integer(setting->value) <= PIDS_MAX) {
		pids_max->kind = AMOUNT_NUMBER;
		pids_max->number = (uint64_t)toml_integer(setting->value);
	} else {
		setting_expected(setting, "a whole number from 1 to %d, or \"max\"", PIDS_MAX);
	}
}

static void read_cpus(const struct setting *setting)
{
	struct experiment *experiment = setting->loader->experiment;
	const char *text =
		toml_value_kind(setting->value) == TOML_STRING ? toml_string(setting->value) : "";
	cpu_set_t cpus;

	if (strcmp(text, "all") == 0) {
		experiment->limits_all_cpus = true;
		return;
	}
	if (*text == '\0' || cpu_list_parse(text, &cpus) < 0) {
		setting_expected(setting,
			"a string that lists CPUs, such as \"0\" or \"0-1,3\", or \"all\"");
		return;
	}
	if (!host_has_cpus(setting, &cpus))
		return;
	if (setting_string(setting, &experiment->limits_cpus))
		experiment->limits.cpus = experiment->limits_cpus;
}

static void read_oom_group(const struct setting *setting)
{
	setting_boolean(setting, &setting->loader->experiment->limits.oom_group);
}

const struct field limits_fields[] = {
	{"memory_max", read_memory_max},
	{"memory_high", read_memory_high},
	{"swap_max", read_swap_max},
	{"oom_group", read_oom_group},
	{"cpus", read_cpus},
	{"cpu_quota", read_cpu_quota},
	{"pids_max", read_pids_max},
	{NULL, NULL},
};
