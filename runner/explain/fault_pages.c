#include "runner/explain/fault_pages.h"

#include "util/array.h"
#include "util/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_OF_FILE (UINT64_C(1) << 61)
#define PAGE_EXCLUSIVE (UINT64_C(1) << 56)
#define PAGE_FRAME ((UINT64_C(1) << 55) - 1)
#define FLAG_ZERO_PAGE (UINT64_C(1) << 24)

/* A bit a frame: 1 GiB of bits are 32 TiB of memory. */
#define MOST_FRAMES (UINT64_C(1) << 33)

#define MOST_PAGES_IN_BLOCK 512

/* A block of so many periods and without a sample is not chance: its samples were lost, or it is one fault's. */
#define PERIODS_UNEXPLAINED 4

struct fault_pages {
	uint64_t period, page_bytes, bytes_left;
	unsigned char *seen; /* a bit a frame */
	uint64_t n_seen_bytes;
	int flags_fd; /* /proc/kpageflags; -1 if it cannot be read */
};

/* The samples of one mapping that count, and the bytes of their blocks. */
struct fault_shares {
	struct stack_row *rows;
	size_t n;
	uint64_t bytes,
		rest; /* in blocks with samples; in others that are too small to have one surely */
	uint64_t unexplained; /* in the others */
};

struct fault_pages *fault_pages_new(uint64_t period)
{
	struct fault_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return NULL;
	pages->period = period;
	pages->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	pages->bytes_left = FAULT_MOST_BYTES;
	pages->flags_fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	return pages;
}

void fault_pages_free(struct fault_pages *pages)
{
	if (!pages)
		return;
	if (pages->flags_fd >= 0)
		close(pages->flags_fd);
	free(pages->seen);
	free(pages);
}

int fault_sample_compare(const void *a, const void *b)
{
	const struct perf_sample *one = a, *other = b;
	uint64_t block = one->address / FAULT_BLOCK_BYTES,
		 other_block = other->address / FAULT_BLOCK_BYTES;

	if (one->pid != other->pid)
		return one->pid < other->pid ? -1 : 1;
	if (block != other_block)
		return block < other_block ? -1 : 1;
	return (one->time_ns < other->time_ns) - (one->time_ns > other->time_ns);
}

static bool page_is_zeros(const struct fault_pages *pages, uint64_t frame)
{
	uint64_t flags;

	return pread(pages->flags_fd, &flags, sizeof(flags), (off_t)(frame * sizeof(flags))) ==
		       sizeof(flags) &&
	       (flags & FLAG_ZERO_PAGE);
}

/* Marks the frame; true if it was marked before. Frames are 0 where the kernel hides them: each counts then. */
static bool page_was_seen(struct fault_pages *pages, uint64_t frame)
{
	unsigned char bit = (unsigned char)(1u << (frame % 8));
	bool seen;

	if (frame == 0 || frame >= MOST_FRAMES)
		return false;
	if (frame / 8 >= pages->n_seen_bytes) {
		uint64_t n = frame / 8 + 1 + (UINT64_C(1) << 20);
		unsigned char *grown = realloc(pages->seen, n);

		if (!grown)
			return false;
		memset(grown + pages->n_seen_bytes, 0, n - pages->n_seen_bytes);
		pages->seen = grown;
		pages->n_seen_bytes = n;
	}
	seen = pages->seen[frame / 8] & bit;
	pages->seen[frame / 8] |= bit;
	return seen;
}

static bool page_counts(struct fault_pages *pages, uint64_t entry)
{
	if (!(entry & PAGE_PRESENT) || (entry & PAGE_OF_FILE))
		return false;
	/* An exclusive page is mapped once: it is neither shared nor zeros. */
	if (!(entry & PAGE_EXCLUSIVE) && page_is_zeros(pages, entry & PAGE_FRAME))
		return false;
	return !page_was_seen(pages, entry & PAGE_FRAME);
}

/* Shares a block's bytes among the samples that count. */
static int block_attribute(const struct fault_pages *pages, bool held[MOST_PAGES_IN_BLOCK],
	uint64_t start, uint64_t n_held, const struct perf_sample *samples, size_t n_samples,
	struct fault_shares *shares)
{
	uint64_t bytes = n_held * pages->page_bytes, explained = 0;
	size_t first = shares->n, n;

	for (size_t i = 0; i < n_samples && explained < n_held; i++) {
		uint64_t page = (samples[i].address - start) / pages->page_bytes;

		if (!held[page])
			continue;
		held[page] = false;
		explained += pages->period;
		if (!ARRAY_GROW(shares->rows, shares->n))
			return -ENOMEM;
		shares->rows[shares->n++] =
			(struct stack_row){.attributed = true, .sample = samples[i]};
	}
	n = shares->n - first;
	if (n == 0) {
		*(n_held < PERIODS_UNEXPLAINED * pages->period ? &shares->rest
							       : &shares->unexplained) += bytes;
		return 0;
	}
	shares->bytes += bytes;
	for (size_t i = 0; i < n; i++)
		shares->rows[first + i].bytes = bytes / n + (i < bytes % n);
	return 0;
}

