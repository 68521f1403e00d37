"""Expressions of spreadsheets, SQL, CRMs, Python and JavaScript, read as such and written as they are written here.

`read` makes a `tree` of `tokens`, `families` are the `table` of functions, and `meaning` puts both together.
"""
