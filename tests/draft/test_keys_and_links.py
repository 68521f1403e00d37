"""`segdsl init`: which column is the key, which hold it elsewhere, and who the customers of a file are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.support.cli import call
from tests.support.drafts import counts, init, model

pytestmark = pytest.mark.slow


def write(folder: Path, name: str, header: str, rows: Iterable[Iterable[object]]) -> str:
    text = "".join(",".join(map(str, row)) + "\n" for row in rows)
    (folder / name).write_text(f"{header}\n{text}", encoding="utf-8")
    return name


SPELLINGS = {
    "as written": (lambda i: f"C{i:03}", lambda i: f"C{i:03}", "30 of 30 values are there"),
    "one length": (lambda i: f"{i * 7 + 1:06}", lambda i: i * 7 + 1, "leading zeros are put back: 6 digits"),
    "zeros and decimals": (lambda i: f"{i * 7 + 1:06}", lambda i: f"{i * 7 + 1}.0", "leading zeros are put back: 6 digits"),
    "zeros there": (lambda i: i * 7 + 1, lambda i: f"{i * 7 + 1:06}", "leading zeros are put back: 6 digits"),
    "several lengths": (lambda i: f"{i + 1:0{3 + i % 2}}", lambda i: i + 1, "leading zeros aside"),
    "kept by a formula": (lambda i: f'="{i * 7 + 1:06}"', lambda i: f"{i * 7 + 1:06}", "30 of 30 values are there"),
    "decimals": (lambda i: i + 1001, lambda i: f"{i + 1001}.0", "made decimals of"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPELLINGS)
def test_ids_that_two_files_spell_otherwise(case: str, tmp_path: Path) -> None:
    """Thirty of forty customers have an order each, and a tenth of the thirty two."""
    here, there, told = SPELLINGS[case]
    customers = write(tmp_path, "customers.csv", "customer_no,tier", ((here(i), "ab"[i % 2]) for i in range(40)))
    lines = [(f"o{n}", there(i), f"2026-10-{1 + n % 28:02}") for n, i in enumerate([*range(30), 0, 10, 20])]
    orders = write(tmp_path, "orders.csv", "order_ref,customer_no,ordered_on", lines)
    assert told in init(tmp_path, customers, orders)
    assert counts(tmp_path, "count(orders) = 1") == (27, 0, 40)
    assert counts(tmp_path, "count(orders) = 2") == (3, 0, 40)
    assert counts(tmp_path, "none(orders)") == (10, 0, 40)


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (lambda i: f"0015g00000{i:05}AAA", lambda i: f"0015g00000{i:05}"),
        (lambda i: f"{i + 1:0{3 + i % 2}}", lambda i: i + 1),
        (lambda i: f"P{i}@x.com", lambda i: f"p{i}@X.com"),
    ],
    ids=["15 of 18", "zeros", "capitals"],
)
def test_one_file_spells_ids_otherwise_and_another_does_not(
    here: Callable[[int], str], there: Callable[[int], str], tmp_path: Path
) -> None:
    customers = write(tmp_path, "customers.csv", "customer,tier", ((here(i), "ab"[i % 2]) for i in range(40)))
    orders = write(tmp_path, "orders.csv", "customer,ordered_on", ((there(i % 30), "2026-10-02") for i in range(60)))
    visits = write(tmp_path, "visits.csv", "customer,visited_on", ((here(i % 20), "2026-10-03") for i in range(60)))
    init(tmp_path, customers, orders, visits)
    assert counts(tmp_path, "any(orders)") == (30, 0, 40)
    assert counts(tmp_path, "any(visits)") == (20, 0, 40)


@pytest.mark.parametrize("id_of", [lambda i: f"p{i}@x.com", lambda i: f"Acme {i}"], ids=["e-mail", "name"])
def test_one_file_spells_ids_in_other_capitals_itself(id_of: Callable[[int], str], tmp_path: Path) -> None:
    """Ten customers, each in two spellings: asked about, and one where the line that is offered is taken up."""
    lines = [(f"o{n}", id_of(n % 10).upper() if n % 3 == 0 else id_of(n % 10), "2026-10-02") for n in range(60)]
    said = init(tmp_path, write(tmp_path, "orders.csv", "order_id,customer,ordered_on", lines))
    assert "of 20 values 10 differ from another by capitals alone" in said
    assert "p0@x.com" not in said
    assert counts(tmp_path, "true") == (20, 0, 20)
    toml = tmp_path / "segdsl.toml"
    offered = toml.read_text(encoding="utf-8").replace('# customer.ids = "any case"', 'customer.ids = "any case"')
    toml.write_text(offered, encoding="utf-8")
    assert counts(tmp_path, "count(orders) = 6") == (10, 0, 10)


def test_two_rows_of_one_customer_in_other_capitals(tmp_path: Path) -> None:
    people = [*((f"ab{i}", "x") for i in range(20)), ("AB3", "y")]
    said = init(tmp_path, write(tmp_path, "people.csv", "customer_id,tier", people))
    assert "? two rows of one customer? 1 differs from another by capitals alone, such as `AB3` and `ab3`" in said


def test_capitals_tell_ids_of_salesforce_apart(tmp_path: Path) -> None:
    accounts = [(f"0015g00000AbCd{letter}", "xy"[i % 2]) for i, letter in enumerate("abcdefABCDEF")]
    assert "capitals" not in init(tmp_path, write(tmp_path, "accounts.csv", "account_id,tier", accounts))


def test_zeros_that_tell_ids_apart_stay(tmp_path: Path) -> None:
    ids = [*(f"{i:03}" for i in range(1, 20)), *(f"{i:04}" for i in range(1, 20))]
    customers = write(tmp_path, "customers.csv", "customer_no,n", ((k, 1) for k in ids))
    orders = write(tmp_path, "orders.csv", "order_ref,customer_no,n", ((f"o{i}", 1 + i % 19, 1) for i in range(40)))
    output = init(tmp_path, customers, orders)
    assert "? customer_no doesn't lead to customer: 0 of 19 values are there" in output
    assert "without zeros" not in (tmp_path / "segdsl.toml").read_text(encoding="utf-8")


def test_the_key_is_what_other_files_hold(tmp_path: Path) -> None:
    accounts = write(
        tmp_path, "accounts.csv", "id,crm_ref,tier", ((f"{i:08x}-x", f"R{i}", "ab"[i % 2]) for i in range(30))
    )
    calls = write(
        tmp_path,
        "calls.csv",
        "id,crm_ref,called_on",
        ((f"{i:08x}-y", f"R{i % 25}", f"2026-10-{1 + i % 28:02}") for i in range(60)),
    )
    assert "crm_ref identifies a row of account: other files hold it; id has a value of its own" in init(
        tmp_path, accounts, calls
    )
    assert "table calls of account by crm_ref at called_on" in model(tmp_path)


def test_what_is_no_key_is_told(tmp_path: Path) -> None:
    customers = write(tmp_path, "customers.csv", "customer_id,email", ((f"C{i}", f"p{i}@x.com") for i in range(30)))
    orders = write(tmp_path, "orders.csv", "order_id,customer_id", ((f"o{i}", f"C{i % 25}") for i in range(60)))
    survey = write(
        tmp_path, "survey.csv", "response_id,email,score", ((f"r{i}", f"p{i % 25}@x.com", i % 11) for i in range(60))
    )
    output = init(tmp_path, customers, orders, survey)
    assert "? email holds email of customer: 25 of 25 values are there, but its key is customer_id" in output
    assert "add customer_id to survey.csv, or make email the key of customer" in output
    assert "@x.com" not in output


def test_a_column_called_like_the_rows_that_belong_to_it(tmp_path: Path) -> None:
    """Customers with a count in a column `orders`, beside orders.csv; and orders alone with such a column."""
    customers = write(
        tmp_path, "customers.csv", "customer_id,orders,tier", ((f"C{i}", i % 4, "ab"[i % 2]) for i in range(40))
    )
    orders = write(
        tmp_path, "orders.csv", "order_id,customer_id,at", ((f"o{i}", f"C{i % 30}", "2026-10-02") for i in range(90))
    )
    init(tmp_path, customers, orders)
    assert counts(tmp_path, "orders_2 = 3 and count(orders) = 3") == (7, 0, 40)  # of C0 to C29: C3, C7, …, C27
    (tmp_path / "alone").mkdir()
    lines = ((f"o{i}", f"C{i % 20}", i % 20, "2026-10-02") for i in range(90))
    init(tmp_path / "alone", write(tmp_path / "alone", "orders.csv", "order_id,customer_id,orders,at", lines))
    assert counts(tmp_path / "alone", "orders_2 < 10 and count(orders) = 5") == (10, 0, 20)


def test_rows_lead_to_the_entity_and_not_to_its_details(tmp_path: Path) -> None:
    """`billing.csv`, which comes first, has the same keys as customers.csv."""
    billing = write(tmp_path, "billing.csv", "customer_id,plan", ((f"C{i}", "xy"[i % 2]) for i in range(40)))
    customers = write(tmp_path, "customers.csv", "customer_id,n,tier", ((f"C{i}", i, "ab"[i % 2]) for i in range(40)))
    orders = write(
        tmp_path, "orders.csv", "order_id,customer_id,at", ((f"o{i}", f"C{i % 30}", "2026-10-02") for i in range(90))
    )
    init(tmp_path, billing, customers, orders)
    assert "details billing of customer" in model(tmp_path)
    assert counts(tmp_path, 'count(orders) = 3 and billing.plan = "x"') == (15, 0, 40)


def test_padded_numbers_from_one_are_no_numbers_of_orders(tmp_path: Path) -> None:
    """000001 to 000049 are numbers of customers, though the orders are numbered from 1 to 119."""
    customers = write(tmp_path, "cust.csv", "cust,seg", ((f"{i:06}", "AB"[i % 2]) for i in range(1, 50)))
    orders = write(tmp_path, "ord.csv", "no,cust,date", ((i, i % 49 + 1, "2026-10-02") for i in range(1, 120)))
    assert "ord belongs to cust by cust" in init(tmp_path, customers, orders)
    assert counts(tmp_path, "count(ord) >= 2") == (49, 0, 49)


def test_numbers_from_one_are_no_links(tmp_path: Path) -> None:
    customers = write(tmp_path, "customers.csv", "id,name", ((i + 1, f"N{i}") for i in range(30)))
    orders = write(tmp_path, "orders.csv", "id,customer_id", ((i + 1, 1 + i % 20) for i in range(60)))
    init(tmp_path, customers, orders)
    assert "entity order of customer by customer_id reverse orders { id: integer key }" in model(tmp_path)
    assert "entity customer { id: integer key" in model(tmp_path)


def test_two_files_that_repeat_the_same_customers(tmp_path: Path) -> None:
    orders = write(
        tmp_path,
        "orders.csv",
        "order_ref,customer_id,day",
        ((f"o{i}", f"C{i % 20}", f"2026-10-{1 + i % 28:02}") for i in range(60)),
    )
    calls = write(
        tmp_path,
        "calls.csv",
        "call_ref,customer_id,called_on",
        ((f"t{i}", f"C{i % 7}", f"2026-10-{1 + i % 28:02}") for i in range(60)),
    )
    assert "calls belongs to customer by customer_id: 7 of 7 values are there" in init(tmp_path, orders, calls)
    assert model(tmp_path).count("entity ") == 1
    assert counts(tmp_path, "none(calls)") == (13, 0, 20)


def test_rows_of_nobody(tmp_path: Path) -> None:
    """Guests' orders: of thirty rows ten name no customer."""
    orders = write(
        tmp_path,
        "orders.csv",
        "order_ref,customer_id,units",
        ((f"o{i}", f"C{i % 4}" if i % 3 else "", i) for i in range(30)),
    )
    output = init(tmp_path, orders)
    assert (
        "? customer is made of the column customer_id, which repeats: 4 values in 30 rows; 10 rows have none" in output
    )
    assert counts(tmp_path, "count(orders) = 5") == (2, 0, 4)  # C0 and C2; C1 has six, C3 four


