#include "runner/explain/fault_mappings.h"

#include "util/array.h"
#include "util/parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/sysmacros.h>

/* Digits of base 16 up to `after`, which is taken too. */
static bool mapping_hex(const char **cursor, char after, uint64_t *ret_value)
{
	const char *at = *cursor;
	uint64_t value = 0;

	for (; isxdigit((unsigned char)*at); at++) {
		if (value >> 60)
			return false;
		value = value << 4 |
			(uint64_t)(isdigit((unsigned char)*at) ? *at - '0'
							       : (*at | 0x20) - 'a' + 10);
	}
	if (at == *cursor || *at != after)
		return false;
	*cursor = at + 1;
	*ret_value = value;
	return true;
}

/* "55d0a000-55d0b000 r-xp 00001000 fe:00 1234      /usr/bin/x" */
static bool mapping_head(const char *line, size_t length, struct fault_mapping *ret_mapping)
{
	struct fault_mapping mapping = {0};
	uint64_t major_number, minor_number;
	const char *end = line + length;

	if (!mapping_hex(&line, '-', &mapping.start) || !mapping_hex(&line, ' ', &mapping.end) ||
		end - line < 5)
		return false;
	mapping.executable = line[2] == 'x';
	line += 5;
	if (!mapping_hex(&line, ' ', &mapping.offset) || !mapping_hex(&line, ':', &major_number) ||
		!mapping_hex(&line, ' ', &minor_number) ||
		parse_leading_u64(&line, &mapping.inode) < 0 || mapping.start >= mapping.end)
		return false;
	while (line < end && *line == ' ')
		line++;
	mapping.device = makedev((unsigned int)major_number, (unsigned int)minor_number);
	mapping.path = strndup(line, (size_t)(end - line));
	if (!mapping.path)
		return false;
	*ret_mapping = mapping;
	return true;
}

static void mapping_anonymous(const char *line, struct fault_mapping *mapping)
{
	static const char key[] = "Anonymous:";
	uint64_t kib;

	if (strncmp(line, key, sizeof(key) - 1) != 0)
		return;
	line += sizeof(key) - 1;
	while (*line == ' ')
		line++;
	if (parse_leading_u64(&line, &kib) == 0)
		mapping->anonymous_bytes = kib * 1024;
}

int fault_mappings_parse(
	const char *smaps, struct fault_mappings *ret_mappings, struct error *error)
{
	struct fault_mappings mappings = {0};

	for (const char *line = smaps; *line != '\0';) {
		size_t length = strcspn(line, "\n");

		/* Keys start with a capital letter, addresses are in small ones. */
		if (isdigit((unsigned char)*line) || islower((unsigned char)*line)) {
			if (!ARRAY_GROW(mappings.mappings, mappings.n) ||
				!mapping_head(line, length, &mappings.mappings[mappings.n])) {
				fault_mappings_release(&mappings);
				return error_set(error, EBADMSG, "malformed mapping in smaps");
			}
			mappings.n++;
		} else if (mappings.n > 0) {
			mapping_anonymous(line, &mappings.mappings[mappings.n - 1]);
		}
		line += length + (line[length] == '\n');
	}
	*ret_mappings = mappings;
	return 0;
}

void fault_mappings_release(struct fault_mappings *mappings)
{
	for (size_t i = 0; i < mappings->n; i++)
		free(mappings->mappings[i].path);
	free(mappings->mappings);
	*mappings = (struct fault_mappings){0};
}
