"""The kinds of the nine sets that first-time use was tried on."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, any_of, back, book, clock, day, known, num, once, per, recent, sheet, total, when

DMY = "%d-%m-%Y"
OLD = r"days? (ago|old|before)|--as-of"  # what a listing of newest rows doesn't say
INDUSTRIES = ("Cybersecurity", "EdTech", "FinTech", "HealthTech", "DevTools")

# -- 1: a software company's related exports, whose newest rows are two years old --------

ACCOUNTS = [
    (f"A-{i:04}", f"Company {i}", INDUSTRIES[i % 5], ("Basic", "Pro", "Enterprise")[i % 3], 3 + i * 7 % 90, f"{day(i * 12, '2023-01-05'):%d-%m-%Y}", i % 4 == 0)
    for i in range(60)
]
SUBSCRIPTIONS = [
    (f"S-{i:05}", f"A-{i % 60:04}", f"{day(i % 60 * 12 + 5 + i // 60 * 20, '2023-01-05'):%d-%m-%Y}", 20 + i * 13 % 400, ("monthly", "annual")[i % 2])
    for i in range(120)
]
TICKETS = [
    (
        f"T-{i:05}",
        f"A-{i * 7 % 60:04}",
        f"{back(i * 5, '2024-12-31'):%d-%m-%Y}",
        f"{back(max(0, i * 5 - i * 7 % 40), '2024-12-31'):%d-%m-%Y} {clock(i)}",
        ("low", "high", "urgent")[i % 3],
    )
    for i in range(90)
]
USES = [(f"U-{i:05}", f"S-{i * 11 % 120:05}", f"{back(i % 200, '2024-12-30'):%d-%m-%Y}", f"feature_{i % 6}", 1 + i % 9) for i in range(150)]
CHURN = [(f"C-{i:04}", f"A-{i * 4 % 60:04}", f"{back(i * 9, '2024-12-20'):%d-%m-%Y}", ("pricing", "unknown", "support", "features")[i % 4]) for i in range(20)]

SAAS = Case(
    "software company",
    "related files, old data",
    {
        "accounts.csv": "\ufeff" + sheet("account_id|account_name|industry|plan_tier|seats|signup_date|is_trial", ACCOUNTS),
        "subscriptions.csv": sheet("subscription_id|account_id|start_date|mrr_amount|billing_frequency", SUBSCRIPTIONS),
        "feature_usage.csv": sheet("usage_id|subscription_id|usage_date|feature_name|usage_count", [*USES, USES[3], USES[40]]),
        "support_tickets.csv": sheet("ticket_id|account_id|submitted_at|closed_at|priority", TICKETS),
        "churn_events.csv": sheet("churn_event_id|account_id|churn_date|reason_code", CHURN),
    },
    (
        Ask('industry = "Cybersecurity"', "accounts", lambda t: t.accounts.industry == "Cybersecurity"),
        Ask(
            "none({support_tickets} in last 30 days)",
            "accounts",
            lambda t: per(t.accounts.account_id, t.support_tickets.account_id[recent(when(t.support_tickets.submitted_at, DMY), 30, "2025-01-01")]) == 0,
            says=("2025-01-01|1 Jan 2025",),
            fails="A2",
            unsaid="A2",
        ),
        Ask("seats > 40", "accounts", lambda t: num(t.accounts[when(t.accounts.signup_date, DMY) < "2023-06-01"].seats) > 40, as_of="2023-06-01", fails="A1"),
        Ask(
            "count({subscriptions}) >= 1",
            "accounts",
            lambda t: (
                per(
                    t.accounts.account_id[when(t.accounts.signup_date, DMY) < "2023-06-01"],
                    t.subscriptions.account_id[when(t.subscriptions.start_date, DMY) < "2023-06-01"],
                )
                >= 1
            ),
            as_of="2023-06-01",
            fails="A1",
        ),
        Ask(
            "any({support_tickets} in last 7 days)",
            "accounts",
            lambda t: per(t.accounts.account_id, t.support_tickets.account_id[recent(when(t.support_tickets.submitted_at, DMY), 7, "2025-01-01")]) > 0,
            as_of="2025-01-01",
            fails="A5",
        ),
    ),
    (
        Say("init", ("submitted_at", "closed_at"), "A5"),
        Say("init", ("reason_code", "unknown", r"\b5\b"), "A4"),
        Say("init", (r"mrr_amount", "currency"), "C17"),
        Say("init", ("usage_id", "U-00003|U-00040"), "A7"),
        Say("data check", ("usage", r"\b2\b", "twice|same|duplicate|equal|copies"), "A7"),
        Say("data check", ("ticket", OLD), "A2"),
        Say("run", ("ticket", OLD), "A2"),
        Say("explain A-0000 quiet", ("2025-01-01|1 Jan 2025",), "A2"),
        Say("test new quiet", ("2025-01-01|1 Jan 2025",), "A2"),
        Say("""try 'any({support_tickets} where priority = "urgent" in last 60 days)'""", ("in last 60 days where",), "C2"),
        Say("""try 'industry = "FinTech" AND seats > 5'""", ("write: `industry = .FinTech. (?-i:and) seats > 5`",), "C3"),
        Say("try 'industry = FinTech'", ('"FinTech"',), "C3"),
        Say("""try 'industry = "fintech"'""", ("write: `industry = .(?-i:FinTech).` .capitals",)),
        Say("try 'is_trial = TRUE'", ("write: `is_trial`",), "C3"),
        Say("try 'sum({feature_usage}.usage_count * 2) > 9'", ("metric",), "C4"),
    ),
    added={"quiet.seg": "segment quiet of {accounts} { when none({support_tickets} in last 30 days) }\n"},
)

# -- 2: deals whose products are misspelt, keys that are names, and a file that is no data ---

NAMES = [f"{a} {b}" for a in ("Acorn", "Birch", "Cedar", "Dogwood", "Elm", "Fir") for b in ("Works", "Group", "Labs", "Partners", "Foods")]
PRODUCTS = [
    ("Kite Basic", "Kite", 550),
    ("Kite Pro", "Kite", 4821),
    ("Kite Plus", "Kite", 1096),
    ("Loom 100", "Loom", 55),
    ("Loom 500", "Loom", 26768),
    ("Moss Special", "Moss", 3393),
]
AGENTS = [(f"Agent {c}", f"Manager {c % 3}", ("East", "West", "Central")[c % 3]) for c in range(12)]
SOLD = ("Kite Basic", "KitePro", "Kite Plus", "Loom 100", "Loom 500", "Moss Special", "Kite Basic")
DEALS = [
    (
        f"{i:04X}QZ", f"Agent {i % 12}", SOLD[i % 7], "" if i % 8 == 0 else NAMES[i * 7 % 30], ("Won", "Lost", "Engaging", "Won", "Prospecting")[i % 5],
        "" if i % 5 == 4 else f"{(d := day(i, '2025-05-01')).month}/{d.day}/{d.year}", f"{(d := day(i + 20, '2025-05-01')).month}/{d.day}/{d.year}" if i % 5 in (0, 1, 3) else "",
        str(100 + i * 37) if i % 5 in (0, 3) else "",
    )
    for i in range(150)
]  # fmt: skip
DICTIONARY = [
    (table if n == 0 else "", column, about)
    for table, columns in {
        "accounts": ("account", "sector", "revenue"),
        "products": ("product", "series", "sales_price"),
        "deals": ("opportunity_id", "account", "product"),
    }.items()
    for n, (column, about) in enumerate((c, f"What {c} means") for c in columns)
]

CRM_DEALS = Case(
    "deals with misspelt products",
    "names as keys, dirty links, a file that is no data",
    {
        "accounts.csv": sheet(
            "account|sector|year_established|revenue|employees|subsidiary_of",
            [(n, ("software", "retail", "medical")[i % 3], 1980 + i, 100.5 + i, 20 * i, NAMES[i % 4] if i % 6 == 5 else "") for i, n in enumerate(NAMES)],
        ),
        "products.csv": sheet("product|series|sales_price", PRODUCTS),
        "sales_teams.csv": sheet("sales_agent|manager|regional_office", AGENTS),
        "sales_pipeline.csv": sheet("opportunity_id|sales_agent|product|account|deal_stage|engage_date|close_date|close_value", DEALS),
        "data_dictionary.csv": sheet("Table|Field|Description", DICTIONARY),
    },
    (
        Ask('sector = "software"', "accounts", lambda t: t.accounts.sector == "software", fails="B3"),
        Ask(
            'count({sales_pipeline} where deal_stage = "Won") >= 3',
            "accounts",
            lambda t: per(t.accounts.account, t.sales_pipeline.account[t.sales_pipeline.deal_stage == "Won"]) >= 3,
            fails="B3",
        ),
        Ask(
            'any({sales_pipeline} where deal_stage = "Won" and product.sales_price > 1_000)',
            "accounts",
            lambda t: any_of(
                t.accounts.account,
                t.sales_pipeline.account,
                (t.sales_pipeline.deal_stage == "Won").astype("boolean")
                & (num(t.sales_pipeline["product"].map(dict(zip(t.products["product"], t.products.sales_price)))) > 1000),
            ),
            fails="C1",
        ),
        Ask(
            "any({sales_pipeline} where close_date in last 30 days)",
            "accounts",
            lambda t: any_of(
                t.accounts.account,
                t.sales_pipeline.account,
                known(recent(when(t.sales_pipeline.close_date, "%m/%d/%Y"), 30, "2025-10-01"), t.sales_pipeline.close_date != ""),
            ),
            as_of="2025-10-01",
            fails="B3",
        ),
    ),
    (
        Say("init", ("data_dictionary", "no data|left out|leaves? out"), "B3"),
        Say("init", ("subsidiary_of", "link"), "B6"),
        Say("init", ("KitePro",), "A6"),
        Say("data check", ("KitePro", r"\b2[0-9]\b"), "A6"),
        Say("init --force --without data_dictionary.csv --from accounts.csv sales_pipeline.csv data_dictionary.csv", ("entity account",), "S4"),
    ),
    first="B3",
)

# -- 3: a workbook in which None is an answer, with the noise of sums --------------------

TELCO = [
    (
        f"{1000 + i}-{chr(65 + i % 26)}{chr(65 + i * 3 % 26)}", ("None", "Offer A", "None", "Offer B", "None")[i % 5], ("Cable", "Fiber", "None", "DSL")[i % 4], ("Month-to-Month", "One Year", "Two Year")[i % 3],
        i % 72, 20 + i % 9 * 10.25, (20 + i % 9 * 10.25) * (i % 72) + (0.1 + 0.2 if i % 10 == 3 else 0) + (1 / 3 if i == 17 else 0), "Yes" if i % 4 == 1 else "No", "Price" if i % 4 == 1 else None,
    )
    for i in range(80)
]  # fmt: skip
HEADS = ("Customer ID", "Offer", "Internet Type", "Contract", "Tenure in Months", "Monthly Charge", "Total Revenue", "Churn Label", "Churn Reason")

TELCO_CASE = Case(
    "telephone company workbook",
    "None is a value; sums with noise",
    {"telco.xlsx": book({"Telco": [HEADS, *TELCO]})},
    (
        Ask('contract = "Month-to-Month"', "telco", lambda t: t.telco["Contract"] == "Month-to-Month"),
        Ask("total_revenue > 1_500", "telco", lambda t: t.telco["Total Revenue"] > 1500, fails="B5"),
        Ask('offer != "Offer A"', "telco", lambda t: t.telco["Offer"] != "Offer A", fails="A4"),
        Ask('internet_type = "None"', "telco", lambda t: t.telco["Internet Type"] == "None", fails="A4"),
        Ask("churn_label", "telco", lambda t: t.telco["Churn Label"] == "Yes"),
    ),
    (
        Say("init", (r"\?", "offer", "None", r"\b48\b"), "A4"),
        Say("init", (r"\?", "internet_type", "None", r"\b20\b"), "A4"),
        Say("init", ("monthly_charge", "currency"), "C17"),
    ),
)

# -- 4: one file of order lines, no file of customers ------------------------------------

LINES = [
    (
        i + 1, f"CA-2025-{100000 + i // 2}", f"{(d := back(i * 3)).month}/{d.day}/{d.year}", f"{(d := back(i * 3 - 2 if i else 0)).month}/{d.day}/{d.year}", f"CU-{10000 + i // 2 * 7 % 25}", f"Zoë Müller {i // 2 * 7 % 25}",
        ("Consumer", "Corporate", "Home Office")[i // 2 * 7 % 25 % 3], "Québec", ("Paper", "Chairs", "Phones")[i % 3], round(5 + i * 9.35, 2), 1 + i % 6,
    )
    for i in range(120)
]  # fmt: skip
LINES_CASE = Case(
    "order lines alone",
    "one flat file, Latin-1",
    {"orders.csv": sheet("Row ID|Order ID|Order Date|Ship Date|Customer ID|Customer Name|Segment|City|Category|Sales|Quantity", LINES).encode("latin-1")},
    (
        Ask(
            "count({orders}) >= 6",
            "orders:Customer ID",
            lambda t: per(once(t.orders["Customer ID"]), t.orders["Customer ID"]) >= 6,
            fails="B7",
        ),
        Ask(
            "none({orders} in last 90 days)",
            "orders:Customer ID",
            lambda t: per(once(t.orders["Customer ID"]), t.orders["Customer ID"][recent(when(t.orders["Order Date"], "%m/%d/%Y"), 90)]) == 0,
            as_of=AS_OF,
            fails="B7",
        ),
        Ask(
            "sum({orders}.sales) > 2_000",
            "orders:Customer ID",
            lambda t: total(once(t.orders["Customer ID"]), t.orders["Customer ID"], num(t.orders["Sales"])) > 2000,
            fails="B7",
        ),
    ),
    (
        Say("init", ("customer_id|Customer ID", r"\b25\b", "repeat|distinct|entity"), "B7"),
        Say("init", (r"\b1 (values|cells|are|rows)\b",), "C5", never=True),
        Say("init", ("Order Date|order_date", "Ship Date|ship_date"), "A5"),
    ),
    {"orders.csv": {"encoding": "latin-1"}},
    first="B7",
    proposal="",
)

# -- 5: a call list in Excel, one row twice ----------------------------------------------

CALLS = [
    (
        1001 + i,
        ("Ann", "Bo", "Cy", "Dee")[i % 4],
        f"Last{i}",
        "N/a" if i == 6 else f"555-01{i:02}",
        ("Yes", "N", "Y", "No", "N/a")[i % 5] if i % 5 != 4 or i == 4 else "Y",
        "" if i == 9 else "Y" if i % 3 else "N",
    )
    for i in range(20)
]
CALLS_CASE = Case(
    "call list",
    "a row twice, words for yes and no",
    {"call_list.xlsx": book({"Sheet1": [("CustomerID", "First_Name", "Last_Name", "Phone_Number", "Paying Customer", "Do_Not_Contact"), *CALLS, CALLS[-1]]})},
    (
        Ask(
            "paying_customer",
            "call_list",
            lambda t: t.call_list.drop_duplicates()["Paying Customer"].map({"Yes": True, "Y": True, "N": False, "No": False}),
            fails="B2, C16",
        ),
        Ask("do_not_contact", "call_list", lambda t: t.call_list.drop_duplicates()["Do_Not_Contact"].map({"Y": True, "N": False}), fails="B2"),
    ),
    (
        Say("init", ("1020", r"\b21\b.*\b22\b"), "B2"),
        Say("init", ("paying_customer", "boolean", "Y"), "C16"),
        Say("init", ("do_not_contact", "personal"), "C16", never=True),
        Say("init", ("paying_customer", "N/a"), "A4"),
    ),
    first="B2",
)

# -- 6: a till's export with two columns of one name and a lost currency sign -------------

TILL = [
    (
        f"TXN_{1000 + i}",
        ("Coffee", "Cake", "Tea", "UNKNOWN", "ERROR")[i % 5],
        1 + i % 5,
        f"? {1.5 + i % 4 * 0.5:.2f}",
        f"{(1 + i % 5) * (1.5 + i % 4 * 0.5):.1f}",
        ("Cash", "Card", "")[i % 3],
        f"{day(i * 4)}",
        "hot" if i % 2 else "cold",
        "see manager" if i == 7 else "",
    )
    for i in range(60)
]
TILL_CASE = Case(
    "till",
    "a column twice, a lost currency sign, a column without a name",
    {"cafe.csv": sheet("Transaction ID|Item|Quantity| Price(PU) |Total Spent|Payment Method|Transaction Date|Item|", TILL)},
    (
        Ask("quantity > 3", "cafe", lambda t: num(t.cafe["Quantity"]) > 3),
        Ask("total_spent > 8", "cafe", lambda t: num(t.cafe["Total Spent"]) > 8),
        Ask("transaction_date >= 2025-06-01", "cafe", lambda t: when(t.cafe["Transaction Date"]) >= "2025-06-01"),
        Ask("price_pu > 2", "cafe", lambda t: num(t.cafe[" Price(PU) "].str.lstrip("? ")) > 2, fails="B5"),
        Ask('item = "UNKNOWN"', "cafe", lambda t: t.cafe["Item"] == "UNKNOWN", fails="A4"),
    ),
    (
        Say("init", ("price_pu", r"\? 2\.00|\? 1\.50", "number|amount|sign"), "B5"),
        Say("init", (r"\?", "item", "UNKNOWN", r"\b12\b"), "A4"),
        Say("init", ("Item.*(twice|2)|item_2",)),
    ),
)

# -- 7: customers, orders and their lines, three levels -----------------------------------

PEOPLE = [(i, f"Emp{i}", ("UK", "USA")[i % 2], "NULL" if i == 2 else 2 if i < 6 else 5) for i in range(1, 10)]
BUYERS = [
    (
        f"{chr(65 + i % 26)}{chr(65 + i * 5 % 26)}{chr(65 + i * 11 % 26)}K{chr(65 + i // 26)}",
        f"Buyer {i}",
        ("Germany", "Mexico", "UK", "Sweden")[i % 4],
        "NULL" if i % 3 else f"R{i % 5}",
    )
    for i in range(40)
]
ORDERS = [
    (
        10248 + i,
        BUYERS[i * 7 % 37][0],
        1 + i % 9,
        f"{day(i * 3, '2023-07-04')} 00:00:00.000",
        f"{day(i * 3 + 28, '2023-07-04')} 00:00:00.000",
        "NULL" if i % 40 == 39 else f"{day(i * 3 + 6, '2023-07-04')} 00:00:00.000",
        round(11.5 + i * 1.3, 2),
    )
    for i in range(160)
]
ITEMS = [(10248 + i % 160, 1 + i * 3 % 8, 10 + i % 20, 1 + i % 12, (0, 0.05, 0.25)[i % 3]) for i in range(200)]
GOODS = [(i, f"Good {i}", 1 + i % 3, 10 + i) for i in range(1, 9)]
ORDER_DAY = "%Y-%m-%d %H:%M:%S.%f"
LEVELS = Case(
    "traders",
    "three levels, NULL, the past",
    {
        "customers.csv": sheet("customer_id|company_name|country|region", BUYERS),
        "orders.csv": sheet("order_id|customer_id|employee_id|order_date|required_date|shipped_date|freight", ORDERS),
        "order_details.csv": sheet("order_id|product_id|unit_price|quantity|discount", ITEMS),
        "employees.csv": sheet("employee_id|last_name|country|reports_to", PEOPLE),
        "products.csv": sheet("product_id|product_name|category_id|unit_price", GOODS),
    },
    (
        Ask('country = "Germany"', "customers", lambda t: t.customers.country == "Germany"),
        Ask(
            "count({orders}) > 1",
            "customers",
            lambda t: per(t.customers.customer_id, t.orders.customer_id[when(t.orders.order_date, ORDER_DAY) < "2023-12-15"]) > 1,
            as_of="2023-12-15",
            fails="A1",
        ),
        Ask("any({orders} where order_date > today)", "customers", lambda t: t.customers.customer_id == "", as_of="2023-10-01", fails="A1"),
        Ask(
            "count({orders} in last 12 months) >= 3",
            "customers",
            lambda t: (
                per(t.customers.customer_id, t.orders.customer_id[(d := when(t.orders.order_date, ORDER_DAY)).ge("2023-10-01") & d.lt("2024-10-01")]) >= 3
            ),
            as_of="2024-10-01",
            fails="B8",
        ),
        Ask(
            'any({orders} where employee_id.country = "UK")',
            "customers",
            lambda t: (
                per(t.customers.customer_id, t.orders.customer_id[t.orders.employee_id.map(dict(zip(t.employees.employee_id, t.employees.country))) == "UK"])
                > 0
            ),
            as_of=AS_OF,
        ),
        Ask(
            "any({orders} where shipped_date is missing)",
            "customers",
            lambda t: per(t.customers.customer_id, t.orders.customer_id[t.orders.shipped_date == "NULL"]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            "sum({orders}.{order_details}.quantity) > 30",
            "customers",
            lambda t: (
                total(t.customers.customer_id, t.order_details.order_id.map(dict(zip(t.orders.order_id, t.orders.customer_id))), num(t.order_details.quantity))
                > 30
            ),
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("reports_to", "link"), "B6"),
        Say("init", ("order_date", "required_date|shipped_date", "from"), "A1"),
        Say("init", ("region", "NULL"), "A4"),
        Say("data check", ("order", OLD), "A2"),
    ),
)

# -- 8: dates that nothing decides, and a word for missing ---------------------------------

CAMPAIGN = [
    (
        5000 + i * 11,
        1950 + i % 45,
        ("Graduation", "PhD", "Master")[i % 3],
        "missing" if i % 30 == 7 else 20000 + i * 731,
        f"{1 + i % 12:02}-{1 + i * 5 % 12:02}-2024",
        i * 7 % 100,
        i * 13 % 900,
        int(i % 50 == 0),
    )
    for i in range(90)
]
MARKETING = Case(
    "marketing campaign",
    "ambiguous dates, the word missing",
    {"campaign.csv": sheet("ID|Year_Birth|Education|Income|Dt_Customer|Recency|MntWines|Complain", CAMPAIGN, sep=";")},
    (
        Ask("recency > 60", "campaign", lambda t: num(t.campaign.Recency) > 60),
        Ask("dt_customer >= 2024-06-01", "campaign", lambda t: when(t.campaign.Dt_Customer, DMY) >= "2024-06-01", as_of=AS_OF),
        Ask("income > 60_000", "campaign", lambda t: num(t.campaign.Income) > 60000, fails="B5"),
        Ask("complain", "campaign", lambda t: t.campaign.Complain == "1"),
    ),
    (Say("init", (r"\?", "dt_customer", "DD-MM-YYYY", "MM-DD-YYYY")), Say("init", ("income", "missing", r"\b3\b"), "B5")),
    {"campaign.csv": {"sep": ";"}},
    answers=('date = "DD-MM-YYYY"',),
)

# -- 9: two exports of one CRM in two countries' ways ---------------------------------------

ARR = {4: "€8,000.00", 9: "1e3", 14: "1 200", 19: ""}
MESSY = [
    (2001 + i, f"Café {i}", ("Customer", "Lead", "customer", "Customer")[i % 4], ARR.get(i, f"${1200.5 + i * 310:,.2f}"), ("Yes", "No")[i % 2])
    for i in range(40)
]
MESSY_TEXT = sheet("Record ID|Company name|Lifecycle Stage|ARR|Key Account", [*MESSY, MESSY[5], ("Total", "", "", "$289,999.00", "")])
SCORES = [(f"T{i}", 2001 + i * 3 % 40, f"{day(i, '2025-09-01'):%d.%m.%Y}", f"{i % 5},{i % 10}", ("offen", "zu")[i % 2]) for i in range(50)]
MESSY_CASE = Case(
    "two countries",
    "Latin-1, currency signs, a total, blank lines, decimal commas",
    {
        "companies.csv": MESSY_TEXT.replace("2011,", "\n2011,").encode("cp1252"),
        "tickets.csv": sheet("Ticket;Record ID;Created;Score;State".replace(";", "|"), SCORES, sep=";"),
    },
    (
        Ask(
            'lifecycle_stage = "Lead"',
            "companies",
            lambda t: t.companies[t.companies["Record ID"] != "Total"].drop_duplicates()["Lifecycle Stage"] == "Lead",
            fails="B2",
        ),
        Ask(
            "arr > 5_000",
            "companies",
            lambda t: (
                num(
                    t.companies[t.companies["Record ID"] != "Total"]
                    .drop_duplicates()["ARR"]
                    .map(lambda c: c.replace("$", "").replace(",", "") if c.startswith(("$", "1e3")) else None)
                )
                > 5000
            ),
            says=("€8,000.00",),
            fails="B2, B5",
            unsaid="A9",
        ),
        Ask(
            "average({tickets}.score) > 2",
            "companies",
            lambda t: (
                t.companies[t.companies["Record ID"] != "Total"]
                .drop_duplicates()["Record ID"]
                .map(num(t.tickets.Score.str.replace(",", ".")).groupby(t.tickets["Record ID"]).mean())
                .astype("Float64")
                > 2
            ),
            as_of=AS_OF,
            fails="B2",
        ),
    ),
    (
        Say("init", ("Record ID|record_id", "2006", r"\b7\b", r"\b43\b"), "B2"),
        Say("init", ("arr", "€8,000.00"), "A9"),
        Say("init", ("Total|below the rows",)),
    ),
    {"companies.csv": {"encoding": "cp1252"}, "tickets.csv": {"sep": ";"}},
    first="B2",
)

CASES = (SAAS, CRM_DEALS, TELCO_CASE, LINES_CASE, CALLS_CASE, TILL_CASE, LEVELS, MARKETING, MESSY_CASE)
