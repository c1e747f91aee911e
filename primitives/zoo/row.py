"""`Known`: one activation that people know, a row of `ZOO`."""

from dataclasses import dataclass

from ..initialisation import Initialisation

__all__ = ["Known"]


@dataclass(frozen=True, slots=True)
class Known:
    """One known activation.

    It carries an initialisation only where its own paper prescribes one as part of the method (SIREN,
    SELU). He's is a recipe for any rectifier rather than part of one, so those rows carry none and are
    trained with the layers as torch makes them; what torch recommends stands in `gain`.
    """

    name: str
    """As torch names it, where torch has it."""
    text: str
    """The expression, as `parse` takes it; `x` the pre-activation, `x1`, `x2`, ... further pieces."""
    formula: str
    """The same in plain mathematics; s is the sigmoid, Phi the normal distribution function."""
    family: str
    source: str
    """Paper (authors, year, arXiv id where it has one) or "elementary"."""
    initialisation: Initialisation | None = None
    aliases: tuple[str, ...] = ()
    torch: str | None = None
    """How torch says the same of a tensor `x` (the uncut one of several pieces), equal in value and slope."""
    gain: float | None = None
    """What `torch.nn.init.calculate_gain` recommends before it: told, applied by nothing here."""
    reach: float = 10_000.0
    """|x| up to which value and slope are finite in float32."""
    note: str = ""
    """What is uncertain, where sources differ, which of several constants was taken."""
