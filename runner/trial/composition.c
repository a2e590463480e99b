#include "runner/trial/composition.h"

/* A maximum is read again once it has grown by a hundredth. */
#define GROWTH_PART 100

const char *composition_name(enum composition_key key)
{
	static const char *const names[COMPOSITION_N_KEYS] = {
		[COMPOSITION_CURRENT] = "current_bytes",
		[COMPOSITION_ANON] = "anon_bytes",
		[COMPOSITION_FILE] = "file_bytes",
		[COMPOSITION_SHMEM] = "shmem_bytes",
		[COMPOSITION_KERNEL] = "kernel_bytes",
	};

	return names[key];
}

static void take_key(struct composition *composition, enum composition_key key,
	const struct memory_stat *stat, enum memory_stat_key stat_key)
{
	composition->present[key] = stat->present[stat_key];
	composition->bytes[key] = stat->present[stat_key] ? stat->value[stat_key] : 0;
}

uint64_t composition_file_bytes(
	uint64_t file_bytes, uint64_t shmem_bytes, uint64_t swapcached_bytes)
{
	const uint64_t other_bytes = shmem_bytes + swapcached_bytes;

	/* The counters are not read at one instant: the others may be the larger. */
	return file_bytes > other_bytes ? file_bytes - other_bytes : 0;
}

struct composition composition_of(uint64_t current_bytes, const struct memory_stat *stat)
{
	struct composition composition = {
		.bytes[COMPOSITION_CURRENT] = current_bytes,
		.present[COMPOSITION_CURRENT] = true,
	};
	uint64_t *bytes = composition.bytes;

	take_key(&composition, COMPOSITION_ANON, stat, MEMORY_STAT_ANON);
	take_key(&composition, COMPOSITION_FILE, stat, MEMORY_STAT_FILE);
	take_key(&composition, COMPOSITION_SHMEM, stat, MEMORY_STAT_SHMEM);
	take_key(&composition, COMPOSITION_KERNEL, stat, MEMORY_STAT_KERNEL);
	bytes[COMPOSITION_FILE] = composition_file_bytes(bytes[COMPOSITION_FILE],
		bytes[COMPOSITION_SHMEM],
		stat->present[MEMORY_STAT_SWAPCACHED] ? stat->value[MEMORY_STAT_SWAPCACHED] : 0);
	return composition;
}

bool composition_is_due(uint64_t last_bytes, uint64_t bytes)
{
	return bytes > last_bytes && bytes - last_bytes >= last_bytes / GROWTH_PART;
}
