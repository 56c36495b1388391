"""The check that strict schemas pass before a model is asked.

Source: contracts/openai.md, section 5.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

DEEPEST: Final = 10
MOST_PROPERTIES: Final = 5_000
MOST_NAME_CHARS: Final = 120_000
MOST_ENUM_VALUES: Final = 1_000

_ALLOWED: Final = frozenset(
    [
        "type",
        "properties",
        "required",
        "additionalProperties",
        "items",
        "enum",
        "const",
        "anyOf",
        "$ref",
        "$defs",
        "title",
        "description",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
    ]
)
_FORMATS: Final = frozenset(
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"]
)
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

Path = tuple[str, ...]


class SchemaRefused(Exception):
    """The schema breaks a rule; the text says where and which."""


def check_name(name: Any) -> None:
    """Raises `SchemaRefused` where a schema's name would be refused."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SchemaRefused(f"Invalid 'response_format.json_schema.name': {name!r}")


def check_schema(schema: Any) -> None:
    """Raises `SchemaRefused` at the first rule of strict mode that is broken."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise SchemaRefused("schema must be a JSON Schema of 'type: \"object\"', without 'anyOf'")
    try:
        nodes = list(_nodes(schema, (), 1))
        for path, node in nodes:
            _check_node(path, node)
    except (AttributeError, TypeError, ValueError) as error:
        raise SchemaRefused(f"schema is malformed: {error}") from error
    _check_sizes([node for _, node in nodes])


def _nodes(node: Any, path: Path, depth: int) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    if not isinstance(node, dict):
        raise SchemaRefused(f"In context={path}, a schema must be an object.")
    if depth > DEEPEST:
        raise SchemaRefused(f"In context={path}, more than {DEEPEST} levels of nesting.")
    yield path, node
    for step, child, down in _children(node):
        yield from _nodes(child, (*path, *step), depth + down)


def _children(node: Mapping[str, Any]) -> Iterator[tuple[Path, Any, int]]:
    for name, child in node.get("properties", {}).items():
        yield ("properties", name), child, 1
    for name, child in node.get("$defs", {}).items():
        yield ("$defs", name), child, 0
    for place, child in enumerate(node.get("anyOf", ())):
        yield ("anyOf", str(place)), child, 0
    if "items" in node:
        yield ("items",), node["items"], 0


def _check_node(path: Path, node: Mapping[str, Any]) -> None:
    for word in node:
        if word not in _ALLOWED:
            raise SchemaRefused(f"In context={path}, '{word}' is not permitted.")
    if "$ref" in node and len(node) > 1:
        raise SchemaRefused(f"In context={path}, '$ref' cannot have siblings.")
    if not {"type", "anyOf", "$ref", "enum", "const"} & node.keys():
        raise SchemaRefused(f"In context={path}, schema must have a 'type' key.")
    if "format" in node and node["format"] not in _FORMATS:
        raise SchemaRefused(f"In context={path}, '{node['format']}' is not a valid format.")
    if node.get("type") == "object" or "properties" in node:
        _check_object(path, node)


def _check_object(path: Path, node: Mapping[str, Any]) -> None:
    if node.get("additionalProperties") is not False:
        raise SchemaRefused(
            f"In context={path}, 'additionalProperties' is required to be supplied and to be false."
        )
    names, required = set(node.get("properties", {})), set(node.get("required", ()))
    if names != required:
        odd = sorted(names ^ required)
        raise SchemaRefused(
            f"In context={path}, 'required' is required to be supplied and to be an array "
            f"including every key in properties. Missing or extra: {odd}"
        )


def _check_sizes(nodes: list[Mapping[str, Any]]) -> None:
    names = [name for node in nodes for name in node.get("properties", {})]
    values = [str(value) for node in nodes for value in node.get("enum", ())]
    chars = sum(map(len, [*names, *values]))
    sizes = (
        (len(names), MOST_PROPERTIES, "properties"),
        (len(values), MOST_ENUM_VALUES, "enum values"),
        (chars, MOST_NAME_CHARS, "characters of names and enum values"),
    )
    for size, most, what in sizes:
        if size > most:
            raise SchemaRefused(f"{size} {what}; at most {most} are allowed.")
