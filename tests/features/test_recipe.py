"""The recipe of candidate features: what is written of a model, what it means, and what is left out."""

from __future__ import annotations

import pytest

import segdsl
from segdsl.features.recipe import Recipe, features
from segdsl.model import expr as k
from segdsl.words.headers import is_sensitive
from tests.support.paths import ROOT

MODEL = r"""
entity shop of mall by mall reverse shops from opened to closed_at {
  shop: text key  mall: link to mall  opened: date fixed  closed_at: timestamp
  kind: one of ("food", "the \"rest\"") required  area: number  rent: money(EUR)
  sister: link to shop reverse sisters  landlord: link to mall reverse holdings  owner_name: text personal  owner_gender: text  tags: set of text  app: version
}
entity mall { mall: text key personal }
details lease of shop by shop { indexed: boolean  until: date  note: text }
table sales of shop by shop at sold_on: date {
  total: money(EUR) required  pieces: integer  stars: integer from 1 to 5  returned: boolean  returned_at: timestamp
  channel: one of ("web", "till")  clerk: text  till_no: integer  email: text personal
}
entity till of shop by shop reverse tills { till: text key  state: one of ("on", "off")  fast: boolean  price: money(EUR) }
table faults of till by till at seen_at { }
table faults_2 of till by till at seen_at { reported_by: link to shop reverse own_reports }
metric months_here of shop = months since opened
metric busy of shop = count(sales in last 7 days) > 3
metric owners_age of shop = size(owner_gender_set)
metric owner_gender_set of shop = tags
metric women of shop = owner_gender = "f"
metric writers of shop = count(sales where email contains "@")
outcome gone of shop = closed_at in next 90 days
"""


def recipe(text: str, entity: str) -> Recipe:
    rules = segdsl.loads(text)
    assert [d for d in rules.check() if d.severity == "error"] == []
    workspace = rules.workspace
    return features(workspace.model, entity, workspace.files)


@pytest.fixture(scope="module")
def shop() -> Recipe:
    return recipe(MODEL, "shop")


WRITTEN = """
sister is not missing
days since opened
kind
area
rent
size(tags)
lease.indexed
days since lease.until
lease.note
busy
months_here
count(sales in last 30 days)
count(sales in last 90 days)
count(sales in last 365 days)
any(sales in last 365 days)
days since last(sales.sold_on)
count(sales in last 30 days) - count(sales from 60 days ago until 30 days ago)
sum(sales.total in last 30 days)
sum(sales.total in last 90 days)
sum(sales.total in last 365 days)
average(sales.total in last 365 days)
sum(sales.pieces in last 30 days)
sum(sales.pieces in last 90 days)
sum(sales.pieces in last 365 days)
average(sales.pieces in last 365 days)
last(sales.pieces in last 365 days)
average(sales.stars in last 365 days)
last(sales.stars in last 365 days)
count(sales in last 365 days where returned)
count(sales in last 365 days where channel = "web")
count(sales in last 365 days where channel = "till")
count_distinct(sales.clerk in last 365 days)
count_distinct(sales.till_no in last 365 days)
count(tills)
count(sisters)
share(tills having state = "on")
share(tills having state = "off")
share(tills having fast)
sum(tills.price)
"""
EVENTS = """
count({t} in last 30 days)
count({t} in last 90 days)
count({t} in last 365 days)
any({t} in last 365 days)
days since last({t}.seen_at)
count({t} in last 30 days) - count({t} from 60 days ago until 30 days ago)
"""


def test_what_is_written_of_a_model(shop: Recipe) -> None:
    rows = EVENTS.format(t="faults") + EVENTS.format(t="faults_2")
    own = EVENTS.format(t="own_reports")
    texts = [f.text for f in shop.features]
    wanted = (WRITTEN + rows + own + "count_distinct(faults_2.reported_by in last 365 days)").split("\n")
    assert sorted(texts) == sorted(w for w in wanted if w)


def test_what_is_left_out_says_why(shop: Recipe) -> None:
    why = {x.name: x.because for x in shop.left_out}
    assert why == {
        "app": "can't be compared between customers",
        "closed_at": "is the end of a life, known once it has happened",
        "landlord": "is personal",
        "owner_name": "is personal",
        "owner_gender": "is sensitive",
        "sales.email": "is personal",
        "owner_gender_set": "is sensitive",
        "owners_age": "reads `owner_gender_set`, which is sensitive",
        "women": "reads `shop.owner_gender`, which is sensitive",
        "writers": "reads `sales.email`, which is personal",
    }


def test_what_is_written_means_what_the_same_text_means_in_a_rule(shop: Recipe) -> None:
    """Each feature as a metric of its own: the same expression."""
    declared = "\n".join(f"metric feature_{i} of shop = {f.text}" for i, f in enumerate(shop.features))
    rules = segdsl.loads(MODEL + declared)
    assert [d for d in rules.check() if d.severity == "error"] == []
    metrics = rules.workspace.model.metrics
    assert [metrics[f"feature_{i}"].body for i in range(len(shop.features))] == [f.expr for f in shop.features]


def test_kinds_families_and_bases(shop: Recipe) -> None:
    by_text = {f.text: (f.kind, f.family, f.basis) for f in shop.features}
    assert by_text["kind"] == ("category", "kind", "")
    assert by_text["rent"] == ("number", "rent", "value")
    assert by_text["days since opened"] == ("number", "opened", "lifecycle")
    assert by_text["months_here"] == ("number", "opened", "")
    assert by_text["busy"] == ("yes or no", "busy", "")
    assert {by_text[f"count(sales in last {days} days)"] for days in (30, 90, 365)} == {
        ("number", "sales", "behavioural")
    }
    assert by_text["sum(sales.total in last 90 days)"] == ("number", "sales.total", "value")


def test_values_are_escaped() -> None:
    values = ['a "b"', "c\\d", "e\nf"]
    written = r'"a \"b\"", "c\\d", "e\nf"'
    odd = recipe(f"entity a {{ id: text key }} table t of a by a at x {{ v: one of ({written}) }}", "a")
    of_values = [f.expr for f in odd.features if " where v = " in f.text]
    compared = [
        n.right.value
        for e in of_values
        for n in k.deep(e)
        if isinstance(n, k.Compare) and isinstance(n.right, k.Literal_)
    ]
    assert [c for c in compared if isinstance(c, str)] == values


def test_an_entity_with_nothing_else_has_no_feature() -> None:
    assert recipe("entity a { id: text key }", "a").features == ()


def test_no_outcome_is_a_feature() -> None:
    from segdsl.workspace.load import load_workspace, sound

    demo = sound(load_workspace(ROOT))
    texts = {f.text for e in demo.model.schema.entities for f in features(demo.model, e.name, demo.files).features}
    assert not texts & {m.name for m in demo.model.metrics.values() if m.outcome}


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *(
            (n, True)
            for n in (
                "gender",
                "Date of Birth",
                "customer_age",
                "ageGroup",
                "religion",
                "marital_status",
                "is_disabled",
                "geschlecht",
            )
        ),
        *(
            (n, False)
            for n in (
                "account_age",
                "stage",
                "message",
                "sexton",
                "age_of_contract",
                "plan",
                "region",
                "health_score",
                "agent",
            )
        ),
    ],
)
def test_sensitive_names(name: str, is_one: bool) -> None:
    assert is_sensitive(name) == is_one
