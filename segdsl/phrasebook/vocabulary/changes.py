"""How a number has moved: dropped by half, doubled, up 20 % from, fell every week."""

from segdsl.phrasebook.entry import Vocabulary, say

_FELL = (
    "dropped/drop/drops/fell/fallen/falls/fall/declined/declines/decreased/decreases/down/sunk/sank/"
    "shrunk/shrank/gone_down/went_down/going_down/lost/reduced/dipped/slipped/falling/declining/decreasing/"
    "dropping/shrinking/sinking/sliding/dipping"
)
_ROSE = (
    "rose/risen/rises/rise/grew/grown/grows/grow/increased/increases/up/gone_up/went_up/going_up/gained/climbed/jumped/growing/rising/"
    "increasing/climbing"
)
_KEEPS = "keeps/kept/keep/keeps_on/kept_on"
_AFTER = "running/in_a_row/straight/consecutively/without_a_break"
_FROM = ",? from/starting_from/starting_at/with at_least/a_minimum_of/>= {y} then/before/at_that_time?"
_TREND = "trend is/was/has_been/=/:?"
_THEN = "what it was on another day is `(VALUE as of 90 days ago)`"

VOCABULARY = Vocabulary(
    "Changes",
    "change",
    (
        say(
            f"{_FELL} by? more_than/over {{p}} {{t:span}}",
            is_="change({x}, {t}, floor: 0) < -{p}",
            examples=(
                ("seats fell by more than 10 % in the last 3 months", "change(seats, 3 months, floor: 0) < -10%"),
            ),
            note="a fall against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            f"{_FELL} by/at? at_least/by? {{p}} or_more? {{t:span}}",
            is_="change({x}, {t}, floor: 0) <= -{p}",
            examples=(("seats dropped by half in the last 3 months", "change(seats, 3 months, floor: 0) <= -50%"),),
            note="a fall against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            f"{_FELL} by? more_than/over {{p}} {{t:span}} {_FROM}",
            f"{_FELL} by? more_than/over {{p}} {{t:span}} and the? previous/prior/earlier/old/starting "
            "value/figure/count is? at_least/>= {y}",
            is_="change({x}, {t}, floor: {y}) < -{p}",
            examples=(
                (
                    "seats fell by more than 10 % in the last 3 months and the previous value is at least 20",
                    "change(seats, 3 months, floor: 20) < -10%",
                ),
            ),
            note="what is too small then is left out with `floor:`",
        ),
        say(
            f"{_FELL} by/at? at_least/by? {{p}} or_more? {{t:span}} {_FROM}",
            is_="change({x}, {t}, floor: {y}) <= -{p}",
            examples=(
                (
                    "seats fell by 10 % in the last 3 months, from at least 20",
                    "change(seats, 3 months, floor: 20) <= -10%",
                ),
            ),
            note="what is too small then is left out with `floor:`",
        ),
        say(
            f"{_ROSE} by? more_than/over {{p}} {{t:span}} {_FROM}",
            is_="change({x}, {t}, floor: {y}) > {p}",
            examples=(
                (
                    "seats rose by more than 10 % in the last year, from at least 5",
                    "change(seats, 1 year, floor: 5) > 10%",
                ),
            ),
            note="what is too small then is left out with `floor:`",
        ),
        say(
            f"{_ROSE} by/at? at_least/by? {{p}} or_more? {{t:span}} {_FROM}",
            is_="change({x}, {t}, floor: {y}) >= {p}",
            examples=(
                ("seats grew by 10 % in the last year, from at least 5", "change(seats, 1 year, floor: 5) >= 10%"),
            ),
            note="what is too small then is left out with `floor:`",
        ),
        say(
            "more_than/over {p} lower/less/smaller/fewer than {t:ago}",
            is_="change({x}, {t}, floor: 0) < -{p}",
            examples=(("seats are more than 10 % lower than 90 days ago", "change(seats, 90 days, floor: 0) < -10%"),),
            note="a fall against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            "at_least? {p} lower/less/smaller/fewer than {t:ago}",
            is_="change({x}, {t}, floor: 0) <= -{p}",
            examples=(("seats are 10 % lower than 90 days ago", "change(seats, 90 days, floor: 0) <= -10%"),),
            note="a fall against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            "more_than/over {p} higher/more/larger/greater than {t:ago}",
            is_="change({x}, {t}, floor: 0) > {p}",
            examples=(("seats are more than 10 % higher than 90 days ago", "change(seats, 90 days, floor: 0) > 10%"),),
            note="a rise against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            "at_least? {p} higher/more/larger/greater than {t:ago}",
            is_="change({x}, {t}, floor: 0) >= {p}",
            examples=(("seats are 10 % higher than 90 days ago", "change(seats, 90 days, floor: 0) >= 10%"),),
            note="a rise against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            f"{_ROSE} by? more_than/over {{p}} {{t:span}}",
            is_="change({x}, {t}, floor: 0) > {p}",
            examples=(("seats grew by more than 10 % over the last year", "change(seats, 1 year, floor: 0) > 10%"),),
            note="a rise against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            f"{_ROSE} by/at? at_least/by? {{p}} or_more? {{t:span}}",
            is_="change({x}, {t}, floor: 0) >= {p}",
            examples=(("seats are up 20 % from 3 months ago", "change(seats, 3 months, floor: 0) >= 20%"),),
            note="a rise against an earlier day is `change(VALUE, DURATION, floor: 0)`",
        ),
        say(
            f"{_ROSE} by? more_than/over {{n:amount}} points? {{t:span}}",
            is_="{x} - ({x} as of {t} ago) > {n}",
            examples=(("seats grew by more than 10 over the last year", "seats - (seats as of 1 year ago) > 10"),),
            note=_THEN,
        ),
        say(
            f"{_ROSE} by/at? at_least/by? {{n:amount}} points? or_more? {{t:span}}",
            is_="{x} - ({x} as of {t} ago) >= {n}",
            examples=(("arr grew by 10k in the last 12 months", "arr - (arr as of 12 months ago) >= 10_000"),),
            note=_THEN,
        ),
        say(
            f"{_FELL} by? more_than/over {{n:amount}} points? {{t:span}}",
            is_="({x} as of {t} ago) - {x} > {n}",
            examples=(("seats fell by more than 10 in the last 90 days", "(seats as of 90 days ago) - seats > 10"),),
            note=_THEN,
        ),
        say(
            f"{_FELL} by/at? at_least/by? {{n:amount}} points? or_more? {{t:span}}",
            is_="({x} as of {t} ago) - {x} >= {n}",
            examples=(("nps dropped by 3 points in the last 90 days", "(nps as of 90 days ago) - nps >= 3"),),
            note=_THEN,
        ),
        say(
            "changed {t:span}",
            of="number text ordered",
            is_="not same({x}, ({x} as of {t} ago))",
            not_="same({x}, ({x} as of {t} ago))",
            examples=(("plan changed in the last 30 days", "not same(plan, (plan as of 30 days ago))"),),
            note="it is compared with what it was then, so what changed and changed back isn't seen",
        ),
        say(
            "doubled/at_least_doubled {t:span}",
            is_="change({x}, {t}, floor: 0) >= 100%",
            examples=(("seats have doubled in the last year", "change(seats, 1 year, floor: 0) >= 100%"),),
        ),
        say(
            "more_than_doubled {t:span}",
            is_="change({x}, {t}, floor: 0) > 100%",
            examples=(("seats have more than doubled in the last year", "change(seats, 1 year, floor: 0) > 100%"),),
        ),
        say(
            "tripled/at_least_tripled {t:span}",
            is_="change({x}, {t}, floor: 0) >= 200%",
            examples=(("seats have tripled in the last year", "change(seats, 1 year, floor: 0) >= 200%"),),
        ),
        say(
            "more_than_tripled {t:span}",
            is_="change({x}, {t}, floor: 0) > 200%",
            examples=(("seats have more than tripled in the last year", "change(seats, 1 year, floor: 0) > 200%"),),
        ),
        say(
            "halved/at_least_halved {t:span}",
            is_="change({x}, {t}, floor: 0) <= -50%",
            examples=(("seats have halved in the last year", "change(seats, 1 year, floor: 0) <= -50%"),),
        ),
        say(
            "more_than_halved {t:span}",
            is_="change({x}, {t}, floor: 0) < -50%",
            examples=(("seats have more than halved in the last year", "change(seats, 1 year, floor: 0) < -50%"),),
        ),
        say(
            f"{_KEEPS}? {_FELL} every/each week/month for/over/in? the? last/past? {{s:steps}} {_AFTER}?",
            f"{_KEEPS}? {_FELL} for/over {{s:steps}} {_AFTER}?",
            f"{_KEEPS}? {_FELL} {{s:steps}} {_AFTER}",
            f"{_KEEPS} {_FELL} over/during/in/for the? last/past {{s:steps}}",
            f"{_KEEPS}? {_FELL} in/on/during each/every of the? last/past {{s:steps}}",
            f"{_TREND} {_FELL}/downward/downwards/negative for/over/in/during/within the? last/past? {{s:steps}}",
            "trending down/downward/downwards for/over/in/during/within the? last/past? {s:steps}",
            is_="falling({x}, {s})",
            examples=(
                ("seats fell every week for 4 weeks", "falling(seats, 4 weeks)"),
                ("seats trend is negative over the last 4 weeks", "falling(seats, 4 weeks)"),
            ),
            note="a number that moves one way is `falling(…)` or `rising(…)`",
        ),
        say(
            f"{_KEEPS}? {_ROSE} every/each week/month for/over/in? the? last/past? {{s:steps}} {_AFTER}?",
            f"{_KEEPS}? {_ROSE} for/over {{s:steps}} {_AFTER}?",
            f"{_KEEPS}? {_ROSE} {{s:steps}} {_AFTER}",
            f"{_KEEPS} {_ROSE} over/during/in/for the? last/past {{s:steps}}",
            f"{_KEEPS}? {_ROSE} in/on/during each/every of the? last/past {{s:steps}}",
            f"{_TREND} {_ROSE}/upward/upwards/positive for/over/in/during/within the? last/past? {{s:steps}}",
            "trending up/upward/upwards for/over/in/during/within the? last/past? {s:steps}",
            is_="rising({x}, {s})",
            examples=(("seats have been growing for 3 months in a row", "rising(seats, 3 months)"),),
            note="a number that moves one way is `falling(…)` or `rising(…)`",
        ),
        say(
            f"{_FELL}/lower {{t:span}}",
            "lower/less/smaller/fewer than {t:ago}",
            is_="{x} < ({x} as of {t} ago)",
            examples=(("seats went down in the last 90 days", "seats < (seats as of 90 days ago)"),),
            note="what it was on another day is `(VALUE as of 90 days ago)`",
        ),
        say(
            f"{_ROSE}/higher {{t:span}}",
            "higher/more/larger/greater than {t:ago}",
            is_="{x} > ({x} as of {t} ago)",
            examples=(("seats are higher than 90 days ago", "seats > (seats as of 90 days ago)"),),
            note="what it was on another day is `(VALUE as of 90 days ago)`",
        ),
    ),
)
