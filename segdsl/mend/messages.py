"""Puts the line as it should be written into the message about it: a rewrite that parses and resolves, or none.

The phrasebook says what may be meant by each declaration with an error. All these rewrites are put into the files and
checked together, one reading of each at a time; whatever still has an error is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise

from segdsl.bounds import Work
from segdsl.diagnostics import Diagnostic, Fix, Source, Span
from segdsl.lang import parse, tree
from segdsl.lang.reserved import RESERVED
from segdsl.mend.examples.declarations import rows_of
from segdsl.mend.examples.example import Example
from segdsl.mend.examples.near import examples, in_words
from segdsl.mend.gaps import FILL_IN, FILL_IN_LINES, HINTS, Condition, one_by_one
from segdsl.mend.rewrite import Reading, Step, declarations, drafts, readings, refusals
from segdsl.mend.sound import Check, Place, Rewrite, Sources, Wrong, errors_of, put_in, sound_lines, sound_of, tokens_at
from segdsl.model.segment import Outside
from segdsl.phrasebook.conditions import clauses
from segdsl.phrasebook.constants import constants, is_all, is_list
from segdsl.phrasebook.declarations.gaps import filled_in, numbers
from segdsl.phrasebook.declarations.languages import in_english
from segdsl.phrasebook.declarations.parts import quoted
from segdsl.phrasebook.declarations.scripts import LISTED, is_preamble
from segdsl.phrasebook.english.conditions import WORDS_HERE
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import TooMuch, Tries
from segdsl.phrasebook.tokens import Token, cut, joined, on_one_line, placed
from segdsl.resolve import resolve, resolve_condition
from segdsl.resolve.declare import Declared, declare
from segdsl.resolve.problems import Problems
from segdsl.words.headers import identifier

TRIES = 1_500_000
"""Tries of patterns for all declarations of a workspace: some seconds."""
MOST_DECLARATIONS = 100
MOST_ROUNDS = 3
"""The second reads what is left with the names of what is mended."""
MOST_SHOWN = 2  # readings of one line
MOST_NOTES = 2
LONGEST_SHOWN = 400  # in a help; what is longer stands below it
LONGEST_SHOWN_OF_SEVERAL = 2_000
SHORTEST_SHOWN_IN_LINES = 100  # signs; what is shorter is shown in one line
LONGEST_NAMED = 40
LONGEST_MARKED = 100
_UNMENDED = {"SEG0102", "SEG0104", "SEG0105", "SEG0111", "SEG0112", "SEG0108"}
_UNMENDED |= {f"SEG10{n:02}" for n in range(1, 11)}  # of plays: each says how it is written


def mend(
    sources: Sources,
    findings: Sequence[Diagnostic],
    names: Names,
    check: Check,
    renamed: Callable[[Sequence[tree.File]], Names],
    tries: int = TRIES,
) -> list[Diagnostic]:
    """Returns the findings, with the line as it should be written wherever the phrasebook knows it.

    `renamed` gives the names of files whose declarations are mended, which those that are left are read with once more.
    """
    by_place = dict(_by_declaration(sources, findings))
    budget = Tries(tries)
    answers: dict[int, list[Diagnostic]] = {}
    for place in [p for p in by_place if _is_put_in(p)]:
        own = by_place.pop(place)
        answers |= {id(d): [] for d in own} | {id(own[0]): [_put_in(place, own[0])]}
    sound, proposed, wrong = dict[Place, list[Rewrite]](), dict[Place, list[Rewrite]](), dict[Place, list[Wrong]]()
    for _ in range(MOST_ROUNDS):
        many = len(sound)
        left = [place for place in by_place if place not in sound]
        every = _by_rows(left, names, budget)
        read, why = sound_of(sources, every, check, sound)
        proposed, wrong, sound = proposed | every, wrong | why, sound | read
        left = [p for p in left if p not in sound and any(d.code == "SEG0101" for d in by_place[p])]
        sound |= _in_other_shapes(sources, left, names, budget, check, sound)
        left = [place for place in left if place not in sound and not place.number]
        sound |= _in_english(sources, left, names, budget, check, sound)
        sound |= _in_lower_case(sources, [place for place in left if place not in sound], check, sound)
        if many == len(sound) or all(place in sound for place in by_place):
            break
        names = renamed(_files(sources, sound))
    left = [p for p, own in by_place.items() if p not in sound and any(d.code == "SEG0101" for d in own)]
    left = [place for place in left if not place.number]
    outlines = _with_gaps(sources, left, names, budget, check, sound)
    beside = _files(sources, sound)
    answers |= _of_others(sources, {p: own for p, own in by_place.items() if p not in sound}, check, sound)
    by_place = {p: own for p, own in by_place.items() if any(id(d) not in answers for d in own)}
    unmended, wanted = list[Place](), dict[int, _Wanted]()
    left = [place for place in by_place if place not in sound and not place.number]
    unread = [p for p in left if any(d.code == "SEG0101" for d in by_place[p])]
    clausewise = _one_by_one(beside, unread, names, budget, check)
    for place, own in by_place.items():
        if rewrites := sound.get(place):
            answers[id(own[0])] = _answered(place, own, rewrites)
            answers |= {id(d): [] for d in own[1:]}
            continue
        if outlined := outlines.get(place):
            answers |= {id(d): [] for d in own}
            answers[id(own[0])] = [_of_outline(own[0], *outlined, _about(place, names))]
            continue
        refused = _refused(place, own, names, budget)
        if any(c.rewrites or c.draft for c in clausewise.get(place, [])):
            steps = proposed[place][0].reading.steps if place in proposed else ()
            hinted = refused or [_hinted(d, [s for s in steps if s.is_answer]) for d in own]
            answers |= {id(d): [] for d in own}
            about = _about(place, names)
            each, more = _by_conditions(place, hinted, clausewise[place], about)
            answers[id(own[0])] = _with_straight_head(place, each, clausewise[place], about)
            wanted |= more
            continue
        if refused:
            answers |= {id(d): [] for d in own}
            answers[id(own[0])] = refused
            continue
        if place in proposed:
            rewrite = proposed[place][0]
            answers |= {id(d): [_hinted(d, rewrite.reading.steps)] for d in own}
            answers[id(own[-1])] += _left(place, own, rewrite, wrong[place])
        unmended.append(place)
    for place in unmended:
        wanted |= _wanted(place, by_place[place], answers, names)
    shown = _with_examples(beside, wanted.values(), check)
    for d in [d for own in by_place.values() for d in own]:
        answers[id(d)] = [shown.get(id(one), one) for one in answers.get(id(d), [d])]
    known = {id(d) for d in findings}
    added = [
        answer for own in by_place.values() for d in own if id(d) not in known for answer in answers.get(id(d), ())
    ]
    mended = [*(answer for d in findings for answer in answers.get(id(d), [d])), *added]
    own_to_start = {id(d) for d in findings}
    return [d if id(d) in own_to_start else _with_known_names(d, names) for d in mended]


def _of_others(
    sources: Sources,
    left: Mapping[Place, Sequence[Diagnostic]],
    check: Check,
    settled: Mapping[Place, Sequence[Rewrite]],
) -> dict[int, list[Diagnostic]]:
    """The findings of declarations that are right once the others are mended, such as of a play whose own line is wrong: none is left."""
    as_written = {
        place: Rewrite(
            Reading(tuple(cut(place.source.text, place.start, place.end))), place.source.text[place.start : place.end]
        )
        for place, own in left.items()
        if not place.number and all(d.code != "SEG0101" for d in own)
    }
    if not settled or not as_written:
        return {}
    wrong = errors_of(sources, as_written, check, settled)
    return {id(d): [] for place in as_written if not wrong[place] for d in left[place]}


def _by_rows(places: Sequence[Place], names: Names, tries: Tries) -> dict[Place, list[Rewrite]]:
    """What the rows of the phrasebook make of declarations."""
    proposed = dict[Place, list[Rewrite]]()
    for place in places:
        try:
            if every := _proposals(place, names, tries):
                proposed[place] = every
        except TooMuch:
            break
    return proposed


def _files(sources: Sources, sound: Mapping[Place, Sequence[Rewrite]]) -> list[tree.File]:
    """The files with the declarations that are mended."""
    return put_in(sources, {place: every[0] for place, every in sound.items()})[0]


def _by_declaration(
    sources: Iterable[Source], findings: Sequence[Diagnostic]
) -> Iterator[tuple[Place, list[Diagnostic]]]:
    """Yields each declaration with errors, in file order, with these errors."""
    wrong: dict[str, list[Diagnostic]] = {}
    for d in findings:
        if d.severity == "error" and d.span is not None and d.code not in _UNMENDED:
            wrong.setdefault(d.span.source.path, []).append(d)
    count = 0
    for source in sources:
        own = wrong.get(source.path, [])
        if not own:
            continue
        for start, end in _declarations(source.text):
            inside = [d for d in own if d.span is not None and start <= d.span.start < end]
            if not inside:
                continue
            for place in list(_queries(source, start, end)) or [Place(source, start, end)]:
                count += 1
                if count > MOST_DECLARATIONS:
                    return
                here = [d for d in inside if d.span is not None and place.start <= d.span.start < place.end]
                yield place, here or [_no_query(place)]


def _is_put_in(place: Place) -> bool:
    """Tells whether a text does nothing but give names to values, other than lists, that the rules of its file use."""
    text, own = place.source.text, place.source.text[place.start : place.end]
    rest = text[: place.start] + text[place.end :]
    every = constants(own) if is_all(own) else {}
    used = any(re.search(rf"\b{name}\b", rest, re.IGNORECASE) for name in every)
    return used and not any(is_list(value) for value in every.values())


def _put_in(place: Place, d: Diagnostic) -> Diagnostic:
    """A finding at values with names, which are put in where the names stand."""
    own = place.source.text[place.start : place.end]
    begin = place.start + len(own) - len(own.lstrip())
    span = Span(place.source, begin, begin + len(own.strip()))
    several = "\n" in span.text
    what = "these values stand in the rules themselves: leave these lines" if several else (
        "this value stands in the rules themselves: leave this line"
    )  # fmt: skip
    first = " ".join(span.text.split("\n")[0].split())[:LONGEST_NAMED]
    return replace(
        d,
        message=f"`{first}` can't stand here",
        label="",
        help=f"{what} out",
        fix=Fix(span, "", sure=False),
        related=(),
    )


def _declarations(text: str) -> Iterator[tuple[int, int]]:
    """Yields from where to where each declaration stands, with what goes before it."""
    begin: int | None = None
    every = parse.declarations(text)
    for (start, end), (following, _) in zip(every, [*every[1:], (len(text), len(text))]):
        is_before = _BEFORE.fullmatch(text, start, end) or is_preamble(text[start:end])
        start = start if begin is None else begin
        goes_on = is_before or (_SETTINGS.match(text, start, end) and _SETTING.match(text, following))
        begin = start if goes_on and following < len(text) else None
        if begin is None:
            yield start, end


_BEFORE = re.compile(r"\s*(?:with\s+(?:recursive\s+)?\w+\s+as\s*\([^;{}]*\)|@pytest\.[^{}@]*\))\s*", re.IGNORECASE)
"""What goes with the declaration that follows it: a WITH of a query, the cases of a test."""
_SETTINGS = re.compile(r"\s*[A-Za-z_]\w*\s*[:=]|\s*\[")
_SETTING = re.compile(r"(?:entity|table|list|play|outcome)\s*[:=][ \t]*\"?\w+\"?[ \t]*$", re.MULTILINE)
"""Where a setting begins with a word that begins declarations, as `entity: account` behind `name: big`."""
_QUERY = re.compile(r"^\s*select\b", re.IGNORECASE | re.MULTILINE)
MOST_QUERIES = 20


def _queries(source: Source, start: int, end: int) -> Iterator[Place]:
    """The queries of SQL that stand in place of declarations, the first twenty."""
    if not _QUERY.match(source.text, start, end):
        return
    starts = [m.start() for m in islice(_own_queries(source.text, start, end), MOST_QUERIES + 1)]
    for number, (at, stop) in enumerate(zip(starts, [*starts[1:], end]), 1):
        if number <= MOST_QUERIES:
            yield Place(source, at, stop, number)


def _own_queries(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Yields the queries that stand by themselves: in no bracket, and behind no UNION."""
    depth, at = 0, start
    for match in _QUERY.finditer(text, start, end):
        depth += text.count("(", at, match.start()) - text.count(")", at, match.start())
        at = match.start()
        before = text[max(start, at - 20) : at].split()
        if depth <= 0 and (
            not before or before[-1].lower() not in ("union", "all", "except", "intersect", "minus", "distinct")
        ):
            yield match


