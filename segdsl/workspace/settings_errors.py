"""What is wrong in `segdsl.toml`, in words: which setting, what may stand there, and what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
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
    places = list(_places(data, pattern))
    place = next((p for p, value in places if _is_at_fault(value, unknown, lacking, kinds)), ".".join(pattern))
    of = f" in [{place}]" if place else ""
    if unknown:
        names = _settings(top, pattern)
        near = difflib.get_close_matches(unknown[1], names, n=1, cutoff=0.6)
        help = f"did you mean `{near[0]}`?" if near else f"settings there are {', '.join(names)}" if names else ""
        return f"unknown setting `{unknown[1]}`{of}", help
    if lacking:
        return f"the setting `{lacking[1]}` is missing{of}", f'as in {lacking[1]} = "…"'
    if kinds:
        wanted = [kind for kind in kinds[1].split(" | ") if kind != "null"]
        needed = " or ".join(_NOUNS.get(kind, kind) for kind in wanted)
        name = place.rpartition(".")[2]
        help = next((f"as in {name} = {_EXAMPLES[kind]}" for kind in wanted if kind in _EXAMPLES), "")
        return f"`{place}` needs {needed}, not {_NOUNS.get(kinds[2], kinds[2])}", help
    between = re.search(r"Expected `int` (>=|<=) (-?\d+)", text)
    if between:
        return f"`{place}` must be {'at least' if between[1] == '>=' else 'at most'} {int(between[2]):,}", ""
    choice = re.search(r"Invalid enum value '(.*)'", text)
    if choice:
        values = ", ".join(f'"{v}"' for v in getattr(_type_at(top, pattern), "__args__", ()))
        return f"`{place}` can't be `{choice[1]}`", f"it is one of {values}"
    if "date" in text:
        return f"`{place}` is no date", "as in snapshot = 2026-11-01, without quotes"
    return f"{text}{of}", ""


def _places(data: Any, pattern: list[str], path: str = "") -> Iterator[tuple[str, Any]]:
    """Each place that a pattern of names stands for, `[...]` for any name, with what stands there."""
    if not pattern:
        yield path, data
        return
    first, *rest = pattern
    names = list(data) if first == "[...]" and isinstance(data, dict) else [first]
    for name in names:
        if isinstance(data, dict) and name in data:
            yield from _places(data[name], rest, f"{path}.{name}" if path else str(name))


def _is_at_fault(
    value: Any, unknown: re.Match[str] | None, lacking: re.Match[str] | None, kinds: re.Match[str] | None
) -> bool:
    if unknown:
        return isinstance(value, dict) and unknown[1] in value
    if lacking:
        return isinstance(value, dict) and lacking[1] not in value
    if kinds and kinds[2] in _KINDS:
        return isinstance(value, _KINDS[kinds[2]]) and not (kinds[2] == "int" and isinstance(value, bool))
    return True


def _settings(top: type, pattern: list[str]) -> list[str]:
    """Names of the settings at a place, from the types of the settings above it."""
    found = _type_at(top, pattern)
    return [f.encode_name for f in msgspec.structs.fields(found)] if _is_struct(found) else []


def _type_at(top: type, pattern: list[str]) -> Any:
    found: Any = top
    for name in pattern:
        found = _within(found, name)
    return found


def _within(outer: Any, name: str) -> Any:
    if name == "[...]":
        values = getattr(outer, "__args__", (None,))[-1]
        return next((t for t in getattr(values, "__args__", ()) if _is_struct(t)), values)
    return (
        next((f.type for f in msgspec.structs.fields(outer) if f.encode_name == name), None)
        if _is_struct(outer)
        else None
    )


def _is_struct(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, msgspec.Struct)
