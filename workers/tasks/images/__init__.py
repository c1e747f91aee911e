"""Image arrays: the sets that tasks know, their files in their own formats, and how they are split."""

from .images import Images
from .sets import SETS, ImageSet, image_set
from .splits import split_images

__all__ = ["SETS", "ImageSet", "Images", "image_set", "split_images"]
