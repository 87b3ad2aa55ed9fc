"""Freeing a network from the one size of input that it was published for."""

from __future__ import annotations

from pathlib import Path


def with_any_size(path: Path) -> bytes:
    """An ONNX network whose input may have any height and width, whatever its file says.

    OpenCV's model zoo published its YuNet of May 2026 in just this way from the one of March 2023,
    which is fixed to 640 by 640 pixels (opencv/opencv_zoo, pull request 310). The network must be
    convolutional throughout: then nothing in it but these labels depends on the size.
    """
    import onnx

    model = onnx.load(str(path))
    for name, side in zip(
        ("height", "width"), model.graph.input[0].type.tensor_type.shape.dim[2:], strict=True
    ):
        side.dim_param = name
    for answer in model.graph.output:
        for side in answer.type.tensor_type.shape.dim:
            side.Clear()
    del model.graph.value_info[:]
    return bytes(model.SerializeToString())
