"""The phrasebook: what people write who come from a spreadsheet, SQL, a CRM or their own language, and how it is written here.

`families` has the rows, a file a family; here is what they are made of: `row`, `pattern`, and the `names` of a model as people call them.
"""
