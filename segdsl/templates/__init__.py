"""Templates of messages: what may stand in one, and the message that it makes of fields."""
