"""Rule text -> syntax tree -> rule text: grammar, tree, parser and formatter."""
