"""What all readers of English share: the tokens, whom a clause is about, the choice between two readings, answers that are remembered."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeVar

from segdsl.model.schema import Relation
from segdsl.phrasebook.english.line import Line
from segdsl.phrasebook.english.things import Noun, Rows, Scope
from segdsl.phrasebook.entry import Entry, Template
from segdsl.phrasebook.slots import Around
from segdsl.phrasebook.vocabulary import entries

T = TypeVar("T")
DEEPEST = 3  # clauses about rows inside clauses


@dataclass(frozen=True)
class Got:
    """What a template took: where it ends, and what its slots are in the line."""

    end: int
    slots: Mapping[str, str]


@dataclass
class Shared:
    """What the readers of a condition share: the entries that may match, what has been answered, and whether a choice was made."""

    entries: dict[str, list[tuple[Entry, list[Template]]]] = field(default_factory=dict)
    answers: dict[tuple[str, int, str, int], list[Any]] = field(default_factory=dict)
    inner: dict[tuple[str, int], Any] = field(default_factory=dict)
    is_open: bool = False


@dataclass
class BaseReader(ABC):
    """Reads clauses about `scope`. `choice` is the reading that is taken where two are possible, which sets `is_open`."""

    around: Around
    scope: Scope
    choice: int = 0
    depth: int = 0
    shared: Shared = field(default_factory=lambda: Shared())

    def __post_init__(self) -> None:
        if not self.shared.entries:
            present = {t.lower for t in self.around.tokens}
            for part, every in entries().items():
                fitting = [(e, [t for t in e.templates if all(w & present for w in t.needed)]) for e in every]
                self.shared.entries[part] = [(e, templates) for e, templates in fitting if templates]

    @property
    def entries(self) -> Mapping[str, list[tuple[Entry, list[Template]]]]:
        return self.shared.entries

    @property
    def is_open(self) -> bool:
        """Whether a choice was made between two readings."""
        return self.shared.is_open

    def w(self, at: int) -> str:
        return self.around.lower(at)

    def choose(self, count: int) -> int:
        """Which of several readings is taken."""
        if count > 1:
            self.shared.is_open = True
        return min(self.choice, count - 1)

    def _once(self, what: str, at: int, answers: Callable[[], Iterable[T]]) -> list[T]:
        """The answers to a question about a place, asked once."""
        key = (self.scope.relation.name, self.depth, what, at)
        if key not in self.shared.answers:
            self.shared.answers[key] = []  # what is asked again meanwhile has no answer
            self.shared.answers[key] = list(answers())
        return self.shared.answers[key]

    def inside(self, relation: Relation) -> Self:
        """A reader of conditions about rows."""
        key = (relation.name, self.depth)
        if key not in self.shared.inner:
            self.shared.inner[key] = replace(self, scope=self.scope.within(relation), depth=self.depth + 1)
        inner: Self = self.shared.inner[key]
        return inner

    # -- what the rooms of this folder ask of each other ------------------------------------------

    @abstractmethod
    def match(self, entry: Entry, templates: Sequence[Template], at: int, subject: Noun | None) -> Iterator[Got]:
        """Yields the ways to read an entry of a vocabulary at a place."""

    @abstractmethod
    def nouns(self, at: int) -> Iterator[tuple[int, Noun]]:
        """Yields values that begin at a place, longest first."""

    @abstractmethod
    def rows(self, at: int, *, bare: bool = False) -> Iterator[tuple[int, Rows]]:
        """Yields rows with their adjectives, windows and conditions; `bare`: the noun with adjectives alone. Longest first."""

    @abstractmethod
    def modified(self, at: int, rows: Rows, depth: int = 0) -> list[tuple[int, Rows]]:
        """Rows with what stands behind them: a window, `with priority urgent`, `above 5,000`, `that are open`."""

    @abstractmethod
    def predicate(self, at: int, noun: Noun) -> Iterator[tuple[int, Line]]:
        """Yields what is said of a value, longest first."""

    @abstractmethod
    def about(self, at: int) -> Iterator[tuple[int, Line]]:
        """Yields what is said of the customer, or of rows, without naming a field."""

    @abstractmethod
    def _verb_fits(self, verb: str, rows: Rows) -> Rows | None:
        """The rows of which a verb can be said; with a condition where the verb is a value."""

    @abstractmethod
    def _did(self, at: int, said: Sequence[str]) -> Iterator[tuple[int, Line]]:
        """Yields what somebody did."""

    @abstractmethod
    def _in_a_row(self, at: int) -> Iterator[tuple[int, Line]]:
        """Yields what is said of days or weeks one after the other."""
