"""Metrics, scores, plays and lists, by whatever words and signs they are set out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from segdsl.formulas.called import CALLED
from segdsl.lang.reserved import AGGREGATES, PLAY_CLAUSES
from segdsl.model import types as ty
from segdsl.phrasebook.declarations.bands import BANDS_NOTE, bucketed, tiers
from segdsl.phrasebook.declarations.channels import shared_clause
from segdsl.phrasebook.declarations.gaps import read_or_gap
from segdsl.phrasebook.declarations.heads import Head, meta, setting_of_head
from segdsl.phrasebook.declarations.looker import is_looker, looker_filters, looker_rows
from segdsl.phrasebook.declarations.outline import Entry, Unread, closing, listed, outline, parts, text_of
from segdsl.phrasebook.declarations.parts import (
    Declared,
    condition,
    entity_of,
    figure,
    filter_of,
    is_value,
    joined_by,
    literal,
    plain,
    quoted,
    slug,
    value_of,
)
from segdsl.phrasebook.declarations.play_clauses import clause_of_setting, with_decimals
from segdsl.phrasebook.declarations.rules import without_alias
from segdsl.phrasebook.declarations.spoken import (
    clause_of_play,
    message,
    only_at_first,
    order_of_room,
)
from segdsl.phrasebook.declarations.subjects import clause, subject
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.tokens import Token, cut

_VALUE = (
    "value",
    "expression",
    "expr",
    "formula",
    "sql",
    "calculation",
    "definition",
    "calc",
    "is",
    "equals",
    "measure",
    "metric",
    "compute",
    "=",
    "select",
    "returns",
    "return",
)
_AGGREGATE = (
    "type",
    "aggregation",
    "agg",
    "calculation_method",
    "aggregate",
    "function",
    "aggregation_type",
    "agg_type",
    "measure_type",
    "roll_up_type",
    "rollup_type",
    "roll_up_function",
    "rollup_function",
    "summary_type",
    "summary_function",
)
_BEFORE_WEIGHTS = {
    ":",
    "=",
    "*",
    "x",
    "×",
    ",",
    "-",
    "weight",
    "weighted",
    "by",
    "at",
    "counts",
    "worth",
    "with",
    "is",
    "for",
}
_COLUMN = listed(
    """
    sql expression expr field column measure over value of_field target field_to_aggregate aggregate_field
    aggregated_field field_to_summarize field_to_roll_up summarized_field rollup_field roll_up_field
    """
)
_FILTERS = ("filters", "filter", "where", "filter_sql", "conditions", "filter_criteria", "criteria", "filter_condition")
_ROWS = listed(
    """
    table rows source from model events dataset on event data relation summarized_object summarised_object
    child_object related_object detail_object rollup_object roll_up_object
    """
)
_CALLED = {
    word: meant
    for meant, words in {
        "count": "count counta",
        "sum": "sum",
        "average": "average avg mean",
        "median": "median",
        "min": "min",
        "max": "max",
        "count_distinct": "count_distinct countdistinct distinct_count count_unique",
        "last": "last latest",
        "first": "first",
        "": "sum_distinct number percentile",
    }.items()
    for word in words.split()
}


def _taken(head: Head, entries: Sequence[Entry], names: Names) -> list[Entry]:
    """The entries of a body without those of its head."""
    return [entry for entry in entries if not setting_of_head(head, entry, names)]


def _behind_sign(tokens: Sequence[Token]) -> list[Token]:
    every = list(tokens)
    while every and every[0].lower in (
        ":",
        "=",
        ":=",
        "is",
        "as",
        "equals",
        "means",
        ",",
        "->",
        "defined",
        "calculated",
        "computed",
    ):
        every = every[1:]
    while every and every[-1].text in (".", ";", ";;", ","):
        every = every[:-1]
    return every


# -- metrics -----------------------------------------------------------------------------


def _filtered(head: Head) -> list[Token]:
    """`= COUNT(DISTINCT logins.device) WHERE …` as the query that it is a part of; other tokens as they are."""
    rest = _behind_sign(head.rest)
    words = [t.lower for t in rest]
    if len(rest) < 6 or rest[1].text != "(" or words[0] not in {*AGGREGATES, "avg", "mean"} or "from" in words:
        return head.rest
    close = closing(rest, 1)
    if words[close + 1 : close + 2] != ["where"]:
        return head.rest
    table = next((rest[i].text for i in range(2, close - 1) if rest[i + 1].text == "." and rest[i].kind == "word"), "")
    return [*cut("= SELECT "), *rest[: close + 1], *cut(f" FROM {table} "), *rest[close + 1 :]] if table else head.rest


def metric(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A metric by its value, or by a function, a column and filters as tools of reports have them."""
    head.rest = _filtered(head)
    settings = {_key(e): e for e in entries}
    aggregate = next(
        (
            k
            for k in _AGGREGATE
            if k in settings and settings[k].value and plain(settings[k].value[-1]).lower() in _CALLED
        ),
        None,
    )
    if aggregate is not None and len(settings) == len(entries):
        return _aggregated(head, settings, plain(settings[aggregate].value[-1]).lower(), aggregate, names)
    if line := tiers(entries):
        head.about(names)
        return Declared(f"{head.written()} = {line}", (BANDS_NOTE,), head.entity)
    left = list(_taken(head, _query_as_one(entries), names))
    own = head.about(names)
    body = _behind_sign(head.rest)
    if line := bucketed(body, left):
        return Declared(f"{head.written(with_where=False)} = {line}", (BANDS_NOTE,), head.entity)
    for entry in left:
        value = entry.value if entry.key else entry.tokens[1:]
        if meta(entry, own) is not None or entry.inside or body:
            raise Unread
        body = (
            list(value)
            if _key(entry) in _VALUE and (entry.key or _key(entry) in ("return", "returns"))
            else list(entry.tokens)
        )
    if len(body) == 1 and body[0].kind in ("text", "quoted"):
        body = cut(plain(body[0]))
    words = [t.lower for t in body]
    if "from" in words and words[0] in ("select", "count", "sum", "avg", "average", "min", "max"):
        body = cut(f"({'' if words[0] == 'select' else 'SELECT '}{text_of(body).rstrip(';')})")
    if not body or (any(t.text in ("{", ";;", ";") for t in body) and not any(t.lower == "bands" for t in body)):
        raise Unread
    return Declared(
        without_alias(f"{head.written(with_where=False)} = {_of_where(text_of(body), head)}", head),
        ("a metric's value stands after `=`",),
        head.entity,
    )


def _query_as_one(entries: Sequence[Entry]) -> list[Entry]:
    """The lines of a query as one: `SELECT …`, and below it `FROM …`."""
    every = list(entries)
    if len(every) > 1 and every[0].words[:1] == ("select",) and not any(e.inside for e in every):
        return [Entry(tuple(t for e in every for t in e.tokens))]
    return every


def _of_where(text: str, head: Head) -> str:
    if head.where:
        raise Unread  # a metric is of all
    return text


def _key(entry: Entry) -> str:
    return entry.key or (entry.words[0] if entry.words else "")


def _aggregated(head: Head, settings: dict[str, Entry], said: str, by: str, names: Names) -> Declared:
    function = _CALLED[said]
    column, rows = "", ""
    for key, entry in settings.items():
        value = [t for t in entry.value if t.text not in ("$", "{", "}")] if not entry.inside else list(entry.value)
        text = "".join(plain(t) for t in value).replace("ref(", "").replace(")", "").replace("{{", "").strip("'\" ")
        if key == by or key in _FILTERS:
            continue
        if key in _ROWS and not entry.inside and _table(text, names):
            rows = _table(text, names)
        elif key in _COLUMN and not entry.inside:
            column = text.replace("TABLE.", "")
        elif not setting_of_head(head, entry, names) and key not in (
            "drill_fields",
            "value_format",
            "format",
            "group_label",
            "hidden",
            "view_label",
        ):
            raise Unread
    own = head.about(names)
    if "." in column and (named_rows := _table(column.partition(".")[0], own)):
        rows, column = named_rows, column.partition(".")[2]
    column = "" if column in ("*", "1", rows) else column
    if not rows and (found := _table(column, own)):
        rows, column = found, ""
    if not rows and not column:
        rows = next((r for k, e in settings.items() if k in _FILTERS and (r := looker_rows(e, own))), "")
    if not rows:
        owners = [t for t, r in own.tables.items() if column and column in r.fields]
        owners = owners or [t for t, r in own.tables.items() if column and column == r.key]
        if len(owners) != 1:
            raise Unread
        rows = owners[0]
    relation = own.tables[rows]
    window, filters = "", list[str]()
    for entry in (e for k, e in settings.items() if k in _FILTERS):
        if is_looker(entry):
            when, held = looker_filters(entry, rows, relation, own)
            window, filters = window or when, [*filters, *held]
        else:
            filters.append(_without_braces(entry, replace(own, entity=relation.name)))
    if function == "count" and (column in (relation.key, relation.by) or column == ""):
        column = ""
    if not function or (function != "count" and not re.fullmatch(r"\w+", column)) or (function == "count" and column):
        raise Unread
    where = f" where {' and '.join(f for f in filters)}" if filters else ""
    source = f"{rows}{'.' + column if column else ''}{window}{where}"
    return Declared(
        f"{head.written()} = {function}({source})",
        ("a metric is written as a formula: `count(ROWS where …)`, `sum(ROWS.FIELD)`",),
        head.entity,
    )


