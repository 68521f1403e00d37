"""Destination: an address that takes batches of rows as JSON.

A request is a `POST` of `{"export", "day", "rows": [{"key", "play", …}]}`. It is signed as Standard Webhooks
(standardwebhooks.com) says: `webhook-id`, `webhook-timestamp`, and `webhook-signature` over both and the body. The id and
the rows' keys are the same at each attempt, so a receiver that knows a key already says yes and does nothing.

What an answer means:

- 2xx: all rows are accepted, but for those that a JSON answer lists: `{"rejected": [{"key": …, "reason": …}]}`.
- 408, 425, 429, 5xx, no answer, half an answer: the request is made again, after `Retry-After` or longer and longer, until
  such attempts have taken `patience` seconds of the export.
- 413, and 400 or 422 for several rows: each half is sent alone.
- 401, 403, 404, 405, 407, 410, 421, 451, a redirect, a certificate that doesn't fit: the export stops. Some programs take
  the rows and then answer with a redirect, which is 307 or 308 where they haven't.
- any other 4xx: the rows are rejected.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import ssl
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from segdsl.activation.delivery import Deliveries, Delivery, Outcome, Plan, Rejected
from segdsl.activation.destinations.answers import READ, hidden, secrets_in, without_personal
from segdsl.activation.destinations.fates import DestinationError, Fates, refusal, refuse_without, secret
from segdsl.activation.destinations.rejected import write_rejected
from segdsl.activation.log.store import Export, Log
from segdsl.diagnostics import Diagnostic
from segdsl.version import __version__
from segdsl.words import values
from segdsl.workspace.destinations import FROM_ENVIRONMENT, WebhookSettings, unsafe

if TYPE_CHECKING:
    import tenacity

MOST = 1_000_000  # bytes of an answer
_AGAIN = frozenset([408, 425, 429])
_HALVED = frozenset([400, 413, 422])
_UNTAKEN = frozenset([307, 308])  # redirects that ask for the same request elsewhere
_IN_BASE64 = "whsec_"
_CLOSED = frozenset([401, 403, 404, 405, 407, 410, 421, 451])


@dataclass(frozen=True)
class Pace:
    """Seconds between attempts: the first pause, which doubles, up to the longest."""

    first: float = 0.5
    longest: float = 60.0


class _Stop(Exception):
    """The destination takes nothing more; `str` says why. `is_unsent`: surely nothing of the last batch was taken."""

    def __init__(self, why: str, help: str, is_unsent: bool) -> None:
        super().__init__(why)
        self.help, self.is_unsent = help, is_unsent


class _Again(Exception):
    """An attempt that may be repeated. `after`: seconds that the destination asks for; `is_unsent`: it surely took nothing."""

    def __init__(self, why: str, is_unsent: bool, after: float = 0.0) -> None:
        super().__init__(why)
        self.after, self.is_unsent = after, is_unsent


@dataclass(frozen=True)
class _Answer:
    """`secrets`: what isn't shown of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    secrets: Collection[str]

    @property
    def text(self) -> str:
        return f"{self.status} {self.shown(self.body.decode('utf-8', 'replace'))}".strip()

    def shown(self, text: str) -> str:
        """A text of it without secrets; what it repeats of a delivery is still there."""
        return hidden(text, self.secrets)[:READ]


