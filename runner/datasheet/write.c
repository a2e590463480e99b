#include "runner/datasheet/writers.h"
#include "util/cleanup.h"
#include "util/file.h"

enum document { MARKDOWN, CSV, REPORTERS_CSV };

static void write_document(enum document document, const struct datasheet *datasheet,
	const struct datasheet_writing *writing, FILE *stream)
{
	switch (document) {
	case MARKDOWN:
		datasheet_markdown(datasheet, writing, stream);
		return;
	case CSV:
		datasheet_csv(datasheet, stream);
		return;
	case REPORTERS_CSV:
		datasheet_reporters_csv(datasheet, stream);
		return;
	}
}

/* Whole or not at all: somebody may be reading the one of an earlier time. */
static int replace(int run_fd, enum document document, const char *name,
	const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot write %s", name);
	write_document(document, datasheet, writing, stream);
	if (fclose(stream) != 0)
		return error_set_errno(error, ENOMEM, "cannot write %s", name);
	return file_replace(run_fd, name, text, length, 0644, error);
}

static int write_sheet_texts(const struct datasheet *datasheet,
	const struct datasheet_writing *writing, struct error *error)
{
	const int run_fd = writing->run_fd;
	int r = replace(run_fd, MARKDOWN, DATASHEET_MARKDOWN, datasheet, writing, error);
	if (r == 0)
		r = replace(run_fd, CSV, DATASHEET_CSV, datasheet, writing, error);
	return r < 0 ? r
		     : replace(run_fd, REPORTERS_CSV, DATASHEET_REPORTERS_CSV, datasheet, writing,
			       error);
}

int datasheet_write(const struct datasheet *datasheet, const struct datasheet_writing *writing,
	struct error *error)
{
	int drawn = datasheet_draw(datasheet, writing, error);
	int written = write_sheet_texts(datasheet, writing, drawn < 0 ? NULL : error);

	return drawn < 0 ? drawn : written;
}
