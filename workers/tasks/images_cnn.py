"""`images-cnn`: a small convolutional network names what is on an image."""

from pathlib import Path
from typing import Literal

from ..convolution import conv_net
from ..task import Task
from .images.task import image_task

__all__ = ["images_cnn"]


def images_cnn(
    data: str = "digits",
    folder: Path | None = None,
    rows: int | None = None,
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """3 x 3 convolutions with strides, a hidden layer, one logit a class.

    `data` is a row of `SETS` or `openml:NAME`, `folder` where its files lie, `rows` the most images to
    train on; `budget=tiny` is for tests.
    """
    return image_task(
        name="images-cnn",
        network=conv_net,
        title="a small convolutional network",
        description=(
            "3 x 3 convolutions, each with twice the channels of the one before and, but for the second, of "
            "stride 2; a hidden layer; one logit a class. The score is the negated cross-entropy, which "
            "still tells functions apart where accuracy saturates; accuracy is shown beside it."
        ),
        default=2,
        data=data,
        folder=folder,
        rows=rows,
        tiny=budget == "tiny",
    )
