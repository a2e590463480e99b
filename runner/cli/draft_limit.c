/* [limit] of a draft: what the command line chooses of a search. */

#include "runner/cli/draft_text.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <inttypes.h>
#include <math.h>

static void put_draft_limit_key(
	struct draft_writer *writer, const char *key, const char *value, enum option_id id)
{
	CLEANUP(cleanup_free) char *origin = string_format("--%s", option_rows[id].name);

	fprintf(writer->stream, "%s = %s", key, value);
	draft_end_line(writer, origin);
}

static void put_draft_limit_share(
	struct draft_writer *writer, const char *key, double share, enum option_id id)
{
	char value[32];

	snprintf(value, sizeof(value), "%.15g", share);
	put_draft_limit_key(writer, key, value, id);
}

static void put_draft_limit_count(
	struct draft_writer *writer, const char *key, uint64_t count, enum option_id id)
{
	char value[32];

	snprintf(value, sizeof(value), "%" PRIu64, count);
	put_draft_limit_key(writer, key, value, id);
}

void draft_put_limit(struct draft_writer *writer)
{
	const struct limit_choices *limit = &writer->options->limit;
	const bool has_survival = !isnan(limit->survival);

	if (!has_survival && isnan(limit->confidence) && isnan(limit->slowdown) &&
		limit->curve == UINT64_MAX && limit->by < 0 && !limit->quick)
		return;
	draft_put_heading(writer, "limit");
	if (has_survival)
		put_draft_limit_share(writer, "survival", limit->survival, OPTION_SURVIVAL);
	else if (limit->quick)
		put_draft_limit_share(writer, "survival", LIMIT_QUICK_SURVIVAL, OPTION_QUICK);
	if (!isnan(limit->confidence))
		put_draft_limit_share(writer, "confidence", limit->confidence, OPTION_CONFIDENCE);
	if (!isnan(limit->slowdown))
		put_draft_limit_share(writer, "slowdown", limit->slowdown, OPTION_SLOWDOWN);
	if (limit->curve != UINT64_MAX)
		put_draft_limit_count(writer, "curve", limit->curve, OPTION_CURVE);
	if (limit->quick)
		put_draft_limit_count(
			writer, "curve_repetitions", LIMIT_QUICK_CURVE_REPETITIONS, OPTION_QUICK);
	if (limit->by >= 0)
		put_draft_limit_key(writer, "by",
			limit->by == LIMIT_BY_HIGH ? "\"high\"" : "\"max\"", OPTION_BY);
}
