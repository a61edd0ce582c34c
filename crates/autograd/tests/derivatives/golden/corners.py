"""Writes corners.json: what PyTorch gives where an op has no derivative, an infinite one, or meets NaN and infinities.

    pip install torch==2.15.0
    python3 corners.py

For every case the value, the gradient of its sum, the gradient of the sum of that gradient, and that of the sum of these;
`null` where PyTorch has no rule of that order. Numbers that JSON does not have are texts. The same functions stand in ../corners.rs, under the same names.
"""

import json
import math
from pathlib import Path

import torch

INF, NAN = math.inf, math.nan
F = torch.nn.functional

# Name, function, inputs (vectors; the function reshapes).
CASES = [
    ("relu", torch.relu, [[-1.0, -0.0, 0.0, 1.0]]),
    ("abs", torch.abs, [[-2.0, -0.0, 0.0, 2.0]]),
    ("sign", torch.sign, [[-2.0, 0.0, 2.0]]),
    ("leaky_relu", lambda x: F.leaky_relu(x, 0.1), [[-1.0, -0.0, 0.0, 1.0]]),
    ("elu", lambda x: F.elu(x, 0.5), [[-1.0, 0.0, 1.0]]),
    ("selu", torch.selu, [[-1.0, 0.0, 1.0]]),
    ("softplus", F.softplus, [[-0.0, 0.0]]),
    ("clamp", lambda x: x.clamp(-1.0, 2.0), [[-1.5, -1.0, 0.0, 2.0, 2.5]]),
    ("maximum", torch.maximum, [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]),
    ("minimum", torch.minimum, [[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]),
    ("maximum_broadcast", torch.maximum, [[0.0, 0.0, -1.0], [0.0]]),
    ("sqrt", torch.sqrt, [[0.0, 4.0]]),
    ("rsqrt", torch.rsqrt, [[0.0, 4.0]]),
    ("ln", torch.log, [[0.0, 1.0]]),
    ("ln_1p", torch.log1p, [[-1.0, 0.0]]),
    ("recip", torch.reciprocal, [[0.0, 2.0]]),
    ("divided_by_zero", lambda a, b: a / b, [[1.0, -1.0], [0.0, 0.0]]),
    ("powf_0", lambda x: x**0.0, [[0.0, 2.0]]),
    ("powf_half", lambda x: x**0.5, [[0.0, 4.0]]),
    ("powf_minus_half", lambda x: x**-0.5, [[0.0, 4.0]]),
    ("powf_5_halves", lambda x: x**2.5, [[0.0, 4.0]]),
    ("powf_2", lambda x: x**2.0, [[0.0, 2.0]]),
    ("powi_minus_1", lambda x: x**-1, [[0.0, 2.0]]),
    ("powi_minus_2", lambda x: x**-2, [[0.0, 2.0]]),
    ("powf_1", lambda x: x**1.0, [[0.0, 2.0]]),
    ("powf_3_halves", lambda x: x**1.5, [[0.0, 4.0]]),
    ("powi_2", lambda x: x**2, [[0.0, 2.0]]),
    ("powi_3", lambda x: x**3, [[0.0, 2.0]]),
    ("pow", torch.pow, [[0.0, 0.0, 0.0, 0.0, 2.0], [0.0, 0.5, 1.0, 2.0, 0.0]]),
    ("norm_2", lambda x: x.reshape(2, 2).norm(2, dim=1), [[0.0, 0.0, 3.0, 4.0]]),
    ("norm_1", lambda x: torch.linalg.vector_norm(x, 1), [[0.0, -1.0, 2.0]]),
    ("norm_3", lambda x: torch.linalg.vector_norm(x.reshape(2, 2), 3, dim=1), [[0.0, 0.0, 0.0, 2.0]]),
    ("norm_3_halves", lambda x: torch.linalg.vector_norm(x.reshape(2, 2), 1.5, dim=1), [[0.0, 0.0, 0.0, 2.0]]),
    ("norm_half", lambda x: torch.linalg.vector_norm(x, 0.5), [[0.0, 1.0, 4.0]]),
    ("norm_inf", lambda x: torch.linalg.vector_norm(x, INF), [[-2.0, 2.0, 1.0, 0.0]]),
    ("norm_minus_inf", lambda x: torch.linalg.vector_norm(x, -INF), [[-2.0, 1.0, -1.0]]),
    ("norm_0", lambda x: torch.linalg.vector_norm(x, 0), [[-2.0, 0.0]]),
    ("std_of_equal", lambda x: x.std(correction=1), [[2.0, 2.0, 2.0]]),
    ("var_of_one", lambda x: x.var(correction=1), [[2.0]]),
    ("var_of_one_biased", lambda x: x.var(correction=0), [[2.0]]),
    ("std_of_one", lambda x: x.std(correction=1), [[2.0]]),
    ("max_axes", lambda x: x.reshape(2, 3).amax(1), [[1.0, 3.0, 3.0, 2.0, 2.0, 2.0]]),
    ("min_axes", lambda x: x.reshape(2, 3).amin((0, 1)), [[1.0, 3.0, 1.0, 2.0, 2.0, 2.0]]),
    ("max_with_nan", lambda x: x.amax(), [[1.0, NAN, 2.0]]),
    ("max_pool", lambda x: F.max_pool1d(x.reshape(1, 1, 4), 2), [[1.0, 1.0, 2.0, 3.0]]),
    ("prod_with_a_zero", lambda x: x.prod(), [[2.0, 0.0, 3.0]]),
    ("prod_with_two_zeros", lambda x: x.prod(), [[2.0, 0.0, 0.0]]),
    ("cumprod_with_zeros", lambda x: x.cumprod(0), [[2.0, 0.0, 3.0, 0.0, 5.0]]),
    ("logsumexp_with_minus_inf", lambda x: x.logsumexp(0), [[0.0, -INF, 1.0]]),
    ("logsumexp_of_minus_inf", lambda x: x.logsumexp(0), [[-INF, -INF]]),
    ("softmax_with_minus_inf", lambda x: x.softmax(0) * torch.arange(3.0), [[0.0, -INF, 1.0]]),
    ("softmax_of_minus_inf", lambda x: x.softmax(0) * torch.arange(2.0), [[-INF, -INF]]),
    ("log_softmax_with_minus_inf", lambda x: x.log_softmax(0)[::2] * torch.arange(2.0), [[0.0, -INF, 1.0]]),
    (
        "masked_attention",
        lambda x: (x.reshape(2, 2).masked_fill(torch.eye(2) == 0, -INF).softmax(1) @ x.reshape(2, 2)).square(),
        [[0.5, 1.0, 2.0, -1.0]],
    ),
    (
        "where_nan",
        lambda x: torch.where(torch.tensor([True, False]), x, x * NAN),
        [[2.0, 3.0]],
    ),
    (
        "where_nan_constant",
        lambda x: torch.where(torch.tensor([True, False]), x, torch.tensor(NAN)),
        [[2.0, 3.0]],
    ),
    ("where_sqrt", lambda x: torch.where(x > 0, x.sqrt(), x), [[4.0, 0.0, -1.0]]),
    (
        "where_twice",
        lambda x: torch.where(x > 0, torch.where(x > 0, x, torch.ones(3)).sqrt(), torch.zeros(3)),
        [[4.0, 0.0, -1.0]],
    ),
    ("masked_fill_nan", lambda x: x.masked_fill(x.isnan(), 7.0).square(), [[NAN, 3.0]]),
    ("masked_select_nan", lambda x: x[~x.isnan()].square(), [[NAN, 3.0]]),
    ("sort", lambda x: x.sort(stable=True).values * torch.arange(3.0), [[2.0, 1.0, 2.0]]),
    ("tanh_at_infinity", torch.tanh, [[-INF, INF]]),
    ("sigmoid_far_out", torch.sigmoid, [[-1000.0, 1000.0]]),
    ("softplus_far_out", F.softplus, [[-1000.0, 1000.0]]),
]


def encode(numbers):
    return [x if math.isfinite(x) else str(x) for x in numbers]


def dense(tensor, gradient):
    """The elements of a gradient, which may be missing or, as PyTorch's "efficient zero tensor", have none."""
    zeros = torch.zeros_like(tensor)
    return (zeros if gradient is None else zeros + gradient).tolist()


def orders(value, tensors):
    """The gradients of the sum, of the sum of these, and once more."""
    total = value.sum()
    for order in range(3):
        gradients = [None] * len(tensors)
        if torch.is_tensor(total) and total.requires_grad:
            try:
                gradients = torch.autograd.grad(total, tensors, create_graph=True, allow_unused=True)
            except RuntimeError:
                # No rule of this order.
                yield None
                return
        yield [encode(dense(x, y)) for x, y in zip(tensors, gradients)]
        total = sum(gradient.sum() for gradient in gradients if gradient is not None)


def main():
    torch.set_default_dtype(torch.float64)
    lines = []
    for name, function, inputs in CASES:
        tensors = [torch.tensor(x, requires_grad=True) for x in inputs]
        value = function(*tensors)
        case = {
            "name": name,
            "inputs": [encode(x) for x in inputs],
            "value": encode(value.detach().flatten().tolist()),
        }
        case.update(zip(["gradients", "second", "third"], orders(value, tensors)))
        lines.append(json.dumps(case))
    body = ",\n".join(lines)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{body}\n]}}\n'
    Path(__file__).with_name("corners.json").write_text(text)


if __name__ == "__main__":
    main()
