"""Every text of rules in the project, and one with what few rules have."""

from __future__ import annotations

import re

from segdsl.codes import known_codes, page
from tests.support.paths import GOLDENS, ROOT

LATER = """
score health of account {
  part usage weight 3 = scale(seat_use, 0: 0, 50%: 100)  part care weight 1 = 2
  missing parts: share out up to 40
  cap 20 when any(tickets where priority = "p1")
}
outcome churned_90d of account = status = "churned" and closed_at in next 90 days
calendar uk { weekend saturday, sunday holidays from "uk.csv" }
property "free never expands" of account { never plan = "free" and account in motion.expand }
experiment motion_v2 "?" { incumbent motion candidate motion_v2 cluster by parent backtest as of 2025-10-01, 2026-01-01 primary churned_90d, lower is better, detect 1% }
segmentation motion_v2 candidate of motion { overrides from strategic segment a { when arr in top 25% per region limit 150 by arr per region } otherwise b }
list strategic of account from "strategic.csv" { arm: text }
metric trend of account = change(seat_use, 28 days, floor: 10)
segment x of account { when every week for 4 weeks (count(logins in last 7 days) >= 2) and split("salt") < 10% and (arr as of 28 days ago) > 5 and not not paying }
entity e from a to b { k: text key history from p to q }
"""


def sources() -> list[str]:
    files = [
        *ROOT.glob("rules/*.seg"),
        *ROOT.glob("experiments/*.seg"),
        *ROOT.glob("examples/**/*.seg"),
        *(GOLDENS).glob("*.seg"),
    ]
    texts = [f.read_text(encoding="utf-8") for f in files]
    pages = [
        m for c in known_codes() for m in re.findall(r"## But like this\n\n```seg\n(.*?)```", page(c) or "", re.DOTALL)
    ]
    return [*texts, *pages, LATER]


SOURCES = sources()
