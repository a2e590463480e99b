#include "runner/experiment/toml.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

/*
 * toml++ 3.3 limits its parser to 256 levels of nested values, but does not limit dotted keys:
 * "[a.a.a ...]" with some 100,000 parts overflows the stack in its destructors. So the document is
 * scanned before it is parsed. Every level of brackets may contain a dotted key, so the product of
 * the two limits bounds any recursion over the document.
 */
static constexpr unsigned max_brackets = 64;
static constexpr unsigned max_key_dots = 32;

struct toml_value {
	toml_kind kind = TOML_TABLE;
	unsigned line = 0;
	unsigned column = 0;
	std::string string;
	int64_t integer = 0;
	double real = 0;
	bool boolean = false;

	struct child {
		std::string key; /* empty in an array */
		unsigned line;
		unsigned column;
		std::unique_ptr<toml_value> value;
	};
	std::vector<child> children;
};

struct toml_document {
	toml_value root;
};

namespace
{

/* A mistake that TOML itself allows, or that would crash the parser. */
struct refusal {
	std::string text;
	unsigned line;
	unsigned column;
};

/* Scans TOML's strings, comments and brackets just enough to know the nesting depth. */
class depth_guard
{
      public:
	explicit depth_guard(std::string_view document_text) : text(document_text)
	{
	}

	/* Agrees with the parser up to the first invalid byte, where the parser stops. */
	void check()
	{
		while (position < text.size())
			step();
	}

      private:
	std::string_view text;
	size_t position = 0;
	size_t line_start = 0;
	unsigned line = 1;
	unsigned brackets = 0;
	unsigned dots = 0;

	void step()
	{
		switch (text[position]) {
		case '#':
			while (position < text.size() && text[position] != '\n')
				position++;
			return;
		case '"':
		case '\'':
			skip_string(text[position]);
			return;
		case '[':
		case '{':
			if (++brackets > max_brackets)
				refuse("brackets", max_brackets);
			dots = 0;
			break;
		case ']':
		case '}':
			brackets -= brackets > 0;
			dots = 0;
			break;
		case '.':
			if (++dots > max_key_dots)
				refuse("dots in a key", max_key_dots);
			break;
		case '=':
		case ',':
		case '\n':
			dots = 0;
			break;
		default:
			break;
		}
		advance();
	}

	void advance()
	{
		if (text[position] == '\n') {
			line++;
			line_start = position + 1;
		}
		position++;
	}

	void skip_string(char quote)
	{
		const std::string three(3, quote);
		const bool multiline = text.compare(position, 3, three) == 0;
		const std::string_view end =
			multiline ? std::string_view(three) : std::string_view(three).substr(0, 1);

		position += end.size();
		while (position < text.size() && text.compare(position, end.size(), end) != 0) {
			if (!multiline && text[position] == '\n')
				return;
			if (quote == '"' && text[position] == '\\' && position + 1 < text.size())
				advance();
			advance();
		}
		position = std::min(position + end.size(), text.size());
		/* A multi-line string may end in up to two quotes before the closing three. */
		while (multiline && position < text.size() && text[position] == quote)
			position++;
	}

