#include "runner/experiment/template.h"

#include <errno.h>
#include <string.h>

/* Not isalpha(): names must not depend on the locale. */
static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool template_is_name(const char *text, size_t length)
{
	if (length == 0 || !is_letter(text[0]))
		return false;
	for (size_t i = 1; i < length; i++)
		if (!is_letter(text[i]) && !(text[i] >= '0' && text[i] <= '9'))
			return false;
	return true;
}

static int take_piece_name(
	const char **cursor, struct template_piece *ret_piece, struct error *error)
{
	const char *start = *cursor + 1;
	size_t length = strcspn(start, "{}");

	if (start[length] != '}' || !template_is_name(start, length))
		return error_set(error, EINVAL,
			"a '{' that does not begin a parameter's \"{name}\"; "
			"write \"{{\" for the brace itself");
	*ret_piece = (struct template_piece){TEMPLATE_NAME, start, length};
	*cursor = start + length + 1;
	return 0;
}

int template_next(const char **cursor, struct template_piece *ret_piece, struct error *error)
{
	const char *text = *cursor;
	size_t length = strcspn(text, "{}");

	if (*text == '\0') {
		*ret_piece = (struct template_piece){TEMPLATE_END, text, 0};
		return 0;
	}
	if (length > 0) {
		*ret_piece = (struct template_piece){TEMPLATE_TEXT, text, length};
		*cursor = text + length;
		return 0;
	}
	if (text[0] == text[1]) {
		*ret_piece = (struct template_piece){TEMPLATE_TEXT, text, 1};
		*cursor = text + 2;
		return 0;
	}
	if (text[0] == '{')
		return take_piece_name(cursor, ret_piece, error);
	return error_set(error, EINVAL, "a '}' without its '{'; write \"}}\" for the brace itself");
}
