"""Rewrites a declaration by the rows of the phrasebook: what a person may have meant by it, before anything is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice

from segdsl.formulas.meaning.rewrite import Edit, Meant, Refusal, meant
from segdsl.lang.reserved import DECLARATIONS
from segdsl.phrasebook.conditions import conditions
from segdsl.phrasebook.declarations.gaps import allowed, numbers
from segdsl.phrasebook.declarations.read import declared
from segdsl.phrasebook.english.conditions import read
from segdsl.phrasebook.english.values import read_value
from segdsl.phrasebook.families import first_rows, rows
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.pattern import Match, Pattern
from segdsl.phrasebook.remarks import NOTE, set_aside
from segdsl.phrasebook.row import Row
from segdsl.phrasebook.slots import Around, TooMuch, Tries
from segdsl.phrasebook.tokens import Token, cut, joined, placed, spaced

LONGEST_TEXT = 60_000  # characters of one declaration
LONGEST = 3_000  # tokens of one declaration
MOST_READINGS = 4  # kept while rows apply; two are shown
MOST_PASSES = 60
MOST_BEGINS = 20  # lines at the margin
MOST_READS = 3  # of clauses: as they are written, around what was read inside them, and as rows have left them


@dataclass(frozen=True, slots=True)
class Step:
    """A change, and where: from `start` to `end` of the text as written. `by_row` says that a row of the phrasebook made it.

    `sure` says that nothing in it is guessed. A sentence, a formula or a declaration that is read as a whole is never sure:
    whoever wrote it decides whether the line says what was meant.

    `is_answer` says that nothing is changed: the note answers what the language can't say.
    """

    start: int
    end: int
    note: str
    sure: bool
    by_row: bool = True
    is_answer: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What may be meant: the tokens, and the steps that led to them. `reads` is how often clauses have been read."""

    tokens: tuple[Token, ...]
    steps: tuple[Step, ...] = ()
    reads: int = 0


def readings(
    text: str, start: int, end: int, names: Names, tries: Tries, *, is_condition: bool = False
) -> list[Reading]:
    """Returns what may be meant by a declaration from `start` to `end` of a text; nothing where no row applies.

    Raises `TooMuch` where the tries run out.
    """
    if end - start > LONGEST_TEXT:
        return []
    tokens = cut(text, start, end)
    if len(tokens) > LONGEST:
        return []
    tokens, letter = ([*tokens], []) if is_condition else set_aside(tokens)
    meaning = _meaning(text, start, end, tokens, names, tries, is_condition=is_condition)
    every = [_edited(tokens, edits) for edits in meaning.readings] or [Reading(tuple(tokens))]
    aside = tuple(Step(a, b, NOTE, sure=False) for a, b in letter)
    every = [replace(reading, steps=(*aside, *reading.steps)) for reading in every]
    for _ in range(MOST_PASSES):
        following = [later for reading in every for later in _pass(reading, names, tries, is_condition)]
        same = all(a.tokens == b.tokens for a, b in zip(following, every)) and len(following) == len(every)
        every = following[:MOST_READINGS]
        if same:
            break
    return [reading for reading in every if reading.steps]


def declarations(text: str, start: int, end: int, names: Names, tries: Tries) -> list[Reading]:
    """Returns what may be meant by a text that is a declaration, or several, in another shape; nothing where a part of it isn't read.

    Raises `TooMuch` where the tries run out.
    """
    if end - start > LONGEST_TEXT:
        return []
    for begin in _begins(text, start, end):
        tries.left -= end - begin
        if tries.left < 0:
            raise TooMuch
        if written := declared(text[begin:end], names):
            before = cut(text, start, begin) if begin > start else []
            own = [t for t in cut(text, begin, end) if t.kind not in ("comment", "remark")]
            first, last = own[0].start, own[-1].end
            if [t.text for d in written for t in cut(d.text)] == [t.text for t in own]:
                return []  # its shape is right
            parts = [_read_declaration(d.text, replace(names, entity=d.entity or names.entity), tries) for d in written]
            notes = dict.fromkeys(note for d in written for note in d.notes)
            return [_put_together(before, parts, i, [*notes], first, last) for i in range(max(map(len, parts)))]
    return []


