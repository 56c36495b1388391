"""An answer for any strict schema, made of the prompt's words."""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from worker.simulator.seed import Seed
from worker.simulator.writing.strict_schema import SchemaRefused

DEEPEST: Final = 6  # a recursive schema ends here, with nulls and empty lists
_FORMATS: Final = {
    "date": "2026-09-14",
    "date-time": "2026-09-14T08:30:00Z",
    "time": "08:30:00Z",
    "duration": "P1D",
    "email": "someone@simulated.example",
    "hostname": "simulated.example",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "0199c3a2-5b1e-7c40-9d0e-3f6a1b2c4d5e",
}
_SOURCE_FIELDS: Final = frozenset(("source", "sources", "source_id", "citations", "cites"))


class Filler:
    """Fills one schema; the same prompt always gives the same answer."""

    def __init__(self, schema: Mapping[str, Any], prompt: str) -> None:
        self._schema = schema
        self._seed = Seed("filler", prompt)
        self._phrases = _phrases(prompt)
        self._sources: list[str] = re.findall(r"<<<SOURCE (\S+) \w+>>>", prompt)

    def fill(self) -> Any:
        """An answer.

        Raises:
            SchemaRefused: nothing finite fits the schema, or it is malformed.
        """
        try:
            return self._value(self._schema, "answer", 0)
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise SchemaRefused(f"no answer fits it: {error}") from error

    def _value(self, given: Mapping[str, Any], path: str, depth: int) -> Any:
        schema = self._resolved(given)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._seed.pick(path, schema["enum"])
        if "anyOf" in schema:
            return self._value(self._choice(schema["anyOf"], depth), path, depth)
        return self._typed(schema, path, depth)

    def _typed(self, schema: Mapping[str, Any], path: str, depth: int) -> Any:
        match _type_of(schema, depth):
            case "object":
                fields = schema.get("properties", {})
                return {n: self._value(f, f"{path}.{n}", depth + 1) for n, f in fields.items()}
            case "array":
                return self._array(schema, path, depth)
            case "string":
                return self._text(schema, path)
            case "integer":
                return int(self._number(schema, path))
            case "number":
                return self._number(schema, path)
            case "boolean":
                return self._seed.number(path, 0, 1) == 1
        return None

    def _array(self, schema: Mapping[str, Any], path: str, depth: int) -> list[Any]:
        least, most = schema.get("minItems", 0), schema.get("maxItems", 3)
        count = least if depth >= DEEPEST else max(least, min(2, most))
        items = schema.get("items", {"type": "string"})
        return [self._value(items, f"{path}.{place}", depth + 1) for place in range(count)]

    def _text(self, schema: Mapping[str, Any], path: str) -> str:
        fields = set(path.split("."))
        if self._sources and fields & _SOURCE_FIELDS:
            return self._seed.pick(path, self._sources)
        return _FORMATS.get(str(schema.get("format"))) or self._seed.pick(path, self._phrases)

    def _number(self, schema: Mapping[str, Any], path: str) -> float:
        low: float = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        high: float = schema.get("maximum", schema.get("exclusiveMaximum", low + 10))
        if schema.get("type") == "integer":
            low += "exclusiveMinimum" in schema
            high -= "exclusiveMaximum" in schema
            return self._seed.number(path, int(low), int(max(low, high)))
        step = 0.1 + 0.8 * self._seed.fraction(path)
        return round(low + (high - low) * step, 2)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(DEEPEST):
            if "$ref" not in schema:
                return schema
            schema = self._target(schema["$ref"])
        raise ValueError("a $ref leads to itself")

    def _target(self, ref: str) -> Mapping[str, Any]:
        target: Any = self._schema
        for part in ref.removeprefix("#").strip("/").split("/"):
            target = target[part] if part else target
        return cast("Mapping[str, Any]", target)

    def _choice(self, choices: list[Mapping[str, Any]], depth: int) -> Mapping[str, Any]:
        null = [c for c in choices if c.get("type") == "null"]
        rest = [c for c in choices if c.get("type") != "null"]
        return null[0] if null and (depth >= DEEPEST or not rest) else rest[0]


def _type_of(schema: Mapping[str, Any], depth: int) -> str:
    """A union of types is its first that is not null, until the answer is too deep."""
    types = schema.get("type", "null")
    if isinstance(types, str):
        return types
    rest = [name for name in types if name != "null"]
    return "null" if "null" in types and depth >= DEEPEST else (rest or ["null"])[0]


def _phrases(prompt: str) -> list[str]:
    lines = (re.sub(r"^\s*([-*#>]+|\w+:)\s*", "", line).strip() for line in prompt.splitlines())
    parts = (part for line in lines for part in re.split(r"(?<=[.!?])\s+", line))
    told = [part for part in parts if len(part.split()) >= 3 and "<<<" not in part]
    return told or [prompt.strip() or "Nothing was said."]
