"""Tests of texts and sets: LIKE, does not contain, LEFT, LOWER, contains any of."""

from __future__ import annotations

import re

from segdsl.model import types as ty
from segdsl.phrasebook.families.comparisons import field_type
from segdsl.phrasebook.pattern import Match
from segdsl.phrasebook.row import Family, row


def _like(match: Match) -> str | None:
    """`LIKE '%x%'` by its signs for any letters."""
    pattern = match.text("t")[1:-1]
    inner = pattern.strip("%*")
    if not inner or any(sign in inner for sign in "%_[\\"):
        return None  # read as a formula
    starts, ends = not pattern.startswith(("%", "*")), not pattern.endswith(("%", "*"))
    test = "=" if starts and ends else "starts with" if starts else "ends with" if ends else "contains"
    words = match.words
    ignoring = " ignoring case" if "ilike" in words or "~" in words else ""
    line = f'{{x}} {test} "{inner}"{ignoring}'
    return f"not ({line})" if "not" in words else line


def _is_set(match: Match) -> bool:
    return field_type(match, "x") == ty.SetOfText()


def _is_equal(match: Match) -> bool:
    """Whether a set is said to be a list: any of these, or these and no others."""
    return bool({"=", "is"} & {*match.words}) and not {"any", "any_of", "one", "one_of"} & {*match.words}


def _contains_not(match: Match) -> str:
    if _is_set(match):
        return "{x} has none ({t})"
    return "not ({x} contains {t})"


_TESTS = {"start": "starts with", "begin": "starts with", "end": "ends with", "contain": "contains", "match": "matches"}


def _each(match: Match) -> str | None:
    """A test of each value of a set, by the stem of its verb."""
    test = next((t for stem, t in _TESTS.items() if any(w.startswith(stem) for w in match.words)), None)
    if test is None or not _is_set(match):
        return None
    return f"{{x}} has {'none' if {'none', 'no'} & set(match.words) else 'any'} that {test} {{t}}"


def _all_of_each(match: Match) -> str | tuple[str, str] | None:
    """`tags INCLUDES ('beta;vip', 'old')` of SOQL: what stands in one text is all there."""
    texts = re.findall(r"""["'“”„’‘«»]([^"'“”„’‘«»]*)["'“”„’‘«»]""", match.text("l"))
    several = [[piece.strip() for piece in t.split(";")] for t in texts]
    if not _is_set(match) or not any(len(s) > 1 for s in several) or not all(piece for s in several for piece in s):
        return None
    if len(several) == 1 and "(" not in match.words:  # in a filter each by itself, in SOQL all of them
        listed = f"({', '.join(map(_quoted, several[0]))})"
        if "excludes" in match.words:
            return f"{{x}} has none {listed}", f"not ({{x}} has all {listed})"
        return f"{{x}} has any {listed}", f"{{x}} has all {listed}"
    parts = [
        f"{{x}} has all ({', '.join(map(_quoted, s))})" if len(s) > 1 else f"{{x}} has {_quoted(s[0])}" for s in several
    ]
    either = " or ".join(parts)
    if "excludes" in match.words:
        return f"not ({either})"
    return f"({either})" if len(parts) > 1 else either


def _quoted(piece: str) -> str:
    return f'"{piece}"'


def _of_following(match: Match) -> str | None:
    """`contains any of the following: "a" "b"`, of a set, a text or a value."""
    words, typed = match.words, field_type(match, "x")
    end = words.index("following")
    outside = bool({"none", "not", "isn't"} & {*words[:end]})
    several = sum(t.kind in ("text", "quoted", "number") for t in match.slots["l"]) > 1
    if typed is None or not several or ("all" in words[:end] and typed != ty.SetOfText()):
        return None
    if typed == ty.SetOfText():
        return f"{{x}} has {'none' if outside else 'all' if 'all' in words[:end] else 'any'} {{l}}"
    if typed == ty.TEXT and not {"is", "in", "equals", "isn't"} & {*words[:end]}:
        return "not ({x} contains any of {l})" if outside else "{x} contains any of {l}"
    return f"{{x}} {'not ' if outside else ''}in {{l}}"