def _without_braces(entry: Entry, names: Names) -> str:
    """A filter of rows, whose names are fields of these."""
    tokens = [t for t in entry.value if t.text not in ("$", "{", "}")]
    several = [] if entry.inside else [filter_of(one, names) for one in parts(tokens, ",", "and")]
    if several and all(several):
        said = joined_by("and", several)
    elif not entry.inside and "equals" in {t.lower for t in tokens}:
        raise Unread
    else:
        said = condition(tokens, entry.inside, names)
    return re.sub(r"\$\{(\w+\.)?(\w+)\}|\bTABLE\.", lambda m: m[2] or "", said)


def _table(word: str, names: Names) -> str:
    return names.table([word.rpartition(".")[2]]) or "" if word else ""


# -- scores ------------------------------------------------------------------------------

_SCORE_NOTE = "a part of a score is `part NAME weight N = VALUE`"
_SHARE = re.compile(r"\d+(?:\.\d+)?%")


_WHAT = (
    r"(?:anything|something|any|one|(?:a|an|any|one) (?:part|value|measure|component|factor|input|signal|metric)"
    r"|data|any data)"
)
_FORMULA = ("formula", "value", "expression", "expr")
_BOUNDS = {
    "round", "rounddown", "roundup", "int", "trunc", "floor", "ceil", "ceiling", "min", "max", "least", "greatest", "smaller",
    "larger",
}  # fmt: skip
"""Functions that round a value, or keep it within a bound."""
_NONE = r"(?:missing|unknown|lacking|n ?/ ?a|na|null|not available|unavailable|not known|blank|empty)"
_MISSING = re.compile(
    rf"(?:missing(?: parts?| values?| data)?|(?:if|when|where) {_WHAT}(?: of them)? (?:is|are) {_NONE}"
    r"|unknown if missing|on[ _]missing|if_missing|missing_(?:parts|values))\b ?(.*)"
)

_ONE_MISSING = re.compile(
    rf"(?:if|when|where) (?:the )?(?P<part>\w+) (?:is|are) {_NONE} ?,? (?:then )?(?:(?:go|judge|score|count|use|take|rely)"
    r"(?: it)?(?: only| just)?(?: by| on| with)?(?: (?:the )?(?:others?|other parts?|rest))?(?: (?P<others>(?!others?\b|rest\b|the\b)\w+"
    r"(?:(?: ?,| and)+ \w+)*?))?(?: alone| only)|(?:ignore|skip|drop) it|leave it out)"
)
"""A part that is missing by its name, where the score is of the others alone."""


def _points_of(tokens: Sequence[Token]) -> list[str]:
    """`0 → 0, 20 → 100`: the points of a scale; nothing for anything else."""
    found = list[str]()
    for one in parts(list(tokens), ",", ";", "and"):
        arrows = [i for i, t in enumerate(one) if t.text in ("→", "->", "=>", ":", "=")]
        if len(one) != 3 or arrows != [1] or {one[0].kind, one[2].kind} != {"number"}:
            return []
        found.append(f"{one[0].text}: {one[2].text.rstrip('%')}")
    return found if len(found) > 1 else []


def _all_or_nothing(tokens: Sequence[Token]) -> str:
    """`100 if CONDITION`, and nothing otherwise; empty for anything else."""
    words = [t.lower for t in tokens]
    if (
        len(words) < 3
        or words[0].rstrip("%") != "100"
        or words[1] not in ("if", "when")
        or {"else", "otherwise", ","} & {*words}
    ):
        return ""
    return f"if {text_of(tokens[2:])} then 100 else 0 end"


