#include "runner/experiment/seccomp_needs.h"

#include "util/array.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>

/* The descriptor of the channel, and the length of its records, are as a profile's conditions would see them. */
#define A_DESCRIPTOR 5
#define A_LENGTH 80

static const struct {
	const char *call;
	uint64_t arguments[6];
	bool python; /* of a Python task alone */
	const char *words;
} needs[] = {
	{"execve", {0}, false, "execve, with which a task is started"},
	{"exit_group", {0}, false, "exit_group, with which a task ends"},
	{"socket", {AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC}, true,
		"socket, with which a Python task opens its channel to memcg-run"},
	{"connect", {A_DESCRIPTOR}, true,
		"connect, with which a Python task opens its channel to memcg-run"},
	{"sendto", {A_DESCRIPTOR, 0, A_LENGTH, MSG_NOSIGNAL}, true,
		"sendto, with which a Python task reports to memcg-run"},
	{"recvfrom", {A_DESCRIPTOR, 0, A_LENGTH}, true,
		"recvfrom, with which a Python task waits for memcg-run"},
};

/* ---- a filter as the kernel runs it: kernel/seccomp.c, seccomp_check_filter, has the instructions */

struct machine {
	const struct seccomp_data *data;
	uint32_t accumulator;
	uint32_t index;
	uint32_t memory[BPF_MEMWORDS];
};

static uint32_t load_word(const struct seccomp_data *data, uint32_t offset)
{
	uint32_t word = 0;

	if (offset <= sizeof(*data) - sizeof(word))
		memcpy(&word, (const char *)data + offset, sizeof(word));
	return word;
}

/* How many instructions to pass over. */
static uint32_t jump(const struct machine *machine, const struct sock_filter *instruction)
{
	const uint32_t value =
		BPF_SRC(instruction->code) == BPF_X ? machine->index : instruction->k;
	bool holds = false;

	switch (BPF_OP(instruction->code)) {
	case BPF_JA:
		return instruction->k;
	case BPF_JEQ:
		holds = machine->accumulator == value;
		break;
	case BPF_JGT:
		holds = machine->accumulator > value;
		break;
	case BPF_JGE:
		holds = machine->accumulator >= value;
		break;
	case BPF_JSET:
		holds = (machine->accumulator & value) != 0;
		break;
	}
	return holds ? instruction->jt : instruction->jf;
}

/* False for an instruction that libseccomp does not write. */
static bool step(struct machine *machine, const struct sock_filter *instruction)
{
	const uint32_t k = instruction->k;

	switch (instruction->code) {
	case BPF_LD | BPF_W | BPF_ABS:
		machine->accumulator = load_word(machine->data, k);
		return true;
	case BPF_LD | BPF_MEM:
		machine->accumulator = k < BPF_MEMWORDS ? machine->memory[k] : 0;
		return true;
	case BPF_ST:
		if (k < BPF_MEMWORDS)
			machine->memory[k] = machine->accumulator;
		return true;
	case BPF_ALU | BPF_AND | BPF_K:
		machine->accumulator &= k;
		return true;
	case BPF_MISC | BPF_TAX:
		machine->index = machine->accumulator;
		return true;
	case BPF_MISC | BPF_TXA:
		machine->accumulator = machine->index;
		return true;
	}
	return false;
}

static uint32_t run_filter(
	const struct sock_filter *program, size_t n, const struct seccomp_data *data)
{
	struct machine machine = {.data = data};

	/* Jumps go forward alone, so that it ends. */
	for (size_t i = 0; i < n; i++) {
		if (BPF_CLASS(program[i].code) == BPF_RET)
			return program[i].k;
		if (BPF_CLASS(program[i].code) == BPF_JMP)
			i += jump(&machine, &program[i]);
		else if (!step(&machine, &program[i]))
			break;
	}
	return SECCOMP_RET_ALLOW;
}

uint32_t seccomp_needs_action(
	const struct seccomp_profile *profile, int number, const uint64_t arguments[6])
{
	struct seccomp_data data = {.nr = number, .arch = seccomp_arch_native()};

	memcpy(data.args, arguments, sizeof(data.args));
	return run_filter(
		profile->program, profile->program_bytes / sizeof(struct sock_filter), &data);
}

const char *seccomp_needs_refused(const struct seccomp_profile *profile, bool python)
{
	for (size_t i = 0; i < LENGTH(needs); i++) {
		const int number = seccomp_syscall_resolve_name(needs[i].call);
		uint32_t action;

		if (number < 0 || (needs[i].python && !python))
			continue;
		action = seccomp_needs_action(profile, number, needs[i].arguments) &
			 SECCOMP_RET_ACTION_FULL;
		if (action != SECCOMP_RET_ALLOW && action != SECCOMP_RET_LOG)
			return needs[i].words;
	}
	return NULL;
}
