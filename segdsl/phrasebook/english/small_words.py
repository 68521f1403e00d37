"""Small words of English clauses."""

from __future__ import annotations

_ARTICLES = """
    a all an any current her his its my our own that the their these this those your
"""
ARTICLES = frozenset(_ARTICLES.split())
"""Stand before nouns."""
_BE = """
    are be been being comes did do does fall falls get gets got had happened happens has have is lie lies
    occurred occurs ranks remains sits stands stays takes was were
"""
BE = frozenset(_BE.split())
"""Verbs that join a subject and what is said of it."""
_ADVERBS = """
    there actually again all already also based both coming currently dated due either equal equals ever just
    located marked now of place presently scheduled still up worth yet
"""
ADVERBS = frozenset(_ADVERBS.split())
"""May stand between such a verb and what is said."""
_NOT = """
    aren't can't cannot didn't doesn't don't hadn't hasn't haven't isn't never not wasn't weren't without
"""
NOT = frozenset(_NOT.split())
"""Negate."""
_SELF = """
    contract subscription account accounts anybody anyone client clients companies company customer customers everyone he it
    organisation organisations organization organizations she somebody someone that they we which who
"""
SELF = frozenset(_SELF.split())
"""Name whom a rule is about."""
NOBODY = {("no", "one"), ("noone",), ("nobody",), ("none",), ("no", "users"), ("no", "user")}
"""Subjects that negate."""
_DID = """
    booked came come completed created did do does done due filed found gave get given got had happened has
    have held left logged made make occurred opened perform performed placed planned raised received recorded
    registered reported scheduled seen sent submitted taken there took triggered use used uses with
"""
DID = frozenset(_DID.split())
"""Verbs that say no more of rows than that there are some."""
_ENDS = """
    & ) , ; although and but else end even except limit nor or play plus that then though unless whereas which while who
    whose with without }
"""
ENDS = frozenset(["", *_ENDS.split()])
"""Stand behind a clause."""
_STOPS = "after as at before by during for from having if in not of on per since than to until when where within"
STOPS = (ENDS | BE | ARTICLES | frozenset(_STOPS.split())) - {"that"}
"""Are never a value without quotes."""
_BEFORE_FIGURES = """
    = != < <= > >= above and at below between beyond by equal equals exactly exceeding exceed exceeds from half is least most of
    or over reaches than the their times to twice under was are its
"""
BEFORE_FIGURES = frozenset(_BEFORE_FIGURES.split())
"""Stand before a figure that something is compared with."""
ARE = frozenset(["(", "in", "during", "within", "=", "is", "was", "equals", "of", "are", "or", "and", ",", "the"])
"""Behind these a month or year is no single day."""
_BEFORE_VALUES = """
    = != <> == ( , ; & / among and as at by either equal equals exactly from in is isn't like marked named neither nor not of on one or
    than the to was were with called any
"""
BEFORE_VALUES = BE | ADVERBS | NOT | frozenset(_BEFORE_VALUES.split())
"""Stand before a text of several words without quotes."""
_BETTER = "more less fewer higher lower better worse above below greater smaller larger over under up newer older later earlier"
BETTER = frozenset(_BETTER.split())
"""Behind `or` they go with the number before."""
WHICH = frozenset(["last", "latest", "first", "next", "previous", "past", "recent", "newest", "oldest"])
"""Say which rows are meant."""
SPOKEN = {"the", "a", "an"}
"""Articles before values."""
_ROWS_OF = """
    across all among for from in its of on the their
"""
ROWS_OF = frozenset(_ROWS_OF.split())
"""Stand between a figure and its rows."""
_FIGURES = {
    "sum": "total sum totals",
    "average": "average mean avg",
    "median": "median",
    "max": "largest biggest highest maximum max",
    "min": "smallest lowest minimum min",
}
FIGURES = {word: name for name, words in _FIGURES.items() for word in words.split()}
"""Figures of rows, as they are called here."""
LAST = {
    "last": "last",
    "latest": "last",
    "newest": "last",
    "most recent": "last",
    "first": "first",
    "oldest": "first",
    "earliest": "first",
}
"""The newest and the oldest row."""
NUMERIC = {"count_distinct", "distinct_days", "average", "count", "median", "share", "sum"}
"""Aggregates whose result is a number."""
_TRAILING = """
    again already altogether anymore currently either now overall please still too yet
"""
TRAILING = frozenset(_TRAILING.split())
"""May stand behind a clause and say nothing."""
_STATES = """
    known set empty blank unknown changed changes change available assigned unassigned present absent defined undefined given
    populated filled provided recorded entered updated unchanged
    leer gesetzt bekannt unbekannt vorhanden angegeben ausgefüllt gefüllt gepflegt
    zugewiesen zugeordnet eingetragen hinterlegt fehlt fehlend gleich
    vide connu connue inconnu inconnue renseigné renseignée défini définie indéfini attribué assigné absent présent manquant égal
    vacío vacía conocido conocida desconocido desconocida definido definida asignado asignada presente ausente rellenado igual
"""
STATES = frozenset(_STATES.split())
"""Say whether a field has a value, or had another one, and are no value without quotes, in English, German, French and Spanish."""
_JOINS_ELSEWHERE = "und oder noch weder entweder nicht kein keine ni et ou pas soit y o ne sin no"
JOINS_ELSEWHERE = frozenset(_JOINS_ELSEWHERE.split())
"""Join or negate in these languages, so that no value without quotes begins with them."""