def _no_query(place: Place) -> Diagnostic:
    start = (
        place.start
        + len(place.source.text[place.start : place.end])
        - len(place.source.text[place.start : place.end].lstrip())
    )
    return Diagnostic("SEG0101", "`SELECT` can't stand here", Span(place.source, start, start + len("select")))


_HEAD = re.compile(
    r"(?<!\bas )\b(?:of|for|on)\s+(?:(?:all|every|each|the)\s+)?([a-z_]\w*)|[{=]|\b(?:is|are)\b", re.IGNORECASE
)


def _proposals(place: Place, names: Names, tries: Tries) -> list[Rewrite]:
    text, about = place.source.text, _about(place, names)
    every = readings(text, place.start, place.end, about, tries)
    if _OF_VALUES.match(text, place.start, place.end) and not place.number:
        whole = declarations(text, place.start, place.end, about, tries)
        meant = [_values(reading) for reading in whole]
        every = [reading for reading in every if _values(reading) in meant] or [*whole] or every
    if _OF_EACH.match(text, place.start, place.end):
        every = declarations(text, place.start, place.end, about, tries) or every
    if place.number:
        every = [replace(reading, tokens=_with_name(reading.tokens, place.number, about)) for reading in every]
    return [Rewrite(reading, joined(reading.tokens)) for reading in every]


