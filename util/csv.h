#pragma once

#include <stdio.h>

/* Writes a CSV field according to RFC 4180: quoted if necessary. */
void csv_text(FILE *stream, const char *text);
