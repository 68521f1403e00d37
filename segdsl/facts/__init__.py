"""Typed model -> facts that hold whatever the data: one question a file, asked by prover, lints, tests, runs and experiments.

`unknown`: can a value be unknown, and why. `ranges`: between which bounds a number lies, and in which steps. `past`: may a
field have had another value as of an earlier day. Which columns of a relation are structural is said by `Relation` itself.
"""
