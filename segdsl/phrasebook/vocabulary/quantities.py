"""How many rows: at least three, no, most of, twice, between 2 and 5."""

from segdsl.phrasebook.entry import Vocabulary, say

VOCABULARY = Vocabulary(
    "How many",
    "quantity",
    (
        say(
            "at_least/no_fewer_than/not_fewer_than/no_less_than/not_less_than/a_minimum_of/minimum/≥/>= {n}",
            "{n} or_more/or_above/+/plus",
            rows="count({r}) >= {n}",
            examples=(
                ("no fewer than three tickets in the last 14 days", "count(tickets in last 14 days) >= 3"),
                ("customers have 10+ open tickets", 'count(tickets where state = "open") >= 10'),
            ),
            note="rows are counted with `count(…)`",
        ),
        say(
            "more_than/greater_than/over/above/upwards_of/exceeding/> {n}",
            rows="count({r}) > {n}",
            examples=(("logged in more than twice this month", "count(logins in this calendar month) > 2"),),
            note="rows are counted with `count(…)`",
        ),
        say(
            "fewer_than/less_than/under/below/lower_than/< {n}",
            rows="count({r}) < {n}",
            examples=(("fewer than three tickets are open", 'count(tickets where state = "open") < 3'),),
            note="rows are counted with `count(…)`",
        ),
        say(
            "at_most/no_more_than/not_more_than/up_to/a_maximum_of/maximum/≤/<= {n}",
            "{n} or_fewer/or_less",
            rows="count({r}) <= {n}",
            examples=(
                ("not more than 2 tickets were opened this month", "count(tickets in this calendar month) <= 2"),
            ),
            note="rows are counted with `count(…)`",
        ),
        say(
            "exactly/precisely/only/just/= {n}",
            rows="count({r}) = {n}",
            examples=(("only one ticket is urgent", 'count(tickets where priority = "urgent") = 1'),),
            note="rows are counted with `count(…)`",
        ),
        say(
            "between {a:number} and {b:number}",
            "from? {a:number} to/- {b:number}",
            rows="count({r}) between {a} and {b}",
            examples=(("2 to 5 tickets in the last 30 days", "count(tickets in last 30 days) between 2 and 5"),),
            note="rows are counted with `count(…)`",
        ),
        say(
            "a_couple_of/a_couple/a_pair_of/multiple",
            rows="count({r}) >= 2",
            examples=(("a couple of tickets in the last week", "count(tickets in last 1 week) >= 2"),),
            note="rows are counted with `count(…)`",
        ),
        say(
            "no/not_a_single/not_a/not_any/not_one/zero/none_of/none/never_any/without/without_any/without_a/nil",
            rows="none({r})",
            examples=(
                ("none of the tickets is urgent", 'none(tickets where priority = "urgent")'),
                ("no invoices failed in the last 6 months", 'none(invoices in last 6 months where state = "failed")'),
            ),
            note="“no …” is written `none(…)`",
        ),
        say(
            "not_all/not_all_of/not_every",
            having="not all({r} having {c})",
            examples=(("not all tickets are closed", 'not all(tickets having state = "closed")'),),
            note="all rows are asked with `all(ROWS having …)`",
        ),
        say(
            "all/all_of/every/every_one_of/each/each_of",
            having="all({r} having {c})",
            examples=(
                (
                    "all invoices of the last 12 months were paid",
                    'all(invoices in last 12 months having state = "paid")',
                ),
            ),
            note="all rows are asked with `all(ROWS having …)`",
        ),
        say(
            "more_than/over {p} of?",
            having="share({r} having {c}) > {p}",
            examples=(
                ("more than a third of the tickets are urgent", 'share(tickets having priority = "urgent") > 1 / 3'),
            ),
            note="a share of rows is `share(ROWS having …)`",
        ),
        say(
            "less_than/fewer_than/under/below {p} of?",
            having="share({r} having {c}) < {p}",
            examples=(("fewer than 20 % of tickets are open", 'share(tickets having state = "open") < 20%'),),
            note="a share of rows is `share(ROWS having …)`",
        ),
        say(
            "at_most/no_more_than/up_to {p} of?",
            having="share({r} having {c}) <= {p}",
            examples=(("at most half of the tickets are open", 'share(tickets having state = "open") <= 50%'),),
            note="a share of rows is `share(ROWS having …)`",
        ),
        say(
            "at_least? {p} of?",
            "at_least? {p} or_more of?",
            having="share({r} having {c}) >= {p}",
            examples=(("at least 80 % of tickets are closed", 'share(tickets having state = "closed") >= 80%'),),
            note="a share of rows is `share(ROWS having …)`",
        ),
        say(
            "most/most_of/the_majority_of/a_majority_of",
            having="share({r} having {c}) > 50%",
            examples=(("most tickets are open", 'share(tickets having state = "open") > 50%'),),
            note="a share of rows is `share(ROWS having …)`",
        ),
        say(
            "any/any_of/some/some_of/one_of/a/an/at_least_one_of/one_or_more",
            rows="any({r})",
            examples=(
                ("any tickets were opened yesterday", "any(tickets from 1 day before today until today)"),
                (
                    "an urgent ticket was opened in the last 7 days",
                    'any(tickets in last 7 days where priority = "urgent")',
                ),
            ),
            note="some rows are asked for with `any(…)`",
        ),
    ),
)