def test_what_is_of_the_customer_says_so_at_its_lines(tmp_path: Path) -> None:
    """Why every second customer left is told in each of its rows."""
    why = ["price", "", "quality", ""]
    rows = ((f"s{i}", f"C{i % 20}", i, why[i % 4], "Ada") for i in range(120))
    init(tmp_path, write(tmp_path, "subscriptions.csv", "sub_ref,customer_id,units,reason,contact_name", rows))
    model = (tmp_path / "model.seg").read_text(encoding="utf-8")
    assert "# 2 values in 60 cells, 60 are missing; the same in all rows of one customer" in model, model
    assert "contact_name: text required personal  # one value in all" in model, model


def test_orders_told_on_their_first_line(tmp_path: Path) -> None:
    """Ten orders of one, two or three lines, of which the even ones were sent."""
    lines = [
        (
            f"N{i}",
            ("sent", "open")[i % 2] if n == 0 else "",
            f"2026-10-{1 + i:02}" if n == 0 else "",
            f"C{i % 4}",
            f"p{n}",
        )
        for i in range(10)
        for n in range(1 + i % 3)
    ]
    customers = write(tmp_path, "customers.csv", "customer_id,n", ((f"C{i}", i) for i in range(5)))
    orders = write(tmp_path, "orders.csv", "Order No,Status,Ordered On,Customer ID,Item", lines)
    output = init(tmp_path, customers, orders)
    assert "order is made of the column order_no, which repeats: 10 values in 19 rows" in output
    assert "status, ordered_on stand on the first line of each order alone" in output
    assert counts(tmp_path, 'count(orders where status = "sent") = 3') == (1, 0, 5)  # C0: N0, N4, N8
    assert counts(tmp_path, "any(orders in last 24 days)") == (3, 0, 5)  # from 8 October: N7, N8, N9