class _Parts:
    """Reads the parts of a score line by line."""

    def __init__(self, names: Names) -> None:
        self.names, self.parts, self.caps, self.missing = names, list[tuple[str, str, str]](), list[str](), ""
        self.gaps = list[str]()
        self.of_points = False
        self.own_weights = False  # as in the language, where their proportion alone counts

    def line(self, entry: Entry) -> None:
        words = entry.words
        key = entry.key
        if not entry.tokens:
            return self._object(entry.inside)
        listed = entry.value[:1] and entry.value[0].text == "[" and closing(entry.value, 0) == len(entry.value) - 1
        if not entry.inside and words[0] != "part" and (self._in_words(entry.tokens) or self._labelled(entry.tokens)):
            return None
        if not entry.inside and (self._worth(entry.tokens) or self._points_if(entry.tokens)):
            return None
        if not entry.inside and (self._measure(entry.tokens) or self._points_for(entry.tokens)):
            return None
        if not entry.inside and (self._from_to(entry.tokens) or self._named_share(entry.tokens)):
            return None
        terms = parts(entry.value[1:-1] if listed else entry.tokens, ",")
        weighted = len(terms) > 1 and all(any(t.kind == "number" for t in term) for term in terms)
        if (listed or weighted) and words[0] not in ("if", "when", "where", "cap", "at") and not entry.inside:
            for term in terms:
                for inner in outline(term, 1) if listed else [Entry(tuple(term))]:
                    self.line(inner)
            return None
        if (
            entry.inside
            and key in ("parts", "components", "inputs", "weights", "signals", "factors", "dimensions")
            and not entry.value
        ):
            for inner in entry.inside:
                self.line(inner)
            return None
        if entry.inside and not entry.value:
            name = Entry(tuple(cut(f"name: {text_of(entry.tokens).rstrip(':')}")))
            return self._object((name, *entry.inside))
        if entry.inside:
            raise Unread
        if self._missing(entry) or self._cap(entry.tokens):
            return None
        if words[0] == "part":
            return self._part(entry.tokens[1:])
        return self._weighted(list(entry.tokens))

    def _in_words(self, tokens: Sequence[Token]) -> bool:
        """`seat_use counts 60%: 0 at 0%, 100 at 90%`, `support counts 40%: 100 if CONDITION, otherwise 20`, `mood counts 40%: VALUE`."""
        at = next((i for i, t in enumerate(tokens) if t.text == ":" and i), None)
        if at is None or at < 3 or tokens[at - 1].kind != "number" or tokens[at - 2].lower not in _COUNTS:
            return False
        name, weight, body = tokens[: at - 2], tokens[at - 1].text, list(tokens[at + 1 :])
        line, said = _either(body), text_of(body)
        if (ends := _VALUE_FROM_TO.fullmatch(said)) is not None:
            line = f"scale({ends['value']}, {ends['x']}: {ends['a']}, {ends['y']}: {ends['b']})"
        elif not line and body and body[0].kind != "number":
            line = said
        if not line:
            points = [self._point(one) for one in parts(body, ",", "and", ";")]
            if len(points) < 2 or len(name) != 1:
                raise Unread
            line = f"scale({name[0].text}, {', '.join(points)})"
        self.parts.append((" ".join(t.text for t in name), weight.rstrip("%"), line))
        return True

    def _labelled(self, tokens: Sequence[Token]) -> bool:
        """`Product usage (40%): VALUE`, `usage: 70% = VALUE`, `support – 60% – 100 if CONDITION else 0`."""
        words = [t.text for t in tokens]
        at = next((i for i, t in enumerate(tokens[:8]) if t.kind == "number"), 0)
        signs = [i for i in range(at + 1, min(at + 4, len(tokens))) if words[i] in (":", "=", "–", "—", "->", "→")]
        behind = words[at + 1 : signs[0]] if signs else []
        between = [w for w in words[1:at] if w in ("(", ":", "–", "—", "-", ",", "=", "weight")]
        name = [
            t
            for t in tokens[:at]
            if t.kind in ("word", "text", "quoted") and t.lower not in ("weight", "weighted", "worth")
        ]
        if (
            not at
            or not signs
            or not name
            or words[0].lower() in _PARTS
            or not {*behind} <= {")", "%", "points", "pts", "weight"}
            or tokens[0].kind == "number"
        ):
            return False
        if (
            not between
            or len(name) + len([w for w in words[:at] if w in ("(", ":", "–", "—", "-", ",", "=", "weight", "&")]) < at
        ):
            return False
        body = _behind_sign(tokens[signs[0] + 1 :])
        line = _either(body) or _all_or_nothing(body)
        if not line and (points := _points_of(body)):
            line = f"scale({self._figure(text_of(name).lower().replace(' ', '_'))}, {', '.join(points)})"
        self.parts.append((" ".join(plain(t) for t in name), words[at].rstrip("%"), line or text_of(body)))
        return True

    def _from_to(self, tokens: Sequence[Token]) -> bool:
        """`seat_use counts for 60%, from 0 at 0% to 100 at 90%`, `latest nps counts 40% (0 gives 0, 10 gives 100)`."""
        said = _COUNTS_SO_MUCH.fullmatch(text_of(tokens).rstrip(" .;"))
        if said is None:
            return False
        ends = _FROM_TO.fullmatch(said["body"].strip(" ,:()"))
        if steps := _in_steps(self._figure(said["name"]), said["body"].strip(" ,:()")):
            self.parts.append((said["name"].split()[-1], said["weight"], steps))
            return True
        if ends is not None:
            points = [(ends["x"], ends["a"]), (ends["y"], ends["b"])]
        else:
            given = [
                _GIVES_POINTS.fullmatch(one.strip()) for one in re.split(r",|;|\band\b", said["body"].strip(" ,:()"))
            ]
            points = [(one[1], one[2]) for one in given if one is not None]
            if len(points) < 2 or len(points) < len(given):
                raise Unread
        value = self._figure(said["name"])
        name = said["name"].split()[-1]
        self.parts.append((name, said["weight"], f"scale({value}, {', '.join(f'{x}: {a}' for x, a in points)})"))
        return True

    def _named_share(self, tokens: Sequence[Token]) -> bool:
        """`60% usage = seat_use from 0 to 90% gives 0 to 100`, `40% money = 20 if arr under 1_000, else 100`: weight, name and value."""
        said = _NAMED_SHARE.fullmatch(text_of(tokens).rstrip(" .;"))
        if said is None or said["name"].lower() in ("of", "for", "weight", "points") or said["name"] in ("if", "when"):
            return False
        body = said["body"]
        if (ends := _SCALED.fullmatch(body)) is not None:
            body = f"scale({self._figure(ends['x'])}, {ends['a']}: {ends['c']}, {ends['b']}: {ends['d']})"
        self.parts.append((said["name"], said["weight"], body))
        return True

    def _figure(self, said: str) -> str:
        """A field or metric by its name, or the newest value of a field that one table has, as `latest nps`."""
        *before, name = said.removeprefix("the ").split()
        if not before and is_value(name, self.names) and name not in self.names.tables:
            return name
        owners = [t for t, r in self.names.tables.items() if name in r.fields and r.at]
        if " ".join(before) not in ("latest", "last", "newest", "most recent") or len(owners) != 1:
            raise Unread
        return f"last({owners[0]}.{name})"

    def _measure(self, tokens: Sequence[Token]) -> bool:
        """`measure usage (weight 70%): VALUE`, `factor usage, 70%: VALUE`."""
        words = [t.lower for t in tokens]
        sign = next((i for i, w in enumerate(words) if w in (":", "=", ":=")), None)
        weighed = sign == 2 and len(tokens) > 5 and tokens[3].kind == "number" and words[4] == "="
        if words[0] not in _PARTS or sign is None or (sign < 3 and not weighed) or sign + 1 >= len(tokens):
            return False
        if weighed:
            sign = 4  # `measure use: 70% = VALUE`
        figures = [t for t in tokens[2:sign] if t.kind == "number"]
        others = {w for t, w in zip(tokens[2:sign], words[2:sign]) if t.kind != "number" and w != ":"}
        if tokens[1].kind != "word" or len(figures) != 1 or not others <= _AROUND_WEIGHTS:
            return False
        body = _behind_sign(tokens[sign + 1 :])
        self.parts.append((tokens[1].text, figures[0].text.rstrip("%"), _either(body) or text_of(body)))
        return True

    def _points_for(self, tokens: Sequence[Token]) -> bool:
        """`50 points for seat_use: 0% gives 0, 90% or more gives all`."""
        sign = next((i for i, t in enumerate(tokens) if t.text == ":"), None)
        if sign is None or sign < 4 or tokens[0].kind != "number" or tokens[2].lower not in ("for", "on", "from", "by"):
            return False
        if tokens[1].lower not in ("points", "point", "pts", "percent"):
            return False
        weight, value = tokens[0].text.rstrip("%"), tokens[3:sign]
        body = _behind_sign(tokens[sign + 1 :])
        if not (line := _either([_of_weight(t, weight) for t in body])):
            points = [_gives(one, weight) for one in parts(body, ",", "and", ";")]
            if len(points) < 2:
                raise Unread
            points.sort(key=lambda p: float(p[0].rstrip("%").replace("_", "")) / (100 if "%" in p[0] else 1))
            if any(ends == "up" for *_, ends in points[:-1]) or any(ends == "down" for *_, ends in points[1:]):
                raise Unread  # steps
            line = f"scale({text_of(value)}, {', '.join(f'{at}: {of_100}' for at, of_100, _ in points)})"
        self.parts.append(("" if len(value) > 1 else value[0].text, weight, line))
        return True

    def _worth(self, tokens: Sequence[Token]) -> bool:
        """`seat_use is worth 70 points, full points at 90%`: none at 0, and all of them from there on."""
        said = _WORTH.fullmatch(text_of(tokens).rstrip(" .;"))
        if said is None or not is_value(said["name"], self.names) or said["name"] in self.names.tables:
            return False
        self.parts.append((said["name"], said["weight"], f"scale({said['name']}, 0: 0, {said['x']}: 100)"))
        self.of_points = True
        return True

    def _points_if(self, tokens: Sequence[Token]) -> bool:
        """`50 points for an urgent ticket`, `20 points if autopay is on`: all of a part, or nothing."""
        every = [_if_points(one) for one in _by_points(tokens)]
        if not any(every):
            return False
        for one in every:
            if one is None:
                raise Unread
            weight, said, value = one
            if re.match(r"(?:each|every|per)\b", said):
                raise Unread  # points for each are no share
            words = [w for w in re.findall(r"[a-z_]\w*", said.lower()) if w not in _NO_PART_NAMES]
            self.parts.append((_part_name(" ".join(words)), weight, value))
        self.of_points = True
        return True

    def _point(self, tokens: Sequence[Token]) -> str:
        """`100 at 90%`: a point of a scale."""
        if (
            len(tokens) != 3
            or tokens[1].lower not in ("at", "for", "from")
            or {tokens[0].kind, tokens[2].kind} != {"number"}
        ):
            raise Unread
        return f"{tokens[2].text}: {tokens[0].text}"

    def _missing(self, entry: Entry) -> bool:
        said = " ".join(plain(t).lower() for t in entry.tokens)
        if (one := _ONE_MISSING.fullmatch(said.rstrip(" ."))) is not None and not self.missing:
            self.missing = f"{one['part']}: {one['others'] or ''}"
            return True
        match = _MISSING.match(said)
        if match is None:
            return False
        rest = re.sub(
            r"^(?:[:=,]|->|then|is|are|the|score|result|it|whole|so|counts?|as|treat(?:ed)?|be|unknown is)\b ?|^[:=,] ?|^-> ?",
            "",
            match[1],
        )
        for _ in range(6):
            rest = re.sub(
                r"^(?:[:=,]|->|(?:then|is|are|the|score|result|it|whole|so|counts?|as|treated|treat)\b) ?", "", rest
            )
        rest = rest.strip(" .")
        if rest in ("unknown", "missing", "null", "none", "no score", "leave it out", "nothing", "na", "n/a") or (
            rest == "" and said.startswith("unknown")
        ):
            self.missing = "unknown"
        elif figure_ := re.fullmatch(r"(?:count as |counts as |as )?(zero|-?\d[\d_.]*)", rest):
            self.missing = f"count as {'0' if figure_[1] == 'zero' else figure_[1]}"
        elif rest in (
            "ignore",
            "ignored",
            "skip",
            "skipped",
            "leave out",
            "left out",
            "redistribute",
            "share out",
            "drop",
        ):
            self.missing = "share out up to 100"
        elif re.fullmatch(r"share out up to \d+|count as -?\d[\d_.]*", rest):
            self.missing = rest
        elif shared := _SHARED_OUT.fullmatch(rest):
            self.missing = f"share out up to {shared[1]}"
        else:
            raise Unread
        return True

    def _cap(self, tokens: Sequence[Token]) -> bool:
        """`cap 30 when C`, `at most 30 if C`."""
        words = [t.lower for t in tokens]
        at = next((i for i, w in enumerate(words) if w in ("when", "if", "where")), None)
        if at is None or words[0] not in ("cap", "at", "max", "maximum", "no", "never", "capped", "limit", "limited"):
            return False
        figures = [t for t in tokens[:at] if t.kind == "number"]
        if len(figures) != 1 or not {*words[:at]} <= {
            figures[0].text,
            "cap",
            "at",
            "most",
            "max",
            "maximum",
            "no",
            "more",
            "than",
            "never",
            "above",
            "capped",
            "limit",
            "limited",
            "to",
            "over",
            ":",
            "of",
        }:
            raise Unread
        self.caps.append(f"cap {figures[0].text} when {text_of(tokens[at + 1 :])}")
        return True

    def _part(self, tokens: Sequence[Token]) -> None:
        """`part use weight 60 = seat_use`, with any signs."""
        words = [t.lower for t in tokens]
        at = next((i for i, w in enumerate(words) if w == "weight"), None)
        sign = next((i for i, w in enumerate(words) if w in ("=", ":", ":=") and i), None)
        if at is None or at == 0 or at + 1 >= len(tokens):
            return self._weighted(list(tokens))
        figures = [i for i in range(at + 1, min(at + 3, len(tokens))) if tokens[i].kind == "number"]
        if not figures:
            raise Unread
        self.own_weights = self.own_weights or "%" not in tokens[figures[0]].text
        name, weight = tokens[0].text, tokens[figures[0]].text
        if sign is not None and sign < at and tokens[sign + 1 : at]:
            value: Sequence[Token] = tokens[sign + 1 : at]
            value = value[:-1] if value[-1].text in (",", "(") else value
        else:
            value = _behind_sign(tokens[figures[0] + 1 :])
        self.add(weight, value or tokens[:1], name)
        return None

    def _object(self, entries: Sequence[Entry]) -> None:
        by_key = {e.key: e for e in entries}
        weight = next((by_key.pop(k) for k in ("weight", "share", "points", "w") if k in by_key), None)
        value = next(
            (
                by_key.pop(k)
                for k in ("value", "metric", "field", "expression", "expr", "formula", "of", "measure", "sql", "input")
                if k in by_key
            ),
            None,
        )
        name = next((by_key.pop(k) for k in ("name", "part", "id", "key") if k in by_key), None)
        if weight is None or (value or name) is None or by_key or len(weight.value) != 1:
            raise Unread
        said: Sequence[Token] = (value or name or weight).value
        said = cut(plain(said[0])) if len(said) == 1 and said[0].kind in ("text", "quoted") else said
        self.add(plain(weight.value[0]), said, slug(text_of(list(name.value))) if name is not None else "")

    def _weighted(self, tokens: list[Token]) -> None:
        """`60% seat_use`, `seat_use: 60`, `seat_use (60%)`, `0.6 * seat_use`, `weight 60: seat_use`."""
        while tokens and (tokens[0].text in ("+", ",") or tokens[0].lower in ("and", "plus")):
            tokens = tokens[1:]
        while (tokens and tokens[-1].text in (",", ".", ";", "+")) or (tokens and tokens[-1].lower in ("and", "plus")):
            tokens = tokens[:-1]
        if not tokens:
            raise Unread
        terms = parts(tokens, "+")
        if len(terms) > 1:
            return self._sum(terms)
        first, last = tokens[0], tokens[-1]
        if first.lower in ("weight", "weighted") and len(tokens) > 2 and tokens[1].kind == "number":
            return self.add(tokens[1].text, _behind_sign(_without(tokens[2:])))
        if first.kind == "number" and len(tokens) > 1:
            rest = _without(tokens[1:])
            if rest and rest[0].text in ("+", "-", "/"):
                raise Unread
            colon = next((i for i, t in enumerate(rest) if t.text == ":" and i), None)
            if colon is not None and all(t.kind == "word" for t in rest[:colon]):  # `60% seat use: scale(…)`
                return self.add(first.text, rest[colon + 1 :], slug(text_of(rest[:colon])))
            return self.add(first.text, rest)
        if last.kind == "number" and len(tokens) > 2:
            rest = tokens[:-1]
            if rest[-1].lower in _BEFORE_WEIGHTS:
                if rest[-1].text == "-" and not rest[-1].gap:
                    raise Unread
                while rest and rest[-1].lower in _BEFORE_WEIGHTS:
                    rest = rest[:-1]
                return self.add(last.text, rest)
        if last.text == ")" and (opened := _opened(tokens)) is not None and opened:
            inner = [t for t in tokens[opened + 1 : -1] if t.kind == "number"]
            others = {t.lower for t in tokens[opened + 1 : -1] if t.kind != "number"}
            if (
                len(inner) == 1
                and others <= {"weight", "weighted", "points", "pts", ":", "=", "of", "total"}
                and tokens[opened].gap
            ):
                return self.add(inner[0].text, list(tokens[:opened]))
        if len(tokens) > 2 and last.lower in ("points", "pts", "point") and tokens[-2].kind == "number":
            return self._weighted([*tokens[:-1]])
        raise Unread

    def _sum(self, terms: Sequence[Sequence[Token]]) -> None:
        """`60% * A + 40% * B`: a weighted mean, where the weights add up to 1 or 100."""
        before = len(self.parts)
        for term in terms:
            self._weighted(list(term))
        if sum(float(weight) for _, weight, _ in self.parts[before:]) not in (1, 100):
            raise Unread

    def add(self, weight: str, value: Sequence[Token], name: str = "") -> None:
        value = list(value)
        if not value or any(t.text in ("{", "}", ";") for t in value) or len(parts(value, ":")) > 1:
            raise Unread
        if len(value) > 2 and value[0].text == "(" and closing(value, 0) == len(value) - 1:
            value = value[1:-1]
        value = _of_100(value)
        number = re.sub(r"[_%]", "", weight)
        if not re.fullmatch(r"\d+(?:\.\d+)?", number):
            raise Unread
        self.parts.append((name, _hundredths(number) if "." in number else number, text_of(value)))

    def written(self) -> tuple[list[str], tuple[str, ...]]:
        if not self.parts:
            raise Unread
        whole = sum(Fraction(weight) for _, weight, _ in self.parts)
        if self.of_points and (self.gaps or whole != 100):
            raise Unread  # points are of 100 in all; a sum of others isn't an average by weight
        if not self.own_weights and (whole >= 100 if self.gaps else whole not in (1, 100)):
            raise Unread  # a part isn't there, or one too many
        if self.of_points and not all(self._is_of_100(value) for *_, value in self.parts):
            raise Unread  # how many of something are all of the points isn't said
        lines, used = list[str](), set[str]()
        for name, weight, value in self.parts:
            name = slug(name) if name else _part_name(value)
            while name in used:
                name += "_2"
            used.add(name)
            lines.append(f"part {name} weight {weight} = {self._numeric(value)}")
        lines += self.gaps
        part, of_one, others = self.missing.partition(":")
        missing = self._shared_of(part, others) if of_one else self.missing or "unknown"
        lines.append(f"missing parts: {missing}")
        notes = [_SCORE_NOTE]
        if not self.missing:
            notes.append("a score says what a missing part does: `unknown`, `count as 0`, or `share out up to 40`")
        return [*lines, *self.caps], tuple(notes)

    def _shared_of(self, part: str, others: str) -> str:
        """The weight of one part that may be missing; `others` are all the others where they are named."""
        weights = {slug(name): Fraction(weight) for name, weight, _ in self.parts if name}
        own = weights.pop(part, Fraction(0))
        said = {w for w in re.findall(r"\w+", others) if w != "and"}
        if self.gaps or not own or len(weights) + 1 < len(self.parts) or (said and said != {*weights}):
            raise Unread
        if any(weight <= own for weight in weights.values()):
            raise Unread  # another one that is missing would be shared out, too
        return f"share out up to {own}"

    def _is_of_100(self, value: str) -> bool:
        """Tells whether a value goes to 100, as far as that can be told."""
        path = value.strip()
        is_named = is_value(path, self.names) and path not in self.names.tables
        return value.startswith(("if ", "scale(")) or is_named

    def _numeric(self, value: str) -> str:
        """A field that is true or false as a number: of 100 where the other parts go to 100, as those of a gap are said to."""
        path = value.strip()
        schema = self.names.schema
        field = self.names.described(path)
        if field is None and schema is not None and re.fullmatch(r"\w+", path):
            owners = [
                r
                for r in schema.relations.values()
                if r.kind == "details" and r.of == self.names.entity and path in r.fields
            ]
            if len(owners) == 1:
                field, path = owners[0].fields[path], f"{owners[0].name}.{path}"
        if field is None or field.type != ty.BOOLEAN:
            return path
        goes_to_100 = bool(self.gaps) or any(re.search(r"\b100\b", other) for _, _, other in self.parts)
        return f"if {path} then {100 if goes_to_100 else 1} else 0 end"


