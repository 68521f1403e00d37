"""A workspace of a club's members, whose visits say who complains next month; or in which nothing says so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

DAY = dt.date(2026, 11, 1)
MONTHS = 9
MODEL = """entity member "A member of the club" from joined_at to left_at {
  member_id: text key
  joined_at: date
  left_at:   date
  plan:      one of ("day", "week", "month") fixed basis value
  region:    text basis geographic
  email:     text personal
  religion:  text
  shoe:      integer from 20 to 60
}
table visits of member by member_id at visited_at { hall: one of ("north", "south") }
table complaints of member by member_id at complained_at: date { about: text }
table alerts "Written when a complaint is filed, under the day before" of member by member_id at raised_at: date { note: text }
outcome complains_30d "Complains within 30 days" of member = any(complaints in next 30 days)
outcome ill_30d of member = any(complaints in next 30 days where about = "illness")
outcome monthly of member = plan = "month"
outcome complaints_30d of member = count(complaints in next 30 days)
segmentation care "Whom do we look after?" of member where plan != "day" {
  goal "Fewer complaints" owner "club@example.org" basis value review every 90 days
  segment weekly "Weekly" { when plan = "week" }
  undecided unclear "Plan missing"
  otherwise rest "The rest"
}
"""
TOML = """[workspace]
name = "club"
timezone = "UTC"
[sources.default]
snapshot = 2026-11-01
[sources.default.tables]
member = "members.csv"
visits = "visits.csv"
complaints = "complaints.csv"
alerts = "alerts.csv"
"""


def write(
    root: Path, members: int = 900, inside: float = 0.4, base: float = 0.05, alerts: float = 0.0, seed: int = 0
) -> None:
    """`inside`: share of those with fewer than 3 visits in 30 days who complain in the next 30, `base` of the others.

    `alerts`: share of complaints that leave an alert on the day before the window, as if it had been known.
    """
    rng = np.random.default_rng(seed)
    root.mkdir(parents=True, exist_ok=True)
    plans = rng.choice(["day", "week", "month"], members)
    regions = rng.choice(["N", "S", "W", "E", ""], members)
    lines = {
        "members": ["member_id,joined_at,left_at,plan,region,email,religion,shoe"],
        "visits": ["member_id,visited_at,hall"],
    }
    lines |= {"complaints": ["member_id,complained_at,about"], "alerts": ["member_id,raised_at,note"]}
    for i in range(members):
        lines["members"].append(
            f"m{i:05},2025-01-0{1 + i % 9},,{plans[i]},{regions[i]},m{i}@x.org,none,{rng.integers(35, 48)}"
        )
    for month in range(MONTHS):
        start = DAY - dt.timedelta(days=30 * (MONTHS - month))
        counts = rng.poisson(rng.gamma(1.5, 4, members))
        complain = rng.random(members) < np.where(counts < 3, inside, base)
        for i in range(members):
            for _ in range(counts[i]):
                at = dt.datetime.combine(start, dt.time()) + dt.timedelta(hours=int(rng.integers(0, 30 * 24)))
                lines["visits"].append(f"m{i:05},{at:%Y-%m-%dT%H:%M},{'north' if rng.random() < 0.5 else 'south'}")
            if complain[i] and month + 1 < MONTHS:
                day = start + dt.timedelta(days=30 + int(rng.integers(1, 30)))
                lines["complaints"].append(f"m{i:05},{day},showers")
                if rng.random() < alerts:
                    lines["alerts"].append(f"m{i:05},{start + dt.timedelta(days=29)},x")
    (root / "segdsl.toml").write_text(TOML, encoding="utf-8")
    (root / "model.seg").write_text(MODEL, encoding="utf-8")
    for name, rows in lines.items():
        (root / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
