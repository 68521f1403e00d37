"""Tests of rules: customers with their fields and rows, and what is expected of them, in sentences, calls or steps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from segdsl.model import types as ty
from segdsl.model.schema import Field, Relation
from segdsl.phrasebook.declarations.gaps import read_or_gap
from segdsl.phrasebook.declarations.heads import Head
from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, listed, parts, text_of
from segdsl.phrasebook.declarations.parts import Declared, entity_called, is_entity, literal, plain, quoted, root_of
from segdsl.phrasebook.measures import MONTHS
from segdsl.phrasebook.names import Names, stem
from segdsl.phrasebook.tokens import Token, cut

NOTE = "a customer stands with its fields in braces, and what is expected after `expect`"
_STEPS = listed(
    """
    given and but assume suppose with let setup arrange there exists we have that also an a the is * - if one :
    are has create new const var preview sample example
    """
)
_EXPECTS = (
    "then",
    "expect",
    "expects",
    "assert",
    "asserts",
    "verify",
    "check",
    "ensure",
    "require",
    "should",
    "must",
    "asserttrue",
    "assertthat",
    "confirm",
    "outcome",
    "result",
    "so",
    "expected",
)
_EXPECTED_FILLERS = {
    *_EXPECTS,
    *listed(
        """
        and that we i the a an segment arm rule to be is are in into of member part lands land falls fall gets get
        goes go belongs belong ends end up counts count as assigned will would has have contains contain includes
        include tobe tocontain toequal equals equal for == = : ( ) [ ] . , classified placed it they s ' inside ===
        audience group true yes being put one self ? motion returns -> => customer customers members appear appears
        found was labelled marked within among by on membership this does do did receive receives getting receiving got sent play
        qualify qualifies match matches meet meets satisfy satisfies pass passes enter enters join joins
        """
    ),
}
_GETS = listed("get gets receive receives getting receiving got receives sent")
_NO = listed(
    """
    ! != <> aren't assertfalse cannot doesn't don't excluded false isn't mustn't neither never no nor not notin
    nottobe out outside shouldn't tonotcontain won't
    """
)
_FACT_FILLERS = listed(
    """
    with and , ; has having have is are whose that who a an the its their where on in which at from was : using
    plus of also paying had but by they it
    """
)
_SO_MANY = re.compile(
    r"(?:(?:then|expect|expects|assert|we|there|are|is|should|must|be|get|have|has|exactly|that|,) )*"
    r"(?P<n>\d+|no one|nobody|no|zero|one|two|three|four|five|six) (?:(?:accounts|account|customers|customer|members|member"
    r"|users|user|are|is|in|of|the) )*"
    r"(?P<rule>[a-z_][\w.]*)(?: (?:members|accounts|customers|in all|in total))?"
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_ORDINALS = ("st", "nd", "rd", "th", "of")
MOST_ROWS = 12


def test(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A test by its lines. Raises `Unread` where a part of one isn't read."""
    reader = _Test(names)
    rest = _days_in_words(head.rest)
    while rest and rest[0].text in (":", ","):
        rest = rest[1:]
    if rest and any(t.kind == "word" and (is_entity(t.text, names) or t.lower in ("expect", "then")) for t in rest):
        for line in parts(rest, "=>", "->", "then", ";", "→"):
            reader.line(Entry(tuple(line)))
    elif rest := [t for t in rest if t.text not in (":", "(", ")", "=>", "->", "{", ",")]:
        reader.day(rest)
    lines = [_with_days(entry) for entry in entries]
    reader.varied = {case[0] for entry in lines if (case := _case_of(entry)) is not None}
    for entry in lines:
        read_or_gap(reader, entry, reader.line)
    title = head.title or (quoted(head.name.replace("_", " ")) if head.name else "")
    if not title:
        raise Unread
    return Declared(reader.written(title), (NOTE,), "")


def as_test(
    title: Token,
    behind: Sequence[Token],
    of: Sequence[Token],
    lines: Sequence[tuple[Sequence[Token], Mapping[str, Sequence[Token]], Sequence[tuple[str, bool]]]],
    names: Names,
) -> Declared:
    """A test of the lines of a table: each customer with its fields, and the rules that it is expected to be in or not.

    `of` is the head of the column of names. Raises `Unread` where a part isn't read.
    """
    reader = _Test(names)
    if behind:
        reader.day(behind)
    words = [t.text for t in of if t.kind == "word" and t.lower not in ("name", "id", "key")]
    entity = entity_called(words[0], names) if len(words) == 1 else root_of(names)
    for name, fields, expected in lines:
        key = text_of([replace(t, text=plain(t)) for t in name])
        reader.customer(key, entity, fields)
        reader.expected += [f"expect {_key(key)} {'' if is_in else 'not '}in {rule}" for rule, is_in in expected]
    return Declared(reader.written(quoted(plain(title))), (NOTE,), "")