def drafts(text: str, start: int, end: int, names: Names, tries: Tries) -> tuple[list[Reading], list[str]]:
    """Returns what is read of a declaration with comments in place of what isn't, and the words of these gaps.

    Raises `TooMuch` where the tries run out.
    """
    with allowed() as gaps:
        every = declarations(text, start, end, names, tries)
    return [r for r in every if numbers(joined(r.tokens))], gaps


def _begins(text: str, start: int, end: int) -> Iterator[int]:
    """Where a declaration in another shape may begin: with the text, or at the margin behind one that is complete."""
    yield start
    word = re.match(r"(?:\s|#[^\n]*\n)*([a-z]+)\b", text[start:end])
    if word is None or word[1] not in DECLARATIONS:
        return
    for line in islice(re.finditer(r"^(?=[^\s#)}\]])", text[start:end], re.MULTILINE), MOST_BEGINS):
        before = text[start : start + line.start()]
        if line.start() > word.start(1) and before.count("{") == before.count("}"):
            yield start + line.start()


def _read_declaration(text: str, names: Names, tries: Tries) -> list[Reading]:
    if text.startswith("table ") and numbers(text):
        return [Reading(tuple(cut(text)))]  # it has no conditions, and a row would put its fields on one line
    return readings(text, 0, len(text), names, tries) or [Reading(tuple(cut(text)))]


def _put_together(
    before: Sequence[Token], parts: Sequence[Sequence[Reading]], choice: int, notes: Sequence[str], start: int, end: int
) -> Reading:
    tokens, steps = [*before], list[Step]()
    for several in parts:
        reading = several[min(choice, len(several) - 1)]
        line = placed(reading.tokens, start, end)
        tokens += spaced(line, "\n") if tokens else line
        steps += [replace(step, start=start, end=end, sure=False) for step in reading.steps]
    steps += [Step(start, end, note, sure=False) for note in reversed(notes)]
    return Reading(tuple(tokens), tuple(steps))


def refusals(
    text: str, start: int, end: int, names: Names, tries: Tries, *, is_condition: bool = False
) -> Sequence[Refusal]:
    """Returns what the language can't say of a declaration. Raises `TooMuch` where the tries run out."""
    tokens = cut(text, start, end) if end - start <= LONGEST_TEXT else []
    if not 0 < len(tokens) <= LONGEST:
        return ()
    return _meaning(text, start, end, tokens, names, tries, is_condition=is_condition).refusals


def _meaning(
    text: str, start: int, end: int, tokens: Sequence[Token], names: Names, tries: Tries, *, is_condition: bool
) -> Meant:
    if tokens and tokens[0].lower == "test":
        return Meant()  # there a name before a point is a customer
    extents = _extents(tokens, start, end, is_condition=is_condition)
    return meant(text, extents, names, tries, None if is_condition else (start, end))


def _extents(tokens: Sequence[Token], start: int, end: int, *, is_condition: bool) -> list[tuple[int, int, bool]]:
    """From where to where conditions and values stand in a text, and whether they are conditions."""
    if is_condition:
        return [(start, end, True)]
    inside = conditions(tokens)
    begins = [i for i in range(len(tokens)) if inside[i] and not (i and inside[i - 1])]
    stops = [next((j for j in range(i, len(tokens)) if not inside[j]), len(tokens)) for i in begins]
    return [
        (tokens[i].start, tokens[j - 1].end, tokens[i - 1].lower != "=" or tokens[0].lower == "segment")
        for i, j in zip(begins, stops)
    ]


