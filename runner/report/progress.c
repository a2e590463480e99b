#include "runner/report/progress.h"

#include "runner/report/time_left.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/format.h"
#include "util/text.h"

#include <inttypes.h>
#include <string.h>

#define CLEAR_LINE "\r\033[K"
#define RED "\033[31m"
#define PLAIN "\033[0m"

struct progress {
	struct progress_options options;
	const struct plan *plan;
	struct time_left *time_left;
	const struct planned_trial *current; /* NULL between trials */
	uint64_t begun_ns;
	bool line_shown;
	struct limit_finding finding; /* of a search */
	uint64_t n_died;
};

static uint64_t now_ns(const struct progress *progress);
static char *trial_title(const struct progress *progress, const struct planned_trial *planned);
static char *time_left_text(const struct progress *progress);
static char *point_label(const struct progress *progress, const struct planned_trial *planned);
static void show_line(struct progress *progress, char *text);
static void print_end(struct progress *progress, const struct planned_trial *planned,
	const struct trial_result *result);

int progress_new(const struct progress_options *options, const struct plan *plan,
	struct progress **ret_progress)
{
	struct progress *progress = calloc(1, sizeof(*progress));
	int r;

	if (!progress)
		return -ENOMEM;
	r = time_left_new(plan, &progress->time_left);
	if (r < 0) {
		free(progress);
		return r;
	}
	progress->options = *options;
	progress->plan = plan;
	*ret_progress = progress;
	return 0;
}

void progress_free(struct progress *progress)
{
	if (!progress)
		return;
	time_left_free(progress->time_left);
	free(progress);
}

static bool is_search(const struct progress *progress)
{
	return plan_experiment(progress->plan)->is_search;
}

void progress_search(
	struct progress *progress, const struct limit_finding *finding, uint64_t n_died)
{
	progress->finding = *finding;
	progress->n_died = n_died;
}

void progress_trial_begin(struct progress *progress, const struct planned_trial *planned)
{
	CLEANUP(cleanup_free) char *title = NULL;
	CLEANUP(cleanup_free) char *label = NULL;
	CLEANUP(cleanup_free) char *left = NULL;

	time_left_begin(progress->time_left, planned);
	progress->current = planned;
	progress->begun_ns = now_ns(progress);
	if (progress->options.quiet || !progress->options.terminal)
		return;
	title = trial_title(progress, planned);
	label = point_label(progress, planned);
	left = time_left_text(progress);
	if (title && label && left)
		show_line(progress, string_format("%s  starting  %s  %s", title, left, label));
}

void progress_trial_kept(struct progress *progress, const struct planned_trial *planned)
{
	time_left_begin(progress->time_left, planned);
}

void progress_tick(void *context, uint64_t elapsed_ns, uint64_t current_bytes, uint64_t peak_bytes)
{
	struct progress *progress = context;
	CLEANUP(cleanup_free) char *title = NULL;
	CLEANUP(cleanup_free) char *label = NULL;
	CLEANUP(cleanup_free) char *left = NULL;

	if (progress->options.quiet || !progress->options.terminal || !progress->current)
		return;
	title = trial_title(progress, progress->current);
	label = point_label(progress, progress->current);
	left = time_left_text(progress);
	/* The parameters come last: they are truncated first on a narrow terminal. */
	if (title && label && left)
		show_line(progress,
			string_format("%s  %s  %s, peak %s  %s  %s", title,
				format_duration(elapsed_ns).text, format_bytes(current_bytes).text,
				format_bytes(peak_bytes).text, left, label));
}

void progress_trial_end(struct progress *progress, const struct planned_trial *planned,
	const struct trial_result *result)
{
	time_left_end(progress->time_left, planned, now_ns(progress) - progress->begun_ns);
	progress->current = NULL;
	if (progress->options.quiet)
		return;
	if (!progress->options.terminal || (result->status != TRIAL_OK && !is_search(progress))) {
		progress_clear(progress);
		print_end(progress, planned, result);
	}
}

void progress_clear(struct progress *progress)
{
	if (!progress->line_shown)
		return;
	fputs(CLEAR_LINE, progress->options.stream);
	fflush(progress->options.stream);
	progress->line_shown = false;
}

static uint64_t now_ns(const struct progress *progress)
{
	return progress->options.now_ns ? progress->options.now_ns() : clock_monotonic_ns();
}

/*
 * " 12 of 210  psutil", with the number padded to the width of the last, so that the line does not
 * jump.
 */
static char *trial_title(const struct progress *progress, const struct planned_trial *planned)
{
	size_t n = plan_size(progress->plan);
	int width = snprintf(NULL, 0, "%zu", n);

	if (is_search(progress))
		return string_format("%3" PRIu64 "  %s%s%s", planned->number,
			planned->warmup ? "warm-up" : limit_stage_name(planned->stage),
			planned->limit_bytes > 0 ? " at " : "",
			planned->limit_bytes > 0 ? format_bytes(planned->limit_bytes).text : "");
	return string_format("%*" PRIu64 " of %zu  %s%s", width, planned->number, n,
		planned->backend->name, planned->warmup ? " (warm-up)" : "");
}