def test_an_update_of_files_that_are_one_table(tmp_path: Path) -> None:
    for week, more in (("2026-11-21", ""), ("2026-11-28", ",seats")):
        write(
            tmp_path,
            f"users-{week}.csv",
            f"user_id,plan{more}",
            ((f"u{week[-2:]}{i}", "ab"[i % 2], *([i] if more else [])) for i in range(20)),
        )
    write(
        tmp_path, "lines.csv", "line_ref,buyer_id,segment", ((f"l{i}", f"B{i % 9}", "xy"[i % 9 % 2]) for i in range(60))
    )
    init(tmp_path, "users-2026-11-21.csv", "users-2026-11-28.csv", "lines.csv")
    before = (tmp_path / "segdsl.toml").read_text(encoding="utf-8")
    assert 'path = "users-*.csv"' in before
    assert "nothing new" in call("init", "--update", cwd=tmp_path).output
    named = ("users-2026-11-21.csv", "users-2026-11-28.csv")
    assert "nothing new" in call("init", "--update", "--from", *named, cwd=tmp_path).output
    assert (tmp_path / "segdsl.toml").read_text(encoding="utf-8") == before
    write(
        tmp_path,
        "lines.csv",
        "line_ref,buyer_id,segment,shop",
        ((f"l{i}", f"B{i % 9}", "xz"[i % 9 % 2], "web") for i in range(60)),
    )
    output = call("init", "--update", cwd=tmp_path).output
    assert '+ buyer: segment has new values: "z"' in output
    assert "+ lines: new column shop" in output and "+ buyer: new column shop" not in output
    assert call("check", cwd=tmp_path).exit_code == 0
    (tmp_path / "lines.csv").unlink()
    for name in named:
        (tmp_path / name).unlink()
    assert "say the newer exports after --from" in call("init", "--update", cwd=tmp_path).output


