/*
 * The kernel's memory features apart from charging: swap, zswap, huge pages, pressure, and the
 * oracle.
 */

#include "cgroup/page_count.h"
#include "cgroup/pressure.h"
#include "runner/doctor/examination.h"
#include "util/cleanup.h"
#include "util/format.h"
#include "util/own_pages.h"
#include "util/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/*
 * Above this share of the last ten seconds spent waiting for memory, in percent, the host is short
 * of it.
 */
#define PRESSURE_MUCH 1.0

/* The sum of the sizes in /proc/swaps: a header, then "NAME TYPE SIZE USED PRIORITY" in KiB. */
static uint64_t swap_total_bytes(const char *swaps)
{
	const char *line = strchr(swaps, '\n');
	uint64_t total_bytes = 0;

	for (; line; line = strchr(line + 1, '\n')) {
		const char *cursor = line + 1;
		uint64_t size_kib;

		/* A blank in a name is written as \040. */
		cursor += strcspn(cursor, " \t");
		cursor += strspn(cursor, " \t");
		cursor += strcspn(cursor, " \t");
		if (parse_column_u64(&cursor, &size_kib) == 0)
			total_bytes += size_kib * 1024;
	}
	return total_bytes;
}

static uint64_t examine_swap(struct examination *examination)
{
	static const char means[] = "a page that is swapped out is no longer in a task's memory; "
				    "limits.swap_max = \"0\" "
				    "keeps trials out of swap";
	CLEANUP(cleanup_free) char *swaps = examination_read(examination, "/proc/swaps");
	const struct attempt *attempt = &examination->attempt;
	uint64_t total_bytes = swaps ? swap_total_bytes(swaps) : 0;

	if (total_bytes == 0) {
		finding_add(examination, "swap", FINDING_OK, means, "none");
	} else if (attempt->made && !attempt->accounts_swap) {
		finding_add(examination, "swap", FINDING_WARNING, means,
			"%s, which the kernel does not account: a trial's swap cannot be limited",
			format_bytes(total_bytes).text);
		finding_remedy(examination, "boot with swapaccount=1, or as root: swapoff -a");
	} else {
		finding_add(examination, "swap", FINDING_OK, means, "%s",
			format_bytes(total_bytes).text);
	}
	finding_number(examination, "total_bytes", total_bytes);
	return total_bytes;
}

static void examine_zswap(struct examination *examination, uint64_t swap_bytes)
{
	static const char means[] =
		"it keeps swapped pages compressed in memory, which is charged to the cgroup they "
		"came from; without swap, or where a trial may not swap, it does nothing";
	CLEANUP(cleanup_free)
	char *enabled = examination_read(examination, "/sys/module/zswap/parameters/enabled");
	bool on = enabled && (*enabled == 'Y' || *enabled == '1');

	finding_add(examination, "zswap", FINDING_OK, means, "%s",
		!enabled	  ? "the kernel has none"
		: !on		  ? "off"
		: swap_bytes == 0 ? "on, and without swap it does nothing"
				  : "on");
	finding_fact(examination, "enabled", json_boolean(on));
}

/* The word in brackets of "always [madvise] never". */
static bool find_chosen(const char *choices, char *chosen, size_t size)
{
	const char *begin = strchr(choices, '[');
	const char *end = begin ? strchr(begin, ']') : NULL;

	if (!end || (size_t)(end - begin) > size)
		return false;
	snprintf(chosen, size, "%.*s", (int)(end - begin - 1), begin + 1);
	return true;
}

