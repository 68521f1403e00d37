"""How a format lays out and escapes what it shows: a terminal, markdown, an HTML page, charts, annotations."""
