#pragma once

/*
 * Texts that come from outside, made fit to be shown.
 */

/*
 * Makes one line of it, with nothing that a terminal would act on: control characters (newlines too) become
 * blanks, in place.
 */
void text_blank_controls(char *text);
