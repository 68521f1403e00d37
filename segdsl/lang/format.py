"""Formats rule text: the tokens and comments stay, in the one layout.

The formatter only chooses the white space between two tokens, so it can't lose or change a token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import lark

from segdsl.diagnostics import Source
from segdsl.lang import parse
from segdsl.lang.reserved import DECLARATIONS

WIDTH = 100

# -- documents: text with places for line breaks, after Wadler, "A prettier printer" (2003) ------


@dataclass(frozen=True, slots=True)
class Line:
    """A space (or nothing) if the group around it fits on the line, else a line break."""

    flat: str = " "


@dataclass(frozen=True, slots=True)
class Hard:
    """A line break in any case, followed by a blank line if `blank`."""

    blank: bool = False


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment's text. It counts as no width, so that a long comment doesn't break the rule on its line."""

    text: str


@dataclass(frozen=True, slots=True)
class Indent:
    by: int
    parts: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Group:
    parts: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Align:
    """Parts whose lines begin in the column where the parts begin."""

    parts: tuple[Doc, ...]


@dataclass(frozen=True, slots=True)
class Operator:
    """A space before an operator, the loosest of which have the lowest level; `EDGE` ends the operands on both sides."""

    level: int


@dataclass(frozen=True, slots=True)
class Operands:
    """Operands, each but the first with the operator before it: on one line if they fit, else one on each line.

    If that isn't enough, brackets inside break instead.
    """

    pieces: tuple[tuple[Doc, ...], ...]


Doc = str | Line | Hard | Comment | Indent | Group | Align | Operator | Operands

_CONTINUED = 2  # spaces before the operator that continues a line
EDGE = -1
_EDGE = Operator(EDGE)


def _layout(docs: Sequence[Doc]) -> str:
    out: list[str] = []
    column = 0
    todo: list[tuple[int, bool, Doc]] = [(0, False, d) for d in reversed(docs)]
    while todo:
        indent, flat, doc = todo.pop()
        match doc:
            case str():
                out.append(doc)
                column += len(doc)
            case Comment(text):
                out.append(text)
            case Line(space) if flat:
                out.append(space)
                column += len(space)
            case Line() | Hard():
                blank = isinstance(doc, Hard) and doc.blank
                out.append("\n" * (1 + blank) + " " * indent)
                column = indent
            case Indent(by, parts):
                todo += [(indent + by, flat, p) for p in reversed(parts)]
            case Align(parts):
                todo += [(column, flat, p) for p in reversed(parts)]
            case Group(parts):
                fits = flat or _fits(WIDTH - column, parts, todo)
                todo += [(indent, fits, p) for p in reversed(parts)]
            case Operator():
                out.append(" ")
                column += 1
            case Operands(pieces):
                fits = flat or _fits(WIDTH - column, (doc,), todo)
                apart = not fits and _breaks_well(pieces, WIDTH - column, WIDTH - indent - _CONTINUED)
                below = indent + _CONTINUED * apart
                for piece in reversed(pieces[1:]):
                    todo += [(below, fits, p) for p in reversed(piece)]
                    todo.append((below, False, Hard()) if apart else (indent, True, Line()))
                todo += [(below, fits, p) for p in reversed(pieces[0])]
    return "\n".join(line.rstrip() for line in "".join(out).split("\n"))


def _breaks_well(pieces: Sequence[tuple[Doc, ...]], room: int, room_below: int) -> bool:
    """Tells whether operands on lines of their own fit, or break at operators in turn, or have nothing else to break."""
    if not any(isinstance(p, Group) for piece in pieces for p in piece):
        return True
    rooms = [room, *[room_below] * (len(pieces) - 1)]
    return all(_fits(r, piece, ()) or _has_good_breaks(piece, r, room_below) for r, piece in zip(rooms, pieces))


def _has_good_breaks(piece: tuple[Doc, ...], room: int, room_below: int) -> bool:
    return any(isinstance(p, Operands) and _breaks_well(p.pieces, room, room_below - _CONTINUED) for p in piece)


