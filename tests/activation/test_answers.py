"""What a destination answers, without secrets and without anything of a delivery, however it writes them."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segdsl.activation.destinations.answers import hidden, secrets_in, without_personal
from tests.support.deliveries import delivery

WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "JSON": json.dumps,
    "JSON within JSON": lambda text: json.dumps(json.dumps(text)),
    "JSON of another make": lambda text: "".join(f"\\u{unit:04X}" for unit in _units(text)),
    "HTML": html.escape,
    "HTML by numbers": lambda text: "".join(f"&#x{ord(c):x};" for c in text),
    "an address": lambda text: quote(text, safe=""),
    "an address in HTML by numbers": lambda text: "".join(f"&#{ord(c)};" for c in quote(text)),
}


def _units(text: str) -> list[int]:
    octets = text.encode("utf-16-be")
    return [int.from_bytes(octets[i : i + 2]) for i in range(0, len(octets), 2)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "secret", ["token-of/some+length", "a&lt;b", "M\u00fcller \U0001f600", "a%2Fb", 'say "x"', "50% & more"]
)
def test_what_is_hidden(secret: str, way: str) -> None:
    assert (
        hidden(f"no right for {WAYS[way](secret)}, sorry", {secret}).replace('"', "").replace("\\", "")
        == "no right for …, sorry"
    )


@pytest.mark.parametrize("way", WAYS)
def test_what_is_personal(way: str) -> None:
    who = delivery(0, fields={"name": "Zo\u00eb O'Brien & Sons"}, message="First line\nsecond line", address=None)
    for text in (who.fields["name"], who.message, who.subject):
        assert isinstance(text, str)
        said = without_personal(f"422 bad: {WAYS[way](text)}", who).replace('"', "").replace("\\", "")
        assert said == "422 bad: …"


URL = "https://crm.example/services/T024BE7LD/hook%2Dof%20mine?code=abc%2F1%2B&team=a+b#x"


@pytest.mark.parametrize(
    "text",
    [
        "/services/T024BE7LD/hook%2Dof%20mine?code=abc%2F1%2B&team=a+b",
        "/services/T024BE7LD/hook-of mine",
        "T024BE7LD",
        "code=abc/1+&team=a b",
        "abc%2f1%2b",
        "abc/1+",
        "a b",
    ],
)
def test_parts_of_an_address(text: str) -> None:
    shown = hidden(f"404: no {text} here", secrets_in(URL))
    for part in ("T024", "hook", "abc", "a b", "a+b"):
        assert part not in shown
    assert shown.startswith("404: no ")
    assert shown.endswith(" here")


def test_words_of_an_address_stay_readable() -> None:
    assert (
        hidden("the rows are wrong, see /v1", secrets_in("https://crm.example/v1/rows"))
        == "the rows are wrong, see /v1"
    )
    assert secrets_in("https://crm.example") == {""}


@given(st.text(st.sampled_from('\\u%&#x;"/a0d8cDF9') | st.characters(), max_size=60))
@example("&#" + "9" * 5_000 + ";")
@example("\\" * 100_000)
@example("\\ud800")
@example("\\udc00\\ud800")
@example("%ff%20%C3")
def test_any_answer_can_be_shown(answer: str) -> None:
    shown = hidden(answer, {"token"})
    shown.encode()
    assert "\n" not in shown
