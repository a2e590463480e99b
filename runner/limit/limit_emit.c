/*
 * The answer as a setting for other programs. Their units, from their own documents:
 *
 *   docker, podman   m is MiB; at least 6 MiB (dockerd refuses less); --memory-swap is memory and swap together
 *   kubernetes       Mi is MiB
 *   systemd          M is MiB (systemd.resource-control(5))
 *   slurm            M is MiB
 *   snakemake        mem_mb is 10^6 bytes (it has mem_mib too, which some of its executors do not pass on)
 *   nextflow         MB is MiB
 *
 * Names of tasks and inputs may contain anything. They stand in comments only, which no character ends early: text_title
 * leaves no line break, and what is not ASCII, a backslash (Groovy decodes \u000a even in comments) or a quotation mark
 * is replaced.
 */

#include "runner/limit/limit_words.h"
#include "util/cleanup.h"
#include "util/text.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)
#define MEGABYTE UINT64_C(1000000)
#define DOCKER_LEAST_MIB 6
#define LONGEST_NAME 80

struct limit_format {
	const char *name;
	const char *comment;
	bool has_high;
	void (*write)(const struct limit_run *run, uint64_t bytes, FILE *stream);
};

static uint64_t limit_round_up(uint64_t bytes, uint64_t unit)
{
	return bytes / unit + (bytes % unit != 0);
}

static void limit_write_docker(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	uint64_t mib = limit_round_up(bytes, MIB);

	if (mib < DOCKER_LEAST_MIB)
		mib = DOCKER_LEAST_MIB;
	fprintf(stream, "--memory=%" PRIu64 "m", mib);
	if (run->swap_bytes == UINT64_MAX)
		fputs(" --memory-swap=-1\n", stream);
	else
		fprintf(stream, " --memory-swap=%" PRIu64 "m\n",
			mib + limit_round_up(run->swap_bytes, MIB));
}

static void limit_write_kubernetes(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	const uint64_t mib = limit_round_up(bytes, MIB);

	(void)run;
	fprintf(stream,
		"resources:\n"
		"  requests:\n"
		"    memory: \"%" PRIu64 "Mi\"\n"
		"  limits:\n"
		"    memory: \"%" PRIu64 "Mi\"\n",
		mib, mib);
}

static void limit_write_systemd(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	fputs("[Service]\n", stream);
	if (run->settings.by == LIMIT_BY_MAX)
		fputs("# MemoryHigh= slows down instead of killing: memcg-run limit --by high "
		      "finds it.\n",
			stream);
	fprintf(stream, "%s=%" PRIu64 "M\n",
		run->settings.by == LIMIT_BY_HIGH ? "MemoryHigh" : "MemoryMax",
		limit_round_up(bytes, MIB));
	if (run->swap_bytes == UINT64_MAX)
		fputs("MemorySwapMax=infinity\n", stream);
	else if (run->swap_bytes == 0)
		fputs("MemorySwapMax=0\n", stream);
	else
		fprintf(stream, "MemorySwapMax=%" PRIu64 "M\n",
			limit_round_up(run->swap_bytes, MIB));
}

static void limit_write_slurm(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	(void)run;
	fprintf(stream, "#SBATCH --mem=%" PRIu64 "M\n", limit_round_up(bytes, MIB));
}

static void limit_write_snakemake(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	(void)run;
	fprintf(stream, "resources:\n    mem_mb=%" PRIu64 "\n", limit_round_up(bytes, MEGABYTE));
}

static void limit_write_nextflow(const struct limit_run *run, uint64_t bytes, FILE *stream)
{
	(void)run;
	fprintf(stream, "memory '%" PRIu64 " MB'\n", limit_round_up(bytes, MIB));
}

static const struct limit_format limit_formats[LIMIT_N_EMITS] = {
	[LIMIT_EMIT_DOCKER] = {"docker", "# ", false, limit_write_docker},
	[LIMIT_EMIT_KUBERNETES] = {"kubernetes", "# ", false, limit_write_kubernetes},
	[LIMIT_EMIT_SYSTEMD] = {"systemd", "# ", true, limit_write_systemd},
	[LIMIT_EMIT_SLURM] = {"slurm", "# ", false, limit_write_slurm},
	[LIMIT_EMIT_SNAKEMAKE] = {"snakemake", "# ", false, limit_write_snakemake},
	[LIMIT_EMIT_NEXTFLOW] = {"nextflow", "// ", false, limit_write_nextflow},
};

