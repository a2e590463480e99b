#include "runner/report/html.h"

#include "util/cleanup.h"
#include "util/digest.h"
#include "util/text.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

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

void html_json_text(FILE *stream, const char *text)
{
	if (!text) {
		fputs("null", stream);
		return;
	}
	fputc('"', stream);
	for (; *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if (byte < 0x20 || byte == 0x7f || strchr("\"\\<>&", byte))
			fprintf(stream, "\\u%04x", byte);
		else
			fputc(byte, stream);
	}
	fputc('"', stream);
}

void html_json_number(FILE *stream, double number)
{
	if (isfinite(number))
		fprintf(stream, "%.17g", number);
	else
		fputs("null", stream);
}

int html_raw(FILE *stream, const char *element, const char *text, struct error *error)
{
	CLEANUP(cleanup_free) char *end = string_format("</%s", element);

	if (!end)
		return error_set_errno(error, ENOMEM, "cannot write the page");
	/* "<!--" begins a state of a script in which its end is not found. */
	if (strcasestr(text, end) || strstr(text, "<!--"))
		return error_set(error, EINVAL, "a %s of the page would end early", element);
	fprintf(stream, "<%s>%s</%s>\n", element, text, element);
	return 0;
}

/* Of a digit as digest_data writes it. */
static unsigned hex_value(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

void html_script_source(FILE *stream, const char *program)
{
	char digits[DIGEST_TEXT_SIZE];
	unsigned char digest[(DIGEST_TEXT_SIZE - 1) / 2];

	digest_data(program, strlen(program), digits);
	for (size_t i = 0; i < sizeof(digest); i++)
		digest[i] = (unsigned char)(hex_value(digits[2 * i]) << 4 |
					    hex_value(digits[2 * i + 1]));
	fputs("'sha256-", stream);
	html_base64(stream, digest, sizeof(digest));
	fputc('\'', stream);
}
