"""Exports as their vendors write them -> what a new user is told and counts on the first day, beside pandas' answer.

All data are made up. A set is a `Case` (`table.py`); the sets stand in `nine.py` (the kinds of nine sets that first-time use was tried on), `crm.py`, `billing.py`, `support.py`,
`product.py`, `survey.py`, `shop.py` and `files.py`. `run.py` does what a person would: `init`, `try` for each question, then `data check` and what else a set names.
`python -m tests.first_day` writes `results.txt`.

What fails today bears the kind of its fault (`KINDS` in `table.py`) and is expected to fail. Whoever mends a kind takes its name off the checks that pass then.
A fact that must not stay unsaid is a pattern of names, numbers and values on one line of output: a message may say it in any words.
"""
