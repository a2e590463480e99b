#pragma once

/* How many elements an array has; not for a pointer to one. */
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
