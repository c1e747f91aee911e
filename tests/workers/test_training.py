"""Tests of training: a plain torch loop as oracle, common random numbers, outcomes, activation parameters."""

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeAlias

import pytest
import torch
from torch import Tensor, nn

from actsearch.primitives import Lane, Outcome, Point, PoolError, Protocol, TaskError, UnknownName, point
from actsearch.primitives.module import activation_parameters
from actsearch.workers import Activation, Split, Task, fit, train
from actsearch.workers.training import check_device

MakeLane: TypeAlias = Callable[..., Lane]


def start_and_batches(task: Task, lane: Lane) -> tuple[dict[str, Tensor], list[Tensor]]:
    """The initial weights and all batches of inputs that a lane's network meets."""
    weights: dict[str, Tensor] = {}
    batches: list[Tensor] = []

    def model(*arguments: object) -> nn.Module:
        made = task.model(*arguments)  # pyright: ignore[reportArgumentType]
        weights.update({name: value.detach().clone() for name, value in made.named_parameters()})
        made.register_forward_pre_hook(
            lambda module, inputs: batches.append(inputs[0]) if module.training else None
        )
        return made

    fit(replace(task, model=model), lane)
    return weights, batches


def test_a_lane_is_what_a_plain_torch_loop_gives(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("tanh", epochs=3, standardise=False, weight_decay=0.01)
    weights, batches = start_and_batches(tiny, lane)
    model = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    model.load_state_dict(weights)
    decayed = [parameter for name, parameter in model.named_parameters() if name.endswith("weight")]
    kept = [parameter for name, parameter in model.named_parameters() if name.endswith("bias")]
    optimiser = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.01}, {"params": kept, "weight_decay": 0.0}],
        lr=1e-2,
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=3 * 4, eta_min=0.0)
    losses: list[float] = []
    for batch in batches:
        optimiser.zero_grad()
        loss = nn.functional.mse_loss(model(batch), torch.sin(3.0 * batch))
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
    evaluation = fit(tiny, lane)[1]
    epochs = [sum(losses[start : start + 4]) / 4 for start in (0, 4, 8)]
    assert evaluation.curves["train_loss"] == pytest.approx(epochs, rel=1e-4)
    validation = nn.functional.mse_loss(model(tiny.data.validation.inputs), tiny.data.validation.targets)
    assert evaluation.score == pytest.approx(-validation.item(), rel=1e-4)
    assert evaluation.metrics["val_loss"] == evaluation.curves["val_loss"][-1]


def test_every_epoch_meets_every_row_once(tiny: Task, make_lane: MakeLane) -> None:
    _, batches = start_and_batches(tiny, make_lane("tanh", epochs=2, batch=24))
    assert [len(batch) for batch in batches] == [24, 24, 16] * 2
    first, second = torch.cat(batches[:3]).flatten(), torch.cat(batches[3:]).flatten()
    rows = tiny.data.train.inputs.flatten().sort().values
    assert torch.equal(first.sort().values, rows)
    assert torch.equal(second.sort().values, rows)
    assert not torch.equal(first, second)


def test_candidates_of_a_seed_start_alike_and_see_the_same_batches(tiny: Task, make_lane: MakeLane) -> None:
    texts = ["tanh(x)", "x*sigmoid(b*x) | b=1.0 channel", "sin(x) + p(0.3)"]
    starts = [start_and_batches(tiny, make_lane(text, seed=5)) for text in texts]
    other_weights, other_batches = start_and_batches(tiny, make_lane(texts[0], seed=6))
    weights, batches = starts[0]
    for own_weights, own_batches in starts[1:]:
        assert all(torch.equal(own_weights[name], weights[name]) for name in weights)
        assert all(map(torch.equal, own_batches, batches))
    assert not torch.equal(weights["0.weight"], other_weights["0.weight"])
    assert not torch.equal(batches[0], other_batches[0])