static void examine_huge_pages(struct examination *examination)
{
	static const char means[] =
		"with \"always\" a task that touches one byte may get, and be charged for, a huge "
		"page, so that what it uses and what it is charged differ";
	static const char directory[] = "/sys/kernel/mm/transparent_hugepage";
	CLEANUP(cleanup_free)
	char *choices =
		examination_read(examination, "/sys/kernel/mm/transparent_hugepage/enabled");
	CLEANUP(cleanup_free)
	char *size =
		examination_read(examination, "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	uint64_t bytes = 0;
	char chosen[32];

	if (!choices || !find_chosen(choices, chosen, sizeof(chosen))) {
		finding_add(examination, "huge_pages", FINDING_OK, means,
			"the kernel has no transparent huge pages");
		finding_text(examination, "enabled", "never");
		return;
	}
	if (size)
		(void)parse_u64(size, &bytes);
	if (strcmp(chosen, "always") == 0) {
		finding_add(examination, "huge_pages", FINDING_WARNING, means,
			"always: memory may come %s at a time", format_bytes(bytes).text);
		finding_remedy(examination, "as root: echo madvise > %s/enabled", directory);
	} else {
		finding_add(examination, "huge_pages", FINDING_OK, means, "%s%s", chosen,
			strcmp(chosen, "madvise") == 0 ? ": where a program asks for them" : "");
	}
	finding_text(examination, "enabled", chosen);
	finding_number(examination, "bytes", bytes);
}

/* Tested, not read from files below the root. */
static void examine_zero_page(struct examination *examination)
{
	static const char means[] =
		"what a task is charged for memory that it reads and never writes; the phenomenon "
		"zero_page declares what it was given";
	bool charged;
	int r = own_pages_come_by_reading(&charged);

	if (r < 0) {
		finding_add(examination, "zero_page", FINDING_UNKNOWN, means,
			"/proc/self/pagemap: %s", strerror(-r));
		return;
	}
	finding_add(examination, "zero_page", FINDING_OK, means, "%s",
		charged ? "reading untouched memory allocates a page, which is charged"
			: "reading untouched memory maps the shared page of zeros, which is not "
			  "charged");
	finding_fact(examination, "reads_are_charged", json_boolean(charged));
}

static void examine_pressure(struct examination *examination)
{
	static const char means[] =
		"how much of the last ten seconds some process waited for memory: a host that is "
		"short of it reclaims a task's pages while they are counted";
	CLEANUP(cleanup_free) char *text = examination_read(examination, "/proc/pressure/memory");
	struct memory_pressure pressure;
	double percent;

	if (!text || memory_pressure_parse(text, &pressure) < 0) {
		finding_add(examination, "pressure", FINDING_UNKNOWN, means,
			"not reported by the kernel (PSI is off)");
		finding_remedy(examination, "boot with psi=1");
		return;
	}
	percent = (double)pressure.value[MEMORY_PRESSURE_SOME_AVG10] / 100.0;
	finding_add(examination, "pressure", percent > PRESSURE_MUCH ? FINDING_WARNING : FINDING_OK,
		means, "some process waited for memory in %.2f %% of the last 10 s", percent);
	if (percent > PRESSURE_MUCH)
		finding_remedy(examination, "stop other programs that use memory on this machine");
	finding_fact(examination, "some_avg10_percent", json_real(percent));
}

static void examine_oracle(struct examination *examination)
{
	static const char means[] = "counts a task's pages one by one at marks, an independent "
				    "check on the kernel's account";
	struct page_counter *counter;
	struct error error = ERROR_INIT;

	if (page_counter_open(examination->options->root, &counter, &error) < 0) {
		finding_add_failure(examination, "oracle", FINDING_MISSING, means, error.text);
		return;
	}
	finding_add(examination, "oracle", FINDING_OK, means,
		"/proc/kpagecgroup can be read; a count reads %" PRIu64 " page frames",
		page_counter_n_frames(counter));
	finding_number(examination, "frames", page_counter_n_frames(counter));
	page_counter_close(counter);
}

void examine_memory(struct examination *examination)
{
	uint64_t swap_bytes;

	finding_group(examination, "memory");
	swap_bytes = examine_swap(examination);
	examine_zswap(examination, swap_bytes);
	examine_huge_pages(examination);
	examine_zero_page(examination);
	examine_pressure(examination);
	examine_oracle(examination);
}
