"""The outline of a declaration that is set out in any way: entries by lines, separators, braces and indentation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from segdsl.phrasebook.tokens import Token, joined

OPENING = {"(": ")", "[": "]", "{": "}"}
BULLETS = ("-", "*", "•", "–", "—")
_TIED = {
    ("-", ">"): "->",
    ("<", "-"): "<-",
    (":", "="): ":=",
    ("=", "="): "==",
    ("=", ">"): "=>",
    (";", ";"): ";;",
    ("–", ">"): "->",
    ("!=", "="): "!==",
    ("==", "="): "===",
}
_GOES_ON = ("and", "or", "but", "nor", "&&", "||")
_WAITS = ("and", "or", "not", "&&", "||", "+", "-", "*", "/", "<", ">", "<=", ">=", "!=", "==", ",")
DEEPEST = 12


def listed(text: str) -> tuple[str, ...]:
    """The words of a text, in its order."""
    return tuple(text.split())


_ABOVE_LISTS = {
    f"{when} {many}{of}" for when in ("when", "if", "where") for many in ("all", "any", "none") for of in ("", " of")
}
"""Above a list of conditions, with `:` behind: a word and what is said of them, not the key of a setting."""


class Unread(Exception):
    """Something stands there that isn't read; so nothing is."""


@dataclass(frozen=True)
class Entry:
    """What stands on a line or between two separators: its tokens, and the entries inside it.

    `is_item` says that a bullet stood before it, `is_closed` that braces stood around what is inside.
    """

    tokens: tuple[Token, ...]
    inside: tuple[Entry, ...] = ()
    is_item: bool = False
    is_closed: bool = False

    @cached_property
    def key(self) -> str:
        """The words before `:` or `=`, joined by `_`, or a path; empty without."""
        at = self._sign
        if at is None:
            return ""
        words = (t.text.strip("\"'`").lower().replace(" ", "_") for t in self.tokens[:at] if t.text != "-")
        return "_".join(words).replace("_._", ".")

    @cached_property
    def value(self) -> tuple[Token, ...]:
        """What stands behind the key; all of it without one."""
        return self.tokens if self._sign is None else self.tokens[self._sign + 1 :]

    @cached_property
    def _sign(self) -> int | None:
        if " ".join(self.words[:-1]) in _ABOVE_LISTS and self.words[-1] == ":":
            return None
        return next((i for i in range(1, min(5, len(self.tokens))) if is_key(self.tokens[:i], self.tokens[i])), None)

    @cached_property
    def words(self) -> tuple[str, ...]:
        return tuple(t.lower for t in self.tokens)


def is_key(before: Sequence[Token], sign: Token) -> bool:
    """Tells whether tokens are the key of a setting."""
    named = all(t.kind in ("word", "text", "quoted") or (t.text in ("-", ".") and not t.gap) for t in before)
    texts = sum(t.kind in ("text", "quoted") for t in before)
    return named and (texts == 0 or len(before) == 1) and sign.kind == "sign" and sign.text in (":", "=", ":=")


def text_of(tokens: Sequence[Token]) -> str:
    """The text of tokens on one line."""
    return joined([replace(t, gap=" ") if "\n" in t.gap else t for t in tokens]).strip()


def tied(tokens: Sequence[Token]) -> list[Token]:
    """The tokens without comments, signs of two characters as one, `${field}` without its braces."""
    done, dollars = list[Token](), 0
    tokens = _with_sets(tokens)
    for i, token in enumerate(tokens):
        following = tokens[i + 1].text if i + 1 < len(tokens) else ""
        if token.kind in ("comment", "remark") or token.text == "`":
            continue
        if token.text == "$" and following == "{":
            dollars += 1
        elif dollars and token.text in ("{", "}"):
            dollars -= token.text == "}"
        elif dollars and token.text in ("CUBE", "TABLE", "."):
            done += (
                [token]
                if token.text == "." and done and done[-1].text not in ("$", "") and done[-1].kind == "word"
                else []
            )
        elif (
            token.text == "."
            and i
            and tokens[i - 1].text == "}"
            and (not done or done[-1].end < tokens[i - 1].start - 4)
        ):
            continue
        elif pair := (_TIED.get((done[-1].text, token.text)) if done and not token.gap else None):
            done[-1] = replace(done[-1], text=pair, end=token.end)
        else:
            done.append(token)
    return done


def _with_sets(tokens: Sequence[Token]) -> list[Token]:
    """`plan ∈ {team, business}` as `plan in (team, business)`."""
    done, sets = list(tokens), [i for i, t in enumerate(tokens) if t.text in ("∈", "∉")]
    for i in sets:
        done[i] = replace(done[i], kind="word", text="in" if done[i].text == "∈" else "not in")
        end = next((j for j in range(i + 1, len(done)) if done[j].text == "}"), None)
        if end is not None and done[i + 1].text == "{":
            done[i + 1], done[end] = replace(done[i + 1], text="("), replace(done[end], text=")")
    return done


def closing(tokens: Sequence[Token], at: int) -> int:
    """Where the bracket at a place is closed. Raises `Unread` where it isn't."""
    opened = list[str]()
    for i in range(at, len(tokens)):
        sign = tokens[i].text if tokens[i].kind == "sign" else ""
        if sign in OPENING:
            opened.append(OPENING[sign])
        elif sign in OPENING.values():
            if opened.pop() != sign:
                raise Unread
            if not opened:
                return i
    raise Unread