_OF_VALUES = re.compile(r"(?:\s|#[^\n]*\n)*(?:(?:static\s+)?list|play|table|create\s+table)\b", re.IGNORECASE)
"""Declarations without rows and conditions: read as a whole, no part of them is taken for something else."""


_OF_EACH = re.compile(r"(?:\s|#[^\n]*\n)*segment\s+\w+\s*=\s*\[\s*(\w+)\s+for\s+\1\s+in\b")
"""A segment as the list of those of all customers for whom a condition holds: it isn't asked whether there is one."""


def _values(reading: Reading) -> list[str]:
    return [t.text for t in reading.tokens if t.text != ","]


def _in_other_shapes(
    sources: Sources,
    places: Sequence[Place],
    names: Names,
    tries: Tries,
    check: Check,
    settled: Mapping[Place, Sequence[Rewrite]],
) -> dict[Place, list[Rewrite]]:
    """What declarations mean that are set out in another way and that no row mends: the sound rewrites of each."""
    proposed = dict[Place, list[Rewrite]]()
    for place in places:
        try:
            every = declarations(place.source.text, place.start, place.end, _about(place, names), tries)
        except TooMuch:
            break
        if every and not place.number:
            proposed[place] = [Rewrite(reading, joined(reading.tokens)) for reading in every]
    return sound_of(sources, proposed, check, settled)[0] if proposed else {}


def _in_english(
    sources: Sources,
    places: Sequence[Place],
    names: Names,
    tries: Tries,
    check: Check,
    settled: Mapping[Place, Sequence[Rewrite]],
) -> dict[Place, list[Rewrite]]:
    """What declarations mean whose words are those of another language: the sound rewrites of each."""
    proposed = dict[Place, list[Rewrite]]()
    for place in places:
        text, note = in_english(place.source.text[place.start : place.end].strip(), names)
        if not text:
            continue
        about = _about(Place(Source("in English", text), 0, len(text)), names)
        own = [t for t in cut(place.source.text, place.start, place.end) if t.kind not in ("comment", "remark")]
        first, last = own[0].start, own[-1].end
        try:
            every = readings(text, 0, len(text), about, tries) or [Reading(tuple(cut(text)))]
            every += declarations(text, 0, len(text), about, tries)
        except TooMuch:
            break
        step = Step(first, last, note, sure=False)
        proposed[place] = [
            Rewrite(Reading(tuple(placed(r.tokens, first, last)), (step,)), joined(r.tokens)) for r in every
        ]
    sound = sound_of(sources, proposed, check, settled)[0] if proposed else {}
    return {
        place: [*{" ".join(t.text for t in cut(r.text)): r for r in reversed(every)}.values()][::-1]
        for place, every in sound.items()
    }


_LOWER_CASE = "names are written in lower case, with `_` for a blank"


