"""A fault -> the smallest workspace and customers found that still show it: `python -m tests.proofs.shrink SEED`."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from segdsl.lint.checks import checked
from segdsl.reference.evaluate import Evaluator
from segdsl.reference.world import World
from tests.proofs.claims import Case, Claim, Fault, Tally, Trial, built, never_unknown, of_finding, silences, tried
from tests.proofs.customers import Rows, unlawful
from tests.proofs.workspaces import Made, workspace

DECLARATION = re.compile(r"^(?=(?:entity|details|table|list|calendar|metric|score|segment|segmentation|play|outcome|property|test)\b)", re.M)  # fmt: skip
TOKEN = re.compile(r'\s*(?:"[^"]*"|\d{4}-\d\d-\d\d|\w+|[<>!]=|\S)')


def smallest(fault: Fault) -> Fault:
    """With declarations, then words, then rows and cells left out as long as the fault stays."""
    shows = _crashes(fault) if fault.kind.startswith("crash") else _contradicts
    two = fault.kind.startswith("diff")
    for _ in range(2):
        for name in [d.split()[1] for d in reversed(_declarations(fault.text)) if len(d.split()) > 1]:
            smaller = replace(fault, text=_less(fault.text, name), edited=_less(fault.edited, name))
            fault = smaller if shows(smaller) else fault
        fault = _words(fault, "text", shows)
        fault = _words(fault, "edited", shows) if two else replace(fault, edited=fault.text)
    return fault if fault.kind.startswith("crash") else _rows(fault)


def _declarations(text: str) -> list[str]:
    return [d for d in DECLARATION.split(text) if d.strip()]


def _less(text: str, name: str) -> str:
    return "".join(d for d in _declarations(text) if d.split()[1] != name)


def _words(fault: Fault, which: str, shows: Callable[[Fault], bool]) -> Fault:
    """Tokens left out, many at a time and then fewer."""
    tokens = TOKEN.findall(getattr(fault, which))
    size = max(1, len(tokens) // 4)
    while size:
        i = 0
        while i < len(tokens):
            fewer = tokens[:i] + tokens[i + size :]
            text = "".join(fewer)
            if not fault.kind.startswith("diff"):
                smaller = replace(fault, text=text, edited=text)
            else:
                smaller = replace(fault, text=text) if which == "text" else replace(fault, edited=text)
            if shows(smaller):
                tokens, fault = fewer, smaller
            else:
                i += size if size > 1 else 1
        size = size // 2 if size > 12 else size - 1
    return fault


def _rows(fault: Fault) -> Fault:
    for relation, rows in fault.rows.items():
        for row in list(rows):
            fewer: Rows = {**fault.rows, relation: [r for r in fault.rows[relation] if r is not row]}
            smaller = replace(fault, rows=fewer)
            fault = smaller if _contradicts(smaller) else fault
    for relation in fault.rows:
        for i, row in enumerate(fault.rows[relation]):
            for cell in row:
                lacking = [{k: v for k, v in r.items() if k != cell} if j == i else r for j, r in enumerate(fault.rows[relation])]  # fmt: skip
                smaller = replace(fault, rows={**fault.rows, relation: lacking})
                fault = smaller if _contradicts(smaller) else fault
    return replace(fault, rows={n: r for n, r in fault.rows.items() if r})


def _contradicts(fault: Fault) -> bool:
    try:
        made = Made(0, fault.zone, fault.fiscal_year_starts, fault.text, fault.edited)
        old, new = built(made, fault.text), built(made, fault.edited)
        if (
            old is None
            or new is None
            or old.model is None
            or new.model is None
            or fault.clock is None
            or unlawful(old.model, fault.rows)
        ):
            return False
        world = World(old.model.schema, fault.rows, fault.clock)
        case = Case(Evaluator(old.model, world), Evaluator(new.model, world))
        for claim in _claims(Trial(made, Tally()), fault, old, new):
            row = world.by_key(claim.entity, fault.key) if claim.kind == fault.kind else None  # type: ignore[arg-type]
            if row is not None and claim.contradicted(case, row):
                return True
    except Exception:
        return False
    return False


def _claims(trial: Trial, fault: Fault, old, new) -> Iterator[Claim]:  # type: ignore[no-untyped-def]
    match fault.kind.split()[0]:
        case "diff":
            yield from trial.of_diff(old, new)
        case "overlap":
            yield from trial.of_overlaps(old, old.model)
        case "mutant":
            yield from trial.of_mutants(old, old.model)
        case "can't":
            yield from never_unknown(old.model)
        case "property":
            yield from (c for c in trial.claims(old, None) if c.kind == fault.kind)
        case "no":
            yield from silences(old.model, checked(old))
        case _:
            for d in checked(old):
                if d.code == fault.kind:
                    yield from of_finding(old.model, d)


def _crashes(fault: Fault) -> Callable[[Fault], bool]:
    place = _place(fault)

    def shows(smaller: Fault) -> bool:
        made = Made(smaller.seed, smaller.zone, smaller.fiscal_year_starts, smaller.text, smaller.edited)
        return any(f.kind == fault.kind and _place(f) == place for f in tried(made).faults)

    return shows


def _place(fault: Fault) -> str:
    return re.sub(r":\d+", "", fault.said.rpartition(" at ")[2].partition(" < ")[0]) + fault.said.partition(":")[0]


def report(fault: Fault) -> str:
    """As text for whoever mends it."""
    at = f"as of {fault.clock.now.isoformat()} UTC" if fault.clock else ""
    lines = [f"### {fault.kind}: {fault.said}", f"zone {fault.zone}, fiscal_year_starts {fault.fiscal_year_starts}, {at}, customer {fault.key}, from seed {fault.seed}", "```seg", fault.text.strip(), "```"]  # fmt: skip
    if fault.kind.startswith("diff"):
        lines += ["new version:", "```seg", *(d.strip() for d in _declarations(fault.edited) if d.strip() not in map(str.strip, _declarations(fault.text))), "```"]  # fmt: skip
    for name, rows in fault.rows.items():
        lines += [f"    {name}: {', '.join(f'{k}={v!s}' for k, v in row.items() if v is not None)}" for row in rows]
    return "\n".join(lines)


def main(seeds: Sequence[str]) -> None:
    for seed in seeds:
        seen = set()
        for fault in tried(workspace(int(seed))).faults:
            if fault.kind + _place(fault) * fault.kind.startswith("crash") not in seen:
                seen.add(fault.kind + _place(fault) * fault.kind.startswith("crash"))
                print(report(smallest(fault)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
