"""What plays and channels promise in sentences, as `max one mail a week per person`, as clauses; and short declarations in sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence

from segdsl.model import types as ty
from segdsl.model.schema import Field
from segdsl.phrasebook.declarations.outline import Entry, Unread, text_of
from segdsl.phrasebook.declarations.parts import adjective, entity_called, plain, quoted
from segdsl.phrasebook.english.conditions import reader_of
from segdsl.phrasebook.english.several import Reader
from segdsl.phrasebook.english.slots import duration
from segdsl.phrasebook.english.small_words import ARTICLES
from segdsl.phrasebook.english.things import Rows
from segdsl.phrasebook.names import Names
from segdsl.phrasebook.slots import Around, Tries
from segdsl.phrasebook.tokens import Token, cut

TRIES = 50_000
FEWEST_OF_ALL = 10  # times in a period; a lower number may be said of each recipient
_OF_ALL = re.compile(r"\b(?:capacity|room|in total|together|altogether|overall)\b")
_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_LENGTH = r"(?P<d>(?:\d+|an?|one|two|three|four|five|six|seven|ten) (?:day|week|month|quarter|year)s?|a fortnight)"
_NOUN = (
    r"(?:e ?- ?mails?|mails?|messages?|calls?|letters?|plays?|texts?|notes?|contacts?|touches|touch|sends?"
    r"|deliver(?:y|ies)|times?|offers?)"
)
_WHOM = r"(?:person|people|recipient|contact|customer|account|user|client|address|head)s?"
_OF_ONE = rf"(?: (?:per|for each|to each|for the same|to the same|to one|for one|each|a) {_WHOM})"
_MOST = (
    r"(?:max(?:imum)?(?: of)?|at most|no more than|not more than|up to|never more than|only|limit(?:ed)? to"
    r"|(?:frequency )?cap(?:ped)?(?: at| of)?)"
)
_ONCE = rf"(?:(?:one|1)(?: {_NOUN})?|once|a single {_NOUN})"
_PER = rf"(?:(?:an?|per|each|every|in any|in an?|/) {_UNIT}|(?:every|per|in|within|in any|each) {_LENGTH})"

_PAUSES = (
    re.compile(rf"{_MOST}? ?(?::|=)? ?(?:{_MOST} )?{_ONCE}{_OF_ONE}? {_PER}{_OF_ONE}?(?: (?:at most|max|only))?"),
    re.compile(
        rf"(?:not|never)(?: \w+)? again (?:within|for|in|before) (?:the next )?{_LENGTH}(?: (?:have|has) passed| are over)?"
    ),
    re.compile(
        rf"(?:no|not|never|without)(?: an?)? (?:more|other|second|another|further)(?: {_NOUN})? (?:within|for|in) {_LENGTH}"
    ),
    re.compile(
        rf"(?:wait|pause|leave|keep|stay quiet)(?: for)?(?: at least)? {_LENGTH}(?: (?:before|between|after|apart|until) .*)?"
    ),
    re.compile(
        rf"(?:at least |minimum |min )?{_LENGTH}(?: (?:of )?(?:pause|rest|quiet|break))? (?:between|apart|in between)(?: .*)?"
    ),
)
"""So long nothing else goes to the same recipient."""
_REPEATS = (
    re.compile(rf"(?:not|never|no) more often than (?:once )?(?:every |an? |per |in )?(?:{_UNIT}|{_LENGTH})"),
    re.compile(
        rf"(?:repeat(?:ed|s)?|again|send again|do it again|comes? again)(?: at most)? (?:once )?every {_LENGTH}(?: at most)?"
    ),
    re.compile(rf"every {_LENGTH} at (?:most|the most)"),
)
"""How often a play comes again for somebody who stays."""
_ONCE_EVERY = re.compile(rf"(?:once|one time) {_PER}")
_ONCE_PER_STAY = re.compile(
    r"(?:only |just |at most )?once(?: only)? "
    r"(?:(?:per|for each|during each|during a|in each|each) (?:stay|visit)"
    r"|while (?:they|it|somebody) (?:stays?|(?:is|are) in)(?: there| it)?)"
)
_ROOM = (
    re.compile(
        rf"(?:(?P<whom>each|every|a|one) (?P<by>[a-z_]+)"
        r"(?= (?:max|at most|no more|not more|up to|can|may|has|does|is|takes|handles|manages))"
        rf" ?(?:can|may|has room for|has time for|does|is able to|takes|handles|manages)?"
        rf"(?: (?:do|make|take|handle|manage|have|call|send))?)(?: {_MOST})? (?P<n>\d+)(?: {_NOUN}"
        rf"| {_WHOM})? (?:per|a|each|every|/) {_UNIT}"
    ),
    re.compile(
        rf"(?:capacity|room|{_MOST})?(?: of| for)? ?:? ?(?P<n>\d+)(?: {_NOUN}| {_WHOM})?(?: (?:per|for each|by each"
        rf"|for every) (?P<by>[a-z_]+))?"
        rf" (?:per|a|each|every|/) {_UNIT}(?: (?:per|for each|by each|for every) (?P<by_>[a-z_]+))?(?: in total"
        rf"| together| altogether| overall)?"
    ),
)
_LARGEST_FIRST = re.compile(
    r"(?:with )?(?:the )?(?:biggest|largest|highest|greatest|most) (?P<x>[a-z_]+) (?:first|comes? first|goes? first)"
    r"|(?:by|ordered by|sorted by|in order of) (?P<y>[a-z_]+)(?:,? (?:descending|desc|biggest first|largest first|highest first))?"
)
_FIRST = re.compile(
    r"(?:goes|comes|is|runs|sent|has to come|should go|must go)? ?(?:first|before (?:all |any |the )?(?:other"
    r"|others|other plays|other ones|all others)"
    r"|ahead of (?:all |the )?(?:other|others|other plays))"
    r"|takes? (?:precedence|priority) over (?:all |the )?(?:others?|other plays|the rest)|(?:has )?(?:the )?(?:highest|top) priority"
)
_TO = re.compile(
    r"(?:(?:it )?(?:goes?|is sent|sent|send|sends|send it|deliver(?:ed)?|addressed|mailed|directed|give it) (?:out )?)?to(?: be)? "
    r"|for (?=(?:all |every |the |each )?\w)|(?:call|phone|ring|e ?- ?mail|mail|write(?: to)?|message|contact|ask|reach|text|invite)s? "
)
_SEEN_LAST = re.compile(
    r" (?:(?:that|who|whom|which) )?(?:(?:we|was|were|is|has been) )?(?:last "
    r"|most recently )?(?P<verb>[a-z]+)(?: last| most recently| latest)?$"
)
_NEWEST = re.compile(r"(?:most recently|last|latest|newest) (?P<verb>[a-z]+) (?=\w)")
_SAW = {"saw": "seen", "met": "met", "spoke": "spoken"}
_ONLY_AT_FIRST = (
    re.compile(
        rf"(?:stop|stops|end|ends|ended|no longer|not|over|finished)(?: it)? (?:after|once) (?:the first )?{_LENGTH}"
        r"(?: (?:as an?|of being an?|have passed as an?) \w+| with us)"
    ),
    re.compile(
        rf"(?:only )?(?:for|in|during|within) (?:the|their|its) first {_LENGTH}(?: (?:as an?|of being an?) \w+| with us)?"
    ),
)
"""A play only for those who have begun so lately."""


def length(words: str) -> str:
    """`a week` as `1 week`; months for quarters. Raises `Unread` for anything else."""
    tokens = tuple(cut(words))
    found = [d for end, d in duration(Around(tokens, Names(), Tries(1_000)), 0) if end == len(tokens)]
    if not found:
        raise Unread
    return found[0]


def _said_length(match: re.Match[str]) -> str:
    said = {k: v for k, v in match.groupdict().items() if v}
    if "d" in said:
        return length(said["d"])
    return length(f"a {said['unit']}")


def _days(said: str) -> str:
    """A length of time in days where it is a week or more of them."""
    n, unit = said.split()
    return f"{7 * int(n)} days" if unit.startswith("week") else said


def _spoken(entry: Entry) -> str:
    return text_of(entry.tokens).lower().strip(" .;,").replace(" - ", "-")


def pause(said: str, *, in_days: bool = False) -> str:
    """`cooldown D` of a sentence; empty for another."""
    for pattern in _PAUSES:
        if (match := pattern.fullmatch(said)) is not None:
            return f"cooldown {_days(_said_length(match)) if in_days else _said_length(match)}"
    return ""


def room(said: str, names: Names) -> str:
    """`capacity N per PATH per UNIT` of a sentence; empty for another, or where the path is no field."""
    for pattern in _ROOM:
        match = pattern.fullmatch(said)
        if match is None:
            continue
        found = match.groupdict()
        by = found.get("by") or found.get("by_") or ""
        is_of_all = int(found["n"]) >= FEWEST_OF_ALL or _OF_ALL.search(said) is not None
        if by not in names.fields if by else not is_of_all:
            return ""
        return f"capacity {found['n']}{f' per {by}' if by else ''} per {found['unit']}"
    return ""


def order_of_room(said: str, names: Names) -> str:
    """` by FIELD` of `biggest arr first`, behind a capacity; empty for anything else."""
    match = _LARGEST_FIRST.fullmatch(said)
    name = "" if match is None else match["x"] or match["y"]
    return f" by {name}" if name and (name in names.fields or name in names.metrics) else ""


def clause_of_play(entry: Entry, names: Names) -> str:
    """A clause that a play says in a sentence; empty for anything else."""
    said = _spoken(entry)
    if _ONCE_PER_STAY.fullmatch(said) is not None:
        return "once per stay"
    if (match := _ONCE_EVERY.fullmatch(said)) is not None:
        return f"every {_said_length(match)}"
    for pattern in _REPEATS:
        if (match := pattern.fullmatch(said)) is not None:
            return f"every {_said_length(match)}"
    is_of_one = re.search(rf"{_OF_ONE}|\bonce\b|^(?!{_MOST})", said) is not None  # else it may be said of all together
    if clause := (pause(said) if is_of_one else "") or room(said, names):
        return clause
    if _FIRST.fullmatch(said) is not None:
        return "priority 10"
    return recipients(entry.tokens, names)


def only_at_first(said: str, names: Names) -> str:
    """`only when created_at > 3 months ago` of `stop after 3 months as a customer`; empty for anything else."""
    match = next((m for pattern in _ONLY_AT_FIRST if (m := pattern.fullmatch(said)) is not None), None)
    reader = reader_of(cut(said), names, Tries(TRIES), 0)
    if match is None or reader is None or reader.scope.beginning is None:
        return ""
    return f"only when {reader.scope.beginning.text} > {length(match['d'])} ago"


def recipients(tokens: Sequence[Token], names: Names) -> str:
    """`to users where role = "admin"` of `goes to all admins`, `call the admins`, `to the admin we saw last`; empty for anything else."""
    said = text_of(tokens).lower()
    begins = _TO.match(said)
    if begins is None:
        return ""
    rest = cut(text_of(tokens)[begins.end() :].strip(" .;,"))
    reader = reader_of(rest, names, Tries(TRIES), 0) if rest else None
    if reader is None:
        return ""
    place = 0
    while reader.w(place) in ARTICLES | {"every", "each"}:
        place += 1
    newest = _NEWEST.match(text_of(rest[place:]).lower())
    place += 0 if newest is None else len(newest[0].split())
    own = reader.scope.relation
    people = [
        (end, rows)
        for end, rows in reader.rows(place)
        if rows.relation.kind == "entity" and rows.relation != own and not rows.latest
    ]
    whole = next((rows for end, rows in people if end == len(rest)), None)
    if newest is not None:
        by = "" if whole is None else _last(whole, newest["verb"], reader)
        return f"to first of {whole.text} by {by}" if whole is not None and by else ""
    if whole is not None and not whole.window:
        return f"to {whole.text}"
    last = _SEEN_LAST.search(text_of(rest).lower())
    for end, rows in people:
        behind = " ".join(t.lower for t in rest[end:])
        if last is not None and f" {behind}" == last[0] and (by := _last(rows, last["verb"], reader)):
            return f"to first of {rows.text} by {by}"
    return ""


def _last(rows: Rows, verb: str, reader: Reader) -> str:
    """The field of rows that says when something was last: `last_seen`."""
    times = [n.text for n in reader.inside(rows.relation).scope.of_kind("time")]
    named = [t for t in times if t == f"last_{_SAW.get(verb, verb)}"]
    return named[0] if len(named) == 1 else ""


_PLACEHOLDER = re.compile(
    r"\{\{? ?([a-z_][\w.]*)(?: ?(?P<shown>:[^{}\n]*))? ?\}\}?"
    r"|\[([a-z_]\w*)\]|%([a-z_]\w*)%|<([a-z_]\w*)>|\$\{?([a-z_]\w*)\}?",
    re.IGNORECASE,
)


def _may_be_shown(said: str | None, field: Field) -> bool:
    """Whether a format behind a field is one of a day, as in `{renewal_date:%d %b %Y}`; the language has its own."""
    return not said or (field.type == ty.DATE and "%" in said)


def _placed(match: re.Match[str]) -> str:
    name = next(filter(None, match.groups())).lower()
    return f"{{{{ {name}{' | day' if match['shown'] else ''} }}}}"


def message(key: str, value: Sequence[Token], names: Names) -> list[str]:
    """`merge csm` and `message "Dear {{ csm }}"` of a text with fields in it; nothing where it is no text, or names anything else."""
    texts = [t for t in value if t.kind in ("text", "quoted")]
    if len(texts) != 1 or len(value) > 2 or (len(value) == 2 and value[0].lower not in ("f", "$", "t", ":")):
        return []
    text = plain(texts[0])
    every = [*_PLACEHOLDER.finditer(text)]
    fields = [next(filter(None, m.groups())).lower() for m in every]
    if any(
        name not in names.fields or not _may_be_shown(m["shown"], names.fields[name]) for name, m in zip(fields, every)
    ):
        return []
    meant = _PLACEHOLDER.sub(_placed, text)
    merge = [f"merge {', '.join(dict.fromkeys(fields))}"] if fields else []
    return [*merge, f"{key} {quoted(meant)}"]


# -- channels ----------------------------------------------------------------------------------

_ADDRESS = re.compile(
    r"(?:address(?:ed to)?|send(?: it)? to|sent to|goes to|deliver(?:ed)? to|to|recipient|destination|reached? (?:at|by)|use)"
    r"(?: ?[:=]| is)? (?P<rest>.+)"
)
_NO_CONSENT = re.compile(
    r"(?:consent(?: is)?(?: ?[:=])? ?(?:is )?)?(?:no(?:ne)?|not|without)(?: consent)?(?: is)?(?: needed"
    r"| required| necessary)?|no (?:opt ?-? ?in|permission) (?:is )?(?:needed|required|necessary)"
    r"|(?:consent ?[:=]? ?)?(?:nobody|no one) (?:has to|needs to|must) (?:opt[ -]in|agree|consent)"
)
_CONSENT = re.compile(
    r"(?:consent ?[:=]? ?)?(?:only )?(?:(?:to |for )?(?:those|people|users|customers|who|whoever|anyone|they|recipients|everybody) )*"
    r"(?:who )?(?:must |should |need to |needs to |has to )?(?:have |has )?"
    r"(?:(?P<yes>opt(?:ed|s)?[ -]*in|consent(?:ed)?|agreed|subscribed)|(?P<no>opt(?:ed|s)?[ -]*out|unsubscribed|objected))"
    r"(?: ?[:=] ?| by | as | if | in | is | \()(?:the field )?(?P<x>[a-z_][\w.]*)(?: says| is true)?\)?"
)


def clause_of_channel(entry: Entry, names: Names) -> str:
    """A clause of a channel. Raises `Unread` where it isn't read."""
    said = _spoken(entry)
    if entry.inside or not said:
        raise Unread
    if (match := _CONSENT.fullmatch(said)) is not None:
        return f"consent: opt {'in' if match['yes'] else 'out'} by {match['x']}"
    if ("consent" in said or "opt" in said or "permission" in said) and _NO_CONSENT.fullmatch(said) is not None:
        return "consent: none needed"
    if paused := pause(said, in_days=True):
        return paused
    if made := room(said, names):
        return made
    if (match := _ADDRESS.fullmatch(said)) is not None:
        return f"address: {_field_in(match['rest'], names)}"
    if said.split()[0] in ("cooldown", "capacity", "address", "consent", "suppress", "at"):
        return text_of(entry.tokens)
    raise Unread


