"""Draft of a first model and `segdsl.toml` from a person's exports, each guess with its evidence.

The order of the guesses, each made from those above it (`model.draft` calls them):

1. **Files** (`exports`, `tables`, `text_files`, `grid`). Copies of a file are left out. Files whose names differ by a number or a date
   alone, and that have most columns in common, are one table. Rows tell where a table's header stands, and what above and below it is
   no row.
2. **Columns** (`profile`, `shapes`). Every cell is counted by its shape: a whole number, a day with the year first, an amount, …
3. **Key** (`keys`, `matches`). A column with a value of its own in every row, the best by its name: `account_id` in accounts.csv, then
   another id, then an e-mail address, then the first column. Where other files hold none of its values but those of another such
   column, that other one is the key. A column in which a few rows repeat an id, or lack one, is the key only where no column is a
   proper one.
4. **Link** (`links`). A column at least half of whose values are a table's keys; of several tables the one with most of them, and
   another table before its own. Small whole numbers need a name that fits besides. How two files spell the same ids (zeros, decimals,
   capitals) is found here, too.
5. **Distinct** (`flat`). A file that isn't about customers by its name or its key, that no other file leads to, and that leads to no
   customers, may repeat customers of its own: an e-mail address, a column called like customers, or any id. Then that column becomes an
   entity (`distinct = true`), and the key of step 3 is dropped. Orders whose cells stand on their first line alone become one in the
   same way. A file that tells its customers by a name which another file has beside their key is left out, with a question. Columns of
   other files that hold ids of such customers are links to them.
6. **Kind** (`kinds`). A table with a key is an entity, unless its key is another table's (details), or its rows have a time and lead
   elsewhere while nothing leads to them (a table). Of the links, one says whose rows they are: customers before goods, parts before
   wholes. A file without key, link or repeated customers is left out where other files have any.
7. **Type** (`columns`, `yes_no`, `days`, `readable`). The first that fits all cells, or all but a few odd ones: yes or no, a date or a
   time, a number or an amount, a set; else one of a few values; else text. `readable` then reads every cell as `segdsl run` will: a
   type in which many can't be read is dropped for text. Words for nothing known (`words`) are missing, unless so many rows of a text
   column have one that it may be an answer.
8. **Fields** (`fields`). What a column is overrides its type: the key is a whole number or text, a link is a link, a postcode is text,
   and so is a person's name. A number or a date whose cells fit two formats takes that of the other columns of its file, where these
   agree; a day with dots takes that of all files.
9. **Currency** (`money`). Only for numbers of step 8 that are called money: the header's currency before that of a column beside it,
   and a multiple in the header (`k€`) before both, since it keeps a number a number. An amount with a sign in its cells was money in
   step 7.
10. **Time** (`times`). Of the columns that are dates in every row, the one that says when a row came to be is a table's time; one of an
    entity is its beginning, if nearly all rows that belong to it lie after. An end is asked about, never drafted.

What the cells don't decide is a question (`reading.Question`, or an unsure `drafts.Guess`) with the lines to write. `write` writes all
of it, `tries` proposes first conditions, and `update` adds what next week's exports have that these hadn't.
"""
