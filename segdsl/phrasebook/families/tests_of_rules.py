"""Tests of rules as people set them out: given and then, tables of cases, `assert`."""

from __future__ import annotations

import re

from segdsl.model import types as ty
from segdsl.model.schema import Relation
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_TRUE = ("yes", "true", "y", "ja", "1", "in")
_FALSE = ("no", "false", "n", "nein", "0", "out")


def _in_test(line: str | None, match: Match) -> str | None:
    return line if match.around.lower(0) == "test" else None


def _quoted(match: Match) -> str | None:
    """A title without quotes."""
    words = [m.text for name in "abcdef" for m in match.slots.get(name, ())]
    after = match.words[-1]
    if match.start or not words:
        return None
    return f'test "{" ".join(words)}" {after}'


def _braces_of_row(match: Match) -> str | None:
    """`account acme: { … }`, `account acme ( … )`: the cells of a row in braces."""
    names = match.around.names
    kind = match.text("e")
    known = names.schema is not None and kind in names.schema.relations
    if not known or match.around.lower(0) != "test":
        return None
    inner = match.slots["b"][1:-1] if match.slots["b"][0].text in ("{", "(", "[") else match.slots["b"]
    return f"{kind} {match.text('k')} {{ {joined(inner).strip()} }}"


def _is_cell(match: Match) -> bool:
    """Whether a match stands among the cells of a row."""
    around = match.around
    if around.lower(0) != "test":
        return False
    depth = 0
    for at in range(match.start - 1, -1, -1):
        depth += (around.lower(at) == "}") - (around.lower(at) == "{")
        if depth < 0:
            return around.kind(at - 1) in ("word", "text") and around.lower(at - 1) not in ("}",) and at > 3
    return False


def _cell(match: Match) -> str | None:
    name = match.text("f") if match.slots.get("f") else match.text("t")[1:-1]
    return f"{name}:" if _is_cell(match) else None


def _expected(match: Match) -> str | None:
    """`expect acme.vips = true` and `expect vips contains acme`: where a customer belongs is asked with `in`."""
    path = match.around.names.rules.get(match.text("r").lower())
    if path is None or match.around.lower(0) != "test":
        return None
    no = any(w in ("not", "false", "no", "!=") for w in match.words) or any(w.endswith("n't") for w in match.words)
    return f"expect {match.text('k')} {'not ' if no else ''}in {path}"


def _equal(match: Match) -> str | None:
    """`expect acme in vips = inside`: brackets around what is compared."""
    return _in_test(f"expect ({match.text('k')} in {match.text('r')}) = {match.text('v')}", match)


def _cases(match: Match) -> str | None:
    """A table of cases: a line of names, then a line of values for each case."""
    lines = list[list[list[Token]]]()
    for i, token in enumerate(match.slots["x"]):
        if i == 0 or "\n" in token.gap:
            lines.append([[]])
        if token.text in ("|", ",", ";", "\t"):
            lines[-1].append([])
        else:
            lines[-1][-1].append(token)
    rows = [
        [cell for cell in line if cell] for line in lines if not all(set(joined(c)) <= set("-:") for c in line if c)
    ]
    if (
        len(rows) < 2
        or any(len(r) != len(rows[0]) or any(len(c) > 3 for c in r) for r in rows)
        or match.around.lower(0) != "test"
    ):
        return None
    names = [joined(c) for c in rows[0]]
    if not all(n.isidentifier() for n in names):
        return None
    values = [[_value(joined(c)) for c in r] for r in rows[1:]]
    cases = [f"case {{ {', '.join(f'{n}: {v}' for n, v in zip(names, r))} }}" for r in values]
    return "\n  ".join(cases) + f"\n  {match.words[-1]}"


def _value(text: str) -> str:
    return "true" if text.lower() in _TRUE[:4] else "false" if text.lower() in _FALSE[:4] else text


def _case(match: Match) -> str | None:
    cells = match.slots["x"]
    return (
        _in_test(f"case {{ {joined(cells)} }} {match.words[-1]}", match)
        if cells[0].text != "{" and any(t.text == ":" for t in cells)
        else None
    )


_TEST = 'test "large" as of 2026-11-01 { account acme { seats: 2_000 } expect acme in vips }'


