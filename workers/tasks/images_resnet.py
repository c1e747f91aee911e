"""`images-resnet`: a small residual network names what is on an image."""

from pathlib import Path
from typing import Literal

from ..convolution import residual_net
from ..task import Task
from .images.task import image_task

__all__ = ["images_resnet"]


def images_resnet(
    data: str = "digits",
    folder: Path | None = None,
    rows: int | None = None,
    budget: Literal["tiny", "real"] = "real",
) -> Task:
    """A convolution and residual blocks, normalised image by image; the mean over places; one logit a class.

    `data` is a row of `SETS` or `openml:NAME`, `folder` where its files lie, `rows` the most images to
    train on; `budget=tiny` is for tests.
    """
    return image_task(
        name="images-resnet",
        network=residual_net,
        title="a small residual network",
        description=(
            "Residual blocks of two 3 x 3 convolutions with a site between them, normalised over each image "
            "by itself: a batch norm keeps running means, and lets the rows of a batch look at each other. "
            "The score is the negated cross-entropy; accuracy is shown beside it. Normalisation and "
            "shortcuts make functions more alike than they are in `images-cnn`."
        ),
        default=1,
        data=data,
        folder=folder,
        rows=rows,
        tiny=budget == "tiny",
    )