def _in_lower_case(
    sources: Sources, places: Sequence[Place], check: Check, settled: Mapping[Place, Sequence[Rewrite]]
) -> dict[Place, list[Rewrite]]:
    """Declarations in which nothing but capitals in names is wrong: `entity Konto { KontoId: text key }` is of `konto` and `konto_id`."""
    proposed = dict[Place, list[Rewrite]]()
    for place in places:
        tokens, steps = list[Token](), list[Step]()
        for token in cut(place.source.text, place.start, place.end):
            if (
                token.kind == "word"
                and token.text.isascii()
                and not (_is_currency(token, tokens) or token.text.islower())
            ):
                token = replace(token, text=identifier(token.text))
                steps.append(Step(token.start, token.end, _LOWER_CASE, sure=False))
            tokens.append(token)
        if steps:
            proposed[place] = [Rewrite(Reading(tuple(tokens), tuple(steps)), joined(tokens))]
    return sound_of(sources, proposed, check, settled)[0] if proposed else {}


def _is_currency(token: Token, before: Sequence[Token]) -> bool:
    """Whether a word stands where a currency does: in brackets behind a type, or behind a number."""
    behind = before[-1] if before else None
    in_brackets = behind is not None and behind.text == "(" and len(before) > 1 and before[-2].lower == "money"
    return bool(re.fullmatch("[A-Z]{3}", token.text) and behind and (in_brackets or behind.kind == "number"))


def _with_gaps(
    sources: Sources,
    places: Sequence[Place],
    names: Names,
    tries: Tries,
    check: Check,
    settled: Mapping[Place, Sequence[Rewrite]],
) -> dict[Place, tuple[Rewrite, list[str]]]:
    """Declarations of which a part isn't read, with a comment in its place; only those whose other parts are sound and are the most."""
    proposed, words = dict[Place, list[Rewrite]](), dict[Place, list[str]]()
    for place in places:
        try:
            every, gaps = drafts(place.source.text, place.start, place.end, _about(place, names), tries)
        except TooMuch:
            break
        texts = [(reading, joined(reading.tokens)) for reading in every]
        few = [Rewrite(reading, text) for reading, text in texts if 2 * len(numbers(text)) <= text.count("\n")]
        if few:
            proposed[place], words[place] = few, gaps
    sound = sound_of(sources, proposed, check, settled)[0] if proposed else {}
    return {place: (every[0], words[place]) for place, every in sound.items() if len(every) == 1}


def _of_outline(d: Diagnostic, rewrite: Rewrite, gaps: Sequence[str], names: Names) -> Diagnostic:
    """A finding with the whole declaration, its gaps with the words that stand there."""
    kind = rewrite.text.split()[0]
    words = " ".join(gaps[number - 1] for number in numbers(rewrite.text))
    hint = (rows_of(words, names) if kind == "test" else "") or HINTS.get(kind, "")
    help = f"{FILL_IN_LINES} ({hint}):" if hint else f"{FILL_IN_LINES}:"
    return replace(d, label="", help=help, fix=None, related=(), draft=filled_in(rewrite.text, gaps))


def _about(place: Place, names: Names) -> Names:
    """The names for the entity that a declaration is about."""
    if said_outside := constants(place.source.text):
        lists = frozenset(name for name, value in said_outside.items() if is_list(value))
        names = replace(names, constants=said_outside, lists=names.lists | lists, others=names.others | lists)
    head = _HEAD.search(place.source.text, place.start, place.end)
    first = next((r.name for r in names.schema.entities), "") if names.schema is not None else ""
    said = head[1].lower() if head and head[1] else first
    if names.schema is not None and said in names.schema.relations:
        return replace(names, entity=said)  # also the rows of a table, of which a metric may be
    return replace(names, entity=(names.entity_called(said) or first) if first else said)


def _refused(
    place: Place, own: Sequence[Diagnostic], names: Names, tries: Tries, *, is_condition: bool = False
) -> list[Diagnostic]:
    """The findings where the language can't say what is written: a sentence on each formula, in place of those in its condition."""
    try:
        about = names if is_condition else _about(place, names)
        every = refusals(place.source.text, place.start, place.end, about, tries, is_condition=is_condition)
    except TooMuch:
        return []
    extents = clauses(cut(place.source.text, place.start, place.end))
    answers, left = list[Diagnostic](), list(own)
    for refusal in every[:MOST_SHOWN]:
        span = Span(place.source, refusal.start, refusal.end)
        start, end = (
            (place.start, place.end + 1) if is_condition else _extent(place, refusal.start, refusal.end, extents)
        )
        here = [d for d in left if d.span is not None and start <= d.span.start < end]
        if not here and not answers:
            continue
        left = [d for d in left if d not in here]
        shown = " ".join(span.text.split())
        shown = shown if len(shown) <= LONGEST_NAMED else shown[:LONGEST_NAMED] + "…"
        answers.append(Diagnostic("SEG0101", f"`{shown}` can't stand here", span, help=refusal.sentence))
    return [*answers, *left] if answers else []


_SAVED_AS = re.compile(
    r"#\s*(?:(?:save|saved|store)(?: (?:it|this|the))?(?: (?:segment|list|rule|query))? as|(?:name|call) (?:it|this)|named|called"
    r"|(?:(?:segment|rule)(?: name)?|name)\s*[:=])\s*[\"'`]?([a-z_][a-z0-9_]*)[\"'`]?\s*[.;]?\s*"
)
"""A remark that says nothing but the name of the rule, as in `# save as low_seats`."""


def _with_name(tokens: Sequence[Token], number: int, names: Names) -> tuple[Token, ...]:
    """A segment made of a query, with the name that a remark gives it, or else one of its own."""
    said = {m[1] for t in tokens if t.kind == "comment" and (m := _SAVED_AS.fullmatch(t.text))}
    known = {*RESERVED, *names.others, *names.fields, *names.tables}
    name = said.pop() if len(said) == 1 and not said & known else f"selected_{number}"
    return tuple(replace(t, text=name) if t.text == "selected" else t for t in tokens)


