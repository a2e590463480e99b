#include "runner/explain/perf_ring.h"

#include "util/file.h"

#include <asm/perf_regs.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A power of two. A fault with a sample takes 10 us, and its sample 8.4 KB: at every fault 4 MiB are full in 5 ms, which a
 * busy machine's scheduler exceeds; 64 MiB are full in 80 ms. At period 64, 4 MiB are 32,000 faults.
 */
#define DATA_BYTES (UINT64_C(4) << 20)
#define DATA_BYTES_OFTEN (UINT64_C(64) << 20)
#define OFTEN 8

#if defined(__x86_64__)
/* ax, bx, cx, dx, si, di, bp, sp, ip, and r8 to r15. */
#define REGISTERS ((UINT64_C(0x1ff) << PERF_REG_X86_AX) | (UINT64_C(0xff) << PERF_REG_X86_R8))
#elif defined(__aarch64__)
#define REGISTERS ((UINT64_C(1) << (PERF_REG_ARM64_PC + 1)) - 1)
#else
#define REGISTERS UINT64_C(0)
#endif

static struct perf_event_attr fault_event(const struct perf_target *target)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(struct perf_event_attr),
		.config = PERF_COUNT_SW_PAGE_FAULTS,
		.sample_period = target->period,
		.sample_type = PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR |
			       PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER,
		.read_format = PERF_FORMAT_LOST,
		.inherit = target->cgroup_fd < 0,
		.comm = 1,
		.comm_exec = 1,
		.sample_id_all = 1,
		.sample_regs_user = REGISTERS,
		.sample_stack_user = PERF_STACK_BYTES,
	};
}

int perf_ring_open(
	struct perf_ring *ring, const struct perf_target *target, int cpu, struct error *error)
{
	struct perf_event_attr attr = fault_event(target);
	bool by_cgroup = target->cgroup_fd >= 0;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t data_bytes = target->period < OFTEN ? DATA_BYTES_OFTEN : DATA_BYTES;
	void *pages;
	int fd;

	fd = (int)syscall(SYS_perf_event_open, &attr, by_cgroup ? target->cgroup_fd : target->pid,
		cpu, -1, PERF_FLAG_FD_CLOEXEC | (by_cgroup ? PERF_FLAG_PID_CGROUP : 0));
	if (fd < 0)
		return error_set_errno(error, errno, "cannot sample page faults on CPU %d", cpu);
	pages = mmap(NULL, page + data_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED) {
		int number = errno;

		close(fd);
		return error_set_errno(
			error, number, "cannot map the page fault samples of CPU %d", cpu);
	}
	*ring = (struct perf_ring){.fd = fd, .pages = pages, .data_bytes = data_bytes};
	return 0;
}

void perf_ring_close(struct perf_ring *ring)
{
	munmap(ring->pages, (size_t)sysconf(_SC_PAGESIZE) + ring->data_bytes);
	close(ring->fd);
}

int perf_ring_stop(const struct perf_ring *ring)
{
	return ioctl(ring->fd, PERF_EVENT_IOC_DISABLE, 0) == 0 ? 0 : -errno;
}

int perf_ring_drain(struct perf_ring *ring, int fd, uint64_t *bytes)
{
	struct perf_event_mmap_page *control = ring->pages;
	const char *data = (const char *)ring->pages + control->data_offset;
	uint64_t head = __atomic_load_n(&control->data_head, __ATOMIC_ACQUIRE),
		 tail = control->data_tail;
	int r = 0;

	while (r == 0 && tail < head) {
		uint64_t at = tail % ring->data_bytes, n = head - tail;

		if (n > ring->data_bytes - at)
			n = ring->data_bytes - at;
		r = file_write_fd(fd, data + at, n);
		tail += n;
		*bytes += n;
	}
	__atomic_store_n(&control->data_tail, head, __ATOMIC_RELEASE);
	return r;
}

