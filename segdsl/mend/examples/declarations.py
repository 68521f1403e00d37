"""Declarations of each kind, with the names and figures that a declaration which can't be read names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from segdsl.mend.examples.example import Example
from segdsl.mend.examples.lines import RATIOS, lines_with
from segdsl.mend.examples.said import JOINS, Said, events, find_subjects, most_usual
from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation
from segdsl.phrasebook.english.things import Noun, Scope
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token


def declarations(kind: str, own: str, scope: Scope | None, tokens: Sequence[Token]) -> Iterator[Example]:
    """Yields a declaration of a kind with what its `tokens` name; `own` is the name that the person gave it."""
    if scope is None:
        line = 'entity account { account_id: text key  plan: one of ("free", "team") }'
        yield Example("entity", line, line, "declaration")
        return
    entity, key = scope.relation.name, scope.relation.key
    usual = [line for subject in most_usual(scope) for line in lines_with(subject, Said((), (), (), ""), scope)]
    table = events(scope)
    number = scope.amount or next(iter(scope.of_kind("number")), None)
    value = number.text if number else f"count({table} in last 30 days)"
    body = _of_body(tokens, scope)
    when = " and ".join(body[:1] if kind == "segmentation" else body) or (usual or [f"{key} is not missing"])[0]
    name = own or "my_rule"
    missing = "count as 0" if {"count", "0"} <= {t.lower for t in tokens} else "unknown"
    lines = {
        "entity": [f"entity {own or 'customer'} {{ {own or 'customer'}_id: text key  plan: text }}"],
        "details": [f"details {own or 'contract'} of {entity} by {key} {{ signed_on: date }}"],
        "table": [
            f'table {own or "orders"} of {entity} by {key} at ordered_at '
            f'{{ amount: number paid: boolean channel: one of ("web", "sales") }}'
        ],
        "list": [f'list {own or "watched"} = ("DE", "FR")'],
        "metric": [f"metric {name} of {entity} = count({table} in last 30 days)", f"metric {name} of {entity} = {value}"],
        "play": [
            f'play {own or "call"} "Call them" {{ channel: "csm", cost: 20, currency: "USD" only when {when} }}',
            f'play {own or "call"} "Call them" {{ channel: "csm", cost: 20, currency: "USD" }}',
        ],
        "segment": [f'segment {name} "A title" of {entity} {{ when {when} }}'],
        "segmentation": [
            f'segmentation {name} "A title" of {entity} {{ goal "What it is for" owner "me@us.example" basis value review every 90 days '
            f'segment large "Large" {{ when {when} }} undecided unclear "Unclear" otherwise rest "The rest" }}',
            f"segmentation {name} of {entity} {{ segment large {{ when {when} }} undecided unclear otherwise rest }}",
        ],
        "score": [
            f"score {name} of {entity} {{ {' '.join(_parts(tokens, scope) or [_part('one', value, '100')])} missing parts: {missing} }}"
        ],
        "outcome": [f"outcome {name} of {entity} = any({table} in next 90 days)"],
        "calendar": [f"calendar {own or 'work'} {{ weekend saturday, sunday }}"],
        "property": [f'property "large ones" of {entity} {{ never {when} }}'],
        "test": [_test(entity, scope, path) for path in scope.names.rules.values()],
    }  # fmt: skip
    for line in lines.get(kind, ()):
        yield Example(kind, line, line, "declaration")


MOST_CLAUSES = 3
_LONGEST_LABEL = 6  # tokens


def _of_body(tokens: Sequence[Token], scope: Scope) -> list[str]:
    """Conditions with what the lines and clauses of a declaration's body name, each with its own figures."""
    braced = (i + 1 for i, t in enumerate(tokens) if t.text == "{")
    begin = next(braced, None) or next((i for i, t in enumerate(tokens) if "\n" in t.gap), len(tokens))
    pieces: list[list[Token]] = [[]]
    for i, token in enumerate(tokens[begin:], begin):
        if "\n" in token.gap and _makes_an_exception(tokens, i):
            break  # what follows is so of nobody who is meant
        if "\n" in token.gap or token.lower in JOINS:
            pieces.append([])
        is_name = tokens[i - 1].lower in ("segment", "arm", "otherwise", "undecided")
        if token.lower not in JOINS and token.text not in ("{", "}", "segment") and not is_name:
            pieces[-1].append(token)
    lines = dict[str, None]()
    numbered, labels = dict[str, str](), 0
    for piece in pieces:
        is_numbered = (
            len(piece) > 2 and _LABEL.fullmatch(piece[0].text) is not None and piece[1].text in (".", ":", ")")
        )
        labels += is_numbered
        own = piece[2:] if is_numbered else piece
        line = next(_of_piece(own, scope), None)
        if line is not None:
            lines[line] = None
            if is_numbered:
                numbered[piece[0].lower] = line
    if numbered and (logic := _logic(tokens[begin:], numbered)):
        return [logic]
    if labels > 1 and any(t.kind == "word" and t.lower == "or" for t in tokens[begin:]):
        return []  # nothing says how those that are read belong together
    words = [t.lower for t in tokens[begin:]]
    apart = bool({*words} & _APART) or words.count("include") > 1
    return list(lines)[: 1 if apart else MOST_CLAUSES]  # joined by `and` they would say something else


_APART = {"or", "||", "union", "either", "any"}
"""Words that say that not all of what is written has to hold."""
_LABEL = re.compile(r"\d{1,2}|[A-Za-z]\d?")
_EXCEPTIONS = {"none", "neither", "not", "exclude", "excludes", "excluding", "except", "without", "unless", "never"}


