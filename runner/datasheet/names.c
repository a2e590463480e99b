#include "runner/datasheet/datasheet.h"

const char *datasheet_verdict_name(enum datasheet_verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_NONE] = "-",
		[VERDICT_RIGHT] = "right",
		[VERDICT_HIGH] = "high",
		[VERDICT_LOW] = "low",
		[VERDICT_BLIND] = "blind",
	};

	return names[verdict];
}

const struct cell *datasheet_cell(
	const struct datasheet *datasheet, size_t reporter, size_t situation)
{
	if (!datasheet || reporter >= datasheet->n_reporters ||
		situation >= datasheet->n_situations)
		return NULL;
	return &datasheet->cells[reporter * datasheet->n_situations + situation];
}
