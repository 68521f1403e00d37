"""Reads tokens as Lark's contextual lexer does, by one pattern for all states of the parser instead of one for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from lark.common import LexerConf
from lark.lexer import BasicLexer, ContextualLexer, LexerState, Scanner, TerminalDef, Token


class _Scanner(Scanner):
    """One pattern of several terminals, as Lark makes it, but each alternative ends with its name instead of being in a group.

    An alternative that begins with a letter is passed over at a glance where the text has another.
    """

    def _build_mres(self, terminals: Sequence[TerminalDef], max_size: int) -> list[Any]:
        pattern = "|".join(f"(?:{terminal.pattern.to_regexp()})(?P<{terminal.name}>)" for terminal in terminals)
        return [self.re_.compile(pattern, self.g_regex_flags)]


class _Basic(BasicLexer):
    """Lark would look for fixed texts that the pattern of another terminal matches too; the grammar has none."""

    def _build_scanner(self) -> Scanner:
        self.callback = dict(self.user_callbacks)
        return _Scanner(self.terminals, self.g_regex_flags, self.re, self.use_bytes)  # type: ignore[no-untyped-call]


class Lexer(ContextualLexer):
    """Makes the lexer of a state when the parser gets there: a workspace sees a few of the grammar's two thousand states."""

    def __init__(
        self, conf: LexerConf, states: dict[int, Collection[str]], always_accept: Collection[str] = ()
    ) -> None:
        self.root_lexer = _Basic(conf)
        self.lexers = _OfStates(conf, states, self.root_lexer)


class _OfStates(dict[int, Any]):
    """Lexers by state; states that accept the same terminals share one."""

    def __init__(self, conf: LexerConf, states: dict[int, Collection[str]], root: BasicLexer) -> None:
        self._conf, self._states, self._root = conf, states, root
        self._by_terminals: dict[frozenset[str], _OfState] = {}

    def __missing__(self, state: int) -> BasicLexer:
        accepted = frozenset(self._states[state]).union(self._conf.ignore)
        lexer = self._by_terminals.get(accepted)
        if lexer is None:
            lexer = self._by_terminals[accepted] = _OfState(self._conf, accepted, self._root)
        self[state] = lexer
        return lexer


class _OfState(_Basic):
    """The lexer of states that accept certain terminals.

    The pattern of all terminals has their alternatives in the order in which the state's own pattern has some of them, and the
    first that matches is taken. So where the pattern of all finds a terminal that the state accepts, the state's own would find
    the same, and where it finds nothing, neither would the state's own. Only where it finds another is the state's own compiled:
    Lark compiles each, which takes longer than to parse a small workspace.
    """

    def __init__(self, conf: LexerConf, accepted: Collection[str], root: BasicLexer) -> None:
        self.re, self.g_regex_flags, self.use_bytes = conf.re_module, conf.g_regex_flags, conf.use_bytes
        self.user_callbacks = self.callback = conf.callbacks
        self.terminals_by_name = conf.terminals_by_name
        self.terminals = [terminal for terminal in root.terminals if terminal.name in accepted]
        self.ignore_types, self.newline_types = root.ignore_types, root.newline_types
        self._accepted, self._root = accepted, root
        self._scanner: Scanner | None = None
        (pattern,) = root.scanner._mres
        self._match_all = pattern.match

    def next_token(self, lex_state: LexerState, parser_state: Any = None) -> Token:
        """As Lark's, without lines and columns, which take half of the time: what is said of a place is said of its offset."""
        counter, whole, passed, accepted = lex_state.line_ctr, lex_state.text, self.ignore_types, self._accepted
        text, end, start, match = whole.text, whole.end, counter.char_pos, self._match_all
        while start < end:
            found = match(text, start, end)
            if found is None or (kind := found.lastgroup) not in accepted:
                own = self.match(whole, start)
                if own is None:
                    counter.char_pos = start
                    return super().next_token(lex_state, parser_state)  # raises
                value, kind = own
            else:
                value = found[0]
            position = start + len(value)
            if kind not in passed:
                counter.char_pos = position
                lex_state.last_token = token = Token(kind, value, start, end_pos=position)
                return token
            start = position
        counter.char_pos = start
        raise EOFError(self)

    def match(self, text: Any, pos: int) -> tuple[str, str] | None:
        token: tuple[str, str] | None = self._root.match(text, pos)  # type: ignore[no-untyped-call]
        if token is None or token[1] in self._accepted:
            return token
        own: tuple[str, str] | None = super().match(text, pos)  # type: ignore[no-untyped-call]
        return own
