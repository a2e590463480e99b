#include "runner/explain/stack_unwind.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <string.h>

#ifdef MEMCG_RUN_LIBDW
#include <elfutils/libdwfl.h>
#endif

struct stack_unwinder {
	const struct stack_tree *tree;
	size_t process;
#ifdef MEMCG_RUN_LIBDW
	Dwfl *dwfl;
	pid_t pid;
	bool attached;
#endif
	const struct perf_sample *sample; /* that is being walked */
	stack_unwind_frame frame;
	void *context;
	size_t n_frames;
};

/* Where the kernel's order of registers has the instruction pointer and, by DWARF's number, each other. */
#if defined(__x86_64__)
#define REGISTER_IP 8
#define REGISTER_SP 7
#elif defined(__aarch64__)
#define REGISTER_IP 32
#define REGISTER_SP 31
#else
#define REGISTER_IP 0
#define REGISTER_SP 0
#endif

static void unwinder_name(struct stack_unwinder *unwinder, const char *name)
{
	unwinder->n_frames++;
	unwinder->frame(name, unwinder->context);
}

/* "libc.so.6+0x1234" */
static char *unwinder_address_name(const struct stack_unwinder *unwinder, uint64_t address)
{
	for (size_t i = 0; i < unwinder->tree->n_modules; i++) {
		const struct stack_module *module = &unwinder->tree->modules[i];
		const char *slash = strrchr(module->path, '/');

		if (module->process == unwinder->process && address >= module->start &&
			address < module->end)
			return string_format("%s+0x%llx", slash ? slash + 1 : module->path,
				(unsigned long long)(address - module->base));
	}
	return string_format("[unknown]");
}

#ifdef MEMCG_RUN_LIBDW

/* The C++ runtime's; it has no C header. Returns a new text, or NULL if it is not a C++ name. */
char *__cxa_demangle(const char *name, char *buffer, size_t *length, int *status);

static uint64_t unwinder_register(const struct perf_sample *sample, unsigned dwarf_number)
{
#if defined(__x86_64__)
	/* System V ABI, AMD64 supplement, figure 3.36: rax rdx rcx rbx rsi rdi rbp rsp r8... r15, return address. */
	static const unsigned char order[PERF_N_REGISTERS] = {
		0, 3, 2, 1, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 8};

	dwarf_number = order[dwarf_number];
#endif
	uint64_t value;

	memcpy(&value, (const char *)sample->registers + dwarf_number * sizeof(value),
		sizeof(value));
	return value;
}

static pid_t unwinder_next_thread(Dwfl *dwfl, void *context, void **thread_context)
{
	const struct stack_unwinder *unwinder = context;

	(void)dwfl;
	if (*thread_context)
		return 0;
	*thread_context = context;
	return unwinder->pid;
}

static bool unwinder_get_thread(Dwfl *dwfl, pid_t tid, void *context, void **thread_context)
{
	(void)dwfl;
	(void)tid;
	*thread_context = context;
	return true;
}

/* The copied stack is all the memory there is. */
static bool unwinder_read(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *context)
{
	const struct perf_sample *sample = ((const struct stack_unwinder *)context)->sample;
	uint64_t offset = address - unwinder_register(sample, REGISTER_SP);

	(void)dwfl;
	if (sample->stack_bytes < sizeof(*result) || offset > sample->stack_bytes - sizeof(*result))
		return false;
	memcpy(result, sample->stack + offset, sizeof(*result));
	return true;
}

static bool unwinder_set_registers(Dwfl_Thread *thread, void *context)
{
	const struct perf_sample *sample = ((const struct stack_unwinder *)context)->sample;
	unsigned n = PERF_N_REGISTERS < 32 ? PERF_N_REGISTERS : 32;
	Dwarf_Word words[32];

	for (unsigned i = 0; i < n; i++)
		words[i] = unwinder_register(sample, i);
#if defined(__aarch64__)
	dwfl_thread_state_register_pc(thread, unwinder_register(sample, REGISTER_IP));
#endif
	return dwfl_thread_state_registers(thread, 0, n, words);
}

/* "function (file.c:12)" */
static char *unwinder_symbol(const struct stack_unwinder *unwinder, Dwarf_Addr address)
{
	Dwfl_Module *module = dwfl_addrmodule(unwinder->dwfl, address);
	const char *symbol = module ? dwfl_module_addrname(module, address) : NULL;
	Dwfl_Line *line = module ? dwfl_module_getsrc(module, address) : NULL;
	CLEANUP(cleanup_free) char *demangled = NULL;
	const char *file, *slash;
	int number = 0;

	if (!symbol)
		return unwinder_address_name(unwinder, address);
	demangled = __cxa_demangle(symbol, NULL, NULL, NULL);
	if (demangled && strncmp(symbol, "_Z", 2) == 0)
		symbol = demangled;
	file = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (!file || number <= 0)
		return string_format("%s", symbol);
	slash = strrchr(file, '/');
	return string_format("%s (%s:%d)", symbol, slash ? slash + 1 : file, number);
}

