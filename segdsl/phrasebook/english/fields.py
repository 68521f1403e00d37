"""Reads what is said of several fields at once, or of one that has no value: any of region, csm is missing, no csm is assigned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segdsl.phrasebook.english import slots as words
from segdsl.phrasebook.english import small_words as small
from segdsl.phrasebook.english.line import ANY, Line, filled, opposite
from segdsl.phrasebook.english.said_of_rows import SaidOfRowsReader
from segdsl.phrasebook.english.things import Noun, Rows

_OF_FIELDS = {
    ("any", "of"): "or",
    ("at", "least", "one", "of"): "or",
    ("one", "or", "more", "of"): "or",
    ("some", "of"): "or",
    ("all", "of"): "and",
    ("each", "of"): "and",
    ("every", "one", "of"): "and",
    ("both",): "and",
    ("both", "of"): "and",
    ("none", "of"): "nor",
    ("not", "one", "of"): "nor",
    ("neither",): "nor",
    ("neither", "of"): "nor",
    (): "",
}
"""Before fields, with how what is said of each is joined; of fields by themselves by the word between them."""
_GIVEN = {"assigned", "set", "known", "recorded", "entered", "provided", "specified", "defined", "available", "filled"}
_NUMBER_KNOWN = _GIVEN - {"assigned", "available"}
_COUNTED = {"both", "all", "either", "each", "any"}
_CONTAIN = ("contains", "contain", "includes", "include")
_HOLD = (*_CONTAIN, "has", "have", "had", "shows", "show")
MOST_FIELDS = 8


@dataclass
class FieldsReader(SaidOfRowsReader):
    """A reader of what is said of fields."""

    def further(self, at: int) -> Iterator[tuple[int, Line]]:
        yield from super().further(at)
        yield from self._of_fields(at)
        yield from self._no_field(at)
        yield from self._not_known(at)
        yield from self._not_a_single(at)
        yield from self._both_of_latest(at)
        yield from self._no_details(at)
        if self.scope.is_entity:
            yield from self._rows_with_values(at)
            yield from self._together(at)

    def _about(self, at: int, start: int) -> Iterator[tuple[int, Line]]:
        yield from super()._about(at, start)
        yield from self._last_done(at)

    def of_row(self, at: int) -> Iterator[tuple[int, Line]]:
        """Also `users seen in the last 60 days`."""
        yield from super().of_row(at)
        yield from self._last_done(at, is_behind=True)

    def _of_fields(self, at: int) -> Iterator[tuple[int, Line]]:
        """`any of region, industry, csm is missing`, `none of a and b is known`, `region or industry is missing`."""
        for said, join in _OF_FIELDS.items():
            if any(self.w(at + i) != word for i, word in enumerate(said)):
                continue
            for end, every, written in self._several_fields(at + len(said)):
                joined = join or written
                if not joined:
                    continue
                for stop, lines in self._of_each(end, every, not_both=True) if not join and written == "and" else ():
                    yield stop, Line(f"not ({' and '.join(line.text for line in lines)})")
                for stop, lines in self._of_each(
                    end, every, may_negate=join == "or" or (not join and written == "and")
                ):
                    each = [line.not_.text if joined == "nor" else line.text for line in lines]
                    text = f" {'or' if joined == 'or' else 'and'} ".join(each)
                    yield stop, Line(f"({text})", notes=("it is asked of each",))

    def _several_fields(self, at: int) -> Iterator[tuple[int, list[Noun], str]]:
        """Fields with commas, `and` or `or` between them: where they end, and the word that joins the last, or none."""
        w, every, place, join = self.w, list[Noun](), at + (self.w(at) == "the"), ""
        while len(every) < MOST_FIELDS:
            named = next(((e, n) for e, n in self._named(place) if n.field is not None), None)
            if named is None or "boolean" in named[1].kinds:
                return  # `autopay or csm is missing`
            place = named[0]
            every.append(named[1])
            if len(every) > 1:
                yield place, [*every], join
            if w(place) not in (",", "and", "or", "nor"):
                return
            word, place = w(place), place + 1
            if word == "," and w(place) in ("and", "or", "nor"):
                word, place = w(place), place + 1
            word = "or" if word == "nor" else word
            if join and word != join:
                return
            join = join if word == "," else word
            place += w(place) == "the"

    def _of_each(
        self, at: int, every: list[Noun], *, may_negate: bool = False, not_both: bool = False
    ) -> Iterator[tuple[int, list[Line]]]:
        """What is said behind fields, of each of them: where it ends, and the lines; `not_both`: behind `aren't both`, without `not`."""
        for place, negated in self.auxiliaries(at):
            counted = {self.w(i) for i in range(at, place + 1)} & _COUNTED
            if not_both and not (negated and counted == {"both"} and self.w(place) != "both"):
                continue
            if not not_both and (place == at or (negated and not may_negate) or counted):
                continue
            ends = [dict(self._predicates(place, noun)) for noun in every]
            for end in ends[0].keys() if ends else ():
                if all(end in own for own in ends):
                    lines = [own[end] for own in ends]
                    yield end, [line.not_ for line in lines] if negated and not not_both else lines

    def _no_field(self, at: int) -> Iterator[tuple[int, Line]]:
        """`no csm is assigned`, `no renewal date has been set`."""
        if self.w(at) != "no":
            return
        for end, noun in self._named(at + 1):
            if noun.field is None or noun.kinds & {"boolean", "set"}:
                continue
            known = _NUMBER_KNOWN if "number" in noun.kinds else _GIVEN
            for place, negated in self.auxiliaries(end):
                if self.w(place) in known and not negated:
                    stop = place + 1 + (self.w(place) == "filled" and self.w(place + 1) == "in")
                    yield stop, Line(f"{noun.text} is missing", f"{noun.text} is not missing", _MISSING, noun)

    def _about_the_same(self, at: int, before: Noun | Rows | None) -> Iterator[tuple[int, Line]]:
        """Also `or we don't know it`, `or we don't know which`."""
        yield from super()._about_the_same(at, before)
        place = self._do_not_know(at)
        is_it = place is not None and self.w(place) in ("it", "that", "this", "which", "")
        if place is not None and is_it and isinstance(before, Noun) and before.type is not None:
            yield place + (self.w(place) != ""), Line(f"{before.text} is missing", notes=_MISSING, subject=before)

    def _do_not_know(self, at: int) -> int | None:
        """Where `we don't know`, `nobody knows` end."""
        w = self.w
        place = at + (w(at) in ("we", "you", "i", "nobody", "they", "one"))
        negated = w(at) == "nobody" or w(place) in ("don't", "doesn't") or (w(place), w(place + 1)) == ("do", "not")
        place += {"don't": 1, "doesn't": 1, "do": 2}.get(w(place), 0)
        return place + 1 if negated and w(place) in ("know", "knows") else None

    def _not_known(self, at: int) -> Iterator[tuple[int, Line]]:
        """`we don't know the industry`, `they don't have a renewal date or a csm`; of two fields either, or both."""
        w, place = self.w, self._do_not_know(at)
        if place is None:
            return
        for end, noun in self._named(place + (w(place) in small.ARTICLES)):
            if noun.field is not None and "set" not in noun.kinds:
                yield end, Line(f"{noun.text} is missing", f"{noun.text} is not missing", _MISSING, noun)
        for end, every, join in self._several_fields(place):
            each = [f"{noun.text} is missing" for noun in every]
            if join == "or" and self.choose(2) == 1:
                yield end, Line(f"({' and '.join(each)})", notes=("all of them",))
            elif join:
                yield (
                    end,
                    Line(
                        f"({f' {join} '.join(each)})",
                        notes=("at least one of them" if join == "or" else "all of them",),
                    ),
                )

    def _not_a_single(self, at: int) -> Iterator[tuple[int, Line]]:
        """`there isn't a single open ticket`, `they have not had one single meeting since the renewal`."""
        w = self.w
        for place, negated in self.auxiliaries(at):
            start = place
            while negated and w(start) in small.SELF | small.DID - {"with", "in"}:
                start += 1
            if not negated or w(start) not in ("a", "one", "any") or w(start + 1) != "single":
                continue
            for end, rows in self.rows(start + 2):
                if rows.latest:
                    continue
                yield end, Line(f"none({rows.text})", f"any({rows.text})", _NO, rows)
                for stop, line, _ in self._said_of(end, rows, rows, ANY, {}):
                    if stop > end and line.text.startswith("any("):
                        yield stop, Line(opposite(line.text), line.text, _NO, rows)

    def _no_details(self, at: int) -> Iterator[tuple[int, Line]]:
        """`billing data is missing`, `the billing details are unknown`: all fields of the details."""
        w, place = self.w, at + (self.w(at) in small.ARTICLES)
        fields = [f"{w(place)}.{f}" for f in self.scope.details(w(place))]
        if not fields or w(place + 1) not in ("data", "details", "information", "info", "record", "row"):
            return
        for end, negated in self.auxiliaries(place + 2):
            known = w(end) in ("known", "there", "available", "present")
            if end > place + 2 and (w(end) in ("missing", "unknown", "empty", "blank") or known) and known == negated:
                yield end + 1, Line(f"({' and '.join(f'{f} is missing' for f in fields)})", notes=("all of them",))

    def _both_of_latest(self, at: int) -> Iterator[tuple[int, Line]]:
        """`both of the last 2 invoices failed`: there are two, and both are so."""
        if (self.w(at), self.w(at + 1)) != ("both", "of"):
            return
        notes = ("there are two: `all(…)` is true of a customer with one, or none",)
        for end, rows in self.rows(at + 2, bare=True):
            if rows.latest == "2" and not rows.where:
                for stop, line in self._of_them(end, rows):
                    if line.text and not line.text.startswith("\f"):
                        yield stop, Line(f"count({rows.head} having {line.text}) = 2", notes=notes)

    def _rows_with_values(self, at: int) -> Iterator[tuple[int, Line]]:
        """`stage_changes has "onboarding" and "mature" but never "adoption"`: a row with each value, and none with the last."""
        w, place = self.w, at + (self.w(at) in small.ARTICLES)
        for end, rows in self.rows(place, bare=True):
            is_history = "change" in rows.table or "histor" in rows.table  # elsewhere `have failed` is said of one row
            if rows.where or rows.latest or w(end) not in (_HOLD if is_history else _CONTAIN):
                continue
            stop, values, join = self._values_of(end + 1, rows)
            if not values:
                continue
            each = [f"any({rows.also(f'{field} = {value}').text})" for field, value in values]
            some = f" {join or 'and'} ".join(each)
            if w(stop) not in ("but", "and") or w(stop + 1) not in ("never", "not", "no"):
                if w(stop) in small.ENDS:
                    yield stop, Line(f"({some})" if len(each) > 1 else some, opposite(some), (ANY.note,), rows)
                continue
            last, others, _ = self._values_of(stop + 2, rows)
            none = [f"none({rows.also(f'{field} = {value}').text})" for field, value in others]
            if others:
                both = f"({some})" if join == "or" else some
                yield last, Line(" and ".join([both, *none]), notes=(ANY.note,))

    def _values_of(self, at: int, rows: Rows) -> tuple[int, list[tuple[str, str]], str]:
        """Values of fields of rows one after the other: where they end, each with its field, and what joins the last."""
        inner, found, place, join = self.inside(rows.relation), list[tuple[str, str]](), at, ""
        while (valued := inner.scope.valued(self.w(place).strip('"') or self._quoted(place), beside=False)) is not None:
            found.append((valued[0].text, f'"{valued[1]}"'))
            place += 1
            more = 1 + (self.w(place) == "," and self.w(place + 1) in ("and", "or"))
            word = self.w(place + more - 1)
            behind = self._quoted(place + more) or self.w(place + more)
            if word not in ("and", "or", ",") or not behind or inner.scope.valued(behind, beside=False) is None:
                break
            if word != ",":
                if join and join != word:
                    return place, [], ""
                join = word
            place += more
        return place, found, join

    def _quoted(self, at: int) -> str:
        """The text in quotes at a place; empty for anything else."""
        return self.around.tokens[at].text[1:-1] if self.around.kind(at) == "text" else ""

    def _together(self, at: int) -> Iterator[tuple[int, Line]]:
        """`is one of the largest accounts that together make up the first 80% of arr`: by the sum of those before it."""
        w = self.w
        place = max((p for p, no in self.auxiliaries(at) if not no), default=at)
        while w(place) in ("one", "of", "among", "in", "part", "the", "belongs", "to"):
            place += 1
        place += w(place) in small.SELF
        if w(place) not in ("largest", "biggest", "top", "highest") or w(place + 1) not in small.SELF:
            return
        place += 2
        while w(place) in ("that", "which", "who", "together"):
            place += 1
        if w(place) in ("make", "makes", "making", "add", "sum", "bring", "account", "generate", "cover", "hold"):
            place += 1
        else:
            return
        while w(place) in ("up", "in", "for", "to", "together", "the", "first", "top"):
            place += 1
        for end, share in words.share(self.around, place):
            if w(end) != "of" or not share.endswith("%"):
                continue
            stop = end + 1
            while w(stop) in ("the", "our", "all", "total", "whole"):
                stop += 1
            for last, noun in self._named(stop):
                if "number" in noun.kinds and noun.type is not None:
                    note = ("the first part of a total, the largest first, is `cumulative_share(VALUE) < 80%`",)
                    yield last, Line(f"cumulative_share({noun.text}) < {share}", notes=note)

    def _last_done(self, at: int, *, is_behind: bool = False) -> Iterator[tuple[int, Line]]:
        """`was seen in the last 60 days`, where the day is known on which somebody was last seen."""
        verb, w = self.w(at), self.w
        before = w(at - 1) in ("was", "were", "been", "not", "wasn't", "weren't", "hasn't", "haven't", "ever")
        if not (before or is_behind) or self.around.kind(at) != "word" or verb in small.STOPS:
            return
        for noun in self.scope.nouns(["last", verb]):
            if "time" not in noun.kinds or noun.field is None or noun.text != f"last_{verb}":
                continue
            for end, slots, entry in self.time(at + 1, noun):
                if entry.to.get("rows", "").startswith(("in last {d}", "since {a}")) and "field" in entry.to:
                    yield end, Line(filled(entry.to["field"], {**slots, "x": noun.text}), subject=noun)


_MISSING = ("empty is written `is missing`",)
_NO = ("“no …” is written `none(…)`",)
