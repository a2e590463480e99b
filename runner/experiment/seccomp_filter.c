#include "runner/experiment/seccomp_filter.h"

#include "runner/experiment/suggestion.h"
#include "util/cleanup.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* x32 calls have this bit in their number, and the native architecture's token. */
#define X32_BIT 0x40000000u
/* Linux 6.18 numbers its calls up to 469. */
#define NATIVE_CALLS_MAX 600

/* Linux 5.17 to 6.17, arch/x86/entry/syscalls/syscall_64.tbl and scripts/syscall.tbl. */
static const struct {
	const char *name;
	int number;
} newer_calls[] = {
	{"set_mempolicy_home_node", 450},
	{"cachestat", 451},
	{"fchmodat2", 452},
	{"map_shadow_stack", 453},
	{"futex_wake", 454},
	{"futex_wait", 455},
	{"futex_requeue", 456},
	{"statmount", 457},
	{"listmount", 458},
	{"lsm_get_self_attr", 459},
	{"lsm_set_self_attr", 460},
	{"lsm_list_modules", 461},
	{"mseal", 462},
	{"setxattrat", 463},
	{"getxattrat", 464},
	{"listxattrat", 465},
	{"removexattrat", 466},
	{"open_tree_attr", 467},
	{"file_getattr", 468},
	{"file_setattr", 469},
};

#define N_NEWER_CALLS (sizeof(newer_calls) / sizeof(newer_calls[0]))
_Static_assert(N_NEWER_CALLS <= SECCOMP_NEWER_MAX, "a filter has room for a rule on each");

static int newer_number(const char *system_call)
{
	for (size_t i = 0; i < N_NEWER_CALLS; i++)
		if (strcmp(newer_calls[i].name, system_call) == 0)
			return newer_calls[i].number;
	return -1;
}

int seccomp_filter_init(struct seccomp_filter *filter, uint32_t default_action, struct error *error)
{
	scmp_filter_ctx context = seccomp_init(default_action);
	int r;

	if (!context)
		return error_set(error, EINVAL, "libseccomp rejects the default action");
	/* A binary tree instead of a list: a call takes some 10 instructions instead of 400. */
	r = seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	/* What the kernel says, instead of ECANCELED for everything. */
	if (r == 0)
		r = seccomp_attr_set(context, SCMP_FLTATR_API_SYSRAWRC, 1);
	if (r < 0) {
		seccomp_release(context);
		return error_set_errno(error, -r, "cannot set up libseccomp");
	}
	*filter = (struct seccomp_filter){.context = context, .default_action = default_action};
	return 0;
}

void seccomp_filter_release(struct seccomp_filter *filter)
{
	if (filter->context)
		seccomp_release(filter->context);
	filter->context = NULL;
}

bool seccomp_filter_knows(const char *system_call)
{
	return seccomp_syscall_resolve_name(system_call) != __NR_SCMP_ERROR ||
	       newer_number(system_call) >= 0;
}

char *seccomp_filter_suggest(const char *system_call)
{
	const char *names[NATIVE_CALLS_MAX + N_NEWER_CALLS + 1] = {NULL};
	const char *nearest;
	char *suggestion = NULL;
	size_t n = 0, n_resolved;

	for (int number = 0; number < NATIVE_CALLS_MAX; number++) {
		names[n] = seccomp_syscall_resolve_num_arch(seccomp_arch_native(), number);
		n += names[n] != NULL;
	}
	n_resolved = n;
	for (size_t i = 0; i < N_NEWER_CALLS; i++)
		names[n++] = newer_calls[i].name;
	nearest = suggestion_find(system_call, names);
	if (nearest)
		suggestion = strdup(nearest);
	for (size_t i = 0; i < n_resolved; i++)
		free((char *)names[i]);
	return suggestion;
}

void seccomp_filter_note(struct seccomp_filter *filter, const char *system_call)
{
	/*
	 * On the native architecture; negative if libseccomp knows the call but the architecture
	 * lacks it.
	 */
	int number = seccomp_syscall_resolve_name(system_call);

	if (number == __NR_SCMP_ERROR)
		number = newer_number(system_call);
	if (number > filter->highest_number)
		filter->highest_number = number;
}

static int add_newer(struct seccomp_filter *filter, const char *system_call, uint32_t action,
	size_t n_conditions, struct error *error)
{
	if (n_conditions > 0)
		return error_set(error, EOPNOTSUPP,
			"args are not supported for %s, which is newer than the libseccomp "
			"installed",
			system_call);
	for (size_t i = 0; i < filter->n_newer; i++)
		if (filter->newer[i].number == newer_number(system_call))
			return 0;
	filter->newer[filter->n_newer].number = newer_number(system_call);
	filter->newer[filter->n_newer++].action = action;
	return 0;
}