_WORTH = re.compile(
    r"(?P<name>[a-z_]\w*) (?:is worth|gives|brings|counts for|counts|earns)(?: up to)? (?P<weight>\d+)(?: points?|%),?"
    r" (?:and )?(?:gets |it gets )?(?:all|full|full points|all points|all of them|the full points|everything) (?:at|from|above)"
    r" (?P<x>\d[\d_.]*%?)(?: (?:or more|and above|upwards|on))?"
)
_SHARED_OUT = re.compile(
    r"(?:ignored?|skip(?:ped)?|left? out|drop(?:ped)?|leave|share[ds]?|spread|redistribute[ds]?"
    r"|split)(?: (?:them|it|out|over|among|to|on|the|others?|rest|parts|weights?))*"
    r"[, ]*(?:,|but|only)? ?(?:up to|at most|as far as|to at most|for up to|no more than) (\d+)(?: (?:%"
    r"|percent|points?|weight|in all|of the weight))*"
)
"""The weights of missing parts go to the others, up to so much."""
_NAMED_SHARE = re.compile(r"(?P<weight>\d+) ?%? (?:for )?(?P<name>[a-z_]\w*) ?(?:=|:=) ?(?P<body>.+)")
_SCALED = re.compile(
    r"(?P<x>[a-z_]\w*),? (?:from )?(?P<a>\d[\d_.]*%?) (?:up )?to (?P<b>\d[\d_.]*%?)(?:,| gives?| is| becomes?"
    r"| as| scaled to| mapped to| to| ->| →| =>| means)* "
    r"(?P<c>\d+)(?: points?)? (?:up )?to (?P<d>\d+)(?: points?)?"
)
_STEP = re.compile(
    r"(?:and )?(?P<p>\d+)(?: points?)? (?:if |when )?(?:it is |it's )?(?P<op>under|below|less than|over|above"
    r"|more than|at least|from|up to) (?P<n>\d[\d_.]*%?)"
)
_LAST_STEP = re.compile(
    r"(?:and |otherwise |else |or )*(?P<p>\d+)(?: points?)?(?: (?:above|below|over|under|beyond|otherwise|else"
    r"|from there on|for (?:the rest|all others|everything else)|after that|over that|above that|below that))?"
)
_STEPS = {
    "under": "<",
    "below": "<",
    "less than": "<",
    "up to": "<=",
    "over": ">",
    "above": ">",
    "more than": ">",
    "at least": ">=",
    "from": ">=",
}