def _makes_an_exception(tokens: Sequence[Token], at: int) -> bool:
    """Whether a line says that what stands in it or below it isn't so: `None of the following are true`, `exclude …`."""
    end = next((i for i in range(at + 1, len(tokens)) if "\n" in tokens[i].gap), len(tokens))
    return any(t.lower in _EXCEPTIONS for t in tokens[at : min(end, at + 3)])


_BEHIND_LABELS = {":", "→", "->", "=>"}


def _of_piece(tokens: Sequence[Token], scope: Scope) -> Iterator[str]:
    """Yields a condition that a clause names, behind its label: of a rule, or of a value or rows."""
    label = next((i + 1 for i, t in enumerate(tokens[:_LONGEST_LABEL]) if t.text in _BEHIND_LABELS), 0)
    tokens = tokens[label:] or tokens
    rules = scope.names.rules
    path = next((rules[w] for t in tokens if (w := t.lower) in rules), None)
    if path is not None:
        yield f"{scope.relation.name} in {path}"
    subject = next(find_subjects(tokens, scope), None)
    if subject is not None:
        yield lines_with(subject, Said.of(tokens), scope)[0]


def _logic(tokens: Sequence[Token], numbered: Mapping[str, str]) -> str:
    """Puts numbered conditions where their numbers stand, as in `1 AND (2 OR 3)`; an empty text where something else stands there."""
    words = [t.lower for t in tokens]
    start = next((i + 1 for i in range(len(words) - 1, -1, -1) if words[i] in ("when", "filter", "logic", ":")), 0)
    end = next((i for i in range(start, len(words)) if words[i] == "}"), len(words))
    said = words[start:end]
    if not said or not all(w in numbered or w in ("and", "or", "not", "(", ")") for w in said):
        return ""
    line = " ".join(numbered.get(w, w) for w in said)
    return line.replace("( ", "(").replace(" )", ")")


_OF_VALUES = {"at", "from", "to", "above", "over", "below", "under", "than", "until", "reaches"}
"""Behind these a percentage is one of the value, and no weight."""


def _parts(tokens: Sequence[Token], scope: Scope) -> list[str]:
    """Parts of a score with the numbers that its body names, each with the weight of its line; none where a part isn't known."""
    begin = next((i + 1 for i, t in enumerate(tokens) if t.text == "{"), len(tokens))
    lines: list[list[Token]] = [[]]
    for token in tokens[begin:]:
        if "\n" in token.gap:
            lines.append([])
        lines[-1].append(token)
    named = list[tuple[Noun, str]]()
    for line in lines:
        label = next((i + 1 for i, t in enumerate(line[:_LONGEST_LABEL]) if t.text in _BEHIND_LABELS), 0)
        whole, line = line, line[label:] or line
        shares = [
            t.text.rstrip("%")
            for before, t in zip([None, *whole], whole)
            if t.kind == "number" and t.text.endswith("%") and (before is None or before.lower not in _OF_VALUES)
        ]
        nouns = [
            n for n in find_subjects(line, scope) if isinstance(n, Noun) and (n.type is None or ty.is_numeric(n.type))
        ]
        is_of_missing = "missing" in {t.lower for t in line}
        if len(shares) > 1 or (shares and not nouns and not is_of_missing):
            return []  # an example that lacks one of the parts would be taken for all of them
        named += [(n, next(iter(shares), "")) for n in nouns if n.text not in {m.text for m, _ in named}]
    named = named[:MOST_CLAUSES]
    equal = str(100 // max(1, len(named)))
    return [_part(re.sub(r"\W+", "_", n.text).strip("_"), n.text, weight or equal) for n, weight in named]


def _part(name: str, value: str, weight: str) -> str:
    most = "100%" if RATIOS & {*value.split("_")} else "100"
    return f"part {name} weight {weight} = scale({value}, 0: 0, {most}: 100)"


def _test(entity: str, scope: Scope, path: str) -> str:
    """A test of a rule that gives one customer the fields that every customer has."""
    given = [
        f"{name}: {v}" for name, f in scope.relation.fields.items() if f.required and not f.key and (v := _given(f))
    ]
    return (
        f'test "what it is to show" as of 2026-11-01 {{ {entity} acme {{ {", ".join(given)} }} expect acme in {path} }}'
    )


def rows_of(words: str, names: Names) -> str:
    """Says how the rows of a table that words name stand in a test, with their owner; an empty text where they name none."""
    schema = names.schema
    tables = {} if schema is None else {n: r for n, r in schema.relations.items() if r.kind == "table" and r.of}
    table = next((tables[w] for w in re.findall(r"\w+", words.lower()) if w in tables), None)
    if schema is None or table is None or table.of is None:
        return ""
    owner = schema.relations[table.of]
    day = "2026-11-01"
    row = f"`{table.name} of one {{ {', '.join(['at: ' + day, *_needed(table)])} }}`"
    own = [f"{owner.by}: acme"] if owner.of and owner.by else []
    return f"rows stand as {row}, and whose they are as `{owner.name} one {{ {', '.join([*own, *_needed(owner)])} }}`"


def _needed(relation: Relation) -> list[str]:
    """The cells that every row has."""
    return [f"{n}: {v}" for n, f in relation.fields.items() if f.required and not f.key and (v := _given(f))]


def _given(field: Field) -> str:
    """A value that a test may give."""
    match field.type:
        case ty.Boolean():
            return "true"
        case ty.Enum(values):
            return f'"{values[0]}"'
        case ty.Date():
            return "2026-10-01"
        case ty.Timestamp():
            return "2026-10-01T09:00"
        case ty.Text():
            return '"abc"'
        case _:
            return "10" if ty.is_numeric(field.type) else ""
