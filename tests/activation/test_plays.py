"""`segdsl plays`, and what `explain` and `diff` say of plays, on made-up customers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import as_json, call
from tests.support.git import git

pytestmark = pytest.mark.slow

RULES = """
entity account {
  id: text key
  name: text
  arr: money(EUR)
  renewal_date: date
  tags: set of text
  csm: link to manager reverse accounts
}
entity manager { manager_id: text key  name: text }
entity contact of account by account_id reverse contacts {
  contact_id: text key
  name: text personal
  email: text personal
  newsletter_ok: boolean
  seen_at: timestamp
}
table deliveries of account from deliveries
channel email "E-mail" { address: email  consent: opt in by newsletter_ok  cooldown 7 days }
play renewal_mail "Renewal mail" {
  channel: email, cost: 0.10, currency: "EUR"
  to contacts
  cooldown 30 days
  merge name, account.arr, account.renewal_date, days until account.renewal_date as days_left, account.tags, seen_at, account.csm.name as manager
  subject "Renewal on {{ renewal_date | day }}"
  message file "renewal.md"
}
play call "Call" { channel: "csm" }
segment large of account { when arr > 100 play renewal_mail }
segment all_of_them of account { when arr >= 0 play call }
"""
FILES = {
    "rules.seg": RULES,
    "renewal.md": "Dear {{ name | default('customer') }},\n\n{{ days_left }} days; {{ arr | thousands }}; {{ tags | join(' + ') }}; {{ seen_at }}\n{{ manager }}\n",
    "a.csv": 'id,name,arr,renewal_date,tags,csm\na1,Acme,1234.50,2026-12-01,"[""x"", ""y""]",m1\na2,Beta,50,2026-12-01,,m1\na3,Gamma,500,2026-12-01,"[""x""]",m1\n',
    "m.csv": "manager_id,name\nm1,Mia\n",
    "c.csv": "contact_id,account_id,name,email,newsletter_ok,seen_at\nc1,a1,Ann,ann@acme.example,true,2026-10-01T22:30:00Z\nc2,a1,,bob@acme.example,true,\nc3,a1,Cy,cy@acme.example,,\nc4,a3,Di,di@gamma.example,true,2026-10-01T22:30:00Z\n",
    "d.csv": "id,day,play,channel,recipient,status\na3,2026-10-28,call,email,c4,sent\n",
    "segdsl.toml": '[workspace]\nname = "t"\ntimezone = "Europe/Berlin"\n[sources.default]\nsnapshot = 2026-11-01\n[sources.default.tables]\naccount = "a.csv"\nmanager = "m.csv"\ncontact = "c.csv"\ndeliveries = "d.csv"\n',
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def shown(folder: Path, *arguments: str) -> dict[str, Any]:
    result = call(*arguments, "--format", "json", cwd=folder)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = as_json(result)
    return found


def test_a_message_is_written_for_each_of_a_customer_s_people(folder: Path) -> None:
    play = shown(folder, "plays", "show", "renewal_mail", "Acme")
    assert (play["customer"], play["gets"], play["line"], play["why"]) == ("a1", True, "gets", "a1 gets it: c1")
    assert play["personal"] == ["name", "address"]
    ann, bob, cy = play["recipients"]
    assert [(r["recipient"], r["line"], r["address"]) for r in (ann, bob, cy)] == [
        ("c1", "gets", "ann@acme.example"), ("c2", "no message", "bob@acme.example"), ("c3", "consent unknown", None)
    ]  # fmt: skip
    assert ann["fields"] == {
        "name": "Ann", "arr": 1234.5, "renewal_date": "2026-12-01", "days_left": 30, "tags": ["x", "y"], "seen_at": "2026-10-02T00:30:00", "manager": "Mia",
    }  # fmt: skip
    assert ann["subject"] == "Renewal on 1 Dec 2026"
    assert ann["message"] == "Dear Ann,\n\n30 days; 1,234.50; x + y; 2026-10-02 00:30\nMia\n"
    assert (bob["message"], bob["problem"]) == (None, "`seen_at` is missing")
    assert bob["why"] == "the message to c2 can't be written (`seen_at` is missing)"


def test_it_says_why_a_customer_gets_nothing(folder: Path) -> None:
    beta = shown(folder, "plays", "show", "renewal_mail", "a2")
    assert (beta["gets"], beta["why"], beta["recipients"]) == (False, "it is in no segment or arm with this play", [])
    gamma = shown(folder, "plays", "show", "renewal_mail", "a3")
    assert gamma["why"] == "nobody to reach: c4 was contacted 4 days ago, less than 7 days"
    text = call("plays", "show", "renewal_mail", "a3", cwd=folder).stdout.splitlines()
    assert text[0] == 'renewal_mail "Renewal mail" for a3   as of 1 Nov 2026 00:00 Europe/Berlin'
    assert text[1] == "it gets nothing: nobody to reach: c4 was contacted 4 days ago, less than 7 days"
    assert "to c4 at di@gamma.example: nothing, since c4 was contacted 4 days ago, less than 7 days" in text


def test_without_data_of_deliveries_that_is_said(folder: Path) -> None:
    toml = (folder / "segdsl.toml").read_text(encoding="utf-8")
    (folder / "segdsl.toml").write_text(toml.replace('deliveries = "d.csv"\n', ""), encoding="utf-8")
    gamma = shown(folder, "plays", "show", "renewal_mail", "a3")
    assert (gamma["gets"], gamma["is_past_known"]) == (True, False)
    assert "what it got before wasn't looked at" in call("explain", "a3", "large", cwd=folder).stdout


def test_explain_says_what_becomes_of_a_play(folder: Path) -> None:
    said = {
        key: next((r["given"] for r in shown(folder, "explain", key)["rules"] if r["rule"] == "large"), "")
        for key in ("a1", "a2", "a3")
    }
    assert said == {
        "a1": "gets renewal_mail: c1",
        "a2": "",
        "a3": "gets no renewal_mail: nobody to reach: c4 was contacted 4 days ago, less than 7 days",
    }


def test_explain_decides_about_plays_without_clauses_too(folder: Path) -> None:
    """Another play on the channel comes first, and one was given already."""
    rules = RULES.replace('channel: "csm" }', 'channel: "csm"  priority 1 }')
    more = 'play visit { channel: "csm" } segment large_too of account { when arr > 100 play visit }'
    (folder / "rules.seg").write_text(rules + more, encoding="utf-8")
    said = {r["rule"]: r["given"] for r in shown(folder, "explain", "a1")["rules"]}
    assert said["large_too"] == "gets no visit: enough plays: `call` comes first, and `csm` takes 1 play a day"
    assert said["all_of_them"] == ""
    (folder / "d.csv").write_text(f"{FILES['d.csv']}a1,2026-10-01,call,csm,,sent\n", encoding="utf-8")
    said = {r["rule"]: r["given"] for r in shown(folder, "explain", "a1")["rules"]}
    assert said["large_too"] == ""
    assert said["all_of_them"] == (
        "gets no call: given already: it got this 31 days ago, and no recorded run had it elsewhere since"
    )


USERS = """
entity user of account by account_id reverse users { user_id: text key  email: text  newsletter_ok: boolean }
table user_deliveries of user from deliveries
play news { channel: email  to users }
segment with_news of account { when arr > 1_000_000 play news }
"""
OTHER_ROWS = (
    # what, a row of contacts, of users, of deliveries to accounts, of deliveries to users, why c1 gets nothing
    ("another row refuses", "c0,a2,Ann, ANN@acme.example,false,", "", "", "", "c1 has the address of c0, who doesn't consent"),
    ("a row of another entity refuses", "", "u1,a2,ANN@acme.example,false", "", "", "c1 has the address of u1, who doesn't consent"),
    ("another row was contacted", "c0,a2,Ann,Ann@acme.example,true,", "", "a2,2026-10-31,renewal_mail,email,c0,sent", "", "c1 has the address of c0, who was contacted 1 day ago, less than 7 days"),
    ("a row of another entity was contacted", "", "u1,a2,ANN@acme.example,true", "a2,2026-10-31,news,email,u1,sent", "", "c1 has the address of u1, who was contacted 1 day ago, less than 7 days"),
    ("it was contacted as a customer itself", "", "u1,a2,ANN@acme.example,true", "", "u1,2026-10-31,,email,,sent", "c1 has the address of u1, who was contacted 1 day ago, less than 7 days"),
    ("it was contacted for another customer", "", "", "a2,2026-10-31,renewal_mail,email,c1,sent", "", "c1 was contacted 1 day ago, less than 7 days"),
    ("one of unknown consent", "c0,a2,Ann,ANN@acme.example,,", "u1,a2,ANN@acme.example,", "", "", ""),
)  # fmt: skip


@pytest.mark.parametrize(("what", "contact", "user", "delivery", "to_user", "why"), OTHER_ROWS, ids=[o[0] for o in OTHER_ROWS])  # fmt: skip
def test_whoever_may_not_be_reached_is_looked_for_in_all_the_data(
    folder: Path, what: str, contact: str, user: str, delivery: str, to_user: str, why: str
) -> None:
    (folder / "rules.seg").write_text(RULES + USERS, encoding="utf-8")
    more = {"c.csv": contact, "d.csv": delivery}
    for name, row in more.items():
        (folder / name).write_text(f"{FILES[name]}{row}\n" if row else FILES[name], encoding="utf-8")
    (folder / "u.csv").write_text(f"user_id,account_id,email,newsletter_ok\n{user}\n", encoding="utf-8")
    (folder / "ud.csv").write_text(f"user_id,day,play,channel,recipient,status\n{to_user}\n", encoding="utf-8")
    toml = FILES["segdsl.toml"] + 'user = "u.csv"\nuser_deliveries = "ud.csv"\n'
    (folder / "segdsl.toml").write_text(toml, encoding="utf-8")
    ann = shown(folder, "plays", "show", "renewal_mail", "a1")["recipients"][0]
    assert (ann["recipient"], ann["why"]) == ("c1", why)


def test_plays_are_listed_with_all_that_they_say(folder: Path) -> None:
    found = shown(folder, "plays")
    mail, phone = found["plays"]
    assert mail["name"] == "renewal_mail" and mail["said"] == {
        "title": "Renewal mail", "channel": "email", "cost": "0.1", "currency": "EUR", "given in": "large", "to": "contacts", "how often": "once per stay", "cooldown": "30 days",
        "merge fields": "name, account.arr, account.renewal_date, days until account.renewal_date as days_left, account.tags, seen_at, account.csm.name as manager",
        "subject": "Renewal on {{ renewal_date | day }}", "message": FILES["renewal.md"],
    }  # fmt: skip
    assert phone["said"] == {"title": "Call", "channel": "csm", "given in": "all_of_them", "how often": "once per stay"}
    assert found["channels"][0]["said"]["consent"] == "opt in by newsletter_ok"


def test_fields_say_which_plays_read_them(folder: Path) -> None:
    contact = next(r for r in shown(folder, "fields", "contact")["relations"] if r["name"] == "contact")
    readers = {f["name"]: f["readers"] for f in contact["fields"]}
    assert readers["email"] == readers["newsletter_ok"] == readers["seen_at"] == ["renewal_mail"]


def test_unknown_plays_and_customers(folder: Path) -> None:
    (folder / "more.seg").write_text('play unused { channel: "csm" }', encoding="utf-8")
    for arguments, said in (
        (("renewal_mial", "a1"), "did you mean `renewal_mail`?"),
        (("renewal_mail", "a9"), "no account has the key or name `a9`"),
        (("unused", "a1"), "no segment and no arm gives `unused`"),
    ):
        result = call("plays", "show", *arguments, cwd=folder)
        assert result.exit_code in (1, 2) and said in result.output


CHANGES = (
    ("rules.seg", "cooldown 30 days", "cooldown 14 days", "renewal_mail: play changed: cooldown: 30 days → 14 days"),
    ("rules.seg", "to contacts", "to contacts where seen_at > now", "renewal_mail: play changed: to: contacts → contacts where seen_at > now"),
    ("rules.seg", "cost: 0.10", "cost: 0.20", "renewal_mail: play changed: cost: 0.1 → 0.2"),
    ("rules.seg", "opt in by newsletter_ok", "opt in by newsletter_ok, blank means yes", "email: channel changed: consent: opt in by newsletter_ok → opt in by newsletter_ok, blank means yes"),
    ("rules.seg", "cooldown 7 days", "", "email: channel changed: cooldown: 7 days → none"),
    ("rules.seg", "arr > 100 play renewal_mail", "arr > 100", "renewal_mail: play changed: given in: large → none"),
    ("renewal.md", "Dear", "Hello", "renewal_mail: play changed: message changes"),
    ("rules.seg", "segment large", 'holdout 5% of account seed "x" segment large', "account: holdout added"),
    ("rules.seg", "play call", 'play more { channel: "csm" } play call', "more: play added"),
    ("rules.seg", 'channel: "csm" }', 'channel: "csm" only when arr > 5 }', "call: play changed: only when: none → arr > 5"),
)  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "said"), CHANGES, ids=[c[3] for c in CHANGES])
def test_a_change_of_a_play_is_a_change(folder: Path, file: str, old: str, new: str, said: str) -> None:
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "rules")
    text = (folder / file).read_text(encoding="utf-8")
    assert "no rule changes its meaning\n" in call("diff", "--no-data", cwd=folder).stdout
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    result = call("diff", "--no-data", cwd=folder)
    assert said in result.stdout
    kind = "channel" if "channel" in said else "holdout" if "holdout" in said else "play"
    assert f"1 {kind} changes" in result.stdout.splitlines()[0]


def test_a_play_changes_with_what_it_reads(folder: Path) -> None:
    rules = (
        RULES.replace('channel: "csm" }', 'channel: "csm" only when worth > 5 }')
        + "metric worth of account = arr * 2\n"
    )
    (folder / "rules.seg").write_text(rules, encoding="utf-8")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "rules")
    (folder / "rules.seg").write_text(rules.replace("arr * 2", "arr * 3"), encoding="utf-8")
    assert (
        "call: play changed: what it reads means something else: worth" in call("diff", "--no-data", cwd=folder).stdout
    )


SUPPRESSED = (
    # what, its declaration, then its rows (or its text), and those of now
    ("a list of customers", 'list barred of account from "l.csv"', ("l.csv", "id\na1\n", "id\na2\n")),
    ("a list of addresses", 'list barred from "l.csv" { email: text }', ("l.csv", "email\na@x.example\n", "email\nb@x.example\n")),
    ("values in the rules", 'list barred = ("a@x.example")', ("rules.seg", "a@x.example", "b@x.example")),
)  # fmt: skip


@pytest.mark.parametrize(("what", "declared", "change"), SUPPRESSED, ids=[s[0] for s in SUPPRESSED])
def test_a_play_changes_with_whom_it_suppresses(
    folder: Path, what: str, declared: str, change: tuple[str, str, str]
) -> None:
    file, then, now = change
    rules = RULES.replace("  cooldown 30 days", "  cooldown 30 days suppress barred") + declared
    (folder / "l.csv").write_text(then, encoding="utf-8")
    (folder / "rules.seg").write_text(rules, encoding="utf-8")
    git(folder, "init")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "rules")
    (folder / file).write_text((folder / file).read_text(encoding="utf-8").replace(then, now), encoding="utf-8")
    said = "renewal_mail: play changed: what it reads means something else: barred"
    assert said in call("diff", "--no-data", cwd=folder).stdout
