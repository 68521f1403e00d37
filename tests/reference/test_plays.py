"""Who gets a play: one case a row, by a test block of the language; each row has a customer who gets it and what is changed."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from segdsl.model.clock import Clock
from segdsl.model.split import SCALE, drawn
from segdsl.reference.past import Past
from segdsl.reference.plays import Customer, Decision, said_of
from segdsl.reference.recipients import said_of_recipient
from segdsl.testing.run.runner import evaluator_for, run_tests
from tests.support.answers import model_of

MODEL = """
entity account {
  account_id: text key
  arr: money(USD)
  plan: one of ("free", "team")
}
entity user of account by account_id reverse users {
  user_id: text key
  role: one of ("admin", "member")
  email: text
  newsletter_ok: boolean
  unsubscribed: boolean
  seen: date
}
table large_runs of account from runs of large starting 2026-10-01
table deliveries of account from deliveries
list barred of account from "barred.csv"
list bounced from "bounced.csv" { address: text }
segment large of account where plan = "team" { when arr > 100 play mail }
segment paying of account { when arr > 0 play call }
segment silent of user { when role = "member" and seen < 2026-01-01 }
suppress barred
"""
CHANNEL = "address: email  consent: opt in by newsletter_ok  cooldown 7 days"
PLAY = 'channel: email  to users where role = "admin"  only when arr < 5_000  cooldown 30 days'
CALL = 'play call { channel: "csm" }'
ROWS = """
  account acme { plan: "team", arr: 300 }
  user ann { account_id: acme, role: "admin", email: "ann@acme.example", newsletter_ok: true }
