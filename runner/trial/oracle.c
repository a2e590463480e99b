#include "runner/trial/oracle.h"

#include "util/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void oracle_result_release(struct oracle_result *result)
{
	free(result->counts);
	*result = (struct oracle_result){.counts = NULL};
}

bool oracle_wants(const struct oracle_settings *settings, const char *mark)
{
	if (!settings->counts || !settings->marks)
		return settings->counts;
	for (char **name = settings->marks; *name; name++)
		if (strcmp(*name, mark) == 0)
			return true;
	return false;
}

int oracle_add(struct oracle_result *result, const struct oracle_count *count)
{
	if (!ARRAY_GROW(result->counts, result->n))
		return -ENOMEM;
	result->counts[result->n++] = *count;
	return 0;
}

void oracle_settle(struct oracle_result *result, uint64_t begin_ns, uint64_t end_ns)
{
	result->held_ns = 0;
	for (size_t i = 0; i < result->n; i++) {
		struct oracle_count *count = &result->counts[i];
		/*
		 * The count at task_begin ends before begin_ns, the one at task_end begins after
		 * end_ns.
		 */
		bool inside =
			count->time_ns >= begin_ns && count->time_ns + count->held_ns <= end_ns;

		count->in_interval = inside || count->place != ORACLE_AT_MARK;
		if (inside)
			result->held_ns += count->held_ns;
	}
}

struct oracle_window oracle_window(
	const struct oracle_result *result, uint64_t (*value)(const struct page_count *pages))
{
	struct oracle_window window = {.has_initial = false};

	for (size_t i = 0; i < result->n; i++) {
		const struct oracle_count *count = &result->counts[i];
		uint64_t bytes = value(&count->pages);

		if (!count->in_interval)
			continue;
		if (count->place == ORACLE_AT_BEGIN) {
			window.initial = bytes;
			window.has_initial = true;
		} else if (count->place == ORACLE_AT_END) {
			window.final = bytes;
			window.has_final = true;
		}
		if (bytes > window.largest)
			window.largest = bytes;
		window.has_largest = true;
	}
	return window;
}
