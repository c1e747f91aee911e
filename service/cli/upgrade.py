"""`actsearch upgrade`: brings the database of a data folder up to this version."""

from .console import print_json, results
from .home import DEFAULT_HOME, Home
from .listings import AsJson

__all__ = ["upgrade"]


def upgrade(home: Home = DEFAULT_HOME, as_json: AsJson = False) -> None:
    """Bring the database up to this version (every command does so by itself) and say from where to where."""
    from ...storage import upgrade as bring_up

    done = bring_up(home)
    if as_json:
        print_json(done)
    elif done.before == done.after:
        results().print(f"{done.database} is at revision {done.after}, the newest; nothing to do.")
    else:
        results().print(f"{done.database}: from revision {done.before or 'none'} to {done.after}.")
