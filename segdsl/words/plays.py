"""Plays and channels -> what their declarations say, part by part."""

from __future__ import annotations

from segdsl.model import expr as k
from segdsl.model.play import Capacity, Channel, Days, Holdout, Play, PlayFor
from segdsl.model.segment import Model
from segdsl.words.explain import written


def said_of_play(model: Model, play: Play) -> dict[str, str]:
    """What a play says, by part; parts that it leaves open are left out."""
    parts = {"title": play.title, "channel": play.channel or ""}
    parts |= {name: str(value) for name, value in play.settings.items() if name != "channel"}
    parts["given in"] = ", ".join(f"{p.name}.{p.arm}" if p.arm else p.name for p in model.places_of(play.name))
    for entity, use in play.used_for.items():
        of = f" of {entity}" if len(play.used_for) > 1 else ""
        parts |= {f"{name}{of}": text for name, text in _said_for(play, use).items()}
    parts["how often"] = f"every {days(play.every)}" if play.every is not None else "once per stay"
    parts["priority"] = str(play.priority) if play.priority else ""
    parts["cooldown"] = days(play.cooldown)
    parts["subject"] = play.subject.text if play.subject is not None else ""
    parts["message"] = play.message.text if play.message is not None else ""
    return {name: text for name, text in parts.items() if text}


def _said_for(play: Play, use: PlayFor) -> dict[str, str]:
    """What a play says of the customers of one entity."""
    suppressed = [s.name for s in (*use.suppressions, *use.recipient_suppressions)]
    by = f" by {_values(use.by)}" if use.by else ""
    return {
        "only when": written(use.only_when) if use.only_when is not None else "",
        "to": audience(use),
        "suppressed": ", ".join(dict.fromkeys(suppressed)),
        "capacity": capacity(play.capacity, use.per) + by if play.capacity is not None else "",
        "merge fields": ", ".join(_merged(f.name, f.value) for f in use.merge),
    }


def audience(use: PlayFor) -> str:
    """To whom a play goes, as in `first of users where role = "admin" by last_seen_at`; "" for the customer itself."""
    if use.recipients is None:
        return ""
    first = "first of " if use.recipients.first_by else ""
    where = f" where {written(use.recipients.where)}" if use.recipients.where is not None else ""
    by = f" by {_values(use.recipients.first_by)}" if use.recipients.first_by else ""
    return f"{first}{use.recipients.hop.name}{where}{by}"


def _values(values: tuple[k.Expr, ...]) -> str:
    return " then by ".join(written(v) if v.span is not None or not isinstance(v, k.Column) else v.name for v in values)


def _merged(name: str, value: k.Expr) -> str:
    text = written(value)
    return text if text.rpartition(".")[2] == name else f"{text} as {name}"


def said_of_channel(channel: Channel) -> dict[str, str]:
    """What a channel says, by part."""
    blank = {None: "", True: ", blank means yes", False: ", blank means no"}[channel.blank]
    most = f"{channel.most_plays} play{'s' * (channel.most_plays != 1)} per customer per {channel.most_plays_per}"
    parts = {
        "title": channel.title,
        "address": channel.address or "",
        "consent": f"{channel.consent} by {channel.consent_by}{blank}" if channel.consent != "none" else "none needed",
        "cooldown": days(channel.cooldown),
        "capacity": capacity(channel.capacity, None),
        "at most": most,
        "suppressed": ", ".join(channel.suppressed),
    }
    return {name: text for name, text in parts.items() if text}


def said_of_holdout(holdout: Holdout) -> dict[str, str]:
    """What a holdout says, by part."""
    return {"share": f"{100 * holdout.share.numerator / holdout.share.denominator:g}%", "seed": holdout.seed}


def days(time: Days | None) -> str:
    """A time between deliveries, as in `30 days`; "" for none."""
    return "" if time is None else f"{time.count} {time.unit}{'s' * (time.count != 1)}"


def capacity(room: Capacity | None, per: k.Expr | None) -> str:
    """The most customers in a period, as in `40 per csm per week`; "" for no limit."""
    if room is None:
        return ""
    group = f" per {written(per)}" if per is not None else f" per {room.per}" if room.per else ""
    return f"{room.count:,}{group} per {room.period}"