def _in_words(match: Match) -> str | None:
    """`name = Acme Corp. or Globex Ltd`: names of several words without quotes."""
    around, tokens = match.around, list(match.slots["v"])
    if field_type(match, "x") != ty.TEXT or around.lower(match.end) not in (
        "",
        "and",
        ")",
        "}",
        "play",
        "limit",
        "otherwise",
    ):
        return None
    groups = [list[str]()]
    for token in tokens:
        if token.lower in ("or", ",", ";"):
            groups.append([])
        elif token.text == "." and not token.gap and groups[-1]:
            groups[-1][-1] += "."
        elif (
            token.kind == "word"
            and token.text[0].isupper()
            and token.lower not in ("and", "not", "is", "in", "null", "true", "false")
        ):
            groups[-1].append(token.text)
        else:
            return None
    if not all(groups) or not any(len(group) > 1 for group in groups):
        return None
    said = [_quoted(" ".join(group)) for group in groups]
    return f"{{x}} = {said[0]}" if len(said) == 1 else f"{{x}} in ({', '.join(said)})"


def _address(match: Match) -> str:
    """A part of an e-mail address without quotes."""
    test = {"contains": "contains", "includes": "contains", "ends": "ends with"}.get(match.words[0], "starts with")
    return f'{test} "{"".join(match.words[match.words.index("@" if "@" in match.words else ".") :])}"'


