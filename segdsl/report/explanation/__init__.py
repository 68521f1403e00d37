"""Why a customer is where it is: `render(clock, explanations, metrics, since, borders)`, the last two by rule, as the ledger knows them."""