@dataclass(frozen=True)
class Webhook:
    """An address that takes rows."""

    name: str
    settings: WebhookSettings
    pace: Pace = field(default_factory=Pace)

    def plan(self, deliveries: Deliveries, log: Log) -> Plan:
        fates = Fates(self.name, log, deliveries)
        requests = -(-fates.pending // self.settings.batch)
        steps = [f"send {fates.pending:,} rows in {requests:,} requests, at most {self.settings.rate:g} a second"]
        url = self.settings.url
        return fates.plan(url if url.startswith("env:") else urlsplit(url).netloc, steps)

    def send(self, deliveries: Deliveries, log: Log) -> Outcome:
        refuse_without(self.name, "export", "httpx2", "tenacity")
        fates = Fates(self.name, log, deliveries)
        url, token, sign = self._address(), self._secret("token"), self._secret("sign")
        headers, key = self._headers(token), self._key(sign)
        assert log.export is not None, "it was opened for an export"
        stopped = None
        if fates.pending:
            secrets = {*secrets_in(url), token, sign, sign.removeprefix(_IN_BASE64)}
            with _Line(self, url, headers, key, log.export, secrets) as line:
                try:
                    for batch in fates.batches(self.settings.batch):
                        fates.begin(fates.places(batch))
                        line.deliver(batch, fates)
                except _Stop as stop:
                    stopped = refusal(self.name, str(stop), stop.help)
        try:
            files = write_rejected(fates, log)
        except OSError as error:
            files, why = [], f"the file of rejected rows can't be written: {error.strerror or error}"
            stopped = stopped or refusal(self.name, why, "free the folder or the disk, and export again")
        return fates.outcome(files, stopped)

    def _address(self) -> str:
        import httpx2

        url = secret(self.name, "url", self.settings.url)
        if wrong := unsafe(url):
            raise DestinationError(self._refusal(wrong[0]))
        try:
            httpx2.URL(url).raw_host.decode("ascii").encode("idna")
        except (httpx2.InvalidURL, UnicodeError):
            raise DestinationError(self._refusal("is no address of the web")) from None
        return url

    def _refusal(self, wrong: str) -> Diagnostic:
        """Says what is wrong with an address, without showing one that may come from the environment."""
        help = f'as in {self.settings.url.removeprefix("env:")}="https://example.com/hook"'
        named = FROM_ENVIRONMENT.fullmatch(self.settings.url)
        return refusal(self.name, f"its address {wrong}", help if named else 'as in url = "https://example.com/hook"')

    def _secret(self, setting: Literal["token", "sign"]) -> str:
        """What a setting stands for; "" where it isn't set."""
        value = getattr(self.settings, setting)
        return secret(self.name, setting, value) if value else ""

    def _headers(self, token: str) -> dict[str, str]:
        headers = {
            "content-type": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"segdsl/{__version__}",
        }
        if token:
            if not token.isascii() or not token.isprintable() or token != token.strip():
                raise DestinationError(refusal(self.name, "its token has letters that no header has", "copy it again"))
            headers["authorization"] = f"Bearer {token}"
        return headers

    def _key(self, sign: str) -> bytes:
        """The key of the signature: what follows `whsec_` as base64, other texts as they are; empty without a signature."""
        if not sign.startswith(_IN_BASE64):
            return sign.encode("utf-8", "surrogateescape")
        try:
            key = base64.b64decode(sign.removeprefix(_IN_BASE64), validate=True)
        except ValueError:
            key = b""
        if not key:
            why = "the secret of its signature begins with whsec_, and what follows isn't base64"
            raise DestinationError(refusal(self.name, why, "copy it again from the destination"))
        return key


class _Line:
    """The connection to a destination during one export. `lost`: seconds that went into attempts that failed."""

    def __init__(
        self,
        webhook: Webhook,
        url: str,
        headers: Mapping[str, str],
        key: bytes,
        export: Export,
        secrets: Collection[str],
    ) -> None:
        import httpx2

        self.secrets = secrets
        self.webhook, self.settings, self.url, self.key, self.export = webhook, webhook.settings, url, key, export
        self.client = httpx2.Client(headers=dict(headers), timeout=self.settings.timeout, trust_env=False)
        self.lost, self.next_at = 0.0, 0.0

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    # -- a batch ------------------------------------------------------------------------------

    def deliver(self, batch: Sequence[Delivery], fates: Fates, is_new: bool = True) -> None:
        """Send rows that are in doubt, and log what became of them. Raises `_Stop`.

        `is_new`: whether no attempt before can have been taken.
        """
        try:
            answer, is_first = self._answered(batch)
        except _Stop as stop:
            if stop.is_unsent and is_new:
                fates.not_sent(fates.places(batch), str(stop))
            raise
        if answer.status in _HALVED and len(batch) > 1:
            half = len(batch) // 2
            try:
                self.deliver(batch[:half], fates, is_new and is_first)
            except _Stop:
                if is_new and is_first:
                    fates.not_sent(fates.places(batch[half:]), answer.text)
                raise
            self.deliver(batch[half:], fates, is_new and is_first)
        elif answer.status >= 400:
            fates.rejected([Rejected(d, answer.text) for d in batch])
        else:
            reasons = _rejected(answer, {d.key for d in batch})
            fates.sent(fates.places(d for d in batch if d.key not in reasons), str(answer.status))
            fates.rejected([Rejected(d, f"{answer.status} {reasons[d.key]}") for d in batch if d.key in reasons])

    def _answered(self, batch: Sequence[Delivery]) -> tuple[_Answer, bool]:
        """The answer to a request that was understood: 2xx, or a 4xx that is about the rows. Raises `_Stop`.

        Beside it, whether no attempt before can have been taken.
        """
        import tenacity

        started, is_unsent = time.monotonic(), True
        body = _body(self.export, batch)
        name = "segdsl_" + hashlib.sha256("\0".join(d.key for d in batch).encode()).hexdigest()[:32]

        def attempt() -> _Answer:
            nonlocal is_unsent
            try:
                return self._attempt(name, body, batch)
            except _Again as again:
                is_unsent = is_unsent and again.is_unsent
                raise
            except _Stop as stop:
                stop.is_unsent = stop.is_unsent and is_unsent
                raise

        pause = tenacity.wait_random_exponential(
            self.webhook.pace.first, self.webhook.pace.longest, min=self.webhook.pace.first
        )

        def is_over(state: tenacity.RetryCallState) -> bool:
            return self.lost + time.monotonic() - started + state.upcoming_sleep > self.settings.patience

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            wait=lambda state: max(pause(state), _asked(state)),
            stop=is_over,
            reraise=True,
        )
        try:
            answer: _Answer = retrying(attempt)
        except _Again as again:
            why = f"{again}; trying again for up to {self.settings.patience:g} seconds didn't help"
            if again.after > self.settings.patience:
                why = f"{again}, and asks to wait for {again.after:,.0f} seconds"
            help = "export again later: what wasn't sent is sent then, and what is in doubt with the same keys"
            raise _Stop(why, help, is_unsent) from None
        if retrying.statistics.get("attempt_number", 1) > 1:
            self.lost += time.monotonic() - started
        return answer, is_unsent

    def _attempt(self, name: str, body: bytes, batch: Sequence[Delivery]) -> _Answer:
        """One request. Raises `_Again` and `_Stop`."""
        answer = self._posted(body, {"webhook-id": name, "idempotency-key": name, **self._signature(name, body)})
        said = f"it answers {without_personal(answer.text, *batch)}"
        if answer.status in _AGAIN or answer.status >= 500:
            is_unsent = answer.status in (425, 429)
            raise _Again(said, is_unsent, _retry_after(answer.headers))
        if 300 <= answer.status < 400:
            host = without_personal(answer.shown(_host(answer.headers.get("location", ""))), *batch)
            why = f"it sends on to {host or 'another page'}, which isn't followed"
            raise _Stop(why, "if you trust that address, write it as the url", answer.status in _UNTAKEN)
        if answer.status in _CLOSED:
            raise _Stop(said, "check its url and its token", True)
        if answer.status < 300:
            _rejected(answer, {d.key for d in batch})
        return answer

    def _posted(self, body: bytes, headers: Mapping[str, str]) -> _Answer:
        """The whole answer to a request, within `timeout` seconds from its first byte. Raises `_Again` and `_Stop`."""
        import httpx2

        self._wait_for_turn()
        try:
            with self.client.stream("POST", self.url, content=body, headers=dict(headers)) as response:
                until, parts, size = time.monotonic() + self.settings.timeout, [], 0
                for part in response.iter_raw():
                    parts.append(part)
                    size += len(part)
                    if size > MOST:
                        raise _Stop(
                            "its answer doesn't end", "look with the destination whether the rows are there", False
                        )
                    if time.monotonic() > until:
                        raise _Again("its answer takes too long", False)
                return _Answer(response.status_code, dict(response.headers), b"".join(parts), self.secrets)
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            if _is_of_certificate(error):
                why = "its certificate doesn't fit its name, or nobody known has signed it"
                raise _Stop(why, "have the certificate mended; rows about customers go to nobody else", True) from None
            raise _Again("it can't be reached", True) from None
        except httpx2.TimeoutException:
            raise _Again(f"it doesn't answer within {self.settings.timeout:g} seconds", False) from None
        except httpx2.TransportError:
            raise _Again("the connection breaks off", False) from None

    def _wait_for_turn(self) -> None:
        """Pause so that requests are at least a `rate`-th of a second apart."""
        pause = self.next_at - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self.next_at = time.monotonic() + 1 / self.settings.rate

    def _signature(self, name: str, body: bytes) -> dict[str, str]:
        at = str(int(time.time()))
        if not self.key:
            return {"webhook-timestamp": at}
        signed = base64.b64encode(hmac.digest(self.key, f"{name}.{at}.".encode() + body, "sha256")).decode()
        return {"webhook-timestamp": at, "webhook-signature": f"v1,{signed}"}


