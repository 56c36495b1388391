"""What strict schemas refuse: contracts/openai.md section 5."""

from collections.abc import Iterator
from typing import Any, Final

from pydantic import BaseModel

REFUSED_WORDS: Final = frozenset(
    ["default", "minLength", "maxLength", "pattern", "format", "minimum", "maximum"]
)


def assert_strict(model: type[BaseModel]) -> None:
    """A model's schema is one that OpenAI-compatible servers take."""
    for part in _objects(model.model_json_schema()):
        assert not REFUSED_WORDS & set(part)
        if part.get("type") == "object":
            assert part["additionalProperties"] is False
            assert sorted(part["required"]) == sorted(part["properties"])


def _objects(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from _objects(value)
    if isinstance(schema, list):
        for value in schema:
            yield from _objects(value)