def _edited(tokens: Sequence[Token], edits: Sequence[Edit]) -> Reading:
    """The tokens with the lines that formulas mean in their places."""
    done, steps, at = list[Token](), list[Step](), 0
    for edit in edits:
        first = next(i for i, t in enumerate(tokens) if t.end > edit.start)
        last = next((i for i, t in enumerate(tokens) if t.start >= edit.end), len(tokens))
        line = spaced(placed(cut(edit.line), edit.start, edit.end), tokens[first].gap)
        done += [*tokens[at:first], *line]
        notes = edit.notes or ("",)
        steps += [Step(edit.start, edit.end, note, sure=False) for note in reversed(notes)]
        at = last
    return Reading((*done, *tokens[at:]), tuple(steps))


def _pass(reading: Reading, names: Names, tries: Tries, is_condition: bool) -> list[Reading]:
    """Applies the first row that applies, wherever it does."""
    present = {token.lower for token in reading.tokens}
    inside = None if is_condition else conditions(reading.tokens)
    around = Around(reading.tokens, names, tries)
    for i, row in enumerate(rows()):
        if not reading.reads and i >= first_rows():
            clauses_read = _read(reading, names, tries, inside)
            if any(r.tokens != reading.tokens for r in clauses_read):
                return clauses_read
            reading = clauses_read[0]
        patterns = [p for p in row.patterns if all(words & present for words in p.needed)]
        if patterns and (following := _apply(row, patterns, reading, around, inside)):
            return following
    return _read(reading, names, tries, inside) if reading.reads < MOST_READS else [reading]


def _read(reading: Reading, names: Names, tries: Tries, inside: Sequence[bool] | None) -> list[Reading]:
    """Reads the English clauses of all conditions: one reading, or two."""
    first, is_open = _read_once(reading, names, tries, inside, 0)
    if not is_open:
        return [first]
    second, _ = _read_once(reading, names, tries, inside, 1)
    if [t.text for t in second.tokens] == [t.text for t in first.tokens]:
        return [first]
    return [replace(r, steps=tuple(replace(s, sure=False) for s in r.steps)) for r in (first, second)]


def _read_once(
    reading: Reading, names: Names, tries: Tries, inside: Sequence[bool] | None, choice: int
) -> tuple[Reading, bool]:
    tokens, steps, is_open, at = list[Token](), list(reading.steps), False, 0
    answers = [True] * len(reading.tokens) if inside is None else inside
    for is_condition, run in groupby(range(len(reading.tokens)), key=lambda i: answers[i]):
        own = [i for i in run if reading.tokens[i].kind != "comment"]
        if not own or not is_condition or reading.tokens[0].lower == "test":  # its names are those of its customers
            continue
        first = own[0]
        is_value = first > 0 and reading.tokens[first - 1].text == "=" and reading.tokens[0].lower != "segment"
        ask = read_value if is_value and inside is not None else read
        answer = ask([reading.tokens[i] for i in own], names, tries, choice)
        is_open = is_open or answer.is_open
        for edit in sorted(answer.edits, key=lambda e: (e.start, e.end, _PUT_IN.find(e.text))):
            put_in = edit.start == edit.end
            closes = edit.start > 0 and (edit.start == len(own) or (put_in and edit.text == ")"))
            begin = own[edit.start - 1] + 1 if closes else own[edit.start]
            stop = begin if put_in else own[edit.end - 1] + 1
            place = begin - closes
            taken = reading.tokens[place : max(stop, place + 1)]
            start, end = min(t.start for t in taken), max(t.end for t in taken)
            if edit.is_sentence:
                steps.append(Step(start, end, edit.note, sure=False, is_answer=True))
                continue
            line = placed(cut(edit.text), start, end)
            if not put_in and [t.text for t in line] == [t.text for t in taken]:
                continue
            tokens += _behind(tokens, reading.tokens[at:begin])
            gap = "" if edit.text == ")" else taken[0].gap or (" " if tokens else "")
            tokens += _behind(tokens, spaced(line, gap))
            at = stop
            steps.append(Step(start, end, edit.note, sure=False))
    rest = _behind(tokens, reading.tokens[at:])
    return Reading((*tokens, *rest), tuple(steps), reading.reads + 1), is_open


