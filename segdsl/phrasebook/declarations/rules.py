"""Segments and segmentations: conditions, arms, whoever is left and whoever is unclear, by whatever words and signs they are set out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise

from segdsl.phrasebook.declarations.criteria import is_label, of_group, required, several
from segdsl.phrasebook.declarations.heads import BASES, Head, is_where, meta, setting_of_head
from segdsl.phrasebook.declarations.outline import BULLETS, Entry, Unread, closing, listed, outline, parts, text_of
from segdsl.phrasebook.declarations.parts import (
    NONE,
    Declared,
    adjective,
    compared,
    condition,
    goes_on,
    in_columns,
    is_entity,
    is_value,
    joined_by,
    left_out,
    named,
    plain,
    quoted,
    slug,
    without_fillers,
)
from segdsl.phrasebook.declarations.subjects import clause, subject
from segdsl.phrasebook.english.small_words import BE
from segdsl.phrasebook.names import ARM_KINDS, Names
from segdsl.phrasebook.tokens import Token, cut

ARM_NOTE = "an arm is `segment NAME { when CONDITION }`, and the last line `otherwise NAME`"
_WHEN = listed(
    """
    when if filter filters condition conditions criteria rule rules sql expression definition query logic match
    matches predicate where all any all_of any_of and or sql_where expr include members filter_criteria must
    should not none exclude excluding
    """
)
_REST = listed(
    """
    otherwise else default rest others other fallback remaining remainder everyone_else everybody_else
    everything_else anyone_else the_rest all_others all_other catch_all _ the_others anything_else all_the_rest
    all_remaining whoever_is_left all_the_others none_met no_branch_met none_of_the_above none_of_these no_match
    none_matched unmatched
    """
)
_UNCLEAR = listed(
    """
    undecided unknown missing unclear_if missing_data no_data data_missing if_data_is_missing if_unknown
    if_missing unknown_data incomplete_data when_unknown where_unknown if_anything_is_missing if_data_missing
    if_something_is_missing with_missing_data null incomplete those_with_missing_data customers_with_missing_data
    accounts_with_missing_data when_data_is_missing where_data_is_missing if_any_data_is_missing unknowns
    not_enough_data if_we_don't_know if_unclear insufficient_data
    """
)
_LISTS = listed(
    """
    arms segments groups buckets tiers cases rules classes branches categories levels values options bands when
    members steps
    """
)
_ORDER = (
    "first",
    "then",
    "next",
    "finally",
    "second",
    "third",
    "fourth",
    "last",
    "firstly",
    "lastly",
    "and",
    "after",
    "that",
    "secondly",
    "thirdly",
)
_GOES = listed(
    """
    goes go to into is are be in -> => : = := get gets becomes become called labelled - – — falls fall will should
    lands land as count counts return ' end up ,
    """
)


_SIGNS = (">", ">=", "<", "<=", "≥", "≤")
_NOTHING = ("-", "–", "—", "none", "n/a", "tbd", "")


@dataclass(frozen=True, slots=True)
class Arm:
    """An arm; without a condition, whoever is left, or whoever is unclear. `place` is its number in the order, where one is said."""

    name: str
    title: str
    condition: str
    behind: str = ""
    place: int | None = None

    def written(self, word: str) -> str:
        return f"{word} {self.name}{' ' + self.title if self.title else ''}"


def without_alias(text: str, head: Head) -> str:
    """A condition without the other names of the entity and of what belongs to it."""
    for alias, meant in head.alias.items():
        text = re.sub(rf"(?<![\w.\"]){re.escape(alias)}\.(?=\w)", meant, text)
    return text


# -- segments ----------------------------------------------------------------------------


def segment(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A segment by its body. Raises `Unread` where a part of it isn't read."""
    metas, conditions, where, play, limit, after = list[str](), list[str](), list[str](), "", "", ""
    left = list[Entry]()
    for entry in entries:
        if not setting_of_head(head, entry, names):
            left.append(entry)
    own = head.about(names)
    rest = head.rest
    while rest and rest[0].lower in (":", "=", ":=", "as", "is", "are", ","):
        rest = rest[1:]
    rest = _of_comprehension(rest, names)
    has_when = bool(rest) or not left or any(not is_where(e) for e in left)
    if len(rest) > 2 and rest[0].text == "(" and rest[1].lower == "select" and closing(rest, 0) == len(rest) - 1:
        rest = rest[1:-1]
    is_query = bool(rest) and (rest[0].lower == "select" or [t.lower for t in rest[2:3]] == ["as"])
    if rest and not is_query:
        rest, play = with_clauses(rest)
    if rest and not is_query:
        about = subject(rest, 1 if rest[0].lower in ("with", "of", "for", "from") else 0, names)
        if about is not None and (not head.entity or head.entity == about[0]):
            head.entity, own = about[0], replace(names, entity=about[0])
            conditions += [*about[1], *([clause(rest[about[2] :], own)] if about[2] < len(rest) else [])]
        else:
            conditions.append(condition(rest, (), own))
    elif rest:
        return _of_query(head, rest, left)
    elif not left and head.where:
        conditions, head.where = head.where, []
    if not rest and left and left[0].words[:1] == ("select",) and not any(e.inside for e in left):
        return _of_query(head, [t for e in left for t in e.tokens], [])
    opened = next((e for e in left if e.words in (("when",), ("when", ":")) and len(e.inside) > 1), None)
    if opened is not None and any(e.key in _LOGIC for e in left):
        left = [e for e in left if e is not opened] + [*opened.inside]
    if not rest and (logic := _by_logic(left, own) or _included(left, own) or _in_groups(left, own)):
        conditions, left = [logic], []
    if not rest and len(left) > 1 and all(of_group(e) for e in left):
        conditions, left = [joined_by("or", [condition(in_columns(of_group(e)), e.inside, own) for e in left])], []
    if any(goes_on(a, b) for a, b in pairwise(left)):
        raise Unread
    for entry in left:
        word = entry.key or (entry.words[0] if entry.words else "")
        value = entry.value if entry.key else entry.tokens[1:]
        if entry.key in (*_PLAYS, "owner", "notes", "note") and text_of(value).lower() in _NOTHING:
            continue
        if (written := meta(entry, own)) is not None:
            metas.append(written)
        elif (is_where(entry) and has_when and word != "where") or (word == "where" and _another(left, entry)):
            where.append(condition(value, entry.inside, own))
        elif word in ("play", "action", "playbook") and not entry.inside and len(value) == 1:
            play = f" play {slug(plain(value[0]))}"
        elif word in _ACTIONS and not entry.inside and not play and (made := _made_play(value)) is not None:
            play, after = f" play {made[0]}", f"\n{made[1]}"
        elif entry.inside and _FOLLOWING.fullmatch(text_of(entry.tokens).lower()):
            conditions.append(_when("when", entry, entry.tokens, own))
        elif (
            word == "then"
            and not entry.inside
            and len(value) < 5
            and plain(entry.tokens[-1]).lower() in own.plays
            and not play
        ):
            play = f" play {plain(entry.tokens[-1]).lower()}"
        elif word in ("limit", "top", "max_size") and not entry.inside and value:
            limit = f" limit {text_of(value)}"
        elif word in ("select", "with") and len(left) == 1:
            return _of_query(head, entry.tokens, [])
        elif (entry.key and (said := required(entry.key, value, entry.inside, own))) or (
            entry.inside and (said := several(" ".join(entry.words), entry.inside, own))
        ):
            conditions.append(said)
        elif entry.inside and (follow := _FOLLOWING.fullmatch(" ".join(entry.words))) is not None:
            text = condition((), entry.inside, own, "and" if follow["all"] else "or")
            conditions.append(f"not ({text})" if follow["none"] else text)
        elif (word in _WHEN or is_where(entry)) and (value or entry.inside):
            conditions.append(_when(word, entry, value, own))
        elif entry.key and is_value(entry.key, own):
            conditions.append(compared(entry.key, entry.value, entry.inside))
        elif not entry.key and not entry.inside and len(entry.tokens) > 1:
            conditions.append(condition(in_columns(entry.tokens), (), own))
        elif is_label(entry, own):
            conditions.append(condition(value, (), own))  # behind a label
        elif not entry.tokens:
            conditions.append(condition((), entry.inside, own))
        else:
            raise Unread
    head.where += where
    body = " ".join([*metas, f"when {joined_by('and', conditions)}{limit}{play}"])
    return Declared(
        without_alias(f"{head.written()} {{ {body} }}", head) + after,
        ("a condition stands after `when`, in braces", *([_LIMIT_NOTE] if " limit " in play else [])),
        head.entity,
    )


