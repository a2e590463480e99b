#pragma once

/* Facts about a run and its machine, for made-up results. */

#include "runner/host/run_files.h"
#include "runner/run/run_record.h"
#include "runner/store/results.h"
#include "util/beneath.h"
#include "util/cleanup.h"

static const struct run_facts made_facts = {
	.tool_version = "0.1.0",
	.created = "2026-11-22T17:53:21Z",
	.kernel = "Linux 6.18",
	.cpu_model = "a CPU",
	.cpus = 2,
	.memory_bytes = 24000000000,
	.page_bytes = 4096,
	.hierarchy = "v1",
	.runtime = "runc",
	.runtime_version = "1.1.5",
	.image = "host",
	.image_digest = "sha256:00",
	.seccomp_sha256 = "",
	.doctor = "{\"can_run\": true}\n",
	.complete = true,
};

/* A run.json in a folder. */
static inline int made_record_read(int fd, struct run_record **ret_record, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length;
	int r = beneath_read(fd, RUN_RECORD, RUN_RECORD_MAX_BYTES, &text, &length, error);

	return r == 0 ? run_record_parse(text, length, ret_record, error) : r;
}
