#include "runner/datasheet/writers.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/file.h"

static const struct document {
	const char *name;
	void (*write)(const struct datasheet *datasheet, const struct datasheet_writing *writing,
		FILE *stream);
} documents[] = {
	{DATASHEET_MARKDOWN, datasheet_markdown},
	{DATASHEET_CSV, datasheet_csv},
	{DATASHEET_REPORTERS_CSV, datasheet_reporters_csv},
};

/* Atomic: somebody may be reading an earlier version. */
static int replace(const struct document *document, const struct datasheet *datasheet,
	const struct datasheet_writing *writing, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	if (stream)
		document->write(datasheet, writing, stream);
	if (!stream || fclose(stream) != 0)
		return error_set_errno(error, ENOMEM, "cannot write %s", document->name);
	return file_replace(writing->run_fd, document->name, text, length, 0644, error);
}

int datasheet_write(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error)
{
	const int drawn = datasheet_draw(datasheet, writing, error);
	int r = 0;

	for (size_t i = 0; i < LENGTH(documents) && r == 0; i++)
		r = replace(&documents[i], datasheet, writing, drawn < 0 ? NULL : error);
	return drawn < 0 ? drawn : r;
}