FAMILY = Family(
    "Texts and sets",
    4,
    (
        row(
            "{x:path} =/is/equals {v:anything}",
            to=_in_words,
            note="values stand in double quotes",
            examples=(("name = Acme Corp. or Globex Ltd", 'name in ("Acme Corp.", "Globex Ltd")'),),
        ),
        row(
            "contains/ends_with/starts_with/begins_with/includes @ {a:word} . {b:word}",
            "contains/ends_with/starts_with/begins_with/includes @ {a:word}",
            "contains/ends_with/includes . {b:word}",
            to=_address,
            note="values stand in double quotes",
            examples=(
                ("name ends with @acme.com", 'name ends with "@acme.com"'),
                ("name ends with .edu", 'name ends with ".edu"'),
            ),
        ),
        row(
            "{x:path} contains/contain/includes/include/has/is/in/equals not? at_least_one/any/one/all/none of the following values? :? {l:literals}",
            "{x:path} isn't/is_not any/one of the following values? :? {l:literals}",
            to=_of_following,
            note="lists stand in round brackets",
            examples=(
                ('tags contains at least one of the following: "beta" "pilot"', 'tags has any ("beta", "pilot")'),
                ('tags include none of the following "beta", "pilot"', 'tags has none ("beta", "pilot")'),
                ('plan is one of the following: "team" "business"', 'plan in ("team", "business")'),
                ('name contains any of the following: "bank" "fund"', 'name contains any of ("bank", "fund")'),
            ),
        ),
        # sets
        row(
            "{x:path} includes/excludes {l:literals}",
            "{x:path} includes/excludes {l:list}",
            "{x:path} includes/excludes ( {l:text} )",
            "{x:path} includes/excludes ( {l:quoted} )",
            "{x:path} includes/excludes {l:text}",
            "{x:path} includes/excludes {l:quoted}",
            to=_all_of_each,
            examples=(
                ("tags INCLUDES ('beta;vip', 'old')", '(tags has all ("beta", "vip") or tags has "old")'),
                ("tags EXCLUDES ('beta;vip')", 'not (tags has all ("beta", "vip"))'),
            ),
            note="that a set has several values at once is asked with `has all`",
        ),
        row(
            "{x:path} contains/includes/include/has/= any_of? {l:literals}",
            "{x:path} is/in any_of/one_of? {l:literals}",
            "{x:path} contains/includes any of? {l:list}",
            "{x:path} contains/includes/has any_of {l:list}",
            to=lambda m: (
                None
                if not _is_set(m)
                or _is_equal(m)
                or (m.words[-1] != ")" and len(m.slots["l"]) < 4)
                or {"and", "or"} <= {*m.words}
                else "{x} has all {l}"
                if "and" in m.words and not {"any", "one", "or"} & {*m.words}
                else "{x} has any {l}"
            ),
            examples=(
                ('tags includes any of "beta", "vip"', 'tags has any ("beta", "vip")'),
                ('tags include "beta" as well as "vip"', 'tags has all ("beta", "vip")'),
            ),
            note="a set of texts is asked with `has`",
        ),
        row(
            "{x:path} contains/includes/include all_of? {l:literals}",
            "{x:path} has all_of {l:literals}",
            to=lambda m: "{x} has all {l}" if _is_set(m) and "all" in m.words else None,
            note="a set of texts is asked with `has`",
            examples=(('tags includes all of "beta", "vip"', 'tags has all ("beta", "vip")'),),
        ),
        row(
            "{x:path} does_not/doesn't/do_not include/contain/have {t:text}",
            "{x:path} not contains/includes/has {t:text}",
            "{x:path} excludes {t:text}",
            "{x:path} != {t:text}",
            to=lambda m: "{x} has none ({t})" if _is_set(m) else None,
            examples=(('tags does not include "legacy"', 'tags has none ("legacy")'),),
            note="a set of texts is asked with `has`",
        ),
        row(
            "{x:path} includes/include/contains/=/is {t:text}",
            "{x:path} has {t:quoted}",
            to=lambda m: (
                "{x} has {t}"
                if _is_set(m) and not ({"=", "is"} & {*m.words} and re.search("[,;]", m.text("t")))
                else None
            ),
            examples=(('tags includes "beta"', 'tags has "beta"'), ('tags contains "beta"', 'tags has "beta"')),
            note="a set of texts is asked with `has`",
        ),
        row(
            "{t:text} in {x:path}",
            "{t:text} is in {x:path}",
            "array_contains ( {x:path} , {t:text} )",
            to=lambda m: "{x} has {t}" if _is_set(m) else None,
            examples=(('"beta" in tags', 'tags has "beta"'),),
            note="a set of texts is asked with `has`",
        ),
        row(
            "{t:text} not in {x:path}",
            to=lambda m: "{x} has none ({t})" if _is_set(m) else None,
            examples=(('"beta" not in tags', 'tags has none ("beta")'),),
        ),
        row(
            "{x:path} contains/includes/has none_of {l:literals}",
            to=lambda m: None if not _is_set(m) or (m.words[-1] == ")" and "of" not in m.words) else "{x} has none {l}",
            examples=(('tags contains none of "legacy"', 'tags has none ("legacy")'),),
            note="a set of texts is asked with `has`",
        ),
        row(
            "{x:path} has any/none/one/no_value/a_value starting_with/beginning_with/ending_with/containing/matching {t:text}",
            "{x:path} has one/no_value/a_value/any_value that? starts_with/begins_with/ends_with/contains/matches {t:text}",
            to=_each,
            examples=(
                ('tags has any starting with "beta"', 'tags has any that starts with "beta"'),
                ('tags has no value that contains "test"', 'tags has none that contains "test"'),
            ),
            note="each value of a set is tested by `has any that`",
        ),
        # texts
        row(
            "{x:value} not? like/ilike {t:text}",
            to=_like,
            examples=(
                ("name LIKE 'Acme%'", 'name starts with "Acme"'),
                ("name LIKE '%bank%'", 'name contains "bank"'),
                ("name NOT LIKE '%Ltd'", 'not (name ends with "Ltd")'),
                ("name ILIKE '%bank%'", 'name contains "bank" ignoring case'),
            ),
            note="`%` stands for nothing here: `starts with`, `ends with`, `contains`",
        ),
        row(
            "{x:value} does_not/doesn't/do_not begin/start with {t:text}",
            "{x:value} not starts/start/begins with {t:text}",
            to="not ({x} starts with {t})",
            examples=(('name does not start with "A"', 'not (name starts with "A")'),),
        ),
        row(
            "{x:value} does_not/doesn't/do_not end/finish with {t:text}",
            "{x:value} not ends with {t:text}",
            to="not ({x} ends with {t})",
            examples=(('name does not end with "A"', 'not (name ends with "A")'),),
        ),
        row(
            "{x:value} does_not/doesn't/do_not contain/include {t:text} ignoring case",
            "{x:value} not contains {t:text} ignoring case",
            to="not ({x} contains {t} ignoring case)",
            examples=(('name doesn\'t contain "test" ignoring case', 'not (name contains "test" ignoring case)'),),
        ),
        row(
            "{x:value} does_not/doesn't/do_not contain/include/have {t:text}",
            "{x:value} not contains {t:text}",
            "{x:value} contains not {t:text}",
            "{x:value} without {t:text}",
            to=_contains_not,
            examples=(
                ('name does not contain "test"', 'not (name contains "test")'),
                ('name doesn\'t contain "test"', 'not (name contains "test")'),
            ),
        ),
        row(
            "{x:value} begins_with/begin_with/start_with/beginning_with/starting_with/startswith {t:text}",
            to="{x} starts with {t}",
            examples=(('name begins with "A"', 'name starts with "A"'),),
        ),
        row(
            "{x:value} finishes_with/end_with/ending_with/endswith {t:text}",
            to="{x} ends with {t}",
            examples=(('name endswith "A"', 'name ends with "A"'),),
        ),
        row(
            "{x:value} includes/contain/containing/has_the_word {t:text}",
            to=lambda m: None if _is_set(m) else "{x} contains {t}",
            examples=(('name includes "bank"', 'name contains "bank"'),),
        ),
        row(
            "{x:value} has {t:text}",
            to=lambda m: "{x} contains {t}" if field_type(m, "x") == ty.TEXT else None,
            examples=(('name has "bank"', 'name contains "bank"'),),
        ),
        row(
            "{x:value} starts/begins with any_of? {l:literals}",
            "{x:value} starts/begins with one of {l:literals}",
            to=lambda m: "{x} starts with any of {l}" if len(m.slots["l"]) > 3 and m.words[-1] != ")" else None,
            examples=(('name starts with any of "A", "B"', 'name starts with any of ("A", "B")'),),
            note="lists stand in round brackets",
        ),
        row(
            "{x:value} ends with any_of? {l:literals}",
            to=lambda m: "{x} ends with any of {l}" if len(m.slots["l"]) > 3 and m.words[-1] != ")" else None,
            examples=(('name ends with "Ltd" or "Inc"', 'name ends with any of ("Ltd", "Inc")'),),
        ),
        row(
            "{x:value} contains/includes any_of/one_of? {l:literals}",
            "{x:value} contains/includes any/one_of {l:list}",
            to=lambda m: (
                "{x} contains any of {l}"
                if not _is_set(m)
                and len(m.slots["l"]) > 3
                and m.words[-4:-1] != ["any", "of", "("]
                and not (m.words[-1] == ")" and "of" in m.words)
                else None
            ),
            examples=(('name contains any of "bank", "insurance"', 'name contains any of ("bank", "insurance")'),),
            note="lists stand in round brackets",
        ),
        row(
            "{x:value} ends/end/ending in {t:text}",
            to="{x} ends with {t}",
            examples=(('name ends in "Ltd"', 'name ends with "Ltd"'),),
        ),
        row(
            "{x:value} contains/includes/has the? word {t:text}",
            to=lambda m: None if m.words[-3:-1] == ["contains", "word"] else "{x} contains word {t}",
            examples=(('name contains the word "bank"', 'name contains word "bank"'),),
        ),
    ),
)
