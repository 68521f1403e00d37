"""What the language can't say as it stands: words without a number, a length of time or a fact. Each is answered in a sentence."""

from segdsl.phrasebook.entry import Vocabulary, say

VOCABULARY = Vocabulary(
    "What needs a number or a fact",
    "vague",
    (
        say(
            "recently/lately/of_late/nowadays/these_days/not_long_ago/a_while_ago/for_a_while/a_long_time/for_long/long_ago/in_ages/some_time",
            sentence="how long is `{said}`? Say it in days, as in `any(logins in last 30 days)`",
        ),
        say(
            "soon/shortly/coming_up/before_long/upcoming/around_the_corner/imminent/near/approaching/close",
            sentence="how near is `{said}`? Say it in days, as in `renewal_date in next 30 days`",
        ),
        say(
            "planned/scheduled/booked",
            sentence="until when is it `{said}`? Say it in days, as in `none(meetings in next 30 days)`",
        ),
        say(
            "birthday/birthdays",
            sentence="a `{said}` comes again each year, where a date lies in one year: ask for its month, as in `month of birth_date = 11`",
        ),
        say(
            "often/frequently/regularly/rarely/seldom/sometimes/occasionally/usually/constantly/all_the_time/daily/weekly/hardly_ever",
            sentence="how often is `{said}`? Say how many times in which time, as in `count(logins in last 30 days) "
            ">= 10`",
        ),
        say(
            "a_lot_of/lots_of/many/several/few/a_few/some/plenty_of/too_many/too_few/not_enough/enough/a_lot/much/numerous/heavy/hardly_any",
            sentence="how many is `{said}`? Say it as a number, as in `count(tickets in last 30 days) >= 5`",
        ),
        say(
            "high/low/large/small/big/tiny/huge/good/bad/great/poor/healthy/strong/weak/expensive/cheap/long/short/old/new/young/recent/valuable/important",
            sentence="`{said}` needs a border: say above or below which number or day, as in `arr > 50_000`, or how "
            "many of all, as in `arr in top 10%`",
        ),
        say(
            "significantly/substantially/considerably/slightly/sharply/dramatically/a_bit/a_little/strongly/suddenly/noticeably/drastically/much_more/far_more",
            sentence="how much is `{said}`? Say it as a percentage and over which time, as in `change(seats, 90 days, "
            "floor: 0) <= -20%`",
        ),
        say(
            "has/have never/ever been",
            "has/have never/ever had",
            "never/ever",
            sentence="a field holds its present value alone: ask rows of changes or events, "
            'as in `none(stage_changes where stage = "mature")`',
        ),
        say(
            "for/since {d:duration}",
            sentence="since when a field has had its value isn't known from the field: ask rows of changes, "
            'as in `last(stage_changes.stage) = "onboarding" for 45 days`, or a day, as in `created_at < 45 days ago`',
        ),
        say(
            "likely/unlikely/probably/might/may/could/should/would/going_to/about_to/expected_to/predicted/at_risk/will/propensity/probability",
            sentence="a rule says what is so by the data, not what is likely: say by which facts you would tell, as "
            "in `none(logins in last 30 days)`",
        ),
        say(
            "happy/unhappy/satisfied/dissatisfied/engaged/disengaged/loyal/frustrated/interested/ready/loves/hates/struggling/confused/bored/angry",
            sentence="the data doesn't hold `{said}`: say by which facts you would tell, as in `nps < 7` or "
            "`none(logins in last 30 days)`",
        ),
        say(
            "dropped/drop/fell/fallen/declined/decreased/down/rose/grew/grown/increased/doubled/halved/tripled/growing/falling/declining/shrinking/changed/higher_than_before/lower_than_before/more_than_before/less_than_before/than_usual/than_before",
            sentence="since when? A change is said over a time, as in `change(seats, 90 days, floor: 0) <= -20%`",
        ),
    ),
)