AMOUNTS = {
    "by a column": ("deal_id,amount,currency", lambda i: (f"d{i}", f"{i}.50", "EUR"), "amount: money(EUR) required"),
    "by its header": ("deal_id,Betrag (CHF)", lambda i: (f"d{i}", f"{i}.50"), "betrag_chf: money(CHF) required"),
    "whole ones of a column": ("deal_id,amount,currency", lambda i: (f"d{i}", i * 100, "eur"), "amount: integer required"),
    "in several": ("deal_id,amount,currency", lambda i: (f"d{i}", f"{i}.50", ("EUR", "USD")[i % 2]), "amount: number required"),
    "in none": ("deal_id,amount", lambda i: (f"d{i}", f"{i}.50"), "amount: number required"),
}  # fmt: skip


@pytest.mark.parametrize("case", AMOUNTS)
def test_currencies(case: str, tmp_path: Path) -> None:
    """Every line offered in model.seg can take the place of the one below."""
    header, row, line = AMOUNTS[case]
    output = init(tmp_path, write(tmp_path, "deals.csv", header, map(row, range(30))))
    assert line in model(tmp_path)
    assert ("for you to decide" in output) == ("money" not in line)
    text = (tmp_path / "model.seg").read_text(encoding="utf-8")
    for offered in re.findall(r"in place of the line below: (.*)", text):
        for choice in offered.split(" or "):
            (tmp_path / "model.seg").write_text(re.sub(r"\n +amount: .*", f"\n  {choice}", text), encoding="utf-8")
            assert call("check", cwd=tmp_path).exit_code == 0
            assert "unreadable" not in call("data", "check", cwd=tmp_path).output