_PUT_IN = ") and ("
"""What is put in between two tokens, in this order."""


def _behind(before: Sequence[Token], tokens: Sequence[Token]) -> Sequence[Token]:
    """Tokens as they stand behind others: without a blank behind a bracket."""
    return spaced(tokens, "") if before and before[-1].text == "(" and tokens else tokens


def _apply(
    row: Row, patterns: Sequence[Pattern], reading: Reading, around: Around, inside: Sequence[bool] | None
) -> list[Reading]:
    matches = list(_matches(row, patterns, around, inside))
    several = max((len(lines) for _, lines in matches), default=0)
    return [_applied(row, matches, reading, i) for i in range(several)]


def _matches(
    row: Row, patterns: Sequence[Pattern], around: Around, inside: Sequence[bool] | None
) -> Iterator[tuple[Match, list[list[Token]]]]:
    at = 0
    while at < len(around.tokens):
        step = 1
        if row.where == "anywhere" or inside is None or inside[at]:
            for match in (m for p in patterns for m in p.matches(around, at)):
                written = [t.text for t in around.tokens[match.start : match.end]]
                lines = [_put(line, match) for line in row.readings(match)]
                if lines and any([t.text for t in line] != written for line in lines):
                    yield match, lines
                    step = match.end - match.start
                    break
        at += step


def _put(line: str, match: Match) -> list[Token]:
    """A line with the tokens of its slots in their places."""
    first, last = match.around.tokens[match.start], match.around.tokens[match.end - 1]
    tokens = list[Token]()
    for part in re.split(r"(\{\w+\})", line):
        slot = match.slots.get(part[1:-1]) if part.startswith("{") else None
        if slot is not None:
            gap = tokens.pop().gap if tokens and tokens[-1].text == "" else ""
            tokens += spaced(slot, gap)
        elif part:
            tokens += placed(cut(part), first.start, last.end)
            if blanks := re.search(r"\s+\Z", part):  # remembered by an empty token, for the slot that follows
                tokens.append(Token("sign", "", blanks[0], first.start, last.end))
    tokens = [t for t in tokens if t.text]
    return spaced(tokens, first.gap)


def _applied(row: Row, matches: Sequence[tuple[Match, list[list[Token]]]], reading: Reading, choice: int) -> Reading:
    tokens, after, steps, at = list[Token](), list[Token](), list(reading.steps), 0
    for match, lines in matches:
        taken = reading.tokens[match.start : match.end]
        note = row.note_of(choice if len(lines) > 1 else 0)
        steps.append(Step(min(t.start for t in taken), max(t.end for t in taken), note, row.sure and len(lines) == 1))
        line, *behind = _split(lines[min(choice, len(lines) - 1)])
        tokens += [*reading.tokens[at : match.start], *line]
        last = reading.tokens[-1]
        after += [token for part in behind for token in placed(part, last.start, last.end)]
        steps += [Step(last.start, last.end, "", row.sure) for _ in behind]
        at = match.end
        if not line and at < len(reading.tokens) and not reading.tokens[at].gap:
            tokens.append(replace(reading.tokens[at], gap=" "))  # what stood between two words is gone
            at += 1
    return Reading((*tokens, *reading.tokens[at:], *after), tuple(steps), reading.reads)


def _split(line: list[Token]) -> list[list[Token]]:
    """A line, and what is to stand behind the declaration: the parts between form feeds."""
    parts = [[]]  # type: list[list[Token]]
    for token in line:
        if token.text == "\f":
            parts.append([])
        else:
            parts[-1].append(token)
    return [parts[0], *(spaced(part, "\n") for part in parts[1:])]
