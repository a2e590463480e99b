#include "runner/experiment/suggestion.h"

#include <stddef.h>
#include <string.h>

/* No key is misspelt as a longer word. */
#define WORD_MAX 48

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Optimal string alignment, one row of the table at a time: `before`, `row` and the new one. row[j]
 * is the distance between the first i letters of `a` and the first j of `b`.
 */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1] = {{0}};
	size_t *before = rows[0], *row = rows[1], *next = rows[2];
	size_t n_a = strlen(a), n_b = strlen(b);

	for (size_t j = 0; j <= n_b; j++)
		row[j] = j;
	for (size_t i = 1; i <= n_a; i++) {
		size_t *oldest = before;

		next[0] = i;
		for (size_t j = 1; j <= n_b; j++) {
			size_t differs = lower(a[i - 1]) != lower(b[j - 1]);

			next[j] = least(least(row[j], next[j - 1]) + 1, row[j - 1] + differs);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
				lower(a[i - 2]) == lower(b[j - 1]))
				next[j] = least(next[j], before[j - 2] + 1);
		}
		before = row;
		row = next;
		next = oldest;
	}
	return row[n_b];
}

const char *suggestion_find(const char *word, const char *const *candidates)
{
	size_t length = strlen(word);
	const char *nearest = NULL;
	size_t nearest_distance = 0;

	if (length == 0 || length > WORD_MAX)
		return NULL;
	for (; *candidates; candidates++) {
		size_t found;

		if (strlen(*candidates) > WORD_MAX)
			continue;
		found = distance(word, *candidates);
		if (found <= (length + 2) / 3 && (!nearest || found < nearest_distance)) {
			nearest = *candidates;
			nearest_distance = found;
		}
	}
	return nearest;
}