def test_percentages_are_no_points(tmp_path: Path) -> None:
    init(tmp_path, write(tmp_path, "accounts.csv", "account_id,health", ((f"a{i}", f"{i * 3}%") for i in range(30))))
    assert "SEG0724" in call("try", "health < 60", cwd=tmp_path).output
    shares = call("try", "health < 60%", cwd=tmp_path).output
    assert shares.startswith("20 of 30") and "SEG0724" not in shares


def test_what_is_proposed_tells_customers_apart(tmp_path: Path) -> None:
    """Everybody has logged in within thirty days, but not within seven; all are of one plan."""
    accounts = write(tmp_path, "accounts.csv", "account_id,plan", ((f"a{i}", "pro") for i in range(20)))
    logins = write(
        tmp_path,
        "logins.csv",
        "login_id,account_id,logged_in_on",
        ((f"l{i}", f"a{i}", f"2026-10-{31 - i:02}") for i in range(20)),
    )
    output = init(tmp_path, accounts, logins)
    assert "segdsl try 'none(logins in last 14 days)'" in output
    assert "plan =" not in output


@pytest.mark.parametrize("told_once", [False, True])
def test_rows_of_a_file_alone_that_may_not_count(told_once: bool, tmp_path: Path) -> None:
    """Ten orders of two lines, of which three were refunded: asked of lines, or of the orders where the first line alone tells it."""
    lines = [
        (f"N{i}", "" if told_once and n else "refunded" if i < 3 else "paid", f"C{i % 4}", f"p{n}")
        for i in range(10)
        for n in range(2)
    ]
    said = init(tmp_path, write(tmp_path, "orders.csv", "Order No,Financial Status,Customer ID,Item", lines))
    own, refunded = ("order", 3) if told_once else ("orders", 6)
    asked = f"? {own} counts whatever its financial_status: `refunded` in {refunded}"
    assert said.count("counts whatever") == 1 and asked in said, said


@pytest.mark.parametrize(
    ("header", "cell", "asked", "left"),
    [
        ("state", ["paid", "void", "draft", "open"], "`where state not in (", 3),
        ("state", ["paid", "void", "open"], '`where state != "void"`', 4),
        ("storno", ["", "", "", "x"], "`where storno is missing`", 5),
        ("is_refunded", ["no", "yes"], "`where not is_refunded`", 3),
        ("is_gift", ["no", "yes"], "", 6),
    ],
)
def test_the_condition_that_is_offered_leaves_them_out(
    header: str, cell: list[str], asked: str, left: int, tmp_path: Path
) -> None:
    """Twenty customers with six orders each, the nth of which has the nth of the values, and the condition as it is offered."""
    customers = write(tmp_path, "customers.csv", "customer_id,tier", ((f"C{i}", "ab"[i % 2]) for i in range(20)))
    lines = [(f"o{i}-{n}", f"C{i}", cell[n % len(cell)], "2026-10-02") for i in range(20) for n in range(6)]
    said = init(tmp_path, customers, write(tmp_path, "orders.csv", f"order_id,customer_id,{header},ordered_on", lines))
    offered = re.search(r"add `where (.*?)`", said)
    assert (offered is not None) == bool(asked) and asked in said, said
    if offered is not None:
        assert counts(tmp_path, f"count(orders where {offered[1]}) = {left}") == (20, 0, 20)


