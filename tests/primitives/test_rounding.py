"""`rounding`: the types as torch rounds to them, overflow where it must be, errors of the last bit."""

from math import sqrt

import numpy as np
import pytest
import torch

from actsearch.primitives import parse
from actsearch.primitives.rounding import DTYPES, rounding


@pytest.mark.parametrize(
    ("dtype", "torch_dtype"),
    [("float32", torch.float32), ("float16", torch.float16), ("bfloat16", torch.bfloat16)],
)
def test_numbers_are_rounded_as_torch_rounds_them(dtype: str, torch_dtype: torch.dtype) -> None:
    rng = np.random.default_rng(0)
    numbers = np.concatenate(
        [rng.standard_normal(5000) * 10.0 ** rng.integers(-7, 7, 5000), [0.0, 1e39, -1e39, 65504.0, 65530.0]]
    )
    with np.errstate(over="ignore"):
        # torch goes to the small types by way of float32, as a training does.
        expected = torch.tensor(numbers).float().to(torch_dtype).double().numpy()
        found = DTYPES[dtype](numbers.astype(np.float32).astype(np.float64))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("text", "dtype", "largest"),
    # Where x, x^2, e^x leave the type: 65504 and 3.4e38 are the largest numbers of float16 and float32.
    [
        ("x^2", "float16", sqrt(65520)),
        ("exp(x)", "float16", np.log(65520)),
        ("exp(x)", "float32", 128 * np.log(2)),
        ("exp(x)", "bfloat16", 128 * np.log(2)),
        ("x^2", "float32", 1e5),
    ],
)
def test_the_finite_share_is_that_of_inputs_below_the_largest(text: str, dtype: str, largest: float) -> None:
    both_ways = 1.0 if text == "x^2" else 0.5
    decades = min(8.0, np.log10(largest) + 4)
    expected = both_ways * decades / 8 + (1 - both_ways)
    assert rounding(parse(text), dtype).finite == pytest.approx(expected, abs=2e-3)


def test_the_worst_difference_is_that_of_the_last_bit() -> None:
    # Half a unit in the last place, relative: 2^-24, 2^-11 and 2^-8.
    for dtype, most in (("float32", 2**-24), ("float16", 2**-11), ("bfloat16", 2**-8)):
        worst = rounding(parse("tanh"), dtype).worst
        assert worst is not None
        assert most / 4 < worst < 1.01 * most
    cancelling = rounding(parse("(1 + x) - 1"), "bfloat16").worst
    assert cancelling is not None
    assert cancelling > 2**-9
