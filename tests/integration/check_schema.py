"""Checks a JSON document on standard input against docs/summary.schema.json, given by its path: prints each fault.

The keywords that this schema has, and more than JSON Schema asks for: a key that the schema does not name is a fault,
so that nothing is undocumented.
"""

import json
import sys

TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}


def is_type(value, name):
    """Whether a value is of the JSON type; a boolean is no number."""
    if isinstance(value, bool) and name in ("integer", "number"):
        return False
    return isinstance(value, TYPES[name])


def faults(value, schema, root, place):
    """Yields a sentence for each fault of a value."""
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    if "const" in schema and value != schema["const"]:
        yield f"{place} is {value!r}, not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place} is {value!r}, none of {schema['enum']}"
    names = schema.get("type", list(TYPES))
    if not any(is_type(value, name) for name in ([names] if isinstance(names, str) else names)):
        yield f"{place} is {value!r}, not {names}"
        return
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        yield f"{place} is {value!r}, below {schema['minimum']}"
    if isinstance(value, dict) and "properties" in schema:
        for key in schema["required"]:
            if key not in value:
                yield f"{place} lacks {key}"
        for key, part in value.items():
            if key in schema["properties"]:
                yield from faults(part, schema["properties"][key], root, f"{place}.{key}")
            else:
                yield f"{place} has {key}, which the schema has not"
    if isinstance(value, list) and "items" in schema:
        for index, part in enumerate(value):
            yield from faults(part, schema["items"], root, f"{place}[{index}]")


def main():
    """Exit status 1 if there is a fault."""
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    found = list(faults(json.load(sys.stdin), schema, schema, "$"))
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
