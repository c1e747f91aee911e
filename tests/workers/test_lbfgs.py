"""The quasi-Newton method finds what linear algebra and torch's own find, from gradients alone."""

import pytest
import torch
from torch import Tensor, nn

from actsearch.workers.lbfgs import InTurn, Lbfgs


class Point(nn.Module):
    """Numbers to move, in two parameters."""

    def __init__(self, values: list[float]) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.tensor(values[:1], dtype=torch.float64))
        self.rest = nn.Parameter(torch.tensor(values[1:], dtype=torch.float64))

    def forward(self) -> Tensor:
        return torch.cat((self.first, self.rest))


def rosenbrock(x: Tensor) -> Tensor:
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def test_a_parabola_is_solved() -> None:
    torch.manual_seed(0)
    root = torch.randn(12, 12, dtype=torch.float64)
    matrix, right = root @ root.T + 0.1 * torch.eye(12), torch.randn(12, dtype=torch.float64)
    point = Point([0.0] * 12)
    optimiser = Lbfgs(point)
    for _ in range(300):
        optimiser.zero_grad()
        x = point()
        (0.5 * x @ matrix @ x - right @ x).backward()
        optimiser.step(0.0)
    torch.testing.assert_close(point().detach(), torch.linalg.solve(matrix, right), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("start", [[-1.2, 1.0], [3.0, -4.0, 2.0], [0.0] * 6])
def test_a_bent_valley_is_followed_to_its_end(start: list[float]) -> None:
    point = Point(start)
    optimiser = Lbfgs(point)
    for _ in range(400):
        optimiser.zero_grad()
        rosenbrock(point()).backward()
        optimiser.step(0.0)
    torch.testing.assert_close(point().detach(), torch.ones(len(start), dtype=torch.float64))


def test_it_needs_gradients_about_as_many_as_torch_does() -> None:
    ours, theirs = Point([-1.2, 1.0, 0.5]), Point([-1.2, 1.0, 0.5])
    calls = 0

    def closure() -> float:
        nonlocal calls
        calls += 1
        theirs.zero_grad()
        value = rosenbrock(theirs())
        value.backward()
        return float(value.detach())

    torch.optim.LBFGS(
        theirs.parameters(), max_iter=200, history_size=20, line_search_fn="strong_wolfe", tolerance_grad=1e-8
    ).step(closure)
    optimiser, needed = Lbfgs(ours), 0
    while needed < 4 * calls:
        optimiser.zero_grad()
        value = rosenbrock(ours())
        value.backward()
        if value < 1e-12:
            break
        optimiser.step(0.0)
        needed += 1
    assert needed < 2.5 * calls


def test_a_place_where_nothing_is_finite_is_left_again() -> None:
    point = Point([0.5, 0.5])
    optimiser = Lbfgs(point)
    for _ in range(200):
        optimiser.zero_grad()
        x = point()
        (x.sum() - 0.2 * torch.sqrt(x).sum()).backward()  # NaN below 0, lowest at 0.01
        optimiser.step(0.0)
    torch.testing.assert_close(
        point().detach(), torch.full((2,), 0.01, dtype=torch.float64), rtol=1e-3, atol=0
    )


def test_nothing_moves_where_the_gradient_is_zero_or_never_finite() -> None:
    for factor in (0.0, float("nan")):
        point = Point([1.0, 2.0])
        optimiser = Lbfgs(point)
        for _ in range(5):
            optimiser.zero_grad()
            (factor * point().sum()).backward()
            optimiser.step(1.0)
        assert point().tolist() == [1.0, 2.0]


def test_one_follows_the_other_when_the_schedule_has_fallen_to_a_half() -> None:
    told: list[str] = []

    class Told:
        def __init__(self, name: str) -> None:
            self.name = name

        def zero_grad(self) -> None:
            told.append("zero")

        def step(self, part: float) -> None:
            told.append(f"{self.name} {part}")

    both = InTurn(Told("first"), Told("second"))
    for part in (1.0, 0.51, 0.5, 0.0):
        both.zero_grad()
        both.step(part)
    assert told[1::2] == ["first 1.0", "first 0.51", "second 0.5", "second 0.0"]