def _fits(room: int, parts: Sequence[Doc], pending: Sequence[tuple[int, bool, Doc]]) -> bool:
    """Tells whether `parts` on one line, and the `pending` text up to the next possible break, fit into `room` columns."""
    todo = [(True, p) for p in reversed(parts)]
    following = len(pending)
    while room >= 0:
        if todo:
            flat, doc = todo.pop()
        elif following:
            following -= 1
            _, flat, doc = pending[following]
        else:
            return True
        match doc:
            case str():
                room -= len(doc)
            case Line(space) if flat:
                room -= len(space)
            case Line() | Hard():
                return not flat
            case Comment():
                pass
            case Operator():
                room -= 1
            case Indent(_, nested) | Group(nested) | Align(nested):
                todo += [(flat, n) for n in reversed(nested)]
            case Operands(pieces):
                for piece in reversed(pieces):
                    todo += [(flat, n) for n in reversed(piece)]
                    todo.append((True, " "))
                todo.pop()
    return False


# -- tokens with the comments before them ----------------------------------------


@dataclass(slots=True)
class Remark:
    """One comment: on a line of its own, or at the end of the line that it comments."""

    text: str
    own_line: bool
    blank_before: bool


@dataclass(slots=True)
class Token:
    """One token, the comments before it, and whether a blank line comes right before it."""

    type: str
    text: str
    blank_before: bool = False
    comments: list[Remark] = field(default_factory=list)


def _tokens(source: Source, read: Sequence[lark.Token]) -> list[Token]:
    result: list[Token] = []
    end = 0
    for token in read:
        start = token.start_pos or 0
        text = " ".join(token.split()) if token.type != "TEXT" else str(token)
        result.append(_with_gap(Token(token.type, text), source.text[end:start], first=not result))
        end = token.end_pos or 0
    return [*result, _with_gap(Token("$END", ""), source.text[end:], first=not result)]


def _with_gap(token: Token, gap: str, first: bool) -> Token:
    """Reads the white space and comments before a token into the token."""
    if "#" not in gap:
        token.blank_before = not first and gap.count("\n") > 1
        return token
    blank, anything_above = False, not first
    lines = gap.replace("\r", "").split("\n")
    for number, line in enumerate(lines):
        if text := line.strip():
            own_line = number > 0 or first
            token.comments.append(Remark(text, own_line, blank and anything_above and own_line))
            blank, anything_above = False, True
        elif 0 < number < len(lines) - 1:
            blank = anything_above
    token.blank_before = blank
    return token


# -- where lines may break -----------------------------------------------------

# blocks of these declarations always take several lines; other blocks only if they don't fit on one
_TALL = {"ENTITY", "SEGMENT", "SEGMENTATION", "TEST", "SCORE", "EXPERIMENT"}
_OF_FIELDS = {"ENTITY", "TABLE", "DETAILS"}
_CONDITION = {"WHEN", "ONLY_WHEN", "KEEP_UNTIL", "EXPECT", "ALWAYS", "NEVER"}
_OF_PLAYS = {"TO", "EVERY"}  # with which clauses begin only there
_DEFINITION = {"METRIC", "OUTCOME", "PART"}
_MEMBER_KEYWORDS = """
    CASE GOAL OWNER BASIS REVIEW SEGMENT UNDECIDED OTHERWISE OVERRIDES_FROM LIMIT PLAY HISTORY_FROM ONLY_WHEN PART MISSING_PARTS
    CAP WEEKEND HOLIDAYS_FROM INCUMBENT CANDIDATE CLUSTER BACKTEST AS_IF_RUN PILOT REPLAY PRIMARY GUARDRAIL ALPHA POWER LOOKS AT_MOST
    REPORTED_WITHIN UNDER HOLDOUT LAYER ADJUST_BY WINSORISE_AT DELIVERY KEEP_UNTIL_END KEEP_FOR STAY_AT_LEAST
    ADDRESS CONSENT COOLDOWN CAPACITY SUPPRESS ONCE_PER_STAY PRIORITY MERGE SUBJECT MESSAGE MESSAGE_FILE
"""
_MEMBERS = _CONDITION.union(_MEMBER_KEYWORDS.split())
_LAST_TOKENS_OF_OPERANDS = """
    NAME INT DECIMAL PERCENT TEXT RPAR RBRACE END DATE TIMESTAMP NOW TODAY TRUE FALSE AGO FROM_NOW PERIOD MISSING UNIT
"""
_OPERAND_ENDS = set(_LAST_TOKENS_OF_OPERANDS.split())
_CALLED = {"NAME", "FUNC", "AGGREGATE", "SPLIT", "RANK"}
_CLOSER = {"LPAR": "RPAR", "LBRACE": "RBRACE", "IF": "END"}
_BRANCH = {"THEN", "ELSE", "ELSE_IF"}
_LEVELS = {"COMPARE": 0, "EQUALS": 0, "PLUS": 1, "MINUS": 1, "STAR": 2, "SLASH": 2}
_EDGES = {"WHERE", "HAVING", "BECAUSE", "COLON", "COMMA"}
_DECLARATIONS = {word.upper() for word in DECLARATIONS}


