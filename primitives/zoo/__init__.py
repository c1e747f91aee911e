"""The activations that people know, by name, one file a family. Each is an ordinary expression.

Where torch has the function, the row equals torch's, value and slope, at kinks too. A row named as an
operator (`relu`, `tanh`) is that operator. What is known and yet no row stands in `ABSENT`.
"""

from .absent import ABSENT
from .row import Known
from .table import ZOO, known

__all__ = ["ABSENT", "ZOO", "Known", "known"]
