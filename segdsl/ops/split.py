"""`split("salt") < 10%`: a stable tenth of the customers, the same on every engine and every day."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model.schema import Relation
from segdsl.ops.phrase import Parameter, Phrase, Wrong, key_of


def lower(relation: Relation, salt: str, by: k.Expr | None) -> k.Expr:
    if by is None and relation.key is None:
        raise Wrong(
            "SEG0319", f"a row of `{relation.name}` has no key to split by", "name the key, as in `by: account_id`"
        )
    by = by if by is not None else key_of(relation)
    return k.Named("split", k.Split(salt, by), (("salt", f'"{salt}"'), ("by", by)))


PHRASE = Phrase(
    name="split",
    signature='split("SALT", by: KEY)',
    english="the share drawn for {by} by the salt {salt}",
    meaning="A number from 0 up to 1 that depends on the salt and the key alone: the first 52 bits of md5 over salt, "
    "a zero byte and key. Raising `< 10%` to `< 20%` keeps the first ten; another salt draws anew. "
    "With `by: root(parent)` a whole family falls on one side.",
    parameters=(Parameter("salt", "text"), Parameter("by", "key", label=True, optional=True)),
    lower=lower,
    examples="""
segment held_out of account { when split("loyalty 2026") < 10% }
segment more_held_out of account { when split("loyalty 2026") < 20% }
metric drawn of account = split("loyalty 2026")
test "whoever is in the tenth stays in the fifth; the figures are those of md5sum" {
  account a8 {}
  account a1 {}
  account a19 {}
  expect a8.drawn between 0.1664 and 0.16641
  expect not (a8 in held_out)
  expect a8 in more_held_out
  expect not (a1 in more_held_out)
  expect a19 in held_out
  expect a19 in more_held_out
}
""",
)
