#include "runner/cli/completion_shells.h"

#include <string.h>

void completion_print_option_names(
	const struct option_row *row, const char *separator, FILE *stream)
{
	if (row->letter)
		fprintf(stream, "-%c%s", row->letter, separator);
	fprintf(stream, "--%s", row->name);
}

const struct command_row *completion_next_word(const char *word, size_t *i)
{
	for (; *i < N_COMMANDS; ++*i) {
		const struct command_row *row = &command_rows[*i];

		if (word ? strcmp(row->word, word) == 0
			 : *i == 0 || strcmp(row->word, row[-1].word) != 0) {
			++*i;
			return row;
		}
	}
	return NULL;
}

void completion_print_words(const char *word, FILE *stream)
{
	const char *separator = "";
	const struct command_row *row;

	for (size_t i = 0; (row = completion_next_word(word, &i)); separator = " ")
		fprintf(stream, "%s%s", separator, word ? row->subword : row->word);
}

void completion_print_options_with_values(const char *separator, FILE *stream)
{
	const char *before = "";

	for (size_t i = 0; i < N_OPTIONS; i++)
		if (option_rows[i].value) {
			fputs(before, stream);
			completion_print_option_names(&option_rows[i], separator, stream);
			before = separator;
		}
}

void completion_print_quoted(const char *text, const char *apostrophe, FILE *stream)
{
	for (; *text; text++)
		if (*text == '\'')
			fputs(apostrophe, stream);
		else
			fputc(*text == '\n' ? ' ' : *text, stream);
}
