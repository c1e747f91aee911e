"""`Initialisation`: what the papers prescribe, and that it does what they prove."""

import numpy as np
import pytest

from actsearch.primitives import known, parse, value
from actsearch.primitives.initialisation import WEIGHT_RULES, Initialisation


def test_siren_is_initialised_as_its_paper_says() -> None:
    # Sitzmann et al. 2020, section 3.2 and supplement 1.5, at omega 30 and 2 inputs, 256 hidden.
    row = known("siren").initialisation
    assert row is not None
    assert row.first.omega
    assert row.hidden.omega
    assert row.first.spread(2, 30.0) == 0.5
    assert row.hidden.spread(256, 30.0) == pytest.approx(0.0051031036307982884)
    for site in (row.first, row.hidden):
        assert WEIGHT_RULES[site.weight].distribution == "uniform"


def test_siren_keeps_the_spread_of_pre_activations() -> None:
    # The paper's theorem 1.8: behind an arcsine-distributed layer, omega * w.x is standard normal.
    rng = np.random.default_rng(0)
    site = _initialisation("siren").hidden
    bound = site.spread(256, 30.0)
    arcsine = np.sin(rng.uniform(-np.pi, np.pi, (2000, 256)))
    weights = rng.uniform(-bound, bound, (256, 200))
    assert np.std(30.0 * arcsine @ weights) == pytest.approx(1.0, abs=0.01)


def test_selu_keeps_mean_and_variance_under_lecun_weights() -> None:
    rng = np.random.default_rng(0)
    site = _initialisation("selu").hidden
    assert WEIGHT_RULES[site.weight].distribution == "normal"
    signal = rng.standard_normal((500, 300))
    for _ in range(20):
        signal = value(parse("selu"), [signal @ (site.spread(300) * rng.standard_normal((300, 300)))])
    assert np.mean(signal) == pytest.approx(0.0, abs=0.1)
    assert np.var(signal) == pytest.approx(1.0, abs=0.15)


def _initialisation(name: str) -> Initialisation:
    row = known(name).initialisation
    assert row is not None
    return row
