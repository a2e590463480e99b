#include "runner/report/page_files.h"

#include "runner/host/dygraphs.h"
#include "util/cleanup.h"
#include "util/file.h"
#include "util/text.h"

#include <string.h>

#define DYGRAPHS_MAX_BYTES (1 << 20)

/* The assembler includes the file, with a NUL after it. The Makefile has what the object depends on. */
#define EMBED(name, file)                                                                          \
	__asm__(".pushsection .rodata\n"                                                           \
		".globl " #name "\n" #name ":\n"                                                   \
		".incbin \"runner/report/" file "\"\n"                                             \
		".byte 0\n"                                                                        \
		".popsection\n")

EMBED(page_style, "page.css");
EMBED(page_script, "page.js");
EMBED(page_licence, "dygraphs.licence");

extern const char page_script[];
extern const char page_licence[];

static int read_dygraphs(const char *folder, const char *name, char **ret_text, struct error *error)
{
	CLEANUP(cleanup_free) char *path = string_format("%s/%s", folder, name);
	char *map;
	int r = path ? file_read_regular(path, DYGRAPHS_MAX_BYTES, ret_text, NULL, error)
		     : error_set_errno(error, ENOMEM, "cannot read dygraphs");

	if (r < 0)
		return r;
	/* A debugger would fetch it. It is the last line. */
	map = strstr(*ret_text, "//# sourceMappingURL=");
	if (!map)
		map = strstr(*ret_text, "/*# sourceMappingURL=");
	if (map)
		*map = '\0';
	return 0;
}

int page_program(const char *folder, char **ret_program, char **ret_style, struct error *error)
{
	CLEANUP(cleanup_free) char *dygraphs = NULL;
	CLEANUP(cleanup_free) char *style = NULL;
	char *program;
	int r = read_dygraphs(folder, DYGRAPHS_SCRIPT, &dygraphs, error);

	if (r == 0)
		r = read_dygraphs(folder, DYGRAPHS_STYLE, &style, error);
	if (r < 0)
		return r;
	program = string_format("/*!\n%s*/\n%s\n%s", page_licence, dygraphs, page_script);
	if (!program)
		return error_set_errno(error, ENOMEM, "cannot write the page");
	*ret_program = program;
	*ret_style = TAKE_PTR(style);
	return 0;
}
