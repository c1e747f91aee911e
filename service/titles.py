"""Formulas as titles of figures: typeset where they can be and stay legible, else as text."""

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from ..primitives import parse
from .formula import short, typeset

__all__ = ["draw_formula"]

_LEGIBLE = 9.0
"""Points of the smallest type of a formula."""

_LETTER_POINTS = 0.6
"""Width of a letter of the text's type, in its size."""


def draw_formula(
    figure: Figure, text: str, place: tuple[float, float], share: float, *, colour: str, size: float = 17.0
) -> Text:
    """The formula of an expression's text at a place, left and centred, in a share of the figure's width."""
    formula = typeset(parse(text))
    drawn = figure.text(*place, formula or "", fontsize=size, color=colour, va="center")
    drawn.set_math_fontfamily("cm")
    if formula is None or not _fits(figure, drawn, share):
        plain = min(size, 11.0)
        letters = int(72 * figure.get_size_inches()[0] * share / (_LETTER_POINTS * plain))
        drawn.set(text=short(f"f(x) = {text}", letters), fontsize=plain, family="monospace")
    return drawn


def _fits(figure: Figure, text: Text, share: float) -> bool:
    """Makes a text smaller until it takes that share of the width; whether it is still legible then."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    width = text.get_window_extent(renderer).width / figure.bbox.width
    if width > share:
        text.set_fontsize(float(text.get_fontsize()) * share / width)
    return float(text.get_fontsize()) >= _LEGIBLE
