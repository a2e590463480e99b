#include "runner/datasheet/sheet.h"

#include "runner/datasheet/datasheet.h"
#include "util/array.h"

#include <stdlib.h>
#include <string.h>

const char *sheet_text(struct sheet *sheet, const char *text)
{
	char *copy = ARRAY_GROW(sheet->texts, sheet->n_texts) ? strdup(text) : NULL;

	if (copy)
		sheet->texts[sheet->n_texts++] = copy;
	return copy;
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
