#include "runner/datasheet/sheet.h"

#include "runner/datasheet/datasheet.h"

#include <stdlib.h>
#include <string.h>

const char *sheet_text(struct sheet *sheet, const char *text)
{
	char **texts = reallocarray(sheet->texts, sheet->n_texts + 1, sizeof(*texts));

	if (!texts)
		return NULL;
	sheet->texts = texts;
	texts[sheet->n_texts] = strdup(text);
	return texts[sheet->n_texts] ? texts[sheet->n_texts++] : NULL;
}

void datasheet_free(struct datasheet *datasheet)
{
	struct sheet *sheet = (struct sheet *)datasheet;

	if (!sheet)
		return;
	for (size_t i = 0; i < sheet->n_texts; i++)
		free(sheet->texts[i]);
	free(sheet->texts);
	free(sheet->reporters);
	free(sheet->situations);
	free(sheet->first_situation);
	free(sheet->cells);
	free(sheet->trials);
	free(sheet);
}
