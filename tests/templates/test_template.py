"""Templates: what a stranger's rules can't do with one, and what a message shows of values."""

from __future__ import annotations

import datetime as dt
import random
import re
from decimal import Decimal

import pytest

from segdsl.bounds import MESSAGE, TEMPLATE
from segdsl.model import types as ty
from segdsl.templates.template import CannotWrite, write, wrong_with

FIELDS = {
    "name": ty.TEXT,
    "plan": ty.Enum(("free", "team"), False),
    "arr": ty.Money("USD"),
    "day_of": ty.DATE,
    "tags": ty.SetOfText(),
    "seen_at": ty.TIMESTAMP,
    "paid": ty.BOOLEAN,
}

WRONG = (
    # template, what is said of it, at which words
    ("Dear {{ nam }}", "`nam` is no merge field", "nam"),
    ("Dear\n\n{{ name }}\n  {{ nobody }}", "`nobody` is no merge field", "nobody"),
    ("{{ name", "this template can't be read: unexpected end of template, expected 'end of print statement'", "{{ name"),
    ("{{ name }", "this template can't be read: unexpected '}'", "{{ name }"),
    ("{{ name.__class__ }}", "`.__class__` can't stand in a message: merge fields have no parts", "__class__"),
    ("{{ name['__class__'] }}", "`[…]` can't stand in a message", "{{ name['__class__'] }}"),
    ("{{ name|attr('__class__') }}", "unknown filter `attr`", "attr"),
    ("{{ tags|map(attribute='__class__')|join }}", "unknown filter `map`", "map"),
    ("{{ name.upper() }}", "a call can't stand in a message", "{{ name.upper() }}"),
    ("{{ lipsum(n=1000) }}", "a call can't stand in a message", "{{ lipsum(n=1000) }}"),
    ("{{ range(9) }}", "a call can't stand in a message", "{{ range(9) }}"),
    ("{{ self }}", "`self` is no merge field", "self"),
    ("{{ cycler }}", "`cycler` is no merge field", "cycler"),
    ("{{ 'a' * 1000000000 }}", "a calculation can't stand in a message", "{{ 'a' * 1000000000 }}"),
    ("{{ 9 ** 9999999 }}", "a calculation can't stand in a message", "{{ 9 ** 9999999 }}"),
    ("{{ name ~ name }}", "`~` can't stand in a message", "{{ name ~ name }}"),
    ("{{ name|center(1000000000) }}", "unknown filter `center`", "center"),
    ("{{ name|replace('a', name) }}", "unknown filter `replace`", "replace"),
    ("{{ '%1000000000d'|format(3) }}", "unknown filter `format`", "format"),
    ("{{ tags|join('x')|join('yy') }}", "`join` follows a field", "join"),
    ("{{ tags|join(name) }}", "`join` takes a text or a number", "join"),
    ("{{ [name, name]|first }}", "`first` follows a field", "first"),
    ("{% set x = name %}{{ x }}", "`set` can't stand in a message", "{% set x = name %}{{ x }}"),
    ("{% macro a() %}{% endmacro %}", "`macro` can't stand in a message", "{% macro a() %}{% endmacro %}"),
    ("{% include '/etc/passwd' %}", "`include` can't stand in a message", "{% include '/etc/passwd' %}"),
    ("{% import 'os' as os %}", "`import` can't stand in a message", "{% import 'os' as os %}"),
    ("{% extends 'a' %}", "`extends` can't stand in a message", "{% extends 'a' %}"),
    ("{% block a %}{% endblock %}", "`block` can't stand in a message", "{% block a %}{% endblock %}"),
    ("{% with x = 1 %}{% endwith %}", "`with` can't stand in a message", "{% with x = 1 %}{% endwith %}"),
    ("{% for i in range(9) %}{% endfor %}", "a loop goes over a merge field that is a set", "{% for i in range(9) %}{% endfor %}"),
    ("{% for i in name %}{% endfor %}", "a loop goes over a merge field that is a set", "{% for i in name %}{% endfor %}"),
    ("{% for i in tags %}{% for j in tags %}{% endfor %}{% endfor %}", "a loop in a loop can't stand in a message", None),
    ("{% for i in tags recursive %}{{ loop(tags) }}{% endfor %}", "a loop goes over a merge field that is a set", None),
    ("{% if name is string %}{% endif %}", "unknown test `is string`", "string"),
    ("{% trans %}{% endtrans %}", "this template can't be read: Encountered unknown tag 'trans'", None),
    ("{{ " + "(" * 5_000 + "name" + ")" * 5_000 + " }}", "this template is nested too deeply", None),
    ("{{ name" + "|upper" * 500 + " }}", "this template is nested too deeply", None),
    ("{% if name %}" * 30 + "{% endif %}" * 30, "this template is nested too deeply", None),
    ("{% if name %}" + "{% elif name %}" * 6_000 + "{% endif %}", "this template is nested too deeply", None),
    ("{{ " + "9" * 5_000 + " }}", "a number in this template is too large", "{"),
    ("{{ 0x" + "f" * 5_000 + " }}", "a number in this template is too large", None),
    ("{{ 1e999 }}", "a number in this template is too large", "{{ 1e999 }}"),
    ("{% if arr > 1e999 %}{% endif %}", "a number in this template is too large", None),
    ("{{ arr | default(1e999) }}", "a number in this template is too large", None),
    ("{% for a, b in tags %}{% endfor %}", "a loop gives each text of a set one name", "{% for a, b in tags %}{% endfor %}"),
    ("{% for a in tags %}{{ loop }}{% endfor %}", "`loop` can't stand alone", "loop"),
    ("{{ name | join }}", "`join` is for a set of texts, and `name` is a text", "join"),
    ("{{ name | first }}", "`first` is for a set of texts, and `name` is a text", "first"),
    ("{{ name | length }}", "`length` is for a set of texts, and `name` is a text", "length"),
    ("{{ tags | upper }}", "`upper` is for a text, and `tags` is a set of texts", "upper"),
    ("{{ arr | title }}", "`title` is for a text, and `arr` is a number", "title"),
    ("{{ arr | day }}", "`day` is for a day or a time, and `arr` is a number", "day"),
    ("{{ name | thousands }}", "`thousands` is for a number, and `name` is a text", "thousands"),
    ("{{ paid | thousands }}", "`thousands` is for a number, and `paid` is a yes or no", "thousands"),
    ("{{ day_of | day | day }}", "`day` is for a day or a time, and what stands before it is a text", "day"),
    ("{{ arr | default('none yet') | thousands }}", "`thousands` is for a number, and what stands before it is one or the other", "thousands"),
    ("{{ name | upper('y') }}", "`upper` stands without brackets", "upper"),
    ("{{ tags | join(3) }}", "`join` takes a text, as in `join(\", \")`", "join"),
    ("{{ tags | join(', ', 'name') }}", "`join` takes a text, as in `join(\", \")`", "join"),
    ("{{ tags | join(attribute='name') }}", "`join` takes a text or a number", "join"),
    ("{{ name | default }}", "`default` says one thing", "default"),
    ("{{ name | default('x', true) }}", "`default` says one thing", "default"),
    ("{{ none }}", "`none` can't stand in a message", "{{ none }}"),
    ("{{ name | default(none) }}", "`none` can't stand in a message", "{{ name | default(none) }}"),
    ("{% if name == none %}{% endif %}", "`none` can't stand in a message", None),
    ("{{ ('a', 'b') }}", "a list stands only after `in`", "{{ ('a', 'b') }}"),
    ("{{ ['a'] if paid else 'b' }}", "a list stands only after `in`", None),
    ("{% if tags == ('a', 'b') %}{% endif %}", "a list stands only after `in`", None),
    ("{% if arr > 'x' %}{% endif %}", "`arr` is a number, and is compared with a text", None),
    ("{% if plan == 3 %}{% endif %}", "`plan` is a text, and is compared with a number", None),
    ("{% if day_of == seen_at %}{% endif %}", "`day_of` is a day, and is compared with a time", None),
    ("{% if plan < 'team' %}{% endif %}", "`plan` is a text, which has no order in a message", None),
    ("{% if arr in ('1', '2') %}{% endif %}", "`arr` is a number, and is compared with a list with a text", None),
    ("{% if plan in (1, 'x') %}{% endif %}", "`plan` is a text, and is compared with a list of other values", None),
    ("{% if arr in tags %}{% endif %}", "`in` looks for a text in a set or a list", None),
    ("{% if name in 'free team' %}{% endif %}", "`in` looks for a text in a set or a list", None),
    ("{% for t in tags if t > 3 %}{% endfor %}", "`t` is a text, and is compared with a number", None),
    ("{% for t in tags if loop.first %}{% endfor %}", "`.first` can't stand in a message: merge fields have no parts", "first"),
    ("{% if paid %}{% else %}{{ name | day }}{% endif %}", "`day` is for a day or a time, and `name` is a text", "day"),
    ("x" * (TEMPLATE.most + 1), "a template has at most 100,000 characters", "x"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "said", "at"), WRONG, ids=lambda x: str(x)[:30])
