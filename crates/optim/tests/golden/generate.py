"""Writes trajectories.json: points that PyTorch's optimizers pass through, in float64.

    pip install torch==2.9.1
    python3 generate.py

Nothing is random, so there is no seed. Every case holds the problem's name, the rule and those
hyper-parameters, under the names of gradus-optim, that differ from the default; the defaults are
PyTorch's own. Stored are the points after step 1 and after every 20th step. The gradients are written by
hand, here and in ../rules/golden.rs, with the same constants.
"""

import json
from pathlib import Path

import torch

STEPS = 200
EVERY = 20

# Quadratic ½ (x − x*)ᵀ H (x − x*), condition number about 1100.
HESSIAN = [
    [100.0, 3.0, 0.0, 0.0],
    [3.0, 10.0, 0.5, 0.0],
    [0.0, 0.5, 1.0, 0.1],
    [0.0, 0.0, 0.1, 0.1],
]
MINIMISER = [1.0, 2.0, -1.0, 0.5]


def quadratic(x):
    return [sum(h * (xj - mj) for h, xj, mj in zip(row, x, MINIMISER)) for row in HESSIAN]


# Rosenbrock (1 − x)² + 100 (y − x²)².
def rosenbrock(x):
    valley = x[1] - x[0] * x[0]
    return [-2.0 * (1.0 - x[0]) - 400.0 * x[0] * valley, 200.0 * valley]


PROBLEMS = {
    "quadratic": (quadratic, [3.0, -2.0, 4.0, 2.5]),
    "rosenbrock": (rosenbrock, [-1.2, 1.0]),
}

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "amsgrad": lambda params, **settings: torch.optim.Adam(params, amsgrad=True, **settings),
}

# Rule, learning rates on the quadratic and on Rosenbrock (None: the default), other settings.
METHODS = [
    ("sgd", 0.015, 5e-4, {}),
    ("sgd", 0.01, 2e-4, {"momentum": 0.9}),
    ("sgd", 0.01, 5e-4, {"momentum": 0.9, "dampening": 0.9}),
    ("sgd", 0.01, 3e-4, {"momentum": 0.8, "dampening": 0.5}),
    ("sgd", 0.008, 2e-4, {"momentum": 0.9, "nesterov": True}),
    ("adagrad", None, None, {}),
    ("adagrad", 0.5, 0.2, {}),
    ("adagrad", 0.5, 0.2, {"initial_accumulator_value": 2.0, "eps": 0.5}),
    ("rmsprop", None, None, {}),
    # A smaller eps makes the minimiser unstable, and roundings grow to 1e-7 within 200 steps.
    ("rmsprop", 0.02, 0.005, {"alpha": 0.9, "eps": 2.0}),
    ("adam", None, None, {}),
    ("adam", 0.1, 0.05, {}),
    ("adam", 0.1, 0.02, {"betas": [0.8, 0.95], "eps": 0.01}),
    ("amsgrad", None, None, {}),
    ("amsgrad", 0.1, 0.05, {"betas": [0.8, 0.9]}),
]


def run(problem, rule, settings):
    gradient, start = PROBLEMS[problem]
    x = torch.tensor(start, dtype=torch.float64)
    keywords = {"lr" if name == "learning_rate" else name: value for name, value in settings.items()}
    optimizer = OPTIMIZERS[rule]([x], **keywords)
    points = []
    for step in range(1, STEPS + 1):
        x.grad = torch.tensor(gradient(x.tolist()), dtype=torch.float64)
        optimizer.step()
        if step == 1 or step % EVERY == 0:
            points.append({"step": step, "x": x.tolist()})
    return {"problem": problem, "rule": rule, "settings": settings, "points": points}


def main():
    cases = []
    for rule, *learning_rates, settings in METHODS:
        for problem, learning_rate in zip(PROBLEMS, learning_rates):
            given = {} if learning_rate is None else {"learning_rate": learning_rate}
            cases.append(run(problem, rule, given | settings))
    body = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{body}\n]}}\n'
    Path(__file__).with_name("trajectories.json").write_text(text)


if __name__ == "__main__":
    main()
