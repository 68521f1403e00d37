"""Rule text -> other rule text: subtrees of the grammar exchanged, derived anew, doubled or taken out, with the names of one model.

A piece stands where a piece of the same nonterminal stood, and a word where that word's kind stood in such a piece, so most of what is
made parses, and much of it means something.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from lark import Lark, Token, Tree
from lark.exceptions import LarkError
from lark.grammar import NonTerminal, Rule, Terminal
from lark.lexer import PatternStr

from segdsl.lang import grammar

DEEPEST, MOST_PIECES = 5, 60
"""How deep a derivation goes by choice, and of how many pieces it is made before it takes the shortest way."""
CONDITIONS = [
    "expr",
    "conjunction",
    "negation",
    "comparison",
    "sum",
    "product",
    "unary",
    "primary",
    "literal",
    "number",
    "ago",
    "conditional",
    "bands",
    "quantifier",
    "elapsed",
    "call",
    "aggregate",
    "path",
]
"""Nonterminals that may stand for each other, in brackets."""
BORDERS = {
    "INT": ["0", "1", "2", "7", "400", "10_000", "99999999999", "9223372036854775807", "9223372036854775808", "1" + "0" * 40],
    "DECIMAL": ["0.0", "0.5", "0.333333333", "0.0000000001", "1" + "0" * 30 + ".5"],
    "PERCENT": ["0%", "5%", "50%", "100%", "101%", "0.0001%", "95%"],
    "DATE": ["2026-11-01", "1000-01-01", "0999-12-31", "8999-12-31", "9999-12-31", "2026-02-29", "0000-00-00", "2026-03-29"],
    "TIMESTAMP": ["2026-11-01T00:00", "2026-03-29T01:30", "2026-11-01T24:00", "2026-11-01T12:00:00+14:00", "0001-01-01T00:00Z"],
    "TEXT": ['""', '"é"', '"a\\nb"', '"\\""', '"(a+)+"', '"["', '"=1+1"', '"::error::x"', '"../x.csv"', '"' + "x" * 300 + '"'],
    "CURRENCY": ["USD", "JPY", "KWD", "XXX"],
    "UNIT": ["hours", "days", "weeks", "months", "years"],
}  # fmt: skip
BYTES = [b"", b'"', b"\\", b"\0", b"\xff", b"\xef\xbb\xbf", "\u202e".encode(), "\u200b".encode(), b"{", b"}", b"(", b")", b"#", b"\n", b"\r", b"\n\n", b",", b",,,,,,,,", b"1e999", b"-0", b"NaN", b"2026-13-45", b"=1", b"[", b"]", b'"""', b"'", b"../", b"9" * 50, b"\x1b[31m"]  # fmt: skip


@cache
def plain() -> Lark:
    """The language's own grammar, with trees as they come."""
    return Lark(grammar.text(), parser="lalr", lexer="contextual", keep_all_tokens=True, propagate_positions=True, maybe_placeholders=False)  # fmt: skip


@cache
def _rules() -> dict[str, list[Rule]]:
    by_origin: dict[str, list[Rule]] = defaultdict(list)
    for rule in plain().rules:
        by_origin[str(rule.origin.name)].append(rule)
    return by_origin


@cache
def origins() -> dict[str, str]:
    """What a tree is called -> the nonterminal that it is of."""
    return {str(r.alias or r.origin.name): str(r.origin.name) for rules in _rules().values() for r in rules}


@cache
def _depths() -> dict[str, int]:
    """How deep the shallowest derivation of each nonterminal is."""
    depths: dict[str, int] = {}
    changed = True
    while changed:
        changed = False
        for origin, rules in _rules().items():
            for rule in rules:
                below = [s.name if isinstance(s, NonTerminal) else "" for s in rule.expansion]
                if all(not b or b in depths for b in below):
                    depth = 1 + max((depths[b] for b in below if b), default=0)
                    if depth < depths.get(origin, depth + 1):
                        depths[origin], changed = depth, True
    return depths


@cache
def _spelt() -> dict[str, str]:
    """A terminal -> a text of it, of those that are punctuation or words."""
    spelt = {}
    for terminal in plain().terminals:
        text = str(terminal.pattern.value)
        if not isinstance(terminal.pattern, PatternStr):
            text = re.sub(r"\(\?[!=].*$|\\b", "", text).replace(r"\s+", " ").replace("s?", "s")
            text = re.sub(r"\(([^()|]*)\|[^()]*\)", r"\1", text)
        spelt[str(terminal.name)] = text
    return spelt


@dataclass(frozen=True)
class Pieces:
    """The pieces of some texts: by nonterminal, and words by the piece and the terminal that they are of."""

    by_origin: dict[str, list[str]]
    words: dict[tuple[str, str], list[str]]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Pieces:
        """Raises nothing: what doesn't parse has none."""
        by_origin: dict[str, dict[str, None]] = defaultdict(dict)
        words: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        for text in texts:
            for tree in _trees(text):
                by_origin[origins()[str(tree.data)]][_text(tree, text)] = None
                for token in tree.children:
                    if isinstance(token, Token):
                        words[str(tree.data), token.type][str(token)] = None
                        words["", token.type][str(token)] = None
        return cls({o: list(t) for o, t in by_origin.items()}, {w: list(t) for w, t in words.items()})

    def mutated(self, text: str, draw: random.Random, times: int) -> str:
        """With some pieces of one or two declarations changed."""
        for _ in range(draw.choice([1, 1, 2])):
            start, end = draw.choice(_declarations(text))
            new = text[start:end]
            for _ in range(times):
                new = self._changed(new, draw)
            text = text[:start] + new + text[end:]
        return text

    def _changed(self, text: str, draw: random.Random) -> str:
        """With one piece changed; a text that doesn't parse loses or gains some bytes."""
        trees = [t for t in _trees(text) if t.data != "start" and not t.meta.empty]
        if not trees:
            return mangled(text.encode(), draw).decode("utf-8", "replace")
        tree = draw.choice(trees)
        start, end, origin = tree.meta.start_pos, tree.meta.end_pos, origins()[str(tree.data)]
        own = text[start:end]
        match draw.choices(["swap", "derive", "double", "out", "word"], [6, 5, 2, 1, 6])[0]:
            case "swap":
                new = self._other(origin, draw) or own
            case "derive":
                new = _Derivation(self, draw).of(origin, DEEPEST)
            case "double":
                new = f"({own} {draw.choice(['and', 'or', '+', '-', '*', '/', '=', '<'])} {own})" if origin in CONDITIONS else f"{own} {own}"  # fmt: skip
            case "out":
                new = ""
            case _:
                token = draw.choice(list(tree.scan_values(lambda t: isinstance(t, Token))))
                start, end = token.start_pos, token.end_pos
                new = self.word("", token.type, draw)
        return f"{text[:start]}{new}{text[end:]}"

    def _other(self, origin: str, draw: random.Random) -> str:
        if origin in CONDITIONS and draw.random() < 0.5:
            return f"({draw.choice(self.by_origin.get(draw.choice(CONDITIONS)) or ['1'])})"
        return draw.choice(self.by_origin.get(origin) or [""])

    def word(self, piece: str, terminal: str, draw: random.Random) -> str:
        if terminal in BORDERS and draw.random() < 0.3:
            return draw.choice(BORDERS[terminal])
        seen = self.words.get((piece, terminal)) if draw.random() < 0.9 else None
        return draw.choice(seen or self.words.get(("", terminal)) or [_spelt()[terminal]])


class _Derivation:
    """A text of a nonterminal, derived from the grammar's rules."""

    def __init__(self, pieces: Pieces, draw: random.Random) -> None:
        self.pieces, self.draw, self.left = pieces, draw, MOST_PIECES

    def of(self, origin: str, depth: int, piece: str = "") -> str:
        self.left -= 1
        rules = _rules()[origin]
        if depth <= 0 or self.left <= 0:
            shallow = min(map(_depth, rules))
            rules = [r for r in rules if _depth(r) == shallow]
        rule = self.draw.choice(rules)
        name = piece if origin.startswith("_") else str(rule.alias or origin)
        return " ".join(
            self.of(s.name, depth - (not origin.startswith("_")), name) if isinstance(s, NonTerminal) else self.pieces.word(name, _named(s), self.draw)
            for s in rule.expansion
        )  # fmt: skip


def _named(symbol: object) -> str:
    assert isinstance(symbol, Terminal)
    return str(symbol.name)


def _depth(rule: Rule) -> int:
    return max((_depths()[s.name] for s in rule.expansion if isinstance(s, NonTerminal)), default=0)


def _text(tree: Tree[Token], text: str) -> str:
    return "" if tree.meta.empty else text[tree.meta.start_pos : tree.meta.end_pos]


@lru_cache(1000)
def _declarations(text: str) -> list[tuple[int, int]]:
    """Where each declaration begins and ends; where one doesn't parse, all of them together."""
    try:
        return [(t.meta.start_pos, t.meta.end_pos) for t in plain().parse(text).children if isinstance(t, Tree)] or [
            (0, len(text))
        ]
    except LarkError:
        return [(0, len(text))]


def _trees(text: str) -> Iterator[Tree[Token]]:
    try:
        yield from plain().parse(text).iter_subtrees()
    except LarkError:
        return


def mangled(content: bytes, draw: random.Random) -> bytes:
    """Bytes with some taken out, doubled, exchanged or put in, a few times."""
    for _ in range(draw.randint(1, 4)):
        start = draw.randrange(len(content) + 1)
        end = min(len(content), start + draw.choice([0, 1, 1, 2, 8, 40]))
        match draw.choice(["out", "in", "instead", "double", "cut", "flip", "line"]):
            case "out":
                content = content[:start] + content[end:]
            case "in":
                content = content[:start] + draw.choice(BYTES) + content[start:]
            case "instead":
                content = content[:start] + draw.choice(BYTES) + content[end:]
            case "double":
                content = content[:end] + content[start:end] * draw.choice([1, 2, 1000]) + content[end:]
            case "cut":
                content = content[:start] if draw.random() < 0.3 else content
            case "flip":
                content = content[:start] + bytes([draw.randrange(256)]) + content[start + 1 :]
            case _:
                lines = content.split(b"\n")
                lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
                content = b"\n".join(lines)
    return content