/* "between 23.4 MiB and 25.4 MiB, 4 died" */
static char *bracket_text(const struct progress *progress)
{
	const struct limit_finding *finding = &progress->finding;
	CLEANUP(cleanup_free)
	char *died = progress->n_died == 0 ? strdup("")
					   : string_format(", %" PRIu64 " died", progress->n_died);

	if (!died)
		return NULL;
	if (finding->upper_bytes == 0)
		return string_format("the limit: unknown%s", died);
	if (finding->lower_bytes == 0)
		return string_format(
			"the limit: at most %s%s", format_bytes(finding->upper_bytes).text, died);
	return string_format("the limit: above %s, at most %s%s",
		format_bytes(finding->lower_bytes).text, format_bytes(finding->upper_bytes).text,
		died);
}

static char *time_left_text(const struct progress *progress)
{
	uint64_t to_come_ns;
	uint64_t trial_ns;
	uint64_t elapsed_ns;

	if (is_search(progress))
		return bracket_text(progress);
	if (!time_left_to_come(progress->time_left, &to_come_ns))
		return string_format("time left: unknown");
	if (progress->current &&
		time_left_of_trial(progress->time_left, progress->current, &trial_ns)) {
		elapsed_ns = now_ns(progress) - progress->begun_ns;
		to_come_ns += trial_ns > elapsed_ns ? trial_ns - elapsed_ns : 0;
	}
	if (to_come_ns < NS_PER_S)
		return string_format("less than 1 s left");
	return string_format("about %s left", format_duration(to_come_ns).text);
}

/* Parameter values are arbitrary text. */
static char *point_label(const struct progress *progress, const struct planned_trial *planned)
{
	char *label = plan_point_label(progress->plan, planned->point);

	if (label)
		text_blank_controls(label);
	return label;
}

/* Columns of a character by its first byte in UTF-8: from U+1000 on assumed wide, to be safe. */
static unsigned byte_columns(unsigned char byte)
{
	if ((byte & 0xc0) == 0x80)
		return 0;
	return byte >= 0xe1 && byte != 0xe2 ? 2 : 1;
}

/*
 * Truncates to fewer columns than the terminal has: a full line would wrap, and could not be
 * cleared.
 */
static void cut_to_width(char *text, unsigned width)
{
	unsigned columns = 0;

	for (; *text; text++) {
		columns += byte_columns((unsigned char)*text);
		if (columns >= width) {
			*text = '\0';
			return;
		}
	}
}

static void cut_blanks(char *text)
{
	for (size_t length = strlen(text); length > 0 && text[length - 1] == ' '; length--)
		text[length - 1] = '\0';
}

/* Takes ownership of the text. */
static void show_line(struct progress *progress, char *text)
{
	CLEANUP(cleanup_free) char *line = text;

	if (!line)
		return;
	cut_blanks(line);
	if (progress->options.width > 0)
		cut_to_width(line, progress->options.width);
	fprintf(progress->options.stream, CLEAR_LINE "%s", line);
	fflush(progress->options.stream);
	progress->line_shown = true;
}

/* What a trial under a limit died of is expected, and the same each time: the answer has it. */
static char *outcome_text(
	const struct planned_trial *planned, const struct trial_result *result, bool color)
{
	const bool explained = result->cause[0] && planned->limit_bytes == 0;
	bool red = color && result->status != TRIAL_OK;
	const char *status = trial_status_name(result->status);
	/* A task that never began has no duration. */
	CLEANUP(cleanup_free)
	char *measured =
		result->reference.begun
			? string_format(" in %s, peak %s", format_duration(result->wall_ns).text,
				  format_bytes(result->reference.peak_bytes).text)
			: string_format("%s", "");

	if (!measured)
		return NULL;
	return string_format("%s%s%s%s%s%s", red ? RED : "", status, red ? PLAIN : "", measured,
		explained ? ": " : "", explained ? result->cause : "");
}

static void print_end(struct progress *progress, const struct planned_trial *planned,
	const struct trial_result *result)
{
	CLEANUP(cleanup_free) char *title = trial_title(progress, planned);
	CLEANUP(cleanup_free) char *label = point_label(progress, planned);
	CLEANUP(cleanup_free) char *left = time_left_text(progress);
	CLEANUP(cleanup_free) char *outcome = NULL;
	struct trial_result shown = *result;

	text_blank_controls(shown.cause);
	outcome = outcome_text(planned, &shown, progress->options.color);
	if (!title || !label || !left || !outcome)
		return;
	fprintf(progress->options.stream, "%s  %s%s%s", title, label, label[0] ? "  " : "",
		outcome);
	if (!progress->options.terminal &&
		(is_search(progress) || planned->number < plan_size(progress->plan)))
		fprintf(progress->options.stream, "  (%s)", left);
	fputc('\n', progress->options.stream);
	fflush(progress->options.stream);
}