def _row_of(match: Match) -> str | None:
    """`logins { account_id: acme, occurred_at: … }`: a row says whose it is before its braces."""
    relation = (
        match.around.names.schema.relations.get(match.text("t")) if match.around.names.schema is not None else None
    )
    before = match.around.lower(match.start - 1)
    if relation is None or relation.kind != "table" or match.around.lower(0) != "test" or before in ("of", "."):
        return None
    inner, owners, at = match.slots["b"][1:-1], ("", relation.by, relation.of), 0
    cells, owner = list[str](), ""
    starts = [i for i in range(len(inner) - 1) if inner[i + 1].text in (":", "=") and inner[i].kind in ("word", "text")]
    for at, end in zip(starts, [*starts[1:], len(inner)]):
        name, value = inner[at].text.strip('"'), joined(inner[at + 2 : end]).strip().rstrip(",")
        if name in owners:
            owner = value
        else:
            cells.append(f"{'at' if name == relation.at else name}: {value}")
    return f"{relation.name} of {owner} {{ {', '.join(cells)} }}" if owner else None


def _day_inside(match: Match) -> str | None:
    """The day of a test among what is given."""
    inner = match.slots["b"]
    at = next(
        (
            i
            for i, t in enumerate(inner)
            if t.kind == "date"
            and (inner[i - 1].lower in ("on", "today") or (inner[i - 2].lower, inner[i - 1].lower) == ("as", "of"))
        ),
        None,
    )
    if match.start or at is None:
        return None
    first = at - 2 if inner[at - 1].lower == "of" else at - 1
    return f"test {match.text('t')} as of {inner[at].text} {joined([*inner[:first], *inner[at + 1 :]])}"


_QUIET = 'test "quiet" as of 2026-11-01 { account acme { seats: 1 } logins of acme { at: 2026-10-20 } expect any(acme.logins in last 30 days) }'


_PEOPLE = "entity member of account by account_id reverse members { member_id: text key } table visits of member by member_id at seen_at { }\n"
_VISITED = 'test "seen" as of 2026-11-01 { account acme { seats: 1 } PERSONvisits of WHO { at: 2026-10-20 } expect acme not in vips }'


def _called(match: Match) -> str | None:
    """`acme = account(plan="team")`: a customer with its fields."""
    names = match.around.names
    if match.around.lower(0) != "test" or names.schema is None or match.text("e") not in names.schema.relations:
        return None
    inner = joined(match.slots["b"][1:-1]).strip()
    cells = re.sub(r"(\w+)\s*=\s*", r"\1: ", inner)
    return f"{match.text('e')} {match.text('k')} {{ {cells} }}"


def _day_in_quotes(match: Match) -> str | None:
    """A day of a cell in quotes."""
    named = match.around.names.described(match.text("f")) if _is_cell(match) else None
    day = re.fullmatch(r'"(\d{4}-\d\d-\d\d)"', match.text("t"))
    return f"{{f}}: {day[1]}" if named is not None and day and isinstance(named.type, ty.Date | ty.Timestamp) else None


def _in_arm(match: Match) -> str | None:
    """`assert motion(acme) == "save"`."""
    path = f"{match.text('s')}.{match.text('v')[1:-1]}"
    no = "not " if "!=" in match.words else ""
    return (
        _in_test(f"expect {match.text('k')} {no}in {path}", match)
        if path in match.around.names.rules.values()
        else None
    )


def _both(match: Match) -> str | None:
    """`expect acme and bravo in vips`: of each."""
    no = "not " if "not" in match.words else ""
    path = match.text("r").replace(" ", "")
    return _in_test(f"expect {match.text('a')} {no}in {path} expect {match.text('k')} {no}in {path}", match)


def _rows_of_a_member(match: Match) -> str | None:
    """`logins of acme`, where logins belong to users and the test has none: a user of acme, and its logins."""
    names, key = match.around.names, match.text("k")
    schema, words = names.schema, [t.text for t in match.around.tokens]
    if schema is None or words[0] != "test":
        return None

    def owner_of(table: str) -> Relation | None:
        relation = schema.relations.get(table)
        return None if relation is None else schema.relations.get(relation.of or "")

    owner = owner_of(match.text("t"))
    entities = [
        words[i - 1] for i in range(1, len(words) - 1) if words[i + 1] == "{" and words[i - 1] in schema.relations
    ]
    whose = [words[i - 1] for i in range(1, len(words) - 1) if words[i : i + 2] == [key, "{"] and words[i - 1] != "of"]
    if owner is None or not owner.of or not owner.by or whose != [owner.of] or owner.name in entities:
        return None
    member = f"{key}_{owner.name}"
    rows = [
        i for i in range(len(words) - 3) if words[i + 1 : i + 4] == ["of", key, "{"] and owner_of(words[i]) == owner
    ]
    added = f"{owner.name} {member} {{ {owner.by}: {key} }} " if match.start == rows[0] else ""
    return f"{added}{match.text('t')} of {member} {{"


