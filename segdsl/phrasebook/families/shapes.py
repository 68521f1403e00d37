"""Shapes of declarations: arms in a segment, two `when`s, rows inside a customer of a test, SELECT … WHERE."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_META = ("goal", "owner", "basis", "review", "when", "segment", "play", "overrides", "undecided", "otherwise")


def _grouped(text: str) -> str:
    """A condition that another is joined to by `and`."""
    return f"({text})" if re.search(r"\bor\b", text) else text


def _two_whens(match: Match) -> str:
    return f"when {_grouped(match.text('a'))} and {_grouped(match.text('b'))}"


def _is_arm(match: Match, brace: int) -> bool:
    """Tells whether the `{` at a place opens a segment."""
    around, at = match.around, brace - 1
    while at >= 0 and brace - at < 8 and around.lower(at) not in ("{", "}"):
        if around.lower(at) in ("segment", "arm"):
            return True
        at -= 1
    return False


def _without_when(match: Match) -> str | None:
    first = match.around.lower(match.start + 1)
    return "{ when {c} }" if _is_arm(match, match.start) and first not in _META else None


def _other_when(match: Match) -> str | None:
    return "when" if match.around.lower(match.start - 1) == "{" and _is_arm(match, match.start - 1) else None


def _new_play(match: Match) -> str:
    """A play by its words: it has a name, and is declared outside."""
    title = match.text("t")
    name = _slug(title[1:-1])
    declared = "" if name in match.around.names.others else f" \f play {name} {title} {{ }}"
    return f"when {match.text('c')} play {name}{declared}" if match.slots.get("c") else f"play {name}{declared}"


def _slug(title: str) -> str:
    return re.sub(r"\W+", "_", title.lower()).strip("_") or "play"


def _nested(match: Match) -> str | None:
    """Segments or arms inside a segment: each stands by itself, with the outer condition, the narrower first."""
    outer = match.slots["b"][1:-1]
    starts = [i for i, t in enumerate(outer) if t.lower in ("segment", "arm") and i and outer[i - 1].text != "="]
    if not starts or outer[0].lower != "when":
        return None
    condition = _grouped(joined(outer[1 : starts[0]]).strip())
    about = f" of {match.text('e')}" if match.slots.get("e") else ""
    parts = list[str]()
    for start, end in zip(starts, [*starts[1:], len(outer)]):
        inner = _arm(outer[start:end], condition, about)
        if inner is None:
            return None
        parts.append(inner)
    if outer[starts[0]].lower == "segment":
        title = f" {match.text('t')}" if match.slots.get("t") else ""
        parts.append(f"segment {match.text('n')}{title}{about} {{ when {joined(outer[1 : starts[0]]).strip()} }}")
    return "\n  ".join(parts)


def _arm(tokens: Sequence[Token], condition: str, about: str) -> str | None:
    opened = next((i for i, t in enumerate(tokens) if t.text == "{"), None)
    if opened is None or tokens[-1].text != "}" or opened + 1 >= len(tokens) or tokens[opened + 1].lower != "when":
        return None
    head, inside = joined(tokens[1:opened]).strip(), joined(tokens[opened + 2 : -1]).strip()
    if any(t.lower in ("segment", "arm", "limit") for t in tokens[opened:]):
        return None
    rule, play, rest = inside.partition(" play ")
    return f"segment {head}{about} {{ when {condition} and {_grouped(rule.strip())}{play}{rest} }}"


def _rows_of_a_customer(match: Match) -> str | None:
    """`account bravo { logins: 2026-09-20 }`: rows stand on lines of their own."""
    names, entity, key = match.around.names, match.text("e"), match.text("k")
    if names.schema is None or entity not in names.schema.relations or match.around.lower(match.start - 1) == "of":
        return None
    cells, rows, at = list[str](), list[str](), 0
    inner = match.slots["b"][1:-1]
    while at < len(inner):
        end = at + 1
        depth = 0
        while end < len(inner) and (
            depth
            or not (
                inner[end].text == ","
                or (end + 1 < len(inner) and inner[end + 1].text == ":" and inner[end].kind == "word")
            )
        ):
            depth += (inner[end].text in ("(", "[")) - (inner[end].text in (")", "]"))
            end += 1
        cell = inner[at:end]
        days = [t.text for t in cell[2:] if t.kind == "date"]
        others = [t for t in cell[2:] if t.kind != "date" and t.text not in ("(", ")", "[", "]", ",")]
        if cell and cell[0].lower in names.tables and days and not others:
            rows += [f"{cell[0].lower} of {key} {{ at: {day} }}" for day in days]
        elif cell:
            cells.append(joined(cell).strip())
        at = end + (end < len(inner) and inner[end].text == ",")
    if not rows:
        return None
    return f"{entity} {key} {{ {', '.join(cells)} }}\n  " + "\n  ".join(rows)


def _set_of_texts(match: Match) -> str | None:
    """`tags: {"a", "b"}`: the values of a set stand in round brackets."""
    around, inner = match.around, match.slots["b"][1:-1]
    is_cell = around.lower(match.start) in around.names.fields and all(t.kind == "text" or t.text == "," for t in inner)
    return f"{match.text('f')}: ({joined(inner).strip()})" if is_cell else None


def _expected(match: Match) -> str | None:
    """`expect carol is "Big"`: the arm by its path."""
    path = match.around.names.rules.get(match.text("v").strip('"').lower())
    return (
        None
        if path is None
        else f"expect {match.text('k')} {'not ' if {'not', '!='} & {*match.words} else ''}in {path}"
    )


def _one_name(match: Match) -> str | None:
    words = [match.text(slot) for slot in "abc" if match.slots.get(slot)]
    if any(w.lower() in ("of", "where", "candidate", "from", "at") for w in words):
        return None
    label = " ".join(words)
    title = match.text("t") or f'"{label[0].upper()}{label[1:]}"'
    return f"{match.words[0]} {'_'.join(words).lower()} {title} {match.words[-1]}"


def _without_dashes(match: Match) -> str | None:
    """`segment at-risk`: a name with dashes, which stand between letters without blanks."""
    around, end = match.around, match.start + 2
    while around.lower(end) in ("-", "–") and around.kind(end + 1) == "word":
        end += 2
    name = around.tokens[match.start + 1 : end]
    own = match.start == 0 or around.lower(0) == "segmentation"
    goes_on = around.kind(end) == "word" and around.lower(end) not in ("of", "for", "is", "where", "when")
    if not own or end != match.end or goes_on or any(t.gap for t in name[1:]):
        return None  # where more words follow, they are a title
    return f"{match.words[0]} {'_'.join(t.lower for t in name if t.kind == 'word')}"


def _selected(match: Match) -> str | None:
    """`SELECT … FROM account WHERE …` as a segment."""
    names = match.around.names
    if match.start and match.around.lower(match.start - 1) not in (";", "}"):
        return None
    entity = names.entity_called(match.text("e")) if match.slots.get("e") else names.entity
    if entity is None:
        return None
    before = sum(t.lower == "segment" for t in match.around.tokens[: match.start])
    return f"segment selected{f'_{before + 1}' if before else ''} of {entity} {{\n  when {match.text('c')}\n}}\n"


def _named_condition(match: Match) -> str | None:
    if match.start or (entity := match.text("e") or match.around.names.entity) == "":
        return None
    title = f" {match.text('t')}" if match.slots.get("t") else ""
    return f"segment {match.text('n')}{title} of {entity} {{ when {joined(match.slots['c']).strip()} }}"


FAMILY = Family(
    "Shapes of declarations",
    7,
    (
        row(
            "where {c:condition}",
            "filter :? {c:condition}",
            to=lambda m: _selected(m) if m.start == 0 else None,
            note="a rule is a `segment` with a condition after `when`",
            where="anywhere",
            sure=False,
            examples=(('where plan = "team"', 'segment selected of account { when plan = "team" }'),),
        ),
        row(
            "segment {n:name} {t:text} of {e:name} = {c:condition}",
            "segment {n:name} of {e:name} = {c:condition}",
            "segment {n:name} {t:text} = {c:condition}",
            "segment {n:name} = {c:condition}",
            "segment {n:name} : {c:condition}",
            to=_named_condition,
            examples=(
                ("segment large = seats > 10", "segment large of account { when seats > 10 }"),
                (
                    'segment large "Large" of account = seats > 10',
                    'segment large "Large" of account { when seats > 10 }',
                ),
            ),
            note="a condition stands after `when`, in braces",
            where="anywhere",
        ),
        row(
            "segment {n:name} {t:text} of {e:name} {b:braces}",
            "segment {n:name} of {e:name} {b:braces}",
            "segment {n:name} {t:text} {b:braces}",
            "segment {n:name} {b:braces}",
            to=_nested,
            examples=(
                (
                    "segment big of account { when seats > 10 segment huge { when seats > 100 } }",
                    "segment huge of account { when seats > 10 and seats > 100 } segment big of account { when seats > 10 }",
                ),
                (
                    'segment big of account { when seats > 10 arm calls { when plan = "team" } arm mails { when plan = "free" } }',
                    'segment calls of account { when seats > 10 and plan = "team" } segment mails of account { when seats > 10 and plan = "free" }',
                ),
            ),
            note="segments don't nest: each stands by itself, the narrower first",
            where="anywhere",
            sure=False,
        ),
        row(
            "when :",
            to="when",
            where="anywhere",
            examples=(
                ("segment large of account { when: seats > 10 }", "segment large of account { when seats > 10 }"),
            ),
        ),
        row(
            "where/if",
            "rule/condition/criteria/filter :? when?",
            to=_other_when,
            note="a condition stands after `when`",
            where="anywhere",
            examples=(
                ("segment large of account { where seats > 10 }", "segment large of account { when seats > 10 }"),
            ),
        ),
        row(
            "{ {c:condition} }",
            to=_without_when,
            examples=(("segment large of account { seats > 10 }", "segment large of account { when seats > 10 }"),),
            note="a condition stands after `when`",
            where="anywhere",
        ),
        row(
            "when {a:condition} when {b:condition}",
            to=_two_whens,
            examples=(
                (
                    'segment large of account { when seats > 10 when plan = "team" }',
                    'segment large of account { when seats > 10 and plan = "team" }',
                ),
            ),
            note="two conditions are joined by `and`",
            where="anywhere",
        ),
        row(
            "play {p:name} if/when/where {c:condition}",
            to="when {c} play {p}",
            note="the condition stands before `play`",
            where="anywhere",
            examples=(
                (
                    "segment large of account { play calls if seats > 10 } play calls { }",
                    "segment large of account { when seats > 10 play calls } play calls { }",
                ),
            ),
        ),
        row(
            "play {t:text}",
            to=lambda m: _new_play(m) if m.around.lower(0) in ("segment", "segmentation") else None,
            note="a play is named, and declared outside",
            where="anywhere",
            sure=False,
            examples=(
                (
                    'segment large of account { when seats > 10 play "Call them" }',
                    'segment large of account { when seats > 10 play call_them } play call_them "Call them" { }',
                ),
            ),
        ),
        row(
            "{e:name} {k:name} {b:braces}",
            to=_rows_of_a_customer,
            note="rows of a customer stand on lines of their own",
            where="anywhere",
            examples=(
                (
                    'test "quiet" as of 2026-11-01 { account acme { plan: "team", logins: 2026-09-20 } expect none(acme.logins in last 30 days) }',
                    'test "quiet" as of 2026-11-01 { account acme { plan: "team" } logins of acme { at: 2026-09-20 } expect none(acme.logins in last 30 days) }',
                ),
            ),
        ),
        row(
            "{f:name} : {b:bracketed}",
            to=_set_of_texts,
            note="the values of a set stand in round brackets",
            where="anywhere",
            examples=(
                (
                    'test "quiet" { account acme { tags: {"vip", "beta"} } expect acme.tags has "vip" }',
                    'test "quiet" { account acme { tags: ("vip", "beta") } expect acme.tags has "vip" }',
                ),
                (
                    'test "quiet" { account acme { tags: ["vip"] } expect acme.tags has "vip" }',
                    'test "quiet" { account acme { tags: ("vip") } expect acme.tags has "vip" }',
                ),
            ),
        ),
        row(
            "expect {k:name} is/are/=/!= not? in? {v:text}",
            "expect {k:name} is/=/!= not? in? {v:name}",
            "expect {k:name} not? in {v:text}",
            "expect {k:name} should_be/gets/goes_to/belongs_to in? {v:text}",
            to=_expected,
            note="where a customer belongs is asked with `in`",
            where="anywhere",
            examples=(
                (
                    'test "size" { account acme { seats: 2_000 } expect acme is "Very important" }',
                    'test "size" { account acme { seats: 2_000 } expect acme in vips }',
                ),
            ),
        ),
        row(
            "segment/segmentation/metric/score {a:name} {b:name} {c:name} {t:text} of/{/=",
            "segment/segmentation/metric/score {a:name} {b:name} {t:text} of/{/=",
            "segment/segmentation/metric/score {a:name} {b:name} {c:name} of/{/=",
            "segment/segmentation/metric/score {a:name} {b:name} of/{/=",
            to=_one_name,
            examples=(
                (
                    "segment large ones of account { when seats > 10 }",
                    "segment large_ones of account { when seats > 10 }",
                ),
                (
                    'segment large ones "Large" of account { when seats > 10 }',
                    'segment large_ones "Large" of account { when seats > 10 }',
                ),
            ),
            note="a name is one word; its words stand in quotes after it",
            where="anywhere",
            sure=False,
        ),
        row(
            "segment/segmentation/metric/score/list/play {a:name} -/– {b:name} -/– {c:name} -/– {d:name}",
            "segment/segmentation/metric/score/list/play {a:name} -/– {b:name} -/– {c:name}",
            "segment/segmentation/metric/score/list/play {a:name} -/– {b:name}",
            to=_without_dashes,
            note="a name has `_` for a dash",
            where="anywhere",
            sure=False,
            examples=(
                (
                    "segment large-ones of account { when seats > 10 }",
                    "segment large_ones of account { when seats > 10 }",
                ),
            ),
        ),
    ),
)
