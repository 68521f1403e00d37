"""Facts about a typed model that hold whatever the data is: one question per file, for prover, lints, tests, runs and experiments.

`unknown`: whether a value can be unknown, and why.
`ranges`: the bounds of a number, and the step from one value to the next.
`past`: whether a field may have had another value as of an earlier day.
The structural columns of a relation are properties of `Relation`.
"""
