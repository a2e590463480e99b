#include "runner/report/html.h"

#include "util/cleanup.h"
#include "util/text.h"

#include <stdint.h>

void html_text(FILE *stream, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", stream);
			break;
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		case '\'':
			fputs("&#39;", stream);
			break;
		default:
			fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, stream);
		}
	}
}

void html_paragraph(FILE *stream, const char *class, const char *format, ...)
{
	CLEANUP(cleanup_free) char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = string_vformat(format, arguments);
	va_end(arguments);
	if (class)
		fprintf(stream, "<p class=\"%s\">", class);
	else
		fputs("<p>", stream);
	html_text(stream, text ? text : "");
	fputs("</p>\n", stream);
}

void html_base64(FILE *stream, const void *data, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *bytes = data;

	for (size_t i = 0; i < length; i += 3) {
		size_t n = length - i < 3 ? length - i : 3;
		uint32_t group = (uint32_t)bytes[i] << 16 |
				 (n > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
				 (n > 2 ? (uint32_t)bytes[i + 2] : 0);

		fputc(digits[group >> 18], stream);
		fputc(digits[group >> 12 & 63], stream);
		fputc(n > 1 ? digits[group >> 6 & 63] : '=', stream);
		fputc(n > 2 ? digits[group & 63] : '=', stream);
	}
}
