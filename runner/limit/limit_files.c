/* What a search leaves in its run's folder, and its part of report.html. */

#include "runner/host/run_files.h"
#include "runner/limit/answer.h"
#include "runner/report/html.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/json.h"

#include <errno.h>
#include <string.h>

static int limit_write_csv_file(const struct limit_answer *answer, int run_fd, struct error *error)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	int r;

	if (!stream)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_LIMIT);
	r = limit_answer_csv(answer, stream, error);
	if (fclose(stream) != 0 && r == 0)
		r = error_set_errno(error, ENOMEM, "cannot write " RUN_LIMIT);
	return r < 0 ? r : file_replace(run_fd, RUN_LIMIT, text, length, 0644, error);
}

static int limit_write_json_file(const struct limit_answer *answer, int run_fd, struct error *error)
{
	CLEANUP(cleanup_json) json_t *json = NULL;
	CLEANUP(cleanup_free) char *text = NULL;
	int r = limit_answer_json(answer, &json, error);

	if (r < 0)
		return r;
	text = json_document(json);
	if (!text)
		return error_set_errno(error, ENOMEM, "cannot write " RUN_LIMIT_JSON);
	return file_replace(run_fd, RUN_LIMIT_JSON, text, strlen(text), 0644, error);
}

int limit_answer_write(const struct limit_answer *answer, int run_fd, struct error *error)
{
	int r = limit_write_csv_file(answer, run_fd, error);

	return r < 0 ? r : limit_write_json_file(answer, run_fd, error);
}

int limit_answer_html(const struct limit_answer *answer, FILE *stream)
{
	CLEANUP(cleanup_free) char *text = NULL;
	size_t length = 0;
	FILE *memory = open_memstream(&text, &length);
	char *rest, *line;
	int r = memory ? limit_answer_print(answer, false, memory) : -ENOMEM;

	if (memory && fclose(memory) != 0 && r == 0)
		r = -ENOMEM;
	if (r < 0)
		return r;
	fputs("<div class=\"scroll\"><pre>", stream);
	/* html_text makes blanks of line breaks. */
	for (rest = text; (line = strsep(&rest, "\n"));) {
		html_text(stream, line);
		fputc('\n', stream);
	}
	fputs("</pre></div>\n", stream);
	return 0;
}
