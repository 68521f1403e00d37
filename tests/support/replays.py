"""A workspace with a log of plays given by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

MODEL = """
entity customer { id: integer key  mens: boolean  womens: boolean }
details mailings of customer by id { segment: text  visit: boolean  conversion: boolean  spend: money(USD)  chance: real }
outcome visited of customer = mailings.visit
outcome bought of customer = mailings.conversion
outcome spent of customer = mailings.spend
play mens_mail "Mens E-Mail" { channel: "email" }
play womens_mail "Womens E-Mail" { channel: "email" }
play no_mail "No E-Mail" { channel: "email" }
segmentation mens_to_all of customer { segment everybody { when id >= 0 play mens_mail } undecided unclear otherwise nobody }
segmentation by_category of customer candidate of mens_to_all {
  segment womens_only { when womens and not mens play womens_mail } undecided unclear otherwise others { play mens_mail }
}
segmentation less of customer candidate of mens_to_all {
  segment womens_only { when womens and not mens } undecided unclear otherwise others { play mens_mail }
}
"""
EXPERIMENT = """
experiment mail "Old randomised logs score a new map of plays" {
  incumbent mens_to_all
  candidate by_category
  replay from mailings(play: segment, probability: 1/3)
  primary visited, higher is better
}
"""
TOML = '[workspace]\nname = "t"\n[sources.default.tables]\ncustomer = "log.csv"\nmailings = { path = "log.csv" }\n'


def log(n: int = 6_000, seed: int = 1, effect: float = 0.1, uneven: bool = False) -> pd.DataFrame:
    """Women's mail does `effect` for those who bought women's things only; who gets which mail is drawn, with even chances or not."""
    rng = np.random.default_rng(seed)
    mens, womens = rng.random(n) < 0.5, rng.random(n) < 0.6
    only = womens & ~mens
    p = (
        np.where(np.arange(n) % 2 == 0, 0.2, 0.45) if uneven else np.full(n, 1 / 3)
    )  # of women's mail; the rest is shared by the two others
    u = rng.random(n)
    got = np.where(u < p, 1, np.where(u < p + (1 - p) / 2, 0, 2))
    names = np.array(["Mens E-Mail", "Womens E-Mail", "No E-Mail"])
    rate = 0.1 + 0.1 * uneven * (np.arange(n) % 2) + 0.05 * (got != 2) + 0.1 * mens + effect * (only & (got == 1))
    return pd.DataFrame({
        "id": range(n), "mens": mens, "womens": womens, "segment": names[got], "visit": rng.random(n) < rate, "conversion": rng.random(n) < 0.3,
        "spend": (rng.gamma(2, 10, n) * (1 + np.arange(n) % 2 * uneven)).round(2), "chance": np.where(got == 1, p, (1 - p) / 2),
    })  # fmt: skip


DAYS = """
entity customer from joined_on to left_on { id: text key  joined_on: date  left_on: date  mens: boolean fixed }
table offers of customer by id at offered_at { play: text  chance: real }
table orders of customer by id at ordered_at { amount: number }
outcome spent of customer = sum(orders.amount in next 10 days)
play mail { channel: "email" }
segmentation nothing of customer { segment all { when mens } undecided unclear otherwise rest }
segmentation mailing of customer candidate of nothing { segment all { when mens and none(orders) play mail } undecided unclear otherwise rest }
experiment old { incumbent nothing candidate mailing
  replay from offers(play: play, probability: chance) as of 2026-01-05, 2026-02-02
  primary spent, higher is better }
"""


def offered(folder: Path, text: str = DAYS, twice: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(6)
    n = 1_200
    left = np.where(rng.random(n) < 0.2, "2026-01-20", "")
    customers = pd.DataFrame(
        {"id": [f"c{i}" for i in range(n)], "joined_on": "2025-01-01", "left_on": left, "mens": rng.random(n) < 0.7}
    )
    offers, orders = [], []
    for day in ("2026-01-05", "2026-02-02"):
        for i in range(n):
            if day > "2026-01-20" and left[i]:
                continue
            mail = rng.random() < 0.4
            offers.append((f"c{i}", f"{day} 09:00:00", "mail" if mail else "none", 0.4 if mail else 0.6))
            if rng.random() < 0.3:
                orders.append((f"c{i}", f"{day} 20:00:00", round(rng.gamma(2, 10) + 4 * mail, 2)))
    if twice:
        offers.append(offers[0])
    frames = (
        pd.DataFrame(offers, columns=["id", "offered_at", "play", "chance"]),
        pd.DataFrame(orders, columns=["id", "ordered_at", "amount"]),
    )
    customers.to_csv(folder / "customer.csv", index=False)
    for name, frame in zip(("offers", "orders"), frames):
        frame.to_csv(folder / f"{name}.csv", index=False)
    tables = "\n".join(f'{t} = "{t}.csv"' for t in ("customer", "offers", "orders"))
    (folder / "segdsl.toml").write_text(
        f'[workspace]\nname = "t"\ntimezone = "UTC"\n[sources.default]\nsnapshot = "2026-04-01"\n[sources.default.tables]\n{tables}\n',
        encoding="utf-8",
    )
    (folder / "rules.seg").write_text(text, encoding="utf-8")
    return customers, frames[0].merge(
        frames[1].assign(day=frames[1]["ordered_at"].str[:10]),
        left_on=["id", frames[0]["offered_at"].str[:10]],
        right_on=["id", "day"],
        how="left",
    )
