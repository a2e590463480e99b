#pragma once

/* "Did you mean ...?": the candidate that a misspelt word most likely meant. */

/*
 * The nearest word of a NULL-terminated list, by the number of letters to insert, delete, replace
 * or swap with a neighbour (optimal string alignment), ignoring case. NULL if more than a third of
 * the word would have to change.
 */
const char *suggestion_find(const char *word, const char *const *candidates);
