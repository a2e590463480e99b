#include "runner/host/host.h"

#include "util/cleanup.h"
#include "util/cpu_list.h"
#include "util/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

/* The value of the first "model name : value" line. */
static void find_cpu_model(const char *cpuinfo, char *model, size_t size)
{
	const char *line = strstr(cpuinfo, "model name");
	const char *value = line ? strchr(line, ':') : NULL;

	snprintf(model, size, "unknown");
	if (!value)
		return;
	value += strspn(value, ": \t");
	snprintf(model, size, "%.*s", (int)strcspn(value, "\n"), value);
}

cpu_set_t host_online_cpus(void)
{
	CLEANUP(cleanup_free) char *list = NULL;
	cpu_set_t cpus;
	size_t length;

	if (file_read(AT_FDCWD, "/sys/devices/system/cpu/online", 65536, &list, &length, NULL) ==
		0) {
		list[strcspn(list, "\n")] = '\0';
		if (cpu_list_parse(list, &cpus) == 0)
			return cpus;
	}
	memset(&cpus, 0xff, sizeof(cpus));
	return cpus;
}

int host_read(struct host *ret_host, struct error *error)
{
	CLEANUP(cleanup_free) char *cpuinfo = NULL;
	struct host host = {.cpus = (uint64_t)get_nprocs()};
	struct utsname name;
	struct sysinfo info;
	size_t length;
	int r;

	if (uname(&name) < 0 || sysinfo(&info) < 0)
		return error_set_errno(error, errno, "cannot identify this machine");
	r = file_read(AT_FDCWD, "/proc/cpuinfo", 16 << 20, &cpuinfo, &length, error);
	if (r < 0)
		return r;
	snprintf(host.kernel, sizeof(host.kernel), "%s %s %s %s", name.sysname, name.release,
		name.version, name.machine);
	find_cpu_model(cpuinfo, host.cpu_model, sizeof(host.cpu_model));
	host.memory_bytes = (uint64_t)info.totalram * info.mem_unit;
	host.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	*ret_host = host;
	return 0;
}