# -- what is said --------------------------------------------------------------------------


def _answered(place: Place, own: Sequence[Diagnostic], rewrites: Sequence[Rewrite]) -> list[Diagnostic]:
    """The findings of a declaration with each changed line as it should be written."""
    written = cut(place.source.text, place.start, place.end)
    parts = [_changed(place, written, rewrite) for rewrite in rewrites[:MOST_SHOWN]]
    answers = list[Diagnostic]()
    for start, end in sorted({extent for part in parts for extent in part}):
        lines = list(dict.fromkeys(part[start, end] for part in parts if (start, end) in part))
        here = [d for d in own if d.span is not None and start <= d.span.start < end]
        used = [
            step for rewrite in rewrites[:MOST_SHOWN] for step in rewrite.reading.steps if start <= step.start < end
        ]
        if not any(step.by_row for step in used):
            answers += here  # each says how it is mended
            continue
        base = _with_all_of_it(place, here[0] if here else _not_so(place, used, start, end), used)
        base = _with_line(base, Span(place.source, start, end)) if len(lines) == 1 else base
        sure = len(lines) == 1 and len(rewrites) == 1 and all(step.sure for step in used)
        shown = len(lines) == 1 and _is_below(lines[0])
        fix = Fix(Span(place.source, start, end), lines[0], sure, shown) if len(lines) == 1 else None
        said = {d.message for d in here}
        notes = [
            _telling(
                [s for s in r.reading.steps if start <= s.start < end and s.note not in said and not s.is_answer],
                place.source.text[start:end],
                part.get((start, end), ""),
            )
            for r, part in zip(rewrites, parts)
        ]
        label = "" if base.code == "SEG0101" else base.label
        help = _help_above(notes[0]) if shown else _help(lines, notes)
        answers.append(replace(base, label=label, help=help, fix=fix, related=()))
        answers += [replace(d, fix=None) for d in here[1:] if d.code != "SEG0101" and not _of_one_row(d, base, used)]
    return answers


def _with_line(d: Diagnostic, line: Span) -> Diagnostic:
    """A syntax error at a value, which a line could be taken to replace, at all that the line replaces: `status = 'active'`."""
    if d.code != "SEG0101" or d.span is None or not d.message.endswith("can't stand here"):
        return d
    is_value = re.fullmatch(r"\d[\d.]*|'.*'|[“„‘].*", d.span.text) and d.span.text != line.text
    if not is_value or "\n" in line.text or len(line.text) > LONGEST_MARKED:
        return d
    return replace(d, message=f"`{line.text}` can't stand here", span=line)


def _of_one_row(d: Diagnostic, base: Diagnostic, used: Sequence[Step]) -> bool:
    """Tells whether two findings are about what one row replaces, such as the day and the month of 03/04/2026."""
    assert d.span is not None and base.span is not None, "they have a place in the line"
    places = (d.span.start, base.span.start)
    return any(step.by_row and all(step.start <= place < step.end for place in places) for step in used)


def _with_all_of_it(place: Place, d: Diagnostic, used: Sequence[Step]) -> Diagnostic:
    """A finding at all that is replaced: `'team'` for its first quote, and `not exists (…)` where the line stands for the `not`, too."""
    if d.code != "SEG0101" and d.span is not None:
        begins = [s.start for s in used if s.start < d.span.start and d.span.end <= s.end <= s.start + LONGEST_NAMED]
        negated = [at for at in begins if place.source.text[at : d.span.start].split() == ["not"]]
        return replace(d, span=Span(place.source, max(negated), d.span.end)) if negated else d
    if d.code != "SEG0101" or d.span is None or not d.message.endswith("can't stand here"):
        return d
    at = d.span.start
    ends = [step.end for step in used if step.start == at and step.end - at <= LONGEST_NAMED]
    ends = ends or [token.end for token in cut(place.source.text, at, min(place.end, at + LONGEST_NAMED))[:1]]
    if not ends or min(ends) <= d.span.end:
        return d
    span = Span(place.source, at, min(ends))
    return replace(d, message=f"`{' '.join(span.text.split())}` can't stand here", span=span)


def _not_so(place: Place, used: Sequence[Step], start: int, end: int) -> Diagnostic:
    first = min((step.start for step in used), default=start)
    last = min((step.end for step in used if step.start == first), default=end)
    span = Span(place.source, first, last)
    return Diagnostic("SEG0101", f"`{' '.join(span.text.split())}` can't stand here", span)


def _is_below(line: str) -> bool:
    """Tells whether a line stands below the help, since it is long, has several lines, or a remark before its end."""
    has_remark = "\n" in line and any(t.kind == "comment" for t in cut(line)[:-1])  # it would hide what is behind it
    return has_remark or len(line) > (SHORTEST_SHOWN_IN_LINES if "\n" in line else LONGEST_SHOWN)


def _help(lines: Sequence[str], notes: Sequence[Sequence[str]]) -> str:
    shown = [" ".join(line.split()) for line in lines]
    if len(shown) == 1:
        why = "; ".join(notes[0][:MOST_NOTES])
        return f"write: {_quoted(shown[0])}" + (f" ({why})" if why else "")
    own = [[n for n in note if not all(n in other for other in notes)] or note for note in notes]
    readings = [_quoted(line) + (f" ({note[0]})" if note else "") for line, note in zip(shown, own)]
    return f"write: {', or: '.join(readings)}"


def _help_above(notes: Sequence[str]) -> str:
    """The help where the lines stand below it."""
    why = "; ".join(notes[:MOST_NOTES])
    return f"write ({why}):" if why else "write:"