def _in_steps(name: str, said: str) -> str:
    """`20 points under 10_000, 60 under 50_000 and 100 above` as `if … then 20 else … end`; empty for anything else."""
    every = [one.strip() for one in re.split(r",|;|\band\b(?= \d)", said) if one.strip()]
    steps, last = [_STEP.fullmatch(one) for one in every[:-1]], _LAST_STEP.fullmatch(every[-1]) if every else None
    if last is None or not steps or any(step is None for step in steps):
        return ""
    given = [(step["p"], _STEPS[step["op"]], step["n"]) for step in steps if step is not None]
    if len({op[0] for _, op, _ in given}) > 1:
        return ""
    return "if " + " else if ".join(f"{name} {op} {n} then {p}" for p, op, n in given) + f" else {last['p']} end"


_COUNTS_SO_MUCH = re.compile(
    r"(?P<name>(?:the )?(?:(?:latest|last|newest|most recent) )?\w+)"
    r" (?:counts?|weighs?|is worth|makes up|has a weight)(?: for| with| as| of)?"
    r" (?P<weight>\d+) ?%[,:]? (?P<body>.+)"
)
_AT = r"(?: at| for)(?: an?(?: \w+)?(?: of)?)? (?P<{0}>\d[\d_.]*%?)"
_TWO_POINTS = rf"(?:from )?(?P<a>\d+)(?: points?)?{_AT.format('x')}(?: up)? to (?P<b>\d+)(?: points?)?{_AT.format('y')}"
_FROM_TO = re.compile(_TWO_POINTS)
_VALUE_FROM_TO = re.compile(rf"(?P<value>.+?),? {_TWO_POINTS}")
_GIVES_POINTS = re.compile(r"(\d[\d_.]*%?) (?:gives|give|is|are|means|=|->|→|=>|scores|gets) (\d+)(?: points?)?")
_PARTS = ("measure", "component", "factor", "input", "signal", "dimension", "driver", "indicator", "metric")
_AROUND_WEIGHTS = {
    "(",
    ")",
    ",",
    "weight",
    "weighted",
    "weighing",
    "weighs",
    "at",
    "by",
    "with",
    "of",
    "counts",
    "-",
    "–",
}
_ALL = ("all", "everything", "full", "100%")
_GIVES = (
    "gives",
    "give",
    "gets",
    "get",
    "earns",
    "earn",
    "is",
    "->",
    "→",
    "=>",
    "scores",
    "means",
    "=",
    "brings",
    "for",
)


def _either(body: Sequence[Token]) -> str:
    """`100 if CONDITION, otherwise 20` as `if … then 100 else 20 end`; empty for anything else."""
    words = [t.lower for t in body]
    said = next((i for i, w in enumerate(words) if w in ("if", "when", "where")), None)
    other = next((i for i, w in enumerate(words) if w in ("otherwise", "else")), None)
    if said != 1 or other is None or other != len(body) - 2 or body[0].kind != "number" or body[-1].kind != "number":
        return ""
    clause = text_of(body[2:other]).rstrip(" ,;")
    return f"if {clause} then {body[0].text} else {body[-1].text} end"


def _of_weight(token: Token, weight: str) -> Token:
    """All of the points of a part as 100."""
    return replace(token, kind="number", text="100") if token.lower in _ALL else token


_POINTS = ("points", "point", "pts", "pt")
_NO_PART_NAMES = listed(
    """
    a an any no at least most more fewer less than they their has have is are there one on with being having it
    account accounts customer customers not
    """
)
_BEGINS_CONDITIONS = listed("a an any no at more fewer less having being")
"""Words behind `for` that begin something that is or isn't so; anything else is a value."""


def _by_points(tokens: Sequence[Token]) -> list[list[Token]]:
    """The parts of a line, each of which begins with its points: `50 points if A, 30 points if B`."""
    found = list[list[Token]]()
    for part in parts(tokens, ",", ";"):
        begins = part[1:] if part[0].lower in ("and", "plus", "+") else part
        if found and not (len(begins) > 1 and begins[0].kind == "number" and begins[1].lower in _POINTS):
            found[-1] += [*cut(","), *part]
        else:
            found.append([*begins])
    return found


def _if_points(tokens: Sequence[Token]) -> tuple[str, str, str] | None:
    """The points of a part, its condition, and its value of 100; None for another shape. Raises `Unread` for points of no whole share."""
    every = list(tokens)
    while every and (every[0].text in ("+", ",") or every[0].lower in ("add", "award", "give", "plus", "and", "gets")):
        every = every[1:]
    while every and every[-1].text in (".", ";", ","):
        every = every[:-1]
    words = [t.lower for t in every]
    if len(every) > 4 and words[0] in ("if", "when", "where"):  # `if A then 50 points`, `if A: 50 points`
        points = words[-1] in _POINTS and every[-2].kind == "number"
        signs = (":", "then", ",", "->", "=>", "+", "add", "award", "give", "get", "gets", "=")
        end = len(every) - 2
        while points and end > 1 and words[end - 1] in signs:
            end -= 1
        if not points or end == len(every) - 2:
            return None
        every = [every[-2], every[-1], every[0], *every[1:end]]
        words = [t.lower for t in every]
    if len(every) < 4 or every[0].kind != "number" or "%" in every[0].text:
        return None
    at = 2 if words[1] in _POINTS else 1
    if words[at] not in ("if", "when", "where") and not (words[at] == "for" and words[at + 1] in _BEGINS_CONDITIONS):
        return None
    if ":" in words:
        return None
    other, weight = "0", float(every[0].text)
    last = next((i for i, w in enumerate(words) if w in ("otherwise", "else")), None)
    if last is not None:
        behind = [w for w in words[last + 1 :] if w not in _POINTS]
        if len(behind) != 1 or not (behind[0] in _NOTHING or every[last + 1].kind == "number"):
            raise Unread
        share = 0.0 if behind[0] in _NOTHING else 100 * float(behind[0]) / weight
        if share != int(share):
            raise Unread
        other, every = str(int(share)), every[:last]
    said = text_of(every[at + 1 :]).rstrip(" ,;")
    said = re.sub(r"^(?:having|being) ", "", said)
    if not said or re.search(r"\b(?:then|points?)\b", said):
        raise Unread
    return every[0].text, said, f"if {said} then 100 else {other} end"


