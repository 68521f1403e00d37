"""A framework of the field and a workspace's model -> a rule file to own, with tests on every border.

`known` has a file for each framework. `fields` finds the fields of a model that a
framework needs, `borders` takes its borders from the data, `calendar` refuses rows that
come by the calendar, and `write` fills in the text.
"""
