"""The share of matrix products in a time that is known."""

import pytest

from benchmarks.shares import kind_of


@pytest.mark.parametrize(
    ("operator", "kind"),
    [
        ("aten::addmm", "product"),
        ("aten::bmm", "product"),
        ("aten::baddbmm", "product"),
        ("aten::mkldnn_convolution", "product"),
        ("aten::convolution_backward", "product"),
        ("aten::_scaled_dot_product_flash_attention_for_cpu", "product"),
        ("aten::_fused_adamw_", "optimiser"),
        ("aten::addcmul_", "optimiser"),
        ("aten::log_softmax", "rest"),
        ("aten::add", "rest"),
    ],
)
def test_operators_are_of_their_kind(operator: str, kind: str) -> None:
    assert kind_of(operator) == kind
