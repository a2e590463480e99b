#include "runner/datasheet/datasheet.h"

#include "runner/datasheet/sheet.h"
#include "runner/store/layout.h"
#include "util/cleanup.h"

#include <math.h>
#include <string.h>

static bool sheet_has_truth(const struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->datasheet.n_situations; i++)
		for (enum truth_kind kind = 0; kind < N_TRUTH_KINDS; kind++)
			if (!isnan(sheet->situations[i].truth_bytes[kind]))
				return true;
	return false;
}

static uint64_t most_repetitions(const struct comparison *comparison)
{
	size_t most = 0;

	for (size_t i = 0; i < comparison->n_points * comparison->n_backends; i++)
		if (comparison->cells[i].n_ok > most)
			most = comparison->cells[i].n_ok;
	return most;
}

static int sheet_fill(
	struct sheet *sheet, struct survey *survey, struct results *results, struct error *error)
{
	struct datasheet *datasheet = &sheet->datasheet;
	const char *run = results_attribute(results, LAYOUT_ATTRIBUTE_NAME);
	int r;

	datasheet->run = sheet_text(sheet, run ? run : "");
	sheet->batches_bytes = survey->comparison->resolution_bytes;
	r = datasheet->run ? sheet_judge(sheet, survey) : -ENOMEM;
	if (r == 0)
		r = sheet_answer(sheet, survey);
	if (r == 0)
		r = sheet_weigh(sheet, survey);
	if (r < 0)
		return error_set_errno(error, -r, "cannot make the data sheet");
	if (!sheet_has_truth(sheet))
		return error_set(error, ENODATA,
			"no trial ended ok and declared its memory, so there is nothing to compare "
			"reporters with");
	datasheet->reporters = sheet->reporters;
	datasheet->situations = sheet->situations;
	datasheet->cells = sheet->cells;
	datasheet->n_trials_ok = survey->n_trials_ok;
	datasheet->n_trials_left_out = survey->n_trials_left_out;
	datasheet->repetitions = most_repetitions(survey->comparison);
	return 0;
}

static void free_sheet(struct sheet **sheet)
{
	if (*sheet)
		datasheet_free(&(*sheet)->datasheet);
}

static int make_from(struct results *results, const struct comparison *comparison,
	const struct datasheet_options *options, struct datasheet **ret_datasheet,
	struct error *error)
{
	CLEANUP(free_sheet) struct sheet *sheet = calloc(1, sizeof(*sheet));
	CLEANUP(survey_release) struct survey survey = {0};
	int r = sheet ? 0 : error_set_errno(error, ENOMEM, "cannot make the data sheet");

	if (r == 0)
		r = survey_init(&survey, results, comparison, options, error);
	if (r < 0)
		return r;
	sheet->datasheet.kind = options->kind;
	r = sheet_fill(sheet, &survey, results, error);
	if (r < 0)
		return r;
	*ret_datasheet = &TAKE_PTR(sheet)->datasheet;
	return 0;
}

int datasheet_make(struct results *results, const struct datasheet_options *options,
	struct datasheet **ret_datasheet, struct error *error)
{
	struct comparison *comparison = NULL;
	int r = comparison_new(results, &comparison, error);

	if (r < 0)
		return r;
	r = make_from(results, comparison, options, ret_datasheet, error);
	comparison_free(comparison);
	return r;
}
