"""Loads the parser of `grammar.lark`: from the table saved when the package was built, else from the grammar's text."""

from __future__ import annotations

import gc
import hashlib
import pickle
import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import lark
from lark import Lark
from lark.common import LexerConf, ParserConf
from lark.grammar import Rule
from lark.lark import LarkOptions
from lark.lexer import TerminalDef
from lark.parser_frontends import ParsingFrontend
from lark.parsers.lalr_analysis import IntParseTable, Reduce, Shift
from lark.parsers.lalr_parser import LALR_Parser, _Parser

from segdsl.lang.build import Builder
from segdsl.lang.lexer import Lexer

_OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": "contextual",
    "maybe_placeholders": True,
    "_plugins": {"ContextualLexer": Lexer},
}
TABLE = "grammar.table"


def text() -> str:
    return resources.files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")


def _stamp() -> bytes:
    """Identifies the grammar and the version of Lark from which a table was made; a table with another stamp is stale."""
    return hashlib.sha256((lark.__version__ + "\0" + text()).encode()).digest()


@dataclass(frozen=True, slots=True)
class _Table:
    """What is saved of a parser.

    `states` has for each state what follows each token: the state to go to, or -1 - the number of the rule to reduce.
    """

    terminals: list[TerminalDef]
    ignored: list[str]
    rules: list[Rule]
    states: dict[int, dict[str, int]]
    starts: dict[str, int]
    ends: dict[str, int]


def save(path: Path) -> None:
    """Writes the table, at packaging time. The table is a pickle, so it is only ever read from the package itself."""
    made = Lark(text(), **_OPTIONS)
    parse_table = made.parser.parser._parse_table
    numbers = {rule: number for number, rule in enumerate(made.rules)}
    states = {
        state: {token: -1 - numbers[to] if action is Reduce else to for token, (action, to) in actions.items()}
        for state, actions in parse_table.states.items()
    }
    ignored = list(made.lexer_conf.ignore)
    table = _Table(list(made.terminals), ignored, made.rules, states, parse_table.start_states, parse_table.end_states)
    path.write_bytes(_stamp() + pickle.dumps(table, pickle.HIGHEST_PROTOCOL))


def load(builder: Builder) -> Lark:
    """Loads a parser whose reductions go to `builder`. Takes twice the start of Python with the table, 50 times without."""
    table = Path(str(resources.files(__package__).joinpath(TABLE)))
    if table.is_file():
        stamp, saved = (data := table.read_bytes())[:32], data[32:]
        if stamp == _stamp():
            return _Saved.with_builder(saved, builder)
    return Lark(text(), transformer=builder, **_OPTIONS)


class _Saved(Lark):
    """A parser of a saved table. `Lark.load` makes objects of all its 20,000 entries; here a state's are made when it is reached."""

    @classmethod
    def with_builder(cls, saved: bytes, builder: Builder) -> Lark:
        enabled = gc.isenabled()
        gc.disable()
        try:
            table: _Table = pickle.loads(saved)  # of the package itself
            return cls.__new__(cls)._of(table, builder)
        finally:
            if enabled:
                gc.enable()

    def _of(self, table: _Table, builder: Builder) -> Lark:
        for rule in table.rules:
            rule._deserialize()  # type: ignore[no-untyped-call]  # its hash is another in each process
        self.options = LarkOptions({**_OPTIONS, "transformer": builder})
        self.source_path = TABLE
        self.rules, self.terminals = table.rules, table.terminals
        self._terminals_dict = {terminal.name: terminal for terminal in table.terminals}
        self.lexer_conf = LexerConf(table.terminals, re, table.ignored, skip_validation=True)
        self.lexer_conf.lexer_type = "contextual"
        self._prepare_callbacks()
        parse_table: Any = IntParseTable(_States(table), table.starts, table.ends)  # type: ignore[no-untyped-call]
        parser = LALR_Parser.__new__(LALR_Parser)
        parser._parse_table, parser.parser = parse_table, _Parser(parse_table, self._callbacks)
        conf = ParserConf(table.rules, self._callbacks, list(table.starts))
        conf.parser_type = "lalr"
        self.parser = ParsingFrontend(self.lexer_conf, conf, self.options, parser=parser)
        return self


class _States(dict[int, dict[str, tuple[Any, Any]]]):
    """The actions of each state by token, made of the numbers of a table when they are first asked for."""

    def __init__(self, table: _Table) -> None:
        self._table = table

    def __missing__(self, state: int) -> dict[str, tuple[Any, Any]]:
        rules, numbers = self._table.rules, self._table.states[state]
        self[state] = actions = {t: (Shift, to) if to >= 0 else (Reduce, rules[-1 - to]) for t, to in numbers.items()}
        return actions

    def items(self) -> Any:
        """The tokens that each state accepts, which is what Lark asks of all states at once; the actions are numbers."""
        return self._table.states.items()
