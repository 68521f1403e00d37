"""Words of the language that name nothing else, the names of aggregates, and what other languages call them."""

from __future__ import annotations

from collections.abc import Mapping

_RESERVED = "and or not in is has between if then else end where having as true false missing now today bands"
RESERVED = _RESERVED.split()
_AGGREGATES = """
    any none all count count_distinct distinct_days sum average min max median first last most_common share
"""
AGGREGATES = tuple(_AGGREGATES.split())
_DECLARATIONS = """
    entity details table list metric play segment segmentation test score outcome calendar experiment property
    channel suppress holdout
"""
DECLARATIONS = tuple(_DECLARATIONS.split())
_PLAY_CLAUSES = "only to once every priority cooldown capacity merge subject message suppress"
PLAY_CLAUSES = tuple(_PLAY_CLAUSES.split())
"""Words with which the clauses of a play begin."""

_CALLED = {
    "average": "mean avg averageif averageifs average_of mittelwert moyenne promedio",
    "sum": "total sumif sumifs sum_of add_up summe somme suma",
    "count": "number number_of countif countifs counta num n tally anzahl nb cuenta length len size",
    "max": "maximum largest highest biggest greatest maxifs most",
    "min": "minimum smallest lowest least minifs fewest",
    "any": "exists exist some has_any anyof",
    "none": "no never not_any not_exists",
    "all": "every each forall",
    "count_distinct": "distinct unique countunique distinct_count count_unique nunique approx_count_distinct",
    "distinct_days": "active_days days_active count_days",
    "share": "percent percentage proportion ratio fraction rate pct percent_of",
    "median": "middle percentile_50",
    "most_common": "mode most_frequent commonest",
    "first": "earliest oldest first_value",
    "last": "newest most_recent latest last_value",
    "first_known": "coalesce ifnull nvl isnull ifna iferror",
    "change": "growth delta percent_change pct_change",
    "quantile": "ntile",
    "percentile": "percent_rank percentrank",
    "rank": "dense_rank row_number",
    "bands": "bucket buckets case switch ifs",
    "distance_km": "distance haversine",
    "split": "hash random rand",
}
MEANT: Mapping[str, str] = {word: name for name, words in _CALLED.items() for word in words.split()}
"""What functions are called elsewhere, with the name here: the nearest meaning, where the nearest spelling is another's."""