def test_orders_alone_that_are_told_on_their_first_line(tmp_path: Path) -> None:
    """Customers, orders and lines out of one file: nine orders of one to three lines, of three buyers."""
    lines = [
        (f"N{i}", f"b{i % 3}@x.com", f"{10 + i}.00" if n == 0 else "", f"p{n}")
        for i in range(9)
        for n in range(1 + i % 3)
    ]
    output = init(tmp_path, write(tmp_path, "orders_export.csv", "Name,Email,Total,Lineitem", lines))
    assert "person is made of the column email, which repeats: 3 values in 18 rows" in output
    assert "order is made of the column name, which repeats: 9 values in 18 rows" in output
    assert "email: text key personal" in model(tmp_path)
    assert counts(tmp_path, "count(orders) = 3") == (3, 0, 3)
    assert counts(tmp_path, "sum(orders.total) > 40") == (2, 0, 3)  # 10 + 13 + 16 = 39, 42 and 45


NUMBERS = {
    "wide gaps, other names": ("record_id", "company", lambda i: 1_000 + 37 * i, True),
    "from one, both for customers": ("account_id", "customer_id", lambda i: i + 1, True),
    "from one, other names": ("account_id", "seats", lambda i: i + 1, False),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers_that_name_customers_of_another_file(case: str, tmp_path: Path) -> None:
    """Small whole numbers meet each other by chance, so the names have to speak for the link, or the gaps between the keys."""
    key, column, number, is_link = NUMBERS[case]
    accounts = write(tmp_path, "accounts.csv", f"{key},tier", ((number(i), "ab"[i % 2]) for i in range(60)))
    rows = ((f"t{i:03}", number(i * 7 % 60), f"2026-10-{1 + i % 28:02}") for i in range(90))
    tickets = write(tmp_path, "tickets.csv", f"ticket,{column},opened_on", rows)
    init(tmp_path, accounts, tickets)
    assert bool(re.search(rf"table \w+ of \w+ by {column}\b", model(tmp_path))) == is_link


@pytest.mark.slow
@pytest.mark.parametrize(("every", "spellings"), [(2, 25), (1, 50)])
def test_e_mail_addresses_in_other_capitals(every: int, spellings: int, tmp_path: Path) -> None:
    """They lead to their customer, which is told without a person's address, and nothing is asked."""
    people = write(tmp_path, "people.csv", "email,plan", ((f"jo+{i}@x.com", "ab"[i % 2]) for i in range(50)))
    rows = ((f"e{i}", f"{'Jo' if i % every == 0 else 'jo'}+{i}@x.com", f"2026-10-{1 + i % 28:02}") for i in range(50))
    said = init(tmp_path, people, write(tmp_path, "events.csv", "event,email,at", rows))
    assert f"50 of 50 values are there, capitals aside: {spellings} spellings differ by them alone" in said, said
    assert "jo+" not in said.lower() and "holds email" not in said, said
    assert counts(tmp_path, "any(events)") == (50, 0, 50)


def test_customers_by_their_phone_number(tmp_path: Path) -> None:
    """A file that nothing else identifies isn't left out."""
    init(
        tmp_path,
        write(tmp_path, "customers.csv", "phone,plan", ((f"+49 170 {1000 + i}", "ab"[i % 2]) for i in range(50))),
    )
    assert "phone: text key personal" in model(tmp_path)
    assert counts(tmp_path, 'plan = "a"') == (25, 0, 50)


def test_events_whose_customer_stands_inside_an_object(tmp_path: Path) -> None:
    customers = write(tmp_path, "customers.csv", "customer_id,tier", ((f"C{i:03}", "ab"[i % 2]) for i in range(30)))
    events = [
        {"event": "Login", "properties": {"time": 1_792_000_000 + i, "company": {"id": f"C{i % 20:03}"}}}
        for i in range(60)
    ]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, events)), encoding="utf-8")
    output = init(tmp_path, customers, "events.jsonl")
    assert "events belongs to customer by properties_company_id: 20 of 20 values are there" in output
    assert counts(tmp_path, "none(events)") == (10, 0, 30)


