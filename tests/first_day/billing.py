"""Exports of billing and accounting systems."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, back, book, clock, day, known, num, per, recent, sheet, total, when

# -- Stripe: three files whose keys are all called id, cents, times in UTC ------------------------

CUS = [f"cus_{chr(65 + i % 26)}{chr(97 + i * 3 % 26)}{i:04}" for i in range(50)]
SUBS = [f"sub_1N{i:05}" for i in range(60)]
STRIPE = Case(
    "Stripe customers, subscriptions, invoices",
    "keys of one name, cents",
    {
        "customers.csv": sheet(
            "id|Description|Email|Name|Created (UTC)|Delinquent|Currency|Total Spend|Payment Count",
            [
                (
                    k,
                    "",
                    f"a{i}@example.com",
                    f"Name {i}",
                    f"{day(i * 5, '2025-02-01')} {clock(i)[:5]}",
                    str(i % 7 == 0).lower(),
                    "usd",
                    f"{i * 61.5:.2f}",
                    i % 9,
                )
                for i, k in enumerate(CUS)
            ],
        ),
        "subscriptions.csv": sheet(
            "id|Customer ID|Plan|Quantity|Interval|Status|Created (UTC)|Current Period End (UTC)|Canceled At (UTC)",
            [
                (
                    k,
                    CUS[i * 3 % 47],
                    ("price_basic", "price_pro")[i % 2],
                    1 + i % 5,
                    "month",
                    ("active", "canceled", "past_due", "active")[i % 4],
                    f"{day(i * 4, '2025-02-10')} {clock(i)[:5]}",
                    f"{day(i % 28, '2025-11-03')} {clock(i)[:5]}",
                    f"{back(i)} {clock(i)[:5]}" if i % 4 == 1 else "",
                )
                for i, k in enumerate(SUBS)
            ],
        ),
        "invoices.csv": sheet(
            "id|Number|Customer|Subscription|Amount Due|Currency|Status|Date (UTC)|Due Date (UTC)",
            [
                (
                    f"in_1P{i:05}",
                    f"INV-{i:04}",
                    CUS[i % 60 * 3 % 47],
                    SUBS[i % 60],
                    2000 + i * 450,
                    "usd",
                    ("paid", "open", "paid", "uncollectible")[i % 4],
                    f"{back(i)} {clock(i)[:5]}",
                    f"{back(i - 14)} {clock(i)[:5]}" if i % 2 else "",
                )
                for i in range(120)
            ],
        ),
    },
    (
        Ask("delinquent", "customers", lambda t: t.customers.Delinquent == "true", as_of=AS_OF),
        Ask("total_spend > 1_000", "customers", lambda t: num(t.customers["Total Spend"]) > 1000, as_of=AS_OF),
        Ask(
            'any({invoices} where status = "open")',
            "customers",
            lambda t: per(t.customers.id, t.invoices.Customer[t.invoices.Status == "open"]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            'none({subscriptions} where status = "active")',
            "customers",
            lambda t: per(t.customers.id, t.subscriptions["Customer ID"][t.subscriptions.Status == "active"]) == 0,
            as_of=AS_OF,
        ),
        Ask(
            "count({invoices} in last 30 days) >= 1",
            "customers",
            lambda t: per(t.customers.id, t.invoices.Customer[recent(when(t.invoices["Date (UTC)"]), 30)]) >= 1,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("amount_due", "currency|usd|cents"), "C17"),
        Say("init", ("total_spend", "currency|usd"), "C17"),
        Say("init", ("customer_id|customer", "47 of 47")),
    ),
    proposal="C15",
)

# -- Chargebee: headers with dots, months as words --------------------------------------------------

CB = [f"AzqN{i:03}Qr{chr(65 + i % 26)}" for i in range(40)]
CHARGEBEE = Case(
    "Chargebee customers and subscriptions",
    "dotted headers, months as words",
    {
        "customers.csv": sheet(
            "customers.id|customers.company|customers.created_at|customers.auto_collection|customers.mrr",
            [(k, f"Co {i}", f"{day(i * 6, '2025-01-09'):%d-%b-%Y} {clock(i)[:5]}", ("On", "Off")[i % 3 == 0], f"{i * 12.5:.2f}") for i, k in enumerate(CB)],
        ),
        "subscriptions.csv": sheet(
            "subscriptions.id|customers.id|subscriptions.status|subscriptions.plan_id|subscriptions.created_at|subscriptions.cancelled_at",
            [
                (
                    f"16B{i:05}",
                    CB[i * 3 % 38],
                    ("active", "cancelled", "in_trial")[i % 3],
                    f"plan-{i % 4}",
                    f"{back(i * 4):%d-%b-%Y} {clock(i)[:5]}",
                    f"{back(i):%d-%b-%Y} {clock(i)[:5]}" if i % 3 == 1 else "",
                )
                for i in range(60)
            ],
        ),
    },
    (
        Ask("customers_mrr > 200", "customers", lambda t: num(t.customers["customers.mrr"]) > 200, as_of=AS_OF),
        Ask(
            'any({subscriptions} where subscriptions_status = "active")',
            "customers",
            lambda t: per(t.customers["customers.id"], t.subscriptions["customers.id"][t.subscriptions["subscriptions.status"] == "active"]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            "customers_created_at < 2025-05-01", "customers", lambda t: when(t.customers["customers.created_at"], "%d-%b-%Y %H:%M") < "2025-05-01", as_of=AS_OF
        ),
        Ask("customers_auto_collection", "customers", lambda t: t.customers["customers.auto_collection"] == "On", as_of=AS_OF, fails="C16"),
    ),
    (Say("init", ("customers_mrr", "currency"), "C17"), Say("init", ("customers_id", "38 of 38"))),
)

# -- Zuora: labels in front, versions of a subscription ----------------------------------------------

ZUORA = Case(
    "Zuora accounts and subscription versions",
    "every version is a row",
    {
        "accounts.csv": sheet(
            "Account: ID|Account: Account Number|Account: Name|Account: Status|Account: MRR|Account: Created Date",
            [
                (f"8ad0{i:028x}", f"A{i:08}", f"Acct {i}", ("Active", "Draft", "Canceled")[i % 3], f"{i * 101.25:.2f}", f"{day(i * 5, '2025-01-20'):%m/%d/%Y}")
                for i in range(40)
            ],
        ),
        "subscriptions.csv": sheet(
            "Subscription: ID|Subscription: Name|Subscription: Version|Account: Account Number|Subscription: Status|Subscription: Term Start Date|Subscription: Term End Date",
            [
                (
                    f"8ad1{i:028x}",
                    f"A-S{i // 2:08}",
                    1 + i % 2,
                    f"A{i // 2 * 3 % 40:08}",
                    ("Expired", "Active", "Expired", "Cancelled")[i % 4],
                    f"{day(i, '2025-02-01'):%m/%d/%Y}",
                    f"{day(i, '2026-02-01'):%m/%d/%Y}",
                )
                for i in range(80)
            ],
        ),
    },
    (
        Ask('account_status = "Active"', "accounts", lambda t: t.accounts["Account: Status"] == "Active", as_of=AS_OF),
        Ask(
            'count({subscriptions} where subscription_status = "Active") >= 1',
            "accounts",
            lambda t: (
                per(t.accounts["Account: Account Number"], t.subscriptions["Account: Account Number"][t.subscriptions["Subscription: Status"] == "Active"]) >= 1
            ),
            as_of=AS_OF,
            fails="B6",
        ),
    ),
    (Say("init", ("account_account_number", "40 of 40"), "B6"), Say("init", ("account_mrr", "currency"), "C17")),
)

# -- Recurly: closed accounts -------------------------------------------------------------------------

RECURLY = Case(
    "Recurly accounts and invoices",
    "an end of life, times with Z",
    {
        "accounts.csv": sheet(
            "account_code|email|state|created_at|closed_at|balance",
            [
                (
                    f"acct-{i}",
                    f"r{i}@example.com",
                    ("active", "closed")[i % 6 == 5],
                    f"{day(i * 5, '2025-01-12')}T{clock(i)}Z",
                    f"{back(i)}T{clock(i)}Z" if i % 6 == 5 else "",
                    f"{i * 3 % 40}.00",
                )
                for i in range(48)
            ],
        ),
        "invoices.csv": sheet(
            "invoice_number|account_code|invoice_date|status|currency|invoice_total",
            [(1000 + i, f"acct-{i * 5 % 48}", f"{back(i)}T{clock(i)}Z", ("paid", "past_due", "paid")[i % 3], "EUR", f"{20 + i}.90") for i in range(100)],
        ),
    },
    (
        Ask('state = "active"', "accounts", lambda t: t.accounts.state == "active", as_of=AS_OF),
        Ask(
            'any({invoices} in last 60 days where status = "past_due")',
            "accounts",
            lambda t: (
                per(
                    t.accounts.account_code,
                    t.invoices.account_code[recent(when(t.invoices.invoice_date).dt.tz_localize(None), 60) & (t.invoices.status == "past_due")],
                )
                > 0
            ),
            as_of=AS_OF,
        ),
        Ask(
            "sum({invoices}.invoice_total) > 150",
            "accounts",
            lambda t: total(t.accounts.account_code, t.invoices.account_code, num(t.invoices.invoice_total)) > 150,
            as_of=AS_OF,
        ),
    ),
    (Say("init", (r"\?", "closed_at", r"\bto\b|end"), "A1"), Say("init", ("invoice_total", "EUR|currency"), "C17")),
)

# -- QuickBooks: a report as a workbook, titles above, total below -------------------------------------

QUICKBOOKS = Case(
    "QuickBooks receivables workbook",
    "title rows, a total, a line of the report's time",
    {
        "A_R Aging Summary.xlsx": book(
            {
                "A_R Aging Summary": [
                    ("Kite Ltd",),
                    ("A/R Aging Summary",),
                    ("As of October 31, 2025",),
                    (),
                    ("Customer", "Current", "1 - 30", "31 - 60", "61 - 90", "91 and over", "Total"),
                    *[
                        (f"Client {i}", 100.0 * i, 25.5 if i % 3 else None, 10.0 if i % 5 == 0 else None, None, 40.0 + i if i % 4 == 0 else None, 500.0 + i)
                        for i in range(40)
                    ],
                    ("TOTAL", 78000.0, 663.0, 80.0, None, 580.0, 20780.0),
                    (),
                    ("Friday, Oct 31, 2025 02:14 PM GMT-7 - Accrual Basis",),
                ]
            }
        )
    },
    (
        Ask(
            "n_91_and_over > 0",
            "A_R Aging Summary",
            lambda t: known(num(t.a_r_aging_summary["91 and over"]) > 0, t.a_r_aging_summary["91 and over"].notna()),
            as_of=AS_OF,
            fails="A3",
        ),
        Ask("current > 2_000", "A_R Aging Summary", lambda t: num(t.a_r_aging_summary["Current"]) > 2000, as_of=AS_OF, fails="A3"),
    ),
    (Say("init", ("A_R Aging Summary", r"\b4\b", "above"), "A3"), Say("init", ("A_R Aging Summary", "below|TOTAL"), "A3")),
    {"A_R Aging Summary.xlsx": {"header": 4, "nrows": 40}},
    first="A3",
)

# -- Xero: contacts by name, stars in headers, days first ----------------------------------------------

XERO = Case(
    "Xero receivables and invoices",
    "title lines, totals and their percentages, names as links",
    {
        "Aged_Receivables_Summary.csv": "Aged Receivables Summary,,,\nDemo Company,,,\nAs at 31 October 2025,,,\n,,,\n"
        + sheet("Contact|Current|Older|Total", [(f"Contact {i}", f"{i * 20}.50", f"{i % 4 * 15}.00", f"{i * 20 + i % 4 * 15}.50") for i in range(36)])
        + "Total,12600.00,810.00,13428.00\nPercentage of total,93.8%,6.2%,100.0%\n",
        "SalesInvoices.csv": sheet(
            "*ContactName|*InvoiceNumber|*InvoiceDate|*DueDate|Total|InvoiceAmountDue|Currency|Status",
            [
                (
                    f"Contact {i * 5 % 36}",
                    f"INV-{i:04}",
                    f"{back(i):%d/%m/%Y}",
                    f"{back(i - 30):%d/%m/%Y}",
                    f"{90 + i}.00",
                    f"{(90 + i) * (i % 2)}.00",
                    "GBP",
                    ("Paid", "Awaiting Payment")[i % 2],
                )
                for i in range(90)
            ],
        ),
    },
    (
        Ask("older > 20", "Aged_Receivables_Summary", lambda t: num(t.aged_receivables_summary.Older) > 20, as_of=AS_OF, fails="N2"),
        Ask(
            'any({salesinvoices} where status = "Awaiting Payment")',
            "Aged_Receivables_Summary",
            lambda t: per(t.aged_receivables_summary.Contact, t.salesinvoices["*ContactName"][t.salesinvoices.Status == "Awaiting Payment"]) > 0,
            as_of=AS_OF,
            fails="N2",
        ),
        Ask(
            "none({salesinvoices} in last 30 days)",
            "Aged_Receivables_Summary",
            lambda t: (
                per(t.aged_receivables_summary.Contact, t.salesinvoices["*ContactName"][recent(when(t.salesinvoices["*InvoiceDate"], "%d/%m/%Y"), 30)]) == 0
            ),
            as_of=AS_OF,
            fails="N2",
        ),
    ),
    (
        Say("init", ("Aged_Receivables_Summary", r"\b4\b", "above"), "N2"),
        Say("init", ("Aged_Receivables_Summary", r"\b2\b", "below"), "N2"),
        Say("init", ("invoice_date", "due_date"), "A5"),
    ),
    {"Aged_Receivables_Summary.csv": {"skiprows": 4, "nrows": 36}},
    first="N2",
)

# -- NetSuite: its word for nothing ----------------------------------------------------------------------

NETSUITE = Case(
    "NetSuite customers",
    "- None - is no value",
    {
        "CustomerSearchResults.csv": sheet(
            "Internal ID|ID|Name|Subsidiary|Category|Date Created|Inactive|Balance",
            [
                (
                    500 + i,
                    f"CUST{i:05}",
                    f"Firm {i}",
                    "Parent Company : US",
                    ("- None -", "Gold", "Silver")[i % 3],
                    f"{(d := day(i * 6, '2025-01-15')).month}/{d.day}/{d.year} {1 + i % 12}:{i % 60:02} {('am', 'pm')[i % 2]}",
                    ("No", "Yes")[i % 8 == 0],
                    f"{i * 37:,}.00",
                )
                for i in range(45)
            ],
        )
    },
    (
        Ask("balance > 1_000", "CustomerSearchResults", lambda t: num(t.customersearchresults.Balance.str.replace(",", "")) > 1000, as_of=AS_OF),
        Ask("inactive", "CustomerSearchResults", lambda t: t.customersearchresults.Inactive == "Yes", as_of=AS_OF),
        Ask(
            "date_created >= 2025-06-01",
            "CustomerSearchResults",
            lambda t: when(t.customersearchresults["Date Created"], "%m/%d/%Y %I:%M %p") >= "2025-06-01",
            as_of=AS_OF,
        ),
    ),
    (Say("init", (r"\?", "category", "- None -", r"\b15\b"), "A4"), Say("init", ("balance", "currency"), "C17")),
)

CASES = (STRIPE, CHARGEBEE, ZUORA, RECURLY, QUICKBOOKS, XERO, NETSUITE)
