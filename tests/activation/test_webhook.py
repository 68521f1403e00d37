"""A webhook against a real server on loopback: what each answer means, what the log says then, and what the next export does."""

from __future__ import annotations

import base64
import contextlib
import csv
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segdsl.activation.delivery import Delivery, Outcome
from segdsl.activation.destinations import webhook as of_webhook
from segdsl.activation.destinations.fates import DestinationError
from segdsl.activation.destinations.webhook import Pace, Webhook
from segdsl.activation.log.store import Log
from segdsl.workspace.destinations import WebhookSettings
from tests.support.deliveries import (
    BUSY,
    DEAF,
    EXPORT,
    GONE,
    HALF,
    LOST,
    OK,
    Receiver,
    Reply,
    Taken,
    deliveries,
    delivery,
    in_turn,
    put,
    receiver,
    refusing,
    statuses,
    too_large,
)

pytestmark = pytest.mark.slow
FAST = Pace(0.01, 0.02)
Answers = Callable[[int, Taken], Reply]


def sent(root: Path, to: Receiver | str, rows: list[Delivery], **settings: object) -> Outcome:
    url = to if isinstance(to, str) else to.url
    usual: dict[str, object] = {"url": url, "batch": 4, "rate": 1000.0, "timeout": 2.0, "patience": 2.0}
    webhook = Webhook("crm", WebhookSettings(**(usual | settings)), FAST)  # type: ignore[arg-type]
    with Log.to_write(root, EXPORT) as log:
        return webhook.send(put(rows), log)


@dataclass(frozen=True)
class Case:
    """Ten rows in batches of four, and what became of them: sent, rejected, in doubt, not sent; what was accepted."""

    name: str
    reply: Answers
    fates: tuple[int, int, int, int]
    accepted: int
    why: str = ""
    requests: int | None = None
    patience: float = 2.0


def always(reply: Reply) -> Answers:
    return lambda n, rows: reply


JSON = {"content-type": "application/json"}
NOON = "Mon, 02 Mar 2026 12:00:00 GMT"


def rejects(rows: object) -> Reply:
    """Takes all rows, and answers with a list of rejected ones that says something else."""
    return Reply(200, json.dumps({"rejected": rows}).encode() + b" ", JSON)