@pytest.mark.parametrize(
    ("header", "spelt", "said"),
    [
        ("const_id", "{:04}", "30 of 30 values are there"),
        ("Cons. ID", "{}", "once leading zeros are put back: 4 digits"),
        ("Household no.", "{}", "once leading zeros are put back: 4 digits"),
        ("whose", "{:04}", "30 of 30 values are there"),
    ],
)
def test_short_ids_with_zeros_in_front(header: str, spelt: str, said: str, tmp_path: Path) -> None:
    """Of forty donors thirty gave twice; they brought none, one or two guests, which name nobody."""
    donors = write(tmp_path, "donors.csv", "Constituent ID,tier", ((f"{i + 1:04}", "ab"[i % 2]) for i in range(40)))
    rows = ((spelt.format(i % 30 + 1), f"2026-10-{1 + i % 28:02}", i % 3) for i in range(60))
    gifts = write(tmp_path, "gifts.csv", f"{header},given_on,Guests", rows)
    assert said in init(tmp_path, donors, gifts)
    assert model(tmp_path).count("entity ") == 1
    assert counts(tmp_path, "count(gifts) = 2") == (30, 0, 40)


@pytest.mark.parametrize("header", ["cat_id", "co_id", "units", "score"])
def test_small_numbers_of_another_name_are_no_short_ids(header: str, tmp_path: Path) -> None:
    donors = write(tmp_path, "donors.csv", "contact_id,tier", ((f"{i + 1:04}", "ab"[i % 2]) for i in range(40)))
    gifts = write(tmp_path, "gifts.csv", f"gift_ref,{header}", ((f"g{i}", i % 30 + 1) for i in range(60)))
    init(tmp_path, donors, gifts)
    assert "link to" not in model(tmp_path) and " of contact " not in model(tmp_path)


def test_customers_without_details_have_one_reason(tmp_path: Path) -> None:
    customers = write(tmp_path, "customers.csv", "customer_id,tier", ((f"C{i}", "ab"[i % 2]) for i in range(40)))
    profiles = write(tmp_path, "profiles.csv", "customer_id,score", ((f"C{i}", i) for i in range(30)))
    init(tmp_path, customers, profiles)
    assert "10 unknown: `profiles` is missing (10)" in call("try", "profiles.score > 5", cwd=tmp_path).output


@pytest.mark.parametrize(
    ("key", "written", "setting"),
    [
        ("0015g000003dXyZAAU", "0015g000003dXyZAAU", 'ids = "salesforce"'),
        ("ann@x.com", "Ann@X.com", 'ids = "any case"'),
        ("0042", "0042", 'ids = "without zeros"'),
        ("42", "42", "digits = 4"),
    ],
)
def test_a_customer_is_explained_by_the_key_that_the_file_has(
    key: str, written: str, setting: str, tmp_path: Path
) -> None:
    write(tmp_path, "customers.csv", "customer,tier", [(key, "a"), ("other", "b")])
    (tmp_path / "m.seg").write_text(
        'entity customer { customer: text key  tier: text }\nsegment s of customer { when tier = "a" }\n',
        encoding="utf-8",
    )
    (tmp_path / "segdsl.toml").write_text(
        f'[sources.default.formats]\n{setting}\n[sources.default.tables]\ncustomer = "customers.csv"\n',
        encoding="utf-8",
    )
    said = call("explain", written, "--as-of", "2026-11-01", cwd=tmp_path)
    assert (said.exit_code, " is in s" in said.output) == (0, True), said.output


def test_a_status_on_an_orders_first_line_is_asked_of_the_order(tmp_path: Path) -> None:
    """Ten customers, an order of two lines each, every fifth refunded; the first line of every other has the address in capitals."""
    customers = write(tmp_path, "customers.csv", "email,tier", ((f"p{i}@x.com", "ab"[i % 2]) for i in range(10)))
    lines = [
        (f"#{i}", f"p{i}@x.com".upper() if i % 2 and not n else f"p{i}@x.com", "" if n else ("refunded" if i % 5 == 0 else "paid"), n, f"2026-10-{i + 1:02}")
        for i in range(10)
        for n in range(2)
    ]  # fmt: skip
    output = init(tmp_path, customers, write(tmp_path, "orders_export.csv", "name,email,status,line,created_at", lines))
    assert (
        'orders_export counts whatever its name.status: `refunded` in 2: if these don\'t count, add `where name.status != "refunded"`'
        not in output
    )
    assert 'add `where name.status = "paid"`' in output
    assert "so count(orders) counts orders, and count(orders_export) lines" in output
    assert counts(tmp_path, 'count(orders_export where name.status = "paid") = 2') == (8, 0, 10)
    assert counts(tmp_path, 'count(orders where status = "paid") = 1') == (8, 0, 10)
    assert counts(tmp_path, "count(orders) = 1") == (10, 0, 10)


