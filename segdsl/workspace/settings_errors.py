"""What is wrong in `segdsl.toml`, in words: which setting, what may stand there, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

import msgspec

_NOUNS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a section",
    "null": "nothing",
    "date": "a date",
}
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "array": list,
    "object": dict,
}
_EXAMPLES = {"str": '"text"', "int": "1", "array": '["text", "text"]', "bool": "true"}
_CURLY = "“”„‘’«»"


def syntax(text: str, error: Exception) -> tuple[str, str]:
    """(problem, help) of a text that is no TOML: the line is shown, and what most often is wrong with it."""
    place = re.search(r"\(at line (\d+)", str(error))
    lines = text.splitlines()
    line = lines[int(place[1]) - 1].strip()[:80] if place and int(place[1]) <= len(lines) else ""
    if any(c in line for c in _CURLY):
        help = f'texts stand in straight double quotes, as in name = "text"; it is: {line}'
    elif "twice" in str(error) or "overwrite" in str(error):
        help = f"each section and each setting stands once: put the two together; it is: {line}"
    elif line:
        help = f'a setting is written name = "text", a section [name.of.it]; it is: {line}'
    else:
        help = 'a setting is written name = "text", a section [name.of.it]'
    return f"can't be read: {error}", help


def wrong_setting(data: Mapping[str, Any], error: msgspec.ValidationError, top: type) -> tuple[str, str]:
    """(problem, help) of a setting that isn't as it must be, from msgspec's message and what was read."""
    where = re.search(r" - at `\$\.?(.*)`$", str(error))
    text = str(error)[: where.start()] if where else str(error)
    pattern = re.findall(r"[^.\[\]]+|\[\.\.\.\]", where[1]) if where else []
    unknown = re.search(r"unknown field `(.*)`", text)
    lacking = re.search(r"missing required field `(.*)`", text)
    kinds = re.search(r"Expected `(.*?)`, got `(\w+)`", text)
    choice = re.search(r"Invalid (?:enum )?value '(.*)'", text)
    places = list(_places(data, pattern))
    at_fault = (p for p in places if _is_at_fault(p[1], unknown, lacking, kinds, choice))
    place, value, above = next(at_fault, (".".join(pattern), None, ()))
    union = _type_at(top, pattern, above)
    typed = _of_kind(union, value)
    of = f" in [{place}]" if place else ""
    if unknown:
        names = [f.encode_name for f in msgspec.structs.fields(typed)] if _is_struct(typed) else []
        others = [t.__struct_config__ for t in _structs(union) if unknown[1] in t.__struct_fields__]
        if others:
            return (
                f"`{unknown[1]}`{of} is no setting of that kind",
                f"it is one of {others[0].tag_field} = {_or(o.tag for o in others)}",
            )
        near = difflib.get_close_matches(unknown[1], names, n=1, cutoff=0.6)
        help = f"did you mean `{near[0]}`?" if near else f"settings there are {', '.join(names)}" if names else ""
        return f"unknown setting `{unknown[1]}`{of}", help
    if lacking:
        kinds_there = _kinds(typed).get(lacking[1], ("…",))
        return f"the setting `{lacking[1]}` is missing{of}", f"as in {lacking[1]} = {_or(kinds_there)}"
    if kinds:
        wanted = [kind for kind in kinds[1].split(" | ") if kind != "null"]
        needed = " or ".join(_NOUNS.get(kind, kind) for kind in wanted)
        name = place.rpartition(".")[2]
        help = next((f"as in {name} = {_EXAMPLES[kind]}" for kind in wanted if kind in _EXAMPLES), "")
        return f"`{place}` needs {needed}, not {_NOUNS.get(kinds[2], kinds[2])}", help
    between = re.search(r"Expected `(?:int|float)` (>=|<=) (-?[\d.]+)", text)
    if between:
        least = "at least" if between[1] == ">=" else "at most"
        return f"`{place}` must be {least} {float(between[2]):,g}", ""
    if choice:
        *outer, last = pattern
        kinds_here = _kinds(_type_at(top, outer, above)).get(last, ())
        values = kinds_here or getattr(typed, "__args__", ())
        near = difflib.get_close_matches(choice[1], [str(v) for v in values], n=1, cutoff=0.6)
        help = f'did you mean "{near[0]}"? ' if near else ""
        listed = ", ".join(f'"{v}"' for v in values)
        return f"`{place}` can't be `{choice[1]}`", f"{help}it is one of {listed}"
    if "date" in text:
        return f"`{place}` is no date", "as in snapshot = 2026-11-01, without quotes"
    return f"{text}{of}", ""


def _or(values: Iterable[object]) -> str:
    return " or ".join(f'"{v}"' for v in values)


_Place = tuple[str, Any, tuple[Any, ...]]
"""A place by name, what stands there, and each thing that it stands in, from the top."""


def _places(data: Any, pattern: list[str], path: str = "", above: tuple[Any, ...] = ()) -> Iterator[_Place]:
    """Each place that a pattern of names stands for, `[...]` for any name."""
    if not pattern:
        yield path, data, above
        return
    first, *rest = pattern
    names = list(data) if first == "[...]" and isinstance(data, dict) else [first]
    for name in names:
        if isinstance(data, dict) and name in data:
            yield from _places(data[name], rest, f"{path}.{name}" if path else str(name), (*above, data))


def _is_at_fault(
    value: Any,
    unknown: re.Match[str] | None,
    lacking: re.Match[str] | None,
    kinds: re.Match[str] | None,
    choice: re.Match[str] | None,
) -> bool:
    if unknown:
        return isinstance(value, dict) and unknown[1] in value
    if lacking:
        return isinstance(value, dict) and lacking[1] not in value
    if kinds and kinds[2] in _KINDS:
        return isinstance(value, _KINDS[kinds[2]]) and not (kinds[2] == "int" and isinstance(value, bool))
    return str(value) == choice[1] if choice else True


def _type_at(top: type, pattern: list[str], above: Sequence[Any]) -> Any:
    """The type of what stands at a place, from the types of the settings above it."""
    found: Any = top
    for name, value in zip_longest(pattern, above[: len(pattern)]):
        found = _within(_of_kind(found, value), name)
    return found


def _within(outer: Any, name: str) -> Any:
    if name == "[...]":
        values = getattr(outer, "__args__", (None,))[-1]
        structs = _structs(values)
        return structs[0] if len(structs) == 1 else values
    return (
        next((f.type for f in msgspec.structs.fields(outer) if f.encode_name == name), None)
        if _is_struct(outer)
        else None
    )


def _of_kind(union: Any, value: Any) -> Any:
    """Of several kinds of settings the one that stands there; others as they are."""
    for struct in _structs(union):
        field, tag = struct.__struct_config__.tag_field, struct.__struct_config__.tag
        if field is not None and isinstance(value, dict) and value.get(field) == tag:
            return struct
    return union


def _kinds(union: Any) -> dict[str, tuple[Any, ...]]:
    """The setting that says of which kind settings are, with its values; empty where there is one kind."""
    tags: dict[str, tuple[Any, ...]] = {}
    for struct in _structs(union):
        field, tag = struct.__struct_config__.tag_field, struct.__struct_config__.tag
        if field is not None:
            tags[field] = (*tags.get(field, ()), tag)
    return tags


def _structs(union: Any) -> list[Any]:
    return [t for t in getattr(union, "__args__", ()) if _is_struct(t)]


def _is_struct(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, msgspec.Struct)
