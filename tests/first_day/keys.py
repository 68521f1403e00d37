"""Exports in which keys and links aren't plain: other languages, zeros lost, addresses, repeated customers, orders told on their first line."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, back, book, clock, day, known, num, once, per, recent, sheet, total, when

# -- French: numbers of clients, day first, amounts with a comma and their currency in the header ----------


def _euros(n: float) -> str:
    return f"{n:,.2f}".replace(",", "\u202f").replace(".", ",")


CLIENTS = Case(
    "clients et commandes",
    "French headers, amounts as 1 234,56 with the currency in the header",
    {
        "clients.csv": sheet(
            "N° client|Raison sociale|Ville|Date d'inscription|Actif",
            [
                (f"C{100 + i}", f"Société {i}", ("Lyon", "Lille", "Nîmes")[i % 3], f"{day(i * 4, '2024-06-13'):%d/%m/%Y}", ("oui", "non")[i % 4 == 0])
                for i in range(40)
            ],
            sep=";",
        ),
        "commandes.csv": sheet(
            "N° commande|N° client|Date de commande|Montant TTC (€)|Échéance",
            [(f"CMD-{i:04}", f"C{100 + i * 7 % 38}", f"{back(i * 2):%d/%m/%Y}", _euros(850 + i * 41.5), f"{back(i * 2 - 30):%d/%m/%Y}") for i in range(100)],
            sep=";",
        ),
    },
    (
        Ask('ville = "Lyon"', "clients", lambda t: t.clients["Ville"] == "Lyon", as_of=AS_OF),
        Ask("count({commandes}) >= 3", "clients", lambda t: per(t.clients["N° client"], t.commandes["N° client"]) >= 3, as_of=AS_OF),
        Ask(
            "none({commandes} in last 60 days)",
            "clients",
            lambda t: per(t.clients["N° client"], t.commandes["N° client"][recent(when(t.commandes["Date de commande"], "%d/%m/%Y"), 60)]) == 0,
            as_of=AS_OF,
        ),
        Ask(
            "sum({commandes}.montant_ttc) > 7_000",
            "clients",
            lambda t: (
                total(
                    t.clients["N° client"],
                    t.commandes["N° client"],
                    num(t.commandes["Montant TTC (€)"].str.replace("\u202f", "").str.replace(",", ".")),
                )
                > 7000
            ),
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("entity client ",)),
        Say("init", ("commandes", "client", "38 of 38")),
        Say("init", ("date_de_commande", "echeance")),
        Say("init", ("date_d_inscription", "from")),
        Say("init", ("montant_ttc", "EUR")),
    ),
    {f: {"sep": ";"} for f in ("clients.csv", "commandes.csv")},
)

# -- Spanish workbook: codes with zeros as texts on one sheet, numbers on the other --------------------------

CODES = [f"{i * 13 + 7:05}" for i in range(45)]
CLIENTES = Case(
    "clientes y pedidos",
    "codes with zeros on one sheet of a workbook, without them on the other",
    {
        "ventas.xlsx": book(
            {
                "Clientes": [
                    ("Código", "Nombre", "Provincia", "Fecha de alta"),
                    *[(c, f"Cliente {i}", ("Madrid", "Sevilla", "Lugo")[i % 3], day(i * 5, "2024-08-01")) for i, c in enumerate(CODES)],
                ],
                "Pedidos": [
                    ("Pedido", "Código", "Fecha de pedido", "Importe", "Divisa"),
                    *[(90000 + i, int(CODES[i * 4 % 43]), back(i * 2), 100.5 + i, "EUR") for i in range(90)],
                ],
            }
        )
    },
    (
        Ask('provincia = "Lugo"', "Clientes", lambda t: t.clientes["Provincia"] == "Lugo", as_of=AS_OF),
        Ask(
            "count({pedidos}) >= 3",
            "Clientes",
            lambda t: per(t.clientes["Código"].astype(int), t.pedidos["Código"].astype(int)) >= 3,
            as_of=AS_OF,
        ),
        Ask(
            "sum({pedidos}.importe) > 300",
            "Clientes",
            lambda t: total(t.clientes["Código"].astype(int), t.pedidos["Código"].astype(int), num(t.pedidos["Importe"])) > 300,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("43 of 43", "leading zero", r"\b5\b")),
        Say("init", ("importe", "EUR")),
        Say("init", ("alta", "from")),
    ),
)

# -- a ledger of debtors: ten digits there, six here, a currency beside, several currencies --------------------

DEBTORS = [f"{70001 + i * 3:010}" for i in range(36)]
LEDGER = Case(
    "debtors and open items",
    "ids that lost their zeros, amounts in two currencies",
    {
        "debitoren.csv": sheet(
            "Debitor|Name|Land|Zahlungsziel (Tage)|Kunde seit",
            [(k, f"GmbH {i}", ("DE", "AT", "CH")[i % 3], (14, 30)[i % 2], f"{day(i * 9, '2023-01-13'):%d.%m.%Y}") for i, k in enumerate(DEBTORS)],
            sep=";",
        ),
        "offene_posten.csv": sheet(
            "Belegnummer|Debitor|Belegdatum|Fälligkeit|Betrag|Währung|Bezahlt am",
            [
                (
                    1_900_000 + i,
                    DEBTORS[i * 5 % 34].lstrip("0"),
                    f"{back(i * 3):%d.%m.%Y}",
                    f"{back(i * 3 - 30):%d.%m.%Y}",
                    f"{120 + i * 9},{i % 10}0",
                    ("EUR", "EUR", "CHF")[i % 3],
                    f"{back(i * 3 - 20):%d.%m.%Y}" if i % 4 and i > 10 else "",
                )
                for i in range(80)
            ],
            sep=";",
        ),
    },
    (
        Ask('land = "AT"', "debitoren", lambda t: t.debitoren["Land"] == "AT", as_of=AS_OF),
        Ask(
            "any({offene_posten} where bezahlt_am is missing)",
            "debitoren",
            lambda t: per(t.debitoren["Debitor"].str.lstrip("0"), t.offene_posten["Debitor"][t.offene_posten["Bezahlt am"] == ""]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            'sum({offene_posten}.betrag where wahrung = "EUR") > 500',
            "debitoren",
            lambda t: (
                total(
                    t.debitoren["Debitor"].str.lstrip("0"),
                    (o := t.offene_posten[t.offene_posten["Währung"] == "EUR"])["Debitor"],
                    num(o["Betrag"].str.replace(",", ".")),
                )
                > 500
            ),
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("debitor", "34 of 34", "zero")),
        Say("init", (r"\?", "betrag", "EUR", "CHF")),
        Say("init", ("belegdatum", "falligkeit")),
        Say("init", ("kunde_seit", "from")),
    ),
    {f: {"sep": ";"} for f in ("debitoren.csv", "offene_posten.csv")},
)

# -- people with an address and a day of their own, what they do, and the firms they work for -------------------

PEOPLE = Case(
    "organizations, people, activities",
    "people with a day of their own, tasks with a day to come",
    {
        "organizations.csv": sheet("Org ID|Org name|Tier", [(501 + i, f"Org {i}", ("A", "B", "C")[i % 3]) for i in range(25)]),
        "people.csv": sheet(
            "Person ID|Full name|Work e-mail|Org ID|Added on|Newsletter",
            [(9001 + i, f"P {i}", f"p{i}@org{i % 23}.example.com", 501 + i * 3 % 23, f"{back(i * 4 + 10)}", ("Yes", "No", "")[i % 3]) for i in range(70)],
        ),
        "activities.csv": sheet(
            "Activity ID|Person ID|Type|Created|Due|Done",
            [(30001 + i, 9001 + i * 5 % 66, ("call", "mail")[i % 2], f"{back(i // 2)}", f"{back(i // 2 - 20)}", ("Y", "N")[i % 3 == 0]) for i in range(120)],
        ),
    },
    (
        Ask('tier = "A"', "organizations", lambda t: t.organizations["Tier"] == "A", as_of=AS_OF),
        Ask("newsletter", "people", lambda t: known(t.people["Newsletter"] == "Yes", t.people["Newsletter"] != ""), as_of=AS_OF),
        Ask(
            "none({activities} in last 30 days)",
            "people",
            lambda t: per(t.people["Person ID"], t.activities["Person ID"][recent(when(t.activities["Created"]), 30)]) == 0,
            as_of=AS_OF,
        ),
        Ask(
            "count(people) >= 3",
            "organizations",
            lambda t: per(t.organizations["Org ID"], t.people["Org ID"]) >= 3,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("entity person of org",)),
        Say("init", ("activities", "person_id", "66 of 66")),
        Say("init", ("activities", "created", "due")),
    ),
)

# -- an event log alone ------------------------------------------------------------------------------------------

LOG = Case(
    "an event log alone",
    "nothing but who, what and when",
    {
        "events.csv": sheet(
            "distinct_id|event|time|$browser",
            [
                (f"u-{i * 7 % 31:03}", ("view", "click", "buy", "view")[i % 4], f"{back(i // 4)}T{clock(i)}", ("Chrome", "Firefox")[i * 7 % 31 % 2])
                for i in range(240)
            ],
        )
    },
    (
        Ask(
            'count({events} where event = "buy") >= 2',
            "events:distinct_id",
            lambda t: per(once(t.events.distinct_id), t.events.distinct_id[t.events.event == "buy"]) >= 2,
            as_of=AS_OF,
        ),
        Ask(
            "count({events} in last 7 days) >= 1",
            "events:distinct_id",
            lambda t: per(once(t.events.distinct_id), t.events.distinct_id[recent(when(t.events.time), 7)]) >= 1,
            as_of=AS_OF,
        ),
    ),
    (Say("init", ("distinct_id", r"\b31\b", "repeat")), Say("init", ("known by its line",), never=True)),
)

# -- a marketplace's order report: lines of orders, buyers by their address ------------------------------------------

MARKET = Case(
    "a marketplace's order report",
    "tabs, names with hyphens, buyers by their address",
    {
        "orders.txt": sheet(
            "order-id|order-item-id|purchase-date|payments-date|buyer-email|buyer-name|sku|quantity-purchased|item-price|currency",
            [
                (
                    f"114-{7000000 + i // 2}",
                    55_000_000_001 + i,
                    f"{back(i // 2 * 3)}T{clock(i // 2)}+00:00",
                    f"{back(i // 2 * 3)}T{clock(i // 2)}+00:00",
                    f"b{i // 2 * 5 % 26}@marketplace.example.com",
                    f"Buyer {i // 2 * 5 % 26}",
                    f"SKU-{i % 9}",
                    1 + i % 3,
                    f"{9 + i % 20}.99",
                    "USD",
                )
                for i in range(130)
            ],
            sep="\t",
        )
    },
    (
        Ask(
            "count({orders}) >= 6",
            "orders:buyer-email",
            lambda t: per(once(t.orders["buyer-email"]), t.orders["buyer-email"]) >= 6,
            as_of=AS_OF,
        ),
        Ask(
            "count_distinct({orders}.order_id) >= 3",
            "orders:buyer-email",
            lambda t: once(t.orders["buyer-email"]).map(t.orders.groupby("buyer-email")["order-id"].nunique()) >= 3,
            as_of=AS_OF,
        ),
        Ask(
            "sum({orders}.item_price) > 100",
            "orders:buyer-email",
            lambda t: total(once(t.orders["buyer-email"]), t.orders["buyer-email"], num(t.orders["item-price"])) > 100,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("buyer_email", r"\b26\b", "repeat")),
        Say("init", ("order_id", r"\b65\b", "line", "count_distinct")),
        Say("init", ("purchase_date", "payments_date")),
        Say("init", ("item_price", "USD")),
    ),
    {"orders.txt": {"sep": "\t"}},
)

# -- a shop's orders: what is of the order on its first line alone, the customer too -----------------------------------


def _first_lines() -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for i in range(48):
        for n in range(1 + i % 3):
            first = n == 0
            head = (f"{back(i * 2)}", ("Shipped", "Cancelled", "Shipped")[i % 3], f"{50 + i}.00") if first else ("", "", "")
            rows.append((2001 + i, *head, 301 + i * 5 % 22, f"Thing {n}", 1 + n))
    return rows


FIRST_LINE = Case(
    "orders told on their first line",
    "date, status and total stand once for each order",
    {
        "customers.csv": sheet("Customer ID|Group|Joined", [(301 + i, ("retail", "trade")[i % 2], f"{day(i * 6, '2024-03-01')}") for i in range(24)]),
        "orders.csv": sheet("Order ID|Order Date|Status|Total|Customer ID|Item|Qty", _first_lines()),
    },
    (
        Ask('group = "trade"', "customers", lambda t: t.customers["Group"] == "trade", as_of=AS_OF),
        Ask(
            'count(orders where status = "Shipped") >= 2',
            "customers",
            lambda t: per(t.customers["Customer ID"], t.orders["Customer ID"][t.orders["Status"] == "Shipped"]) >= 2,
            as_of=AS_OF,
        ),
        Ask(
            "sum(orders.total) > 150",
            "customers",
            lambda t: total(t.customers["Customer ID"], t.orders["Customer ID"], num(t.orders["Total"])) > 150,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("order_id", r"\b48\b", "repeat")),
        Say("init", ("order_date", "status", "total", "first line")),
    ),
)

# -- a help desk: companies by name, requesters by address, agents ----------------------------------------------------

DESK = Case(
    "companies by name, tickets by address",
    "links by a name and by an address, three times",
    {
        "companies.csv": sheet(
            "Company Name|Health Score|Account Tier|Renewal Date",
            [(f"Firm {i}", ("At risk", "Happy", "Okay")[i % 3], ("Gold", "Basic")[i % 2], f"{day(i * 11, '2025-10-20')}") for i in range(30)],
        ),
        "contacts.csv": sheet(
            "Full Name|Email|Company|Created Time",
            [(f"Q {i}", f"q{i}@firm{i % 28}.example.com", f"Firm {i % 28}", f"{back(i * 3)} {clock(i)}") for i in range(80)],
        ),
        "tickets.csv": sheet(
            "Ticket ID|Subject|Status|Requester email|Created time|Due by time|Resolved time",
            [
                (
                    i + 1,
                    f"Help {i}",
                    ("Open", "Resolved")[i % 2],
                    f"q{i * 3 % 76}@firm{i * 3 % 76 % 28}.example.com",
                    f"{back(i)} {clock(i)}",
                    f"{back(i - 2)} {clock(i)}",
                    f"{back(max(0, i - 1))} {clock(i)}" if i % 2 else "",
                )
                for i in range(100)
            ],
        ),
    },
    (
        Ask('account_tier = "Gold"', "companies", lambda t: t.companies["Account Tier"] == "Gold", as_of=AS_OF),
        Ask(
            'any({tickets} where status = "Open")',
            "contacts",
            lambda t: per(t.contacts["Email"], t.tickets["Requester email"][t.tickets["Status"] == "Open"]) > 0,
            as_of=AS_OF,
        ),
        Ask("renewal_date in next 90 days", "companies", lambda t: when(t.companies["Renewal Date"]).between("2025-11-01", "2026-01-29"), as_of=AS_OF),
    ),
    (
        Say("init", ("entity company",)),
        Say("init", ("tickets", "requester_email", "76 of 76")),
        Say("init", ("company", "28 of 28")),
        Say("init", ("created_time", "due_by_time", "resolved_time")),
    ),
)

# -- numbers from 1 everywhere: only names say what leads where --------------------------------------------------------

ONES = Case(
    "numbers from one in every file",
    "ids that are in each other's files by chance",
    {
        "customers.csv": sheet("id|name|segment|manager_id", [(i + 1, f"C {i}", ("smb", "ent")[i % 2], 1 + i % 4) for i in range(30)]),
        "orders.csv": sheet(
            "id|customer_id|product_id|ordered_at|units", [(i + 1, 1 + i * 7 % 29, 1 + i % 12, f"{back(i)} {clock(i)}", 1 + i % 5) for i in range(150)]
        ),
        "products.csv": sheet("id|title|price", [(i + 1, f"Pen {i}", f"{i}.50") for i in range(12)]),
        "managers.csv": sheet("id|name|reports_to", [(i + 1, f"M {i}", "" if i == 0 else 1) for i in range(4)]),
    },
    (
        Ask('segment = "ent"', "customers", lambda t: t.customers.segment == "ent", as_of=AS_OF),
        Ask(
            "count({orders} where units >= 4) >= 2",
            "customers",
            lambda t: per(t.customers.id, t.orders.customer_id[num(t.orders.units) >= 4]) >= 2,
            as_of=AS_OF,
        ),
        Ask(
            "none({orders} in last 14 days)",
            "customers",
            lambda t: per(t.customers.id, t.orders.customer_id[recent(when(t.orders.ordered_at), 14)]) == 0,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("orders belongs to customer by customer_id", "29 of 29")),
        Say("init", ("product_id", "product", "12 of 12")),
        Say("init", ("manager_id", "link to manager", "4 of 4")),
        Say("init", ("reports_to", "link to manager")),
        Say("init", ("details",), never=True),
    ),
)

# -- gifts: a few ids twice, amounts in two currencies, a share in percent -----------------------------------------------

GIFTS = Case(
    "donors and gifts",
    "a few receipts twice, two currencies, a share in percent",
    {
        "donors.csv": sheet(
            "Constituent ID|Name|Joined|Retention rate",
            [(f"CN{i:04}", f"D {i}", f"{day(i * 6, '2024-05-05')}", f"{35 + i * 13 % 60}%") for i in range(40)],
        ),
        "gifts.csv": sheet(
            "Receipt No|Constituent ID|Gift date|Gift amount|Gift currency|Fund",
            [
                (
                    f"R{i % 112:05}",
                    f"CN{i % 112 * 7 % 37:04}",
                    f"{back(i % 112)}",
                    f"{10 + i % 112}.00",
                    ("GBP", "GBP", "USD")[i % 112 % 3],
                    ("Wells", "Schools")[i % 2],
                )
                for i in range(118)
            ],
        ),
    },
    (
        Ask(
            "count({gifts} in last 60 days) >= 2",
            "donors",
            lambda t: per(t.donors["Constituent ID"], t.gifts["Constituent ID"][recent(when(t.gifts["Gift date"]), 60)]) >= 2,
            as_of=AS_OF,
        ),
        Ask("retention_rate < 60%", "donors", lambda t: num(t.donors["Retention rate"].str.rstrip("%")) < 60, as_of=AS_OF),
        Ask(
            'sum({gifts}.gift_amount where gift_currency = "GBP") > 150',
            "donors",
            lambda t: (
                total(
                    t.donors["Constituent ID"],
                    (g := t.gifts[t.gifts["Gift currency"] == "GBP"])["Constituent ID"],
                    num(g["Gift amount"]),
                )
                > 150
            ),
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("receipt_no", r"\b6\b", "several rows", "R00000")),
        Say("init", (r"\?", "gift_amount", "GBP", "USD")),
        Say("init", (r"\?", "retention_rate", "60%")),
        Say("try 'retention_rate < 60'", ("retention_rate", "60%|above 1")),
    ),
)

CASES = (CLIENTS, CLIENTES, LEDGER, PEOPLE, LOG, MARKET, FIRST_LINE, DESK, ONES, GIFTS)
