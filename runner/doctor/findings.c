#include "runner/doctor/findings.h"

#include "runner/doctor/examination.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

/* The longest file that is read whole; excludes /proc/cpuinfo. */
#define FILE_MAX_BYTES (64u << 10)

static struct finding *last(struct examination *examination)
{
	struct doctor *doctor = examination->doctor;

	return doctor->n_findings > 0 ? &doctor->findings[doctor->n_findings - 1] : NULL;
}

void finding_group(struct examination *examination, const char *group)
{
	examination->doctor->group = group;
}

/* Mount points and file contents may contain any bytes; terminals and JSON need valid text. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

static char *format_text(const char *format, va_list arguments)
{
	char *text = string_vformat(format, arguments);

	if (text)
		make_plain(text);
	return text;
}

void finding_add(struct examination *examination, const char *name, enum finding_state state,
	const char *means, const char *format, ...)
{
	struct doctor *doctor = examination->doctor;
	struct finding *added;
	va_list arguments;

	if (!ARRAY_GROW(doctor->findings, doctor->n_findings)) {
		doctor->out_of_memory = true;
		return;
	}
	added = &doctor->findings[doctor->n_findings++];
	*added = (struct finding){
		.group = doctor->group,
		.name = strdup(name),
		.state = state,
		.means = means,
		.facts = json_object(),
	};
	va_start(arguments, format);
	added->value = format_text(format, arguments);
	va_end(arguments);
	if (!added->name || !added->value || !added->facts)
		doctor->out_of_memory = true;
}

void finding_require(struct examination *examination)
{
	struct finding *finding = last(examination);

	if (finding)
		finding->required = true;
}

void finding_remedy(struct examination *examination, const char *format, ...)
{
	struct finding *finding = last(examination);
	va_list arguments;

	if (!finding)
		return;
	free(finding->remedy);
	va_start(arguments, format);
	finding->remedy = format_text(format, arguments);
	va_end(arguments);
	if (!finding->remedy)
		examination->doctor->out_of_memory = true;
}

void finding_fact(struct examination *examination, const char *name, json_t *value)
{
	struct finding *finding = last(examination);

	/* json_object_set_new rejects a NULL value and a NULL object. */
	if (json_object_set_new(finding ? finding->facts : NULL, name, value) < 0)
		examination->doctor->out_of_memory = true;
}

void finding_number(struct examination *examination, const char *name, uint64_t number)
{
	finding_fact(examination, name, json_integer((json_int_t)number));
}

void finding_text(struct examination *examination, const char *name, const char *text)
{
	CLEANUP(cleanup_free) char *plain = strdup(text);

	if (plain)
		make_plain(plain);
	finding_fact(examination, name, plain ? json_string(plain) : NULL);
}

void finding_add_failure(struct examination *examination, const char *name,
	enum finding_state state, const char *means, const char *sentence)
{
	const char *parting = strstr(sentence, "; ");
	int length = parting ? (int)(parting - sentence) : (int)strlen(sentence);

	finding_add(examination, name, state, means, "%.*s", length, sentence);
	if (parting)
		finding_remedy(examination, "%s", parting + strlen("; "));
}

char *examination_read(const struct examination *examination, const char *path)
{
	CLEANUP(cleanup_free) char *full = string_format("%s%s", examination->options->root, path);
	char *text;
	size_t length;

	if (!full || file_read(AT_FDCWD, full, FILE_MAX_BYTES, &text, &length, NULL) < 0)
		return NULL;
	if (length > 0 && text[length - 1] == '\n')
		text[length - 1] = '\0';
	return text;
}

bool examination_has(const struct examination *examination, const char *path)
{
	CLEANUP(cleanup_free) char *full = string_format("%s%s", examination->options->root, path);

	return full && access(full, F_OK) == 0;
}
