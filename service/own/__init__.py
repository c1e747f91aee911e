"""Jobs that programs of people's own train: asking for one, its candidates, and telling what came of them."""