def test_what_is_wrong_is_said_and_where(text: str, said: str, at: str | None) -> None:
    wrong = {w.message: text[w.start : w.end] for w in wrong_with(text, FIELDS)}
    assert said in wrong
    assert at in (None, wrong[said])


VALUES = {
    "name": "Acme <b>",
    "arr": Decimal("1E+5"),
    "day_of": dt.date(2026, 12, 1),
    "tags": frozenset({"b", "a"}),
    "seen_at": dt.datetime(2026, 12, 1, 9, 5),
    "paid": True,
}
WRITTEN = (
    ("Dear {{ name }},", "Dear Acme <b>,"),
    ("{{ arr }} {{ arr | thousands }}", "100000 100,000"),
    ("{{ day_of }}, {{ day_of | day }}, {{ seen_at }}, {{ seen_at | day }}", "2026-12-01, 1 Dec 2026, 2026-12-01 09:05, 1 Dec 2026"),
    ("{{ tags }}; {{ tags | join(' and ') }}; {{ tags | length }} {{ tags | first }}", "a, b; a and b; 2 a"),
    ("{% for t in tags %}{{ t | upper }}{% if not loop.last %}, {% endif %}{% endfor %}", "A, B"),
    ("{% if name in ('x', 'y') %}yes{% elif arr > 5 %}large{% else %}no{% endif %}", "large"),
    ("{{ 'paid' if paid else 'open' }} {{ paid }}", "paid yes"),
    ("{{ name | default('you') }}", "Acme <b>"),
    ("{% for t in tags if t == 'b' %}{{ t }}{{ loop.index }}{% else %}none{% endfor %}", "b1"),
    ("{{ arr | default(0) | thousands }} {{ arr | default('none yet') }}", "100,000 100000"),
    ("{% if 'a' in tags and 'cme' in name and arr in (1, 100_000) and paid == true %}yes{% endif %}", "yes"),
    ("{% if 1 < arr <= 100_000 and day_of == day_of and not tags == tags %}{% else %}{{ tags | length }}{% endif %}", "2"),
    ("{{ name or 'you' }} {{ tags | join | upper }} {{ name is defined }}", "Acme <b> AB yes"),
    ("{% raw %}{{ nobody }}{% endraw %}\n", "{{ nobody }}\n"),
    ("{# a remark #}x", "x"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "message"), WRITTEN)
