"""Exports of support desks."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, any_of, back, clock, day, known, num, per, recent, sheet, when

# -- Zendesk: a column of ones, organizations by name, a word for no answer ------------------------

ORGS = [f"Org {i:02}" for i in range(40)]
ZENDESK = Case(
    "Zendesk organizations and tickets",
    "one value in all cells, names as links, some that lead nowhere",
    {
        "organizations.csv": sheet(
            "Name|Domain names|Created at|Plan",
            [(n, f"org{i}.example org{i}.test", f"{day(i * 4, '2025-01-05')} {clock(i)[:5]}", ("Team", "Growth")[i % 2]) for i, n in enumerate(ORGS)],
        ),
        "tickets.csv": sheet(
            "Summation column|Id|Subject|Requester email|Organization|Status|Priority|Created at|Updated at|Solved at|Satisfaction Score|Tags",
            [
                (
                    1,
                    5000 + i,
                    f"Help {i}",
                    f"u{i % 30}@example.com",
                    "-" if i % 11 == 0 else f"Org {i * 7 % 46:02}",
                    ("Open", "Solved", "Pending")[i % 3],
                    ("Urgent", "Normal", "-")[i % 3],
                    f"{back(i)} {clock(i)[:5]}",
                    f"{back(i // 3)} {clock(i)[:5]}",
                    f"{back(i // 2)} {clock(i)[:5]}" if i % 3 == 1 else "",
                    ("Not Offered", "Good", "Bad")[i % 3],
                    "billing vip" if i % 4 else "",
                )
                for i in range(120)
            ],
        ),
    },
    (
        Ask('plan = "Team"', "organizations", lambda t: t.organizations.Plan == "Team", as_of=AS_OF),
        Ask(
            'any({tickets} in last 14 days where priority = "Urgent")',
            "organizations",
            lambda t: any_of(
                t.organizations.Name,
                t.tickets.Organization[r := recent(when(t.tickets["Created at"]), 14)],
                known(t.tickets.Priority == "Urgent", t.tickets.Priority != "-")[r],
            ),
            as_of=AS_OF,
        ),
        Ask(
            "count({tickets} in last 60 days) >= 2",
            "organizations",
            lambda t: per(t.organizations.Name, t.tickets.Organization[recent(when(t.tickets["Created at"]), 60)]) >= 2,
            as_of=AS_OF,
        ),
    ),
    (
        Say("init", ("organization", "40 of 46")),
        Say("data check", ("organization", r"\b13\b|\b1[0-9]\b", "Org 4")),
        Say("init", ("created_at", "updated_at"), "A5"),
        Say("init", ("priority", '"-"|`-`'), "A4"),
    ),
)

# -- Freshdesk: five times of a ticket ----------------------------------------------------------------

FRESHDESK = Case(
    "Freshdesk companies and tickets",
    "five times, companies by name",
    {
        "companies.csv": sheet(
            "Company Name|Health score|Account tier|Renewal date",
            [(f"Firm {i}", ("Happy", "At risk", "Doing okay")[i % 3], ("Basic", "Premium")[i % 2], f"{day(i * 5, '2025-10-20'):%d/%m/%Y}") for i in range(35)],
        ),
        "tickets.csv": sheet(
            "Ticket ID|Subject|Status|Priority|Created time|Due by Time|Resolved time|Closed time|Last update time|Company Name",
            [
                (
                    i + 1,
                    f"S {i}",
                    ("Open", "Resolved", "Closed")[i % 3],
                    ("Low", "Urgent", "High")[i % 3],
                    f"{back(i)} {clock(i)}",
                    f"{back(i - 2)} {clock(i)}",
                    f"{back(i // 2)} {clock(i)}" if i % 3 else "",
                    f"{back(i // 3)} {clock(i)}" if i % 3 == 2 else "",
                    f"{back(i % 7)} {clock(i)}",
                    f"Firm {i * 4 % 35}",
                )
                for i in range(100)
            ],
        ),
    },
    (
        Ask('health_score = "At risk"', "companies", lambda t: t.companies["Health score"] == "At risk", as_of=AS_OF),
        Ask(
            "none({tickets} in last 7 days)",
            "companies",
            lambda t: per(t.companies["Company Name"], t.tickets["Company Name"][recent(when(t.tickets["Created time"]), 7)]) == 0,
            as_of=AS_OF,
        ),
        Ask(
            "renewal_date in next 60 days",
            "companies",
            lambda t: when(t.companies["Renewal date"], "%d/%m/%Y").between("2025-11-01", "2025-12-30"),
            as_of=AS_OF,
        ),
        Ask(
            'any({tickets} where status = "Open" and priority = "Low")',
            "companies",
            lambda t: per(t.companies["Company Name"], t.tickets["Company Name"][(t.tickets.Status == "Open") & (t.tickets.Priority == "Low")]) > 0,
            as_of=AS_OF,
        ),
    ),
    (Say("init", ("created_time", "last_update_time"), "A5"), Say("init", ("company_name", "35 of 35"))),
)

# -- Intercom: users and companies, columns said to be UTC ---------------------------------------------

INTERCOM = Case(
    "Intercom users and companies",
    "headers with (UTC), a blank in front",
    {
        "companies.csv": sheet(
            "Company ID|Company name|Monthly spend|Plan|Last seen (UTC)",
            [(f"ic-{i:03}", f"Comp {i}", i * 15, ("Start", "Grow")[i % 2], f"{back(i * 2)} {clock(i)}") for i in range(30)],
        ),
        "users.csv": sheet(
            "Name|User ID|Email|Company ID|Signed up (UTC)| Last seen (UTC)|Web sessions|Unsubscribed from Emails|Country",
            [
                (
                    f"User {i}",
                    f"u{i:04}",
                    f"user{i}@example.com",
                    f"ic-{i * 7 % 30:03}",
                    f"{day(i * 3, '2025-01-03')} {clock(i)}",
                    f"{back(i)} {clock(i)}" if i % 10 else "",
                    i * 3 % 50,
                    str(i % 6 == 0).lower(),
                    ("", "France")[i % 2],
                )
                for i in range(90)
            ],
        ),
    },
    (
        Ask("monthly_spend > 200", "companies", lambda t: num(t.companies["Monthly spend"]) > 200, as_of=AS_OF),
        Ask(
            "count({users} where last_seen_utc in last 30 days) >= 1",
            "companies",
            lambda t: per(t.companies["Company ID"], t.users["Company ID"][recent(when(t.users[" Last seen (UTC)"]), 30)]) >= 1,
            as_of=AS_OF,
        ),
        Ask("unsubscribed_from_emails", "users", lambda t: t.users["Unsubscribed from Emails"] == "true", as_of=AS_OF, fails="N5"),
        Ask(
            "count({users}) >= 2",
            "companies",
            lambda t: per(t.companies["Company ID"], t.users["Company ID"][when(t.users["Signed up (UTC)"]) < "2025-06-01"]) >= 2,
            as_of="2025-06-01",
        ),
    ),
    (Say("init", ("monthly_spend", "currency"), "C17"), Say("init", ("signed_up_utc", "last_seen_utc"), "A5")),
)

# -- Jira: columns that repeat, months as words in years of two digits -----------------------------------

JIRA = Case(
    "Jira service requests",
    "columns repeat, 02/Oct/25 2:33 PM",
    {
        "organizations.csv": sheet("Organization|Tier", [(f"Cust {i}", ("Gold", "Silver")[i % 2]) for i in range(30)]),
        "issues.csv": sheet(
            "Summary|Issue key|Issue id|Status|Priority|Created|Resolved|Labels|Labels|Comment|Comment|Custom field (Organizations)",
            [
                (
                    f"Bug {i}",
                    f"SUP-{i + 1}",
                    10000 + i,
                    ("To Do", "Done")[i % 2],
                    ("High", "Low")[i % 2],
                    f"{back(i):%d/%b/%y} {1 + i % 12}:{i % 60:02} {('AM', 'PM')[i % 2]}",
                    f"{back(i // 2):%d/%b/%y} 9:05 AM" if i % 2 else "",
                    "bug",
                    "ui" if i % 3 else "",
                    "please",
                    "",
                    f"Cust {i * 7 % 30}",
                )
                for i in range(80)
            ],
        ),
    },
    (
        Ask('tier = "Gold"', "organizations", lambda t: t.organizations.Tier == "Gold", as_of=AS_OF),
        Ask(
            'count({issues} where status = "To Do") >= 2',
            "organizations",
            lambda t: per(t.organizations.Organization, t.issues["Custom field (Organizations)"][t.issues.Status == "To Do"]) >= 2,
            as_of=AS_OF,
        ),
        Ask(
            "any({issues} in last 14 days)",
            "organizations",
            lambda t: per(t.organizations.Organization, t.issues["Custom field (Organizations)"][recent(when(t.issues.Created, "%d/%b/%y %I:%M %p"), 14)]) > 0,
            as_of=AS_OF,
            fails="N3",
        ),
    ),
    (
        Say(
            "init",
            ("Labels|labels", "2|twice"),
        ),
        Say("init", ("created", "date|timestamp", "80"), "N3"),
    ),
)

CASES = (ZENDESK, FRESHDESK, INTERCOM, JIRA)