_ENDS = {"more": "up", "above": "up", "over": "up", "higher": "up", "less": "down", "fewer": "down", "below": "down"}
_NOTHING = ("0", "none", "nothing", "zero", "no")


def _gives(tokens: Sequence[Token], weight: str) -> tuple[str, str, str]:
    """`90% or more gives all`: a point of a scale, of 100, and the direction in which it goes on.

    Points between none and all of a part are its own, or of 100: `Unread`.
    """
    at = next((i for i, t in enumerate(tokens) if t.lower in _GIVES), None)
    if at is None or at == 0:
        raise Unread
    before = [t for t in tokens[:at] if t.lower not in ("at", "from")]
    behind = [t.lower for t in tokens[at + 1 :] if t.lower not in ("points", "point", "pts", "of", "them", "the", "it")]
    words = [t.lower for t in before[1:]]
    ends = _ENDS.get(words[1], "") if len(words) == 2 and words[0] in ("or", "and") else ""
    if len(behind) != 1 or (words and not ends) or not before:
        raise Unread
    if before[0].kind != "number" and before[0].lower not in _NOTHING:
        raise Unread
    first = before[0].text if before[0].kind == "number" else "0"
    of_100 = {**dict.fromkeys((*_ALL, weight), "100"), **dict.fromkeys(_NOTHING, "0"), "half": "50"}.get(behind[0])
    if of_100 is None:
        raise Unread
    return first, of_100, ends


def _of_100(value: list[Token]) -> list[Token]:
    """`seat_use * 100`, `MIN(arr / 100000, 1) * 100`: a share as points of 100, which ends at 0 and at 100."""
    if len(value) < 3 or [t.text for t in value[-2:]] != ["*", "100"]:
        return value
    if len(value) == 3 and _SHARES & {*value[0].lower.split("_")}:
        return [*cut(f"scale({value[0].text}, 0: 0, 1: 100)")]
    said = _AT_MOST_ONE.fullmatch(text_of(value[:-2]))
    return value if said is None else [*cut(f"scale({said['value']}, 0: 0, {said['whole']}: 100)")]


_SHARES = {"share", "rate", "ratio", "use", "usage", "utilisation", "utilization", "adoption"}
"""Words in the names of values from 0 to 1."""
_AT_MOST_ONE = re.compile(
    r"(?:min|smaller|least)\( ?(?P<value>[a-z_]\w*) ?/ ?(?P<whole>[1-9][\d_]*) ?, ?(?:1|1\.0|100%) ?\)", re.IGNORECASE
)


def _hundredths(number: str) -> str:
    """A share such as 0.6 as 60, where it is one."""
    times = float(number) * 100
    return str(round(times)) if float(number) <= 1 and abs(times - round(times)) < 1e-9 else number


def _without(tokens: Sequence[Token]) -> list[Token]:
    every = list(tokens)
    while (
        every
        and every[0].lower
        in (
            "of",
            "*",
            "x",
            "×",
            ":",
            "=",
            "for",
            "from",
            "points",
            "pts",
            "the",
            "weight",
            "->",
            "percent",
            "-",
            "–",
            "—",
            "on",
        )
        and (every[0].text != "-" or every[0].gap)
    ):
        every = every[1:]
    return every


def _opened(tokens: Sequence[Token]) -> int | None:
    return next((i for i, t in enumerate(tokens) if t.text == "(" and closing(tokens, i) == len(tokens) - 1), None)


def _part_name(value: str) -> str:
    words = [
        w
        for w in re.findall(r"[a-z_]\w*", re.sub(r'"[^"]*"', "", value.lower()))
        if w
        not in (
            *AGGREGATES,
            "in",
            "last",
            "where",
            "the",
            "if",
            "then",
            "of",
            "scale",
            "as",
            "days",
            "latest",
            "average",
            "number",
        )
    ]
    return slug(words[0] if words else "part")


