/*
 * need KIND ...: a task that needs a known amount of memory beside that of a program that does nothing. Sizes in MiB.
 *
 *   ramp SIZE                 touches SIZE, 64 KiB at a time
 *   leak SIZE ROUNDS          the same in so many rounds of a millisecond, of which each keeps its share
 *   spread SIZE MORE          touches SIZE and, by chance, up to MORE: all amounts are equally likely
 *   random SIZE FILE READS    touches SIZE, reads the file once and then so many of its pages at random: needs SIZE, and a
 *                             share of the reads misses of which nothing but the room left for the file decides
 *   cyclic SIZE FILE ROUNDS   likewise, reading the file in order so many times
 *   budget SIZE RESERVE       asks for SIZE of what its memory limit leaves when RESERVE is taken off, and exits with 3
 *                             where the kernel refuses: needs SIZE + RESERVE, and is never killed
 *   share PERCENT LEAST MOST  touches that share of its memory limit, at least LEAST, at most MOST: needs LEAST
 *
 * It keeps all until its end, and some milliseconds longer, so that the largest use is sampled. The file is dropped from
 * the page cache first: its pages are charged to who reads them then.
 */

#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)
#define PAGE ((size_t)4096)
#define PIECE ((size_t)65536)

static size_t number(const char *text)
{
	return strtoul(text, NULL, 10);
}

static _Noreturn void give_up(const char *what)
{
	perror(what);
	exit(3);
}

/* No huge pages: what is touched is what is charged. */
static char *map(size_t size)
{
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		give_up("cannot allocate memory");
	(void)madvise(memory, size, MADV_NOHUGEPAGE);
	return memory;
}

static void touch(char *memory, size_t size)
{
	for (size_t i = 0; i < size; i += PAGE)
		((volatile char *)memory)[i] = 1;
}

static int hold(size_t size)
{
	touch(map(size), size);
	return 0;
}

static int ramp(size_t size, size_t rounds)
{
	const struct timespec millisecond = {.tv_nsec = 1000000};
	const size_t piece = rounds > 0 ? size / rounds : PIECE;
	char *memory = map(size);

	for (size_t done = 0; done < size; done += piece) {
		touch(memory + done, piece);
		if (rounds > 0)
			nanosleep(&millisecond, NULL);
	}
	return 0;
}

static uint64_t random_below(uint64_t bound)
{
	uint64_t value;

	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		give_up("getrandom");
	return (uint64_t)((unsigned __int128)value * bound >> 64);
}

/* xorshift64*: fast, and the same in every trial. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static int open_cold(const char *path, size_t *ret_pages)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		give_up(path);
	*ret_pages = (size_t)status.st_size / PAGE;
	return fd;
}

static void read_page(int fd, size_t page)
{
	static char buffer[PAGE];

	if (pread(fd, buffer, PAGE, (off_t)(page * PAGE)) != (ssize_t)PAGE)
		give_up("cannot read the file");
}

static int read_in_order(const char *path, size_t rounds)
{
	size_t pages;
	int fd = open_cold(path, &pages);

	while (rounds-- > 0)
		for (size_t page = 0; page < pages; page++)
			read_page(fd, page);
	return 0;
}

/* Without readahead: a miss is one page. */
static int read_at_random(const char *path, size_t reads)
{
	uint64_t state = 1;
	size_t pages;
	int fd = open_cold(path, &pages);

	if (posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0)
		give_up(path);
	for (size_t page = 0; page < pages; page++)
		read_page(fd, page);
	while (reads-- > 0)
		read_page(fd, next_random(&state) % pages);
	return 0;
}

/* As the task sees it, in a container as without one; UINT64_MAX: none. */
static uint64_t memory_limit(void)
{
	FILE *file = fopen("/sys/fs/cgroup/memory.max", "re");
	uint64_t limit = UINT64_MAX;

	if (!file)
		file = fopen("/sys/fs/cgroup/memory/memory.limit_in_bytes", "re");
	if (!file)
		give_up("cannot read the memory limit");
	if (fscanf(file, "%" SCNu64, &limit) != 1)
		limit = UINT64_MAX;
	fclose(file);
	return limit;
}

/* What is mapped and may be written to, which RLIMIT_DATA limits. */
static uint64_t data_bytes(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	uint64_t kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmData: %" SCNu64, &kib) == 1)
			break;
	if (kib == 0)
		give_up("cannot read VmData");
	fclose(file);
	return kib * 1024;
}

static int spend(size_t size, size_t reserve)
{
	const uint64_t limit = memory_limit();
	const uint64_t budget = limit > reserve ? limit - reserve : 0;
	struct rlimit data;

	/* No sum of two is beyond 64 bits, and a limit as large as v1's "none" is none. */
	data.rlim_cur = data.rlim_max = data_bytes() + (budget >> 60 ? 0 : budget);
	if (budget >> 60 == 0 && setrlimit(RLIMIT_DATA, &data) < 0)
		give_up("setrlimit");
	for (size_t done = 0; done < size; done += PIECE)
		touch(map(PIECE), PIECE);
	return 0;
}

static int take_share(size_t percent, size_t least, size_t most)
{
	const uint64_t limit = memory_limit();
	const uint64_t share = limit >> 60 ? most : limit / 100 * percent;

	return hold(share < least ? least : share > most ? most : share);
}

static bool is(char **argv, const char *kind)
{
	return strcmp(argv[1], kind) == 0;
}

static int run(int argc, char **argv)
{
	const size_t size = argc > 2 ? number(argv[2]) * MIB : 0;

	if (argc == 3 && is(argv, "ramp"))
		return ramp(size, 0);
	if (argc == 4 && is(argv, "leak"))
		return ramp(size, number(argv[3]));
	if (argc == 4 && is(argv, "spread"))
		return hold(size + random_below(number(argv[3]) * MIB));
	if (argc == 4 && is(argv, "budget"))
		return spend(size, number(argv[3]) * MIB);
	if (argc == 5 && is(argv, "random"))
		return hold(size) || read_at_random(argv[3], number(argv[4]));
	if (argc == 5 && is(argv, "cyclic"))
		return hold(size) || read_in_order(argv[3], number(argv[4]));
	if (argc == 5 && is(argv, "share"))
		return take_share(number(argv[2]), number(argv[3]) * MIB, number(argv[4]) * MIB);
	fprintf(stderr, "usage: need KIND SIZE ...: see need.c\n");
	return 2;
}

int main(int argc, char **argv)
{
	const struct timespec a_while = {.tv_nsec = 30000000};
	const int code = run(argc, argv);

	nanosleep(&a_while, NULL);
	return code;
}
