"""How a database of each earlier version becomes one of the next."""