def _field_in(said: str, names: Names) -> str:
    """The one field that words name, as `the account's email`. Raises `Unread` for none, or several."""
    schema = names.schema
    words = re.findall(r"[a-z_]\w*", said)
    if schema is None:
        raise Unread
    known = {f for r in schema.relations.values() if r.kind != "table" for f in r.fields}
    found = [w for w in words if w in known and w not in schema.relations]
    others = {w for w in words if w not in found} - {
        "the",
        "s",
        "of",
        "their",
        "its",
        "a",
        "field",
        "in",
        "at",
        "address",
        "number",
        *schema.relations,
    }
    if len(found) != 1 or others:
        raise Unread
    return str(found[0])


# -- nobody, or some, get no play ------------------------------------------------------------------

_REASON = r"(?:,? (?:because|since|as|so that|for) .*|, .*)?"
_SUPPRESS = re.compile(
    r"(?:(?:do not|don ?'? ?t|never|please don't|please do not|don't ever) (?:contact|mail|e-?mail|call"
    r"|message|write to|send anything to|bother|reach out to|disturb)"
    r"|leave(?: out)?|skip|exclude|keep|suppress|no (?:plays?|mails?|messages?|contact|deliveries) (?:for|to|with))"
    r" (?:all |any |anyone in |anybody in |members of |customers in |accounts in |the |our |everyone in )*(?P<rule>[a-z_]\w*)"
    rf"(?: (?:alone|in peace|out of (?:all |any |every )?plays?|from (?:all |any )?plays?|at all))?{_REASON}"
)
_HOLDOUT = re.compile(
    r"(?:keep|hold|leave|set)? ?(?:out |back |aside )?(?P<n>\d+(?:\.\d+)?) ?(?:%|percent"
    r"|per cent) (?:of )?(?:all |the |our )*(?P<whom>[a-z_]\w*)"
    r"(?: (?:out|away|back|aside|get|receive|are kept|are held|stay))*(?: (?:of|from|with|without"
    r"|no)?)?(?: (?:all|any|every|the))? ?(?:plays?)?"
    r"(?: (?:at all|ever))?(?:,? (?:as|to be|for|-) (?:a "
    r"|the )?(?P<seed>[\w ]+?))?(?: ?\((?P<more>[\w ]+)\))?(?:,? (?:with )?(?:the )?seed (?P<said>.+))?"
)