def format_text(source: Source) -> str:
    """Formats a rule file; the result ends in a newline. Formatting a second time changes nothing.

    Raises `lark.UnexpectedInput` if the text doesn't parse.
    """
    return format_tokens(source, parse.tokens(source))


def format_tokens(source: Source, read: Sequence[lark.Token]) -> str:
    """Formats a rule file of which all tokens have been read; the result ends in a newline."""
    tokens = _tokens(source, read)
    file = _File(tokens, _closers(tokens))
    docs: list[Doc] = []
    previous: tuple[str, bool] | None = None  # the declaration above: its keyword, and whether it takes several lines
    start = 0
    while start < len(tokens) - 1:
        end = file.declaration_end(start)
        head = tokens[start]
        body = _layout(file.member(start, end))  # every declaration begins at the margin and ends where its line ends
        tall = "\n" in body
        if previous is not None and (tall or previous[1] or previous[0] != head.type):
            _set_apart(head)
        docs += [*_gap(head, Hard(head.blank_before)), body]
        previous, start = (head.type, tall), end
    docs += _gap(tokens[-1], "")
    text = _layout(docs).strip("\n")
    return text + "\n" if text else ""


def _set_apart(head: Token) -> None:
    """Puts a blank line before a declaration, or before the comments above it."""
    first_comment = next((c for c in head.comments if c.own_line), None)
    if first_comment is None:
        head.blank_before = True
    else:
        first_comment.blank_before = True


def _gap(token: Token, plain: Doc) -> list[Doc]:
    """Returns what separates a token from the previous token: its comments, or `plain` if it has none."""
    docs: list[Doc] = []
    for comment in token.comments:
        docs += (
            [Hard(comment.blank_before), Comment(comment.text)] if comment.own_line else [Comment("  " + comment.text)]
        )
    return [*docs, Hard(token.blank_before)] if docs else [plain]


def _operands(docs: Sequence[Doc]) -> list[Doc]:
    """Groups operands between places where lines break anyway, by the operators between them, the loosest outermost."""
    result: list[Doc] = []
    run: list[Doc] = []
    for doc in docs:
        if isinstance(doc, Line | Hard) or doc == _EDGE:
            result += [*_by_operators(run), doc]
            run = []
        else:
            run.append(doc)
    return [*result, *_by_operators(run)]


def _by_operators(run: list[Doc]) -> list[Doc]:
    levels = [doc.level for doc in run if isinstance(doc, Operator)]
    if not levels:
        return run
    loosest = Operator(min(levels))
    pieces: list[list[Doc]] = [[]]
    for doc in run:
        if doc == loosest:
            pieces.append([])
        else:
            pieces[-1].append(doc)
    return [Operands(tuple(tuple(_by_operators(piece)) for piece in pieces))]


