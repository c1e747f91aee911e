"""Which engine computes: by where tensors are and what they hold, or none."""

import pytest
import torch

from actsearch.primitives.kernel import engine as choosing
from actsearch.primitives.kernel.bound import bound_of
from actsearch.primitives.kernel.engine import OnCpu, OnGpu, engine_for
from actsearch.primitives.kernel.site import Programs
from actsearch.primitives.text import parse
from tests.primitives.kernel.gpu_host import host

PROGRAMS = Programs.of([parse("a*x | a=2.0"), parse("sin(x)")], 3)
TYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
KNOWN = {(torch.float32, torch.float32), (torch.float64, torch.float64)}
SHORT = {(torch.bfloat16, torch.bfloat16), (torch.bfloat16, torch.float32)}


class Elsewhere(torch.Tensor):
    """A tensor that says it is on a GPU."""

    is_cuda = True  # pyright: ignore[reportAssignmentType]


@pytest.mark.parametrize("theirs", TYPES, ids=str)
@pytest.mark.parametrize("own", TYPES, ids=str)
def test_the_engine_is_that_of_the_place_and_the_type(
    own: torch.dtype, theirs: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound, x, theta = bound_of(PROGRAMS), torch.ones(2, 4, 3, dtype=own), torch.ones(1, dtype=theirs)
    assert isinstance(engine_for(bound, x, theta), OnCpu) is ((own, theirs) in KNOWN)
    monkeypatch.setattr(choosing, "gpu", lambda kind, device: host(kind))
    found = engine_for(bound, x.as_subclass(Elsewhere), theta)
    assert isinstance(found, OnGpu) is ((own, theirs) in KNOWN | SHORT)
    assert engine_for(bound, x.to("meta"), theta.to("meta")) is None
    monkeypatch.setattr(choosing, "gpu", lambda kind, device: None)
    assert engine_for(bound, x.as_subclass(Elsewhere), theta) is None


def test_programs_are_put_on_a_device_once_for_each_type() -> None:
    bound, x = bound_of(PROGRAMS), torch.ones(2, 4, 3)
    first = bound.placed(host("f"), x)
    assert first is not None
    assert bound.placed(host("f"), x[:, :2]) is first
    assert bound.placed(host("d"), x.double()) is not first
