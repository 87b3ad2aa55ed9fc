"""dlib's networks, read from its own files and written as ONNX."""
