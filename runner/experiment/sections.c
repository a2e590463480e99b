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
/* In CPUs: the largest NR_CPUS that the kernel can be configured with. */
#define CPU_QUOTA_MAX 8192
/* PID_MAX_LIMIT of a 64-bit kernel. */
#define PIDS_MAX 4194304

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

static const char *const orders[] = {
	[ORDER_RANDOM] = "random", [ORDER_SEQUENTIAL] = "sequential", NULL};

static const char *const page_cache_policies[] = {
	[PAGE_CACHE_WARM] = "warm", [PAGE_CACHE_COLD] = "cold", NULL};

static const char *const alongside_answers[] = {[ALONGSIDE_REFUSE] = "refuse",
	[ALONGSIDE_WAIT] = "wait",
	[ALONGSIDE_ALLOW] = "allow",
	NULL};

const struct field trials_fields[] = {
	READ_INTEGER("repetitions", trials.repetitions, 1, PLAN_MAX_TRIALS),
	READ_INTEGER("warmups", trials.warmups, 0, PLAN_MAX_TRIALS),
	READ_CHOICE("order", trials.order, orders),
	READ_INTEGER("seed", trials.seed, 0, INT64_MAX),
	READ_SECONDS("timeout_s", trials.timeout_ns, 0.001),
	READ_SECONDS("setup_timeout_s", trials.setup_timeout_ns, 0.001),
	READ_CHOICE("page_cache", trials.page_cache, page_cache_policies),
	READ_CHOICE("alongside", trials.alongside, alongside_answers),
	{.key = NULL},
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
	double rate_hz = setting_number(setting);

	if (toml_value_kind(setting->value) == TOML_STRING &&
		strcmp(toml_string(setting->value), "max") == 0) {
		experiment->sampler.rate_hz = 0;
		experiment->sampler.rate_max = true;
		return;
	}
	if (rate_hz > 0 && rate_hz <= RATE_MAX_HZ)
		experiment->sampler.rate_hz = rate_hz;
	else
		setting_expected(setting, "a number of hertz above 0 and at most %.0f, or \"max\"",
			RATE_MAX_HZ);
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

static const char *const modes[] = {
	[SAMPLER_AUTO] = "auto", [SAMPLER_SLEEP] = "sleep", [SAMPLER_SPIN] = "spin", NULL};

const struct field sampler_fields[] = {
	READ_OWN("rate_hz", read_rate),
	READ_CHOICE("mode", sampler.mode, modes),
	READ_OWN("cpu", read_cpu),
	READ_RATE("stat_hz", sampler.stat_hz, "only at task_begin and task_end"),
	READ_BOOLEAN("pressure", sampler.pressure),
	READ_RATE("peak_hz", sampler.peak_hz, "never"),
	READ_RATE("processes_hz", sampler.processes_hz, "never"),
	READ_RATE("pss_hz", sampler.pss_hz, "never"),
	{.key = NULL},
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

const struct field limits_fields[] = {
	/* Less than a page is rounded down to zero, in which nothing can run. */
	READ_SIZE("memory_max", limits.memory_max_bytes, 1),
	READ_SIZE("memory_high", limits.memory_high_bytes, 1),
	READ_SIZE("swap_max", limits.swap_max_bytes, 0),
	READ_BOOLEAN("oom_group", limits.oom_group),
	READ_OWN("cpus", read_cpus),
	READ_OWN("cpu_quota", read_cpu_quota),
	READ_OWN("pids_max", read_pids_max),
	{.key = NULL},
};