static bool tests_one_argument_twice(const struct scmp_arg_cmp *conditions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < i; j++)
			if (conditions[i].arg == conditions[j].arg)
				return true;
	return false;
}

int seccomp_filter_add(struct seccomp_filter *filter, const char *system_call, uint32_t action,
	const struct scmp_arg_cmp *conditions, size_t n_conditions, struct error *error)
{
	int number = seccomp_syscall_resolve_name(system_call);
	int r = 0;

	seccomp_filter_note(filter, system_call);
	/* libseccomp rejects a rule without effect. */
	if (action == filter->default_action)
		return 0;
	if (number == __NR_SCMP_ERROR)
		return add_newer(filter, system_call, action, n_conditions, error);
	filter->n_rules += n_conditions > 0 ? n_conditions : 1;
	if (filter->n_rules > SECCOMP_RULES_MAX)
		return error_set(error, E2BIG,
			"found the rule for %s after %d others; expected no more, because the "
			"kernel accepts no more instructions",
			system_call, SECCOMP_RULES_MAX);
	if (tests_one_argument_twice(conditions, n_conditions)) {
		for (size_t i = 0; i < n_conditions && r == 0; i++)
			r = seccomp_rule_add_array(
				filter->context, action, number, 1, &conditions[i]);
	} else {
		r = seccomp_rule_add_array(
			filter->context, action, number, (unsigned)n_conditions, conditions);
	}
	if (r < 0)
		return error_set_errno(
			error, -r, "libseccomp rejects the rule for %s", system_call);
	return 0;
}

/*
 * The prologue before libseccomp's program, for the native architecture only. Returns its length.
 */
static size_t write_prologue(const struct seccomp_filter *filter, struct sock_filter *program)
{
	const bool refuses =
		filter->default_action != SCMP_ACT_ALLOW && filter->default_action != SCMP_ACT_LOG;
	/* Instructions after the head: two per call, and two for ENOSYS. */
	const size_t n_body = 2 * filter->n_newer + (refuses ? 2 : 0);
	size_t n = 0;

	if (n_body == 0)
		return 0;
	program[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	program[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 0, (uint8_t)(n_body + 2));
	program[n++] = (struct sock_filter)BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	program[n++] = (struct sock_filter)BPF_JUMP(
		BPF_JMP | BPF_JGE | BPF_K, X32_BIT, (uint8_t)n_body, 0);
	for (size_t i = 0; i < filter->n_newer; i++) {
		program[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)filter->newer[i].number, 0, 1);
		program[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, filter->newer[i].action);
	}
	if (refuses) {
		program[n++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JGT | BPF_K, (uint32_t)filter->highest_number, 0, 1);
		program[n++] =
			(struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SCMP_ACT_ERRNO(ENOSYS));
	}
	return n;
}

/*
 * Writes libseccomp's own program to the rest of a buffer. seccomp_export_bpf_mem needs libseccomp
 * 2.6.
 */
static int export(const struct seccomp_filter *filter, struct sock_filter *ret_program,
	size_t n_room, size_t *ret_n, struct error *error)
{
	CLEANUP(cleanup_close) int fd = memfd_create("seccomp", MFD_CLOEXEC);
	struct stat status;
	int r;

	if (fd < 0)
		return error_set_errno(error, errno, "cannot create a memfd");
	r = seccomp_export_bpf(filter->context, fd);
	if (r == -EFBIG)
		return error_set(error, ENOSPC,
			"cannot compile the profile: File too large (see ulimit -f)");
	if (r < 0)
		return error_set_errno(error, -r, "libseccomp cannot compile the profile");
	if (fstat(fd, &status) < 0)
		return error_set_errno(error, errno, "cannot read the compiled profile");
	if ((size_t)status.st_size > n_room * sizeof(*ret_program))
		return error_set(error, E2BIG,
			"the compiled profile has more than the %d instructions that the kernel "
			"accepts",
			BPF_MAXINSNS);
	if (pread(fd, ret_program, (size_t)status.st_size, 0) != status.st_size)
		return error_set(error, EIO, "cannot read the compiled profile");
	*ret_n = (size_t)status.st_size / sizeof(*ret_program);
	return 0;
}

int seccomp_filter_compile(const struct seccomp_filter *filter, void **ret_program,
	size_t *ret_program_bytes, struct error *error)
{
	CLEANUP(cleanup_free)
	struct sock_filter *program = calloc(BPF_MAXINSNS, sizeof(*program));
	size_t n_prologue, n_exported = 0;
	int r;

	if (!program)
		return error_set_errno(error, ENOMEM, "cannot compile the profile");
	n_prologue = write_prologue(filter, program);
	r = export(filter, program + n_prologue, BPF_MAXINSNS - n_prologue, &n_exported, error);
	if (r < 0)
		return r;
	*ret_program_bytes = (n_prologue + n_exported) * sizeof(*program);
	*ret_program = TAKE_PTR(program);
	return 0;
}
