"""The runner: takes jobs from the queue, one after another, and has each run in a process of its own."""
