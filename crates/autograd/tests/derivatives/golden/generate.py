"""Writes gradients.json: values and gradients of composite functions by PyTorch, in float64.

    pip install torch==2.15.0
    python3 generate.py

Inputs are multiples of 1/64, so that float32 holds them exactly, drawn with a fixed seed. The same functions
stand beside it and in mod.rs, under the same names.
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


F = torch.nn.functional

ACTIVATIONS = [
    torch.tanh,
    torch.relu,
    torch.sigmoid,
    F.gelu,
    lambda x: F.gelu(x, approximate="tanh"),
    F.silu,
    F.elu,
    F.selu,
    F.softplus,
    lambda x: F.leaky_relu(x, 0.1),
    torch.erf,
]


def activations(w1, b1, w2, x):
    hidden = x @ w1 + b1
    return sum((activation(hidden) @ w2).square().mean() for activation in ACTIVATIONS)


def layer_norm(x, gamma, beta):
    return F.layer_norm(x, [6], gamma, beta, eps=1e-5).sin().sum()


def batch_norm(x, gamma, beta):
    mean, variance = x.mean((0, 2), keepdim=True), x.var((0, 2), keepdim=True, correction=0)
    return (((x - mean) * torch.rsqrt(variance + 1e-3)) * gamma + beta).tanh().square().sum()


def attention(x, wq, wk, wv):
    q, k, v = x @ wq, x @ wk, x @ wv
    future = torch.ones(4, 4).triu(1).bool()
    weights = (q @ k.transpose(1, 2) / 2.0).masked_fill(future, -torch.inf).softmax(2)
    return (weights @ v).square().mean()


def convolutional(w1, b1, w2, w3, x):
    hidden = F.max_pool2d(F.conv2d(x, w1, b1, padding=1).relu(), 2)
    hidden = F.avg_pool2d(F.conv2d(hidden, w2, groups=2), 2)
    return F.conv_transpose2d(hidden, w3, stride=2).tanh().mean()


def picked_cross_entropy(w, x):
    labels = torch.tensor([2, 0, 1, 1, 2, 0])
    return F.cross_entropy(x @ w, labels)


def einsum_chain(a, b, c):
    return torch.einsum("bij,jk,bkl->il", a, b, c).sin().sum() + torch.einsum("bii->b", a).square().sum()


def recurrent(w, u, b, x):
    state = torch.zeros(2, 3)
    for step in range(4):
        state = torch.tanh(x[:, step] @ w + state @ u + b)
    return state.square().sum()


def lstm(w, u, b, x):
    state, memory = torch.zeros(2, 3), torch.zeros(2, 3)
    for step in range(3):
        i, f, g, o = (x[:, step] @ w + state @ u + b).chunk(4, dim=1)
        memory = f.sigmoid() * memory + i.sigmoid() * g.tanh()
        state = o.sigmoid() * memory.tanh()
    return (state + memory).square().mean()


def gather_scatter(x, y):
    index = torch.tensor([[0, 2, 0], [1, 1, 3]])
    picked = x.gather(1, index) * y
    spread = torch.zeros(2, 4).scatter_add(1, index, picked)
    return (spread + x.index_add(1, torch.tensor([3, 0]), y[:, :2])).sin().square().sum()


def gradient_penalty(w1, w2, x):
    """Second order: the squared norm of the gradient with respect to the input, as in WGAN-GP."""
    x = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(((x @ w1).tanh() @ w2).sum(), x, create_graph=True)
    return (slope.norm(dim=1) - 1.0).square().mean()


def curvature(w, v, x):
    """Third order: the gradient of a product with the Hessian."""
    (slope,) = torch.autograd.grad(F.softplus(x @ w).sum(), w, create_graph=True)
    (product,) = torch.autograd.grad((slope * v).sum(), w, create_graph=True)
    return (product * v).sum()


def heat_equation(w1, b1, w2, x):
    """Third order: a network u(t, x) that is to satisfy u_t = u_xx."""
    x = x.clone().requires_grad_()
    u = (x @ w1 + b1).tanh() @ w2
    (slopes,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(slopes[:, 1].sum(), x, create_graph=True)
    return (slopes[:, 0] - second[:, 1]).square().mean()


def discounted(rewards, factors):
    return (rewards * factors.cumprod(1)).cumsum(1).square().mean() + factors.prod(1).sum()


def mixture(logits, means, scales, x):
    """The log-likelihood of a mixture of three normal distributions."""
    standardised = (x[:, None] - means) / scales
    log_densities = logits.log_softmax(0) - standardised.square() / 2.0 - scales.log()
    return log_densities.logsumexp(1).mean()


def distances(x, y):
    between = (x[:, None] - y).square().sum(2).sqrt()
    return between.amin(1).sum() + torch.exp(-between).mean() + x.std() + torch.linalg.vector_norm(y, 3, dim=1).sum()


def rearranged(x, y):
    mask = torch.arange(12).reshape(3, 4) % 3 == 0
    tiled = torch.where(mask, x.roll(1, 0), y.tile(3, 2)) * y.repeat_interleave(2, 1)
    windows = x.unfold(1, 2, 1)
    return tiled.tanh().masked_fill(mask.flip(1), 0.5).square().sum() + windows.prod(2).sum() + x[mask].sin().sum()


def quotients(x, y):
    return (x.pow(y) / (1.0 + x * y)).sum() + (x.rsqrt() * y.tan().clamp(-1.0, 0.5)).mean() + x.addmm(y, x).log().sum()


def normal_likelihood(a, x):
    """The log-likelihood of rows under a normal distribution with the covariance AAᵀ + 1, by Cholesky."""
    factor = torch.linalg.cholesky(a @ a.T + torch.eye(3))
    whitened = torch.linalg.solve_triangular(factor, x.T, upper=False)
    return -0.5 * whitened.square().sum() - 5 * factor.diagonal().log().sum()


def spectral(a, b):
    u, s, vt = torch.linalg.svd(a, full_matrices=False)
    values = torch.linalg.eigvalsh(b @ b.T)
    return (u @ torch.diag(s.sqrt()) @ vt).sin().sum() + values.log1p().sum() + torch.linalg.solve(b + 4 * torch.eye(3), a).sum()


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
    (activations, {"w1": [4, 5], "b1": [5], "w2": [5, 2]}, {"x": [6, 4]}),
    (layer_norm, {"x": [5, 6], "gamma": [6], "beta": [6]}, {}),
    (batch_norm, {"x": [4, 3, 5], "gamma": [3, 1], "beta": [3, 1]}, {}),
    (attention, {"x": [2, 4, 3], "wq": [3, 4], "wk": [3, 4], "wv": [3, 2]}, {}),
    (convolutional, {"w1": [4, 2, 3, 3], "b1": [4], "w2": [2, 2, 2, 2], "w3": [2, 1, 2, 2]}, {"x": [2, 2, 8, 8]}),
    (picked_cross_entropy, {"w": [4, 3]}, {"x": [6, 4]}),
    (einsum_chain, {"a": [2, 3, 3], "b": [3, 4], "c": [2, 4, 2]}, {}),
    (recurrent, {"w": [2, 3], "u": [3, 3], "b": [3]}, {"x": [2, 4, 2]}),
    (lstm, {"w": [2, 12], "u": [3, 12], "b": [12]}, {"x": [2, 3, 2]}),
    (gather_scatter, {"x": [2, 4], "y": [2, 3]}, {}),
    (gradient_penalty, {"w1": [3, 5], "w2": [5]}, {"x": [4, 3]}),
    (curvature, {"w": [4], "v": [4]}, {"x": [6, 4]}),
    (heat_equation, {"w1": [2, 5], "b1": [5], "w2": [5]}, {"x": [6, 2]}),
    (discounted, {"rewards": [3, 5], "factors": [3, 5]}, {}),
    (mixture, {"logits": [3], "means": [3], "scales": [3]}, {"x": [7]}),
    (distances, {"x": [4, 3], "y": [5, 3]}, {}),
    (rearranged, {"x": [3, 4], "y": [1, 2]}, {}),
    (quotients, {"x": [3, 3], "y": [3, 3]}, {}),
    (normal_likelihood, {"a": [3, 3]}, {"x": [5, 3]}),
    (spectral, {"a": [3, 2], "b": [3, 3]}, {}),
]

POSITIVE = {"powers", "quotients", "discounted"}


def draw(function, name, shape, generator):
    """Quarters for `piecewise`, so that some are equal; else 64ths, away from 0 where the function needs that."""
    low, high, unit = (-128, 129, 64)
    if function is piecewise:
        low, high, unit = (-6, 7, 4)
    elif function.__name__ in POSITIVE or name == "scales":
        low, high = (32, 160)
    return torch.randint(low, high, shape, generator=generator).double() / unit


def main():
    torch.set_default_dtype(torch.float64)
    generator = torch.Generator().manual_seed(SEED)
    cases = []
    for function, params, constants in FUNCTIONS:
        shapes = params | constants
        tensors = {name: draw(function, name, shape, generator) for name, shape in shapes.items()}
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