"""
GETS = "expect acme gets mail  expect ann gets mail"


def outcome(channel: str, play: str, rows: str, expected: str, call: str = CALL) -> str:
    """Why a test fails; "" if it passes."""
    test = f'test "t" as of 2026-11-10 {{ {rows} {expected} }}'
    rules = f"{MODEL} channel email {{ {channel} }} play mail {{ {play} }} {call} {test}"
    model = model_of(rules, {"barred": [{"account_id": "evil"}], "bounced": [{"address": "Old@Acme.example"}]})
    (result,) = run_tests(model.tests, model, model.outside.zone)
    return "\n".join([*(f.actual for f in result.failures), *(d.message for d in result.errors)])


def test_the_customer_that_rows_change_gets_it() -> None:
    assert outcome(CHANNEL, PLAY, ROWS, GETS) == ""


ANN = 'user ann { account_id: acme, role: "admin", email: "ann@acme.example", newsletter_ok: true }'
BOB = 'user bob { account_id: acme, role: "admin", email: "bob@acme.example", newsletter_ok: true }'

CASES = (
    # what, in which part what is replaced by what, why acme doesn't get it ("" if it does)
    ("not in the segment", "rows", "arr: 300", "arr: 100", "it is in no segment or arm with this play"),
    ("outside the population", "rows", '"team"', '"free"', "it is in no segment or arm with this play"),
    ("unknown whether in the segment", "rows", "arr: 300", "arr: missing", "it is unknown whether it is in a segment or arm with this play: `arr` is missing"),
    ("the guard is false", "play", "arr < 5_000", "arr < 200", "what follows `only when` isn't true: `arr < 200` is false (`arr` is USD 300.00)"),
    ("a guard of several values", "play", "arr < 5_000", 'plan = "free" or arr > 1_000', "what follows `only when` isn't true: `plan = \"free\" or arr > 1_000` is false (`plan` is \"team\" and `arr` is USD 300.00)"),
    ("the guard is unknown", "play", "arr < 5_000", "any(users where unsubscribed)", "what follows `only when` isn't true: `any(users where unsubscribed)` is unknown (`unsubscribed` is missing)"),
    ("on a list of the workspace", "rows", "account acme", "account evil { plan: \"team\", arr: 300 } account acme", ""),
    ("in a segment that the play suppresses", "play", "cooldown", "suppress paying cooldown", "suppressed: it is in `paying`"),
    ("nobody in the audience", "rows", '"admin"', '"member"', "nobody to reach: nobody is in its audience"),
    ("it is unknown who is in the audience", "rows", 'role: "admin"', "role: missing", "nobody to reach: nobody is in its audience"),
    ("consent refused", "rows", "newsletter_ok: true", "newsletter_ok: false", "nobody to reach: ann doesn't consent"),
    ("consent unknown", "rows", "newsletter_ok: true", "newsletter_ok: missing", "nobody to reach: of ann it is unknown whether there is consent (`newsletter_ok` is missing)"),
    ("a blank means yes", "both", "newsletter_ok", "unsubscribed, blank means yes", ""),
    ("a blank means no", "both", "newsletter_ok", "unsubscribed, blank means no", "nobody to reach: ann doesn't consent"),
    ("no opt out", "both", "opt in by newsletter_ok", "opt out by unsubscribed, blank means no", ""),
    ("an opt out that is blank", "both", "opt in by newsletter_ok", "opt out by unsubscribed", "nobody to reach: of ann it is unknown whether there is consent (`unsubscribed` is missing)"),
    ("an opt out that a blank means", "both", "opt in by newsletter_ok", "opt out by unsubscribed, blank means yes", "nobody to reach: ann doesn't consent"),
    ("an opt out", "both", "opt in by newsletter_ok", "opt out by newsletter_ok", "nobody to reach: ann doesn't consent"),
    ("no consent needed", "both", "opt in by newsletter_ok", "none needed", ""),
    ("no address", "rows", '"ann@acme.example"', "missing", "nobody to reach: ann has no address"),
    ("a blank address", "rows", '"ann@acme.example"', '" "', "nobody to reach: ann has no address"),
    ("an address that bounced", "both", "cooldown", "suppress bounced cooldown", ""),
    ("delivered too short a time ago", "rows", "user ann", 'deliveries of acme { at: 2026-10-12, play: "mail", recipient: "bob" } user ann', "cooling down: it got this 29 days ago, less than 30 days"),
    ("delivered exactly long enough ago, in the same stay", "rows", "user ann", 'deliveries of acme { at: 2026-10-11, play: "mail" } user ann', "given already: it got this 30 days ago, and no recorded run had it elsewhere since"),
    ("a run since then had it elsewhere", "rows", "user ann", 'deliveries of acme { at: 2026-10-11, play: "mail" } large_runs of acme { at: 2026-10-12, member: false } user ann', ""),
    ("the run that had it elsewhere was before", "rows", "user ann", 'deliveries of acme { at: 2026-10-11, play: "mail" } large_runs of acme { at: 2026-10-11, member: false } large_runs of acme { at: 2026-10-12, member: true } user ann', "given already: it got this 30 days ago, and no recorded run had it elsewhere since"),
    ("every so often, due", "play+", "every 30 days", 'deliveries of acme { at: 2026-10-11, play: "mail" }', ""),
    ("every so often, not due", "play+", "every 31 days", 'deliveries of acme { at: 2026-10-11, play: "mail" }', "given already: it got this 30 days ago: every 31 days"),
    ("rejected deliveries don't count", "rows", "user ann", 'deliveries of acme { at: 2026-11-01, play: "mail", status: "rejected" } user ann', ""),
    ("withdrawn deliveries don't count", "rows", "user ann", 'deliveries of acme { at: 2026-11-01, play: "mail", status: "withdrawn" } user ann', ""),
    ("one in doubt is given again", "rows", "user ann", 'deliveries of acme { at: 2026-11-01, play: "mail", status: "in doubt" } user ann', ""),
    ("another play is no matter", "rows", "user ann", 'deliveries of acme { at: 2026-11-09, play: "call" } user ann', ""),
    ("contacted on the channel a short time ago", "rows", "user ann", 'deliveries of acme { at: 2026-11-04, play: "call", channel: "email", recipient: "ann" } user ann', "nobody to reach: ann was contacted 6 days ago, less than 7 days"),
    ("contacted on the channel, nobody knows who", "rows", "user ann", 'deliveries of acme { at: 2026-11-04, play: "call", channel: "email" } user ann', "nobody to reach: ann was contacted 6 days ago, less than 7 days"),
    ("contacted on the channel exactly long enough ago", "rows", "user ann", 'deliveries of acme { at: 2026-11-03, play: "call", channel: "email", recipient: "ann" } user ann', ""),
    ("somebody else was contacted", "rows", "user ann", 'deliveries of acme { at: 2026-11-09, play: "call", channel: "email", recipient: "bob" } user ann', ""),
    ("today's own delivery doesn't keep it from itself", "rows", "user ann", 'deliveries of acme { at: 2026-11-10, play: "mail" } user ann', ""),
)  # fmt: skip


@pytest.mark.parametrize(("what", "part", "old", "new", "why"), CASES, ids=[c[0] for c in CASES])
def test_what_keeps_a_play_from_a_customer(what: str, part: str, old: str, new: str, why: str) -> None:
    channel = CHANNEL.replace(old, new, 1) if part == "both" else CHANNEL
    play = PLAY.replace(old, new, 1) if part == "play" else f"{PLAY} {old}" if part == "play+" else PLAY
    rows = ROWS.replace(old, new, 1) if part == "rows" else ROWS + new if part == "play+" else ROWS
    assert (channel, play, rows) != (CHANNEL, PLAY, ROWS)
    if why:
        assert outcome(channel, play, rows, "expect acme gets mail") == f"acme doesn't get it: {why}"
        assert outcome(channel, play, rows, "expect acme doesn't get mail") == ""
    else:
        assert outcome(channel, play, rows, GETS) == ""


PEOPLE = (
    # what, the play's audience, further people, who gets it, who doesn't and why
    ("all admins", "", BOB, "ann bob", {}),
    ("one of them refuses", "", BOB.replace("true", "false"), "ann", {"bob": "bob doesn't consent"}),
    ("of unknown consent", "", BOB.replace("true", "missing"), "ann", {"bob": "of bob it is unknown whether there is consent (`newsletter_ok` is missing)"}),
    ("one has no address", "", BOB.replace('"bob@acme.example"', "missing"), "ann", {"bob": "bob has no address"}),
    ("one address is written to once", "", BOB.replace("bob@acme", "ANN@acme"), "ann", {"bob": "bob has the address of ann"}),
    ("members aren't in the audience", "", BOB.replace("admin", "member"), "ann", {"bob": "it isn't in the audience"}),
    ("the first one by a date", "first of", f"{BOB.replace('role', 'seen: 2026-11-02, role')}", "bob", {"ann": "it isn't in the audience"}),
    ("of equal ones the first key", "first of", BOB, "ann", {"bob": "it isn't in the audience"}),
    ("the first one refuses", "first of", f"{BOB.replace('role', 'seen: 2026-11-02, role').replace('true', 'false')}", "", {"bob": "bob doesn't consent", "ann": "it isn't in the audience"}),
)  # fmt: skip


@pytest.mark.parametrize(("what", "first", "rows", "gets", "others"), PEOPLE, ids=[p[0] for p in PEOPLE])
def test_which_people_get_a_play(what: str, first: str, rows: str, gets: str, others: dict[str, str]) -> None:
    play = PLAY.replace("to users", f"to {first} users").replace('"admin"', '"admin" by seen' if first else '"admin"')
    for key in gets.split():
        assert outcome(CHANNEL, play, ROWS + rows, f"expect {key} gets mail") == ""
    for key, why in others.items():
        assert outcome(CHANNEL, play, ROWS + rows, f"expect {key} gets mail") == f"{key} doesn't get it: {why}"


SAME = BOB.replace("bob@acme.example", " Ann@ACME.example ")
OTHER_PERSON = """
entity contact of account by account_id reverse contacts { contact_id: text key  email: text  newsletter_ok: boolean }
table contact_deliveries of contact from deliveries
segment all_contacts of contact { when newsletter_ok or not newsletter_ok play news }
play news { channel: email }
segment with_letter of account { when arr < 0 play letter }
play letter { channel: email  to contacts }
"""
CAL = 'contact cal { email: "ANN@acme.example", newsletter_ok: true }'
OF_ADDRESSES = (
    # what, further declarations, further rows, why ann doesn't get it; the rows also with their address changed, and ann gets it
    ("another row refuses", "", SAME.replace("true", "false"), "ann has the address of bob, who doesn't consent"),
    ("a row outside the audience refuses", "", SAME.replace("true", "false").replace("admin", "member"), "ann has the address of bob, who doesn't consent"),
    ("a row of another customer refuses", "", f'account beta {{ plan: "free" }} {SAME.replace("true", "false").replace("acme,", "beta,")}', "ann has the address of bob, who doesn't consent"),
    ("a row of another entity refuses", OTHER_PERSON, CAL.replace("true", "false"), "ann has the address of cal, who doesn't consent"),
    ("another row is suppressed", "suppress silent", SAME.replace('"admin"', '"member", seen: 2025-01-01'), "ann has the address of bob, who is in `silent`"),
    ("another row may be suppressed", "suppress silent", SAME.replace('"admin"', 'missing, seen: 2025-01-01'), "ann has the address of bob, who is in `silent`"),
    ("a row of a suppressed customer", "", f'account evil {{ plan: "free" }} {SAME.replace("acme,", "evil,")}', "ann has the address of bob, whose account is in `barred`"),
    ("another row was contacted", "play letter { channel: email  to users }", f'{SAME} deliveries of acme {{ at: 2026-11-09, play: "letter", status: "in doubt", recipient: "bob" }}', "ann has the address of bob, who was contacted 1 day ago, less than 7 days"),
    ("a row of another customer was contacted", "play letter { channel: email  to users }", f'account beta {{ plan: "free" }} {SAME.replace("acme,", "beta,")} deliveries of beta {{ at: 2026-11-09, play: "letter", recipient: "bob" }}', "ann has the address of bob, who was contacted 1 day ago, less than 7 days"),
    ("a row of another entity was contacted", OTHER_PERSON, f'{CAL} contact_deliveries of cal {{ at: 2026-11-09, play: "news" }}', "ann has the address of cal, who was contacted 1 day ago, less than 7 days"),
)  # fmt: skip


@pytest.mark.parametrize(("what", "declared", "rows", "why"), OF_ADDRESSES, ids=[a[0] for a in OF_ADDRESSES])
def test_whoever_may_not_be_reached_is_not_reached_through_another_row(
    what: str, declared: str, rows: str, why: str
) -> None:
    play = PLAY.replace("cooldown 30 days", "cooldown 1 day")  # that of the channel is asked about
    more = f"{CALL} {declared}"
    assert outcome(CHANNEL, play, ROWS + rows, "expect ann gets mail", more) == f"ann doesn't get it: {why}"
    apart = re.sub("ann@acme", "cat@acme", rows, flags=re.IGNORECASE)
    assert outcome(CHANNEL, play, ROWS + apart, "expect ann gets mail", more) == ""


PAST = (
    # what, rows of deliveries, whether ann may be contacted
    ("it was contacted for a customer to whom it belonged", 'account beta { plan: "free" } deliveries of beta { at: 2026-11-09, play: "mail", recipient: "ann" }', False),
    ("somebody of another entity has its key", 'deliveries of acme { at: 2026-11-09, play: "letter", recipient: "ann" }', True),
    ("nobody knows who of another entity", 'deliveries of acme { at: 2026-11-09, play: "letter" }', True),
    ("a play that went to others when it was delivered", 'deliveries of acme { at: 2026-11-09, play: "call", channel: "email", recipient: "ann" }', False),
    ("a play that is no longer there", 'deliveries of acme { at: 2026-11-09, channel: "email", recipient: "ann" }', False),
    ("a play of its customer itself, on another channel", 'deliveries of acme { at: 2026-11-09, play: "call" }', True),
)  # fmt: skip


@pytest.mark.parametrize(("what", "rows", "gets"), PAST, ids=[p[0] for p in PAST])
def test_any_delivery_on_the_channel_to_one_recipient_counts(what: str, rows: str, gets: bool) -> None:
    why = outcome(CHANNEL, PLAY, ROWS + rows, "expect ann gets mail", CALL + OTHER_PERSON)
    assert why == ("" if gets else "ann doesn't get it: ann was contacted 1 day ago, less than 7 days")


def test_an_address_that_a_list_has_is_suppressed_however_it_is_spelled() -> None:
    spelled = ROWS.replace("ann@acme.example", " OLD@acme. example")
    why = outcome(f"{CHANNEL} suppress bounced", PLAY, spelled, "expect ann gets mail")
    assert why == "ann doesn't get it: ann is in `bounced`"


def test_what_another_play_suppresses_for_itself_is_no_matter() -> None:
    other = 'play call { channel: email  to users where role = "member"  suppress silent }'
    rows = ROWS + SAME.replace('"admin"', '"member", seen: 2025-01-01')
    assert outcome(CHANNEL, PLAY, rows, "expect ann gets mail", other) == ""
    assert outcome(CHANNEL, f"{PLAY} suppress silent", rows, "expect ann doesn't get mail", other) == ""


ON_EMAIL = "play call { channel: email  to users %s }"


@pytest.mark.parametrize(
    ("clause", "most", "gets"),
    [("", "", "mail"), ("priority 1", "", "call"), ("", "at most 2 plays per customer per day", "both")],
)
def test_a_customer_gets_as_many_plays_as_the_channel_allows(clause: str, most: str, gets: str) -> None:
    for play in ("mail", "call"):
        channel = f"{CHANNEL.replace('cooldown 7 days', '')} {most}"
        why = outcome(channel, PLAY, ROWS, f"expect acme gets {play}", ON_EMAIL % clause)
        other = "call" if play == "mail" else "mail"
        enough = f"acme doesn't get it: enough plays: `{other}` comes first, and `email` takes 1 play a day"
        assert why == ("" if gets in (play, "both") else enough)


def test_of_two_plays_on_a_day_the_second_reaches_nobody_whom_the_first_one_contacts() -> None:
    why = outcome(f"{CHANNEL} at most 2 plays per customer per day", PLAY, ROWS, "expect acme gets call", ON_EMAIL % "")
    assert why == "acme doesn't get it: nobody to reach: ann was contacted by `mail` today"


def test_a_play_that_reaches_nobody_takes_no_room() -> None:
    call = ON_EMAIL.replace("users", 'users where role = "member"') % "priority 1"
    assert outcome(CHANNEL, PLAY, ROWS, "expect acme gets mail expect acme doesn't get call", call) == ""


@pytest.mark.parametrize(("day", "gets"), [("2026-11-08", True), ("2026-11-09", False)])
def test_plays_of_a_week_count_from_monday(day: str, gets: bool) -> None:
    """10 November 2026 is a Tuesday."""
    rows = f'{ROWS} deliveries of acme {{ at: {day}, play: "call", channel: "email", recipient: "bob" }}'
    why = outcome(f"{CHANNEL} at most 1 play per customer per week", PLAY, rows, "expect acme gets mail")
    assert (why == "") is gets


def test_a_reason_may_be_asked_for() -> None:
    cooled = f'{ROWS} deliveries of acme {{ at: 2026-11-01, play: "mail" }}'
    assert outcome(CHANNEL, PLAY, cooled, 'expect acme doesn\'t get mail because "cooling down"') == ""
    why = outcome(CHANNEL, PLAY, cooled, 'expect acme doesn\'t get mail because "consent"')
    assert why == "acme doesn't get it: cooling down: it got this 9 days ago, less than 30 days"


def test_a_suppressed_customer_and_a_suppressed_person() -> None:
    evil = ROWS.replace("acme", "evil")
    assert outcome(CHANNEL, PLAY, evil, "expect evil gets mail") == "evil doesn't get it: suppressed: it is in `barred`"
    bounced = ROWS.replace("ann@acme.example", "old@acme.example")
    channel = f"{CHANNEL} suppress bounced"
    assert outcome(channel, PLAY, bounced, "expect ann gets mail") == "ann doesn't get it: ann is in `bounced`"
    silent = f"{PLAY} suppress silent"
    member = ROWS.replace('"admin"', '"member", seen: 2025-01-01')
    whole = silent.replace(' where role = "admin"', "")
    assert outcome(CHANNEL, whole, member, "expect ann gets mail") == "ann doesn't get it: ann is in `silent`"
    unknown = member.replace('"member"', "missing")
    assert outcome(CHANNEL, whole, unknown, "expect ann gets mail") == "ann doesn't get it: ann is in `silent`"


@pytest.mark.parametrize(
    ("first", "second", "verb"),
    [("true", "false", "doesn't get"), ("false", "true", "doesn't get"), ("false", "false", "gets")],
)
def test_a_stay_is_in_any_place_with_the_play(first: str, second: str, verb: str) -> None:
    """A run had it in one of two segments, or in none."""
    more = "segment also of account { when arr > 200 play mail } table also_runs of account from runs of also starting 2026-10-01"
    runs = f"large_runs of acme {{ at: 2026-10-12, member: {first} }} also_runs of acme {{ at: 2026-10-12, member: {second} }}"
    past = f'deliveries of acme {{ at: 2026-10-11, play: "mail" }} {runs}'
    assert outcome(CHANNEL, PLAY, f"{ROWS} {past}", f"expect acme {verb} mail", f"{CALL} {more}") == ""


STAYS = (
    # what, rows of the runs of `large` and of the arm `a`, whether the stay of the first has ended
    ("both places say so", "member: false", 'arm: "b"', True),
    ("a run that didn't know", "member: missing", 'arm: "b"', False),
    ("an arm that isn't known", "member: false", "arm: missing", False),
    ("it was in the arm", "member: false", 'arm: "a"', False),
    ("another instant", "member: false", 'at: 2026-10-13, arm: "b"', False),
    ("one place has no row", "member: false", "", False),
)


@pytest.mark.parametrize(("what", "large", "arm", "has_ended"), STAYS, ids=[s[0] for s in STAYS])
def test_a_stay_has_ended_if_every_place_says_so_of_one_run(what: str, large: str, arm: str, has_ended: bool) -> None:
    more = """
      segmentation parts of account { segment a { when arr > 200 play mail } otherwise b }
      table parts_runs of account from runs of parts starting 2026-10-01
    """
    runs = f"large_runs of acme {{ at: 2026-10-12, {large} }}"
    runs += f" parts_runs of acme {{ {'' if 'at:' in arm else 'at: 2026-10-12, '}{arm} }}" if arm else ""
    past = f'deliveries of acme {{ at: 2026-10-11, play: "mail" }} {runs}'
    verb = "gets" if has_ended else "doesn't get"
    assert outcome(CHANNEL, PLAY, f"{ROWS} {past}", f"expect acme {verb} mail", f"{CALL} {more}") == ""


def test_a_stay_in_a_place_without_a_table_of_runs_is_not_known_to_have_ended() -> None:
    more = "segment also of account { when arr > 200 play mail }"
    past = 'deliveries of acme { at: 2026-10-11, play: "mail" } large_runs of acme { at: 2026-10-12, member: false }'
    why = outcome(CHANNEL, PLAY, f"{ROWS} {past}", "expect acme gets mail", f"{CALL} {more}")
    assert (
        why == "acme doesn't get it: given already: it got this 30 days ago, and no recorded run had it elsewhere since"
    )


def test_whose_message_cannot_be_written_does_not_get_it() -> None:
    play = f'{PLAY} merge seen  message "Since {{{{ seen | day }}}}"'
    why = outcome(CHANNEL, play, ROWS, "expect ann gets mail")
    assert why == "ann doesn't get it: the message to ann can't be written (`seen` is missing)"
    why = outcome(CHANNEL, play, ROWS, "expect acme gets mail")
    assert why == "acme doesn't get it: nobody to reach: the message to ann can't be written (`seen` is missing)"
    dated = f"{ROWS} {SAME.replace('role', 'seen: 2026-01-01, role')}"
    assert outcome(CHANNEL, play, dated, "expect bob gets mail  expect ann doesn't get mail") == ""


def with_holdout(share: str, people: int) -> tuple[str, Decision]:
    """How a test ends of so many people, of whom a share is held out, and what is decided about their customer."""
    users = (
        f'user u{n} {{ account_id: acme, role: "admin", email: "{n}@x.example", newsletter_ok: true }}'
        for n in range(people)
    )
    test = f'test "t" as of 2026-11-10 {{ account acme {{ plan: "team", arr: 300 }} {" ".join(users)} expect acme gets mail }}'
    held = f'holdout {share} of user seed "x"'
    model = model_of(f"{MODEL} channel email {{ {CHANNEL} }} play mail {{ {PLAY} }} {CALL} {held} {test}")
    (result,) = run_tests(model.tests, model, model.outside.zone)
    evaluator = evaluator_for(model.tests[0], model, Clock.at(dt.date(2026, 11, 10), model.outside.zone))
    row = evaluator.world.by_key("account", "acme")
    assert row is not None
    return result.status, Customer(evaluator, "account", row, Past()).decisions()["mail"]


def test_recipients_are_held_out_and_a_test_leaves_that_aside() -> None:
    status, decision = with_holdout("50%", 40)
    assert (status, decision.gets) == ("passed", True)
    held_out = [r for r in decision.recipients if r.is_held_out]
    assert [r.key for r in held_out] == [
        r.key for r in decision.recipients if drawn("x", str(r.key)) < SCALE // 2
    ] and 10 <= len(held_out) <= 30
    assert {r.line for r in decision.recipients} == {"gets"} and not any(r.gets for r in held_out)
    assert said_of_recipient(held_out[0]) == f"{held_out[0].key} is held out"
    assert str(held_out[0].key) not in said_of(decision).replace(",", " ").split()
    status, decision = with_holdout("99%", 1)
    assert (status, decision.line, decision.gets) == ("passed", "gets", False)
    assert said_of(decision) == "held out: u0"


def test_a_test_of_plays_with_a_past_says_its_day() -> None:
    rules = f"{MODEL} channel email {{ {CHANNEL} }} play mail {{ {PLAY} }} {CALL}"
    rules += f' test "t" {{ {ROWS} deliveries of acme {{ at: 2026-11-01, play: "mail" }} expect acme gets mail }}'
    model = model_of(rules)
    (result,) = run_tests(model.tests, model, model.outside.zone)
    assert [d.code for d in result.errors] == ["SEG0503"]


def test_a_test_needs_no_worth_to_say_who_comes_first() -> None:
    """A test has room for everybody, so what `by` and `per` read may be left out."""
    rules = """
    entity account { id: text key  arr: money(EUR) required  region: text required }
    segment everybody of account { when id is not missing  play call }
    play call { channel: "csm"  capacity 1 per region per week by arr }
    test "t" as of 2026-11-10 { account acme {} expect acme gets call }
    """
    model = model_of(rules)
    (result,) = run_tests(model.tests, model, model.outside.zone)
    assert (result.status, result.errors) == ("passed", ())


NEVER = (
    ("expect acme doesn't get unused", "nobody gets `unused`: no segment and no arm names it"),
    ("expect acme doesn't get notes", "`notes` goes to `user`, and never to `acme`, of `account`"),
    ("expect ann doesn't get call", "`call` goes to `account`, and never to `ann`, of `user`"),
)


@pytest.mark.parametrize(("expected", "said"), NEVER)
def test_an_expectation_that_cannot_fail_is_an_error(expected: str, said: str) -> None:
    more = 'play unused { channel: "csm" } play notes { channel: "csm" } segment readers of user { when seen > 2020-01-01 play notes }'
    assert outcome(CHANNEL, PLAY, ROWS, expected, f"{CALL} {more}") == said


def test_a_test_says_its_day_where_another_play_that_may_come_first_needs_it() -> None:
    call = ON_EMAIL % "priority 1  only when any(users where seen in last 30 days)"
    rules = f'{MODEL} channel email {{ {CHANNEL} }} play mail {{ {PLAY} }} {call} test "t" {{ {ROWS} expect acme gets mail }}'
    model = model_of(rules)
    (result,) = run_tests(model.tests, model, model.outside.zone)
    assert [d.code for d in result.errors] == ["SEG0503"]


def test_cases_name_customers_and_plays() -> None:
    rows = ROWS + "case { who: acme, which: mail } case { who: ann, which: mail } expect who gets which"
    rules = (
        f'{MODEL} channel email {{ {CHANNEL} }} play mail {{ {PLAY} }} {CALL} test "t" as of 2026-11-10 {{ {rows} }}'
    )
    model = model_of(rules, {})
    assert [r.status for r in run_tests(model.tests, model, model.outside.zone)] == ["passed", "passed"]