def _notes(steps: Iterable[Step]) -> list[str]:
    """How the rows say that it is written, those of phrases before those of signs and letters."""
    said = [step.note for step in reversed([*steps]) if step.note]
    parts = [part for note in said for part in (note.split("; ") if note.startswith(_OF_QUOTES) else [note])]
    return list(dict.fromkeys(parts))


_OF_QUOTES = ("values stand in double quotes", 'text stands in straight double quotes: "…"')


_PIECE = re.compile(r"`([^`]+)`")
_OPEN = r"[A-Z…]"  # where a piece of the language leaves open what stands there


def _telling(steps: Sequence[Step], written: str, line: str) -> list[str]:
    """The notes of the steps that say something of a line; those of findings always do.

    A note is left out where all that it quotes stood there already, and where it quotes words of which none stands there now;
    one on quotes where all texts stood in them already, and where there is no text.
    """
    before, after = _words_of(written), _words_of(line)
    findings = {step.note for step in steps if not step.by_row}
    kept = list[str]()
    for note in _notes(steps):
        whole = [_words_of(piece) for piece in _PIECE.findall(note) if not re.search(_OPEN, piece)]
        begun = [_words_of(re.split(_OPEN, piece)[0]) for piece in _PIECE.findall(note)]
        in_words = [piece for piece in begun if any(word[0].isalpha() for word in piece)]
        as_it_was = bool(whole) and len(whole) == len(begun) and all(_stands(piece, before) for piece in whole)
        of_others = bool(in_words) and len(in_words) == len(begun) and not any(_stands(p, after) for p in in_words)
        are_quoted = note in _OF_QUOTES and _texts_of(line) <= _texts_of(written)
        if note in findings or not (as_it_was or of_others or are_quoted):
            kept.append(note)
    calls = {note: said[1] for note in kept if (said := re.fullmatch(r"`\w+\(…\)` is written (`[^`]*`)", note))}
    return [n for n in kept if not (n in calls and any(calls[n] in other for other in kept if other != n))]


def _words_of(text: str) -> list[str]:
    """The tokens of a text, any number as 0."""
    return ["0" if t.kind in ("number", "amount") else t.text for t in cut(text)]


def _texts_of(text: str) -> set[str]:
    """The texts in double quotes."""
    return {t.text for t in cut(text) if t.kind == "text"}


def _stands(piece: Sequence[str], words: Sequence[str]) -> bool:
    return any(words[i : i + len(piece)] == piece for i in range(len(words) - len(piece) + 1))


def _quoted(line: str) -> str:
    return f"`{line[:LONGEST_SHOWN_OF_SEVERAL] + (' …' if len(line) > LONGEST_SHOWN_OF_SEVERAL else '')}`"


def _changed(place: Place, written: Sequence[Token], rewrite: Rewrite) -> dict[tuple[int, int], str]:
    """The changed lines of a declaration: from where to where in the text as written, with what is meant."""
    steps = [(s.start, s.end) for s in rewrite.reading.steps]
    extents = clauses(written)
    around = [_extent(place, start, end, extents) for start, end in steps]
    merged = _merged(around)
    return {
        extent: joined([t for t in rewrite.reading.tokens if extent[0] <= t.start < extent[1]]) for extent in merged
    }