def parts(tokens: Sequence[Token], *separators: str) -> list[list[Token]]:
    """The tokens between separators outside all brackets; nothing for what is empty."""
    found, at = [list[Token]()], 0
    while at < len(tokens):
        if tokens[at].kind == "sign" and tokens[at].text in OPENING:
            end = closing(tokens, at)
            found[-1] += tokens[at : end + 1]
            at = end
        elif tokens[at].lower in separators and tokens[at].kind in ("sign", "word"):
            found.append([])
        else:
            found[-1].append(tokens[at])
        at += 1
    return [part for part in found if part]


def outline(tokens: Sequence[Token], depth: int = 0, *, goes_on: bool = True) -> list[Entry]:
    """Returns the entries of tokens. `goes_on` says that a line with `and` goes on with the one before.

    Raises `Unread` where brackets don't close.
    """
    if depth > DEEPEST:
        raise Unread
    lines = list(_lines(tokens, is_inner=depth > 0, goes_on=goes_on))
    if len(lines) > 1 and "\n" not in lines[0][0].gap:
        lines[0][0] = replace(lines[0][0], gap="\n" + " " * (_indent(lines[1][0]) if depth else 0))
    return _nested(lines, depth, goes_on)


def _indent(token: Token) -> int:
    return len(token.gap.rpartition("\n")[2].expandtabs(4))


def _lines(tokens: Sequence[Token], *, is_inner: bool, goes_on: bool) -> Iterator[list[Token]]:
    """The lines of a text, and of a line what a separator divides; each begins with a token whose gap says its indentation."""
    line, at, indent = list[Token](), 0, 0
    while at < len(tokens):
        token = tokens[at]
        broken = "\n" in token.gap and not (
            goes_on and line and ((token.lower in _GOES_ON and not _has_key(tokens, at)) or line[-1].lower in _WAITS)
        )
        split = token.kind == "sign" and token.text in (";", ";;")
        split = split or (
            token.text == "," and (_has_key(tokens, at + 1) or (is_inner and "\n" in _gap(tokens, at + 1)))
        )
        behind = bool(line) and line[-1].text == "}" and token.text != "," and is_inner
        behind = behind or (len(line) > 1 and line[0].lower == "undecided" and token.lower == "otherwise")
        if broken or split or behind or (is_inner and line and _has_own_key(tokens, at, line)):
            indent = _indent(token) if broken else indent
            if line:
                yield line
            line = []
        if split:
            at += 1
            continue
        if not line:
            if token.text == "," and is_inner:
                at += 1
                continue
            indent = _indent(token) if "\n" in token.gap else indent
            token = replace(token, gap="\n" + " " * indent)
        if token.kind == "sign" and token.text in OPENING:
            end = closing(tokens, at)
            line += [token, *tokens[at + 1 : end + 1]]
            at = end + 1
            continue
        line.append(token)
        at += 1
    if line:
        yield line


def _gap(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].gap if at < len(tokens) else ""


def _has_key(tokens: Sequence[Token], at: int) -> bool:
    return at + 1 < len(tokens) and is_key(tokens[at : at + 1], tokens[at + 1])


def _has_own_key(tokens: Sequence[Token], at: int, line: Sequence[Token]) -> bool:
    """Tells whether `name:` at a place begins a setting, behind another on the same line."""
    return (
        _has_key(tokens, at)
        and tokens[at + 1].text == ":"
        and any(t.text == ":" for t in line[1:-1])
        and bool(tokens[at].gap)
    )


def _nested(lines: Sequence[list[Token]], depth: int, goes_on: bool) -> list[Entry]:
    entries, at = list[Entry](), 0
    while at < len(lines):
        line, end = lines[at], at + 1
        own, bullet = _indent(line[0]), _is_bullet(line)
        opens = line[-1].text in (":", "=")
        while end < len(lines):
            other = _indent(lines[end][0])
            if other > own or (opens and not bullet and other == own and _is_bullet(lines[end])):
                end += 1
            else:
                break
        entries.append(_entry(line, lines[at + 1 : end], bullet, depth, goes_on))
        at = end
    return entries


def _is_bullet(line: Sequence[Token]) -> bool:
    return line[0].text in BULLETS and len(line) > 1 and bool(line[1].gap)


def _entry(line: list[Token], below: Sequence[list[Token]], bullet: bool, depth: int, goes_on: bool) -> Entry:
    if depth > DEEPEST:
        raise Unread
    if bullet:
        inner = _indent(line[0]) + len(line[1].gap) + 1
        first = [replace(line[1], gap="\n" + " " * inner), *line[2:]]
        within = _nested([first, *below], depth + 1, goes_on)
        if len(within) == 1:
            return replace(within[0], is_item=True)
        return Entry((), tuple(within), is_item=True)
    inside = _nested(below, depth + 1, goes_on)
    opened = _block(line)
    if opened is None:
        return Entry(tuple(line), tuple(inside))
    within = outline(line[opened + 1 : -1], depth + 1, goes_on=goes_on)
    return Entry(tuple(line[:opened]), (*within, *inside), is_closed=True)


def _block(line: Sequence[Token]) -> int | None:
    """Where the braces begin with which a line ends."""
    if line[-1].text != "}" or any(t.lower in ("bands", "switch", "match") for t in line):
        return None
    at = 0
    while at < len(line):
        if line[at].kind == "sign" and line[at].text in OPENING:
            end = closing(line, at)
            if line[at].text == "{" and end == len(line) - 1:
                return None if at and line[at - 1].text == "$" else at
            at = end
        at += 1
    return None