def test_a_message_shows_values(text: str, message: str) -> None:
    assert wrong_with(text, FIELDS) == []
    assert write(text, VALUES) == message


MISSING = (
    ("{{ name }}", "`name` is missing"),
    ("{{ name | upper }}", "`name` is missing"),
    ("{{ name | day }}", "`name` is missing"),
    ("{% if name > 3 %}{% endif %}", "`name` is missing"),
    ("{% for t in tags %}{% endfor %}", "`tags` is missing"),
)


@pytest.mark.parametrize(("text", "said"), MISSING)
def test_what_is_missing_is_never_shown(text: str, said: str) -> None:
    with pytest.raises(CannotWrite, match=said):
        write(text, dict.fromkeys(VALUES))


def test_a_template_may_say_what_stands_for_what_is_missing() -> None:
    text = "{{ name | default('you') }}{% if name %}, {{ name }}{% endif %}{% if name is defined %}!{% endif %}"
    assert write(text, {"name": None}) == "you"


EQUAL_TO_NOTHING = (
    ("{% if name == 'team' %}a{% else %}b{% endif %}", "b"),
    ("{% if name != 'team' %}a{% else %}b{% endif %}", "a"),
    ("{% if name in ('team', 'free') %}a{% else %}b{% endif %}", "b"),
    ("{% if name not in ('team', 'free') %}a{% else %}b{% endif %}", "a"),
    ("{% if name == plan %}a{% else %}b{% endif %}", "b"),
)