const char *limit_emit_name(enum limit_emit emit)
{
	return emit < LIMIT_N_EMITS ? limit_formats[emit].name : NULL;
}

int limit_emit_find(const char *name, enum limit_emit *ret_emit, struct error *error)
{
	for (enum limit_emit emit = 0; limit_emit_name(emit); emit++) {
		if (strcmp(name, limit_emit_name(emit)) != 0)
			continue;
		*ret_emit = emit;
		return 0;
	}
	return error_set(error, EINVAL,
		"--emit %s: expected docker, kubernetes, systemd, slurm, snakemake or nextflow",
		name);
}

/* ---- where it comes from */

/* One line of printable ASCII without \, " and '; of each other character one '?'. NULL on ENOMEM; the caller frees. */
static char *limit_plain_text(const char *text)
{
	char *plain = text_title(text ? text : "", LONGEST_NAME);
	char *end = plain;

	for (const char *from = plain; plain && *from; from++) {
		const unsigned char byte = (unsigned char)*from;

		/* The other bytes of a character in UTF-8. */
		if ((byte & 0xc0) == 0x80)
			continue;
		*end++ = byte >= 0x7f || strchr("\\\"'", byte) ? '?' : (char)byte;
	}
	if (plain)
		*end = '\0';
	return plain;
}

/* "59 of 59 runs survived: at least 95 % do, with 95 % confidence" */
static void limit_write_evidence(
	const struct limit_answer *answer, const struct limit_finding *finding, FILE *stream)
{
	const struct limit_settings *settings = &answer->run->settings;

	fprintf(stream,
		"%" PRIu64 " of %" PRIu64 " runs survived: at least %s do, with %s confidence",
		finding->n_confirmed, finding->n_confirm, limit_share_text(settings->survival).text,
		limit_share_text(settings->confidence).text);
}

static int limit_write_origin(
	const struct limit_answer *answer, size_t i, const char *comment, FILE *stream)
{
	const struct limit_run *run = answer->run;
	const struct limit_answer_point *point = &answer->points[i];
	CLEANUP(cleanup_free) char *task = limit_plain_text(point->point->task);
	CLEANUP(cleanup_free) char *label = limit_plain_text(limit_label_after_task(point->point));
	CLEANUP(cleanup_free) char *title = limit_plain_text(run->title);
	CLEANUP(cleanup_free) char *kernel = limit_plain_text(run->kernel);
	CLEANUP(cleanup_free) char *cpu = limit_plain_text(run->cpu_model);
	CLEANUP(cleanup_free) char *image = limit_plain_text(run->image);
	CLEANUP(cleanup_free) char *created = limit_plain_text(run->created);
	CLEANUP(cleanup_free) char *hierarchy = limit_plain_text(run->hierarchy);

	if (!task || !label || !title || !kernel || !cpu || !image || !created || !hierarchy)
		return -ENOMEM;
	fprintf(stream, "%smemcg-run limit, experiment %s, %s\n", comment, title, created);
	fprintf(stream, "%stask: %s%s%s\n", comment, task, *label ? ", " : "", label);
	fprintf(stream, "%ssmallest limit: %s, ", comment,
		limit_bytes_text((double)point->finding.upper_bytes).text);
	limit_write_evidence(answer, &point->finding, stream);
	if (point->unharmed_bytes > 0)
		fprintf(stream,
			"\n%sunharmed from: %s, at most %.3g times the time without a limit",
			comment, limit_bytes_text((double)point->unharmed_bytes).text,
			run->settings.slowdown);
	fprintf(stream, "\n%smeasured on: %s, cgroup %s, %s, image %s\n", comment, kernel,
		hierarchy, cpu, image);
	return 0;
}

int limit_emit_print(const struct limit_answer *answer, size_t point, enum limit_emit emit,
	FILE *stream, struct error *error)
{
	const struct limit_format *format = &limit_formats[emit];
	const uint64_t bytes = limit_setting_bytes(&answer->points[point]);

	if (bytes == 0)
		return error_set(error, ENODATA,
			"there is no limit to set: the search has found none for %s",
			answer->points[point].point->task);
	if (answer->run->settings.by == LIMIT_BY_HIGH && !format->has_high)
		return error_set(error, EOPNOTSUPP,
			"%s has no setting for memory.high, which this search was by: use --emit "
			"systemd, or search --by max",
			format->name);
	if (limit_write_origin(answer, point, format->comment, stream) < 0)
		return error_set_errno(error, ENOMEM, "cannot print the setting");
	format->write(answer->run, bytes, stream);
	return 0;
}