def _written(old: str, new: str) -> tuple[str, str]:
    return _TEST.replace(new, old), _TEST


FAMILY = Family(
    "Tests of rules",
    3,
    (
        row(
            "test {a:name} as/{",
            "test {a:name} {b:word} as/{",
            "test {a:name} {b:word} {c:word} as/{",
            "test {a:name} {b:word} {c:word} {d:word} as/{",
            "test {a:name} {b:word} {c:word} {d:word} {e:word} as/{",
            to=_quoted,
            note="a test's title stands in quotes",
            where="anywhere",
            examples=(("test large as of 2026-11-01 { account acme { seats: 2_000 } expect acme in vips }", _TEST),),
        ),
        row(
            "on/at/for {d:date} {",
            "as_of/as : {d:date} {",
            to=lambda m: _in_test("as of {d} {", m) if m.start <= 4 else None,
            note="the day stands after `as of`",
            where="anywhere",
            examples=(_written('"large" on 2026-11-01', '"large" as of 2026-11-01'),),
        ),
        row(
            "test {t:text} {b:braces}",
            to=_day_inside,
            note="the day stands before the braces",
            where="anywhere",
            examples=(('test "large" { account acme { seats: 2_000 } on 2026-11-01 expect acme in vips }', _TEST),),
        ),
        row(
            "and/with/has no/without/zero {t:table}",
            to=lambda m: _in_test("", m) if m.around.lower(m.start - 1) == "}" else None,
            note="rows that aren't given aren't there",
            where="anywhere",
            sure=False,
            examples=((_TEST.replace("expect", "and no logins expect"), _TEST),),
        ),
        row(
            "{t:name} {b:braces}",
            to=_row_of,
            note="a row says whose it is before its braces, and its time is `at`",
            where="anywhere",
            examples=((_QUIET.replace("logins of acme { at: ", "logins { account_id: acme, occurred_at: "), _QUIET),),
        ),
        row(
            "given/with/when/if/a/an :? {e:name} {k:name} {",
            to=lambda m: _in_test("{e} {k} {", m),
            note="a customer is its entity and key, and what is expected stands after `expect`",
            where="anywhere",
            examples=(_written("given account acme {", "account acme {"),),
        ),
        row(
            "then/assert/should/verify/ensure/check/require that? {k:name} not? in",
            to=lambda m: _in_test(f"expect {m.text('k')} {'not ' if 'not' in m.words else ''}in", m),
            note="what is expected stands after `expect`",
            where="anywhere",
            examples=(_written("assert acme in vips", "expect acme in vips"),),
        ),
        row(
            "{k:name} = {e:name} {b:list}",
            to=_called,
            note="a customer is its entity and key, with its fields in braces",
            where="anywhere",
            examples=(_written("acme = account(seats=2_000)", "account acme { seats: 2_000 }"),),
        ),
        row(
            "{f:name} : {t:text}",
            to=_day_in_quotes,
            note="dates stand without quotes",
            where="anywhere",
            examples=(
                (_TEST.replace("seats: 2_000", 'seats: 2_000, signed_on: "2026-01-01"'), _TEST.replace("seats: 2_000", "seats: 2_000, signed_on: 2026-01-01")),
            ),
        ),
        row(
            "expect/assert that? {s:name} ( {k:name} ) =/==/is/!= {v:text}",
            to=_in_arm,
            note="where a customer belongs is asked with `in`",
            where="anywhere",
            examples=(
                ('test "large" as of 2026-11-01 { account acme { seats: 200 } assert growth(acme) == "stars" }', 'test "large" as of 2026-11-01 { account acme { seats: 200 } expect acme in growth.stars }'),
            ),
        ),
        row(
            "expect/assert that? {k:name} to_be/should_be/is/to_not_be/not_to_be/is_not/isn't/should_not_be not? in {r:name}",
            "expect/assert that? {k:name} . {r:name} =/!=/is/== true/false/yes/no",
            "expect/assert {k:name} . {r:name}",
            "expect/assert {r:name} contains/has/includes not? {k:name}",
            to=_expected,
            note="where a customer belongs is asked with `in`",
            where="anywhere",
            examples=(_written("expect acme.vips = true", "expect acme in vips"), _written("expect vips contains acme", "expect acme in vips")),
        ),
        row(
            "expect {a:name} and/,/& {k:name} not? in {r:path}",
            "expect both {a:name} and/,/& {k:name} not? in {r:path}",
            "expect {a:name} and/,/& {k:name} to_be/are/be not? in {r:path}",
            to=_both,
            note="one `expect` for each customer",
            where="anywhere",
            examples=(
                ('test "large" { account acme { seats: 2_000 } account bravo { seats: 3_000 } expect acme and bravo in vips }', 'test "large" { account acme { seats: 2_000 } account bravo { seats: 3_000 } expect acme in vips expect bravo in vips }'),
            ),
        ),
        row(
            "{t:name} of {k:name} {",
            to=_rows_of_a_member,
            note="these rows belong to a person of the customer, who is added",
            sure=False,
            where="anywhere",
            examples=(
                (_PEOPLE + _VISITED.replace("PERSON", "").replace("WHO", "acme"), _PEOPLE + _VISITED.replace("PERSON", "member acme_member { account_id: acme } ").replace("WHO", "acme_member")),
            ),
        ),
        row(
            "expect {k:name} in {r:path} =/==/is {v:word}",
            to=_equal,
            note="what is compared stands in brackets",
            where="anywhere",
            examples=(('test "border" { account acme { seats: n } case { n: 1_001, inside: true } expect acme in vips = inside }', 'test "border" { account acme { seats: n } case { n: 1_001, inside: true } expect (acme in vips) = inside }'),),
        ),
        row(
            "{e:name} {k:name} : {b:bracketed}",
            "{e:name} {k:name} = {b:bracketed}",
            "{e:name} {k:name} {b:list}",
            to=_braces_of_row,
            note="the fields of a customer stand in braces",
            where="anywhere",
            examples=(_written("account acme: { seats: 2_000 }", "account acme { seats: 2_000 }"), _written("account acme ( seats: 2_000 )", "account acme { seats: 2_000 }")),
        ),
        row(
            "{f:word} =/is/==",
            "{t:text} :/=",
            to=_cell,
            note="a field's value stands after `:`",
            where="anywhere",
            examples=(_written("seats = 2_000", "seats: 2_000"), _written('"seats": 2_000', "seats: 2_000")),
        ),
        row(
            "of {k:name} : {d:date}",
            to=lambda m: _in_test(f"of {m.text('k')} {{ at: {m.text('d')} }}", m),
            note="a row's time is `at`",
            where="anywhere",
            examples=((_QUIET.replace("{ at: 2026-10-20 }", ": 2026-10-20"), _QUIET),),
        ),
        row(
            "of {k:name} { date/time/day/when/on/occurred_at/timestamp :",
            to=lambda m: _in_test("of {k} { at:", m) if m.words[3] not in m.around.names.fields else None,
            note="a row's time is `at`",
            where="anywhere",
            examples=((_QUIET.replace("at: ", "date: "), _QUIET),),
        ),
        row(
            "cases/examples/case/where :? {x:anything} expect/account",
            to=_cases,
            note="each case stands in braces of its own",
            where="anywhere",
            sure=False,
            examples=(('test "border" { account acme { seats: n }\n cases\n n | inside\n 1_000 | no\n 1_001 | yes\n expect (acme in vips) = inside }', 'test "border" { account acme { seats: n } case { n: 1_000, inside: false } case { n: 1_001, inside: true } expect (acme in vips) = inside }'),),
        ),
        row(
            "case {x:anything} expect/case/account",
            to=_case,
            note="a case stands in braces",
            where="anywhere",
            examples=(('test "border" { account acme { seats: n } case n: 1_001, inside: true expect (acme in vips) = inside }', 'test "border" { account acme { seats: n } case { n: 1_001, inside: true } expect (acme in vips) = inside }'),),
        ),
    ),
)  # fmt: skip
