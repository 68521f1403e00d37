"""Exports of surveys."""

from __future__ import annotations

from tests.first_day.table import AS_OF, Ask, Case, Say, back, clock, known, num, per, recent, sheet, when

# -- SurveyMonkey: two header rows, questions as headers, AM and PM --------------------------------

MONKEY = Case(
    "SurveyMonkey responses",
    "two header rows, questions as headers",
    {
        "Customer survey.csv": sheet(
            "Respondent ID|Collector ID|Start Date|End Date|Email Address|How likely are you to recommend us?||Which parts do you use?||",
            [
                ["", "", "", "", "", "Response", "Other (please specify)", "Reports", "Alerts", "Imports"],
                *(
                    (
                        118200000 + i * 31,
                        4021,
                        f"{back(i):%m/%d/%Y} {1 + i % 12:02}:{i % 60:02}:10 {('AM', 'PM')[i % 2]}",
                        f"{back(i):%m/%d/%Y} {1 + i % 12:02}:{i % 60:02}:50 {('AM', 'PM')[i % 2]}",
                        f"m{i}@example.com" if i % 4 else "",
                        i % 11,
                        "",
                        "Reports" if i % 2 else "",
                        "Alerts" if i % 3 else "",
                        "",
                    )
                    for i in range(60)
                ),
            ],
        )
    },
    (
        Ask(
            "start_date >= 2025-10-15",
            "Customer survey",
            lambda t: when(t.customer_survey["Start Date"], "%m/%d/%Y %I:%M:%S %p") >= "2025-10-15",
            as_of=AS_OF,
            fails="N7",
        ),
        Ask("email_address is missing", "Customer survey", lambda t: t.customer_survey["Email Address"] == "", as_of=AS_OF, fails="N7"),
    ),
    (Say("init", ("Customer survey.csv", "header", r"\b2\b|two|second"), "N7"),),
    {"Customer survey.csv": {"skiprows": [1]}},
    first="N7",
)

# -- Typeform: a question of two hundred letters, a key called # -------------------------------------

QUESTION = "On a scale from zero to ten, how likely are you to recommend us to a friend or a colleague, thinking of the last six months only, of all the parts that you use and of the people who helped you with them *when you asked*?"
TYPEFORM = Case(
    "Typeform responses",
    "headers of 200 letters, a key called #",
    {
        "responses.csv": sheet(
            f"#|{QUESTION}|Which plan are you on?|Reports|Alerts|Start Date (UTC)|Submit Date (UTC)|Network ID",
            [
                (
                    f"{i:x}f{i * 17:06x}q{i}",
                    i % 11,
                    ("Free", "Paid")[i % 2],
                    "Reports" if i % 2 else "",
                    "Alerts" if i % 3 else "",
                    f"{back(i)} {clock(i)}",
                    f"{back(i)} {clock(i + 1)}",
                    f"net{i:04}",
                )
                for i in range(50)
            ],
        )
    },
    (
        Ask('which_plan_are_you_on = "Paid"', "responses", lambda t: t.responses["Which plan are you on?"] == "Paid", as_of=AS_OF),
        Ask("submit_date_utc in last 14 days", "responses", lambda t: recent(when(t.responses["Submit Date (UTC)"]), 14), as_of=AS_OF),
        Ask('reports = "Reports"', "responses", lambda t: known(t.responses.Reports == "Reports", t.responses.Reports != ""), as_of=AS_OF),
    ),
    (Say("init", ("responses.csv", "50 rows")),),
)

# -- Delighted: scores by e-mail address, several a person ---------------------------------------------

