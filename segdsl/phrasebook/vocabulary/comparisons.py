"""What is said of a value: above average, between, one of, empty, on, contains both.

`is` is the condition, `not` its negation; without `not` it is put after `not`. The slots `y` and `l` take values as they fit the field.
"""

from segdsl.phrasebook.entry import Vocabulary, say

_NUMBERS = "number time version ordered"

VOCABULARY = Vocabulary(
    "Comparisons",
    "predicate",
    (
        # missing
        say(
            "missing/empty/blank/null/nil/unknown/undefined/unset/not_set/not_known/unassigned/unspecified/nobody/no_one/noone",
            "unknown/empty/blank/missing/null or unknown/empty/blank/missing/null",
            "nowhere_to_be_found/to_be_determined/tbd/not_there",
            is_="{x} is missing",
            not_="{x} is not missing",
            examples=(
                ("country is unknown or blank", "country is missing"),
                ("country isn't blank", "country is not missing"),
            ),
            note="empty is written `is missing`",
        ),
        say(
            "known/set/present/given/assigned/filled/filled_in/available/defined/provided/populated/specified/there/recorded/entered/chosen/a_known_value",
            is_="{x} is not missing",
            not_="{x} is missing",
            examples=(
                ("country has not been assigned", "country is missing"),
                ("country has been filled in", "country is not missing"),
            ),
            note="filled in is written `is not missing`",
        ),
        say(
            "has/have any/a value",
            "has/have something_in_it/been_set",
            "exists/exist",
            is_="{x} is not missing",
            not_="{x} is missing",
            examples=(("country has any value", "country is not missing"),),
            note="filled in is written `is not missing`",
        ),
        say(
            "has/have no value/values",
            "has_never/have_never been known/set/filled_in/assigned",
            is_="{x} is missing",
            not_="{x} is not missing",
            examples=(("country has never been known", "country is missing"),),
            note="empty is written `is missing`",
        ),
        # on and off
        say(
            "on/enabled/true/yes/active/activated/turned_on/switched_on/checked/ticked/selected/set_to_true/set_to_yes",
            of="boolean",
            is_="{x}",
            not_="not {x}",
            examples=(("autopay is enabled", "autopay"),),
            note="what is true or false stands alone",
        ),
        say(
            "off/disabled/false/no/inactive/deactivated/turned_off/switched_off/unchecked/unticked/not_selected/set_to_false/set_to_no",
            of="boolean",
            is_="not {x}",
            not_="{x}",
            examples=(("autopay is turned off", "not autopay"),),
            note="what is true or false stands alone",
        ),
        # among others
        say(
            "above/over/higher_than/greater_than/more_than/larger_than/bigger_than/better_than/> the? average/mean/avg {g:group}",
            of="number",
            is_="{x} > average(all {e}.{x}{per})",
            examples=(("arr is above average", "arr > average(all account.arr)"),),
            note="the average of everybody is `average(all ENTITY.FIELD)`",
        ),
        say(
            "below/under/lower_than/less_than/smaller_than/worse_than/< the? average/mean/avg {g:group}",
            of="number",
            is_="{x} < average(all {e}.{x}{per})",
            examples=(("arr is below the average of its country", "arr < average(all account.arr per country)"),),
            note="the average of everybody is `average(all ENTITY.FIELD)`",
        ),
        say(
            "above/over/higher_than/greater_than/more_than/larger_than/> the? median {g:group}",
            of="number",
            is_="{x} > median(all {e}.{x}{per})",
            examples=(("arr is above the median", "arr > median(all account.arr)"),),
        ),
        say(
            "below/under/lower_than/less_than/smaller_than/< the? median {g:group}",
            of="number",
            is_="{x} < median(all {e}.{x}{per})",
            examples=(("arr is below the median", "arr < median(all account.arr)"),),
        ),
        say(
            "the? highest/largest/biggest/greatest/maximum/most/best/top/number_one {g:group}",
            of="number",
            is_="{x} in top 1{per}",
            examples=(("arr is the highest in its country", "arr in top 1 per country"),),
            note="the highest are `in top 1`",
        ),
        say(
            "the? lowest/smallest/least/minimum/worst {g:group}",
            of="number",
            is_="{x} in bottom 1{per}",
            examples=(("arr is the lowest", "arr in bottom 1"),),
            note="the lowest are `in bottom 1`",
        ),
        say(
            "among/in/within/one_of/belongs_to/ranks_in/ranks_among/ranked_in/part_of the? top/first {k:rank} {g:group}",
            "among/in/one_of the? highest/largest/biggest/best {k:rank} {g:group}",
            "among/in/one_of the? {k:rank} highest/largest/biggest/best/top {g:group}",
            of="number",
            is_="{x} in top {k}{per}",
            examples=(
                ("arr is among the top 10 %", "arr in top 10%"),
                ("arr is one of the 5 largest in its country", "arr in top 5 per country"),
            ),
            note="the largest are `in top …`",
        ),
        say(
            "among/in/within/one_of/belongs_to/ranks_in/ranked_in/part_of the? bottom/last {k:rank} {g:group}",
            "among/in/one_of the? lowest/smallest/worst {k:rank} {g:group}",
            "among/in/one_of the? {k:rank} lowest/smallest/worst {g:group}",
            of="number",
            is_="{x} in bottom {k}{per}",
            examples=(("arr is in the bottom quarter", "arr in bottom 25%"),),
            note="the smallest are `in bottom …`",
        ),
        say(
            "among/in/within/belongs_to/part_of the? top/upper third {g:group}",
            of="number",
            is_="quantile({x}, 3{per}) = 3",
            examples=(("arr is in the top third", "quantile(arr, 3) = 3"),),
        ),
        say(
            "among/in/within/belongs_to/part_of the? bottom/lower/last third {g:group}",
            of="number",
            is_="quantile({x}, 3{per}) = 1",
            examples=(("arr is in the bottom third", "quantile(arr, 3) = 1"),),
        ),
        # more and less
        say(
            "between {a:value} and/to/&/- {b:value}",
            "somewhere/anywhere between {a:value} and {b:value}",
            "in_between {a:value} and {b:value}",
            "from/in/in_the_range {a:value} to/up_to/until/through/up_to_and_including {b:value}",
            "within/in {a:value} - {b:value}",
            of="number version ordered",
            is_="{x} between {a} and {b}",
            not_="{x} not between {a} and {b}",
            examples=(("seats is somewhere between 10 and 50", "seats between 10 and 50"),),
            note="a range is written `between … and …`",
        ),
        say(
            "{y} or/and more/better/higher/above/greater/larger/over/up/newer/later/beyond/upwards",
            "{y} + ",
            "{y} and_up/upwards",
            of="number version ordered",
            is_="{x} >= {y}",
            not_="{x} < {y}",
            examples=(("seats is 10 or more", "seats >= 10"), ("nps is 9+", "nps >= 9")),
            note="at least is written `>=`",
        ),
        say(
            "{y} or/and less/fewer/worse/lower/below/smaller/under/older/earlier",
            of="number version ordered",
            is_="{x} <= {y}",
            not_="{x} > {y}",
            examples=(("nps is 6 or lower", "nps <= 6"),),
            note="at most is written `<=`",
        ),
        say(
            "at_least/no_less_than/no_fewer_than/no_lower_than/not_less_than/not_below/not_under/"
            "not_lower_than/a_minimum_of/minimum/no_smaller_than/>= {y}",
            "greater/more/higher/larger/bigger/better/newer than or_equal_to/or_equal/or_the_same_as {y}",
            "greater_or_equal/greater_or_equal_to/greater_than_or_equal/reaches/reached/reach/meets/hits/has_reached {y}",
            of=_NUMBERS,
            is_="{x} >= {y}",
            not_="{x} < {y}",
            examples=(("seats is no fewer than 10", "seats >= 10"),),
            note="at least is written `>=`",
        ),
        say(
            "at_most/no_more_than/no_higher_than/no_greater_than/not_more_than/not_above/not_over/"
            "not_greater_than/a_maximum_of/maximum/up_to/<= {y}",
            "less/fewer/lower/smaller/worse/older than or_equal_to/or_equal/or_the_same_as {y}",
            "less_or_equal/less_or_equal_to/less_than_or_equal {y}",
            of=_NUMBERS,
            is_="{x} <= {y}",
            not_="{x} > {y}",
            examples=(("seats is up to 10", "seats <= 10"),),
            note="at most is written `<=`",
        ),
        say(
            "above/over/more_than/greater_than/higher_than/larger_than/bigger_than/better_than/"
            "newer_than/beyond/exceeding/in_excess_of/upwards_of/> {y}",
            "exceeds/exceed/exceeded/tops/is_past/surpasses {y}",
            of=_NUMBERS,
            is_="{x} > {y}",
            not_="{x} <= {y}",
            examples=(("seats is more than twice nps", "seats > 2 * nps"), ("arr exceeds 50k", "arr > 50_000")),
            note="more than is written `>`",
        ),
        say(
            "below/under/less_than/fewer_than/lower_than/smaller_than/worse_than/older_than/short_of/< {y}",
            of=_NUMBERS,
            is_="{x} < {y}",
            not_="{x} >= {y}",
            examples=(("seats is less than half of nps", "seats < 0.5 * nps"), ("NPS lower than 7", "nps < 7")),
            note="less than is written `<`",
        ),
        say(
            "positive/in_the_black",
            of="number",
            is_="{x} > 0",
            examples=(("arr is positive", "arr > 0"),),
        ),
        say(
            "negative/in_the_red",
            of="number",
            is_="{x} < 0",
            examples=(("arr is negative", "arr < 0"),),
        ),
        # times
        say(
            "overdue/past_due/in_the_past/over/lapsed/expired/behind_us/late",
            "has/have passed/lapsed/expired/elapsed/gone_by/come_and_gone",
            "passed/lapsed/expired",
            of="time",
            is_="{x} < today",
            examples=(
                ("renewal_date is overdue", "renewal_date < today"),
                ("the renewal date has passed", "renewal_date < today"),
            ),
            note="a day that has passed is `< today`",
        ),
        say(
            "in_the_future/ahead/ahead_of_us/still_to_come/upcoming",
            of="time",
            is_="{x} > today",
            examples=(("the renewal is in the future", "renewal_date > today"),),
        ),
        # sets
        say(
            "contain/contains/include/includes/have/has/containing/including both/all/all_of/each_of {l:all}",
            "contain/contains/include/includes/have/has/containing/including {l:both}",
            of="set",
            is_="{x} has all {l}",
            not_="not ({x} has all {l})",
            examples=(('tags contain both "beta" and "vip"', 'tags has all ("beta", "vip")'),),
            note="a set of texts is asked with `has`",
        ),
        say(
            "contain/contains/include/includes/have/has none_of/neither/not_any_of/no {l}",
            "exclude/excludes/lack/lacks/without/excluding {l}",
            of="set",
            is_="{x} has none {l}",
            not_="{x} has any {l}",
            examples=(('tags contain neither "beta" nor "vip"', 'tags has none ("beta", "vip")'),),
            note="a set of texts is asked with `has`",
        ),
        say(
            "contain/contains/include/includes/have/has/containing/including/features/mention/mentions any_of/any/one_of/either? {l}",
            "any_of/one_of/in/=? {l}",
            of="set",
            is_="{x} has any {l}",
            not_="{x} has none {l}",
            examples=(
                ("tags include beta or vip", 'tags has any ("beta", "vip")'),
                ('tags include "beta"', 'tags has "beta"'),
            ),
            note="a set of texts is asked with `has`",
        ),
        # texts
        say(
            "contain/contains/include/includes/have/has/mentions the? word {l:texts} in_it?",
            of="text",
            is_="{x} contains word {l}",
            examples=(('name includes the word "bank"', 'name contains word "bank"'),),
        ),
        say(
            "contain/contains/include/includes/have/has/mentions/containing/including any_of/"
            "one_of? exactly? the? term/text/string/phrase? {l:texts}",
            "have/has {l:texts} in it/them/its_name/the_name",
            of="text",
            is_="{x} contains {any}",
            examples=(
                ("name has bank in it", 'name contains "bank"'),
                ('name contains any of "bank", "fund"', 'name contains any of ("bank", "fund")'),
            ),
            note="a part of a text is asked with `contains`",
        ),
        say(
            "begin/begins/start/starts/starting/beginning with any_of/one_of/either? {l:texts}",
            of="text",
            is_="{x} starts with {any}",
            examples=(('name begins with "A" or "B"', 'name starts with any of ("A", "B")'),),
        ),
        say(
            "end/ends/ending/finish/finishes in/with/on any_of/one_of/either? {l:texts}",
            of="text",
            is_="{x} ends with {any}",
            examples=(('name does not end in "Ltd" or "Inc"', 'not (name ends with any of ("Ltd", "Inc"))'),),
        ),
        say(
            "match/matches/matching the? regex/pattern/expression {l:texts}",
            of="text",
            is_="{x} contains pattern {l}",
            examples=(('name matches the pattern "^A"', 'name contains pattern "^A"'),),
        ),
        say(
            "in/one_of/among/on/part_of/a_member_of the/our/my? list? {k:list} countries/values/list/regions/ones?",
            of="text",
            is_="{x} in {k}",
            not_="{x} not in {k}",
            examples=(("country is in the list dach", "country in dach"),),
        ),
        # equal
        say(
            "different_from/other_than/unlike/not_equal_to/unequal_to/not_the_same_as/differs_from/differ_from {o:other}",
            of="text time version boolean",
            is_="{x} != {o}",
            not_="{x} = {o}",
            examples=(("country differs from name", "country != name"),),
            note="not equal is written `!=`",
        ),
        say(
            "equal_to/equals/equal/the_same_as/identical_to {o:other}",
            of="text time version boolean",
            is_="{x} = {o}",
            not_="{x} != {o}",
            examples=(("country is the same as name", "country = name"),),
            note="equal is written `=`",
        ),
        say(
            "different_from/other_than/anything_but/anything_other_than/something_other_than/anything_except/unlike/not_equal_to/unequal_to/does_not_equal/"
            "doesn't_equal/not_equals/differs_from/!= {l:values}",
            "not_equal_to/not_equal/different_from any_of/one_of/either {l:values}",
            "none_of/neither_of/neither/not_any_of/not_one_of/excluded_from {l:values}",
            of="text ordered number version boolean time",
            is_="{x} != {l}",
            not_="{x} = {l}",
            examples=(
                ("plan is anything but free", 'plan != "free"'),
                ("plan is neither free nor team", 'plan not in ("free", "team")'),
            ),
            note="not equal is written `!=`",
        ),
        say(
            "equal_to/equals/equal/the_same_as/exactly/precisely/identical_to/=/one_of_the/one_of/any_of/either/among/in? {l:values}",
            "equal_to/equals/equal any_of/one_of/either {l:values}",
            "set_to/listed_as/marked_as/marked/classified_as/labelled/flagged_as/at/on/in the? {l:values}",
            of="text ordered number version time",
            is_="{x} = {l}",
            not_="{x} != {l}",
            examples=(
                ("country is US or CA", 'country in ("US", "CA")'),
                ("country is Germany, Austria or Switzerland", 'country in ("Germany", "Austria", "Switzerland")'),
                ("plan is any of Team; Business", 'plan in ("team", "business")'),
            ),
            note="values stand in double quotes; one of several is written `in (…)`",
        ),
    ),
)
