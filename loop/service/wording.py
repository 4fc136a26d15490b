"""Validation findings in plain words: where, what stood there, what was expected."""

import difflib
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ValidationError

from loop.errors import Problem

WHOLE = "the whole"
"""The place of a finding that is about no single key."""

_LONG = 80
_EXPECTED = {
    "missing": "a value: it is required",
    "string_type": "text in quotes",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a table of keys and values",
    "model_type": "a table of keys and values",
    "model_attributes_type": "a table of keys and values",
    "tuple_type": "a list in brackets",
    "list_type": "a list in brackets",
    "union_tag_not_found": "the key kind",
}

_TAGS = {("objective", kind) for kind in ("maximize", "minimize", "target")} | {
    ("space", kind) for kind in ("pool", "generated", "pool+generated")
}


def problems_of(error: ValidationError, source: str, model: type[BaseModel]) -> list[Problem]:
    """Return every finding of a failed validation, each with its place."""
    return [_problem(finding, source, model) for finding in error.errors()]


def _problem(finding: Any, source: str, model: type[BaseModel]) -> Problem:
    steps = [s for s in finding["loc"] if s != "[key]"]
    place = _place(steps)
    kind, context = finding["type"], finding.get("ctx", {})
    value = finding["input"]
    shown = "nothing" if kind == "missing" else _shown(value)
    if kind == "union_tag_invalid":
        # The value is the whole section; what is wrong is its kind alone.
        place = f"{place}.kind" if place else "kind"
        shown = str(context["tag"])
    if kind == "extra_forbidden":
        return Problem(source, place, shown, _known_keys(str(steps[-1]), steps[:-1], model))
    return Problem(source, place or WHOLE, shown, _expected(kind, context, finding["msg"]))


def _place(steps: Iterable[Any]) -> str:
    text = ""
    for step in steps:
        if (text, step) in _TAGS:
            # The tag of the union is not a key of the file.
            continue
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _shown(value: Any) -> str:
    if isinstance(value, dict) and len(repr(value)) > _LONG:
        return f"the keys {', '.join(map(str, value))}"
    return value if isinstance(value, str) else repr(value)


def _expected(kind: str, context: dict[str, Any], message: str) -> str:  # noqa: C901
    # One arm per kind of finding.
    if kind in _EXPECTED:
        return _EXPECTED[kind]
    match kind:
        case "greater_than":
            return f"a number greater than {context['gt']:g}"
        case "greater_than_equal":
            return f"a number of at least {context['ge']:g}"
        case "less_than":
            return f"a number less than {context['lt']:g}"
        case "less_than_equal":
            return f"a number of at most {context['le']:g}"
        case "literal_error" | "enum":
            return f"one of {context['expected']}"
        case "union_tag_invalid":
            return _one_of(context["tag"], str(context["expected_tags"]))
        case "string_pattern_mismatch":
            return f"lower-case letters, digits and separators (pattern {context['pattern']})"
        case "too_short" | "string_too_short":
            return f"at least {context['min_length']} of them"
        case "too_long" | "string_too_long":
            return f"at most {context['max_length']} of them"
        case "value_error":
            return str(context["error"])
        case _:
            return message


def _one_of(given: str, known: str) -> str:
    near = difflib.get_close_matches(given, [name.strip(" '") for name in known.split(",")], n=1)
    return f"one of {known}" + (f"; did you mean {near[0]!r}?" if near else "")


def _known_keys(key: str, steps: list[Any], model: type[BaseModel]) -> str:
    known = _fields_at(steps, model)
    if not known:
        return "no such key here"
    near = difflib.get_close_matches(key, known, n=1)
    return f"{near[0]!r}?" if near else f"one of the keys: {', '.join(sorted(known))}"


def _fields_at(steps: list[Any], model: type[BaseModel]) -> list[str]:
    """Return the keys allowed at a place, by way of the JSON schema, which resolves unions."""
    schema = model.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    node: Any = schema
    for step in steps:
        node = _resolve(node, definitions)
        if isinstance(node, list):
            node = next((n for n in node if step in str(n.get("properties", {}).get("kind"))), {})
            continue
        if "properties" in node and step in node["properties"]:
            node = node["properties"][step]
        elif isinstance(step, int):
            node = node.get("items", {})
        else:
            by_pattern = list(node.get("patternProperties", {}).values())
            node = by_pattern[0] if by_pattern else node.get("additionalProperties") or {}
    node = _resolve(node, definitions)
    return list(node.get("properties", {})) if isinstance(node, dict) else []


def _resolve(node: Any, definitions: dict[str, Any]) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[1]]
    if isinstance(node, dict) and "oneOf" in node:
        return [_resolve(n, definitions) for n in node["oneOf"]]
    return node