	[[noreturn]] void refuse(const char *what, unsigned most) const
	{
		throw refusal{
			"nested too deeply; expected at most " + std::to_string(most) + " " + what,
			line, static_cast<unsigned>(position - line_start + 1)};
	}
};

void refuse_nul(const std::string &text, const char *what, const toml::source_position &place)
{
	if (text.find('\0') != std::string::npos)
		throw refusal{
			std::string("a NUL character in a ") + what + "; expected text without it",
			place.line, place.column};
}

bool stands_before(const toml_value::child &a, const toml_value::child &b)
{
	return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void convert(const toml::node &node, toml_value &ret_value);

void convert_table(const toml::table &table, toml_value &ret_value)
{
	ret_value.kind = TOML_TABLE;
	for (const auto &[key, node] : table) {
		const toml::source_position place = key.source().begin;
		toml_value::child child{std::string(key.str()), place.line, place.column, nullptr};

		refuse_nul(child.key, "key", place);
		child.value = std::make_unique<toml_value>();
		convert(node, *child.value);
		ret_value.children.push_back(std::move(child));
	}
	/* toml++ sorts a table by its keys. */
	std::stable_sort(ret_value.children.begin(), ret_value.children.end(), stands_before);
}

void convert_array(const toml::array &array, toml_value &ret_value)
{
	ret_value.kind = TOML_ARRAY;
	for (const toml::node &node : array) {
		const toml::source_position place = node.source().begin;
		toml_value::child child{
			std::string(), place.line, place.column, std::make_unique<toml_value>()};

		convert(node, *child.value);
		ret_value.children.push_back(std::move(child));
	}
}

void convert(const toml::node &node, toml_value &ret_value)
{
	ret_value.line = node.source().begin.line;
	ret_value.column = node.source().begin.column;
	if (const auto *table = node.as_table()) {
		convert_table(*table, ret_value);
	} else if (const auto *array = node.as_array()) {
		convert_array(*array, ret_value);
	} else if (const auto *string = node.as_string()) {
		ret_value.kind = TOML_STRING;
		ret_value.string = string->get();
		refuse_nul(ret_value.string, "string", node.source().begin);
	} else if (const auto *integer = node.as_integer()) {
		ret_value.kind = TOML_INTEGER;
		ret_value.integer = integer->get();
	} else if (const auto *real = node.as_floating_point()) {
		ret_value.kind = TOML_FLOAT;
		ret_value.real = real->get();
	} else if (const auto *boolean = node.as_boolean()) {
		ret_value.kind = TOML_BOOLEAN;
		ret_value.boolean = boolean->get();
	} else {
		ret_value.kind = TOML_DATETIME;
	}
}

int report(toml_error *ret_error, std::string_view text, unsigned line, unsigned column)
{
	std::snprintf(ret_error->text, sizeof(ret_error->text), "%.*s",
		static_cast<int>(text.size()), text.data());
	ret_error->line = line;
	ret_error->column = column;
	return -EINVAL;
}

} // namespace

int toml_parse(const char *text, size_t length, struct toml_document **ret_document,
	struct toml_error *ret_error)
{
	try {
		const std::string_view view(text, length);
		auto document = std::make_unique<toml_document>();

		depth_guard(view).check();
		convert(toml::parse(view), document->root);
		document->root.line = document->root.column = 1;
		*ret_document = document.release();
		return 0;
	} catch (const toml::parse_error &error) {
		return report(ret_error, error.description(), error.source().begin.line,
			error.source().begin.column);
	} catch (const refusal &refused) {
		return report(ret_error, refused.text, refused.line, refused.column);
	} catch (const std::bad_alloc &) {
		return -ENOMEM;
	} catch (...) {
		return report(ret_error, "not a TOML document", 1, 1);
	}
}

void toml_free(struct toml_document *document)
{
	delete document;
}

const struct toml_value *toml_root(const struct toml_document *document)
{
	return &document->root;
}

enum toml_kind toml_value_kind(const struct toml_value *value)
{
	return value->kind;
}

const char *toml_kind_name(enum toml_kind kind)
{
	/* In the order of the kinds. */
	static const char *const names[] = {
		"table", "array", "string", "integer", "float", "boolean", "date or time"};

	return names[kind];
}

unsigned toml_value_line(const struct toml_value *value)
{
	return value->line;
}

unsigned toml_value_column(const struct toml_value *value)
{
	return value->column;
}

size_t toml_size(const struct toml_value *value)
{
	return value->children.size();
}

const struct toml_value *toml_at(const struct toml_value *value, size_t index)
{
	return value->children[index].value.get();
}

const char *toml_key_at(const struct toml_value *table, size_t index)
{
	return table->children[index].key.c_str();
}

unsigned toml_key_line(const struct toml_value *table, size_t index)
{
	return table->children[index].line;
}

unsigned toml_key_column(const struct toml_value *table, size_t index)
{
	return table->children[index].column;
}

const struct toml_value *toml_get(const struct toml_value *table, const char *key)
{
	for (const toml_value::child &child : table->children)
		if (child.key == key)
			return child.value.get();
	return nullptr;
}

const char *toml_string(const struct toml_value *value)
{
	return value->string.c_str();
}

int64_t toml_integer(const struct toml_value *value)
{
	return value->integer;
}

double toml_float(const struct toml_value *value)
{
	return value->real;
}

bool toml_boolean(const struct toml_value *value)
{
	return value->boolean;
}