DELIGHTED = Case(
    "Delighted scores and customers",
    "links by e-mail, in other case",
    {
        "customers.csv": sheet("Email|Company|Segment", [(f"person{i}@example.com", f"Co {i}", ("SMB", "Mid")[i % 2]) for i in range(40)]),
        "responses.csv": sheet(
            "Response ID|Person Email|Score|Comment|Response Created At|Source",
            [
                (
                    f"{5000 + i}",
                    f"{'Person' if i % 20 == 19 else 'person'}{i * 7 % 38}@example.com",
                    i % 11,
                    "" if i % 3 else "Nice, but; slow",
                    f"{back(i * 2)} {clock(i)} UTC",
                    "email",
                )
                for i in range(80)
            ],
        ),
    },
    (
        Ask('segment = "SMB"', "customers", lambda t: t.customers.Segment == "SMB", as_of=AS_OF),
        Ask(
            "any({responses} where score <= 6)",
            "customers",
            lambda t: per(t.customers.Email, t.responses["Person Email"].str.lower()[num(t.responses.Score) <= 6]) > 0,
            as_of=AS_OF,
        ),
        Ask(
            "none({responses} in last 60 days)",
            "customers",
            lambda t: (
                per(t.customers.Email, t.responses["Person Email"].str.lower()[recent(when(t.responses["Response Created At"].str.removesuffix(" UTC")), 60)])
                == 0
            ),
            as_of=AS_OF,
        ),
    ),
    (Say("init", ("person_email", "38 of 38", r"capitals aside: [34] spellings"), "N8"),),
)

# -- Qualtrics: three header rows -----------------------------------------------------------------------

QUALTRICS = Case(
    "Qualtrics responses",
    "three header rows",
    {
        "Relationship NPS.csv": sheet(
            "StartDate|EndDate|Status|Progress|Finished|RecordedDate|ResponseId|RecipientEmail|Q1|Q1_NPS_GROUP|Q2",
            [
                [
                    "Start Date",
                    "End Date",
                    "Response Type",
                    "Progress",
                    "Finished",
                    "Recorded Date",
                    "Response ID",
                    "Recipient Email",
                    "How likely are you to recommend us?",
                    "How likely are you to recommend us? - Group",
                    "Why?",
                ],
                [
                    f'{{"ImportId":"{k}"}}'
                    for k in (
                        "startDate",
                        "endDate",
                        "status",
                        "progress",
                        "finished",
                        "recordedDate",
                        "_recordId",
                        "recipientEmail",
                        "QID1",
                        "QID1_NPS_GROUP",
                        "QID2_TEXT",
                    )
                ],
                *(
                    (
                        f"{back(i)} {clock(i)}",
                        f"{back(i)} {clock(i + 2)}",
                        "IP Address",
                        100 if i % 5 else 40,
                        ("True", "False")[i % 5 == 0],
                        f"{back(i)} {clock(i + 3)}",
                        f"R_{i:05}Xq",
                        f"q{i}@example.com",
                        i % 11,
                        ("Detractor", "Passive", "Promoter")[(i % 11 > 6) + (i % 11 > 8)],
                        "because, well" if i % 2 else "",
                    )
                    for i in range(70)
                ),
            ],
        )
    },
    (
        Ask("q1 >= 9", "Relationship NPS", lambda t: num(t.relationship_nps.Q1) >= 9, as_of=AS_OF, fails="N7"),
        Ask("finished", "Relationship NPS", lambda t: t.relationship_nps.Finished == "True", as_of=AS_OF, fails="N7"),
        Ask('q1_nps_group = "Promoter"', "Relationship NPS", lambda t: t.relationship_nps.Q1_NPS_GROUP == "Promoter", as_of=AS_OF, fails="N7"),
        Ask("recorded_date in last 14 days", "Relationship NPS", lambda t: recent(when(t.relationship_nps.RecordedDate), 14), as_of=AS_OF, fails="N7"),
    ),
    (Say("init", ("Relationship NPS.csv", "header", r"\b[23]\b|two|three"), "N7"), Say("init", ("ImportId",), "N7", never=True)),
    {"Relationship NPS.csv": {"skiprows": [1, 2]}},
    first="N7",
    proposal="",
)

CASES = (MONKEY, TYPEFORM, DELIGHTED, QUALTRICS)
