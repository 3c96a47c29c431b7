"""Makes one transformer layer of each part of the models for pages as an ONNX graph, with random weights. The only argument is the folder.

Sizes of the published models:

    ColModernVBERT   SigLIP-B/16-512: 12 layers of 768, 1,024 patches a tile      ModernBERT: 22 layers of 768
    ColPali          SigLIP-So400m/14-448: 27 layers of 1,152, 1,024 patches       Gemma 2B: 18 layers of 2,048

A graph takes "x" (1, rows, width) and returns the same shape.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# name: width, heads, heads of keys and values, width of the inner layer, whether it is gated
LAYERS = {
    "vision-b": (768, 12, 12, 3072, False),
    "modernbert": (768, 12, 12, 1152, True),
    "vision-so400m": (1152, 16, 16, 4304, False),
    "gemma": (2048, 8, 1, 16384, True),
}


def make_layer(path, width, heads, key_heads, inner, gated):
    random = np.random.default_rng(1)
    head = width // heads
    nodes, weights = [], []

    def constant(name, values):
        weights.append(numpy_helper.from_array(values, name))
        return name

    def weight(name, *shape):
        return constant(name, (random.standard_normal(shape, dtype=np.float32) / np.float32(shape[0] ** 0.5)))

    def node(operator, output, *inputs, **attributes):
        nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def normed(name, source):
        return node("LayerNormalization", name, source, constant(f"{name}.scale", np.ones(width, np.float32)))

    def split(name, source, count, transposed):
        wide = node("MatMul", f"{name}.flat", source, weight(f"{name}.weight", width, count * head))
        shape = constant(f"{name}.shape", np.array([1, -1, count, head], np.int64))
        parts = node("Reshape", f"{name}.parts", wide, shape)
        return node("Transpose", name, parts, perm=[0, 2, 3, 1] if transposed else [0, 2, 1, 3])

    before = normed("before", "x")
    query = split("query", before, heads, False)
    keys = split("keys", before, key_heads, True)
    values = split("values", before, key_heads, False)
    scaled = node("Mul", "scaled", query, constant("scale", np.float32(head**-0.5)))
    shares = node("Softmax", "shares", node("MatMul", "scores", scaled, keys), axis=-1)
    mixed = node("Transpose", "mixed", node("MatMul", "attended", shares, values), perm=[0, 2, 1, 3])
    joined = node("Reshape", "joined", mixed, constant("joined.shape", np.array([1, -1, width], np.int64)))
    middle = node("Add", "middle", "x", node("MatMul", "projected", joined, weight("project", width, width)))
    after = normed("after", middle)
    grown = node("Gelu", "grown", node("MatMul", "up", after, weight("up.weight", width, inner)), approximate="tanh")
    if gated:
        grown = node("Mul", "gated", grown, node("MatMul", "gate", after, weight("gate.weight", width, inner)))
    node("Add", "y", middle, node("MatMul", "down", grown, weight("down.weight", inner, width)))
    shape = [1, "rows", width]
    graph = helper.make_graph(
        nodes,
        "layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    onnx.save(model, path)


folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
for name, sizes in LAYERS.items():
    make_layer(folder / f"{name}.onnx", *sizes)