def _entity(word: str, names: Names) -> str | None:
    try:
        return entity_called(word, names)
    except Unread:
        return None


def suppressed(said: str, names: Names) -> str:
    """`suppress vips` of `do not contact vips, they have their own exec`; empty for anything else."""
    match = _SUPPRESS.fullmatch(said)
    rule = "" if match is None else names.rules.get(match["rule"], "")
    return f"suppress {rule}" if rule and "." not in rule else ""


def held_out(said: str, names: Names) -> str:
    """`holdout 5% of account seed "control group 2026"` of a sentence; empty for anything else."""
    match = _HOLDOUT.fullmatch(said)
    entity = None if match is None else _entity(match["whom"], names)
    if (
        match is None
        or entity is None
        or not re.search(r"\b(?:hold|held|out|aside|back|no|without|control)\b", said)
        or not ("play" in said or match["said"] or re.match(r"hold(?:out)? ", said))
    ):
        return ""
    seed = (match["said"] or "").strip('" ') or " ".join(filter(None, (match["seed"], match["more"]))) or "holdout"
    return f"holdout {match['n']}% of {entity} seed {quoted(seed)}"


# -- short declarations --------------------------------------------------------------------------

_NEVER = (
    re.compile(
        r"(?:no|none of the) (?P<whom>[a-z_]\w*)(?: (?:that|which|who) (?:is|are))? (?P<a>in [a-z_][\w.]*|with .+?|where .+?)"
        r" (?:(?:may|can|should|must|shall|will|is allowed to|are allowed to)(?: ever)?|ever) (?:have |be |has |is )?(?P<b>.+)"
    ),
    re.compile(
        r"(?:(?:an?|any|all|our|the) )?(?P<whom>[a-z_]\w*) (?P<a>in [a-z_][\w.]*) (?:must |may |should |can |are "
        r"|is )?never(?: ever)? (?:have |be |has |is )?(?P<b>.+)"
    ),
    re.compile(
        r"(?:(?:all|our|the) )?(?P<rule>[a-z_][\w.]*) "
        r"(?:(?:must |may |should |can |are |is )?never|must not|mustn't|may not|should not|shouldn't|cannot|can't|don't|do not)(?: ever)? "
        r"(?:have |be |has |is )?(?P<b>.+)"
    ),
    re.compile(
        r"(?:it |this )?(?:must |may |should |can )?never (?:happens? that|is it so that|both|be both) (?P<b>.+)"
    ),
    re.compile(r"(?:nobody|no one|no (?P<whom>[a-z_]\w*)) (?:is|are|may be|can be|should be|must be) both (?P<b>.+)"),
    re.compile(
        r"(?:an?|any) (?P<adjective>\w+) (?P<whom>[a-z_]\w*) (?:is|may|can|must|should) never(?: be)? (?P<b>.+)"
    ),
)
_EVERY = re.compile(
    r"(?:every|each|any|all) (?P<whom>[a-z_]\w*) (?P<a>in [a-z_][\w.]*) (?:must |should |always )*"
    r"(?:has|have|is|are|be) (?:always )?(?P<b>.+)"
)
_PROPERTY = re.compile(r'(?P<head>property "[^"\n]*"(?: of (?P<of>\w+))?) ?\{ ?(?P<body>[^{}]+?) ?\}', re.DOTALL)