def score(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A score by its parts, or by a sum of weighted parts."""
    left = _taken(head, entries, names)
    own = head.about(names)
    reader = _Parts(own)
    rest = list(head.rest)
    if not rest and left and left[0].tokens[:1] and left[0].tokens[0].text in ("=", ":="):  # on a line of its own
        rest, left = list(left[0].tokens), left[1:]
    body = _percents(_behind_sign(rest))
    if (
        scale := re.match(
            r"\(? ?(?:from |scale )?0 ?(?:to|\.\.\.?|-|–|—|/) ?100 ?\)?(?: points| pts| scale)? ?", text_of(body) + " "
        )
    ) is not None:
        left_of = len("".join(scale[0].split()))
        while body and left_of > 0:
            left_of -= len(body[0].text)
            body = body[1:]
        body = _behind_sign(body)
        if body and body[0].lower in ("of", "for") and len(body) > 1:
            found = next((i for i in range(len(body), 1, -1) if _is_entity(body[1:i], names)), 0)
            if found:
                head.entity, more = entity_of(body[1:found], names)
                head.where += more
                body = _behind_sign(body[found:])
    if not body and len(left) == 1 and not left[0].inside:
        alone = _behind_sign(left[0].value if left[0].key in _FORMULA else left[0].tokens)
        body, left = (alone, []) if _is_rounded(alone) else (body, left)
    if _is_rounded(body):
        return _no_average(head, body, left)
    if body:
        terms = parts(body, "+", "plus", ",", *(["and"] if any("%" in t.text for t in body) else []))
        share = sum(
            float(t.text.rstrip("%")) / (100 if "%" in t.text else 1)
            for term in terms
            for t in term
            if t.kind == "number" and _is_weight(term, t) and term[0].lower not in ("missing", "if", "cap")
        )
        if abs(share - 1) > 1e-9 or any(t.text == "-" for t in body):
            return _no_average(head, body, left)
        for term in terms:
            reader.line(Entry(tuple(term)))
    for entry in left:
        if meta(entry, own) is not None:
            raise Unread
        formula = list(entry.value) if entry.key in _FORMULA else []
        for term in parts(formula, "+"):
            reader.line(Entry(tuple(term)))
        if formula:
            continue
        read_or_gap(reader, entry, reader.line)
    lines, notes = reader.written()
    return Declared(
        f"{head.written(with_where=not head.where or _no_where())} {{\n"
        + "".join(f"  {line}\n" for line in lines)
        + "}",
        notes,
        head.entity,
    )


def _is_entity(tokens: Sequence[Token], names: Names) -> bool:
    try:
        return bool(entity_of(tokens, names))
    except Unread:
        return False


def _is_rounded(tokens: Sequence[Token]) -> bool:
    """Whether all of a formula is rounded or kept within a bound, as in `ROUND(100 * (0.6 * a + 0.4 * b), 0)`."""
    opens = next((i for i, t in enumerate(tokens) if t.text == "("), 0)
    name = "".join(t.lower for t in tokens[:opens]).removeprefix("math.").removeprefix("np.")
    return CALLED.get(name, name) in _BOUNDS and closing(tokens, opens) == len(tokens) - 1


def _percents(tokens: Sequence[Token]) -> list[Token]:
    """`60 percent` as `60%`."""
    every = list[Token]()
    for token in tokens:
        if token.lower in ("percent", "pct") and every and every[-1].kind == "number":
            every[-1] = replace(every[-1], text=f"{every[-1].text}%")
        else:
            every.append(token)
    return every


def _no_average(head: Head, body: Sequence[Token], left: Sequence[Entry]) -> Declared:
    """A sum that isn't an average of its parts by weight: a metric."""
    if (
        left
        or head.where
        or len(parts(body, ",", ";")) > 1
        or any(t.text == "{" or t.lower in ("and", "plus", "missing", "if") for t in body)
    ):
        raise Unread
    head.kind = "metric"
    note = "a score is an average by weight; any other formula is a `metric`"
    return Declared(f"{head.written()} = {text_of(body)}", (note,), head.entity)


def _no_where() -> bool:
    raise Unread  # a score is of all


def _is_weight(term: Sequence[Token], token: Token) -> bool:
    """Whether a number is the weight of a term: what stands first, or else last."""
    if term[0].kind == "number":
        return token is term[0]
    return token is term[-1] or (term[-1].text == ")" and token is term[-2])


# -- plays and lists ---------------------------------------------------------------------

_COUNTS = ("counts", "count", "weighs", "weigh", "weight", "weighted", "by", "worth", "for")
_CHANNEL = ("by", "via", "through", "over", "channel", "per", "using", "medium")
_COST = ("cost", "costs", "costing", "price", "for", "at", "cost_per_customer", "unit_cost", "cost_each")
_ENROLS = ("enroll", "enrol", "start", "trigger", "run", "send", "use", "do", "offer", "enter")
_TRIGGERS = (
    "trigger",
    "triggers",
    "trigger_when",
    "trigger_condition",
    "entry_criteria",
    "entry_condition",
    "enrollment_criteria",
    "enrolment_criteria",
    "enrollment_trigger",
    "eligibility",
    "criteria",
    "qualification",
)
_CURRENCIES = {"USD", "EUR", "GBP", "CHF", "JPY"}


def play(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A play by its channel, its cost and its guard."""
    own = head.about(names)
    prose = list(head.rest)
    while prose and prose[0].text in (":", "=", ","):
        prose = prose[1:]
    if prose and prose[0].text == "{":
        raise Unread
    inner = _spoken(prose, own)
    if (
        inner
        and not head.title
        and not inner[0].key
        and _key(inner[0]) not in (*_CHANNEL, *_COST, *_GUARDS, "currency")
    ):
        head.set_title(inner[0].tokens)  # `play qbr: quarterly business review by the csm`
        inner = inner[1:]
    reader = _Play(head, own)
    for entry in [*inner, *(part for e in entries for part in _before_guard(e))]:
        said = text_of(entry.tokens).lower()
        is_whole = (
            entry.key
            or entry.inside
            or entry.words[0] == "merge"
            or clause_of_play(entry, own)
            or only_at_first(said, own)
        )
        for one in [entry] if is_whole else _spoken(entry.tokens, own):
            read_or_gap(reader, one, reader.setting)
    settings, guard, gaps = reader.settings, reader.guard, reader.gaps
    if not settings and not guard:
        raise Unread
    behind = [*reader.clauses, *filter(None, [guard])]
    body = " ".join([", ".join(f"{k}: {v}" for k, v in settings.items()), *behind])
    if gaps:
        own_lines = [*(f"{k}: {v}" for k, v in settings.items()), *gaps, *behind]
        body = "\n" + "".join(f"  {line}\n" for line in own_lines)
    title = f" {head.title}" if head.title else ""
    if not head.name or head.where:
        raise Unread
    return Declared(
        f"play {head.name}{title} {{{body if gaps else f' {body.strip()} '}}}",
        ('a play\'s settings stand in braces, as `channel: "csm"`',),
        head.entity,
    )


_ROOM = re.compile(
    r"(?:(?P<capacity>capacity|limit|limited to)|max|maximum|at most|no more than|not more than|up to)(?: of)?(?: [:=])? "
    r"(?P<n>[1-9][\d_]*)(?: (?P<whom>accounts?|customers?|clients?))? (?:per|a|each|every|/) (?P<unit>day|week|month|quarter|year)"
)
_IS_ROOM = re.compile(r"capacity [\d_]+ per \w+(?: per \w+)?")
_OWN_CLAUSES = {*PLAY_CLAUSES} - {"only", "once"}
_MESSAGES = ("message", "subject")
_MOST_OF_ONE = 10  # times in a period: a higher number is said of all customers together


def _room(entry: Entry) -> str | None:
    """`max 20 per week` of all customers together; None where it may be said of each of them."""
    said = _ROOM.fullmatch(" ".join(t.lower for t in entry.tokens))
    if (
        said is None
        or entry.inside
        or not (said["capacity"] == "capacity" or said["whom"] or int(said["n"]) >= _MOST_OF_ONE)
    ):
        return None
    return f"capacity {said['n']} per {said['unit']}"


def _is_to(words: Sequence[str], names: Names) -> bool:
    """Whether a clause is `to ROWS` as it is written here."""
    schema = names.schema
    at = 3 if words[1:3] == ("first", "of") else 1
    known = {*names.tables, *(names.fields if schema is not None else ())}
    return at < len(words) and words[at] in known


class _Play:
    """Reads the settings of a play one by one."""

    def __init__(self, head: Head, names: Names) -> None:
        self.head, self.names, self.guard = head, names, ""
        self.settings, self.clauses, self.gaps = dict[str, str](), list[str](), list[str]()

    def setting(self, entry: Entry) -> None:
        """Reads one setting, or whom the play is for."""
        key = _key(entry)
        value = list(entry.value if entry.key else entry.tokens[1:])
        if entry.inside or (not value and key not in _CHANNELS):
            raise Unread
        said = text_of(entry.tokens).lower().strip(" .;,")
        while value and value[-1].text in (",", ";"):
            value = value[:-1]
        if room := _room(entry) or shared_clause(entry, self.names):
            self.clauses.append(room)
        elif (by := order_of_room(said, self.names)) and self.clauses[-1:] and _IS_ROOM.fullmatch(self.clauses[-1]):
            self.clauses[-1] += by
        elif not self.guard and (guard := only_at_first(said, self.names)):
            self.guard = guard
        elif key in _MESSAGES and (written := message(key, value, self.names)):
            merged = {n for c in self.clauses if c.startswith("merge ") for n in re.findall(r"[\w.]+", c[6:])}
            named_here = {n for c in written[:-1] for n in re.findall(r"[\w.]+", c[6:])}
            self.clauses += written[1:] if named_here and named_here <= merged else written
        elif (entry.words[0] not in _OWN_CLAUSES and (clause_ := clause_of_play(entry, self.names))) or (
            value and (clause_ := clause_of_setting(key, value, self.names))
        ):
            self.clauses.append(clause_)
        elif entry.words[0] in ("only", "when", "if", "unless") or (not entry.key and entry.words[0] in _GUARDS):
            self.only_when(entry.tokens)
        elif entry.words[0] in PLAY_CLAUSES and value and entry.words[1] not in (":", "="):
            spoken = clause_of_play(entry, self.names)
            if not spoken and entry.words[0] == "to" and not _is_to(entry.words, self.names):
                raise Unread  # people that aren't read
            self.clauses.append(spoken or text_of(entry.tokens))
        elif not entry.key and key in _CHANNELS and not value:
            self.put("channel", quoted(key))
        elif entry.words[0] in _ENROLS and len(entry.words) > 2 and entry.words[1] in ("when", "if", "only"):
            self.only_when(entry.tokens[1:])
        elif key in ("type", "kind") and len(value) == 1 and plain(value[0]).lower() in _CHANNELS:
            self.put("channel", quoted(plain(value[0]).lower()))
        elif entry.key and key in _FOR:
            self.only_when([*cut("for"), *value])
        elif key in _CHANNEL:
            while value and value[0].lower in ("the", "a", "an", "is", "by", "channel", ":"):
                value = value[1:]
            if (
                any(t.lower in PLAY_CLAUSES for t in value)
                or len(value) > 3
                or (len(value) > 1 and any(t.kind != "word" or t.lower in ("and", "or", "then", "not") for t in value))
            ):
                raise Unread
            said = plain(value[0]) if len(value) == 1 else text_of(value)
            self.put("channel", self.names.channels.get(said.lower(), quoted(said)))
        elif key in _COST:
            value = [
                t
                for t in value
                if t.lower
                not in (
                    "each",
                    "per",
                    "customer",
                    "account",
                    "a",
                    "piece",
                    "is",
                    "of",
                    "call",
                    "email",
                    "time",
                    "it",
                    "costs",
                    "cost",
                )
            ]
            amount, currency = figure(with_decimals(value))
            self.put("cost", amount)
            if currency:
                self.put("currency", quoted(currency))
        elif key == "currency":
            self.put("currency", quoted(plain(value[0]).upper()))
        elif key in ("only", "when", "guard", "if", "only_when", "only_if", "unless", "condition"):
            self.only_when(entry.tokens if not entry.key else [*cut(key.replace("_", " ")), *entry.value])
        elif key in _TRIGGERS and (len(value) > 1 or value[0].lower in self.names.fields):
            self.only_when([*cut("when"), *value])
        elif setting_of_head(self.head, entry, self.names):
            pass
        elif (
            entry.key
            and [t.text for t in entry.tokens[:2]] == [key, ":"]
            and len(value) == 1
            and value[0].kind in ("text", "number", "date")
            and key not in ("type", "kind")
        ):
            self.put(key, literal(value))  # as it stands; any other isn't a setting because it stands there
        else:
            raise Unread

    def put(self, key: str, value: str) -> None:
        """Puts in a setting. Raises `Unread` where it has another value."""
        if self.settings.setdefault(key, value) != value:
            raise Unread

    def only_when(self, tokens: Sequence[Token]) -> None:
        """Puts in whom the play is for. Raises `Unread` where that is said already."""
        if self.guard:
            raise Unread
        self.guard = _guard(tokens, self.names)


def _spoken(tokens: Sequence[Token], names: Names) -> list[Entry]:
    """`send by email, costs 5 dollars, only for accounts with arr over 5`: each as a setting or guard of its own."""
    found = list[Entry]()
    guard = list[Token]()
    for piece in _pieces(tokens):
        begins = piece[0].lower in _SETTINGS
        if guard and not begins:
            guard += [*cut(","), *piece]
            continue
        if guard:
            found.append(Entry(tuple(guard)))
        at = next((i for i in range(len(piece)) if _is_guard(piece, i, names)), len(piece))
        before, guard = piece[:at], piece[at:]
        if guard and guard[0].lower == "for":
            guard = [*cut("only "), *guard]
        while before and before[-1].lower in ("and", "but", ",", "."):
            before = before[:-1]
        if before and before[0].lower in PLAY_CLAUSES:
            found.append(Entry(tuple(before)))
        else:
            found += [e for part in parts(before, "and", "with") for e in _phrases(part)]
    return [*found, Entry(tuple(guard))] if guard else found


_SETTINGS = listed("cost costs costing by via through channel send sends sent currency and it which")
"""Words that begin another setting, behind whom a play is for."""
_GUARDS = listed("only when if unless except not")
_CHANNELS = listed(
    "phone email mail sms call letter post chat slack teams whatsapp push webinar webhook video csm in_app in-app fax"
)
"""What is a channel wherever it is said how a play is done."""
_FOR = listed(
    """
    filter filters audience segment segments target targets for who whom where customers accounts eligible members
    applies_to only_for target_audience recipients_in criteria conditions rule rules filter_criteria
    """
)


def _pieces(tokens: Sequence[Token]) -> list[list[Token]]:
    """The tokens between commas; `it costs 5` and the like begin a piece with their verb."""
    found = list[list[Token]]()
    for part in parts(tokens, ",", ";"):
        while (
            len(part) > 1
            and part[0].lower in ("and", "it", "which", "that")
            and part[1].lower in (*_SETTINGS, *_GUARDS)
        ):
            part = part[1:]
        found.append(part)
    return found


def _is_guard(tokens: Sequence[Token], at: int, names: Names) -> bool:
    lower = tokens[at].lower
    if lower == "for":
        try:
            about = subject(tokens, at + 1, names)
        except Unread:
            return True
        return about is not None and about[0] == names.entity and (about[2] < len(tokens) or bool(about[1]))
    following = tokens[at + 1].lower if at + 1 < len(tokens) else ""
    return lower in ("only", "when", "if", "unless") or (
        lower in ("not", "except") and following in ("for", "to", "if", "when")
    )


def _before_guard(entry: Entry) -> list[Entry]:
    """A setting and the guard behind it as two: `channel: "email" only when …`."""
    at = next((i for i, t in enumerate(entry.tokens) if i and t.lower in ("only", "when", "if", "unless")), None)
    if at is None or entry.inside or entry.words[0] in ("only", "guard", "condition", *_ENROLS):
        return [entry]
    return [Entry(entry.tokens[:at]), Entry(entry.tokens[at:])]


def _phrases(tokens: Sequence[Token]) -> list[Entry]:
    """`by phone costs 40 dollars` as its two settings."""
    starts = [
        i
        for i, t in enumerate(tokens)
        if i == 0
        or (t.lower == "for" and i + 1 < len(tokens) and tokens[i + 1].kind == "amount")
        or (
            t.lower in ("by", "via", "costs", "costing", "cost", "channel", "at")
            and tokens[i - 1].lower not in ("it", "that")
        )
    ]
    every = [list(tokens[a:b]) for a, b in zip(starts, [*starts[1:], len(tokens)])]
    found = list[Entry]()
    for one in every:
        while one and one[0].lower in (
            "it",
            "which",
            "that",
            "a",
            "an",
            "is",
            "done",
            "run",
            "made",
            "the",
            "sent",
            "send",
            "sends",
            "reach",
            "goes",
            "out",
            "we",
            "them",
            "-",
            "–",
        ):
            one = one[1:]
        if one and (one[-1].lower in ("call", "calls", "channel") and len(one) == 2 and one[0].lower not in _CHANNEL):
            raise Unread
        if one and one[0].kind == "amount":
            one = [*cut("cost"), *one]
        if one:
            found.append(Entry(tuple(one)))
    return found


def _guard(tokens: Sequence[Token], names: Names) -> str:
    """`only when CONDITION`, however it is said whom a play is for."""
    words = [t.lower for t in tokens]
    at = next((i for i, w in enumerate(words) if w not in _BEFORE_GUARD or (i and w in ("not", "except"))), None)
    if at is None:
        raise Unread
    if at and words[at - 1] in ("segment", "arm") and words[at] in ("=", "is") and at + 1 < len(words):
        at += 1
    nouns = list[str]()
    about = subject(tokens, at, names) if {"for", "to"} & {*words[:at]} else None
    if about is not None and about[0] == names.entity and (about[2] == len(tokens) or tokens[about[2]].text != "."):
        nouns, at = about[1], about[2]
    rest = [t for t in tokens[at:] if t.kind != "comment"]
    while rest and rest[-1].text in (".", ",", ";"):
        rest = rest[:-1]
    path = text_of([replace(t, text=plain(t)) for t in rest]).lower()
    said = text_of(rest)
    if path in names.rules or path in names.rules.values():
        said = f"{names.entity} in {names.rules.get(path, path)}"
    if about is not None and at == about[2] and rest:
        said = clause(rest, names)
    if not said and not nouns:
        raise Unread
    said = joined_by("and", [*nouns, said])
    return f"only when not ({said})" if {"unless", "except", "not"} & {*words[:at]} else f"only when {said}"


_BEFORE_GUARD = (*_GUARDS, *listed("for guard : where to condition customers accounts segment arm"))


def list_(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A list of values."""
    tokens, found = list(head.rest), list[str]()
    if [t.text for t in tokens[:1]] == ["<-"]:  # of R
        tokens = tokens[1:]
    while tokens and tokens[0].lower in _BEFORE_VALUES:
        tokens = tokens[1:]
    if len(tokens) > 2 and tokens[0].lower in _OF_VALUES and tokens[1].text == "(" and not tokens[1].gap:
        tokens = tokens[1:]  # `c("DE", "FR")`
    while tokens and tokens[-1].text in (".", ";", ","):
        tokens = tokens[:-1]
    if tokens:
        found += _values(tokens)
    for entry in entries:
        key = entry.key
        if key in ("values", "items", "members", "entries", "elements", "contains", "options"):
            found += _values(entry.value) if entry.value else [value_of(e.tokens) for e in entry.inside]
        elif setting_of_head(head, entry, names):
            continue
        elif not key and entry.tokens and not entry.inside:
            found += _values(entry.tokens)
        else:
            raise Unread
    if not found or not head.name or head.where:
        raise Unread
    if {value.strip('"').lower() for value in found} & (names.lists - {head.name}):
        raise Unread  # the values of another list, which aren't its name
    title = f" {head.title}" if head.title else ""
    return Declared(
        f"list {head.name}{title} = ({', '.join(found)})",
        (
            "the values of a list stand in round brackets, each in quotes",
            *(["a list of values isn't `of` customers: what is in it is their key"] if head.entity else []),
        ),
        "",
    )


_BEFORE_VALUES = listed(": = := is are contains contain has holds includes of with as consists values the countries ,")
_OF_VALUES = ("c", "list", "array", "vector", "set", "tuple", "frozenset")
"""What lists of values are called in programs, before a bracket."""


def _code_of(one: list[Token]) -> list[Token]:
    """`Germany (DE)` by its code."""
    is_code = len(one) > 3 and one[-1].text == ")" and one[-3].text == "(" and re.fullmatch(r"[A-Z]{2,4}", one[-2].text)
    return [one[-2]] if is_code else one


def _values(tokens: Sequence[Token]) -> list[str]:
    if tokens and tokens[0].text in ("(", "[", "{") and closing(tokens, 0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    every = [_code_of(one) for one in parts(tokens, ",", ";", "and", "&", "|")]
    if len(every) == 1 and len(every[0]) > 1 and every[0][0].kind == "word":
        raise Unread  # words without commas
    if any(len(one) > 3 or any(t.kind == "sign" and t.text != "-" for t in one) for one in every):
        raise Unread
    return [value_of(one) for one in every]