@pytest.mark.parametrize(("text", "message"), EQUAL_TO_NOTHING)
def test_what_is_missing_is_equal_to_nothing(text: str, message: str) -> None:
    assert wrong_with(text, FIELDS) == []
    assert write(text, {"name": None, "plan": None}) == message


def an_expression(draw: random.Random, deep: int) -> str:
    kind = draw.random()
    if deep == 0 or kind < 0.3:
        return draw.choice([*FIELDS, "'x'", "3", "1.5", "true", "t", "loop.index", "loop.first"])
    first, second = an_expression(draw, deep - 1), an_expression(draw, deep - 1)
    if kind < 0.6:
        filters = ["upper", "title", "default(3)", "default(name)", "day", "thousands", "join", "first", "length"]
        return f"{first} | {draw.choice(filters)}"
    if kind < 0.75:
        return (
            f"({first} {draw.choice(['==', '<', '>=', '!=', 'in', 'not in'])} {draw.choice([second, '(1, 2)', CONST])})"
        )
    if kind < 0.9:
        return f"({first} {draw.choice(['and', 'or'])} (not {second}))"
    return f"({first} if {second} else {first})"


CONST = "('x', 'y')"


@pytest.mark.slow
def test_what_is_right_is_written() -> None:
    """A template in which nothing is wrong can be written of any values; where they are missing it says which one is."""
    draw, right = random.Random(2026), 0
    for _ in range(2_000):
        place = draw.choice(["{{ %s }}", "{%% if %s %%}a{%% endif %%}", "{%% for t in tags if %s %%}{%% endfor %%}"])
        text = place % an_expression(draw, 3)
        if wrong_with(text, FIELDS) == []:
            right += 1
            write(text, VALUES | {"plan": "team"})
            assert re.fullmatch(r"(`\w+` is missing)?", problem_of(text))
    assert right > 300


def problem_of(text: str) -> str:
    """Why a message can't be written for whom everything is missing; "" if it can."""
    try:
        write(text, dict.fromkeys(FIELDS))
    except CannotWrite as problem:
        return str(problem)
    return ""


def test_values_of_another_type_are_said() -> None:
    for text in ("{{ name | day }}", "{{ name | thousands }}", "{% if name > 3 %}{% endif %}"):
        with pytest.raises(CannotWrite):
            write(text, VALUES)


def test_markup_is_escaped_in_a_page_and_a_subject_is_one_line() -> None:
    assert write("<p>{{ name }}</p>", VALUES, html=True) == "<p>Acme &lt;b&gt;</p>"
    assert write("Hi\n{{ name }}", {"name": "A\r\nBcc: all@x.example"}, one_line=True) == "Hi A Bcc: all@x.example"


def test_a_message_has_an_end() -> None:
    with pytest.raises(CannotWrite, match="longer than 1,000,000 characters"):
        write("{{ name }}" * 20, {"name": "x" * (MESSAGE.most // 10)})


def test_nothing_of_python_is_within_reach() -> None:
    """Jinja's sandbox and what is listed hold by themselves: what the check refuses can't be written either."""
    for text in (
        "{{ name.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ lipsum.__globals__ }}",
        "{{ range(3) }}",
    ):
        with pytest.raises(CannotWrite):
            write(text, VALUES)
