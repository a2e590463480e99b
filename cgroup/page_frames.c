#include "cgroup/page_frames.h"

#include "cgroup/memory_files.h"
#include "util/array.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The zone whose lines are being read. */
struct zone {
	bool begun;
	bool spanned_known;
	bool start_known;
	uint64_t present;
	uint64_t spanned;
	uint64_t start;
};

struct ranges {
	struct frame_range *list;
	size_t n;
};

/* Parses "        spanned  4095" or "  start_pfn:           1"; false for any other line. */
static bool read_field(const char *line, const char *name, uint64_t *ret_number)
{
	line += strspn(line, " ");
	if (strncmp(line, name, strlen(name)) != 0)
		return false;
	line += strlen(name);
	line += strspn(line, " ");
	return memory_value_parse(line, strcspn(line, "\n"), ret_number) == 0;
}

/* A zone without pages has only these lines, and no position (mm/vmstat.c, zoneinfo_show_print). */
static int end_zone(const struct zone *zone, struct ranges *ranges)
{
	uint64_t end;

	if (!zone->begun || (zone->spanned_known && zone->present == 0))
		return 0;
	if (!zone->spanned_known || !zone->start_known || zone->spanned == 0 ||
		__builtin_add_overflow(zone->start, zone->spanned, &end))
		return -EBADMSG;
	if (!ARRAY_GROW(ranges->list, ranges->n))
		return -ENOMEM;
	ranges->list[ranges->n++] = (struct frame_range){.first = zone->start, .end = end};
	return 0;
}

static int read_zones(const char *text, struct ranges *ranges)
{
	struct zone zone = {.begun = false};
	int r = 0;

	for (const char *line = text; *line && r == 0;) {
		const char *end = strchr(line, '\n');

		if (strncmp(line, "Node ", strlen("Node ")) == 0) {
			r = end_zone(&zone, ranges);
			zone = (struct zone){.begun = true};
		} else if (!read_field(line, "present ", &zone.present)) {
			zone.spanned_known |= read_field(line, "spanned ", &zone.spanned);
			zone.start_known |= read_field(line, "start_pfn:", &zone.start);
		}
		line = end ? end + 1 : line + strlen(line);
	}
	return r < 0 ? r : end_zone(&zone, ranges);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct frame_range *first = a, *second = b;

	return (first->first > second->first) - (first->first < second->first);
}

/* Nodes may interleave: a frame is then in the span of both, but belongs to one. */
static void merge_ranges(struct ranges *ranges)
{
	size_t n = 0;

	qsort(ranges->list, ranges->n, sizeof(*ranges->list), compare_ranges);
	for (size_t i = 1; i < ranges->n; i++) {
		struct frame_range *last = &ranges->list[n];

		if (ranges->list[i].first > last->end)
			ranges->list[++n] = ranges->list[i];
		else if (ranges->list[i].end > last->end)
			last->end = ranges->list[i].end;
	}
	ranges->n = n + 1;
}

int frame_ranges_parse(const char *text, struct frame_range **ret_ranges, size_t *ret_n)
{
	struct ranges ranges = {.list = NULL};
	int r = read_zones(text, &ranges);

	if (r == 0 && ranges.n == 0)
		r = -EBADMSG;
	if (r < 0) {
		free(ranges.list);
		return r;
	}
	merge_ranges(&ranges);
	*ret_ranges = ranges.list;
	*ret_n = ranges.n;
	return 0;
}
