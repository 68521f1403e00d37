"""When: yesterday, in the past 30 days, since the last renewal, N days ago or earlier, between two days.

`rows` is the window of rows, `field` the condition on a time, `day` that on a date where it differs, `least` that of `at least`;
`where` is a condition on the time of rows.
"""

from segdsl.phrasebook.entry import Vocabulary, say

_AHEAD = "away/from_now/from_today/after_today/after_now/ahead/out/in_the_future"
_BACK = "ago/before_today/before_now/back/in_the_past"

VOCABULARY = Vocabulary(
    "When",
    "time",
    (
        say(
            "in/within/over/during/for/across/throughout the? last/past/previous/trailing/preceding/prior {d}",
            "last/past/previous/trailing/preceding/prior {d}",
            "of/from the? last/past/previous/preceding {d}",
            "within/for/in/since {d:back}",
            "for {d:back} or_more/or_longer",
            "for more_than/over/at_least {d:back}",
            rows="in last {d}",
            field="{x} in last {d}",
            examples=(
                ("tickets were opened within the previous two weeks", "any(tickets in last 2 weeks)"),
                ("was signed over the past 30 days", "signed_on in last 30 days"),
            ),
            note="a window back is written as in `in last 30 days`",
        ),
        say(
            "in/within/over/during/for the? last/past {u:whole}",
            rows="in last calendar {u}",
            field="{x} in last calendar {u}",
            examples=(("tickets were opened in the last month", "any(tickets in last calendar month)"),),
            note="the whole one before this is `last calendar …`",
        ),
        say(
            "in/within/over/during/for the? next/coming/following/upcoming {d}",
            "next/coming/upcoming {d}",
            "in/within/under/in_under/in_less_than/less_than/in_fewer_than/fewer_than {d:ahead}",
            "in/within/in_under/in_less_than/less_than/fewer_than {d} away/out/from_now/from_today/ahead/of_today/of_now",
            "within/in/up_to {d} from/of today/now",
            "in/within {d:ahead} or_less/or_fewer/or_sooner",
            "in/within {d} or_less/or_fewer/or_sooner away/out/from_now/from_today/ahead",
            rows="in next {d}",
            field="{x} in next {d}",
            examples=(
                ("the renewal is coming up in under 3 months", "renewal_date in next 3 months"),
                ("the renewal is less than 30 days away", "renewal_date in next 30 days"),
            ),
            note="a window ahead is written as in `in next 30 days`",
        ),
        say(
            "in/within/during/over/for? the? this/current {u}",
            "{u} to date",
            "so far this {u}",
            rows="in this calendar {u}",
            field="{x} in this calendar {u}",
            examples=(
                ("a ticket was opened this month", "any(tickets in this calendar month)"),
                ("logged in year to date", "any(logins in this calendar year)"),
            ),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        say(
            "last/previous {u}",
            "in/during/within? the? previous/prior {u}",
            rows="in last calendar {u}",
            field="{x} in last calendar {u}",
            examples=(("a ticket was opened last month", "any(tickets in last calendar month)"),),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        say(
            "next/coming {u}",
            "in/during the? next/coming {u}",
            rows="in next calendar {u}",
            field="{x} in next calendar {u}",
            examples=(("renews next month", "renewal_date in next calendar month"),),
            note="whole weeks, months, quarters and years are `calendar` ones",
        ),
        say(
            "in/during/within/for? the? this/last/next/current calendar week/month/quarter/year",
            rows="in {which} calendar {period}",
            field="{x} in {which} calendar {period}",
            examples=(("a ticket was opened this calendar month", "any(tickets in this calendar month)"),),
        ),
        say(
            "in/during/within? the? this/last/next/current fiscal/financial quarter/year",
            rows="in {which} fiscal {period}",
            field="{x} in {which} fiscal {period}",
            examples=(("renews this fiscal year", "renewal_date in this fiscal year"),),
        ),
        say(
            "yesterday",
            rows="from 1 day before today until today",
            field="({x} >= 1 day before today and {x} < today)",
            day="{x} = 1 day before today",
            examples=(
                ("nobody logged in yesterday", "none(logins from 1 day before today until today)"),
                ("was signed yesterday", "signed_on = 1 day before today"),
            ),
        ),
        say(
            "today",
            "earlier_today",
            rows="since today",
            field="({x} >= today and {x} < 1 day after today)",
            day="{x} = today",
            examples=(
                ("someone logged in today", "any(logins since today)"),
                ("the renewal is today", "renewal_date = today"),
            ),
        ),
        say(
            "tomorrow",
            rows="from 1 day after today until 2 days after today",
            field="({x} >= 1 day after today and {x} < 2 days after today)",
            day="{x} = 1 day after today",
            examples=(("the renewal is tomorrow", "renewal_date = 1 day after today"),),
        ),
        say(
            "between {a:day} and {b:day}",
            "from {a:day} to/until/till/through {b:day}",
            rows="from {a} until {b_end}",
            field="({x} >= {a} and {x} < {b_end})",
            day="{x} between {a} and {b}",
            examples=(
                ("did not log in between 2026-09-01 and 2026-09-30", "none(logins from 2026-09-01 until 2026-10-01)"),
                ("was signed between 2026-01-01 and 2026-03-31", "signed_on between 2026-01-01 and 2026-03-31"),
            ),
        ),
        say(
            f"between {{a:number}} and {{b:number}} days/weeks/months/years {_AHEAD}",
            f"in/from? {{a:number}} to/- {{b:number}} days/weeks/months/years {_AHEAD}",
            "in {a:number} to/-/–/— {b:number} days/weeks/months/years",
            rows="from {a} {unit} from now until {b} {unit} from now",
            field="({x} >= {a} {unit} from now and {x} <= {b} {unit} from now)",
            day="{x} between {a} {unit} after today and {b} {unit} after today",
            examples=(
                (
                    "the renewal is between 30 and 60 days away",
                    "renewal_date between 30 days after today and 60 days after today",
                ),
                (
                    "the renewal is 2 to 3 months from today",
                    "renewal_date between 2 months after today and 3 months after today",
                ),
            ),
        ),
        say(
            f"between {{a:number}} and {{b:number}} days/weeks/months/years {_BACK}",
            f"from? {{a:number}} to/- {{b:number}} days/weeks/months/years {_BACK}",
            rows="from {b} {unit} ago until {a} {unit} ago",
            field="({x} >= {b} {unit} ago and {x} <= {a} {unit} ago)",
            examples=(
                ("a ticket was opened between 30 and 60 days ago", "any(tickets from 60 days ago until 30 days ago)"),
            ),
        ),
        say(
            "in/within/during/over/throughout the? {d} before/prior_to/preceding/leading_up_to {a:day}",
            rows="from {d} before {a} until {a}",
            field="({x} >= {d} before {a} and {x} < {a})",
            examples=(
                (
                    "no tickets in the 30 days before the renewal",
                    "none(tickets from 30 days before renewal_date until renewal_date)",
                ),
            ),
            note="a window between two days is `from … until …`",
        ),
        say(
            "in/within/during/over the? first? {d} after/following {a:begun}",
            "in/within/during/over the? first? {d} of {a:start}",
            rows="from {a} until {d} after {a}",
            field="({x} >= {a} and {x} < {d} after {a})",
            examples=(
                (
                    "no logins in the first 30 days after signed_on",
                    "none(logins from signed_on until 30 days after signed_on)",
                ),
            ),
            note="a window between two days is `from … until …`",
        ),
        say(
            "before/by/until/till/prior_to/by_or_before the? end of the/this? {u}",
            rows="before start of next {u}",
            field="{x} < start of next {u}",
            examples=(("the renewal is before the end of the year", "renewal_date < start of next year"),),
            note="what ends with a year ends before `start of next year`",
        ),
        say(
            "between/from now/today and/until/till/to/through the? end of the/this? {u}",
            "later/still_to_come/left in? the/this? {u}",
            rows="from now until start of next {u}",
            field="({x} >= now and {x} < start of next {u})",
            day="({x} >= today and {x} < start of next {u})",
            examples=(
                (
                    "the renewal is between today and the end of the month",
                    "renewal_date >= today and renewal_date < start of next month",
                ),
            ),
            note="what ends with a year ends before `start of next year`",
        ),
        say(
            "within/in/at_most/no_more_than/up_to {d} either_side_of/on_either_side_of/before_or_after/before_and_after/around {a:day}",
            rows="from {d} before {a} until {d} after {a}",
            field="({x} >= {d} before {a} and {x} <= {d} after {a})",
            day="{x} between {d} before {a} and {d} after {a}",
            examples=(
                (
                    "the renewal is within 10 days either side of today",
                    "renewal_date between 10 days before today and 10 days after today",
                ),
            ),
            note="`between` takes in both days",
        ),
        say(
            "exactly? {d} away/ahead/from_now/from_today",
            "in exactly {d}",
            field="{units} until {x} = {count}",
            day="{x} = {d} after today",
            examples=(("the renewal is 30 days away", "renewal_date = 30 days after today"),),
            note="the day in 30 days is `30 days after today`",
        ),
        say(
            "at_most/no_more_than/not_more_than/up_to/within {d} away/out/ahead/from_now/in_the_future",
            field="({x} >= now and {x} <= {d} from now)",
            day="{x} between today and {d} after today",
            examples=(("the renewal is at most 2 months away", "renewal_date between today and 2 months after today"),),
            note="`between` takes in both days",
        ),
        say(
            "over/more_than/greater_than/newer_than/higher_than/beyond/exceeds/is_past/> {m:calendar}",
            rows="since {m_end}",
            field="{x} >= {m_end}",
            examples=(("renewal_date > March 2027", "renewal_date >= 2027-04-01"),),
            note="what comes after a month or a year begins with the next",
        ),
        say(
            "at_most/no_more_than/not_more_than/not_over/<= {m:calendar}",
            "on_or_before/no_later_than/before/until/till/by/up_to the? end of {m:calendar}",
            rows="before {m_end}",
            field="{x} < {m_end}",
            examples=(("renewal_date <= March 2027", "renewal_date < 2027-04-01"),),
            note="up to a month or a year is before the next",
        ),
        say(
            "at_least/no_less_than/not_less_than/not_under/>= {m:calendar}",
            rows="since {m}",
            field="{x} >= {m}",
            examples=(("renewal_date >= March 2027", "renewal_date >= 2027-03-01"),),
        ),
        say(
            "under/below/less_than/older_than/< {m:calendar}",
            rows="before {m}",
            field="{x} < {m}",
            examples=(("renewal_date < Q2 2027", "renewal_date < 2027-04-01"),),
        ),
        say(
            "=/equal_to/equals {m:calendar}",
            field="({x} >= {m} and {x} < {m_end})",
            examples=(("renewal_date = March 2027", "renewal_date >= 2027-03-01 and renewal_date < 2027-04-01"),),
        ),
        say(
            "!=/not_in/not_equal_to/other_than/not_during/outside/outside_of {m:calendar}",
            field="({x} < {m} or {x} >= {m_end})",
            examples=(
                (
                    "renewal_date != this month",
                    "renewal_date < start of this month or renewal_date >= start of next month",
                ),
            ),
        ),
        say(
            "not_before/no_earlier_than/on_or_after/since/from/starting/from_the {a:day} on/onwards/onward?",
            "as_of {a:day}",
            rows="since {a}",
            field="{x} >= {a}",
            examples=(
                ("nobody has logged in since September 2026", "none(logins since 2026-09-01)"),
                ("no tickets since the renewal", "none(tickets since renewal_date)"),
            ),
            note="from a day on is written `since …`",
        ),
        say(
            "after/later_than/past/following {a:day}",
            rows="since {a_after}",
            field="{x} >= {a_after}",
            day="{x} > {a}",
            examples=(("was signed after January 15, 2026", "signed_on > 2026-01-15"),),
        ),
        say(
            "on_or_before/no_later_than/not_after/until/till/by/up_to {a:day}",
            rows="before {a_after}",
            field="{x} < {a_after}",
            day="{x} <= {a}",
            examples=(("was signed by 2026-01-15", "signed_on <= 2026-01-15"),),
        ),
        say(
            "before/prior_to/earlier_than/since_before/older_than {a:day}",
            rows="before {a}",
            field="{x} < {a}",
            examples=(("a ticket was opened before 2026-01-01", "any(tickets before 2026-01-01)"),),
        ),
        say(
            "on {a:date}",
            rows="from {a} until {a_after}",
            field="({x} >= {a} and {x} < {a_after})",
            day="{x} = {a}",
            examples=(("a ticket was opened on 2026-01-15", "any(tickets from 2026-01-15 until 2026-01-16)"),),
        ),
        say(
            "in/during {m:period}",
            rows="from {m} until {m_end}",
            field="({x} >= {m} and {x} < {m_end})",
            examples=(
                ("was signed in March 2026", "signed_on >= 2026-03-01 and signed_on < 2026-04-01"),
                ("a ticket was opened in 2025", "any(tickets from 2025-01-01 until 2026-01-01)"),
            ),
        ),
        say(
            "in/during {m:month}",
            field="month of {x} = {m}",
            where="month of {x} = {m}",
            examples=(("the renewal is in December", "month of renewal_date = 12"),),
            note="a month of any year is asked with `month of …`",
        ),
        say(
            "on/in? a/the? {m:weekday}",
            field="weekday of {x} = {m}",
            where="weekday of {x} = {m}",
            examples=(("was signed on a Sunday", 'weekday of signed_on = "sunday"'),),
        ),
        say(
            "on/in? a/the/either? {m:weekdays}",
            field="weekday of {x} in ({m})",
            where="weekday of {x} in ({m})",
            examples=(
                ("logged in on a Monday or Friday", 'any(logins where weekday of occurred_at in ("monday", "friday"))'),
            ),
        ),
        say(
            "on/at/over? a/the? weekend/weekends",
            field='weekday of {x} in ("saturday", "sunday")',
            where='weekday of {x} in ("saturday", "sunday")',
            examples=(("logged in on weekends", 'any(logins where weekday of occurred_at in ("saturday", "sunday"))'),),
        ),
        say(
            "{d} ago/back or/and earlier/more/longer/before",
            "at_least/no_less_than {d} ago/old/back/in_the_past",
            "{d} or_more ago/old",
            rows="before {d} ago",
            field="{x} <= {d} ago",
            examples=(("was signed 30 days ago or earlier", "signed_on <= 30 days ago"),),
        ),
        say(
            "{a:number} or_more days/weeks/months/years ago/back/old",
            rows="before {a} {unit} ago",
            field="{x} <= {a} {unit} ago",
            examples=(("was signed 3 or more years ago", "signed_on <= 3 years ago"),),
        ),
        say(
            "more_than/over/longer_than/greater_than/older_than {d} ago/old/back/in_the_past",
            "older_than/earlier_than {d}",
            "> {d} old",
            rows="before {d} ago",
            field="{x} < {d} ago",
            examples=(
                ("the last login is more than 30 days ago", "last(logins.occurred_at) < 30 days ago"),
                ("was signed over a year ago", "signed_on < 1 year ago"),
            ),
            note="before is written `<`",
        ),
        say(
            "exactly/precisely? {d:days} ago",
            rows="from {d} before today until {less}",
            field="({x} >= {d} before today and {x} < {less})",
            day="{x} = {d} before today",
            examples=(("was signed exactly 30 days ago", "signed_on = 30 days before today"),),
        ),
        say(
            "less_than/under/fewer_than/within/younger_than {d} ago/old/back/in_the_past",
            "newer_than/younger_than/more_recent_than/later_than {d}",
            "< {d} old",
            rows="in last {d}",
            field="{x} > {d} ago",
            examples=(("was signed less than 60 days ago", "signed_on > 60 days ago"),),
            note="after is written `>`",
        ),
        say(
            "at_most/no_more_than/up_to {d} ago/old/back",
            rows="in last {d}",
            field="{x} >= {d} ago",
            examples=(("was signed at most 60 days ago", "signed_on >= 60 days ago"),),
        ),
        say(
            "more_than/over/further_than/longer_than/upwards_of/> {d} away/ahead/out/from_now/from_today/in_the_future",
            "in/after more_than/over/longer_than {d}",
            rows="since {d} from now",
            field="{x} > {d} from now",
            day="{x} > {d} after today",
            examples=(
                ("the renewal is more than 60 days away", "renewal_date > 60 days after today"),
                ("the renewal is over a month away", "renewal_date > 1 month after today"),
            ),
            note="later than in 60 days is `> 60 days after today`",
        ),
        say(
            "at_least/no_less_than/not_less_than {d} away/ahead/out/from_now/from_today/in_the_future",
            "{d} or_more away/ahead/out/from_now/from_today/in_the_future",
            "in at_least {d}",
            rows="since {d} from now",
            field="{x} >= {d} from now",
            day="{x} >= {d} after today",
            examples=(("the renewal is at least 2 months away", "renewal_date >= 2 months after today"),),
        ),
        say(
            "ever/at_all/all_time/over_all_time/of_all_time/in_total/at_any_time/anytime/so_far/to_date/lifetime",
            rows="",
            examples=(("has ever opened a ticket", "any(tickets)"),),
        ),
    ),
)
