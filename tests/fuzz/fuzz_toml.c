/* TOML alone, which is fast: reads every value that a document claims to have. */

#include "runner/experiment/toml.h"
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <string.h>

static void look_at(const struct toml_value *value)
{
	assert(toml_value_line(value) > 0 && toml_value_column(value) > 0);
	switch (toml_value_kind(value)) {
	case TOML_STRING:
		fputs(toml_string(value), fuzz_sink());
		break;
	case TOML_TABLE:
		for (size_t i = 0; i < toml_size(value); i++) {
			const char *key = toml_key_at(value, i);

			assert(toml_key_line(value, i) > 0 && toml_key_column(value, i) > 0);
			assert(toml_get(value, key) == toml_at(value, i));
			look_at(toml_at(value, i));
		}
		break;
	case TOML_ARRAY:
		for (size_t i = 0; i < toml_size(value); i++)
			look_at(toml_at(value, i));
		break;
	case TOML_INTEGER:
	case TOML_FLOAT:
	case TOML_BOOLEAN:
	case TOML_DATETIME:
		assert(toml_size(value) == 0 && strlen(toml_kind_name(toml_value_kind(value))) > 0);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct toml_document *document;
	struct toml_error error;

	if (toml_parse((const char *)data, size, &document, &error) < 0) {
		assert(error.line > 0 && error.column > 0 && error.text[0]);
		return 0;
	}
	look_at(toml_root(document));
	toml_free(document);
	return 0;
}