/* Reads the pages of one block and attributes them; takes its samples from the list. */
static int block_read(struct fault_pages *pages, int pagemap_fd, uint64_t start, uint64_t end,
	const struct perf_sample **samples, size_t *n_samples, struct fault_shares *shares)
{
	uint64_t entries[MOST_PAGES_IN_BLOCK], n_held = 0;
	bool held[MOST_PAGES_IN_BLOCK] = {false};
	size_t n = (size_t)((end - start) / pages->page_bytes), n_of_block = 0;
	const struct perf_sample *of_block;
	ssize_t n_read = pread(pagemap_fd, entries, n * sizeof(*entries),
		(off_t)(start / pages->page_bytes * sizeof(*entries)));

	if (n_read < 0)
		return -errno;
	for (size_t i = 0; i < (size_t)n_read / sizeof(*entries); i++) {
		held[i] = page_counts(pages, entries[i]);
		n_held += held[i];
	}
	while (*n_samples > 0 &&
		(*samples)->address / FAULT_BLOCK_BYTES < start / FAULT_BLOCK_BYTES) {
		(*samples)++;
		(*n_samples)--;
	}
	of_block = *samples;
	while (n_of_block < *n_samples &&
		of_block[n_of_block].address / FAULT_BLOCK_BYTES == start / FAULT_BLOCK_BYTES)
		n_of_block++;
	/* Two mappings may share a block, so that its samples stay for the next one. */
	{
		CLEANUP(cleanup_free)
		struct perf_sample *within = calloc(n_of_block + 1, sizeof(*within));
		size_t n_within = 0;

		if (!within)
			return -ENOMEM;
		for (size_t i = 0; i < n_of_block; i++)
			if (of_block[i].address >= start && of_block[i].address < end)
				within[n_within++] = of_block[i];
		return block_attribute(pages, held, start, n_held, within, n_within, shares);
	}
}

/* Adds the mapping's rows; what stands in blocks without samples is theirs in proportion. */
static int shares_add(
	const struct fault_shares *shares, size_t process, struct stack_tree *tree, uint64_t *rest)
{
	uint64_t left = shares->rest;

	*rest += shares->unexplained;
	if (shares->n == 0) {
		*rest += shares->rest;
		return 0;
	}
	for (size_t i = 0; i < shares->n; i++) {
		struct stack_row row = shares->rows[i];
		uint64_t more = (uint64_t)((double)shares->rest * (double)row.bytes /
					   (double)shares->bytes);

		if (more > left || i + 1 == shares->n)
			more = left;
		left -= more;
		row.process = process;
		row.bytes += more;
		if (row.bytes > 0 && stack_tree_add(tree, &row) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int mapping_attribute(struct fault_pages *pages, int pagemap_fd,
	const struct fault_mapping *mapping, const struct perf_sample **samples, size_t *n_samples,
	struct fault_shares *shares)
{
	int r = 0;

	for (uint64_t start = mapping->start; r == 0 && start < mapping->end;) {
		uint64_t end = (start / FAULT_BLOCK_BYTES + 1) * FAULT_BLOCK_BYTES;

		if (end > mapping->end)
			end = mapping->end;
		r = block_read(pages, pagemap_fd, start, end, samples, n_samples, shares);
		start = end;
	}
	return r;
}

int fault_pages_attribute(struct fault_pages *pages, size_t process, pid_t pid,
	const struct fault_mappings *mappings, const struct perf_sample *samples, size_t n_samples,
	struct stack_tree *tree, struct error *error)
{
	CLEANUP(cleanup_close) int pagemap_fd = -1;
	uint64_t rest = 0;
	char path[32];
	int r = 0;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	pagemap_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (pagemap_fd < 0)
		return error_set_errno(
			error, errno == ENOENT ? ESRCH : errno, "cannot open %s", path);
	for (size_t i = 0; r == 0 && i < mappings->n; i++) {
		const struct fault_mapping *mapping = &mappings->mappings[i];
		struct fault_shares shares = {0};

		if (mapping->anonymous_bytes == 0)
			continue;
		if (mapping->end - mapping->start > pages->bytes_left) {
			rest += mapping->anonymous_bytes;
			continue;
		}
		pages->bytes_left -= mapping->end - mapping->start;
		r = mapping_attribute(pages, pagemap_fd, mapping, &samples, &n_samples, &shares);
		if (r == 0)
			r = shares_add(&shares, process, tree, &rest);
		free(shares.rows);
	}
	if (r == 0 && rest > 0)
		r = stack_tree_add(tree, &(struct stack_row){.process = process, .bytes = rest});
	return r < 0 ? error_set_errno(error, -r, "cannot attribute the memory of process %d", pid)
		     : 0;
}
