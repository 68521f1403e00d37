"""Lists, segments and arms: is a member of, belongs to, is excluded from."""

from segdsl.phrasebook.entry import Vocabulary, say

_KIND = "list/segment/audience/arm/group/cohort/smart_list/static_list/active_list/segmentation/category/tier"
_COLLECTIONS = "list lists segment segments audience table tables group cohort segmentation set sheet file"
COLLECTIONS = frozenset(_COLLECTIONS.split())
"""Words that say what the name behind them names: never the beginning of a text."""

VOCABULARY = Vocabulary(
    "Members of lists and segments",
    "membership",
    (
        say(
            f"a? member/part of the? {_KIND}? {{k:rule}} {_KIND}?",
            f"in/within/inside/on the? {_KIND}? {{k:rule}} {_KIND}?",
            f"belong/belongs to the? {_KIND}? {{k:rule}} {_KIND}?",
            f"one_of/among our/the? {{k:rule}} {_KIND}?",
            "a/an? {k:rule} account/customer?",
            is_="{e} in {k}",
            not_="{e} not in {k}",
            examples=(
                ('account is member of list "vips"', "account in vips"),
                ("is not in the segment vips", "account not in vips"),
                ("belongs to the audience vips", "account in vips"),
            ),
            note="members are asked for with `in`",
        ),
        say(
            f"excluded/removed/left_out from the? {_KIND}? {{k:rule}} {_KIND}?",
            f"outside/out_of the? {_KIND}? {{k:rule}} {_KIND}?",
            f"not a? member/part of the? {_KIND}? {{k:rule}} {_KIND}?",
            is_="{e} not in {k}",
            not_="{e} in {k}",
            examples=(("is excluded from vips", "account not in vips"),),
            note="members are asked for with `in`",
        ),
    ),
)
