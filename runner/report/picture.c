#include "runner/report/picture.h"

#include "runner/report/failures.h"
#include "util/cleanup.h"

/* More would take long to draw, and nobody would look at them. */
#define MAX_POINT_PICTURES 12

bool picture_has_point(const struct comparison *comparison, size_t point)
{
	return point < MAX_POINT_PICTURES && point < comparison->n_points &&
	       point != comparison_largest_point(comparison);
}

void picture_frame(const struct picture *picture, const struct script *script, const char *title,
	const char *subtitle)
{
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN, .y = 30.0, .points = 18, .bold = true},
		"%s", title);
	script_text(script,
		&(struct script_text){
			.x = PICTURE_MARGIN, .y = 62.0, .points = 12, .color = "#444444"},
		"%s", subtitle);
	script_text(script,
		&(struct script_text){.x = PICTURE_MARGIN,
			.y = script->height - 20.0,
			.points = 9,
			.color = "#666666"},
		"%s", picture->machine);
	if (picture->incomplete)
		script_text(script,
			&(struct script_text){.x = script->width - PICTURE_MARGIN,
				.y = 30.0,
				.align = SCRIPT_RIGHT,
				.points = 12,
				.bold = true,
				.color = "#b00000"},
			"incomplete: the run was ended before every planned trial had run");
}

int picture_no_trial(const struct script *script, const struct comparison_cell *cell,
	const struct script_text *place)
{
	CLEANUP(cleanup_free) char *failures = failures_of_cell(cell);
	struct script_text text = *place;

	if (!failures)
		return -ENOMEM;
	text.color = "#b00000";
	script_text(script, &text, "no trial ended ok%s%s", failures[0] ? ": " : "", failures);
	return 0;
}
