"""Writes gradients.json: values and gradients of composite functions by PyTorch, in float64.

    pip install torch==2.9.1
    python3 generate.py

Inputs are multiples of 1/64, so that float32 holds them exactly, drawn with a fixed seed. The same functions
stand in ../golden.rs, under the same names.
"""

import json
from pathlib import Path

import torch

SEED = 9


def logistic_regression(w, b, x, y):
    return torch.nn.functional.softplus(-y * (x @ w + b)).mean()


def two_layers(w1, b1, w2, b2, x, y):
    hidden = torch.tanh(x @ w1 + b1)
    return ((hidden @ w2 + b2 - y) ** 2).mean()


def cross_entropy(w, x, y):
    logits = x @ w.T
    return (torch.log(torch.exp(logits).sum(1)) - (logits * y).sum(1)).mean()


def embedding(table, scale):
    rows = table[torch.tensor([4, 1, 4, 0, 4])]
    return torch.sigmoid(rows * scale).sum(0).square().sum()


def powers(x, y):
    return (x**3 / (1.0 + y**2) - torch.sqrt(y + 4.0) * x**-2 + 0.5 / y).sum()


def piecewise(x, y):
    # x and y share values: ties are part of what is compared.
    return (torch.maximum(x, y) * 3.0 + torch.minimum(x, y) ** 2 + torch.relu(x - y) + torch.abs(x * y)).sum()


def elementary(x, y):
    wave = torch.sin(x) * torch.cos(y) + torch.expm1(x * 0.25)
    return (torch.log1p(wave.square()) - torch.log(torch.exp(y) + 1.5)).mean()


def views(x, y):
    turned = x.permute(2, 0, 1).reshape(4, 6)
    wide = y.expand(4, 4, 6)
    return ((2.0 - turned) * wide / 3.0).sum(dim=(0, 2)).square().sum() + (turned @ y.T).mean()


# Parameters first, then constants: name, shape.
FUNCTIONS = [
    (logistic_regression, {"w": [5], "b": []}, {"x": [7, 5], "y": [7]}),
    (two_layers, {"w1": [5, 6], "b1": [6], "w2": [6, 2], "b2": [2]}, {"x": [9, 5], "y": [9, 2]}),
    (cross_entropy, {"w": [3, 4]}, {"x": [6, 4], "y": [6, 3]}),
    (embedding, {"table": [5, 3], "scale": [3]}, {}),
    (powers, {"x": [4, 1], "y": [3]}, {}),
    (piecewise, {"x": [2, 6], "y": [6]}, {}),
    (elementary, {"x": [3, 1, 2], "y": [4, 1]}, {}),
    (views, {"x": [2, 3, 4], "y": [4, 6]}, {}),
]


def draw(function, shape, generator):
    """Quarters for `piecewise`, so that some are equal; else 64ths, away from 0 for `powers`."""
    low, high, unit = {"piecewise": (-6, 7, 4), "powers": (32, 160, 64)}.get(function.__name__, (-128, 129, 64))
    return torch.randint(low, high, shape, generator=generator).double() / unit


def main():
    generator = torch.Generator().manual_seed(SEED)
    cases = []
    for function, params, constants in FUNCTIONS:
        tensors = {name: draw(function, shape, generator) for name, shape in (params | constants).items()}
        for name in params:
            tensors[name].requires_grad_()
        value = function(**tensors)
        value.backward()
        cases.append(
            {
                "function": function.__name__,
                "value": value.item(),
                "inputs": [
                    {
                        "name": name,
                        "shape": list(tensor.shape),
                        "elements": tensor.flatten().tolist(),
                        "gradient": tensor.grad.flatten().tolist() if name in params else None,
                    }
                    for name, tensor in tensors.items()
                ],
            }
        )
    body = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{body}\n]}}\n'
    Path(__file__).with_name("gradients.json").write_text(text)


if __name__ == "__main__":
    main()
