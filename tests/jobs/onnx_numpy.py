"""Evaluates an ONNX graph with numpy, in a precision of choice: a runtime of our own, to hold others against."""

import math

import numpy as np
from onnx import helper, numpy_helper

ERF = np.vectorize(math.erf, otypes=["f8"])

UNARY = {"Abs": np.abs, "Sign": np.sign, "Sqrt": np.sqrt, "Log": np.log, "Exp": np.exp, "Tanh": np.tanh,
         "Relu": lambda x: np.maximum(x, 0), "Sigmoid": lambda x: 1 / (1 + np.exp(-x)), "Erf": ERF,
         "IsNaN": np.isnan}
BINARY = {"Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Div": np.divide, "Equal": np.equal}


def operator(node, values, attributes):
    """The results of one operator."""
    op = node.op_type
    if op in UNARY:
        return [UNARY[op](*values)]
    if op in BINARY:
        return [BINARY[op](*values)]
    if op == "Softmax":
        assert attributes.get("axis", -1) == -1
        powers = np.exp(values[0] - values[0].max(axis=-1, keepdims=True))
        return [powers / powers.sum(axis=-1, keepdims=True)]
    if op == "Where":
        return [np.where(*values)]
    if op == "Clip":
        return [np.clip(*values)]
    if op == "Flatten":
        assert attributes["axis"] == 1
        return [values[0].reshape(len(values[0]), -1)]
    if op == "Reshape":
        x, shape = values
        return [x.reshape([n or x.shape[axis] for axis, n in enumerate(shape)])]
    if op == "Concat":
        return [np.concatenate(values, axis=attributes["axis"])]
    if op == "Gather":
        return [np.take(*values, axis=attributes["axis"])]
    if op == "Split":
        x, widths = values
        assert sum(widths) == x.shape[attributes["axis"]] and len(widths) == len(node.output)
        return np.split(x, np.cumsum(widths)[:-1], axis=attributes["axis"])
    if op == "Gemm":
        x, weight, bias = values
        assert attributes == {"transB": 1}
        return [x @ weight.T + bias]
    raise NotImplementedError(op)


def evaluate(model, feeds, precision="f4"):
    """The outputs by name for inputs by name; numbers have the `precision` of numpy's name throughout."""
    def in_precision(array):
        return array.astype(precision) if array.dtype.kind == "f" else array

    known = {tensor.name: in_precision(numpy_helper.to_array(tensor)) for tensor in model.graph.initializer}
    known |= {name: in_precision(array) for name, array in feeds.items()}
    with np.errstate(divide="ignore", invalid="ignore"):
        for node in model.graph.node:
            attributes = {a.name: helper.get_attribute_value(a) for a in node.attribute}
            results = operator(node, [known[name] for name in node.input], attributes)
            known |= {name: in_precision(array) for name, array in zip(node.output, results)}
    return {output.name: known[output.name] for output in model.graph.output}
