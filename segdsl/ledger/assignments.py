"""Assignments in the ledger: the place of each customer by each rule, in a timeline for each source and entity (`ledger/timelines.py`).

A place is (arm, status, arm by today's data), and a number in the ledger, which the table `places` explains.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segdsl.data.sql_text import name, text
from segdsl.ledger import timelines as t
from segdsl.ledger.store import Ledger, Run
from segdsl.ledger.timelines import IS, WAS, Timeline

KIND = "places"
Where = tuple[str | None, str, str | None]  # arm, status, arm by today's data


@dataclass
class Numbers:
    """Numbers of places, with those that are new since the ledger was read."""

    known: dict[Where, int]
    new: dict[Where, int] = field(default_factory=dict)

    @staticmethod
    def of(ledger: Ledger) -> Numbers:
        return Numbers({where: code for code, where in places(ledger).items()})

    def number(self, where: Where) -> int:
        if where not in self.known:
            self.known[where] = self.new[where] = max(self.known.values(), default=0) + 1
        return self.known[where]

    def write(self, ledger: Ledger) -> None:
        for (arm, status, by_data), code in self.new.items():
            ledger.con.execute("INSERT INTO places VALUES (?, ?, ?, ?)", [code, arm, status, by_data])


@dataclass(frozen=True)
class Staged:
    """Assignments of a run to be recorded, of one entity.

    `file`: a Parquet file with `entity_id` and `is RULE` of each rule, a number of a place.
    `changes`: the temporary table of differences from the run published last; None for the first run.
    """

    source: str
    entity: str
    rules: tuple[str, ...]
    file: Path
    changes: str | None

    @property
    def rows(self) -> str:
        return f"SELECT * FROM read_parquet({text(str(self.file))})"


def places(ledger: Ledger) -> dict[int, Where]:
    """What each number of a place means."""
    return {code: (arm, status, by_data) for code, arm, status, by_data in ledger.rows("SELECT * FROM places")}


def stage(ledger: Ledger, source: str, entity: str, rules: Sequence[str], file: Path) -> Staged:
    """Compare the assignments of a run to be recorded with those of the run published last."""
    staged = Staged(source, entity, tuple(rules), file, None)
    timeline = t.timelines(ledger.con).get((KIND, source, entity))
    if timeline is None:
        return staged
    changes = name(f"changes {entity}")
    _make(ledger, changes, t.differences(timeline.latest(), timeline.columns, staged.rows, rules))
    return Staged(source, entity, tuple(rules), file, changes)


def _make(ledger: Ledger, table: str, query: str) -> None:
    ledger.con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")


def write(ledger: Ledger, run: Run, staged: Sequence[Staged], numbers: Numbers) -> None:
    """Record the assignments of a run, within its transaction."""
    numbers.write(ledger)
    for s in staged:
        timeline = t.with_columns(ledger.con, KIND, s.source, s.entity, s.rules)
        if s.changes is None:
            timeline.fill(s.rows, s.rules, str(run.published))
        else:
            timeline.turn(s.changes, s.rules, str(run.published))


def sweep(ledger: Ledger, source: str) -> None:
    """Remove what no recorded run of a source shows, within a transaction."""
    published = sorted(r.published for r in ledger.runs() if r.source == source)
    for (kind, of, _), timeline in t.timelines(ledger.con).items():
        if kind == KIND and of == source:
            timeline.forget_unless(published)


# -- moves ----------------------------------------------------------------------------------


def make_moves(ledger: Ledger, old: Run, rules: Sequence[str], staged: Sequence[Staged], numbers: Numbers) -> str:
    """Make the temporary table `moved` of those who are elsewhere than in an earlier run of the source; returns its name.

    Its columns: `rule`, `entity`, `entity_id`, and the numbers `was` and `now` of the places, NULL for who isn't there.
    """
    is_last = old.published == max(r.published for r in ledger.runs() if r.source == old.source)
    queries = [_NOBODY]
    for s in staged:
        own = [r for r in s.rules if r in rules]
        if not own or s.changes is None:
            continue
        table = s.changes
        if not is_last:
            timeline = t.timelines(ledger.con)[KIND, s.source, s.entity]
            table = name(f"apart {s.entity}")
            _make(ledger, table, t.differences(timeline.at(str(old.published)), timeline.columns, s.rows, s.rules))
        queries += [_of_rule(r, s.entity, table) for r in own]
    _explain(ledger, numbers.known)
    _make(ledger, "moved", f"SELECT m.* FROM ({' UNION ALL '.join(queries)}) m {_ELSEWHERE}")
    return "moved"


def between(
    ledger: Ledger, old: Run, new: Run, rules: Sequence[str]
) -> list[tuple[str, str, str, Where | None, Where | None]]:
    """(entity, key, rule, place then, place now) of those who are elsewhere than in another run, by rule and key."""
    known = t.timelines(ledger.con)
    queries = []
    for entity in sorted(
        {entity for kind, source, entity in known if kind == KIND and source in (old.source, new.source)}
    ):
        then, now = known.get((KIND, old.source, entity)), known.get((KIND, new.source, entity))
        own = [r for r in rules if then is not None and now is not None and r in then.columns and r in now.columns]
        if then is None or now is None or not own:
            continue
        at = (str(old.published), str(new.published))
        both = (then.at(*at), now.at(*reversed(at))) if then.number == now.number else (then.at(at[0]), now.at(at[1]))
        given = ", ".join(f"{name(WAS + r)} AS {name(IS + r)}" for r in own)
        differing = t.differences(both[0], then.columns, f"SELECT entity_id, {given} FROM ({both[1]})", own)
        queries += [_of_rule(r, entity, "differing", f"WITH differing AS ({differing}) ") for r in own]
    if not queries:
        return []
    meaning = places(ledger)
    _explain(ledger, {where: code for code, where in meaning.items()})
    rows = ledger.rows(
        f"SELECT m.* FROM ({' UNION ALL '.join(f'({q})' for q in queries)}) m {_ELSEWHERE} ORDER BY rule, entity_id"
    )
    return [(entity, key, rule, meaning.get(was), meaning.get(is_)) for rule, entity, key, was, is_ in rows]


def _of_rule(rule: str, entity: str, table: str, before: str = "") -> str:
    was, now = name(WAS + rule), name(IS + rule)
    return (
        f"{before}SELECT {text(rule)} AS rule, {text(entity)} AS entity, entity_id, {was} AS was, {now} AS now"
        f" FROM {table} WHERE {was} IS DISTINCT FROM {now}"
    )


_NOBODY = """SELECT NULL::VARCHAR AS rule, NULL::VARCHAR AS entity, NULL::VARCHAR AS entity_id, NULL::INTEGER AS was, NULL::INTEGER AS now
    WHERE false"""
_ELSEWHERE = """LEFT JOIN explained o ON o.code = m.was LEFT JOIN explained n ON n.code = m.now
    WHERE o.arm IS DISTINCT FROM n.arm OR o.status IS DISTINCT FROM n.status"""


def _explain(ledger: Ledger, known: Mapping[Where, int]) -> None:
    """Make the temporary table `explained` of what numbers of places mean, with those that aren't recorded yet."""
    columns = {
        "code": list(known.values()),
        "arm": [w[0] for w in known],
        "status": [w[1] for w in known],
        "by_data": [w[2] for w in known],
    }
    ledger.con.execute(
        """CREATE OR REPLACE TEMP TABLE explained AS SELECT unnest($code::INTEGER[]) AS code, unnest($arm::VARCHAR[]) AS arm,
           unnest($status::VARCHAR[]) AS status, unnest($by_data::VARCHAR[]) AS by_data""",
        columns,
    )