def _extent(place: Place, start: int, end: int, extents: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The condition around a change; for a change outside conditions, or across several, its whole line or declaration."""
    for a, b in extents:
        if a <= start and end <= b:
            return a, b
    text = place.source.text
    first = max(place.start, text.rfind("\n", 0, start) + 1)
    last = text.find("\n", end)
    last = place.end if last < 0 else min(last, place.end)
    inside = text[first:last]
    return first + len(inside) - len(inside.lstrip()), first + len(inside.rstrip())


def _merged(extents: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged = list[tuple[int, int]]()
    for start, end in sorted(set(extents)):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _left(place: Place, own: Sequence[Diagnostic], rewrite: Rewrite, wrong: Sequence[Wrong]) -> list[Diagnostic]:
    """The first mistake that is left where all rows have applied, where it stands in the text as written."""
    told = [d.span for d in own if d.span is not None]
    for d, at in wrong:
        if d.code in _UNMENDED:
            return []  # it is said where it stands
        named = re.match(r"`([^`]*)` can't stand here", d.message)
        if named and named[1].lower() not in place.source.text[place.start : place.end].lower():
            return []  # a word of the rewrite
        first, last = tokens_at(rewrite.reading.tokens, at, at + 1)
        for token in rewrite.reading.tokens[first:last]:
            span = Span(place.source, token.start, token.end)
            again = any(t.start <= span.start < max(t.end, t.start + 1) for t in told) or d.code == "SEG0111"
            return [] if again or token.end - token.start > 60 else [replace(d, span=span, fix=None, related=())]
    return []


def _hinted(d: Diagnostic, steps: Sequence[Step]) -> Diagnostic:
    """A finding with the note of the row that applies at its place, where the whole line isn't known."""
    if d.span is None:
        return d
    at = d.span.start
    here = [s for s in steps if s.note and s.start <= at < max(s.end, s.start + 1)]
    if answer := next((s for s in here if s.is_answer), None):
        return replace(d, help=answer.note, label="", fix=None)
    if not here or d.fix is not None or (d.help and d.code != "SEG0101"):
        return d
    return replace(d, help=here[0].note)


def _one_by_one(
    files: Sequence[tree.File], places: Sequence[Place], names: Names, tries: Tries, check: Check
) -> dict[Place, list[Condition]]:
    try:
        return one_by_one(files, {place: _about(place, names) for place in places}, tries, check)
    except TooMuch:
        return {}


_Wanted = tuple[Diagnostic, list[Example]]
"""A finding, and lines of the language that may be shown with it."""


def _by_conditions(
    place: Place, own: Sequence[Diagnostic], every: Sequence[Condition], names: Names
) -> tuple[list[Diagnostic], dict[int, _Wanted]]:
    """The findings of a declaration of whose conditions some are read: each with its line, with a line with gaps, or as it was."""
    answers, wanted, left = list[Diagnostic](), dict[int, _Wanted](), list(own)
    text = place.source.text
    for c in every:
        here = [d for d in left if d.span is not None and c.start <= d.span.start <= c.end]
        if not (c.rewrites or c.gaps):
            continue
        left = [d for d in left if d not in here]
        says_why = all(d.code != "SEG0101" or (d.help and not d.label) for d in here)
        if not c.rewrites and here and says_why:
            answers += here
            continue
        base = here[0] if here else _not_so(place, (), c.start, c.end)
        if c.rewrites:
            answers.append(_of_condition(base, Span(place.source, c.start, c.end), c.rewrites))
            continue
        if c.draft:
            base = replace(base, label="", help=f"{FILL_IN}: `{c.draft}`", fix=None, related=())
        answers.append(base)
        if c.draft or (base.code == "SEG0101" and (base.label or not here)):
            at = [(g.tokens[0].start, g.tokens[-1].end) for g in c.gaps]
            at = at if c.draft else [(c.start, c.end)]
            where = [a for a, _ in at] if c.draft or base.span is None or not here else [base.span.start]
            lines = [e for (a, b), w in zip(at, where) for e in examples(text, a, b, w, names, is_condition=True)]
            wanted[id(base)] = base, lines
    return [*left, *answers], wanted


_BODIES = {"segment": "when a = 1 }", "segmentation": "segment a { when b = 1 } otherwise c }"}
"""A body that parses behind a head, whatever its names."""


def _with_straight_head(
    place: Place, every: list[Diagnostic], conditions: Sequence[Condition], names: Names
) -> list[Diagnostic]:
    """The findings with one for a head whose only mistake is that texts stand in curly quotes: the head as it should be written."""
    tokens = [t for t in cut(place.source.text, place.start, place.end) if t.kind not in ("comment", "remark")]
    end = next((i + 1 for i, t in enumerate(tokens) if t.text == "{"), 0)
    head = tokens[:end]
    if not head or head[0].text not in _BODIES or not any(_is_curly(t) for t in head) or names.schema is None:
        return every
    straight = [replace(t, kind="text", text=quoted(t.text[1:-1])) if _is_curly(t) else t for t in head]
    line = on_one_line(straight)
    entities = {r.name for r in names.schema.entities}
    of = {b.text for a, b in pairwise(straight) if a.text == "of"}
    if not of & entities or parse.parse(Source("head", f"{line} {_BODIES[head[0].text]}"))[1]:
        return every
    start, stop = head[0].start, head[-1].end
    for c in conditions:
        own = on_one_line([t for t in straight if c.start <= t.start < c.end])
        if c.start < stop and (c.gaps or any(on_one_line(cut(r.text)) != own for r in c.rewrites)):
            return every
    here = [d for d in every if d.span is not None and start <= d.span.start < stop]
    if not here:
        return every
    help = f'write: `{line}` (text stands in straight double quotes: "…")'
    fix = Fix(Span(place.source, start, stop), line, False)
    whole = replace(here[0], code="SEG0101", label="", help=help, fix=fix, related=())
    return [whole, *(d for d in every if d not in here)]


def _is_curly(token: Token) -> bool:
    return token.kind == "quoted" and token.text[0] in "“”„"


def _of_condition(base: Diagnostic, span: Span, rewrites: Sequence[Rewrite]) -> Diagnostic:
    """A finding on a condition with the whole condition as it should be written."""
    lines = list(dict.fromkeys(rewrite.text for rewrite in rewrites[:MOST_SHOWN]))
    notes = [_telling(r.reading.steps, span.text, r.text) for r in rewrites]
    shown = len(lines) == 1 and _is_below(lines[0])
    fix = Fix(span, lines[0], False, shown) if len(lines) == 1 else None
    label = "" if base.code == "SEG0101" else base.label
    help = _help_above(notes[0]) if shown else _help(lines, notes)
    return replace(base, label=label, help=help, fix=fix, related=())


def _wanted(
    place: Place, own: Sequence[Diagnostic], answers: Mapping[int, list[Diagnostic]], names: Names
) -> dict[int, _Wanted]:
    """The first syntax error of a declaration for which nothing better is known, with lines of the language."""
    first = next((d for d in own if d.code == "SEG0101" and not d.help), None)
    if first is None or first.span is None or not (now := answers.get(id(first), [first])) or not now[0].label:
        return {}
    text, at = place.source.text, first.span.start
    return {id(now[0]): (now[0], examples(text, place.start, place.end, at, _about(place, names)))}


def _with_examples(files: Sequence[tree.File], wanted: Iterable[_Wanted], check: Check) -> dict[int, Diagnostic]:
    """The findings with those lines that parse and resolve, by the identity of the finding."""
    every = [*wanted]
    lines = list(dict.fromkeys(e.declaration for _, own in every for e in own))
    sound = sound_lines(lines, files, check)
    likes = ((d, in_words([e for e in own if e.declaration in sound])) for d, own in every)
    return {id(d): _with_help(d, like) for d, like in likes if like}


_EXAMPLES = re.compile(r",? (?:as in|such as) `[^`]*`(?:,? or `[^`]*`)*")


def _with_known_names(d: Diagnostic, names: Names) -> Diagnostic:
    """A finding without the examples whose names the model hasn't."""
    if not d.help or names.schema is None or not _EXAMPLES.search(d.help):
        return d
    known = {n for r in names.schema.relations.values() for n in (r.name, *r.fields, r.at or "")}
    known |= {n for links in (names.schema.to_one, names.schema.to_many) for by in links.values() for n in by}
    known |= WORDS_HERE | names.others

    def shown(match: re.Match[str]) -> str:
        lines = re.findall(r"`([^`]*)`", match[0])
        said = (re.findall(r"(?<![\w.])[a-z_]\w*", re.sub(r'"[^"]*"', "", line)) for line in lines)
        return match[0] if {*chain.from_iterable(said)} <= known else ""

    return replace(d, help=_EXAMPLES.sub(shown, d.help))


def _with_help(d: Diagnostic, more: str) -> Diagnostic:
    return replace(d, help="; ".join(filter(None, (d.help, more))))


def mended(
    sources: Sequence[Source], files: Sequence[tree.File], findings: Sequence[Diagnostic], outside: Outside
) -> list[Diagnostic]:
    """Returns the findings on a workspace, with the line as it should be written wherever the phrasebook knows it."""

    def check(tried: Sequence[tree.File]) -> Sequence[Diagnostic]:
        return resolve(tried, outside, Work.of(sum(len(s.text) for s in sources)))[1]

    lists = {m[1].lower() for source in sources for head in (_LIST, LISTED) for m in head.finditer(source.text)}
    lists_of = {m[1]: m[2] for source in sources for m in _LIST_OF.finditer(source.text)}

    channels = {m[1]: m[1] for source in sources for m in _CHANNEL.finditer(source.text)}

    def renamed(every: Sequence[tree.File]) -> Names:
        names = _names(declare(every, Problems()), "")
        return replace(names, lists=names.lists | lists, lists_of=lists_of, channels={**names.channels, **channels})

    return mend(dict(zip(sources, files)), findings, renamed(files), check, renamed)


_LIST = re.compile(r"^[ \t]*(?:static[ \t]+)?list[ \t]+([a-z][a-z0-9_]*)", re.MULTILINE)
"""The head of a list, which has its name also where its values can't be read."""
_CHANNEL = re.compile(r"^[ \t]*channel[ \t]+([a-z][a-z0-9_]*)(?=[ \t]*(?:\"[^\"\n]*\"[ \t]*)?\{)", re.MULTILINE)
"""The head of a channel, which has its name also where its clauses can't be read."""
_LIST_OF = re.compile(
    rf"{_LIST.pattern}(?:[ \t]+\"[^\"\n]*\")?[ \t]+(?:of|for)[ \t]+(?:all[ \t]+|the[ \t]+)?(\w+)[ \t]*(?=[=:(\[{{])",
    re.MULTILINE,
)
"""The head of a list of values that is said to be of customers: the values are their keys."""


def _names(declared: Declared, entity: str) -> Names:
    titles = {name: d.title.text if d.title is not None else "" for name, d in declared.metrics.items()}
    lists = frozenset([*declared.lists, *declared.files])
    calendars = frozenset(declared.calendars)
    return Names(
        declared.schema,
        entity,
        frozenset(declared.names),
        _paths(declared),
        titles,
        lists,
        calendars,
        frozenset(declared.plays),
        dict(_channels(declared)),
    )


def _channels(declared: Declared) -> Iterator[tuple[str, str]]:
    """The channels that plays name in texts, by their names in lower case, as they are written."""
    for play in declared.plays.values():
        for setting in play.settings:
            if setting.name.text == "channel" and isinstance(setting.value, tree.Text):
                yield setting.value.value.lower(), f'"{setting.value.value}"'


def _paths(declared: Declared) -> dict[str, str]:
    """The path of each segment and arm, by its name and its title."""
    paths: dict[str, str] = {}
    for name, segmentation in declared.segmentations.items():
        arms: tuple[tree.Arm | tree.Rest, ...] = (*segmentation.arms, segmentation.otherwise)
        for arm in arms:
            paths[arm.name.text.lower()] = f"{name}.{arm.name.text}"
            if arm.title is not None:
                paths[arm.title.text.lower()] = f"{name}.{arm.name.text}"
    for name, segment in declared.segments.items():
        paths[name.lower()] = name
        if segment.arm.title is not None:
            paths[segment.arm.title.text.lower()] = name
    return paths


def mended_condition(
    source: Source, entity: str, findings: Sequence[Diagnostic], files: Sequence[tree.File], outside: Outside
) -> tuple[Diagnostic, ...]:
    """Returns the findings on a condition of a command line, with the whole condition as it should be written."""
    declared = declare(files, Problems())
    names = _names(declared, entity)
    try:
        every = readings(source.text, 0, len(source.text), names, Tries(TRIES), is_condition=True)
    except TooMuch:
        return tuple(findings)
    sound = [Rewrite(r, joined(r.tokens)) for r in every if _is_condition(joined(r.tokens), entity, files, outside)]
    errors = [d for d in findings if d.severity == "error" and d.span is not None]
    if (
        not sound
        and errors
        and (refused := _refused(Place(source, 0, len(source.text)), errors, names, Tries(TRIES), is_condition=True))
    ):
        return tuple(refused)
    if not sound or not errors:
        hinted = tuple(_hinted(d, every[0].steps) for d in findings) if every else tuple(findings)
        if not errors or errors[0].code != "SEG0101" or errors[0].help or errors[0].span is None:
            return hinted
        every_line = examples(source.text, 0, len(source.text), errors[0].span.start, names, is_condition=True)
        like = in_words([e for e in every_line if _is_condition(e.line, entity, files, outside)])
        return tuple(_with_help(d, like) if d.span == errors[0].span and d.label else d for d in hinted)
    return (_of_condition(errors[0], Span(source, 0, len(source.text)), sound),)


def _is_condition(text: str, entity: str, files: Sequence[tree.File], outside: Outside) -> bool:
    node, wrong = parse.parse_expression(Source("condition", text))
    return node is not None and not wrong and resolve_condition(node, entity, files, outside)[0] is not None
