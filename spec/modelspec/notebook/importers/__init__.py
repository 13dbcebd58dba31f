"""Models of other libraries as ONNX graphs that give the same bits, or a refusal."""
