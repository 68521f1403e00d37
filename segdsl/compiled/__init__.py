"""Rules -> a Python function that places one customer, with the meaning that the reference evaluator gives them."""