def _thousands(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with `150,000` as one number, but not in a list of values."""
    done, depth = list[Token](), 0
    for token in tokens:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        is_group = re.fullmatch(r"\d{3}(?:\.\d+)?", token.text) is not None and not token.gap and not depth
        behind_comma = len(done) > 1 and done[-1].text == "," and not done[-1].gap
        if is_group and behind_comma and re.fullmatch(r"\d{1,3}(?:_\d{3})*", done[-2].text):
            done.pop()
            done[-1] = replace(done[-1], text=f"{done[-1].text}_{token.text}", end=token.end)
            continue
        done.append(token)
    return done


def _days_in_words(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with `1 Nov 2026`, `November 1st, 2026`, `the 1st of November 2026` and `date(2026, 11, 1)` as dates."""
    tokens = _thousands(tokens)
    done, at = list[Token](), 0
    while at < len(tokens):
        if (stop := _called_day(tokens, at)) is not None:
            figures = [int(t.text) for t in tokens[at:stop] if t.kind == "number"]
            done.append(replace(tokens[at], kind="date", text=str(date(*figures)), end=tokens[stop - 1].end))
            at = stop
            continue
        for length in (5, 4, 3):
            own = [t for t in tokens[at : at + length] if t.text != "," and t.lower not in _ORDINALS]
            if len(own) == 3 and len(tokens[at : at + length]) == length and (day := _day(own)):
                done.append(replace(tokens[at], kind="date", text=day, end=own[-1].end))
                at += length
                break
        else:
            done.append(tokens[at])
            at += 1
    return done


def _called_day(tokens: Sequence[Token], at: int) -> int | None:
    """Where `date(2026, 11, 1)` of Python ends; None for anything else. `new Date(2026, 10, 1)` counts months from 0."""
    if at and tokens[at - 1].lower == "new":
        return None
    at += 2 * (tokens[at].lower in ("datetime", "dt") and [t.text for t in tokens[at + 1 : at + 2]] == ["."])
    said = [t.text for t in tokens[at : at + 8]]
    if (
        len(said) < 8
        or said[0] not in ("date", "datetime", "DATE")
        or (said[1], *said[3:6:2], said[7]) != ("(", ",", ",", ")")
    ):
        return None
    try:
        date(int(said[2]), int(said[4]), int(said[6]))
    except ValueError:
        return None
    return at + 8


def _day(tokens: Sequence[Token]) -> str:
    month = next((t for t in tokens[:2] if t.kind == "word" and t.lower in MONTHS), None)
    figures = [t.text for t in tokens if t is not month]
    if month is None or not re.fullmatch(r"\d{1,2}", figures[0]) or not re.fullmatch(r"\d{4}", figures[1]):
        return ""
    try:
        return str(date(int(figures[1]), MONTHS[month.lower], int(figures[0])))
    except ValueError:
        return ""


def _day_of_text(value: Sequence[Token]) -> str:
    """`"15/12/2026"` as a date, where only one order of day and month is one; empty for anything else."""
    said = re.fullmatch(r"(\d{1,2})([/.])(\d{1,2})\2(\d{4})", plain(value[0])) if len(value) == 1 else None
    if said is None or value[0].kind not in ("text", "quoted"):
        return ""
    found = list[str]()
    for day, month in ((said[1], said[3]), (said[3], said[1])):
        try:
            found.append(str(date(int(said[4]), int(month), int(day))))
        except ValueError:
            continue
        if said[2] == ".":
            break  # by points, the day always stands first
    return found[0] if len({*found}) == 1 else ""


def _with_days(entry: Entry) -> Entry:
    return replace(entry, tokens=tuple(_days_in_words(entry.tokens)), inside=tuple(map(_with_days, entry.inside)))


def _case_of(entry: Entry) -> tuple[str, Token, list[Token]] | None:
    """`if amount is 100_000 then acme should be in vips`: the name, its value, and what is expected; None for anything else."""
    tokens, words = [*entry.tokens], [*entry.words]
    if (
        len(tokens) < 7
        or words[0] not in ("if", "when", "with", "for", "where")
        or entry.inside
        or tokens[1].kind != "word"
    ):
        return None
    at = 2 + (words[2] in ("is", "=", ":", "of", "are", "==", "equals"))
    behind = at + 1
    if (
        at == 2
        or tokens[at].kind not in ("number", "text", "date")
        or words[behind] not in ("then", ",", ":", "->", "=>")
    ):
        return None
    return words[1], tokens[at], tokens[behind + 1 + (words[behind + 1] == "then") :]


class _Test:
    def __init__(self, names: Names) -> None:
        self.names = names
        self.customers = dict[str, tuple[str, dict[str, str]]]()
        self.rows, self.expected, self.as_of = list[tuple[str, str, dict[str, str]]](), list[str](), ""
        self.gaps = list[str]()
        self.varied, self.cases = set[str](), list[tuple[str, str, str, str, bool]]()
        self.rule = ""  # that was expected last
        self.columns = "", list[str]()  # of the rows that are put in: their table and their names
        self.then = False

    # -- lines ---------------------------------------------------------------------------

    def line(self, entry: Entry) -> None:
        if not entry.tokens:
            for inner in entry.inside:
                self.line(inner)
            return
        if entry.words[0] in ("const", "let", "var") and len(entry.tokens) > 3:
            entry = replace(entry, tokens=entry.tokens[1:])
        words = [w.lower() for w in entry.words]
        if (
            not entry.value
            and entry.key
            and entry.inside
            and is_entity(entry.key, self.names)
            and all(e.key and (e.inside or not e.value) for e in entry.inside)
        ):
            for one in entry.inside:
                entity = entity_called(entry.key, self.names)
                self._put(one.key, entity, {})
                for cell in one.inside:
                    if not cell.key or cell.inside:
                        raise Unread
                    self.customers[one.key][1].update(self._cell(self._relation(entity), cell.key, cell.value))
            return
        if not entry.value and is_entity(entry.key, self.names) and self._objects(entry):
            return
        if not entry.inside and self._listed_rows(entry):
            return
        if words[:2] == ["insert", "into"] or words[0] == "values":
            self._inserted(entry)
            return
        if (
            entry.key
            in (
                "given",
                "customers",
                "accounts",
                "setup",
                "expect",
                "then",
                "data",
                "rows",
                "arrange",
                "assert",
                "act",
                "expected",
            )
            and not entry.value
        ):
            self.then = self.then or entry.key in ("expect", "then", "assert", "expected")
            for inner in entry.inside:
                self.line(inner)
            return
        if words[0] in ("when", "act", "running") and any(
            w
            in (
                "run",
                "runs",
                "running",
                "evaluated",
                "evaluate",
                "evaluates",
                "applied",
                "apply",
                "computed",
                "checked",
                "calculated",
                "assigned",
                "segmented",
                "refreshed",
            )
            for w in words
        ):
            return
        if (case := _case_of(entry)) is not None and case[0] in self.varied and self._used(case[0]):
            self._case(*case)
            return
        if self._is_day(entry):
            return
        if words[0] in ("->", "→", "=>") and len(words) > 1 and self.customers and not entry.inside:
            self.expected.append(
                self._outcome([*cut([*self.customers][-1]), *entry.tokens[1:]])
            )  # of the customer on this line
            return
        if not entry.inside and (words[0] in _EXPECTS or self.then or self._is_expected(entry.tokens)):
            self.then = self.then or words[0] in ("then", "expect", "assert")
            self._expect(entry.tokens)
            return
        self._given(entry)

    def _used(self, name: str) -> bool:
        return any(name in cells.values() for _, cells in self.customers.values())

    def _case(self, name: str, value: Token, expected: Sequence[Token]) -> None:
        """A case of a value that differs from line to line."""
        said = re.fullmatch(r"expect (\S+) (not )?in (\S+)", self._outcome(expected))
        if said is None:
            raise Unread
        self.then = True
        self.cases.append((name, value.text, said[1], said[3], not said[2]))

    def customer(self, key: str, entity: str, fields: Mapping[str, Sequence[Token]]) -> None:
        """Puts in a customer with its cells."""
        self._put(key, entity, {})
        for name, value in fields.items():
            self.customers[key][1].update(self._cell(self._relation(entity), name, value))

    def _objects(self, entry: Entry) -> bool:
        """`"account": {"account_id": "acme", "plan": "team"}`: a customer by its fields; whether an entry is one."""
        entity = entity_called(entry.key, self.names)
        cells = {e.key: e.value for e in entry.inside}
        own = self._relation(entity).key
        name = next((k for k in (own, "id", "name", "key") if k is not None and k in cells), None)
        if name is None or len(cells) != len(entry.inside) or any(e.inside or not e.value for e in entry.inside):
            return False
        said = cells.pop(name) if name not in self._relation(entity).fields or name == own else cells[name]
        self.customer(plain(said[0]) if len(said) == 1 else text_of(said), entity, cells)
        return True

    def _listed_rows(self, entry: Entry) -> bool:
        """`logins: [ { "account": "acme", "at": "2026-09-20" } ]`: rows, each with whose it is; whether an entry is such a list."""
        schema, value = self.names.schema, entry.value
        relation = schema.relations.get(entry.key) if schema is not None else None
        if relation is None or relation.kind != "table" or [t.text for t in value[:2]] != ["[", "{"]:
            return False
        if closing(value, 0) != len(value) - 1:
            raise Unread
        for row in parts(value[1:-1], ","):
            pairs = [(plain(p[0]).lower(), p[2:]) for p in parts(row[1:-1], ",") if len(p) > 2 and p[1].text == ":"]
            owners = [name for name, said in pairs if len(said) == 1 and plain(said[0]) in self.customers]
            if len(pairs) != len(parts(row[1:-1], ",")) or len(owners) != 1:
                raise Unread
            cells = dict[str, str]()
            for name, said in pairs:
                if name not in owners:
                    cells |= self._cell(relation, name, said)
            key = plain(dict(pairs)[owners[0]][0])
            self.rows.append((relation.name, self._owner(key, relation), cells))
        return True

    def _inserted(self, entry: Entry) -> None:
        """`INSERT INTO account (account_id, plan) VALUES ('acme', 'team')`: customers and rows by their columns."""
        tokens = [t for t in entry.tokens if t.text != ";"]
        at = next(i for i, t in enumerate(tokens) if t.lower == "values")
        if at:
            if at < 4 or tokens[3].text != "(" or closing(tokens, 3) != at - 1:
                raise Unread
            columns = [plain(c[0]).lower() for c in parts(tokens[4 : at - 1], ",")]
            self.columns = plain(tokens[2]).lower(), columns
        name, columns = self.columns
        for row in parts(tokens[at + 1 :], ","):
            values = parts(row[1:-1], ",") if row[0].text == "(" else []
            if len(values) != len(columns):
                raise Unread
            self._row_of_columns(name, {c: v for c, v in zip(columns, values) if v[0].lower != "null"})
        if entry.inside:
            raise Unread

    def _row_of_columns(self, name: str, cells: dict[str, list[Token]]) -> None:
        relation = self._relation(entity_called(name, self.names) if is_entity(name, self.names) else name)
        if relation.kind == "entity":
            key = cells.pop(relation.key or "", None)
            self.customer(plain(key[0]) if key is not None else _raise_text(), relation.name, cells)
            return
        owner = plain(cells.pop(relation.by or "")[0])
        if owner not in self.customers:
            raise Unread
        own = dict[str, str]()
        for column, value in cells.items():
            own |= self._cell(relation, column, value)
        self.rows.append((relation.name, owner, own))

    def _is_day(self, entry: Entry) -> bool:
        dates = [
            t
            for t in entry.tokens
            if t.kind in ("date",) or (t.kind == "text" and re.fullmatch(r'"\d{4}-\d\d-\d\d"', t.text))
        ]
        others = {t.lower for t in entry.tokens if t not in dates} - {
            "given",
            "today",
            "is",
            "as",
            "of",
            "on",
            "the",
            "date",
            "day",
            "it",
            ":",
            "=",
            "now",
            "and",
            "when",
            "that",
            "as_of",
            "at",
            "run",
            "rules",
            "evaluated",
            "are",
            "time",
            "(",
            ")",
            "current",
        }
        if len(dates) != 1 or others or entry.inside:
            return False
        self.day([dates[0]])
        return True

    def day(self, tokens: Sequence[Token]) -> None:
        tokens = [
            t
            for t in tokens
            if t.lower not in ("as", "of", "on", "at", "the", "today", "is", "date", "now", "=", "as_of", ":")
        ]
        if len(tokens) != 1 or tokens[0].kind not in ("date", "day", "text", "quoted") or self.as_of:
            raise Unread
        said = plain(tokens[0])
        dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", said)  # by points, the day always stands first
        if tokens[0].kind == "day" and dotted is None:
            raise Unread
        self.as_of = f"{dotted[3]}-{int(dotted[2]):02}-{int(dotted[1]):02}" if dotted else said

    def _is_expected(self, tokens: Sequence[Token]) -> bool:
        words = {t.lower for t in tokens}
        if words & {"should", "must", "assert", "expect", "shouldn't", "mustn't"}:
            return True
        if self._so_many(tokens):
            return True
        try:
            self._outcome(tokens)
        except Unread:
            return False
        return True

    # -- what is expected ----------------------------------------------------------------

    def _expect(self, tokens: Sequence[Token]) -> None:
        if counted := self._so_many(tokens) or self._measured(tokens):
            self.expected.append(counted)
            return
        for part in self._several(tokens):
            self.expected.append(self._outcome(part))

    def _so_many(self, tokens: Sequence[Token]) -> str:
        """`expect 2 vips`, `there should be two accounts in vips`: how many a rule takes; empty for anything else."""
        said = _SO_MANY.fullmatch(" ".join(plain(t).lower() for t in tokens).strip(" .").replace(" . ", "."))
        rule = "" if said is None else self.names.rules.get(said["rule"], said["rule"])
        if said is None or rule not in self.names.rules.values():
            return ""
        self.rule = rule
        n = {"no": "0", "zero": "0", "nobody": "0", "no one": "0"}.get(said["n"]) or str(
            _COUNTS.get(said["n"], said["n"])
        )
        return f"expect count({rule}) = {n}"

    def _measured(self, tokens: Sequence[Token]) -> str:
        """`assert acme.seat_use == 1`, `acme's seat_use should be 1`; empty for anything else."""
        flat = [
            t
            for t in tokens
            if t.lower not in ("expect", "assert", "that", "should", "to", "then", "the", "'", "s", ".", "(", ")")
        ]
        if len(flat) < 4 or plain(flat[0]) not in self.customers or flat[1].lower not in self.names.metrics:
            return ""
        sign = " ".join(t.lower for t in flat[2:-1])
        if sign not in ("=", "==", "===", "is", "be", "equals", "equal", "is equal", "be equal") or flat[
            -1
        ].kind not in ("number", "text", "amount"):
            return ""
        return f"expect {_key(plain(flat[0]))}.{flat[1].lower} = {literal([flat[-1]])}"

    def _several(self, tokens: Sequence[Token]) -> list[list[Token]]:
        every = parts(tokens, ";")
        split = [p for one in every for p in parts(one, "and", ",", "but")]
        try:
            for part in split:
                self._outcome(part)
        except Unread:
            return every
        return split

    def _outcome(self, tokens: Sequence[Token]) -> str:
        """`expect acme in vips`, whatever words stand around the customer and the rule."""
        flat = [t for t in tokens if t.text not in ("{", "}")]
        customers, said, negative, values = list[str](), list[str](), False, list[Token]()
        plays = list[str]()
        paths = {*self.names.rules.values()}
        whole = {p.partition(".")[0] for p in paths if "." in p}
        at = 0
        while at < len(flat):
            token, lower = flat[at], flat[at].lower.lower()
            dotted = f"{lower}.{flat[at + 2].lower}" if at + 2 < len(flat) and flat[at + 1].text == "." else ""
            key = plain(token)
            if dotted in paths:
                said.append(dotted)
                at += 3
                continue
            if key in self.customers:
                customers.append(key)
            elif lower in _NO or lower.endswith("n't"):
                negative = not negative
            elif lower in self.names.plays:
                plays.append(lower)
            elif lower in whole and (arm := self._arm(flat, at, lower)) is not None:
                said.append(arm[0])
                if arm[1] == at:
                    raise Unread
                at = at + 1 if arm[1] > at else at
                flat = [t for i, t in enumerate(flat) if i != arm[1]] if arm[1] >= at else flat
                continue
            elif (path := self.names.rules.get(key.lower())) is not None and (
                lower not in _EXPECTED_FILLERS or token.kind in ("text", "quoted")
            ):
                if not said or said[-1] != path:
                    said.append(path)
            elif is_entity(key, self.names) and token.kind == "word":
                pass
            elif lower in ("them", "these", "those") and self.rule:
                said.append(self.rule)
            elif token.kind in ("number", "amount", "date") or token.kind in ("text", "quoted"):
                values.append(token)
            elif lower not in _EXPECTED_FILLERS:
                plural = self.names.rules.get(f"{lower}s")
                if plural is None:
                    raise Unread
                said.append(plural)
            at += 1
        if not customers and len(self.customers) == 1:
            customers = [*self.customers]
        if plays and not said and {t.lower for t in flat} & {*_GETS}:
            if len(set(customers)) != 1 or len(set(plays)) != 1 or values:
                raise Unread
            gets = "doesn't get" if negative else "gets"
            return f"expect {_key(customers[0])} {gets} {plays[0]}"
        if negative and not said and self.rule:
            said = [self.rule]  # `and small is not`
        if len(set(customers)) != 1 or len(set(said)) != 1 or values or plays:
            raise Unread
        self.rule = said[0]
        return f"expect {_key(customers[0])} {'not ' if negative else ''}in {said[0]}"

    def _arm(self, tokens: Sequence[Token], at: int, segmentation: str) -> tuple[str, int] | None:
        """The arm of a segmentation that a test names, and where."""
        for i, token in enumerate(tokens):
            path = f"{segmentation}.{plain(token).lower()}"
            titled = self.names.rules.get(plain(token).lower(), "")
            if i != at and path in self.names.rules.values():
                return path, i
            if i != at and titled.startswith(f"{segmentation}."):
                return titled, i
        return None

    # -- what is given -------------------------------------------------------------------

    def _given(self, entry: Entry) -> None:
        tokens = list(entry.tokens)
        if (
            (entry.key and not entry.key.count("_"))
            or (entry.key and len(entry.words) > 2 and entry.words[1] in ("=", ":", ":="))
        ) and self._called(entry):
            return
        while tokens and tokens[0].lower in _STEPS and not (tokens[0].lower in ("a", "an") and len(tokens) == 1):
            tokens = tokens[1:]
        while tokens and tokens[-1].text in (".", ",", ":", ";"):
            tokens = tokens[:-1]
        if not tokens:
            raise Unread
        if (
            len(tokens) == 2
            and tokens[0].lower in ("no", "without")
            and self.names.table([tokens[1].lower]) is not None
        ):
            return  # a test has the rows that it lists, and no others
        if self._row_of(tokens, entry.inside) or self._known(tokens) or self._of_the_same(tokens, entry.inside):
            return
        self._customer(tokens, entry.inside)

    def _called(self, entry: Entry) -> bool:
        """`acme = account(status="active")`, `acme: { … }`."""
        value = list(entry.value)
        while value and value[0].lower in ("new", "create", "make", "build", "a", "an"):
            value = value[1:]
        if (
            value
            and value[0].kind == "word"
            and is_entity(value[0].text.removeprefix("create_").removeprefix("make_"), self.names)
        ):
            entity = entity_called(value[0].text.removeprefix("create_").removeprefix("make_"), self.names)
            rest = value[1:]
            if rest and rest[0].text == "(" and closing(rest, 0) == len(rest) - 1:
                self._put(entry.key, entity, self._cells(entity, rest[1:-1]))
                return True
            self._put(entry.key, entity, {})
            self._facts(entry.key, entity, rest)
            return True
        return False

    def _cells(self, entity: str, tokens: Sequence[Token]) -> dict[str, str]:
        """`status="active", plan: "team"` as cells of a row."""
        if tokens and tokens[0].text == "{" and closing(tokens, 0) == len(tokens) - 1:
            tokens = tokens[1:-1]
        cells = dict[str, str]()
        for part in parts(tokens, ","):
            if len(part) < 3 or part[1].text not in ("=", ":", ":=", "=>"):
                raise Unread
            cells |= self._cell(self._relation(entity), plain(part[0]).lower(), part[2:])
        return cells

    def _cell(self, relation: Relation, name: str, value: Sequence[Token]) -> dict[str, str]:
        schema = self.names.schema
        if (
            (
                len(value) == 1
                and plain(value[0]) in self.customers
                and (name in (relation.of, relation.by, "of", "owner", "for") or value[0].kind == "word")
            )
            and relation.of == self.customers[plain(value[0])][0]
            and relation.by
        ):
            return {relation.by: _key(plain(value[0]))}
        if relation.at and name in (relation.at, "at", "on", "date", "time", "when", "timestamp", "day"):
            return {"at": literal(value, ty.TIMESTAMP)}
        field = relation.fields.get(name)
        if name == relation.key and schema is not None:
            return {}
        if field is None and name in self.names.metrics and len(value) == 1:
            return {name: literal(value)}
        if field is None:
            raise Unread
        if len(value) == 1 and value[0].lower in self.varied:
            return {name: value[0].lower}
        if field.type == ty.DATE and (day := _day_of_text(value)):
            return {name: day}
        return {name: literal(value, field.type)}

    def _relation(self, name: str) -> Relation:
        schema = self.names.schema
        if schema is None or name not in schema.relations:
            raise Unread
        return schema.relations[name]

    def _put(self, key: str, entity: str, cells: dict[str, str]) -> None:
        if not re.fullmatch(r"[\w -]+", key) or key in self.customers:
            raise Unread
        self.customers[key] = (entity, cells)

    def _customer(self, tokens: list[Token], inside: Sequence[Entry]) -> None:
        """`account acme with status "active"`, `an active account acme on the team plan`."""
        at = next((i for i, t in enumerate(tokens[:4]) if t.kind == "word" and is_entity(t.text, self.names)), None)
        if at is None:
            return self._turned(tokens, inside)
        entity = entity_called(tokens[at].text, self.names)
        rest = tokens[at + 1 :]
        while rest and rest[0].lower in ("called", "named", ":", "id", "with_id"):
            rest = rest[1:]
        key = ""
        field_next = (
            len(rest) > 1
            and rest[0].kind == "word"
            and (rest[0].lower in _FACT_FILLERS or rest[0].lower in self._relation(entity).fields)
        )
        if rest and rest[0].kind in ("word", "text", "quoted") and not field_next:
            key, rest = plain(rest[0]), rest[1:]
            rest = rest[1:] if rest and rest[0].text in (":", "=", "–", "-") else rest
        elif not rest or field_next:
            key = f"the_{entity}"
        else:
            raise Unread
        self._put(key, entity, {})
        if rest and rest[0].text in ("(", "[") and closing(rest, 0) == len(rest) - 1:
            self.customers[key][1].update(self._cells(entity, rest[1:-1]))
            rest = []
        self._facts(key, entity, [*tokens[:at], *rest])
        for one in inside:
            if not one.key or one.inside:
                self._facts(key, entity, list(one.tokens)) if not one.inside else _raise()
                continue
            self.customers[key][1].update(self._cell(self._relation(entity), one.key, one.value))
        return None

    def _turned(self, tokens: list[Token], inside: Sequence[Entry]) -> None:
        """`acme is an active account on the team plan`."""
        if len(tokens) < 3 or tokens[0].kind not in ("word", "text", "quoted"):
            raise Unread
        at = next((i for i, t in enumerate(tokens) if i and t.kind == "word" and is_entity(t.text, self.names)), None)
        if inside:
            raise Unread
        if (
            at is None
            and not self._by_value(tokens)
            and tokens[1].lower in ("is", "has", "with", ",")
            and not any(t.lower in self.names.rules for t in tokens)
        ):
            self._put(plain(tokens[0]), root_of(self.names), {})
            self._facts(plain(tokens[0]), root_of(self.names), tokens[1:])
            return
        if at is None and (entity := self._by_value(tokens)) and plain(tokens[0]) not in self.names.rules:
            self._put(plain(tokens[0]), entity, {})
            self._facts(plain(tokens[0]), entity, tokens[1:])
            return
        if at is None:
            raise Unread
        entity, key = entity_called(tokens[at].text, self.names), plain(tokens[0])
        self._put(key, entity, {})
        self._facts(key, entity, [*tokens[1:at], *tokens[at + 1 :]])

    def _by_value(self, tokens: Sequence[Token]) -> str:
        """The entity of which `ann is a member of acme` says a value that it alone has; empty without."""
        schema, said = self.names.schema, {plain(t).casefold() for t in tokens[1:]}
        owned = any(plain(t) in self.customers for t in tokens[2:])
        found = [
            r.name
            for r in (schema.entities if schema is not None else ())
            if r.of and any(isinstance(f.type, ty.Enum) and said & {*f.type.values} for f in r.fields.values())
        ]
        return found[0] if owned and len(found) == 1 else ""

    def _known(self, tokens: list[Token]) -> bool:
        """`acme has arr 5_000`, `ann logged in on 2026-09-20`, `they opened an urgent ticket`."""
        key = plain(tokens[0])
        if key not in self.customers:
            return False
        rest = tokens[1:]
        if rest and rest[0].text == "." and len(rest) > 3:
            rest = rest[1:]
        self._facts(key, self.customers[key][0], rest)
        return True

    def _of_the_same(self, tokens: list[Token], inside: Sequence[Entry]) -> bool:
        """`renewal_date is 2026-12-15`, behind the only customer so far."""
        if len(self.customers) != 1 or inside:
            return False
        ((key, (entity, cells)),) = self.customers.items()
        fields = self._relation(entity).fields
        name = next((n for i in (3, 2, 1) if (n := "_".join(t.lower for t in tokens[:i])) in fields), None)
        if name is None or name in cells:
            return False
        self._facts(key, entity, tokens)
        return True

    # -- facts ---------------------------------------------------------------------------

    def _facts(self, key: str, entity: str, tokens: Sequence[Token]) -> None:
        relation, at = self._relation(entity), 0
        about = replace(self.names, entity=entity)
        while at < len(tokens):
            lower = tokens[at].lower
            if (
                (stop := self._row_fact(key, about, tokens, at)) is not None
                or (stop := self._field_fact(key, relation, tokens, at)) is not None
                or (stop := self._owner_fact(key, relation, tokens, at)) is not None
                or (stop := self._metric_fact(key, tokens, at)) is not None
            ):
                at = stop
            elif lower in _FACT_FILLERS or tokens[at].text in (".", "(", ")"):
                at += 1
            else:
                raise Unread

    def _metric_fact(self, key: str, tokens: Sequence[Token], at: int) -> int | None:
        """`seat_use 92%`, `seat use of 92%`: a metric that is given in place of rows."""
        for length in (3, 2, 1):
            name = "_".join(t.lower for t in tokens[at : at + length])
            end = at + length
            while end < len(tokens) and tokens[end].lower in ("is", "=", ":", "of", "=="):
                end += 1
            if name in self.names.metrics and end < len(tokens) and tokens[end].kind in ("number", "amount", "text"):
                self.customers[key][1][name] = literal([tokens[end]])
                return end + 1
        return None

    def _owner_fact(self, key: str, relation: Relation, tokens: Sequence[Token], at: int) -> int | None:
        """`of acme`, `at acme`, `of account acme`."""
        place = at
        while place < len(tokens) and (
            tokens[place].lower in ("of", "at", "in", "for", "belonging", "belongs", "to", "the")
            or tokens[place].lower == relation.of
        ):
            place += 1
        if place == at or place >= len(tokens) or plain(tokens[place]) not in self.customers or not relation.by:
            return None
        owner = plain(tokens[place])
        if self.customers[owner][0] != relation.of:
            return None
        self.customers[key][1][relation.by] = _key(owner)
        return place + 1

    def _field_fact(self, key: str, relation: Relation, tokens: Sequence[Token], at: int) -> int | None:
        cells = self.customers[key][1]
        negative = tokens[at].lower in ("not", "no", "without", "isn't") and at + 1 < len(tokens)
        place = at + negative
        for length in (3, 2, 1):
            words = tokens[place : place + length]
            name = "_".join(t.lower for t in words)
            field = relation.fields.get(name) if len(words) == length else None
            if field is None and length == 1 and words:
                field = self._near(relation, words[0].lower, tokens, place)
            if field is None or field.name == relation.key:
                continue
            end = place + length
            while end < len(tokens) and tokens[end].lower in (
                "is",
                "=",
                ":",
                "of",
                "==",
                "equal",
                "equals",
                "to",
                "was",
                "on",
                "at",
                "set",
                "in",
                "=",
            ):
                end += 1
            if field.type == ty.BOOLEAN:
                word = tokens[end].lower if end < len(tokens) else ""
                if word in ("true", "false", "yes", "no", "on", "off") or tokens[end - 1].lower == "on":
                    said = word in ("true", "yes", "on") or (
                        tokens[end - 1].lower == "on" and word not in ("true", "false", "yes", "no", "off")
                    )
                    cells[field.name] = "true" if said != negative else "false"
                    return end + (word in ("true", "false", "yes", "no", "on", "off"))
                cells[field.name] = "false" if negative else "true"
                return place + length
            if negative:
                return place + length if field.name not in cells else _raise_int()
            stop = self._value_end(tokens, end)
            cells[field.name] = literal(tokens[end:stop], field.type)
            return stop
        if negative:
            return None
        return self._value_fact(cells, relation, tokens, at)

    def _value_end(self, tokens: Sequence[Token], at: int) -> int:
        if at >= len(tokens):
            raise Unread
        if tokens[at].text in ("(", "["):
            return closing(tokens, at) + 1
        if tokens[at].text == "-":
            return at + 2
        if tokens[at].text in ("$", "€", "£"):
            return at + 2
        if at + 2 < len(tokens) and tokens[at].kind == "number" and tokens[at + 2].lower == "ago":
            return at + 3
        return at + 1

    def _near(self, relation: Relation, word: str, tokens: Sequence[Token], at: int) -> Field | None:
        """A date field by its verb, as `renews on` for `renewal_date`."""
        root = stem(word)
        following = next((t for t in tokens[at + 1 : at + 3] if t.lower not in ("on", "at", "in")), None)
        if len(root) < 4 or following is None or following.kind not in ("date", "text"):
            return None
        dates = [
            f for f in relation.fields.values() if f.type in (ty.DATE, ty.TIMESTAMP) and f.name.startswith(root[:5])
        ]
        return dates[0] if len(dates) == 1 else None

    def _value_fact(self, cells: dict[str, str], relation: Relation, tokens: Sequence[Token], at: int) -> int | None:
        """`active`, `the team plan`, `200_000 arr`, `admin`."""
        token = tokens[at]
        if token.kind in ("number", "amount") and at + 1 < len(tokens):
            end = at + 1 + (tokens[at + 1].lower in ("of", "in"))
            field = relation.fields.get(tokens[end].lower) if end < len(tokens) else None
            named = [
                f
                for f in relation.fields.values()
                if end < len(tokens) and f.name.split("_")[0] == tokens[end].lower and ty.is_numeric(f.type)
            ]
            field = field or (named[0] if len(named) == 1 else None)
            if field is None:
                return None
            cells[field.name] = literal([token], field.type)
            return end + 1
        if token.kind not in ("word", "text", "quoted"):
            return None
        following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
        if following in relation.fields and (token.lower not in _FACT_FILLERS or token.kind != "word"):
            behind = tokens[at + 2] if at + 2 < len(tokens) else None
            if behind is None or behind.lower in _FACT_FILLERS or behind.text in (".",):
                field = relation.fields[following]
                try:
                    cells[following] = literal([token], field.type)
                except Unread:
                    return None
                return at + 2
        said = plain(token).casefold()
        having = [
            (f, v)
            for f in relation.fields.values()
            if isinstance(f.type, ty.Enum)
            for v in f.type.values
            if v.casefold() == said and f.name not in cells
        ]
        if len(having) != 1:
            return None
        cells[having[0][0].name] = quoted(having[0][1])
        return at + 1

    # -- rows ----------------------------------------------------------------------------

    def _row_fact(self, key: str, about: Names, tokens: Sequence[Token], at: int) -> int | None:
        """`a login on 2026-09-20`, `logged in on …`, `3 urgent tickets opened on …`, `no tickets`."""
        place, many, no = at, 1, False
        lower = tokens[place].lower
        if lower in ("no", "without", "zero") or (tokens[place].text == "0"):
            no, place = True, place + 1
        elif lower in _COUNTS or (tokens[place].kind == "number" and tokens[place].text.isdigit()):
            many, place = (_COUNTS[lower] if lower in _COUNTS else int(tokens[place].text)), place + 1
        cells, begin = dict[str, str](), place
        for skip in range(4):
            start = begin + skip
            for length in (3, 2, 1):
                words = [t.text for t in tokens[start : start + length]]
                if len(words) != length or not all(t.kind == "word" for t in tokens[start : start + length]):
                    continue
                table = about.table(words)
                if table is None or about.tables[table].kind != "table":
                    continue
                relation = about.tables[table]
                if not self._adjectives(tokens[begin:start], relation, cells):
                    return None
                if no:
                    return start + length
                stop = self._row_details(tokens, start + length, relation, cells)
                if many > MOST_ROWS or "at" not in cells:
                    raise Unread
                self.rows += [(relation.name, self._owner(key, relation), cells)] * many
                return stop
        return None

    def _owner(self, key: str, relation: Relation) -> str:
        """Whose a row of a customer is: the customer's itself, or one of its users', who is put in where a table is of users."""
        entity, schema = self.customers[key][0], self.names.schema
        owner = schema.relations.get(relation.of or "") if schema is not None else None
        if owner is None or owner.name == entity or owner.of != entity or not owner.by:
            return key
        own = next(
            (k for k, (e, cells) in self.customers.items() if e == owner.name and cells.get(owner.by) == _key(key)), ""
        )
        if not own:
            own = f"{key}_{owner.name}"
            self._put(own, owner.name, {owner.by: _key(key)})
        return own

    def _adjectives(self, tokens: Sequence[Token], relation: Relation, cells: dict[str, str]) -> bool:
        for token in tokens:
            having = [
                (f, v)
                for f in relation.fields.values()
                if isinstance(f.type, ty.Enum)
                for v in f.type.values
                if v.casefold() == plain(token).casefold()
            ]
            if len(having) != 1:
                return (
                    token.lower
                    in (
                        "opened",
                        "had",
                        "sent",
                        "made",
                        "has",
                        "new",
                        "last",
                        "latest",
                        "a",
                        "an",
                        "the",
                        "raised",
                        "created",
                        "with",
                        "and",
                        "paid",
                        "got",
                        "held",
                    )
                    and len(tokens) == 1
                )
            cells[having[0][0].name] = quoted(having[0][1])
        return True

    def _row_details(self, tokens: Sequence[Token], at: int, relation: Relation, cells: dict[str, str]) -> int:
        while at < len(tokens):
            token = tokens[at]
            if token.kind == "date" or (
                token.kind in ("text", "quoted") and re.fullmatch(r"\d{4}-\d\d-\d\d", plain(token))
            ):
                if "at" in cells:
                    return at
                cells["at"] = plain(token) if token.kind != "date" else token.text
                at += 1
            elif (
                at + 2 < len(tokens) and token.kind == "number" and tokens[at + 2].lower == "ago" and "at" not in cells
            ):
                cells["at"] = text_of(tokens[at : at + 3])
                at += 3
            elif token.lower in relation.fields and token.lower not in cells and at + 1 < len(tokens):
                end = at + 1 + (tokens[at + 1].lower in ("is", "=", ":", "of"))
                cells[token.lower] = literal(tokens[end : end + 1], relation.fields[token.lower].type)
                at = end + 1
            elif (
                token.lower
                in (
                    "was",
                    "is",
                    "happened",
                    "on",
                    "at",
                    "dated",
                    "opened",
                    "with",
                    "made",
                    "held",
                    "due",
                    "of",
                    "from",
                    "sent",
                )
                and at + 1 < len(tokens)
                and not ("at" in cells and token.lower in ("on", "at"))
            ):
                if (
                    token.lower == "with"
                    and tokens[at + 1].lower not in relation.fields
                    and not self._is_value(tokens[at + 1], relation)
                ):
                    return at
                at += 1
            elif self._is_value(token, relation) and token.lower not in cells:
                if not self._adjectives([token], relation, cells):
                    return at
                at += 1
            else:
                return at
        return at

    def _is_value(self, token: Token, relation: Relation) -> bool:
        return any(
            isinstance(f.type, ty.Enum) and plain(token) in f.type.values and f.name for f in relation.fields.values()
        )

    def _row_of(self, tokens: list[Token], inside: Sequence[Entry]) -> bool:
        """`logins of ann on …`, `logins(ann, at="…")`, `logins of ann { at: … }`."""
        schema = self.names.schema
        if schema is None or (len(tokens) < 3 and not inside):
            return False
        relation = schema.relations.get(tokens[0].lower)
        if relation is None or relation.kind == "entity":
            singular = next(
                (
                    r
                    for r in schema.relations.values()
                    if r.kind == "table" and tokens[0].kind == "word" and stem(r.name) == stem(tokens[0].text)
                ),
                None,
            )
            relation = (
                singular
                if singular is not None
                and len(tokens) > 1
                and (tokens[1].text == "(" or tokens[1].lower in ("of", "for"))
                else None
            )
            if relation is None:
                return False
        cells, owner = dict[str, str](), ""
        if tokens[1].text == "(" and closing(tokens, 1) == len(tokens) - 1:
            for part in parts(tokens[2:-1], ","):
                if len(part) == 1 and plain(part[0]) in self.customers:
                    owner = plain(part[0])
                elif len(part) == 3 and plain(part[2]) in self.customers and part[1].text in ("=", ":"):
                    owner = plain(part[2])
                elif len(part) > 2 and part[1].text in ("=", ":"):
                    cells |= self._cell(relation, plain(part[0]).lower(), part[2:])
                elif len(part) == 1 and relation.at:
                    cells |= self._cell(relation, "at", part)
                else:
                    raise Unread
        elif tokens[1].lower in ("of", "for", "by") and plain(tokens[2]) in self.customers:
            owner = plain(tokens[2])
            if self._row_details(tokens, 3, relation, cells) != len(tokens):
                raise Unread
        else:
            return False
        for one in inside:
            if not one.key or one.inside:
                raise Unread
            cells |= self._cell(relation, one.key, one.value)
        if not owner:
            raise Unread
        cells.pop(relation.by or "", None)
        if owner in self.customers and relation.of not in (None, self.customers[owner][0]):
            raise Unread  # rows of somebody else
        self.rows.append((relation.name, owner, cells))
        return True

    # -- as it is written ----------------------------------------------------------------

    def written(self, title: str) -> str:
        if not self.customers or not (self.expected or self.cases):
            raise Unread
        as_of = f" as of {self.as_of}" if self.as_of else ""
        lines = [f"{entity} {_key(key)} {{ {_cells_of(cells)} }}" for key, (entity, cells) in self.customers.items()]
        lines += [f"{name} of {_key(owner)} {{ {_cells_of(cells)} }}" for name, owner, cells in self.rows]
        lines += self._cases()
        body = "\n".join(f"  {line}" for line in [*lines, *self.gaps, *self.expected])
        return f"test {title}{as_of} {{\n{body}\n}}".replace("{  }", "{ }")

    def _cases(self) -> list[str]:
        """The cases, and what is expected of all of them. Raises `Unread` where they don't ask the same."""
        if not self.cases:
            return []
        if len({(name, key, rule) for name, _, key, rule, _ in self.cases}) != 1:
            raise Unread
        _, _, key, rule, _ = self.cases[0]
        self.expected.append(f"expect ({key} in {rule}) = inside")
        return [f"case {{ {name}: {value}, inside: {str(is_in).lower()} }}" for name, value, _, _, is_in in self.cases]


def _raise() -> None:
    raise Unread


def _raise_text() -> str:
    raise Unread


def _raise_int() -> int:
    raise Unread


def _key(key: str) -> str:
    return key if re.fullmatch(r"[a-z_]\w*", key) else quoted(key)


def _cells_of(cells: dict[str, str]) -> str:
    return ", ".join(f"{name}: {value}" for name, value in cells.items())
