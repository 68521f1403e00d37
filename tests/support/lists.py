"""The lists that the examples of docs/language.md read."""

from __future__ import annotations

LISTS = {
    "strategic.csv": "account_id,arm,csm,expires\na1,named,Ann,2026-12-31\n",
    "risky.csv": "country\nXX\n",
    "offices.csv": "city,latitude,longitude\nLondon,51.5,-0.13\n",
    "do_not_contact.csv": "account_id\na2\n",
    "bounced.csv": "email\nold@acme.example\n",
    "uk-holidays.csv": "2026-12-25\n",
}
