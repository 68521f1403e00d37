"""Rule files and other inputs made from the grammar and the examples, and every command on them: no crash, no hang, nothing unseen in what is printed."""
