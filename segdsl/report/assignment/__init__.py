"""Customers in the arms of a pilot: `render(entered, table, lists)`, with the paths of the table of exposures and of the lists."""
