"""ABS, ROUND, MAX of fields, MOD, INT."""

from __future__ import annotations

from fractions import Fraction

from segdsl.formulas import tree
from segdsl.formulas.table import Functions, To, function
from segdsl.formulas.table import Means as T
from segdsl.formulas.tree import Call as C
from segdsl.formulas.values import Beside, CannotSay, Meaning, Value, number, together


def _absolute(t: T, call: C) -> Meaning | None:
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Beside) and meaning.kind == "hash":
        return meaning
    value = t.alone(meaning)
    return Value(
        f"absolute({value.text})", kind="number", rows=value.rows, own=value.own, difference=None, type=value.type
    )


def _round(t: T, call: C) -> Meaning | None:
    value = t.value(call.arguments[0])
    digits = t.value(call.arguments[1]).literal if len(call.arguments) > 1 else Fraction(0)
    if not isinstance(digits, Fraction) or digits.denominator != 1 or not -9 <= digits <= 9:
        return None
    to = "" if digits == 0 else f", to: {number(Fraction(10) ** -int(digits)).text}"
    return Value(f"round({value.text}{to})", kind="number", rows=value.rows, own=value.own)


def _multiple(t: T, call: C) -> Meaning | None:
    value, step = t.value(call.arguments[0]), t.value(call.arguments[1])
    if not isinstance(step.literal, Fraction):
        return None
    return Value(f"round({value.text}, to: {step.text})", kind="number", rows=value.rows, own=value.own)


def _cut_off(t: T, call: C) -> Meaning | None:
    """INT, FLOOR and CEILING, beside a whole number."""
    meaning = t.meaning(call.arguments[0])
    if isinstance(meaning, Beside) and meaning.kind == "month / 3":
        return meaning.value
    if isinstance(meaning, Value) and meaning.kind == "bool" and call.name == "int":
        return meaning  # as a number, 1 or 0
    spent = meaning if isinstance(meaning, Beside) and meaning.kind.startswith("milliseconds ") else None
    value = t.alone(meaning) if spent is None or spent.inner is None else spent.inner
    up = call.name.startswith("ceil") or call.name == "roundup"
    if spent is not None and not up:
        return spent.inner if spent.kind == "milliseconds 86400000" else None
    if up and value.text.startswith("month of ") and value.text.endswith(" / 3"):
        return Value(
            value.text.replace("month of", "quarter of").removesuffix(" / 3"),
            kind="number",
            rows=value.rows,
            own=value.own,
        )
    if len(call.arguments) > 1 and not (
        isinstance(call.arguments[1], tree.Number) and call.arguments[1].value in (0, 1)
    ):
        raise CannotSay("numbers are rounded to the nearest here, with `round(…, to: 10)`, not cut off")
    if value.text.startswith(("days since ", "days until ", "days from ", "months ", "years ", "weeks ")) and not up:
        return value
    negative_too = call.name in ("int", "floor")

    def compared(op: str, other: Meaning) -> Value | None:
        if not isinstance(other, Value) or not isinstance(other.literal, Fraction) or other.literal.denominator != 1:
            return None
        n = int(other.literal)
        if not up and (negative_too or n > 0):
            sign, border = {">": (">=", n + 1), ">=": (">=", n), "<": ("<", n), "<=": ("<", n + 1)}.get(op, ("", 0))
        elif up:
            sign, border = {">": (">", n), ">=": (">", n - 1), "<": ("<=", n - 1), "<=": ("<=", n)}.get(op, ("", 0))
        else:
            return None
        if not sign:
            return None
        return t.compared(sign, value, number(border)) if spent is None else spent.compared(sign, number(border))

    return Beside("numbers are rounded to the nearest here, with `round(…)`, not cut off", compared)


def _hash(t: T, call: C) -> Meaning | None:
    """`hash(account_id)`, of which the rest of a division draws customers."""
    why = 'chance is drawn by a key here: `split("salt", by: KEY) < 10%`'
    return Beside(why, lambda op, other: None, inner=t.value(call.arguments[0]), kind="hash")


def _remainder(t: T, call: C) -> Meaning | None:
    """`hash(account_id) % 10 < 3`: so large a part of the customers, drawn by their key."""
    drawn, parts = t.meaning(call.arguments[0]), t.value(call.arguments[1]).literal
    if (
        isinstance(drawn, Beside)
        and drawn.kind == "hash"
        and drawn.inner is not None
        and isinstance(parts, Fraction)
        and parts > 1
        and parts.denominator == 1
    ):
        line = Value(f'split("drawn", by: {drawn.inner.text})', kind="number", own=True)

        def compared(op: str, other: Meaning) -> Value | None:
            part = other.literal if isinstance(other, Value) else None
            if not isinstance(part, Fraction) or part.denominator != 1 or not 0 <= part < parts:
                return None
            zero, one = Fraction(0), Fraction(1)
            borders = {
                "<": (zero, part),
                "<=": (zero, part + one),
                "=": (part, part + one),
                ">=": (part, parts),
                ">": (part + one, parts),
            }
            if op not in borders:
                return None
            low, high = borders[op]
            above = [t.compared(">=", line, _as_share(low / parts))] if low else []
            return t.junction(
                "and", [*above, *([t.compared("<", line, _as_share(high / parts))] if high < parts else [])]
            )

        return Beside("chance is drawn by a key here", compared)
    raise CannotSay(
        "there are no remainders of a division here: let your data say which customers are meant, as a field"
    )


