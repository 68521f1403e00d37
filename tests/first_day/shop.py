"""Exports of shops, mailing lists, events and advertising."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, back, clock, day, known, num, once, per, recent, sheet, total, when

# -- Shopify: order lines, what is of the order only on its first line -------------------------------


def _shopify() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for i in range(50):
        mail, at = f"buyer{i * 7 % 20}@example.com", f"{back(i * 2)} {clock(i)} +0100"
        for n in range(1 + i % 3):
            first = n == 0
            rows.append(
                (
                    f"#{1001 + i}",
                    mail,
                    ("paid", "refunded", "paid", "pending")[i % 4] if first else "",
                    at if first else "",
                    "EUR" if first else "",
                    f"{40 + i}.00" if first else "",
                    at,
                    1 + n,
                    f"Item {n}",
                    f"{10 + n}.00",
                    7410991464700 + i if first else "",
                )
            )
    return rows


SHOPIFY_HEADER = "Name|Email|Financial Status|Paid at|Currency|Total|Created at|Lineitem quantity|Lineitem name|Lineitem price|Id"
SHOPIFY = Case(
    "Shopify orders and customers",
    "order lines, blank repeated cells",
    {
        "customers_export.csv": sheet(
            "Customer ID|First Name|Email|Accepts Email Marketing|Total Spent|Total Orders",
            [(f"'{6400000 + i}", f"F{i}", f"buyer{i}@example.com", ("yes", "no")[i % 2], f"{i * 11}.00", i % 5) for i in range(22)],
        ),
        "orders_export_1.csv": sheet(SHOPIFY_HEADER, _shopify()),
    },
    (
        Ask("accepts_email_marketing", "customers_export", lambda t: t.customers_export["Accepts Email Marketing"] == "yes", as_of=AS_OF, fails="B6, B7"),
        Ask(
            "sum({orders_export_1}.total) > 150",
            "customers_export",
            lambda t: total(t.customers_export.Email, t.orders_export_1.Email, num(t.orders_export_1.Total)) > 150,
            as_of=AS_OF,
            fails="B6, B7",
        ),
        Ask(
            "none({orders_export_1} in last 30 days)",
            "customers_export",
            lambda t: (
                per(
                    t.customers_export.Email,
                    t.orders_export_1.Email[
                        recent(when(t.orders_export_1["Created at"], "%Y-%m-%d %H:%M:%S %z").dt.tz_convert("UTC").dt.tz_localize(None), 30)
                    ],
                )
                == 0
            ),
            as_of=AS_OF,
            fails="B6, B7, N20",
        ),
    ),
    (
        Say("init", ("email", "20 of 20"), "B6"),
        Say("init", ("financial_status|total|first line", "name|#1001|order", "first|repeat|blank"), "N9"),
        Say("init", ("name", r"\b50\b", "repeat|distinct|entity"), "B7"),
        Say("init", ("created_at", "paid_at"), "A5"),
        Say("init", ("total", "EUR|currency"), "C17"),
    ),
    first="B6, B7",
)

# -- more goods than buyers: whose rows are the orders? -------------------------------------------------

GOODS = Case(
    "more goods than buyers",
    "rows that link to two tables",
    {
        "buyers.csv": sheet("buyer_id|tier", [(f"b{i:02}", ("gold", "silver")[i % 2]) for i in range(20)]),
        "goods.csv": sheet("sku|category|price", [(f"SKU-{i:03}", ("pens", "ink", "paper")[i % 3], f"{1 + i}.20") for i in range(90)]),
        "orders.csv": sheet(
            "order_no|buyer_id|sku|ordered_on|units", [(f"o{i:04}", f"b{i * 7 % 19:02}", f"SKU-{i % 90:03}", back(i), 1 + i % 4) for i in range(180)]
        ),
    },
    (
        Ask('tier = "gold"', "buyers", lambda t: t.buyers.tier == "gold", as_of=AS_OF),
        Ask(
            "count({orders} in last 90 days) >= 5",
            "buyers",
            lambda t: per(t.buyers.buyer_id, t.orders.buyer_id[recent(when(t.orders.ordered_on), 90)]) >= 5,
            as_of=AS_OF,
            fails="B6",
        ),
        Ask(
            'any({orders} where sku.category = "ink" and units >= 4)',
            "buyers",
            lambda t: (
                per(t.buyers.buyer_id, t.orders.buyer_id[(t.orders.sku.map(dict(zip(t.goods.sku, t.goods.category))) == "ink") & (num(t.orders.units) >= 4)])
                > 0
            ),
            as_of=AS_OF,
            fails="B6, C1",
        ),
    ),
    (Say("init", ("orders", "buyer_id", "sku", "belong"), "B6"),),
)

# -- WooCommerce: guests have the number 0 ---------------------------------------------------------------

WOO = Case(
    "WooCommerce customers and orders",
    "guests have the number 0",
    {
        "customers.csv": sheet(
            "Customer ID|Username|Registered|Role",
            [(i + 1, f"shopper{i}", f"{day(i * 7, '2025-01-04')} {clock(i)}", ("customer", "wholesale")[i % 4 == 0]) for i in range(36)],
        ),
        "orders.csv": sheet(
            "Order ID|Order Date|Customer ID|Order Status|Order Total|Billing Email",
            [
                (
                    900 + i,
                    f"{back(i)} {clock(i)}",
                    0 if i % 6 == 0 else 1 + i * 5 % 36,
                    ("wc-completed", "wc-refunded", "wc-completed")[i % 3],
                    f"{15 + i}.5",
                    f"s{i % 36}@example.com",
                )
                for i in range(100)
            ],
        ),
    },
    (
        Ask('role = "wholesale"', "customers", lambda t: t.customers.Role == "wholesale", as_of=AS_OF),
        Ask(
            "any({orders} in last 30 days)",
            "customers",
            lambda t: per(t.customers["Customer ID"], t.orders["Customer ID"][recent(when(t.orders["Order Date"]), 30)]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            'sum({orders}.order_total where order_status = "wc-completed") > 150',
            "customers",
            lambda t: (
                total(t.customers["Customer ID"], (o := t.orders[t.orders["Order Status"] == "wc-completed"])["Customer ID"], num(o["Order Total"])) > 150
            ),
            as_of=AS_OF,
        ),
    ),
    (Say("init", ("customer_id", r"\b3\d of 3\d\b")), Say("data check", ("customer_id", r"\b17\b", r"\b0\b")), Say("init", ("order_total", "currency"), "C17")),
)

# -- Magento: order numbers with zeros in front, a comma before the time -----------------------------------

MAGENTO = Case(
    "Magento customers and orders",
    "zeros in front, Oct 2, 2025, 2:33:01 PM",
    {
        "customers.csv": sheet(
            "ID|Name|Email|Group|Customer Since",
            [
                (
                    f"{i + 1:09}",
                    f"N {i}",
                    f"mage{i}@example.com",
                    ("General", "Wholesale")[i % 3 == 0],
                    f"{(d := day(i * 5, '2025-01-08')):%b} {d.day}, {d.year}, {1 + i % 12}:{i % 60:02}:00 {('AM', 'PM')[i % 2]}",
                )
                for i in range(40)
            ],
        ),
        "orders.csv": sheet(
            "ID|Purchase Point|Purchase Date|Customer Email|Grand Total (Base)|Status",
            [
                (
                    f"{i + 500:09}",
                    "Main Website",
                    f"{(d := back(i)):%b} {d.day}, {d.year}, {1 + i % 12}:{i % 60:02}:00 {('AM', 'PM')[i % 2]}",
                    f"mage{i * 3 % 38}@example.com",
                    f"${900 + i * 12:,}.00",
                    ("Complete", "Closed")[i % 5 == 0],
                )
                for i in range(90)
            ],
        ),
    },
    (
        Ask('group = "Wholesale"', "customers", lambda t: t.customers.Group == "Wholesale", as_of=AS_OF, fails="B1"),
        Ask(
            'any({orders} where status = "Closed")',
            "customers",
            lambda t: per(t.customers.Email, t.orders["Customer Email"][t.orders.Status == "Closed"]) > 0,
            as_of=AS_OF,
            fails="B1, B6",
        ),
        Ask(
            "customer_since >= 2025-06-01",
            "customers",
            lambda t: when(t.customers["Customer Since"], "%b %d, %Y, %I:%M:%S %p") >= "2025-06-01",
            as_of=AS_OF,
            fails="B1",
        ),
    ),
    (Say("init", ("has no key",), "B1", never=True), Say("init", ("customer_email", "38 of 38"), "B6")),
    first="B1",
)

# -- Klaviyo: consent as words in capitals --------------------------------------------------------------------

KLAVIYO = Case(
    "Klaviyo profiles",
    "consent in capitals, times with an offset",
    {
        "profiles.csv": sheet(
            "Email|Klaviyo ID|First Name|Email Marketing Consent|Email Marketing Consent Timestamp|Date Added|Last Active|Historic CLV|Average Order Value",
            [
                (
                    f"k{i}@example.com",
                    f"01H{i:05}ABCXYZ",
                    f"F{i}",
                    ("SUBSCRIBED", "NEVER_SUBSCRIBED", "UNSUBSCRIBED")[i % 3],
                    f"{back(i * 3)}T{clock(i)}+00:00" if i % 3 != 1 else "",
                    f"{back(150 + i)}T{clock(i)}+00:00",
                    f"{back(i)}T{clock(i)}+00:00" if i % 4 else "",
                    f"{i * 9}.25",
                    "0.0" if i % 2 else f"{i}.5",
                )
                for i in range(60)
            ],
        )
    },
    (
        Ask('email_marketing_consent = "SUBSCRIBED"', "profiles", lambda t: t.profiles["Email Marketing Consent"] == "SUBSCRIBED", as_of=AS_OF),
        Ask(
            "email_marketing_consent_timestamp in last 30 days",
            "profiles",
            lambda t: known(recent((w := when(t.profiles["Email Marketing Consent Timestamp"]).dt.tz_localize(None)), 30), w.notna()),
            as_of=AS_OF,
        ),
        Ask("historic_clv > 300", "profiles", lambda t: num(t.profiles["Historic CLV"]) > 300, as_of=AS_OF),
        Ask(
            "last_active is missing",
            "profiles",
            lambda t: t.profiles[when(t.profiles["Date Added"]) < "2025-05-01T00:00Z"]["Last Active"] == "",
            as_of="2025-05-01",
            fails="A1",
        ),
    ),
    (Say("init", ("historic_clv", "currency"), "C17"), Say("init", ("date_added", "from"), "A1"), Say("try 'zzzz > 1'", (r"and \d+ more",), "C7", never=True)),
)

# -- Mailchimp: times of opting in and of confirming, tags in quotes ---------------------------------------------

MAILCHIMP = Case(
    "Mailchimp audience",
    "opt-in times, tags in quotes",
    {
        "subscribed_members_export_a1b2.csv": sheet(
            "Email Address|First Name|Last Name|MEMBER_RATING|OPTIN_TIME|OPTIN_IP|CONFIRM_TIME|LAST_CHANGED|LEID|EUID|TAGS",
            [
                (
                    f"mc{i}@example.com",
                    f"F{i}",
                    "",
                    1 + i % 5,
                    f"{back(i * 4)} {clock(i)}" if i % 3 else "",
                    "",
                    f"{back(i * 4)} {clock(i)}",
                    f"{back(i)} {clock(i)}",
                    3400000 + i,
                    f"{i:010x}",
                    f'"vip","level {i % 3}"' if i % 2 else "",
                )
                for i in range(70)
            ],
        )
    },
    (
        Ask("member_rating >= 4", "subscribed_members_export_a1b2", lambda t: num(t.subscribed_members_export_a1b2.MEMBER_RATING) >= 4, as_of=AS_OF),
        Ask(
            "optin_time in last 90 days",
            "subscribed_members_export_a1b2",
            lambda t: known(recent((w := when(t.subscribed_members_export_a1b2.OPTIN_TIME)), 90), w.notna()),
            as_of=AS_OF,
        ),
        Ask(
            'tags has "vip"',
            "subscribed_members_export_a1b2",
            lambda t: known(t.subscribed_members_export_a1b2.TAGS.str.contains("vip"), t.subscribed_members_export_a1b2.TAGS != ""),
            as_of=AS_OF,
            fails="N10",
        ),
    ),
    (Say("init", ("tags", "set"), "N10"), Say("init", ("entity (subscribed_members|member|email|subscribed_member)",))),
)

# -- Eventbrite: an order has several attendees ---------------------------------------------------------------------

EVENTBRITE = Case(
    "Eventbrite attendees",
    "orders of several people, a person at several events",
    {
        "attendees.csv": sheet(
            "Order #|Order Date|First Name|Last Name|Email|Quantity|Ticket Type|Attendee #|Attendee Status|Total Paid|Event Name",
            [
                (
                    100200 + i // 2,
                    f"{back(i * 2)} {clock(i // 2)}+02:00",
                    f"F{i}",
                    f"L{i}",
                    f"guest{i * 3 % 28}@example.com",
                    1,
                    ("General", "VIP")[i % 4 == 0],
                    770000 + i,
                    ("Attending", "Checked In", "Not Attending")[i % 3],
                    f"{i % 4 * 15}.00",
                    f"Meetup {i % 5}",
                )
                for i in range(80)
            ],
        )
    },
    (
        Ask(
            'count({attendees} where attendee_status = "Checked In") >= 1',
            "attendees:Email",
            lambda t: per(once(t.attendees.Email), t.attendees.Email[t.attendees["Attendee Status"] == "Checked In"]) >= 1,
            as_of=AS_OF,
            fails="B7",
        ),
        Ask(
            'any({attendees} where ticket_type = "VIP")',
            "attendees:Email",
            lambda t: per(once(t.attendees.Email), t.attendees.Email[t.attendees["Ticket Type"] == "VIP"]) > 0,
            as_of=AS_OF,
            fails="B7",
        ),
    ),
    (
        Say("init", ("email", r"\b28\b", "repeat|distinct|entity"), "B7"),
        Say("init", ("has no key",), "N11", never=True),
        Say("init", ("total_paid", "currency"), "C17"),
    ),
    first="B7",
)

# -- LinkedIn: UTF-16, tabs, five lines above -----------------------------------------------------------------------

LINKEDIN = Case(
    "LinkedIn campaign report",
    "UTF-16 with tabs, lines above",
    {
        "campaign_performance.csv": (
            '"Campaign Performance Report (in UTC)"\n"Report Start: October 1, 2025, 12:00 AM"\n"Report End: October 31, 2025, 11:59 PM"\n"Date Generated: November 1, 2025, 8:01 AM"\n\n'
            + sheet(
                "Start Date (in UTC)|Campaign ID|Campaign Name|Campaign Status|Impressions|Clicks|Total Spent|Currency|Click Through Rate",
                [
                    (
                        f"{day(i // 12, '2025-10-20'):%m/%d/%Y}",
                        6100 + i % 12,
                        f"Camp {i % 12}",
                        ("Active", "Paused")[i % 2],
                        f"{1000 + i * 37:,}",
                        i % 40,
                        f"{12 + i * 0.75:.2f}",
                        "USD",
                        f"{i % 9 / 10:.2f}%",
                    )
                    for i in range(90)
                ],
                sep="\t",
            )
        ).encode("utf-16"),
    },
    (
        Ask(
            "sum({campaign_performance}.clicks) > 140",
            "campaign_performance:Campaign ID",
            lambda t: total(once(t.campaign_performance["Campaign ID"]), t.campaign_performance["Campaign ID"], num(t.campaign_performance.Clicks)) > 140,
            as_of=AS_OF,
            fails="B7",
        ),
        Ask(
            "any({campaign_performance} where impressions > 4_200)",
            "campaign_performance:Campaign ID",
            lambda t: (
                per(
                    once(t.campaign_performance["Campaign ID"]),
                    t.campaign_performance["Campaign ID"][num(t.campaign_performance.Impressions.str.replace(",", "")) > 4200],
                )
                > 0
            ),
            as_of=AS_OF,
            fails="B4, B7",
        ),
    ),
    (
        Say("init", ("campaign_performance.csv", r"\b5\b", "above")),
        Say("init", ("campaign_id", r"\b12\b", "repeat|distinct|entity"), "B7"),
        Say("init", (r"\?", "click_through_rate", "%|percent"), "A8"),
        Say("init", ("total_spent", "USD|currency"), "C17"),
    ),
    {"campaign_performance.csv": {"sep": "\t", "encoding": "utf-16", "skiprows": 5}},
    answers=('number = "1,234.56"',),
    first="B7",
    offers="B4",
)

CASES = (SHOPIFY, GOODS, WOO, MAGENTO, KLAVIYO, MAILCHIMP, EVENTBRITE, LINKEDIN)