def test_a_lane_has_the_same_bits_in_any_company(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("sin(x) + b*x | b=0.5", seed=3)
    others = [make_lane("relu"), make_lane("max(x, x1)", seed=1), make_lane("exp(x^2)")]
    alone = next(train(tiny, [lane]))
    torch.manual_seed(99)
    in_company = [*train(tiny, [*others, lane, *others])][len(others)]
    assert (alone.score, alone.curves, alone.metrics, alone.diagnostics) == (
        in_company.score,
        in_company.curves,
        in_company.metrics,
        in_company.diagnostics,
    )


def test_the_callers_generator_threads_and_gradients_are_left_alone(tiny: Task, make_lane: MakeLane) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        torch.manual_seed(1)
        before = torch.get_rng_state()
        with torch.no_grad():
            assert fit(tiny, make_lane("tanh"))[1].outcome is Outcome.OK
        assert torch.equal(torch.get_rng_state(), before)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_test_metrics_exist_in_confirmation_alone(tiny: Task, make_lane: MakeLane) -> None:
    found = fit(tiny, make_lane("tanh"))[1]
    confirmed_model, confirmed = fit(tiny, make_lane("tanh", phase="confirm"))
    assert set(found.metrics) == {"val_loss", "val_score"}
    assert set(confirmed.metrics) == {"val_loss", "val_score", "test_loss", "test_score"}
    assert found.score == confirmed.score == confirmed.metrics["val_score"]
    test = tiny.data.test
    error = nn.functional.mse_loss(confirmed_model(test.inputs), test.targets)
    assert confirmed.metrics["test_score"] == pytest.approx(-error.item(), rel=1e-5)


def test_an_evaluation_tells_what_it_measured(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("tanh")
    evaluation = fit(tiny, lane)[1]
    assert evaluation.lane == lane
    assert evaluation.outcome is Outcome.OK
    assert {name: len(curve) for name, curve in evaluation.curves.items()} == {"train_loss": 2, "val_loss": 2}
    assert set(evaluation.diagnostics) == {
        "weights",
        *(f"{what}.{site}" for what in ("dead", "saturated", "grad_norm") for site in (0, 1)),
    }
    assert evaluation.diagnostics["weights"] == 16 + 72 + 9
    assert 0 < evaluation.step_s < evaluation.wall_s
    assert evaluation.device == "cpu"


def test_standardised_and_raw_are_different_functions(tiny: Task, make_lane: MakeLane) -> None:
    raw, standardised, by_hand = (
        fit(tiny, make_lane(text, standardise=flag))[1]
        for text, flag in (("sigmoid(x)", False), ("sigmoid(x)", True), ("(sigmoid(x) - 0.5)/0.20827", False))
    )
    assert raw.score != standardised.score
    # E[(sigmoid(z) - 1/2)^2] of a standard normal z is 0.0433761..., its root 0.20827
    assert standardised.score == pytest.approx(by_hand.score, rel=1e-3)


def test_float64_is_kept_through_training(tiny: Task, make_lane: MakeLane) -> None:
    model, wide = fit(tiny, make_lane("tanh", dtype="float64"))
    assert all(parameter.dtype == torch.float64 for parameter in model.parameters())
    assert wide.score == pytest.approx(fit(tiny, make_lane("tanh"))[1].score, rel=1e-3)


def test_what_diverges_stops_early_and_is_an_outcome(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("exp(x)^3", at=point(lr=1e6), epochs=50, standardise=False)
    (evaluation,) = train(tiny, [lane])
    assert evaluation.outcome is Outcome.DIVERGED
    assert evaluation.score is None
    assert "ceased to be finite in epoch" in evaluation.sentence
    assert len(evaluation.curves["train_loss"]) < 50
    assert all(math.isfinite(value) for curve in evaluation.curves.values() for value in curve)
    assert evaluation.metrics == {}


def test_a_metric_that_is_not_finite_is_an_outcome(tiny: Task, make_lane: MakeLane) -> None:
    task = replace(tiny, metrics=lambda outputs, targets: {"score": math.nan})
    (evaluation,) = train(task, [make_lane("tanh")])
    assert (evaluation.outcome, evaluation.score) == (Outcome.DIVERGED, None)


@pytest.mark.parametrize("text", ["tanh(", "nosuch(x)", "log_abs(", "tanh(x) | a"])
def test_a_text_that_is_no_expression_is_rejected(tiny: Task, make_lane: MakeLane, text: str) -> None:
    (evaluation,) = train(tiny, [replace(make_lane("tanh"), text=text)])
    assert evaluation.outcome is Outcome.REJECTED
    assert evaluation.sentence


@pytest.mark.parametrize("text", ["3.0", "1/(x - x)", "sqrt(x)"])
def test_a_function_without_moments_is_rejected(tiny: Task, make_lane: MakeLane, text: str) -> None:
    (evaluation,) = train(tiny, [replace(make_lane("tanh"), text=text)])
    assert evaluation.outcome is Outcome.REJECTED
    assert evaluation.sentence


def test_code_that_raises_is_broken_and_the_next_lane_is_trained(tiny: Task, make_lane: MakeLane) -> None:
    broken, fine = train(tiny, [make_lane("atan"), make_lane("tanh")])
    assert broken.outcome is Outcome.BROKEN
    assert broken.sentence == "RuntimeError: no such layer"
    assert fine.outcome is Outcome.OK


def test_what_the_caller_got_wrong_is_raised(tiny: Task, make_lane: MakeLane) -> None:
    for lane, error, words in [
        (replace(make_lane("tanh"), task_hash="0" * 16), TaskError, "`0000000000000000`"),
        (make_lane("tanh", at=point(omega=3)), TaskError, "`lr`"),
        (make_lane("tanh", numerics=-1), TaskError, "numerics"),
        (make_lane("tanh", epochs=-1), TaskError, "at least 1"),
        (make_lane("tanh", epochs=0), TaskError, "at least 1 epoch"),
        (make_lane("tanh", dtype="float31"), UnknownName, "float32"),
        (make_lane("tanh", optimiser="adan"), UnknownName, "adam"),
        (make_lane("tanh", schedule="cosin"), UnknownName, "cosine"),
    ]:
        with pytest.raises(error, match=words):
            list(train(tiny, [lane]))


def test_activation_parameters_move_are_saved_and_are_one_a_site(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("x*sigmoid(b*x) + c | b=1.0 channel, c=0.25", weight_decay=0.5)
    model, evaluation = fit(tiny, lane)
    own = activation_parameters(model)
    assert [tuple(parameter.shape) for parameter in own] == [(8,), (1,), (8,), (1,)]
    assert len({id(parameter) for parameter in own}) == 4
    starts = [1.0, 0.25, 1.0, 0.25]
    assert all(bool((parameter != start).any()) for parameter, start in zip(own, starts, strict=True))
    saved = model.state_dict()
    assert sum(value.numel() for value in saved.values()) == evaluation.diagnostics["weights"] == 97 + 18
    again = fit(tiny, replace(lane, seed=1))[0]
    again.load_state_dict(saved)
    inputs = tiny.data.test.inputs
    assert torch.equal(again(inputs), model(inputs))


def test_activation_parameters_are_not_decayed(tiny: Task, make_lane: MakeLane) -> None:
    # a parameter that the value does not depend on has no slope: only decay could move it
    lane = make_lane("tanh(x) + 0*b*x | b=1.0", weight_decay=10.0, standardise=False)
    (b, _) = activation_parameters(fit(tiny, lane)[0])
    assert b.item() == 1.0


def test_their_learning_rate_is_a_multiple_of_the_networks(tiny: Task, make_lane: MakeLane) -> None:
    held = fit(tiny, make_lane("x*sigmoid(b*x) | b=1.0", activation_lr=0.0))[0]
    assert [parameter.item() for parameter in activation_parameters(held)] == [1.0, 1.0]


def test_a_step_through_surrogate_trains(tiny: Task, make_lane: MakeLane) -> None:
    lane = make_lane("surrogate(step(x), sigmoid(4*x))", epochs=40, at=point(lr=3e-2), standardise=False)
    stuck = make_lane("step(x)", epochs=40, at=point(lr=3e-2), standardise=False)
    trained, frozen = train(tiny, [lane, stuck])
    assert trained.curves["train_loss"][-1] < 0.6 * frozen.curves["train_loss"][-1]
    assert trained.diagnostics["dead.0"] == 0.0
    assert frozen.diagnostics["dead.0"] == 1.0


def test_a_split_without_classes_of_its_own_is_cast_whole() -> None:
    split = Split.of([[1.0]], [[2.0]]).to(torch.float64)
    assert split.targets.dtype == torch.float64


def test_lanes_in_threads_have_the_bits_of_lanes_in_turn(tiny: Task, make_lane: MakeLane) -> None:
    def slow(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        time.sleep(0.02)  # between seed and first weight, where another thread could draw
        return tiny.model(activation, point, protocol)

    task = replace(tiny, model=slow)
    lanes = [make_lane("tanh(x)", seed=seed) for seed in range(4)]
    apart = [fit(task, lane)[1].curves for lane in lanes]
    with ThreadPoolExecutor(max_workers=4) as threads:
        together = list(threads.map(lambda lane: fit(task, lane)[1].curves, lanes))
    assert together == apart


def test_all_of_a_training_is_on_its_device(tiny: Task, make_lane: MakeLane) -> None:
    """torch's `meta` computes nothing and mixes with no other device: the first number read ends it."""
    (found,) = train(tiny, [make_lane("tanh")], "meta")
    assert found.outcome is Outcome.BROKEN
    assert "meta tensors" in found.sentence
    assert "item()" in found.sentence


def test_a_gpu_whose_memory_does_not_suffice_is_no_fault_of_the_function(
    tiny: Task, make_lane: MakeLane
) -> None:
    def model(activation: Activation, point: Point, protocol: Protocol) -> nn.Module:
        raise torch.OutOfMemoryError("CUDA out of memory")

    (found,) = train(replace(tiny, model=model), [make_lane("tanh")])
    assert found.outcome is Outcome.TIMED_OUT
    assert not found.outcome.answers


def test_a_device_that_is_not_there_is_the_callers_affair() -> None:
    check_device("cpu")
    if not torch.cuda.is_available():
        with pytest.raises(PoolError, match="no device `cuda`"):
            check_device("cuda")