def _as_share(share: Fraction) -> Value:
    """A share as a percentage, where that is exact."""
    percents = number(share * 100)
    return (
        Value(f"{percents.text}%", kind="number", literal=share) if (share * 10_000).denominator == 1 else number(share)
    )


def _no_calculation(t: T, call: C) -> Meaning | None:
    raise CannotSay(
        "there is no such calculation here, only `+ - * /`, `absolute`, `round`, `larger` and `smaller`: let your data have it as a field"
    )


def _power(t: T, call: C) -> Meaning | None:
    return t.meaning(tree.Binary(call.start, call.end, "^", *call.arguments)) if len(call.arguments) == 2 else None


def _extreme(name: str) -> To:
    """GREATEST and LEAST of several values."""

    def to(t: T, call: C) -> Meaning | None:
        values = [t.value(a) for a in call.arguments]
        if len(values) < 2:
            return None
        line = ", ".join(v.text for v in values)
        return Value(
            f"{name}({line})",
            kind=values[0].kind or values[1].kind,
            rows=together(*values),
            own=True,
            type=values[0].type,
        )

    return to


def _quotient(t: T, call: C) -> Meaning | None:
    a, b, *rest = call.arguments
    node = tree.Binary(call.start, call.end, "/", a, b)
    return t.meaning(node) if not rest else t.first_known([node, rest[0]])


def _drawn(t: T, call: C) -> Meaning | None:
    why = 'chance is drawn by a key here, so that it stays the same: `split("salt", by: KEY) < 10%`'

    def compared(op: str, other: Meaning) -> Value | None:
        key = t.own.key if t.own is not None else None
        if (
            not isinstance(other, Value)
            or not isinstance(other.literal, Fraction)
            or key is None
            or op not in ("<", "<=", ">", ">=")
        ):
            return None
        return t.compared(op, Value(f'split("drawn", by: {key})', kind="number", own=True), other)

    return Beside(why, compared)


FAMILY = Functions(
    "Functions of numbers",
    (
        function(
            "abs absolute",
            _absolute,
            [
                ("ABS(nps) > 5", "absolute(nps) > 5"),
                ("ABS(renewal_date - TODAY()) <= 15", "absolute(days until renewal_date) <= 15"),
            ],
            "a number without its sign is `absolute(…)`",
        ),
        function(
            "round",
            _round,
            [
                ("ROUND(arr / seats, 0) > 50", "round(arr / seats) > 50"),
                ("ROUND(arr / 12, 2) > 100", "round(arr / 12, to: 0.01) > 100"),
            ],
            "a number is rounded with `round(…, to: STEP)`",
        ),
        function(
            "mround",
            _multiple,
            [("MROUND(arr, 1000) > 5000", "round(arr, to: 1_000) > 5_000")],
            "a number is rounded with `round(…, to: STEP)`",
        ),
        function(
            "int floor ceil ceiling rounddown roundup floor.math ceiling.math",
            _cut_off,
            [
                ("INT(arr / 1000) >= 5", "arr / 1_000 >= 5"),
                ("ROUNDUP(MONTH(renewal_date) / 3, 0) = 2", "quarter of renewal_date = 2"),
            ],
            refused=[("INT(arr / 1000) = seats", "nearest")],
        ),
        function(
            "mod remainder",
            _remainder,
            [("MOD(HASH(account_id), 10) < 3", 'split("drawn", by: account_id) < 30%')],
            "chance is drawn by a key",
            refused=[("MOD(seats, 2) = 0", "no remainders")],
        ),
        function(
            "hash md5 crc32 sha1 sha256 farm_fingerprint murmur_hash xxhash64 cityhash64 siphash64 crc32_ checksum hash_code",
            _hash,
            [("hash(account_id) % 2 == 0", 'split("drawn", by: account_id) < 50%')],
            "chance is drawn by a key",
        ),
        function("power pow", _power, [("POWER(seats, 2) > 100", "seats * seats > 100")]),
        function(
            "sqrt exp ln log log10 sign fact stdev stdev.s stdev.p stddev stddev_samp stddev_pop variance var var.s var.p "
            "corr correl slope intercept forecast trend sin cos tan pi even odd gcd lcm quotient",
            _no_calculation,
            refused=[("SQRT(arr) > 5", "no such calculation")],
        ),
        function(
            "greatest larger",
            _extreme("larger"),
            [("GREATEST(seats, nps) > 50", "larger(seats, nps) > 50")],
            "the larger of values is `larger(…)`",
        ),
        function(
            "least smaller",
            _extreme("smaller"),
            [("LEAST(seats, nps) < 5", "smaller(seats, nps) < 5")],
            "the smaller of values is `smaller(…)`",
        ),
        function(
            "divide safe_divide div0 divnull",
            _quotient,
            [("SAFE_DIVIDE(arr, seats) > 50", "arr / seats > 50")],
            "division by 0 is missing",
        ),
        function(
            "rand random rand_",
            _drawn,
            [("RAND() < 0.1", 'split("drawn", by: account_id) < 0.1')],
            "chance is drawn by a key",
        ),
    ),
)