# -- what is said and answered --------------------------------------------------------------------


def _body(export: Export, batch: Sequence[Delivery]) -> bytes:
    rows = [
        {
            "key": d.key,
            "play": d.play,
            "channel": d.channel,
            "day": d.day.isoformat(),
            "customer": d.customer,
            "recipient": d.recipient,
            "address": d.address,
            "fields": {name: values.in_json(value) for name, value in d.fields.items()},
            "subject": d.subject,
            "message": d.message,
            "change": d.change,
        }
        for d in batch
    ]
    whole = {"export": export.id, "day": export.day.isoformat(), "rows": rows}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _rejected(answer: _Answer, keys: set[str]) -> dict[str, str]:
    """Reason by key of the rows that a 2xx answer refuses.

    Raises `_Again` where a JSON answer ends early, and `_Stop` for one that can't be about these rows.
    """
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        why = "it answers with a web page, not as a destination does"
        raise _Stop(why, "check its url: a page that asks for a sign-in answers so", False)
    if not answer.body.strip() or not (kind.endswith("json") or answer.body.lstrip()[:1] in (b"{", b"[")):
        return {}
    try:
        said: Any = json.loads(answer.body)
        listed = said.get("rejected", []) if isinstance(said, dict) else []
        return dict(_reason(answer, row, keys) for row in (listed if isinstance(listed, list) else [None]))
    except (ValueError, RecursionError):
        raise _Again("its answer ends in the middle", False) from None


def _reason(answer: _Answer, row: object, keys: set[str]) -> tuple[str, str]:
    """(key, reason) of a row that an answer refuses. Raises `_Stop` where it is none of these rows."""
    match row:
        case {"key": str(key), **others} if key in keys:
            return key, answer.shown(str(others.get("reason", "")))
        case _:
            help = "look with the destination which rows it took: they are in doubt"
            raise _Stop("it refuses rows in a way that can't be read", help, False)


def _asked(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome is not None else None
    return error.after if isinstance(error, _Again) else 0.0


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that an answer asks for, as a number or as a time by the clock that is in the answer itself; 0 without."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        return float(text)
    try:
        until, now = (parsedate_to_datetime(t) for t in (text, headers.get("date", "")))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _host(address: str) -> str:
    """The host of an address; "" where it has none, or is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_of_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
