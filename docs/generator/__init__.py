"""The reference pages, made from the tables: `make docs` writes them, a test compares them."""