def property_(tokens: Sequence[Token], names: Names) -> str:
    """`property "T" of account { never A and B }` of `no account in vips may have B`; empty for anything else."""
    match = _PROPERTY.fullmatch(text_of(tokens))
    if match is None or (match["of"] and match["of"] != names.entity):
        return ""
    said = match["body"].strip(" .;")
    every = _EVERY.fullmatch(said)
    if (
        every is not None
        and names.entity_called(every["whom"]) == names.entity
        and not re.search(r"\b(?:unless|except|or|and)\b", said)
    ):
        return f"{match['head']} {{ never {names.entity} {every['a']} and not ({every['b']}) }}"
    for pattern in _NEVER:
        never = pattern.fullmatch(said)
        if never is None or re.search(r"\b(?:unless|except)\b", said):
            continue
        found = {key: value for key, value in never.groupdict().items() if value}
        if "whom" in found and names.entity_called(found["whom"]) != names.entity:
            return ""
        if "rule" in found and found["rule"] not in {*names.rules, *names.rules.values()}:
            continue
        whom = f"in {names.rules.get(found['rule'], found['rule'])}" if "rule" in found else found.get("a", "")
        both = [f"{names.entity} {whom}" if whom.startswith("in ") else whom.partition(" ")[2], found["b"]]
        if "adjective" in found:
            both[0] = adjective(found["adjective"], names)
        return f"{match['head']} {{ never {' and '.join(filter(None, both))} }}"
    return ""


