#include "runner/doctor/doctor.h"
#include "runner/doctor/findings.h"

#include <string.h>

#define MAX_WIDTH 100
#define MIN_WIDTH 60

/* "  warning  charge_batch  ": the column of the values. */
#define STATE_COLUMNS 9
#define NAME_COLUMNS 20
#define VALUE_COLUMN (2 + STATE_COLUMNS + NAME_COLUMNS)

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define PLAIN "\033[0m"

struct page {
	FILE *stream;
	unsigned width;
	bool color;
};

/*
 * Prints text from column `at` on, wrapped at blanks and indented. A word as wide as a line stands
 * alone.
 */
static void print_wrapped(const struct page *page, unsigned at, const char *text)
{
	unsigned column = at;

	while (*text) {
		unsigned length = (unsigned)strcspn(text, " ");

		if (column > at && column + 1 + length > page->width) {
			fprintf(page->stream, "\n%*s", (int)at, "");
			column = at;
		}
		if (column > at)
			fputc(' ', page->stream);
		column += (column > at) + length;
		fprintf(page->stream, "%.*s", (int)length, text);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', page->stream);
}

static const char *finding_color(const struct finding *finding)
{
	if (finding->state == FINDING_OK)
		return GREEN;
	return finding->state == FINDING_MISSING && finding->required ? RED : YELLOW;
}

static void print_finding(const struct page *page, const struct finding *finding)
{
	fprintf(page->stream, "  %s%-*s%s%-*s", page->color ? finding_color(finding) : "",
		STATE_COLUMNS, finding_state_name(finding->state), page->color ? PLAIN : "",
		NAME_COLUMNS, finding->name);
	print_wrapped(page, VALUE_COLUMN, finding->value);
	if (finding->remedy) {
		fprintf(page->stream, "%*s-> ", VALUE_COLUMN, "");
		print_wrapped(page, VALUE_COLUMN + 3, finding->remedy);
	}
}

static void print_doctor_verdict(const struct doctor *doctor, const struct page *page)
{
	bool can_run = doctor_can_run(doctor);
	const char *parting = " ";

	fprintf(page->stream, "\n%s%s%s", page->color ? BOLD : "",
		can_run ? "This host can run experiments." : "This host cannot run experiments:",
		page->color ? PLAIN : "");
	for (size_t i = 0; i < doctor->n_findings && !can_run; i++) {
		const struct finding *finding = &doctor->findings[i];

		if (!finding->required || finding->state != FINDING_MISSING)
			continue;
		fprintf(page->stream, "%s%s", parting, finding->name);
		parting = ", ";
	}
	fputs(can_run ? "\n" : ": see the remedies above\n", page->stream);
}

void doctor_print(const struct doctor *doctor, FILE *stream, unsigned width, bool color)
{
	const struct page page = {
		.stream = stream,
		.width = width == 0 || width > MAX_WIDTH ? MAX_WIDTH
			 : width < MIN_WIDTH		 ? MIN_WIDTH
							 : width,
		.color = color,
	};
	const char *group = "";

	for (size_t i = 0; i < doctor->n_findings; i++) {
		const struct finding *finding = &doctor->findings[i];

		if (strcmp(finding->group, group) != 0)
			fprintf(stream, "%s%s%s\n", color ? BOLD : "", finding->group,
				color ? PLAIN : "");
		group = finding->group;
		print_finding(&page, finding);
	}
	print_doctor_verdict(doctor, &page);
}
