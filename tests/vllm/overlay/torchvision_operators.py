"""Lets torchvision be imported beside a torch for CPUs.

The published torchvision is built for CUDA. Its library, which declares these operators, does not load there, and its
Python part fails where they are missing. Nobody calls them: they belong to object detection.
"""

import torch

_DECLARED = torch.library.Library("torchvision", "FRAGMENT")


def define() -> None:
    """Declare the operators. An entry point: torch calls it at the end of its own import."""
    for name in ("nms", "qnms"):
        _DECLARED.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