_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
_CALENDAR = re.compile(
    r'calendar (?P<name>\w+)(?: "[^"]*")? ?\{ ?'
    r"(?:(?:we are |is |are |office )?(?:closed|off|shut|not working|free|no work)|weekend|weekends|days off|closed days)"
    rf"(?: ?(?:is|are|on|:|=))*(?: every| each)? (?P<days>{_DAY}(?:(?:,| and|, and| &) {_DAY})*) ?\.? ?\}}"
)


def calendar(tokens: Sequence[Token]) -> str:
    """`calendar office { weekend friday, saturday }` of `closed on Friday and Saturday`; empty for anything else."""
    match = _CALENDAR.fullmatch(text_of(tokens).lower())
    if match is None:
        return ""
    days = [day.rstrip("s") for day in re.findall(_DAY, match["days"])]
    return f"{text_of(tokens).partition('{')[0].strip()} {{ weekend {', '.join(dict.fromkeys(days))} }}"


_DELIVERED = re.compile(
    r'table (?P<name>\w+)(?P<title> "[^"]*")?(?: of (?P<of>\w+))? ?(?:=|:|from|with|is|holds|of|as) ?(?:all |the |every )*'
    r"(?:what (?:we |was )?(?:delivered|sent)|deliveries|(?:plays|messages|mails) (?:we |that were "
    r"|that we )?(?:sent|delivered)|everything (?:we )?(?:sent|delivered))"
    r"(?: (?:to|for|per) (?:each|every|all|the|our)? ?(?P<whom>\w+))?"
)


def deliveries(tokens: Sequence[Token], names: Names) -> str:
    """`table sent of account from deliveries` of `table sent = what we delivered to each account`; empty for anything else."""
    match = _DELIVERED.fullmatch(text_of(tokens).strip(" .;"))
    entity = "" if match is None else _entity(match["of"] or match["whom"] or "", names) or ""
    return (
        f"table {match['name']}{match['title'] or ''} of {entity} from deliveries"
        if match is not None and entity
        else ""
    )