CASES = [
    Case("all is well", always(OK), (10, 0, 0, 0), 10, requests=3),
    Case("an answer without content", always(Reply(204, b"")), (10, 0, 0, 0), 10),
    Case("an answer in words", always(Reply(200, b"ok")), (10, 0, 0, 0), 10),
    Case("500 for a while", in_turn([BUSY, BUSY, BUSY]), (10, 0, 0, 0), 10, requests=6),
    Case("500 for good", always(BUSY), (0, 0, 4, 6), 0, "it answers 500 oops; trying again for up to 0.3 seconds didn't help", patience=0.3),
    Case("500 though the rows were taken", in_turn([LOST]), (10, 0, 0, 0), 10, requests=4),
    Case("500 from the second batch on", in_turn([OK], BUSY), (4, 0, 4, 2), 4, "500", patience=0.2),
    Case("429 with Retry-After", in_turn([Reply(429, b"", {"retry-after": "1"}, takes=False)]), (10, 0, 0, 0), 10, requests=4),
    Case("429 for longer than there is patience", always(Reply(429, b"", {"retry-after": "3600"}, takes=False)), (0, 0, 0, 10), 0, "it answers 429, and asks to wait for 3,600 seconds", requests=1),
    Case("Retry-After as a time", in_turn([Reply(503, b"", {"retry-after": "Mon, 02 Mar 2026 09:00:01 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}, takes=False)]), (10, 0, 0, 0), 10, requests=4),
    *(
        Case(f"Retry-After: {said}", in_turn([Reply(503, b"", {"retry-after": said, "date": NOON}, takes=False)]), (10, 0, 0, 0), 10, requests=4)
        for said in ("soon", "²", "-1", "0.1", "9" * 40, "Mon, 02 Mar 99999999999999999999 09:00:00 GMT", "Mon, 02 Mar 2026 09:00:00 +99999999999999999999")
    ),
    Case("closed after accepting", in_turn([GONE]), (10, 0, 0, 0), 10, requests=4),
    Case("closed before accepting", in_turn([DEAF, DEAF]), (10, 0, 0, 0), 10, requests=5),
    Case("closed after accepting, for good", in_turn([OK], GONE), (4, 0, 4, 2), 8, "the connection breaks off", patience=0.2),
    Case("half an answer", in_turn([HALF]), (10, 0, 0, 0), 10, requests=4),
    Case("JSON that ends early", in_turn([Reply(200, b'{"rejected": [', JSON)]), (10, 0, 0, 0), 10, requests=4),
    Case("too slow once", in_turn([Reply(after=2.5)]), (10, 0, 0, 0), 10, requests=4, patience=9.0),
    Case("413 for more than one row", too_large(1), (10, 0, 0, 0), 10, requests=17),
    Case("413 for any row", too_large(0), (0, 10, 0, 0), 0),
    Case("a bad row in a batch", lambda n, rows: Reply(422, b"bad mail", takes=False) if any(r["customer"] == "a00002" for r in rows) else OK, (9, 1, 0, 0), 9),
    Case("409 is about the rows", in_turn([Reply(409, b"no", takes=False)]), (6, 4, 0, 0), 6, requests=3),
    Case("200 with rejected rows", refusing(lambda r: r["customer"] in ("a00001", "a00007")), (8, 2, 0, 0), 8, requests=3),
    *(
        Case(f"rejected rows: {json.dumps(rows)}", always(rejects(rows)), (0, 0, 4, 6), 4, "it refuses rows in a way that can't be read")
        for rows in ("all", [{"key": "x"}], [{"key": ["a"]}], [{"key": {}}], [{"key": None}], [{}], [["key"]], [[]], {"key": "x"}, 1, None)
    ),
    Case("a web page", always(Reply(200, b"<html>sign in</html>", {"content-type": "text/html; charset=utf-8"}, takes=False)), (0, 0, 4, 6), 0, "it answers with a web page"),
    Case("a redirect elsewhere", always(Reply(307, b"", {"location": "http://elsewhere.example/rows"}, takes=False)), (0, 0, 0, 10), 0, "it sends on to elsewhere.example", requests=1),
    *(
        Case(f"a redirect to {place}", always(Reply(308, b"", {"location": place}, takes=False)), (0, 0, 0, 10), 0, "it sends on to another page", requests=1)
        for place in ("http://[bad", "/rows", "", "//", "http://[::1")
    ),
    Case("a redirect after the rows were taken", always(Reply(302, b"", {"location": "https://elsewhere.example/done"})), (0, 0, 4, 6), 4, "it sends on to elsewhere.example", requests=1),
    Case("no right", always(Reply(401, b"who are you", takes=False)), (0, 0, 0, 10), 0, "it answers 401 who are you", requests=1),
    Case("an answer without end", always(Reply(200, b"x" * 1_100_000)), (0, 0, 4, 6), 4, "its answer doesn't end"),
    Case("500, then no right", in_turn([LOST], Reply(403, b"", takes=False)), (0, 0, 4, 6), 4, "403"),
]  # fmt: skip


@pytest.mark.sample(3)
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_each_answer(case: Case, tmp_path: Path) -> None:
    with receiver(case.reply) as taken:
        outcome = sent(tmp_path, taken, deliveries(10), patience=case.patience)
        fates = (outcome.sent, len(outcome.rejected), len(outcome.in_doubt), len(outcome.not_sent))
        assert (fates, len(taken.accepted)) == (case.fates, case.accepted)
        assert case.why in (outcome.stopped.message if outcome.stopped else "")
        assert (outcome.stopped is None) == (case.why == "")
        assert case.requests in (None, len(taken.requests))
        # what it really took is never more than what the log says that it may have taken
        known = statuses(Log.to_read(tmp_path), "crm")
        may = {key for key, status in known.items() if status in ("sent", "in doubt")}
        surely = {key for key, status in known.items() if status == "sent"}
        assert surely <= taken.accepted.keys() <= may
        # and the next export settles it
        taken.reply = always(OK)
        again = sent(tmp_path, taken, deliveries(10))
        assert (again.sent, again.repeated, again.stopped) == (10 - outcome.sent, outcome.sent, None)
        assert len(taken.accepted) == 10


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5) | st.just("k"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["rejected", "key", "reason", "x"]), inner, max_size=3)
    ),
)
_HEADER = st.text(st.characters(max_codepoint=255), max_size=40)


@given(
    _JSON.map(json.dumps).map(str.encode) | st.binary(max_size=60),
    st.sampled_from(["application/json", "text/html", ""]) | _HEADER,
)
@example(b'{"rejected": ' + b"[" * 100_000, "")
@example(b'{"rejected": [{"key": "k", "reason": ' + b"[" * 900 + b"]" * 900 + b"}]}", "")
@example(b"[" + b"9" * 10_000 + b"]", "")
def test_an_answer_of_any_shape_is_answered(body: bytes, kind: str) -> None:
    with contextlib.suppress(of_webhook._Stop, of_webhook._Again):
        reasons = of_webhook._rejected(of_webhook._Answer(200, {"content-type": kind}, body, ()), {"k"})
        assert reasons.keys() <= {"k"}


@given(_HEADER | st.from_regex(r"Mon, \d{1,30} Mar \d{1,30} \d{1,3}:00:00 [+-]\d{1,30}"), _HEADER | st.just(NOON))
def test_headers_of_any_shape_are_answered(text: str, date: str) -> None:
    assert of_webhook._retry_after({"retry-after": text, "date": date}) >= 0
    for address in (text, f"http://{text}", f"http://[{text}"):
        of_webhook._host(address)


def test_the_same_export_again_sends_and_logs_nothing(tmp_path: Path) -> None:
    with receiver() as taken:
        sent(tmp_path, taken, deliveries(10))
        before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
        outcome = sent(tmp_path, taken, deliveries(10))
        assert (outcome.sent, outcome.repeated, len(taken.requests)) == (0, 10, 3)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


def test_what_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body, and a signature that is checked by hand as Standard Webhooks says."""
    secret = base64.b64encode(b"a secret of some length").decode()
    monkeypatch.setenv("CRM_TOKEN", "token-1")
    monkeypatch.setenv("CRM_SECRET", f"whsec_{secret}")
    with receiver() as taken:
        sent(
            tmp_path,
            taken,
            [delivery(0), delivery(1, address=None, recipient=None)],
            token="env:CRM_TOKEN",
            sign="env:CRM_SECRET",
        )
        ((headers, body, _),) = taken.requests
    assert json.loads(body)["rows"][0] == {
        "key": delivery(0).key, "play": "renewal_mail", "channel": "email", "day": "2026-03-02", "customer": "a00000", "recipient": "u00000",
        "address": "user0@customer.example", "subject": "Your renewal, customer 0", "message": "Hello\nthere", "change": None,
        "fields": {"name": "Customer 0", "arr": 1200.5, "renewal": "2026-03-02", "seats": 0, "tags": ["a", "b"]},
    }  # fmt: skip
    assert headers["authorization"] == "Bearer token-1"
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"a secret of some length", signed, "sha256").digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    assert headers["idempotency-key"] == headers["webhook-id"]


REPEATS: dict[str, Callable[[str], bytes]] = {
    "as it is": lambda own: f"no right for {own}".encode(),
    "in JSON": lambda own: json.dumps({"error": own}).replace("-", "\\u002d").encode(),
    "as a part of an address": lambda own: f"no right for {quote(own, safe='')}".encode(),
    "where it is cut": lambda own: b"x" * 195 + own.encode(),
}
SECRETS = ("token-hush", "/hooks/step-hush", "sign=query-hush", "query-hush", "key-hush")


@pytest.mark.sample(4)
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", REPEATS)
@pytest.mark.parametrize("status", [200, 401, 409])
def test_a_secret_that_is_repeated_is_shown_nowhere(
    status: int, way: str, secret: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a url, a token and a signature, in no message, not in the log and not in the file of rejected rows."""
    said = REPEATS[way](secret)
    if status == 200:
        said = json.dumps({"rejected": [{"key": delivery(0).key, "reason": said.decode()}]}).encode()
    monkeypatch.setenv("CRM_TOKEN", "token-hush")
    monkeypatch.setenv("CRM_SECRET", "key-hush")
    with receiver(always(Reply(status, said, takes=False))) as taken:
        monkeypatch.setenv("CRM_URL", taken.url.replace("/rows", "/hooks/step-hush?sign=query-hush"))
        outcome = sent(tmp_path, "env:CRM_URL", deliveries(1), token="env:CRM_TOKEN", sign="env:CRM_SECRET")
    messages = [outcome.stopped.message] if outcome.stopped else [r.answer for r in outcome.rejected]
    assert len(messages) == 1
    assert f"{status} " in messages[0]
    assert "…" in messages[0]
    written = [p.read_text(encoding="utf-8") for p in tmp_path.rglob("*") if p.is_file()]
    assert "hush" not in "".join(written + messages)


def test_what_a_destination_repeats_of_somebody_is_in_no_message(tmp_path: Path) -> None:
    with receiver(
        lambda n, rows: Reply(
            403, f"{rows[1]['address']} of {rows[1]['fields']['name']} is no user".encode(), takes=False
        )
    ) as taken:
        outcome = sent(tmp_path, taken, deliveries(4))
    assert outcome.stopped is not None
    assert outcome.stopped.message == "destination `crm`: it answers 403 … of … is no user"


def test_a_server_that_never_comes_to_an_end(tmp_path: Path) -> None:
    """A byte now and then keeps no export waiting for longer than `timeout`, twice at most."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
                    with contextlib.suppress(OSError):
                        for _ in range(1000):
                            connection.sendall(b" ")
                            time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        started = time.monotonic()
        outcome = sent(
            tmp_path, f"http://127.0.0.1:{server.getsockname()[1]}", deliveries(1), timeout=0.3, patience=0.1
        )
    assert time.monotonic() - started < 5
    assert outcome.stopped is not None
    assert "its answer takes too long" in outcome.stopped.message
    assert len(outcome.in_doubt) == 1


def test_attempts_have_the_same_id(tmp_path: Path) -> None:
    with receiver(in_turn([BUSY, GONE])) as taken:
        sent(tmp_path, taken, deliveries(4))
        assert len({h["webhook-id"] for h, _, _ in taken.requests}) == 1
        assert len({b for _, b, _ in taken.requests}) == 1


def test_the_next_export_repeats_the_request_that_is_in_doubt(tmp_path: Path) -> None:
    """A receiver that knows requests, and no rows, knows it again."""
    with receiver(in_turn([OK], GONE)) as taken:
        sent(tmp_path, taken, deliveries(10), patience=0.1)
        (doubtful, body, _), begun = taken.requests[-1], len(taken.requests)
        taken.reply = always(OK)
        sent(tmp_path, taken, deliveries(10))
        again = taken.requests[begun]
    assert (again[0]["webhook-id"], again[1]) == (doubtful["webhook-id"], body)


def test_requests_are_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that only goes on while one waits: five requests, a twentieth of a second apart."""

    class Clock:
        now = 100.0
        time = staticmethod(time.time)

        def monotonic(self) -> float:
            return self.now

        def sleep(self, seconds: float) -> None:
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr("segdsl.activation.destinations.webhook.time", clock)
    with receiver() as taken:
        sent(tmp_path, taken, deliveries(20), rate=20.0)
        assert len(taken.requests) == 5
    assert clock.now == pytest.approx(100 + 4 / 20)


def test_attempts_wait_longer_and_longer(tmp_path: Path) -> None:
    with receiver(in_turn([Reply(429, b"", {"retry-after": "1"}, takes=False)])) as taken:
        sent(tmp_path, taken, deliveries(1))
        (_, _, first), (_, _, second) = taken.requests
    assert second - first >= 1


def test_rejected_rows_are_in_a_file(tmp_path: Path) -> None:
    bad = delivery(1, fields={"name": "=HYPERLINK(1)", "tags": ("x", "y"), "trial": True, "seats": None})
    with receiver(refusing(lambda r: r["customer"] == "a00001")) as taken:
        outcome = sent(tmp_path, taken, [delivery(0), bad])
        (path,) = outcome.files
        with path.open(encoding="utf-8") as file:
            (row,) = csv.DictReader(file)
        assert row == {
            "answer": "200 no such mailbox: user1@customer.example", "play": "renewal_mail", "customer": "a00001", "recipient": "u00001",
            "address": "user1@customer.example", "name": "'=HYPERLINK(1)", "tags": "x;y", "trial": "true", "seats": "", "key": bad.key,
        }  # fmt: skip
        # the log has the answer without the address
        text = "".join(p.read_text(encoding="utf-8") for p in tmp_path.rglob("*.jsonl"))
        assert "200 no such mailbox: …" in text
        assert "customer.example" not in text
        taken.reply = always(OK)
        assert sent(tmp_path, taken, [delivery(0), bad]).files == ()
    assert not path.exists()


def test_a_file_of_rejected_rows_that_can_t_be_written(tmp_path: Path) -> None:
    with receiver(refusing(lambda r: r["customer"] == "a00001")) as taken:
        (tmp_path / ".segdsl" / "deliveries").mkdir(parents=True)
        (tmp_path / ".segdsl" / "deliveries" / "rejected").write_text("a file", encoding="utf-8")
        outcome = sent(tmp_path, taken, deliveries(2))
    assert (outcome.sent, len(outcome.rejected), outcome.files) == (1, 1, ())
    assert outcome.stopped is not None
    assert "the file of rejected rows can't be written: " in outcome.stopped.message


def test_what_is_in_doubt_and_no_delivery_any_more_is_listed(tmp_path: Path) -> None:
    with receiver(always(GONE)) as taken:
        sent(tmp_path, taken, deliveries(4), patience=0.1)
        taken.reply = always(OK)
        outcome = sent(tmp_path, taken, deliveries(2))
    assert (outcome.sent, [e.customer for e in outcome.unsettled]) == (2, ["a00002", "a00003"])


@pytest.mark.parametrize(
    "later", [Reply(401, b"", takes=False), Reply(429, b"", takes=False), Reply(307, b"", takes=False)]
)
def test_what_is_in_doubt_stays_so_where_the_next_export_reaches_nobody(later: Reply, tmp_path: Path) -> None:
    with receiver(always(GONE)) as taken:
        sent(tmp_path, taken, deliveries(2), patience=0.1)
        taken.reply = always(later)
        outcome = sent(tmp_path, taken, deliveries(4), patience=0.1)
    assert ([d.customer for d in outcome.in_doubt], len(outcome.not_sent)) == (["a00000", "a00001"], 2)


def test_halves_of_what_may_have_been_taken(tmp_path: Path) -> None:
    """The rows were taken before the server says that they are too many, and then it is gone."""
    with receiver(in_turn([LOST, Reply(413, b"", takes=False)], Reply(401, b"", takes=False))) as taken:
        outcome = sent(tmp_path, taken, deliveries(4))
        assert len(taken.accepted) == 4
    assert len(outcome.in_doubt) == 4


def test_two_exports_at_once(tmp_path: Path) -> None:
    """The second waits for the first, and has nothing left to send."""
    with receiver(lambda n, rows: Reply(after=0.05)) as taken:
        outcomes: list[Outcome] = []
        threads = [
            threading.Thread(target=lambda: outcomes.append(sent(tmp_path, taken, deliveries(10)))) for _ in range(2)
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert sorted(o.sent for o in outcomes) == [0, 10]
        assert len(taken.requests) == 3


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"url": "env:CRM_URL"}, "the environment has no CRM_URL, which `url` in [destinations.crm] names"),
        ({"url": "http://crm.example/rows"}, "its address begins with http, so everybody on the way could read it"),
        ({"url": "env:PLAIN_URL"}, "its address begins with http, so everybody on the way could read it"),
        *(
            ({"url": f"https://{host}/x"}, "its address is no address")
            for host in ("a..b", "a" * 70, "ü..x", "[bad", "999.9.9.9", "<" * 30, "\x7f.x", "\u2603-.x")
        ),
        ({"token": "env:BLANK_TOKEN"}, "its token has letters that no header has"),
        ({"sign": "env:EMPTY_SECRET"}, "what follows isn't base64"),
        ({"token": "env:CRM_TOKEN"}, "the environment has no CRM_TOKEN"),
        ({"sign": "env:BAD_SECRET"}, "what follows isn't base64"),
        ({"token": "env:BAD_TOKEN"}, "its token has letters that no header has"),
    ],
)
def test_settings_that_can_t_be_used(
    settings: dict[str, object], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAD_SECRET", "whsec_é")
    monkeypatch.setenv("EMPTY_SECRET", "whsec_")
    monkeypatch.setenv("BAD_TOKEN", "a\nb")
    monkeypatch.setenv("BLANK_TOKEN", "hush ")
    monkeypatch.setenv("PLAIN_URL", "http://crm.example/hush?hush")
    with pytest.raises(DestinationError) as refused:
        sent(tmp_path, "http://127.0.0.1:9/rows", deliveries(1), **settings)
    assert why in refused.value.diagnostics[0].message
    assert "hush" not in str(refused.value.diagnostics[0])
    assert statuses(Log.to_read(tmp_path), "crm") == {}


@pytest.mark.parametrize("package", ["httpx2", "tenacity"])
def test_without_the_packages(package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DestinationError, match=f"it needs the package {package}") as refused:
        sent(tmp_path, "http://127.0.0.1:9/rows", deliveries(1))
    assert refused.value.diagnostics[0].help == 'pip install "segdsl[export]"'


def test_nobody_is_there(tmp_path: Path) -> None:
    outcome = sent(tmp_path, "http://127.0.0.1:9/rows", deliveries(10), patience=0.1)
    assert (outcome.in_doubt, len(outcome.not_sent)) == ((), 10)
    assert outcome.stopped is not None
    assert outcome.stopped.message.startswith("destination `crm`: it can't be reached")


@pytest.fixture
def self_signed(tmp_path: Path) -> Path:
    """A certificate that nobody has signed, with its key."""
    path = tmp_path / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(path), "-out", str(path.with_suffix(".crt"))]
    subprocess.run([*made, *names], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


def test_a_certificate_that_nobody_signed(tmp_path: Path, self_signed: Path) -> None:
    with receiver(certificate=self_signed) as taken:
        outcome = sent(tmp_path, taken, deliveries(10))
        assert (taken.requests, outcome.sent, len(outcome.not_sent)) == ([], 0, 10)
    assert outcome.stopped is not None
    assert "its certificate doesn't fit" in outcome.stopped.message


def test_proxies_and_passwords_of_the_machine_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    os.chmod(tmp_path / "netrc", 0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with receiver() as taken:
        assert sent(tmp_path, taken, deliveries(1)).sent == 1
        assert "authorization" not in taken.requests[0][0]


def test_a_plan_sends_nothing(tmp_path: Path) -> None:
    with receiver() as taken:
        webhook = Webhook("crm", WebhookSettings(url=taken.url, batch=4))
        plan = webhook.plan(put(deliveries(10)), Log.to_read(tmp_path))
        assert (plan.rows, plan.repeated, taken.requests) == (10, 0, [])
        assert plan.steps == ("send 10 rows in 3 requests, at most 10 a second",)
        assert plan.place in taken.url
    assert not any(tmp_path.iterdir())