# -- what runs said --------------------------------------------------------------------------


def of_run(ledger: Ledger, run: Run) -> Iterator[tuple[str, str, str]]:
    """(entity, rule, query of `entity_id` and the number of the place as `code`) of each rule of a run."""
    for (kind, source, entity), timeline in t.timelines(ledger.con).items():
        for rule in run.fingerprints if kind == KIND and source == run.source else ():
            if rule in timeline.columns:
                cell = name(WAS + rule)
                yield (
                    entity,
                    rule,
                    f"SELECT entity_id, {cell} AS code FROM ({timeline.at(str(run.published))}) WHERE {cell} IS NOT NULL",
                )


def of_customer(ledger: Ledger, entity: str, entity_id: str) -> dict[tuple[int, str], Where]:
    """Place of a customer by (number of the run, rule), of every run that has the customer."""
    meaning, runs = places(ledger), ledger.runs()
    places_by_run: dict[tuple[int, str], Where] = {}
    for (kind, source, of), timeline in t.timelines(ledger.con).items():
        if kind != KIND or of != entity:
            continue
        for rule in timeline.columns:
            rows = ledger.rows(
                f"SELECT since, until, cell FROM ({timeline.ever(rule)}) WHERE entity_id = ? AND cell IS NOT NULL",
                [entity_id],
            )
            for run in runs if rows else ():
                if run.source == source and rule in run.fingerprints:
                    cell = next(
                        (
                            c
                            for since, until, c in rows
                            if since <= run.published and (until is None or run.published < until)
                        ),
                        None,
                    )
                    if cell is not None:
                        places_by_run[run.run_id, rule] = meaning[cell]
    return places_by_run


def keys_in(ledger: Ledger, run: Run, rule: str, place: str) -> list[str]:
    """Keys of the customers whom a run had in an arm, or without an arm in a status."""
    codes = [code for code, (arm, status, _) in places(ledger).items() if (arm or status) == place]
    keys = []
    for _, of, query in of_run(ledger, run):
        if of == rule:
            keys += [
                key for (key,) in ledger.rows(f"SELECT entity_id FROM ({query}) WHERE list_contains(?, code)", [codes])
            ]
    return keys


def recorded(ledger: Ledger, source: str, entity: str, rule: str) -> str | None:
    """Query of the places by a rule of all runs of a source: `entity_id`, `since`, `until`, `cell`; None without any."""
    timeline: Timeline | None = t.timelines(ledger.con).get((KIND, source, entity))
    return timeline.ever(rule) if timeline is not None and rule in timeline.columns else None