_ACTIONS = ("action", "actions", "then", "do", "trigger")


def _made_play(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """`create CTA "Escalation call" assigned to csm`: the name of a play, and the play itself; None for anything else."""
    titles = [t for t in tokens if t.kind in ("text", "quoted")]
    words = [t.lower for t in tokens]
    at = next((i for i, w in enumerate(words) if w in ("to", "via", "by", "through", "for")), len(words))
    if len(titles) != 1 or words[0] not in ("create", "open", "start", "send", "make", "add") or at != len(words) - 2:
        return None
    name, channel = slug(plain(titles[0])), plain(tokens[-1])
    return name, f"play {name} {quoted(plain(titles[0]))} {{ channel: {quoted(channel)} }}"


def _included(entries: Sequence[Entry], names: Names) -> str:
    """`include when …`, several of them, and `exclude when …`: whoever is in any of the first and none of the others; empty without."""
    words = [e.words[0] if e.words else "" for e in entries]
    if not {*words} <= {"include", "exclude"} or words.count("include") < 2 or any(e.inside for e in entries):
        return ""
    said = [text_of(without_fillers(e.tokens[1:])) for e in entries]
    taken = joined_by("or", [s for w, s in zip(words, said) if w == "include"])
    left = [f"not ({s})" for w, s in zip(words, said) if w == "exclude"]
    return joined_by("and", [taken, *left])


_GROUP = re.compile(r"(?:(?P<join>and|or) )?(?:filter |condition |criteria )?(?:group|set|block)(?: #?\w{1,2})? ?:?")
_BETWEEN = {
    "or": "or",
    "and": "and",
    "union": "or",
    "union all": "or",
    "intersect": "and",
    "except": "not",
    "minus": "not",
}


def _in_groups(entries: Sequence[Entry], names: Names) -> str:
    """`Group 1 { … } OR Group 2 { … }`, `when … UNION when …`: conditions of groups joined by what stands between; empty without."""
    groups, joins = list[str](), list[str]()
    for entry in entries:
        said = text_of(entry.tokens).lower()
        group = _GROUP.fullmatch(said) if entry.inside else None
        join = _BETWEEN.get(said if group is None else group["join"] or "", "")
        if join:
            joins.append(join)
        if group is not None:
            groups.append(condition((), entry.inside, names))
        elif entry.words[:1] == ("when",) and not entry.inside:
            groups.append(condition(entry.tokens[1:], (), names))
        elif not join or entry.inside:
            return ""
    if len(groups) < 2 or len(joins) != len(groups) - 1 or len({*joins}) > 1:
        return ""
    if joins[0] == "not":
        return joined_by("and", [groups[0], *(f"not ({g})" for g in groups[1:])])
    return joined_by(joins[0], groups)


def _of_comprehension(rest: Sequence[Token], names: Names) -> list[Token]:
    """`[a for a in accounts if CONDITION]` as the condition; other tokens as they are."""
    words = [t.lower for t in rest]
    if words[:1] != ["["] or len(words) < 8 or words[2:3] != ["for"] or words[4:5] != ["in"] or words[1] != words[3]:
        return list(rest)
    if closing(rest, 0) != len(rest) - 1 or words[6] != "if" or not is_entity(rest[5].text, names):
        raise Unread
    inner = list(rest[7:-1])
    own = [i for i in range(len(inner) - 1) if inner[i].lower == words[1] and inner[i + 1].text == "."]
    return [t for i, t in enumerate(inner) if i not in own and i - 1 not in own]


_LOGIC = listed(
    """
    logic filter_logic condition_logic conditions_logic criteria_logic custom_logic rule_logic combine combination
    combined advanced_logic advanced_filter_logic
    """
)


def _by_logic(entries: Sequence[Entry], names: Names) -> str:
    """Conditions by letters or numbers, and how they belong together: `A: …`, `B: …`, `Logic: A AND NOT B`; empty without."""
    line = next((e for e in entries if e.key in _LOGIC or _is_logic(e, entries)), None)
    if line is None:
        return ""
    own = dict[str, str]()
    for entry in [e for e in entries if e is not line]:
        label = entry.words[0] if entry.words else ""
        if (
            len(entry.words) < 3
            or entry.words[1] not in (":", ".", ")", "=")
            or not (_LABEL.fullmatch(label) or (line.key not in _LOGIC and not is_value(label, names)))
            or label in own
        ):
            raise Unread
        own[label] = condition(entry.tokens[2:], entry.inside, names)
    done, left = list[str](), {*own}
    begins = not line.key and line.words[0] in own
    for token in line.tokens if begins else line.value if line.key else line.tokens[1:]:
        word = _JOINED.get(token.lower, token.lower)
        if word in own:
            left -= {word}
            done.append(
                f"({own[word]})"
                if joined_by("and", [own[word], "x"]) != f"{own[word]} and x" or " and " in own[word]
                else own[word]
            )
        elif word in ("and", "or", "not", "(", ")"):
            done.append(word)
        else:
            raise Unread
    if left or line.inside:
        raise Unread
    return re.sub(r"\( | \)", lambda m: m[0].strip(), " ".join(done))


def _is_logic(entry: Entry, entries: Sequence[Entry]) -> bool:
    """Tells whether a condition is made of the names of the other entries: `when (A or B) and C` beside `A: …`, `B: …`, `C: …`."""
    words = [t.lower for t in (entry.value if entry.key else entry.tokens[1:])]
    labels = {e.words[0] for e in entries if e is not entry and len(e.words) > 2 and e.words[1] in (":", ".", ")", "=")}
    first = entry.key or (entry.words[0] if entry.words else "")
    if first in labels and not entry.key and not entry.inside:  # `1 AND (2 OR 3)`
        words = [first, *words]
        return len(entries) > 2 and all(
            w in labels or _JOINED.get(w, w) in ("and", "or", "not", "(", ")") for w in words
        )
    return (
        first in ("when", "if", "where", "rule", "condition", "match", "filter", "expression", "formula")
        and len(entries) > 1
        and not entry.inside
        and all(w in labels or _JOINED.get(w, w) in ("and", "or", "not", "(", ")") for w in words)
        and any(w in labels for w in words)
    )


_JOINED = {"&&": "and", "||": "or", "!": "not", "&": "and", "+": "and", "|": "or"}
_LABEL = re.compile(r"[a-z]\d?|\d{1,2}")


def _another(left: Sequence[Entry], own: Entry) -> bool:
    """Whether a condition stands beside `where`."""
    return any(
        e is not own
        and (e.key or (e.words[0] if e.words else ""))
        in ("when", "if", "condition", "conditions", "filter", "filters", "criteria", "rules", "rule")
        for e in left
    )


def _when(word: str, entry: Entry, value: Sequence[Token], names: Names) -> str:
    if word in NONE:
        return left_out(word, value, entry.inside, names)
    join = "or" if word in ("any", "any_of", "or", "should") else "and"
    inside = entry.inside
    if inside and (said := _FOLLOWING.fullmatch(text_of(value).lower())) is not None:
        text = condition((), inside, names, "and" if said["all"] else "or")
        return f"not ({text})" if said["none"] else text
    if not value and len(inside) == 1 and inside[0].key in ("any", "or", "any_of", "should"):
        join, value, inside = "or", inside[0].value, inside[0].inside
    return condition(value, inside, names, join)


_BACK = r"(\b(?:now|today|getdate|curdate) ?\( ?\)|\b(?:current_date|current_timestamp|today|now)) - (\d+) (day|week|month|year)s?\b"
"""So long ago in a query, without INTERVAL."""
_FOLLOWING = re.compile(
    r"(?:(?:if|when|(?:(?:accounts?|customers?|tickets?) )?(?:must |should )?(?:meets?|match(?:es)?|satisf(?:y|ies))) )?"
    r"(?:(?P<all>all|each|every one|both)|(?P<any>any|at least one|one or more|either)|(?P<none>none))"
    r"(?: of)?(?: the| these)?(?: following| below)?(?: conditions| criteria| statements| things| rules)?"
    r"(?: (?:is|are|must be|has to be|have to be|hold|holds|apply|applies|must hold|must apply))?"
    r"(?: (?:true|met|fulfilled|satisfied|so|the case))? ?:?"
)
"""Above a list of conditions: how they belong together."""


def _of_query(head: Head, query: Sequence[Token], left: Sequence[Entry]) -> Declared:
    """`segment big as SELECT …`: a query in place of the condition."""
    if left:
        raise Unread
    text = re.sub(_BACK, r"\1 - INTERVAL \2 \3", text_of(query).rstrip(";"), flags=re.IGNORECASE)
    return Declared(f"{head.written()} {{ {text} }}", ("a rule's condition stands after `when`",), head.entity)


# -- segmentations -----------------------------------------------------------------------


def segmentation(head: Head, entries: Sequence[Entry], names: Names) -> Declared:
    """A segmentation by its body: arms in order, whoever is unclear, and whoever is left."""
    metas, left, arms = list[str](), list[Entry](), list[Entry]()
    for entry in entries:
        if not setting_of_head(head, entry, names):
            left.append(entry)
    own = head.about(names)
    reader = Arms(own)
    rest = head.rest
    while rest and rest[0].lower in (":", "=", ":=", "as", "is", "are", ","):
        rest = rest[1:]
    if (
        rest
        and left
        and rest[0].kind == "word"
        and rest[0].lower not in ("case", "if", "select", "when")
        and not head.where
    ):
        head.where.append(clause(rest, own))  # `of account created less than 90 days ago {`
    elif rest:
        reader.line(Entry(tuple(rest)))
    for entry in left:
        if (written := meta(entry, own)) is not None:
            metas.append(written)
        elif metas and metas[-1].startswith("basis ") and len(entry.words) == 1 and entry.words[0] in BASES:
            metas[-1] += f", {entry.words[0]}"  # behind `;`
        elif is_where(entry):
            head.where.append(condition(entry.value if entry.key else entry.tokens[1:], entry.inside, own))
        else:
            arms.append(entry)
    if not rest and (drawn := _drawn(head, arms)):
        lines = "".join(f"  {line}\n" for line in [*metas, *drawn])
        return Declared(
            f"{head.written()} {{\n{lines}}}", ("`split` draws customers at random, the same each time",), head.entity
        )
    for entry in arms:
        reader.line(entry)
    body, notes = reader.written()
    lines = "".join(f"  {line}\n" for line in [*metas, *body])
    return Declared(f"{head.written()} {{\n{lines}}}", notes, head.entity)


def _drawn(head: Head, entries: Sequence[Entry]) -> list[str]:
    """Arms of a split at random: `10% control`, `arm_a: 45%`, `arm_b (45%)`, which make 100 %; empty for anything else."""
    shares = list[tuple[list[Token], Decimal]]()
    for entry in entries:
        numbers = [t for t in entry.tokens if t.kind == "number" and t.text.endswith("%")]
        name = [
            t for t in entry.tokens if t not in numbers and t.text not in (":", "=", "(", ")", "-", "–", "—", "of", ",")
        ]
        if len(numbers) != 1 or not name or entry.inside or not all(t.kind in ("word", "text", "quoted") for t in name):
            return []
        name = name[1:] if name[0].lower in ARM_KINDS and len(name) > 1 else name
        shares.append((name, Decimal(numbers[0].text.rstrip("%"))))
    if len(shares) < 2 or sum(share for _, share in shares) != 100:
        return []
    lines, below = list[str](), Decimal(0)
    for name, share in shares:
        below += share
        arm = Arm(*named(name), "")
        last = below == 100
        lines.append(
            arm.written("otherwise")
            if last
            else f"{arm.written('segment')} {{ when split({quoted(head.name.replace('_', ' '))}) < {below}% }}"
        )
    return lines


def with_clauses(tokens: Sequence[Token]) -> tuple[list[Token], str]:
    """A condition without the clauses behind it, and these as they are written: `arr > 5, order by arr, limit 50, play: call`."""
    body, order, limit, play = list(tokens), "", "", ""
    while (at := _last_clause(body)) is not None:
        words, clause_ = [t.lower for t in body[at:]], [t for t in body[at + 1 :] if t.text not in (":", "=")]
        body = body[:at]
        while body and body[-1].text in (",", ";"):
            body = body[:-1]
        if words[0] in _PLAYS and len(clause_) == 1 and not play:
            play = f" play {slug(plain(clause_[0]))}"
        elif words[0] in ("limit", "top") and clause_ and clause_[0].kind == "number" and not limit:
            by = clause_[1:]
            limit = clause_[0].text
            if by and by[0].lower == "by" and len(by) > 1 and not order:
                order = text_of(by[1:])
            elif by:
                raise Unread
        elif words[0] in _ORDERS and clause_[:1] and clause_[0].lower == "by" and not order:
            by = clause_[1:]
            largest = [w for w in _LARGEST if [t.lower for t in by[-len(w) :]] == [*w]]
            by = by[: -len(largest[0])] if largest else by
            if not by or any(t.text == "," or t.lower.startswith(_SMALLEST) for t in by):
                raise Unread
            order = text_of(by)
        else:
            raise Unread
    if bool(order) != bool(limit):
        raise Unread  # how many, or which of them, isn't said
    return body, (f" limit {limit} by {order}" if limit else "") + play


_LIMIT_NOTE = "`limit N by X` takes those with the largest X"
_PLAYS = ("play", "action", "playbook")
_ORDERS = ("order", "ordered", "sort", "sorted", "ranked", "rank")
_LARGEST = (("largest", "first"), ("highest", "first"), ("biggest", "first"), ("descending",), ("desc",))
_SMALLEST = ("asc", "small", "low", "first", "least")


def _last_clause(tokens: Sequence[Token]) -> int | None:
    """Where the last of the clauses begins that may stand behind a condition; None without."""
    depth = 0
    for i in range(len(tokens) - 1, 0, -1):
        depth += (tokens[i].text in (")", "]")) - (tokens[i].text in ("(", "["))
        lower, behind = tokens[i].lower, tokens[i + 1] if i + 1 < len(tokens) else None
        if depth or behind is None or tokens[i].kind != "word":
            continue
        is_play = lower in _PLAYS and i >= len(tokens) - 3 and (behind.text in (":", "=") or i == len(tokens) - 2)
        is_limit = lower in ("limit", "top") and (behind.kind == "number" or behind.text in (":", "="))
        if is_play or is_limit or (lower in _ORDERS and behind.lower == "by"):
            return i
    return None


_BRANCH = re.compile(r"(?:(?:if ?/ ?then|if-then) )?branch(?: #?\d+)? ?:", re.IGNORECASE)
"""Before an arm in workflows."""


_IF_MISSING = re.compile(
    r"(?:if|when|where) (?:the |its |their )?(?P<field>\w+(?: \w+)?) is (?:missing|unknown|not known|empty|blank)"
    r" ?(?:then|:|->|=>)?"
)


class Arms:
    """Reads arms line by line."""

    def __init__(self, names: Names) -> None:
        self.names, self.arms = names, list[Arm]()
        self.rest: Arm | None = None
        self.unclear: Arm | None = None
        self.overrides = ""
        self.place: int | None = None  # of the arm that is read next
        self.number = -1  # before the line that was read last
        self.end, self.goes_on = 0, False  # where the entry before ends, and whether this one stands behind its comma

    def written(self) -> tuple[list[str], tuple[str, ...]]:
        if not self.arms:
            raise Unread
        if len({a.name for a in [*self.arms, *filter(None, (self.rest, self.unclear))]}) != len(self.arms) + (
            self.rest is not None
        ) + (self.unclear is not None):
            raise Unread
        lines = [self.overrides] if self.overrides else []
        lines += [f"{a.written('segment')} {{ when {a.condition}{a.behind} }}" for a in self._in_order()]
        notes = [ARM_NOTE]
        if any(" limit " in a.behind for a in self.arms):
            notes.append(_LIMIT_NOTE)
        if self.unclear is not None:
            lines.append(self.unclear.written("undecided"))
        if self.rest is None:
            notes.append("whoever is left needs a name, too: `otherwise rest`")
        rest = self.rest or Arm("rest", "", "")
        lines.append(rest.written("otherwise") + (f" {{{rest.behind} }}" if rest.behind else ""))
        return lines, tuple(notes)

    def _in_order(self) -> list[Arm]:
        """The arms by their numbers. Raises `Unread` where only some have one, or two have the same, or whoever is left isn't last."""
        places = [a.place for a in self.arms if a.place is not None]
        if not places:
            return self.arms
        last = self.rest.place if self.rest is not None else None
        if len({*places}) < len(self.arms) or (last is not None and last <= max(places)):
            raise Unread
        return sorted(self.arms, key=lambda a: a.place or 0)

    def add(self, name: Sequence[Token], said: str, behind: str = "") -> None:
        own, title = named(_name(name))
        place, self.place = self.place, None
        if said:
            if self.rest is not None:
                raise Unread
            said = self._with_subject(said)
            self.arms.append(Arm(own, title, said, behind, place))
        elif self.rest is not None or "limit" in behind:
            raise Unread
        else:
            self.rest = Arm(own, title, "", behind, place)

    def _with_subject(self, said: str) -> str:
        """A condition that says no value, as `over 50k` or `25k – 100k`, of the value of the arm before."""
        tokens = cut(said)
        if not tokens or not (tokens[0].kind in ("number", "amount") or tokens[0].lower in _COMPARES) or not self.arms:
            return said
        if any(is_value(t.lower, self.names) or t.lower in _BESIDE_VALUES for t in tokens):
            return said
        before = cut(self.arms[-1].condition)
        at = next((i for i, t in enumerate(before) if t.kind in ("number", "amount") or t.lower in _COMPARES), 0)
        subject_ = text_of([t for t in before[:at] if t.lower not in ("is", "are", "has", "of")])
        if not at or not (is_value("_".join(subject_.lower().split()), self.names) or before[0].lower == "cumulative"):
            return said
        return f"{subject_} {said}"

    def arm(self, name: Sequence[Token], when: Sequence[Token], behind: str) -> None:
        """Reads an arm by its name and its condition, which may say that it is whoever is left or unclear."""
        word = "_".join(plain(t).lower() for t in when)
        if word in _UNCLEAR and self.unclear is None and not behind:
            self.unclear = Arm(*named(_name(name)), "")
            return
        said = condition(when, (), self.names) if when else ""
        is_rest = not said or _is_rest(said)
        self.add(name, "" if is_rest else said, behind)

    def line(self, entry: Entry) -> None:
        """Reads one entry."""
        if (branch := _BRANCH.match(text_of(entry.tokens))) is not None:
            entry = replace(entry, tokens=entry.tokens[len(cut(branch[0])) :])
        words = entry.words
        if entry.tokens:
            self.goes_on = 0 < entry.tokens[0].start - self.end <= len(", ")
            self.end = entry.tokens[-1].end
        if not entry.tokens:
            self._object(entry)
        elif entry.key in _LISTS and not entry.value and entry.inside:
            for inner in entry.inside:
                self.line(inner)
        elif entry.key in _LISTS and entry.value and entry.value[0].text == "[" and not entry.inside:
            for item in parts(entry.value[1:-1], ","):
                for inner in outline(item, 1):
                    self.line(inner)
        elif words in (("case",), ("end",), ("switch",)) or (words[:2] == ("switch", "(") and "," not in words):
            for inner in entry.inside:
                self.line(inner)
        elif (
            len(words) > 2
            and entry.tokens[0].kind == "number"
            and words[1] in (".", ")")
            and "\n" not in entry.tokens[1].gap
        ):
            self._numbered(entry.tokens[0])
            self.line(replace(entry, tokens=entry.tokens[2:]))
        elif words[:2] == ("overrides", "from") and len(words) == 3:
            self.overrides = text_of(entry.tokens)
        elif entry.key in _PLAYS and self.arms and len(entry.value) == 1 and not entry.inside:
            self._play_of_last(plain(entry.value[0]))  # behind an arm on its line
        elif not (
            self._special(entry) or self._chain(entry) or self._call(entry) or self._arrow(entry) or self._named(entry)
        ):
            raise Unread

    def _numbered(self, number: Token) -> None:
        """Reads the number before an arm. Raises `Unread` where it isn't above the one before."""
        place = whole([number])
        if place is None or place <= self.number:
            raise Unread
        self.number = place

    def _play_of_last(self, name: str) -> None:
        last = self.arms[-1] if self.rest is None else self.rest
        if " play " in last.behind:
            raise Unread
        arm = replace(last, behind=f"{last.behind} play {slug(name)}")
        if self.rest is None:
            self.arms[-1] = arm
        else:
            self.rest = arm

    def _object(self, entry: Entry) -> None:
        """`- name: large` with its condition below."""
        by_key = {e.key or (e.words[0] if e.words else ""): e for e in entry.inside}
        name = next(
            (
                by_key.pop(k)
                for k in ("name", "segment", "arm", "id", "value", "then", "result", "label", "group", "key", "tier")
                if k in by_key
            ),
            None,
        )
        if name is None or name.inside or len(by_key) + 1 != len(entry.inside):
            if len(entry.inside) == 2 and next(e.key or e.words[0] for e in entry.inside) in ("if", "when"):
                raise Unread
            for inner in entry.inside:
                self.line(inner)
            return
        tokens = list(name.value if name.key else name.tokens[1:])
        title = next((by_key.pop(k) for k in ("title", "label", "description", "display_name") if k in by_key), None)
        if title is not None:
            tokens += cut(quoted(plain(title.value[0]) if len(title.value) == 1 else text_of(title.value)))
        said, behind, is_rest = "", "", False
        for key, one in by_key.items():
            value = one.value if one.key else one.tokens[1:]
            if key in _WHEN:
                said = _when(key, one, value, self.names)
                is_rest = _is_rest(said)
            elif key in ("play", "action", "playbook") and len(value) == 1 and not one.inside:
                behind = f" play {slug(plain(value[0]))}"
            elif key in ("otherwise", "default", "else", "is_default") and (
                not value or value[0].lower in ("true", "yes")
            ):
                is_rest = True
            elif key in ("order", "priority", "rank", "position") and not one.inside:
                self.place = whole(value)
            else:
                raise Unread
        if behind and (is_rest or not said):
            raise Unread
        self.add(tokens, "" if is_rest or not said else said, behind)

    def _special(self, entry: Entry) -> bool:
        """`missing data goes to unclear`, `everyone else: small`, `otherwise small`."""
        words = entry.words
        if self._unclear_by_title(entry) or self._unclear_where_missing(entry):
            return True
        for many in range(min(6, len(words)), 0, -1):
            said = "_".join(plain(t).lower() for t in entry.tokens[:many])
            if said in _UNCLEAR or said in _REST:
                tokens = _behind_goes(entry.tokens[many:])
                if many < len(words) and words[many] in ("if", "when", "where") and said != "default":
                    return False
                if said in _UNCLEAR:
                    tokens = _without_reason(tokens)
                plays = (
                    [e for e in entry.inside if (e.key or e.words[0]) in _PLAYS]
                    if all(e.tokens for e in entry.inside)
                    else []
                )
                if len(plays) > 1 or (plays and said not in _REST):
                    raise Unread
                if entry.inside:
                    tokens = [*tokens, *(t for e in entry.inside if e not in plays for t in _behind_goes(e.tokens))]
                tokens, behind = with_clauses(tokens)
                if plays:
                    tokens, behind = with_clauses([*tokens, *plays[0].tokens])
                if not tokens or (behind and said not in _REST):
                    return False
                if said in _REST:
                    self.add(tokens, "", behind)
                elif self.unclear is not None:
                    raise Unread
                else:
                    self.unclear = Arm(*named(_name(tokens)), "")
                return True
        return False

    def _unclear_by_title(self, entry: Entry) -> bool:
        """`no answer "Not asked yet"`: whoever is unclear, by what isn't known of them."""
        *words, title = entry.tokens
        is_short = 1 < len(words) < 4 and all(t.kind == "word" for t in words) and title.kind in ("text", "quoted")
        if not is_short or entry.inside or words[0].lower not in ("no", "unknown", "missing", "without", "not"):
            return False
        if self.unclear is not None or any(w.lower in self.names.fields for w in words):
            raise Unread
        self.unclear = Arm(*named(entry.tokens), "")
        return True

    def _unclear_where_missing(self, entry: Entry) -> bool:
        """`if the country is missing "Please check"`, of a field that an arm before it asks for."""
        *words, title = entry.tokens
        said = _IF_MISSING.fullmatch(" ".join(t.lower for t in words)) if not entry.inside else None
        if said is None or title.kind not in ("text", "quoted") or self.rest is not None:
            return False
        name = said["field"].replace(" ", "_")
        if self.unclear is not None or not any(re.search(rf"\b{name}\b", a.condition) for a in self.arms):
            raise Unread
        self.unclear = Arm(*named([title]), "")
        return True

    def _chain(self, entry: Entry) -> bool:
        """`if C: NAME`, `elif C then NAME`, `CASE WHEN C THEN NAME … ELSE NAME END`."""
        tokens = _then_put([t for t in entry.tokens if t.text not in (";",)])
        words = [t.lower for t in tokens]
        while (
            words
            and words[0] in (*_ORDER, "}", ")")
            and len(words) > 1
            and words[1] in ("if", "when", "else", "elif", "case")
        ):
            tokens, words = tokens[1:], words[1:]
        if words[:1] == ["case"] and len(words) > 1 and words[1] not in ("when", "if"):
            words = ["when", *words[1:]]  # of a `switch`
        elif words[:1] == ["case"]:
            tokens, words = tokens[1:], words[1:]
            while words and words[-1] in ("end", ";", ","):
                tokens, words = tokens[:-1], words[:-1]
        if not words or words[0] not in ("if", "when", "elif", "elsif", "elseif", "else", "otherwise"):
            return False
        if (
            len(words) > 1
            and words[0] == "if"
            and words[1] == "("
            and closing(tokens, 1) == len(tokens) - 1
            and len(parts(tokens[2:-1], ",", ";")) == 3
        ):
            return False
        at = 0
        while at < len(tokens):
            start = at
            while (
                at < len(tokens)
                and words[at] in ("else", "if", "when", "elif", "elsif", "elseif", "otherwise", ",", "then", ".")
                and not (at > start and words[at] == "then")
            ):
                at += 1
            opened = words[start:at]
            if not any(w in ("if", "when", "elif", "elsif", "elseif") for w in opened):
                name = _behind_goes(tokens[at:])
                name = [*name, *(t for e in entry.inside for t in _behind_goes(e.tokens))]
                self.add(name, "")
                return True
            then = _then(tokens, at)
            end = _chain_end(tokens, then + 1)
            said = text_of(without_fillers(_without_outer(tokens[at:then])))
            name = _behind_goes(tokens[then + 1 : end])
            if end >= len(tokens) and entry.inside:
                name = [*name, *(t for e in entry.inside for t in _behind_goes(e.tokens))]
            if not said or not name:
                raise Unread
            self.add(name, said)
            at = end
        return True

    def _call(self, entry: Entry) -> bool:
        """`IF(C, "a", IF(D, "b", "c"))` and `IFS(C, "a", D, "b", TRUE, "c")`."""
        tokens = list(entry.tokens)
        while tokens and tokens[0].text in ("=", ":"):
            tokens = tokens[1:]
        if len(tokens) < 4 or tokens[1].text != "(" or closing(tokens, 1) != len(tokens) - 1 or entry.inside:
            return False
        word = tokens[0].lower
        arguments = parts(tokens[2:-1], ",", ";")
        if word in ("if", "iff", "iif", "wenn", "si") and len(arguments) == 3:
            self.add(arguments[1], text_of(arguments[0]))
            last = arguments[2]
            if len(last) > 1 and last[1].text == "(":
                return self._call(Entry(tuple(last))) or _no()
            self.add(last, "")
            return True
        if (
            word in ("ifs", "case", "switch")
            and len(arguments) >= 3
            and (word == "ifs" or (len(arguments[0]) == 1 and arguments[0][0].lower == "true"))
        ):
            arguments = arguments[1:] if word == "switch" else arguments
            for said, name in zip(arguments[::2], arguments[1::2]):
                self.add(name, "" if len(said) == 1 and said[0].lower in ("true", "1") else text_of(said))
            if len(arguments) % 2:
                self.add(arguments[-1], "")
            return True
        return False

    def _arrow(self, entry: Entry) -> bool:
        """`C -> NAME` and `C => NAME`."""
        at = next((i for i, t in enumerate(entry.tokens) if t.text in ("->", "=>", "→") and i), None)
        if at is None or entry.inside:
            return False
        before, behind = list(entry.tokens[:at]), list(entry.tokens[at + 1 :])
        if before[0].lower == "|":
            before = before[1:]
        has_title = any(t.kind in ("text", "quoted") for t in before) and not any(
            t.kind in ("text", "quoted") for t in behind
        )
        begins = bool(behind) and (behind[0].kind in ("number", "amount") or behind[0].lower in _COMPARES)
        if _is_name(before) and (has_title or begins or not _is_name(behind)):
            before, behind = behind, before
        said = text_of(without_fillers(before))
        self.add(behind, "" if _is_rest(said) else said)
        return True

    def _named(self, entry: Entry) -> bool:
        """`NAME: C`, `first segment NAME "T": C`, `NAME when C`, `NAME { … }`, `| NAME | C |`."""
        tokens = list(entry.tokens)
        if tokens[0].text == "|":
            return self._row(tokens)
        if entry.key and entry.tokens[1].text == "=" and is_value(entry.key, self.names):
            if not self.goes_on or not self.arms or self.rest is not None or entry.inside:
                raise Unread
            second, clauses = with_clauses(
                tokens
            )  # `arr > 5, plan = "team"`: a second condition, and no arm of this name
            last = self.arms[-1]
            both = joined_by("and", [last.condition, condition(second, (), self.names)])
            self.arms[-1] = replace(last, condition=both, behind=last.behind + clauses)
            return True
        while len(tokens) > 1 and (
            tokens[0].lower in _ORDER or (tokens[0].kind == "number" and tokens[1].text in (".", ")", ":"))
        ):
            if tokens[0].kind == "number":
                self._numbered(tokens[0])
            tokens = tokens[2:] if tokens[0].kind == "number" else tokens[1:]
        is_number = len(tokens) > 4 and tokens[1].kind == "number" and tokens[2].text in (":", ".", ")")
        if is_number and tokens[0].lower in ("priority", "step", "rule", "level", "rank", "number"):
            self._numbered(tokens[1])
            tokens = tokens[3:]
        if (
            len(tokens) > 1
            and tokens[0].lower in ARM_KINDS
            and tokens[1].kind != "number"
            and tokens[1].text not in (":", "=")
        ):
            tokens = tokens[1:]
        elif len(tokens) > 2 and tokens[0].lower in ARM_KINDS and tokens[1].kind != "number":
            tokens = tokens[2:]
        opens = next(
            (
                i
                for i, t in enumerate(tokens)
                if t.lower
                in (
                    "when",
                    "if",
                    "where",
                    ":",
                    "=",
                    ":=",
                    "-",
                    "–",
                    "—",
                    "is",
                    "are",
                    "means",
                    "(",
                    "otherwise",
                    "for",
                    *_SIGNS,
                )
                and i
                and (t.text not in ("-", "–", "—") or t.gap)
            ),
            len(tokens),
        )
        if opens == 0 or (opens == len(tokens) and not entry.inside):
            return False
        name, body = tokens[:opens], tokens[opens:]
        if not _is_name(name):
            return False
        behind = ""
        if body and body[0].text == "(" and closing(body, 0) == len(body) - 1:
            body = body[1:-1]
        while (
            body
            and body[0].lower
            in (
                ":",
                "=",
                ":=",
                "-",
                "–",
                "—",
                "is",
                "are",
                "means",
                "when",
                "if",
                "where",
                "for",
                "accounts",
                "customers",
                "with",
            )
            and body[0].lower != "otherwise"
        ):
            body = body[1:]
        if body and entry.inside:
            raise Unread
        if entry.inside:
            return self._block(name, entry.inside)
        body, behind = with_clauses(body)
        said = condition(body, (), self.names)
        self.add(name, "" if _is_rest(said) else said, behind)
        return True

    def _row(self, tokens: Sequence[Token]) -> bool:
        cells = parts(list(tokens), "|")
        if all(t.text in ("-", ":", "+", "—") for cell in cells for t in cell):
            return True
        is_head = not self.arms and all(len(c) == 1 and c[0].kind == "word" for c in cells)
        is_head = is_head and not (len(cells) > 2 and all(_is_adjective(c[0], self.names) for c in cells[:-1]))
        if is_head and cells[-1][0].lower not in (*_REST, *self.names.fields, *self.names.metrics):
            return True
        if len(cells) > 2:
            self.add(cells[-1], _by_values(cells[:-1], self.names))
            return True
        if len(cells) != 2:
            raise Unread
        said = text_of(without_fillers(cells[1]))
        self.add(cells[0], "" if _is_rest(said) else said)
        return True

    def _block(self, name: list[Token], inside: Sequence[Entry]) -> bool:
        """`NAME:` with settings below, or a condition on each line."""
        title, conditions, behind = list[Token](), list[str](), ""
        for one in inside:
            key = one.key or (one.words[0] if one.words else "")
            value = one.value if one.key else one.tokens[1:]
            if key in ("title", "label", "description", "display_name") and value and not one.inside:
                title = cut(quoted(plain(value[0]) if len(value) == 1 else text_of(value)))
            elif key in ("play", "action", "playbook") and len(value) == 1 and not one.inside:
                behind += f" play {slug(plain(value[0]))}"
            elif (
                one.words[:2] in (("else", "if"), ("otherwise", "if"), ("else", "when"))
                and len(one.words) > 3
                and not one.inside
            ):
                conditions.append(condition(one.tokens[2:], (), self.names))  # arms are asked in their order
            elif key in _WHEN and (value or one.inside):
                conditions.append(_when(key, one, value, self.names))
            elif key in _KEEPS and not one.inside and len(one.tokens) > 1:
                behind += f" {text_of(one.tokens)}"
            elif meta(one, self.names) is not None:
                raise Unread
            elif is_label(one, self.names):
                conditions.append(condition(one.value, (), self.names))  # behind a label
            else:
                conditions.append(condition((), (one,), self.names))
        said = joined_by("and", conditions)
        texts = any(t.kind in ("text", "quoted") for t in name)
        self.add([*name, *([] if texts else title)], "" if _is_rest(said) else said, behind)
        return True


def _then_put(tokens: list[Token]) -> list[Token]:
    """`if C put them in NAME` as `if C then NAME`."""
    words = [t.lower for t in tokens]
    for i in range(2, len(words) - 3):
        if words[i] in ("put", "place", "move", "send") and words[i + 1] in ("them", "it", "those", "these"):
            behind = i + 2 + (words[i + 2] in ("in", "into", "under", "to"))
            if words[0] in ("if", "when") and "then" not in words and behind > i + 2:
                return [*tokens[:i], *cut("then"), *tokens[behind:]]
    return tokens


def _is_adjective(token: Token, names: Names) -> bool:
    try:
        return bool(adjective(plain(token), names))
    except Unread:
        return False


def _by_values(cells: Sequence[Sequence[Token]], names: Names) -> str:
    """What the cells of a row say, each a value of one field, any value, or a condition; empty for any of all."""
    every = list[str]()
    for cell in cells:
        said = text_of(cell).lower()
        if said in ("*", "-", "–", "—", "any", "all"):
            continue
        every.append(adjective(plain(cell[0]), names) if len(cell) == 1 else condition(cell, (), names))
    return joined_by("and", every) if every else ""


def whole(tokens: Sequence[Token]) -> int | None:
    """A whole number, None for nothing. Raises `Unread` for anything else."""
    said = "".join(plain(t) for t in tokens)
    if said in ("", "-", "–", "—"):
        return None
    if not re.fullmatch(r"\d{1,6}", said):
        raise Unread
    return int(said)


def _no() -> bool:
    raise Unread


def _is_rest(said: str) -> bool:
    word = re.sub(r"\W+", "_", said.lower()).strip("_")
    return word in _REST or word in ("true", "all", "everyone", "everything", "everybody", "any", "else_all")


def _is_name(tokens: Sequence[Token]) -> bool:
    try:
        named(_name(tokens))
    except Unread:
        return False
    return not any(t.lower in ("is", "are", "has", "than", "over", "under", "no", "any", "with") for t in tokens)


def _name(tokens: Sequence[Token]) -> list[Token]:
    """The tokens of a name, without the signs around it."""
    every = [t for t in tokens if t.text not in (",", ";", "{", "}", "(", ")", "|")]
    while every and every[0].lower in ("segment", "arm", "the", "return", "group", "bucket") and len(every) > 1:
        every = every[1:]
    if len(every) == 2 and every[0].lower in ARM_KINDS and every[1].kind in ("text", "quoted"):
        every = every[1:]
    while every and every[-1].lower in ("end", ".", "segment", "group") and len(every) > 1:
        every = every[:-1]
    return every


def _behind_goes(tokens: Sequence[Token]) -> list[Token]:
    """A name without the words before it, such as `goes to`."""
    every = list(tokens)
    while every and (
        every[0].lower in (*_GOES, *BE, "segment", "arm", "the", "return", "{", "(", "then") or every[0].text in BULLETS
    ):
        every = every[1:]
    while every and every[-1].text in (".", ";", ",", "}", ")"):
        every = every[:-1]
    return every


def _without_reason(tokens: Sequence[Token]) -> list[Token]:
    """A name without why it is unclear: `no_seats if seats is missing`, which is said by `undecided` already."""
    at = next((i for i, t in enumerate(tokens) if t.lower in ("if", "when", "where") and i), len(tokens))
    behind = tokens[at:]
    return list(tokens[:at]) if not behind or any(t.lower in _LACKING for t in behind) else list(tokens)


_COMPARES = (
    *_SIGNS,
    "over",
    "under",
    "above",
    "below",
    "up",
    "at",
    "less",
    "more",
    "fewer",
    "between",
    "from",
    "=",
    "until",
)
_BESIDE_VALUES = (
    "and",
    "or",
    "users",
    "logins",
    "days",
    "weeks",
    "months",
    "years",
    "since",
    "ago",
    "in",
    "of",
    "with",
)
_KEEPS = ("keep", "grace", "grace_period", "stay", "stays", "remains", "hold")
"""Clauses behind a condition that say how long somebody stays."""
_LACKING = ("missing", "unknown", "null", "blank", "empty", "lacking")


def _without_outer(tokens: Sequence[Token]) -> Sequence[Token]:
    """A condition without the brackets around all of it, as in `if (a > 5)`."""
    if len(tokens) > 2 and tokens[0].text == "(" and closing(tokens, 0) == len(tokens) - 1:
        return tokens[1:-1]
    return tokens


def _then(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for i in range(at, len(tokens)):
        sign = tokens[i].text if tokens[i].kind == "sign" else ""
        depth += (sign in ("(", "[")) - (sign in (")", "]"))
        if (
            depth == 0
            and i > at
            and (tokens[i].lower == "then" or sign in (":", "->", "=>", "{", "→") or (tokens[i].lower == "return"))
        ):
            return i
        if (
            depth == 0
            and sign == ","
            and i > at
            and i + 1 < len(tokens)
            and _is_name(_behind_goes(tokens[i + 1 : _chain_end(tokens, i + 1)]))
        ):
            return i
    if depth == 0 and len(tokens) - at > 1:
        return len(tokens)
    raise Unread


def _chain_end(tokens: Sequence[Token], at: int) -> int:
    end = at
    while end < len(tokens) and tokens[end].lower not in ("else", "elif", "elsif", "elseif", "when", "if", "otherwise"):
        end += 1
    return end
