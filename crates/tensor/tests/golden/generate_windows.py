"""Writes convolutions.txt and poolings.txt: what PyTorch computes on inputs that a formula gives.

    python generate_windows.py        # torch 2.15, CPU, float64

Every line is a case: name, settings, and its results, separated by bars; numbers by spaces. Inputs are multiples of
1/4, so that sums of their products are exact.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F

HERE = Path(__file__).parent


def values(shape, seed, nan_every=0):
    """Element i is ((7919·(i + seed) + i²) mod 23 − 11)/4; every `nan_every`-th is NaN."""
    elements = [((7919 * (i + seed) + i * i) % 23 - 11) / 4 for i in range(math.prod(shape))]
    if nan_every:
        elements = [math.nan if i % nan_every == nan_every - 1 else x for i, x in enumerate(elements)]
    return torch.tensor(elements, dtype=torch.float64).reshape(shape)


def line(name, settings, *results):
    number = lambda x: repr(x) if isinstance(x, float) else str(x)
    parts = [name, " ".join(map(str, settings))]
    return " | ".join(parts + [" ".join(map(number, result.flatten().tolist())) for result in results])


def convolutions():
    for x, w, s, p, d, g in [
        ((2, 2, 4, 5), (3, 2, 3, 2), (1, 1), (0, 0), (1, 1), 1),
        ((1, 2, 5, 5), (2, 2, 3, 3), (2, 2), (1, 1), (1, 1), 1),
        ((1, 4, 5, 6), (6, 2, 2, 3), (1, 2), (0, 2), (2, 1), 2),
        ((1, 3, 4, 4), (3, 1, 3, 3), (1, 1), (1, 1), (1, 1), 3),
        ((2, 3, 2, 3), (2, 3, 1, 1), (1, 1), (0, 0), (1, 1), 1),
        ((1, 1, 7, 8), (1, 1, 2, 2), (3, 4), (1, 0), (2, 3), 1),
    ]:
        a, b = values(x, 1).requires_grad_(), values(w, 2).requires_grad_()
        c = values((w[0],), 3).requires_grad_()
        y = F.conv2d(a, b, c, s, p, d, g)
        y.backward(values(y.shape, 4))
        yield line("conv2d", [*x, *w, *s, *p, *d, g], y, a.grad, b.grad, c.grad)
    for x, w, s, p, d, g, o in [
        ((1, 4, 3, 4), (4, 2, 3, 2), (2, 3), (1, 0), (1, 2), 2, (1, 2)),
        ((1, 2, 3, 3), (2, 3, 2, 2), (1, 1), (0, 1), (1, 1), 1, (0, 0)),
    ]:
        y = F.conv_transpose2d(values(x, 1), values(w, 2), None, s, p, o, g, d)
        yield line("conv_transpose2d", [*x, *w, *s, *p, *d, g, *o], y)


def poolings():
    for x, k, s, p, d, ceil, nan in [
        ((2, 2, 4, 6), (2, 2), (2, 2), (0, 0), (1, 1), 0, 0),
        ((1, 1, 5, 7), (3, 2), (1, 2), (1, 1), (1, 1), 0, 0),
        ((1, 1, 5, 7), (2, 3), (2, 2), (0, 1), (1, 1), 1, 0),
        ((1, 2, 6, 6), (3, 2), (3, 5), (1, 0), (1, 3), 1, 0),
        ((1, 1, 6, 7), (2, 2), (2, 1), (1, 1), (2, 2), 0, 0),
        ((1, 1, 6, 40), (2, 2), (2, 2), (0, 0), (1, 1), 0, 5),
        ((1, 1, 5, 30), (3, 3), (1, 1), (1, 1), (1, 1), 0, 7),
        ((1, 1, 4, 4), (3, 3), (3, 3), (1, 1), (1, 1), 1, 0),
    ]:
        a = values(x, 1, nan).requires_grad_()
        y, i = F.max_pool2d(a, k, s, p, d, bool(ceil), return_indices=True)
        y.backward(values(y.shape, 4))
        yield line("max_pool2d", [*x, *k, *s, *p, *d, ceil, nan], y, i, a.grad)
    for x, k, s, p, ceil, include in [
        ((2, 2, 4, 6), (2, 2), (2, 2), (0, 0), 0, 1),
        ((1, 1, 5, 7), (3, 2), (1, 2), (1, 1), 0, 1),
        ((1, 1, 5, 7), (3, 2), (1, 2), (1, 1), 0, 0),
        ((1, 1, 6, 7), (3, 4), (2, 3), (1, 2), 1, 1),
        ((1, 1, 6, 7), (3, 4), (2, 3), (1, 2), 1, 0),
        ((1, 1, 4, 4), (3, 3), (3, 3), (1, 1), 1, 1),
    ]:
        a = values(x, 1).requires_grad_()
        y = F.avg_pool2d(a, k, s, p, bool(ceil), bool(include))
        y.backward(values(y.shape, 4))
        yield line("avg_pool2d", [*x, *k, *s, *p, ceil, include], y, a.grad)
    for x, o in [((1, 2, 5, 7), (3, 4)), ((1, 1, 3, 4), (5, 4)), ((2, 1, 6, 4), (1, 2))]:
        a = values(x, 1).requires_grad_()
        y = F.adaptive_avg_pool2d(a, o)
        y.backward(values(y.shape, 4))
        yield line("adaptive_avg_pool2d", [*x, *o], y, a.grad)


for name, cases in [("convolutions", convolutions), ("poolings", poolings)]:
    (HERE / f"{name}.txt").write_text("\n".join(cases()) + "\n")
