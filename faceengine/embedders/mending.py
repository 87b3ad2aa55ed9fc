"""Files of the ONNX Model Zoo that were written before ONNX Runtime was strict."""

from __future__ import annotations

from pathlib import Path


def mended(source: Path) -> bytes:
    """A network that MXNet exported in 2018, in a form that ONNX Runtime accepts.

    Its batch normalisations say `spatial=0` though their numbers are one a channel (onnx/models
    issue 156), and the slopes of its PReLU lie along the columns instead of the channels
    (microsoft/onnxruntime issue 3205). The numbers stay as they are.
    """
    import onnx

    model = onnx.load(source)
    slopes = {node.input[1] for node in model.graph.node if node.op_type == "PRelu"}
    for tensor in model.graph.initializer:
        if tensor.name in slopes and len(tensor.dims) == 1:
            tensor.dims.extend([1, 1])
    for value in model.graph.input:  # old files list their numbers as inputs, too
        shape = value.type.tensor_type.shape
        if value.name in slopes and len(shape.dim) == 1:
            for _ in range(2):
                shape.dim.add().dim_value = 1
    for node in model.graph.node:
        if node.op_type == "BatchNormalization":
            kept = [attribute for attribute in node.attribute if attribute.name != "spatial"]
            del node.attribute[:]
            node.attribute.extend(kept)
    content: bytes = model.SerializeToString()
    return content