def test_orders_of_several_customers_are_counted_by_their_numbers(tmp_path: Path) -> None:
    customers = write(tmp_path, "customers.csv", "email,tier", ((f"p{i}@x.com", "ab"[i % 2]) for i in range(10)))
    lines = [
        (f"#{i}", f"p{(i + n) % 10}@x.com", "" if n else "paid", n, f"2026-10-{i + 1:02}")
        for i in range(10)
        for n in range(2)
    ]
    output = init(tmp_path, customers, write(tmp_path, "orders_export.csv", "name,email,status,line,created_at", lines))
    assert "count(orders)" not in output
    assert "so count_distinct(orders_export.name) counts orders" in output
    assert counts(tmp_path, "count_distinct(orders_export.name) = 2") == (10, 0, 10)


@pytest.mark.parametrize(
    ("names", "mend"),
    [(30, "or write `name: text key`, with no other key"), (29, "1 of those names is several customers'")],
)
def test_customers_told_by_a_name_are_no_second_entity(names: int, mend: str, tmp_path: Path) -> None:
    customers = write(
        tmp_path,
        "customers.csv",
        "cust_no,name,tier",
        ((f"{i * 7 + 1:06}", f"Cafe {i % names}", "ab"[i % 2]) for i in range(30)),
    )
    orders = write(
        tmp_path,
        "orders.csv",
        "order_ref,cust_no,ordered_on",
        ((f"o{i}", f"{i % 30 * 7 + 1:06}", f"2026-10-{1 + i % 28:02}") for i in range(60)),
    )
    visits = write(
        tmp_path, "visits.csv", "day,customer", ((f"2026-09-{1 + i % 28:02}", f"Cafe {i % 20}") for i in range(60))
    )
    output = init(tmp_path, customers, orders, visits)
    assert model(tmp_path).count("entity ") == 1
    assert "? visits.csv isn't read: customer holds name (20 of 20 values are there)" in output
    assert "add cust_no to visits.csv and draft anew" in output and mend in output


def test_rows_of_another_entity_are_asked_of_it(tmp_path: Path) -> None:
    accounts = write(tmp_path, "accounts.csv", "account_id,tier", ((f"a{i}", "ab"[i % 2]) for i in range(30)))
    products = write(tmp_path, "products.csv", "product_id,kind", ((f"p{i}", "xy"[i % 2]) for i in range(30)))
    prices = write(
        tmp_path, "prices.csv", "product_id,changed_on", ((f"p{i % 30}", f"2026-10-{1 + i % 28:02}") for i in range(60))
    )
    init(tmp_path, accounts, products, prices)
    output = call("try", "any(prices)", "--of", "account", cwd=tmp_path).output
    assert "`product` has them: add `--of product` to `segdsl try`, or write the rule `of product`" in output


def test_ids_of_customers_that_repeat_are_links_whatever_their_name(tmp_path: Path) -> None:
    """Accounts have the id under which invoices, of which each customer has two, are billed."""
    accounts = write(
        tmp_path,
        "accounts.csv",
        "account_id,billed_as",
        ((f"acc{i}", f"cus_x{i:03}" if i % 5 else "") for i in range(30)),
    )
    invoices = write(
        tmp_path,
        "invoices.csv",
        "id,customer,amount,day",
        ((f"in{i}", f"cus_x{i % 30:03}", i, f"2026-10-{1 + i % 28:02}") for i in range(60)),
    )
    logins = write(
        tmp_path, "logins.csv", "account_id,day", ((f"acc{i % 30}", f"2026-10-{1 + i % 28:02}") for i in range(60))
    )
    output = init(tmp_path, accounts, invoices, logins)
    assert "billed_as: link to customer" in model(tmp_path) and "24 of 24 values are there" in output
    assert call("try", "count(billed_as.invoices) = 2", "--of", "account", cwd=tmp_path).exit_code == 0