int perf_ring_count(const struct perf_ring *ring, uint64_t *ret_faults, uint64_t *ret_lost)
{
	uint64_t values[2]; /* the count, the lost ones */

	if (read(ring->fd, values, sizeof(values)) != (ssize_t)sizeof(values))
		return -EIO;
	*ret_faults = values[0];
	*ret_lost = values[1];
	return 0;
}

/* A reader of 64-bit words that ends at the record's end. */
struct perf_words {
	const unsigned char *at;
	size_t left;
};

static bool perf_words_take(struct perf_words *words, size_t n_bytes, const void **ret_bytes)
{
	if (n_bytes > words->left)
		return false;
	*ret_bytes = words->at;
	words->at += n_bytes;
	words->left -= n_bytes;
	return true;
}

static bool perf_words_u64(struct perf_words *words, uint64_t *ret_value)
{
	const void *bytes;

	if (!perf_words_take(words, sizeof(*ret_value), &bytes))
		return false;
	memcpy(ret_value, bytes, sizeof(*ret_value));
	return true;
}

static bool perf_words_task(struct perf_words *words, struct perf_sample *sample)
{
	const void *bytes;
	uint32_t ids[2];

	if (!perf_words_take(words, sizeof(ids), &bytes))
		return false;
	memcpy(ids, bytes, sizeof(ids));
	sample->pid = (pid_t)ids[0];
	sample->tid = (pid_t)ids[1];
	return perf_words_u64(words, &sample->time_ns);
}

/* perf_event_open(2) has the order: pid, tid, time, addr; abi, registers; size, stack, bytes in use. */
static bool parse_fault(struct perf_words words, struct perf_sample *sample)
{
	uint64_t abi, stack_bytes, in_use = 0;
	const void *bytes = NULL;

	if (!perf_words_task(&words, sample) || !perf_words_u64(&words, &sample->address) ||
		!perf_words_u64(&words, &abi))
		return false;
	/* A 32-bit task's registers mean something else: it has no stack here. */
	if (abi != PERF_SAMPLE_REGS_ABI_NONE &&
		!perf_words_take(&words, PERF_N_REGISTERS * sizeof(uint64_t), &bytes))
		return false;
	sample->registers = abi == PERF_SAMPLE_REGS_ABI_64 && PERF_N_REGISTERS > 0 ? bytes : NULL;
	if (!perf_words_u64(&words, &stack_bytes))
		return false;
	if (stack_bytes == 0)
		return true;
	if (!perf_words_take(&words, stack_bytes, &bytes) || !perf_words_u64(&words, &in_use))
		return false;
	sample->stack = bytes;
	sample->stack_bytes = in_use < stack_bytes ? in_use : stack_bytes;
	return true;
}

int perf_record_parse(const void *buffer, size_t n_bytes, enum perf_record *ret_kind,
	struct perf_sample *ret_sample, size_t *ret_bytes)
{
	struct perf_sample sample = {.pid = -1};
	enum perf_record kind = PERF_RECORD_OTHER;
	struct perf_event_header header;
	struct perf_words words;

	if (n_bytes < sizeof(header))
		return -EBADMSG;
	memcpy(&header, buffer, sizeof(header));
	if (header.size < sizeof(header) || header.size > n_bytes ||
		header.size % sizeof(uint64_t) != 0)
		return -EBADMSG;
	words = (struct perf_words){
		(const unsigned char *)buffer + sizeof(header), header.size - sizeof(header)};
	if (header.type == PERF_RECORD_SAMPLE) {
		kind = PERF_RECORD_IS_SAMPLE;
		if (!parse_fault(words, &sample))
			return -EBADMSG;
	} else if (header.type == PERF_RECORD_COMM && (header.misc & PERF_RECORD_MISC_COMM_EXEC)) {
		kind = PERF_RECORD_IS_EXEC;
		if (words.left < 16)
			return -EBADMSG;
		/* sample_id_all: task and time stand last. */
		words.at += words.left - 16;
		words.left = 16;
		if (!perf_words_task(&words, &sample))
			return -EBADMSG;
	}
	*ret_kind = kind;
	*ret_sample = sample;
	*ret_bytes = header.size;
	return 0;
}