static int unwinder_frame(Dwfl_Frame *frame, void *context)
{
	struct stack_unwinder *unwinder = context;
	CLEANUP(cleanup_free) char *name = NULL;
	bool is_activation;
	Dwarf_Addr address;

	if (unwinder->n_frames >= STACK_MOST_FRAMES ||
		!dwfl_frame_pc(frame, &address, &is_activation))
		return DWARF_CB_ABORT;
	/* A caller's address is after its call, perhaps in the next line or function. */
	name = unwinder_symbol(unwinder, is_activation ? address : address - 1);
	if (!name)
		return DWARF_CB_ABORT;
	unwinder_name(unwinder, name);
	return DWARF_CB_OK;
}

static int unwinder_no_elf(
	Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path, Elf **elf)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)elf;
	return -1;
}

static const Dwfl_Callbacks unwinder_files = {
	.find_elf = unwinder_no_elf,
	.find_debuginfo = dwfl_build_id_find_debuginfo,
};

static const Dwfl_Thread_Callbacks unwinder_thread = {
	.next_thread = unwinder_next_thread,
	.get_thread = unwinder_get_thread,
	.memory_read = unwinder_read,
	.set_initial_registers = unwinder_set_registers,
};

/* A file whose code is mapped twice is reported once. */
static bool unwinder_has_before(const struct stack_tree *tree, size_t i)
{
	const struct stack_module *module = &tree->modules[i];

	for (size_t j = 0; j < i; j++)
		if (tree->modules[j].process == module->process &&
			tree->modules[j].base == module->base)
			return true;
	return false;
}

static void unwinder_report(struct stack_unwinder *unwinder)
{
	dwfl_report_begin(unwinder->dwfl);
	for (size_t i = 0; i < unwinder->tree->n_modules; i++) {
		const struct stack_module *module = &unwinder->tree->modules[i];
		int fd;

		if (module->process != unwinder->process || module->fd < 0 ||
			unwinder_has_before(unwinder->tree, i))
			continue;
		/* libdwfl takes the descriptor over, if it succeeds. */
		fd = dup(module->fd);
		if (fd >= 0 && !dwfl_report_elf(unwinder->dwfl, module->path, module->path, fd,
				       module->base, false))
			close(fd);
	}
	dwfl_report_end(unwinder->dwfl, NULL, NULL);
}

struct stack_unwinder *stack_unwinder_new(const struct stack_tree *tree, size_t process)
{
	struct stack_unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (!unwinder)
		return NULL;
	unwinder->tree = tree;
	unwinder->process = process;
	unwinder->pid = tree->processes[process].pid;
	unwinder->dwfl = dwfl_begin(&unwinder_files);
	if (unwinder->dwfl) {
		unwinder_report(unwinder);
		unwinder->attached = dwfl_attach_state(
			unwinder->dwfl, NULL, unwinder->pid, &unwinder_thread, unwinder);
	}
	return unwinder;
}

void stack_unwinder_free(struct stack_unwinder *unwinder)
{
	if (!unwinder)
		return;
	if (unwinder->dwfl)
		dwfl_end(unwinder->dwfl);
	free(unwinder);
}

static void unwinder_frames(struct stack_unwinder *unwinder)
{
	if (unwinder->attached)
		(void)dwfl_getthread_frames(
			unwinder->dwfl, unwinder->pid, unwinder_frame, unwinder);
}

#else

struct stack_unwinder *stack_unwinder_new(const struct stack_tree *tree, size_t process)
{
	struct stack_unwinder *unwinder = calloc(1, sizeof(*unwinder));

	if (unwinder) {
		unwinder->tree = tree;
		unwinder->process = process;
	}
	return unwinder;
}

void stack_unwinder_free(struct stack_unwinder *unwinder)
{
	free(unwinder);
}

static void unwinder_frames(struct stack_unwinder *unwinder)
{
	(void)unwinder;
}

#endif

void stack_unwinder_walk(struct stack_unwinder *unwinder, const struct perf_sample *sample,
	stack_unwind_frame frame, void *context)
{
	CLEANUP(cleanup_free) char *name = NULL;

	unwinder->sample = sample;
	unwinder->frame = frame;
	unwinder->context = context;
	unwinder->n_frames = 0;
	if (sample->registers)
		unwinder_frames(unwinder);
	if (unwinder->n_frames > 0)
		return;
	if (sample->registers)
		name = unwinder_address_name(unwinder, sample->registers[REGISTER_IP]);
	unwinder_name(unwinder, name ? name : "[unknown]");
}
