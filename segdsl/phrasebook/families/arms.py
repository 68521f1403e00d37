"""Segmentations as people write them: arms by colons, arrows or an `if` chain, with whoever is left in other words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from segdsl.phrasebook.names import ARM_KINDS
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row
from segdsl.phrasebook.tokens import Token, joined

_ARM = ("segment", "arm", "group", "bucket", "tier", "case")
_REST = ("otherwise", "else", "default", "others", "rest", "everyone", "everybody", "everything", "_")
_OPENS = ("when", "if", "where", ":", "=", "=>")
_THEN = ("then", ":", "=>", "=", "->")
_GOES = {
    "is",
    "are",
    "was",
    "were",
    "be",
    "goes",
    "go",
    "becomes",
    "become",
    "falls",
    "fall",
    "lands",
    "to",
    "into",
    "in",
}
"""Words between those who are left and the name of their arm."""
_HEADS = ("goal", "owner", "basis", "review", "overrides", "undecided")


@dataclass(frozen=True, slots=True)
class _Arm:
    """An arm: its name and title as they should be written, and its condition; None for whoever is left."""

    head: str
    condition: str | None
    behind: str = ""


def slug(title: str) -> str:
    """A name made of the words of a title."""
    return re.sub(r"\W+", "_", title.lower()).strip("_") or "rest"


def _head(tokens: Sequence[Token]) -> str | None:
    """The name, with its title, that words, a name or a text make; None where they are something else."""
    texts = [t for t in tokens if t.kind in ("text", "quoted")]
    words = [t for t in tokens if t.kind == "word"]
    if len(words) > 1 and words[0].lower in ARM_KINDS:
        words, tokens = words[1:], [t for t in tokens if t is not words[0]]
    if len(texts) + len(words) != len(tokens) or len(texts) > 1 or not tokens or len(words) > 4:
        return None
    title = texts[0].text[1:-1] if texts else ""
    name = "_".join(t.text for t in words).lower() or slug(title)
    if len(words) > 1 and not title:
        title = " ".join(t.text for t in words)
        title = title[0].upper() + title[1:]
    titled = title and slug(title) != title
    return f'{name} "{title}"' if titled else name


class _Reader:
    """Reads the inside of a segmentation, arm by arm; `kept` is what stands as it is."""

    def __init__(self, tokens: Sequence[Token], entity: str) -> None:
        self.tokens, self.entity = [t for t in tokens if t.kind != "comment"], entity
        self.arms, self.kept, self.odd = list[_Arm](), list[str](), False
        self.depths = self._depths()

    def _depths(self) -> list[int]:
        depth, depths = 0, list[int]()
        for t in self.tokens:
            depth -= t.text in (")", "}", "]")
            depths.append(depth)
            depth += t.text in ("(", "{", "[")
        return depths

    def lower(self, at: int) -> str:
        return self.tokens[at].lower if 0 <= at < len(self.tokens) else ""

    def _line_ends(self, at: int) -> int:
        """Where what begins at a place ends: at the next line of its depth, or before a separator."""
        end = at + 1
        while end < len(self.tokens) and not (
            self.depths[end] == 0
            and (
                self.lower(end) in (";", ",")
                or ("\n" in self.tokens[end].gap and not self._goes_on(end))
                or (self.lower(end - 1) == "}" and self.lower(end) in ("segment", "arm", *_HEADS, *_REST))
            )
        ):
            end += 1
        return end

    def _goes_on(self, at: int) -> bool:
        """Whether a line goes on with what stands in the line before."""
        return self.lower(at) in ("and", "or", "limit", "play", "then", "{", "when", "if") and self.lower(at - 1) != "}" and not (
            self.lower(at) in ("when", "if") and any(t.lower in (*_THEN, "when", "if") for t in self.tokens[max(0, at - 40) : at] if t.kind in ("word", "sign"))
        )  # fmt: skip

    def read(self) -> bool:
        """Whether all of it is read."""
        at = 0
        while at < len(self.tokens):
            if self.lower(at) in (";", ","):
                self.odd, at = True, at + 1
                continue
            end = self._line_ends(at)
            line = self.tokens[at:end]
            if self.lower(at) in _HEADS:
                self.kept.append(_plain_head(line))
                self.odd = self.odd or self.kept[-1] != joined(line)
            elif not self._arm(line):
                return False
            at = end
        return self.odd and bool(self.arms) and sum(a.condition is None for a in self.arms) <= 1

    def _arm(self, line: Sequence[Token]) -> bool:
        words = [t.lower for t in line]
        right = (
            words[0] == "segment"
            and words[-1] == "}"
            and any(words[i] == "{" and words[i + 1] in ("when", *_HEADS) for i in (2, 3) if i + 1 < len(words))
        )
        right = right and not any(t.lower == "of" for t in line[1:3])
        right = right or (
            words[0] == "otherwise"
            and len(line) > 1
            and all(t.kind in ("word", "text") for t in line[1:])
            and line[1].kind == "word"
        )
        self.odd = self.odd or not right
        if words[0] == "case" and words[-1] == "end":
            return self._chain(line[1:-1])
        if (
            words[0] in ("when", "if", "elif", "elseif", "elsif")
            or words[:2] == ["else", "if"]
            or words[:2] == ["else", "when"]
        ):
            return self._chain(line)
        if words[0] in _REST or words[:2] == ["all", "others"] or words[:2] == ["the", "rest"]:
            return self._rest(line)
        if words[0] in _ARM and len(line) > 1 and words[1] not in _OPENS:
            line, words = line[1:], words[1:]
        return self._named(line, words)

    def _rest(self, line: Sequence[Token]) -> bool:
        if any(t.text == "," or (t.lower == "play" and t.kind == "word") for t in line[1:]):
            return False  # more than a name
        inside = [t for t in line[1:] if t.text not in (":", "=", "{", "}", "->", "=>", "-", ">") and t.lower not in ("segment", "arm", "others", "else", "rest")]  # fmt: skip
        is_titled = line[0].lower == "otherwise" and [t.kind for t in line[1:]] == ["word", "text"]
        while len(inside) > 1 and inside[0].lower in _GOES and not is_titled:
            inside = inside[1:]
        head = _head(inside)
        if head is None:
            return False
        self.arms.append(_Arm(head, None))
        return True

    def _chain(self, line: Sequence[Token]) -> bool:
        """`if C then NAME else if C then NAME else NAME`."""
        at = 0
        while at < len(line):
            if line[at].lower in ("else", "otherwise") and (
                at + 1 == len(line) or line[at + 1].lower not in ("if", "when")
            ):
                return self._rest(line[at:])
            while at < len(line) and line[at].lower in ("else", "if", "when", "elif", "elseif", "elsif"):
                at += 1
            then = next((i for i in range(at, len(line)) if line[i].lower in ("then", "=>", ":")), None)
            if then is None or then == at:
                return False
            end = then + 1
            while end < len(line) and line[end].lower not in (
                "else",
                "elif",
                "elseif",
                "elsif",
                "when",
                "if",
                "otherwise",
            ):
                end += 1
            head = _head([t for t in line[then + 1 : end] if t.lower not in ("segment", "arm")])
            if head is None:
                return False
            self.arms.append(_Arm(head, joined(line[at:then])))
            at = end
        return True

    def _named(self, line: Sequence[Token], words: Sequence[str]) -> bool:
        opens = next((i for i, w in enumerate(words) if w in ("{", *_OPENS) or w in _REST), None)
        if opens is None or opens == 0:
            return False
        about = [i for i in range(opens) if words[i] in ("of", "for") and i + 1 < opens]
        head = _head(line[: about[0] if about else opens])
        if head is None or (about and words[about[0] + 1].rstrip("s") != self.entity):
            return False
        body = line[opens:]
        if words[opens] == "{":
            if words[-1] != "}":
                return False
            body = body[1:-1]
        stripped = 0
        while body and (
            body[0].lower in ("when", "where", ":", "=", "=>", "condition", "rule", "criteria")
            or (body[0].lower == "if" and not stripped)
        ):
            stripped += body[0].lower in ("when", "where", "if")
            body = body[1:]
        if not body:
            return False
        left = " ".join(t.lower for t in body)
        if re.fullmatch(
            r"(otherwise|else|default|true|(all|the|every)? ?(others?|rest|everyone|everything|everybody)( else)?|everything|everyone)",
            left,
        ):
            self.arms.append(_Arm(head, None))
            return True
        if (
            body[0].lower in ("play", "limit")
            or any(t.lower in _HEADS for t in body[:-1])
            or any(t.lower == "segment" for t in body)
        ):
            return False
        text = joined(body)
        self.arms.append(_Arm(head, text))
        return True

    def written(self) -> str:
        kept = "".join(f"  {line}\n" for line in self.kept if not line.startswith("undecided"))
        undecided = "".join(f"  {line}\n" for line in self.kept if line.startswith("undecided"))
        arms = "".join(f"  segment {a.head} {{ when {a.condition} }}\n" for a in self.arms if a.condition is not None)
        rest = next((a.head for a in self.arms if a.condition is None), "rest")
        return f"{{\n{kept}{arms}{undecided}  otherwise {rest}\n}}"


def _plain_head(line: Sequence[Token]) -> str:
    """A line such as `owner "cs-ops"`, without a sign between the two."""
    return joined([t for i, t in enumerate(line) if t.text not in ("{", "}") and (i != 1 or t.text not in (":", "="))])


def _arms(match: Match) -> str | None:
    reader = _Reader(match.slots["b"][1:-1], match.around.names.entity)
    if not reader.read():
        return None
    start = " ".join(t.text for t in match.around.tokens[match.start : match.end - len(match.slots["b"])])
    return f"{start} {reader.written()}"


_SIZES = "segmentation sizes of account { segment large { when seats > 50 } segment mid { when seats > 10 } otherwise small }"

FAMILY = Family(
    "Segmentations",
    4,
    (
        row(
            "segmentation {n:name} of {e:name} {b:braces}",
            "segmentation {n:name} {t:text} of {e:name} {b:braces}",
            "segmentation {n:name} of {e:name} where {w:condition} {b:braces}",
            "segmentation {n:name} {t:text} of {e:name} where {w:condition} {b:braces}",
            to=_arms,
            note="an arm is `segment NAME { when CONDITION }`, and the last line `otherwise NAME`",
            where="anywhere",
            sure=False,
            examples=(
                ("segmentation sizes of account {\n large: seats > 50\n mid: seats > 10\n small: everything else\n}", _SIZES),
                ("segmentation sizes of account {\n large when seats > 50\n mid when seats > 10\n small otherwise\n}", _SIZES),
                ("segmentation sizes of account { if seats > 50 then large else if seats > 10 then mid else small }", _SIZES),
                ("segmentation sizes of account { case when seats > 50 then 'large' when seats > 10 then 'mid' else 'small' end }", _SIZES),
                ("segmentation sizes of account {\n segment large = seats > 50\n segment mid = seats > 10\n segment small = otherwise\n}", _SIZES),
                (
                    'segmentation sizes of account { segment "Large ones" { when seats > 50 } otherwise "All others" }',
                    'segmentation sizes of account { segment large_ones "Large ones" { when seats > 50 } otherwise all_others "All others" }',
                ),
            ),
        ),
    ),
)  # fmt: skip
