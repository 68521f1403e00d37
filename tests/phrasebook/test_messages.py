"""The message about a line: the whole line as it should be written, one for all its mistakes; both where it is open; none that isn't right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from segdsl.diagnostics import Diagnostic, Source, as_json, render
from segdsl.lang.parse import parse, parse_expression
from segdsl.mend.messages import mended_condition
from segdsl.model.segment import Outside
from segdsl.phrasebook.row import EXAMPLE_MODEL
from segdsl.report.layout.annotations import annotate, commands
from segdsl.resolve import resolve_condition
from tests.support.cli import call
from tests.support.whom import segment, workspace


def told(condition: str) -> list[Diagnostic]:
    return [d for d in workspace(EXAMPLE_MODEL, segment(condition)).diagnostics if d.severity == "error"]


@pytest.mark.parametrize(
    ("written", "message", "help"),
    [
        ("logged in at least 5 times in last 30 days", "`least` can't stand here", "write: `count(logins in last 30 days) >= 5` (rows are counted with `count(…)`)"),
        ("plan = 'team'", "`plan = 'team'` can't stand here", 'write: `plan = "team"` (text stands in straight double quotes: "…")'),
        ("arr > 50k", "`50k` can't stand here", "write: `arr > 50_000` (amounts are written without currency and commas, thousands with `_`)"),
        ("Plan == team and conutry is empty; arr > $5,000", "`Plan` can't stand here", 'write: `plan = "team" and country is missing and arr > 5_000` (unknown field `conutry` of `account`; empty is written `is missing`)'),
        ("renewal_date within 30 days", "`within` can't stand here", "write: `renewal_date in next 30 days` (ahead), or: `renewal_date in last 30 days` (back)"),
        ("renewal_date < 3/4/2026", "`renewal_date` doesn't compare with a number", "write: `renewal_date < 2026-04-03` (the day first), or: `renewal_date < 2026-03-04` (the month first)"),
        ("renewal_date < 13/4/2026", "`renewal_date` doesn't compare with a number", "write: `renewal_date < 2026-04-13` (dates are written year-month-day)"),
        ("avg(invoices.amount) > 1", "unknown function `avg`", "write: `average(invoices.amount) > 1` (by the language's own name)"),
        ("plan is team and seats > 5 or autopay is on", "`is` can't stand here", 'write: `(plan = "team" and seats > 5) or autopay` (what is true or false stands alone), or: `plan = "team" and (seats > 5 or autopay)` (brackets say which belong together)'),
        ("seats > 3 && autopay", "`&&` can't stand here", "write: `seats > 3 and autopay` (write `and` instead of `&&`)"),
        ('OR(plan = "free", plan = "team")', '`OR(plan = "free", plan = "team")` can\'t stand here', 'write: `plan in ("free", "team")`'),
        ("signed_on < '2026-04-13'::date", "`signed_on < '2026-04-13'::date` can't stand here", "write: `signed_on < 2026-04-13` (dates stand without quotes)"),
        ("plan frobs 3", "`frobs` can't stand here", 'conditions with `plan` look like `plan = "free"` or `plan in ("free", "team")`'),
    ],
)  # fmt: skip
def test_a_line_is_told_as_it_should_be_written(written: str, message: str, help: str) -> None:
    assert [(d.message, d.help) for d in told(written)] == [(message, help)]


KONTO = "entity konto { konto_id: text key  arr: number }\n"


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        ("entity Konto { konto_id: text key }", ["entity konto { konto_id: text key }"]),
        ("entity Konto { KontoId: text key  ARR: money(EUR) }", ["entity konto { konto_id: text key arr: money(EUR) }"]),
        ("entity konto { konto_id: text key  Plan: text }", ["entity konto { konto_id: text key plan: text }"]),
        (f"{KONTO}table Logins of konto by konto_id at at {{ x: text }}", ["table logins of konto by konto_id at at { x: text }"]),
        (f"{KONTO}segment Big of konto {{ when arr > 5 }}", ["segment big of konto { when arr > 5 }"]),
        (f"{KONTO}metric ArrTwice of konto = arr * 2", ["metric arr_twice of konto = arr * 2"]),
        (f'{KONTO}play ExecCall {{ channel: "csm" }}', ['play exec_call { channel: "csm" }']),
        (f'{KONTO}play call {{ channel: "csm" }}\nsegmentation s of konto {{ segment Big {{ when arr > 5 play Call }} otherwise Rest }}', ["segmentation s of konto { segment big { when arr > 5 play call } otherwise rest }"]),
        ("entity Konto { KontoId: text key }\nsegment Big of Konto { when KontoId is missing }", ["entity konto { konto_id: text key }", "segment big of konto { when konto_id is missing }"]),
    ],
)  # fmt: skip
def test_names_with_capitals_are_shown_as_they_are_written(model: str, lines: list[str]) -> None:
    found = [d for d in workspace(model, "").diagnostics if d.severity == "error"]
    assert [re.match("write: `([^`]*)`", d.help)[1] for d in found] == lines  # type: ignore[index]


@pytest.mark.parametrize(
    "model",
    [
        "entity konto { konto_id: text key  plan: text  Plan: text }",
        f"{KONTO}metric ARR of konto = arr + 1",
        "entity Konto { KontoId: text key frobs }",
    ],
)
def test_no_line_is_shown_where_lower_case_does_not_make_it_right(model: str) -> None:
    found = [d for d in workspace(model, "").diagnostics if d.severity == "error"]
    assert found and not any("write: " in d.help or d.fix for d in found)


def test_a_head_is_told_as_it_should_be_written_beside_a_condition_that_is_not_read() -> None:
    """Whole, and only where nothing else of it is wrong."""
    body = "{\n  segment a “A” { when seats frobs 5 }\n  otherwise b\n}"

    def said(head: str) -> list[str]:
        found = workspace(EXAMPLE_MODEL, f"{head} {body}").diagnostics
        return [d.help for d in found if d.severity == "error" and "segmentation" in d.help]

    whole = 'segmentation sizes "By size" of account where plan = "team" {'
    line = f'write: `{whole}` (text stands in straight double quotes: "…")'
    assert said("segmentation sizes “By size” of account where plan = “team”") == [line]
    assert line not in said("segmentation sizes “By size” of account where plan frobs “team”")
    assert not any(help.startswith("write") for help in said("segmentation “By size” of shoes"))


@pytest.mark.parametrize(
    "written",
    [
        "exactly 2 of (seats > 5, nps > 3, autopay)",
        "at most 2 of (seats > 5, nps > 3, autopay)",
        "at least 4 of (seats > 5, nps > 3, autopay)",
        "at least 2 of (seats > 5, nps, autopay)",
    ],
)
def test_so_many_of_a_list_are_written_out_only_where_each_is_a_condition(written: str) -> None:
    assert [d.help for d in told(written) if d.help.startswith("write: `(")] == []


def test_what_stays_wrong_is_told_too_where_it_stands() -> None:
    first, left = told("plan == 'team' and frobnicate 3 or country is empty")
    assert first.fix is None and first.help.startswith(
        "equal is written `=`; conditions with `plan` look like `plan = "
    )
    assert left.span is not None and left.span.text == "3" and left.message == "`3` can't stand here"


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("plan == 'team' and frobnicate 3 and country is empty", 'plan = "team" and ‹fill in: frobnicate 3› and country is missing'),
        ("frobnicate 3 or arr over 100", "‹fill in: frobnicate 3› or arr > 100"),
        ("frobnicate ‹3› or arr over 100", "‹fill in: frobnicate <3>› or arr > 100"),
    ],
)  # fmt: skip
def test_a_clause_that_is_not_read_is_a_gap_in_the_line(written: str, line: str) -> None:
    (d,) = told(written)
    assert d.help.startswith(f"write, and fill in what stands in ‹ ›: `{line}`") and d.fix is None
    assert [one.severity for one in workspace(EXAMPLE_MODEL, segment(line)).diagnostics if one.code == "SEG0101"]


@pytest.mark.parametrize(
    "written",
    [
        "frobs 3 and arr over 100 or plan is team",  # which belong together
        "either frobs 3 or arr over 100",
        "neither frobs 3 or arr over 100",
        "not frobs 3 and arr over 100",
        "arr between 3 frobs and seats over 5",
        "more than 5 frobs and tickets in the last 30 days",  # 5 of both
        "no frobs and logins in last 30 days",
        "frobs 3 and without tickets",
        "frobs 3 unless arr over 100 and plan is team",
    ],
)
def test_nothing_is_read_beside_a_gap_that_may_depend_on_it(written: str) -> None:
    assert not [d for d in told(written) if "‹" in d.help or d.fix is not None]


def test_every_condition_is_told_where_one_of_them_is_not_read() -> None:
    rules = "segmentation m of account {\n  segment a { when plan == 'team' }\n  segment b { when frobs 3 }\n  segment c { when seats frobs 4 }\n  otherwise d\n}\n"
    found = [d for d in workspace(EXAMPLE_MODEL, rules).diagnostics if d.severity == "error"]
    assert [d.span and d.span.source.position(d.span.start)[0] for d in found] == [2, 3, 4]
    assert [d.fix and d.fix.replacement for d in found] == ['plan = "team"', None, None]
    assert all("look like" in d.help for d in found[1:])


def test_each_condition_of_a_segmentation_is_told_by_itself() -> None:
    rules = 'segmentation m of account {\n  segment a { when plan == "team" }\n  segment b { when seats > 5 }\n  segment c { when country is empty }\n  otherwise d\n}\n'
    found = [d for d in workspace(EXAMPLE_MODEL, rules).diagnostics if d.severity == "error"]
    assert [d.fix and d.fix.replacement for d in found] == ['plan = "team"', "country is missing"]
    assert [d.span and d.span.text for d in found] == ["==", "country is empty"]


def lines_of(rules: str) -> list[str]:
    """What is said of declarations, in their order."""
    return [d.help for d in workspace(EXAMPLE_MODEL, rules).diagnostics if d.severity == "error"]


def test_what_is_mended_is_known_to_what_is_left() -> None:
    metric = "metric loud of account = number of tickets in last 30 days\n"
    first, second = lines_of(f"{metric}segment noisy of account {{ when loud is over 5 }}")
    assert first.startswith("write: `count(tickets in last 30 days)`") and second.startswith("write: `loud > 5`")


def test_nothing_is_said_of_what_is_right_once_others_are_mended() -> None:
    play = 'play letter "Letter" { channel: "post", cost: 2,50 currency: EUR }\n'
    (line,) = lines_of(f"{play}segment small of account {{ when seats < 5 play letter }}")
    assert line.startswith('write: `play letter "Letter" { channel: "post", cost: 2.50, currency: "EUR" }`')


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("Hi all, please add:\nsegment big of account { when seats > 5; }", "# Hi all, please add:"),
        ("segment big of account { when seats > 5; }\nThanks! Ann", "# Thanks! Ann"),
    ],
)
def test_lines_of_a_letter_stand_behind_a_sign(written: str, line: str) -> None:
    assert any(f"`{line}`" in told for told in lines_of(written))


@pytest.mark.parametrize("written", ["seats = 9-5", "seats 9-5", "arr > 9 - 5 and nps is 3 - 1"])
def test_a_difference_is_no_range(written: str) -> None:
    assert not any("between" in d.help for d in told(written) if d.help.startswith("write"))


@pytest.mark.parametrize(
    ("written", "sure"),
    [
        ("plan == 'team'", True),
        ("Plan = “team” AND seats <> 5", True),
        ("seats is more than 5", False),  # a sentence
        ("AND(seats > 5, autopay)", False),  # a formula
        ("conutry is empty", False),  # a name by its spelling
    ],
)
def test_only_what_is_not_guessed_is_written_by_check_fix(written: str, sure: bool) -> None:
    (d,) = told(written)
    assert d.fix is not None and d.fix.sure is sure


def test_a_condition_of_a_command_line_is_told_whole() -> None:
    files = (parse(Source("model.seg", EXAMPLE_MODEL))[0],)
    source = Source("condition", "plan = 'team' && arr > 1,250,000")
    node, found = parse_expression(source)
    assert node is None
    (d,) = mended_condition(source, "account", found, files, Outside())
    assert d.help.startswith('write: `plan = "team" and arr > 1_250_000`')
    node, _ = parse_expression(Source("condition", 'plan = "team" and arr > 1_250_000'))
    assert node is not None and resolve_condition(node, "account", files, Outside())[0] is not None


def test_what_cannot_be_said_of_a_command_line_is_answered_in_a_sentence() -> None:
    files = (parse(Source("model.seg", EXAMPLE_MODEL))[0],)
    source = Source("condition", 'AND(H2>50000,plan="team")')
    node, found = parse_expression(source)
    (d,) = mended_condition(source, "account", found, files, Outside())
    assert node is None and d.fix is None and d.label == ""
    assert (
        d.help
        == "`H2` is a cell of a sheet, and which field stands there can't be known here: write the field's name in its place in `H2 > 50000 and plan = \"team\"`"
    )


def test_check_fix_writes_what_is_not_guessed_and_leaves_the_rest(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text("[workspace]\nname = 't'\n")
    rules = "{}# é\nsegment a of account {{ when plan {} 'team' }} # a remark\nsegment b of account {{ when {} is empty }}\n"
    file = tmp_path / "rules.seg"
    file.write_text(rules.format(EXAMPLE_MODEL, "==", "conutry"), encoding="utf-8")
    result = call("check", "--fix", cwd=tmp_path)
    assert result.exit_code == 1 and "write: `country is missing`" in result.output, result.output
    assert file.read_text(encoding="utf-8") == rules.format(EXAMPLE_MODEL, "=", "conutry").replace("'team'", '"team"')


@pytest.mark.parametrize(
    ("condition", "help"),
    [
        ("revenue > 5", "did you mean `arr`, “Annual recurring revenue”?"),
        ('user.role = "admin"', "declare `entity user of account by account_id reverse users` without the field `account_id`, and write `any(users where …)`"),
        ("mode(arr) > 1", "did you mean `most_common`?"),
        ('"plan" = "team"', "write: `plan = \"team\"` (names stand without quotes)"),
    ],
)  # fmt: skip
def test_names_are_guessed_by_meaning_before_spelling(condition: str, help: str) -> None:
    model = """
    entity account { account_id: text key  plan: text  arr: money(USD) "Annual recurring revenue" }
    entity user { user_id: text key  account_id: text  role: text }
    """
    found = workspace(model, segment(condition)).diagnostics
    assert [d.help for d in found if d.severity == "error"] == [help]


def test_several_lines_stand_below_the_help_as_they_should_be_written() -> None:
    rules = (
        'segmentation size "How large is it?" of account {\n  segment large "Large" when arr is over 100_000\n'
        '  segment medium "Medium" when arr is over 20_000\n  everyone else small "Small"\n}\n'
    )
    (found,) = [d for d in workspace(EXAMPLE_MODEL, rules).diagnostics if d.severity == "error"]
    assert found.help.startswith("write (") and found.help.endswith("):")
    assert render(found).splitlines()[-5:] == [
        '    │ segmentation size "How large is it?" of account {',
        '    │   segment large "Large" { when arr > 100_000 }',
        '    │   segment medium "Medium" { when arr > 20_000 }',
        '    │   otherwise small "Small"',
        "    │ }",
    ]
    assert "%0A  otherwise small" in commands([annotate(found)], Path())


def test_no_line_below_the_help_can_pass_for_a_line_of_the_output() -> None:
    rules = (
        'segmentation m of account {\n  goal "\u2028::error::"\n  # ::warning::this\n  segment a "A" when arr is over 100_000\n'
        '  segment b "B" when arr is over 20_000\n  everyone else c "C"\n}\n'
    )
    for d in workspace(EXAMPLE_MODEL, rules).diagnostics:
        assert not [line for line in render(d).splitlines() if line.lstrip().startswith("::")]


def test_a_long_line_stands_below_the_help_as_a_whole() -> None:
    (d,) = told("IF(seats > 1, 1, " * 40 + "0" + ")" * 40 + " = 1")
    assert d.fix is not None and d.shown_lines == (d.fix.replacement,)
    assert len(d.fix.replacement) > 900 and "…" not in d.fix.replacement and d.help.endswith(":")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "letters"),
    [("{} > 5", "a"), ("any({})", "a"), ("{}(arr)", "a"), ('plan = "{}"', "a"), ('plan = "{}"', "x y "), ("plan == '{}'", "x y ")],
)  # fmt: skip
def test_a_very_long_name_or_text_is_cut_in_a_message(condition: str, letters: str) -> None:
    for d in told(condition.replace("{}", letters * (20_000 // len(letters)))):
        assert all(len(line) < 6_500 for line in render(d).splitlines())


GAPS = {
    'play mail "Mail" {\n  channel: email\n  cost: quite low\n}': 'play mail "Mail" {\n  channel: "email"\n  ‹fill in: cost: quite low›\n}',
    "score health of account {\n  seats counts 60%: 0 at 0, 100 at 50\n  the mood of the team\n  30% autopay\n}": (
        "score health of account {\n  part seats weight 60 = scale(seats, 0: 0, 50: 100)\n  part autopay weight 30 = if autopay then 100 else 0 end\n"
        "  ‹fill in: the mood of the team›\n  missing parts: unknown\n}"
    ),
    "table calls of account at called_at {\n  account_id: link to account\n  minutes: whole number\n  outcome: whatever they said\n}": (
        "table calls of account by account_id at called_at {\n  minutes: integer\n  ‹fill in: outcome: whatever they said›\n}"
    ),
}


@pytest.mark.parametrize("written", GAPS)
def test_a_part_of_a_declaration_that_is_not_read_is_a_gap_in_it(written: str) -> None:
    (d,) = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert (d.draft, d.fix) == (GAPS[written], None)
    assert d.help.startswith("fill in what stands in ‹ ›, and write (")
    assert parse(Source("x", d.draft))[1], "no gap passes a check"
    assert as_json(d)["draft"] == d.draft and "fix" not in as_json(d)
    assert all("‹fill in: " in shown for shown in (render(d), commands([annotate(d)], Path())))


def test_points_beside_one_that_is_not_read_are_no_weights() -> None:
    written = "score health of account {\n  +30 if seats > 5\n  +20 if autopay is on\n  -10 if the mood is bad\n}"
    assert [d.help for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.draft or "write" in d.help] == []


@pytest.mark.parametrize(
    "written",
    ["plan was free and is now team", "plan was free, now team", "seats were under 5 and are over 10", "plan is free and then team"],
)  # fmt: skip
def test_what_was_and_is_gets_a_sentence_and_no_line(written: str) -> None:
    (d,) = told(written)
    assert d.fix is None and "write: `" not in d.help and d.help.startswith("what it was on another day is")


def test_a_line_that_is_read_in_part_leaves_nothing_behind() -> None:
    written = "score health of account {\n  40% arr\n  60% seats, 10% of the mood: good\n  missing parts: count as 0\n}"
    (d,) = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert "seats weight" not in d.draft + d.help


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('segment a "Kein Login in letzten 30 Tagen" von account {\n  wenn arr > 50.000 und plan = "team"\n}', 'segment a "Kein Login in letzten 30 Tagen" of account {\n  when arr > 50_000 and plan = "team"\n}'),
        ("segment a of account {\n  quando none(logins negli ultimi 7 giorni) e seats > 5\n}", "segment a of account {\n  when none(logins in last 7 days) and seats > 5\n}"),
    ],
)  # fmt: skip
def test_words_of_another_language_are_said_with_those_of_this_one(written: str, line: str) -> None:
    (d,) = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert d.fix is not None and d.fix.replacement == line and not d.fix.sure
    assert "the words of the language are English" in d.help


def test_check_fix_writes_no_gap(tmp_path: Path) -> None:
    (tmp_path / "segdsl.toml").write_text("[workspace]\nname = 't'\n")
    text = EXAMPLE_MODEL + "\n" + "\n".join(GAPS) + "\n" + segment("frobs 3 and arr over 5k")
    (tmp_path / "rules.seg").write_text(text, encoding="utf-8")
    result = call("check", "--fix", cwd=tmp_path)
    assert "‹fill in: " in result.output and (tmp_path / "rules.seg").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("written", "help"),
    [
        ("the urgent tickets frobnicate", 'conditions with `tickets` look like `any(tickets where priority = "urgent")` or `count(tickets where priority = "urgent") >= 3`'),
        ("(arr frobs 20_000 gribs seats frobs 60)", "conditions with `arr` look like `arr >= 20_000` or `arr < 20_000`, with `seats` like `seats >= 60` or `seats < 60`"),
        ("arr makes together 80% frobs", "conditions with `arr` look like `cumulative_share(arr) < 80%` or `arr >= 10_000`"),
        ("seats somehow grew by more than 40% over 2 months frobs", "conditions with `seats` look like `change(seats, 2 months, floor: 0) > 40%` or `seats > 10`"),
        ('frobs "onboarding" and seats frobs', "conditions with `seats` look like `seats >= 10` or `seats < 10`"),
    ],
)  # fmt: skip
def test_examples_say_what_is_said_of_each_name(written: str, help: str) -> None:
    """No window where none is said, and no figure that stands beside another name."""
    assert help in [d.help for d in told(written)]


@pytest.mark.parametrize(
    "written",
    [
        "urgent tickets frobnicate for 60 days somehow within 2 days",
        "an urgent ticket of the last 60 days frobs, followed by gribs in 2 days",
    ],
)
def test_no_example_has_one_of_several_lengths_of_time(written: str) -> None:
    assert not any(re.search(r"\b(?:2|30|60) days", d.help) for d in told(written))


def test_a_word_with_an_apostrophe_is_named_whole() -> None:
    assert [d.message for d in told("there couldn't be an arr")] == ["`couldn't` can't stand here"]


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ('plan >= "team"', 'plan in ("team", "business", "enterprise")'),
        ('any(tickets where priority < "urgent")', 'priority in ("low", "high")'),
        ('any(tickets where priority > "high")', 'priority = "urgent"'),
    ],
)
def test_values_without_an_order_are_named(written: str, line: str) -> None:
    assert [d.help.startswith("write: ") and line in d.help and "have an order" in d.help for d in told(written)] == [
        True
    ]


def test_a_note_is_told_once() -> None:
    source = 'metric size of account = IF(arr<5000,"S",IF(arr<25000,"M","L"))'
    (d,) = [d for d in workspace(EXAMPLE_MODEL, source).diagnostics if d.severity == "error"]
    assert d.help.count("if … then … else … end") == 1


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("arr > 20.000 und autopay", ("arr > 20_000 and autopay", "arr > 20 and autopay")),
        ("arr=>25,000 and autopay", ("arr >= 25_000 and autopay",)),
    ],
)
def test_a_sign_between_digits_that_may_be_read_in_two_ways_is_shown_in_both(
    written: str, lines: tuple[str, ...]
) -> None:
    (d,) = told(written)
    assert re.findall(r"(?:write|or): `([^`]*)`", d.help) == [*lines]


def test_each_line_of_what_is_expected_is_said_by_itself() -> None:
    source = 'test "vips" {\n  account acme { seats: 2_000 }\n  expect acme is in vips\n  expect acme is not in vips\n}'
    every = [d for d in workspace(EXAMPLE_MODEL, source).diagnostics if d.severity == "error"]
    assert [d.help for d in every] == ["write: `expect acme in vips`", "write: `expect acme not in vips`"]


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ('UND(plan <> "free"; seats > 20)', "`UND(a; b)` is written `a and b`"),
        ('AND(plan <> "free", seats > 20)', "`AND(a, b)` is written `a and b`"),
        ('autopay y (plan es "free" o seats > 20)', "conditions are joined in English: `and`, `or`, `not`"),
        ("ROUND(arr / 12, 1) > 100", "a number is rounded with `round(…, to: STEP)`"),
        ('plan is any of "team"; "free"', "one of several is written `in (…)`"),
        ('plan is any of team; "free"', "values stand in double quotes; one of several is written `in (…)`"),
        ("seats is one of 10, 20", "one of several is written `in (…)`"),
        ("renewal_date BETWEEN '2026-12-01' AND '2026-12-31'", "dates and numbers stand without quotes"),
        ("renewal_date this quarter", "whole weeks, months, quarters and years are `calendar` ones"),
    ],
)
def test_a_reason_is_said_by_what_stands_there(written: str, note: str) -> None:
    (d,) = told(written)
    assert d.help.endswith(f"({note})")


@pytest.mark.parametrize(
    "written",
    [
        'tags include "beta" and "vip" or "old"',
        'tags include "beta" as well as "vip" or "old"',
        "arr > 5_000 plus 300 and autopay",
    ],
)
def test_what_may_be_grouped_in_two_ways_and_sums_are_no_lists(written: str) -> None:
    assert not any(
        "has a" in line or " in (" in line or "= 20" in line
        for d in told(written)
        if d.help
        for line in re.findall(r"(?:write|or): `([^`]*)`", d.help)
    )


@pytest.mark.parametrize(
    ("remark", "name"),
    [
        ("-- save as big_teams", "big_teams"),
        ("-- segment: big_teams", "big_teams"),
        ("/* name it big_teams */", "big_teams"),
        ("-- saved as `big_teams`.", "big_teams"),
        ("-- save as vips", "selected_1"),
        ("-- only the big teams", "selected_1"),
        ("-- name this segment later", "selected_1"),
    ],
)
def test_a_query_is_named_by_its_remark(remark: str, name: str) -> None:
    source = f"SELECT account_id FROM account WHERE plan = 'team'; {remark}"
    helps = [d.help or "" for d in workspace(EXAMPLE_MODEL, source).diagnostics if d.severity == "error"]
    assert any(f"segment {name} of account" in help for help in helps)


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("frobs logins in each of the last 8 weeks", "every week for 8 weeks (any(logins in last 1 week))"),
        (
            "no frobs tickets in every one of the last 3 months",
            "every month for 3 months (none(tickets in last 1 month))",
        ),
        ("at least five frobnicated days with logins in last 30 days", "distinct_days(logins in last 30 days) >= 3"),
        ("every frob ticket in last 30 days", "any(tickets in last 30 days)"),
        ("logins frob 5 days ago", "any(logins in last 5 days)"),
    ],
)
def test_examples_count_days_and_weeks_only_where_these_are_counted(written: str, line: str) -> None:
    help = told(written)[0].help or ""
    assert f"`{line}`" in help
    assert ("distinct_days" in help) == line.startswith("distinct_days")
    assert ("every " in help) == line.startswith("every ")


def test_a_line_that_lacks_a_table_is_told_before_the_table() -> None:
    written = "segmentation care of account { segment large { when seats > 5 once in, they stay for at least 9 days } otherwise rest }"
    found = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert ["stay at least 9 days" in d.help for d in found] == [True]


def test_a_remark_hides_nothing_of_the_line_that_is_shown() -> None:
    found = told('plan = "team"  /* some of them */\n   and arr > 5;')
    assert found and all("# some of them and" not in d.help for d in found)


def test_conditions_that_are_apart_are_not_joined_in_an_example() -> None:
    written = 'segment odd of account {\n Group 1: plan = "free"\n OR\n Group 2: plan = "team"\n}'
    found = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    assert found and all('and plan = "team"' not in d.help for d in found)


def test_a_name_in_two_words_beside_an_age_has_two_readings() -> None:
    (found,) = told("signed on > 90 days ago")
    older, newer = "`signed_on < 90 days ago` (longer ago is written `<`)", "`signed_on > 90 days ago`"
    assert older in found.help and newer in found.help and found.fix is None


def test_a_remark_of_a_program_ends_with_its_line() -> None:
    written = (
        "segment odd of account {\n  when plan = 'team'  // not free\n   and none(tickets where state = 'open')\n}"
    )
    (found,) = (d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error")
    assert found.fix is not None and "# not free\n" in found.fix.replacement


_PEOPLE = """entity member of account by account_id reverse members { member_id: text key }
table visits of member by member_id at seen_at { }
"""


@pytest.mark.parametrize(
    "text",
    [
        # whether what didn't come after is said of both or of the second alone
        segment('any(tickets where priority = "high" or priority = "low" and no logins within 3 days)'),
        # whose visits they are is said, or should be
        f'{_PEOPLE}test "seen" as of 2026-11-01 {{ account acme {{ seats: 1 }} member ann {{ account_id: acme }} visits of acme {{ at: 2026-10-20 }} '
        "expect acme not in vips }",
    ],
)
def test_what_is_open_gets_no_line(text: str) -> None:
    errors = [d for d in workspace(EXAMPLE_MODEL, text).diagnostics if d.severity == "error"]
    assert errors and not any("write: `" in (d.help or "") for d in errors)


def test_rows_of_two_kinds_are_each_given_to_whom_they_belong() -> None:
    written = f'{_PEOPLE}test "seen" as of 2026-11-01 {{ account acme {{ seats: 1 }} logins of acme {{ at: 2026-10-19 }} visits of acme {{ at: 2026-10-20 }} expect acme not in vips }}'
    errors = [d for d in workspace(EXAMPLE_MODEL, written).diagnostics if d.severity == "error"]
    line = "logins of acme { at: 2026-10-19 } member acme_member { account_id: acme } visits of acme_member { at: 2026-10-20 }"
    assert [line in (d.help or "") for d in errors] == [True]
