#pragma once

/* The machine, for the record: from uname(2), /proc/cpuinfo, sysconf(3) and sysinfo(2). */

#include "util/error.h"

#include <sched.h>
#include <stdint.h>

struct host {
	char kernel[512];    /* "Linux 6.12.48 #1 SMP ... x86_64" */
	char cpu_model[256]; /* "unknown" if /proc/cpuinfo does not name it */
	uint64_t cpus;	     /* online */
	uint64_t memory_bytes;
	uint64_t page_bytes;
};

/* The online CPUs below CPU_SETSIZE; all CPUs below it if /sys does not list them. */
cpu_set_t host_online_cpus(void);

int host_read(struct host *ret_host, struct error *error);