def _closers(tokens: Sequence[Token]) -> dict[int, int]:
    """Maps the index of each opening bracket to the index of its closing bracket."""
    closers, opened = {}, []
    for i, token in enumerate(tokens):
        if token.type in _CLOSER:
            opened.append(i)
        elif token.type in _CLOSER.values():
            closers[opened.pop()] = i
    return closers


@dataclass(frozen=True)
class _File:
    """The tokens of a file and where their brackets close, as which `if` and `end` count; builds documents from ranges of tokens."""

    tokens: Sequence[Token]
    closers: dict[int, int]

    def outer(self, start: int, end: int) -> Iterator[int]:
        """Yields the indexes in a range, skipping whatever is inside brackets."""
        i = start
        while i < end:
            yield i
            i = self.closers.get(i, i) + 1

    def declaration_end(self, start: int) -> int:
        for i in self.outer(start + 1, len(self.tokens) - 1):
            if self.tokens[i].type in _DECLARATIONS:
                return i
        return len(self.tokens) - 1

    def member(self, start: int, end: int, pad: int = 0) -> list[Doc]:
        """Builds a declaration, or one member of a block. `pad` aligns what follows a field's colon."""
        head = self.tokens[start].type
        if head in _CONDITION:
            op = 2 if any(self.tokens[i].type == "OR" for i in self.outer(start, end)) else 3
            return [Group((Indent(len(self.tokens[start].text) - op, tuple(self.inline(start, end))),))]
        if head == "CONSENT":
            return [Group((Indent(4, tuple(self.inline(start, end))),))]
        if head in _DEFINITION:
            equals = next(i for i in self.outer(start, end) if self.tokens[i].type == "EQUALS")
            body = Indent(2, (*_gap(self.tokens[equals], Line()), Indent(2, tuple(self.inline(equals, end)))))
            return [Group((*self.inline(start, equals), body))]
        where = next((i for i in self.outer(start, end) if self.tokens[i].type == "WHERE"), None)
        block = next((i for i in self.outer(start, end) if self.tokens[i].type == "LBRACE"), end)
        if where is not None and where < block:
            condition = Indent(4, (*_gap(self.tokens[where], Line()), Indent(2, tuple(self.inline(where, block)))))
            header = Group((*self.inline(start, where), condition))
            return [header, *_gap(self.tokens[block], " "), *self.inline(block, end, head)]
        return self.inline(start, end, head, pad)

    def inline(self, start: int, end: int, owner: str = "", pad: int = 0) -> list[Doc]:
        """Builds a run of tokens. `owner` is the keyword whose block a `{` at this level opens."""
        docs: list[Doc] = []
        open_between = False
        for i in self.outer(start, end):
            token = self.tokens[i]
            if token.type == "BANDS":
                owner = "BANDS"
            elif token.type in ("BETWEEN", "NOT_BETWEEN"):
                open_between = True
            if i > start:
                docs += _gap(token, self._space(i, token.type == "AND" and open_between))
            if token.type == "AND":
                open_between = False
            if token.type == "IF":
                docs.append(self._choice(i))
            elif token.type == "LPAR":
                docs.append(self._brackets(i))
            elif token.type == "LBRACE":
                docs.append(self._block(i, owner))
            else:
                docs.append(token.text)
            if pad and i == start + 1:
                docs.append(" " * (pad - len(self.tokens[start].text)))
        return _operands(docs)

    def _choice(self, opened: int) -> Doc:
        """Builds an `if`, with its branches below its condition."""
        closed = self.closers[opened]
        marks = [i for i in self.outer(opened + 1, closed) if self.tokens[i].type in _BRANCH]
        docs: list[Doc] = [self.tokens[opened].text, *self._branch(opened, marks[0])]
        for mark, following in zip(marks, [*marks[1:], closed]):
            token = self.tokens[mark]
            if token.type == "ELSE_IF":
                docs += [*_gap(token, Line()), token.text, *self._branch(mark, following)]
            else:
                branch = (*_gap(token, Line()), token.text, *self._branch(mark, following))
                docs.append(Indent(2, branch))
        return Group((Align((*docs, *_gap(self.tokens[closed], Line()), self.tokens[closed].text)),))

    def _branch(self, mark: int, end: int) -> list[Doc]:
        """Builds what follows `if`, `then` or `else`."""
        inside = Group((Indent(4, tuple(self.inline(mark + 1, end))),))
        return [*_gap(self.tokens[mark + 1], " "), inside]

    def _space(self, i: int, of_between: bool) -> Doc:
        previous, token = self.tokens[i - 1].type, self.tokens[i].type
        if token in ("COMMA", "COLON", "DOT") or previous == "DOT":
            return ""
        if token == "LPAR" and previous in _CALLED:
            return ""
        if previous == "MINUS" and self.tokens[i - 2].type not in _OPERAND_ENDS:
            return ""
        if token in ("AND", "OR") and not of_between:
            return Line()
        return Operator(EDGE if token in _EDGES else _LEVELS[token]) if token in _EDGES or token in _LEVELS else " "

    def _brackets(self, opened: int) -> Doc:
        closed = self.closers[opened]
        inside: list[Doc] = []
        for i in self._list_items(opened, closed):
            stop = next((j for j in self.outer(i, closed) if self.tokens[j].type == "COMMA"), closed - 1) + 1
            inside += _gap(self.tokens[i], Line("" if i == opened + 1 else " "))
            inside += self.inline(i, stop)
        return Group(("(", Indent(2, tuple(inside)), *_gap(self.tokens[closed], Line("")), ")"))

    def _list_items(self, opened: int, closed: int) -> list[int]:
        commas = [i for i in self.outer(opened + 1, closed) if self.tokens[i].type == "COMMA"]
        return [i for i in (opened + 1, *(c + 1 for c in commas)) if i < closed]

    def _block(self, opened: int, owner: str) -> Doc:
        closed = self.closers[opened]
        starts = [i for i in self.outer(opened + 1, closed) if self._starts_member(i, opened, owner)]
        ends = [*starts[1:], closed]
        short = owner == "SEGMENT" and len(starts) == 1  # only its `when`
        tall = (owner in _TALL and not short) or any(t.comments for t in self.tokens[opened + 1 : closed + 1])
        tall = tall or (owner in _OF_FIELDS and self._flat_width(opened, closed) > WIDTH)
        pad = max((len(self.tokens[i].text) for i in starts), default=0) if tall and owner in _OF_FIELDS else 0
        inside: list[Doc] = []
        for start, end in zip(starts, ends):
            token = self.tokens[start]
            inside += _gap(token, Hard(token.blank_before and start != starts[0]) if tall else Line())
            inside += self.member(start, end, pad if self.tokens[start + 1].type == "COLON" else 0)
        closing = _gap(self.tokens[closed], Hard() if tall else Line(" " if starts else ""))
        return Group(("{", Indent(2, tuple(inside)), *closing, "}"))

    def _flat_width(self, opened: int, closed: int) -> int:
        line_start = next((i for i in range(opened, -1, -1) if self.tokens[i].type in _OF_FIELDS), opened)
        return sum(len(t.text) + 1 for t in self.tokens[line_start : closed + 1])

    def _starts_member(self, i: int, opened: int, owner: str) -> bool:
        token, following, previous = self.tokens[i].type, self.tokens[i + 1].type, self.tokens[i - 1].type
        if token == "WHEN" and self.tokens[i - 2].type == "CAP":
            return False
        if i == opened + 1 or token in _MEMBERS:
            return True
        if owner == "PLAY" and token in _OF_PLAYS:
            return True
        if owner == "TEST" and token == "NAME":
            return previous == "RBRACE"
        return following == "COLON" and token in ("NAME", "MISSING")
