"""Networks carried together by `torch.func.vmap`, held against the same ones alone."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, stack_module_state, vmap

__all__ = ["assert_together_as_alone"]


def assert_together_as_alone(
    models: Sequence[nn.Module], loss: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, targets: Tensor
) -> None:
    """Outputs, and gradients by every weight: by a backward pass outside `vmap`, and by `grad` in it."""
    weights, buffers = stack_module_state(list(models))

    def of(own: dict[str, Tensor], kept: dict[str, Tensor]) -> Tensor:
        return functional_call(models[0], (own, kept), (inputs,))

    def loss_of(own: dict[str, Tensor], kept: dict[str, Tensor]) -> Tensor:
        return loss(of(own, kept), targets)

    outputs = vmap(of)(weights, buffers)
    vmap(loss_of)(weights, buffers).sum().backward()
    inside = vmap(grad(loss_of))({name: value.detach() for name, value in weights.items()}, buffers)
    for lane, model in enumerate(models):
        alone = model(inputs)
        torch.testing.assert_close(outputs[lane], alone, rtol=1e-10, atol=1e-12)
        model.zero_grad()
        loss(alone, targets).backward()
        for name, weight in model.named_parameters():
            together = weights[name].grad
            assert weight.grad is not None
            assert together is not None
            assert float(weight.grad.abs().max()) > 0
            torch.testing.assert_close(together[lane], weight.grad, rtol=1e-8, atol=1e-12)
            torch.testing.assert_close(inside[name][lane], weight.grad, rtol=1e-8, atol=1e-12)
