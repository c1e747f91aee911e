"""Fixed seeds for hypothesis, and shared modules of the tests importable as `tests....`."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.append(str(Path(__file__).parents[2]))

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")
