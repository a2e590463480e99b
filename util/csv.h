#pragma once

#include <stdio.h>

/* A field of a CSV as RFC 4180 has it: in quotes where it must be. */
void csv_text(FILE *stream, const char *text);
