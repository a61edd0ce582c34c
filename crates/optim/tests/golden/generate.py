"""Writes trajectories.json and lbfgs.json: points that PyTorch's optimizers pass through, in float64.

    pip install torch==2.15.0
    python3 generate.py

Nothing is random, so there is no seed. Every case holds the problem's name, the rule and those
hyper-parameters, under the names of gradus-optim, that differ from the default; the defaults are
PyTorch's own. Stored are the points after a few of 200 steps. Gradients are written with the same
constants here and in ../rules/golden.rs.
"""

import json
from pathlib import Path

import torch

torch.set_default_dtype(torch.float64)

STEPS = 200

# Quadratic ½ (x − x*)ᵀ H (x − x*), condition number about 1100.
HESSIAN = [
    [100.0, 3.0, 0.0, 0.0],
    [3.0, 10.0, 0.5, 0.0],
    [0.0, 0.5, 1.0, 0.1],
    [0.0, 0.0, 0.1, 0.1],
]
MINIMISER = [1.0, 2.0, -1.0, 0.5]


def quadratic(x):
    difference = x - torch.tensor(MINIMISER)
    return difference @ torch.tensor(HESSIAN) @ difference / 2.0


# Rosenbrock (1 − x)² + 100 (y − x²)².
def rosenbrock(x):
    return (1.0 - x[0]) ** 2 + 100.0 * (x[1] - x[0] * x[0]) ** 2


# tanh net 3 → 4 → 2 on eight points, mean of ½‖output − target‖². All numbers are exact in binary.
def grid(rows, columns, a, b, modulus, divisor):
    centre = modulus // 2
    return [[((a * i + b * j) % modulus - centre) / divisor for j in range(columns)] for i in range(rows)]


INPUTS = torch.tensor(grid(8, 3, 7, 3, 11, 4.0))
TARGETS = torch.tensor(grid(8, 2, 5, 2, 7, 4.0))
NET = [
    torch.tensor(grid(4, 3, 3, 5, 7, 8.0)),
    torch.tensor(grid(1, 4, 0, 3, 5, 8.0)[0]),
    torch.tensor(grid(2, 4, 2, 3, 5, 4.0)),
    torch.tensor(grid(1, 2, 0, 2, 3, 4.0)[0]),
]


def net(first, first_bias, second, second_bias):
    hidden = torch.tanh(INPUTS @ first.T + first_bias)
    output = hidden @ second.T + second_bias
    return ((output - TARGETS) ** 2).sum() / (2.0 * len(INPUTS))


def weights(first, second):
    return net(first, NET[1], second, NET[3])


# Function, start, steps whose points are kept.
PROBLEMS = {
    "quadratic": (quadratic, [torch.tensor([3.0, -2.0, 4.0, 2.5])], (1, 20, 60, 200)),
    "rosenbrock": (rosenbrock, [torch.tensor([-1.2, 1.0])], (1, 20, 60, 200)),
    "net": (net, NET, (1, 20, 200)),
    "weights": (weights, [NET[0], NET[2]], (1, 20, 200)),
}

OPTIMIZERS = {
    "sgd": torch.optim.SGD,
    "adagrad": torch.optim.Adagrad,
    "rmsprop": torch.optim.RMSprop,
    "adam": torch.optim.Adam,
    "amsgrad": lambda params, **settings: torch.optim.Adam(params, amsgrad=True, **settings),
    "adadelta": torch.optim.Adadelta,
    "adamax": torch.optim.Adamax,
    "nadam": torch.optim.NAdam,
    "radam": torch.optim.RAdam,
    "adafactor": torch.optim.Adafactor,
    "muon": torch.optim.Muon,
}

# Rule, learning rates on the quadratic, on Rosenbrock and on the net (None: the default), other settings.
# Where a run ends at an unstable minimiser, roundings grow: eps is then larger than PyTorch's default.
METHODS = [
    ("sgd", 0.015, 5e-4, 0.1, {}),
    ("sgd", 0.01, 2e-4, 0.05, {"momentum": 0.9}),
    ("sgd", 0.01, 5e-4, 0.3, {"momentum": 0.9, "dampening": 0.9}),
    ("sgd", 0.01, 3e-4, 0.1, {"momentum": 0.8, "dampening": 0.5}),
    ("sgd", 0.008, 2e-4, 0.05, {"momentum": 0.9, "nesterov": True}),
    ("sgd", 0.01, 2e-4, 0.05, {"momentum": 0.9, "weight_decay": {"l2": 0.1}}),
    ("sgd", 0.015, 5e-4, 0.1, {"maximize": True, "weight_decay": {"l2": 0.05}}),
    ("adagrad", None, None, None, {}),
    ("adagrad", 0.5, 0.2, 0.05, {}),
    ("adagrad", 0.5, 0.2, 0.2, {"initial_accumulator_value": 2.0, "eps": 0.5}),
    ("adagrad", 0.5, 0.2, 0.2, {"lr_decay": 0.05, "weight_decay": {"l2": 0.1}, "maximize": True}),
    ("rmsprop", None, None, None, {}),
    # A smaller eps makes the minimiser unstable, and roundings grow to 1e-7 within 200 steps.
    ("rmsprop", 0.02, 0.005, 0.01, {"alpha": 0.9, "eps": 2.0}),
    ("rmsprop", 0.02, 0.005, 0.01, {"momentum": 0.5, "eps": 4.0}),
    ("rmsprop", 0.02, 0.005, 0.01, {"centered": True, "alpha": 0.9, "eps": 2.0}),
    ("rmsprop", 0.01, 0.002, 0.01, {"centered": True, "momentum": 0.8, "eps": 8.0, "weight_decay": {"l2": 0.1}}),
    ("rmsprop", 0.02, 0.005, 0.01, {"eps": 2.0, "maximize": True}),
    ("adam", None, None, None, {}),
    ("adam", 0.1, 0.05, 0.01, {}),
    ("adam", 0.1, 0.02, 0.02, {"betas": [0.8, 0.95], "eps": 0.01}),
    ("adam", 0.1, 0.02, 0.02, {"weight_decay": {"l2": 0.1}, "maximize": True}),
    ("adam", 0.1, 0.02, 0.02, {"weight_decay": {"decoupled": 0.1}}),
    ("adam", 0.1, 0.02, 0.02, {"weight_decay": {"decoupled": 0.01}, "maximize": True}),
    ("amsgrad", None, None, None, {}),
    ("amsgrad", 0.1, 0.05, 0.02, {"betas": [0.8, 0.9]}),
    ("amsgrad", 0.1, 0.05, 0.02, {"weight_decay": {"l2": 0.1}}),
    ("amsgrad", 0.1, 0.05, 0.02, {"weight_decay": {"decoupled": 0.1}}),
    ("adadelta", None, None, None, {}),
    ("adadelta", 0.5, 0.5, 0.5, {"rho": 0.8, "eps": 1e-5, "weight_decay": {"l2": 0.05}, "maximize": True}),
    ("adamax", None, None, None, {}),
    ("adamax", 0.1, 0.02, 0.02, {"betas": [0.8, 0.95], "eps": 2.0, "weight_decay": {"l2": 0.05}, "maximize": True}),
    ("nadam", None, None, None, {}),
    ("nadam", 0.1, 0.02, 0.02, {"betas": [0.8, 0.95], "eps": 2.0, "momentum_decay": 0.1, "weight_decay": {"l2": 0.05}}),
    ("nadam", 0.1, 0.02, 0.02, {"eps": 2.0, "weight_decay": {"decoupled": 0.1}, "maximize": True}),
    ("radam", None, None, None, {}),
    ("radam", 0.1, 0.001, 0.02, {"betas": [0.8, 0.95], "eps": 2.0, "weight_decay": {"l2": 0.05}}),
    ("adafactor", None, None, None, {}),
    ("adafactor", 0.008, 0.002, 0.01, {"beta2_decay": -0.5, "eps1": 1.0, "eps2": 1e-2, "clip": 1.5}),
    ("adafactor", 0.01, 0.01, 0.01, {"weight_decay": {"decoupled": 0.1}, "maximize": True}),
    ("radam", 0.01, 0.002, 0.02, {"eps": 2.0, "weight_decay": {"decoupled": 0.1}, "maximize": True}),
]


# Muon is for matrices.
MATRIX_METHODS = [
    ("muon", None, {}),
    ("muon", 2e-3, {"momentum": 0.8, "nesterov": False, "weight_decay": {"decoupled": 0.02}}),
    ("muon", 2e-3, {"scale": "match_rms_adamw", "ns_steps": 3}),
    ("muon", 2e-3, {"scale": "spectral_unclamped", "ns_coefficients": [2.0, -1.5, 0.5], "weight_decay": "none"}),
]

# gradus-optim's names of settings that PyTorch calls otherwise.
NAMES = {"learning_rate": "lr", "clip": "d", "scale": "adjust_lr_fn"}


def orthogonalised(grad, ns_coefficients, ns_steps, eps):
    """PyTorch's _zeropower_via_newtonschulz without its rounding to bfloat16."""
    a, b, c = ns_coefficients
    x = grad.T if grad.size(0) > grad.size(1) else grad
    x = x / x.norm().clamp(min=eps)
    for _ in range(ns_steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if grad.size(0) > grad.size(1) else x


torch.optim._muon._zeropower_via_newtonschulz = orthogonalised


def points(problem, rule, settings, dtype=torch.float64):
    function, start, kept = PROBLEMS[problem]
    parameters = [tensor.to(dtype, copy=True).requires_grad_() for tensor in start]
    keywords = {NAMES.get(name, name): value for name, value in settings.items()}
    # One tensor after the other: the fastest form of a rule need not round as its formula does.
    keywords |= {"foreach": False} if rule != "muon" else {}
    decay = settings.get("weight_decay", {})
    for kind, value in ({"none": 0.0} if decay == "none" else decay).items():
        keywords["weight_decay"] = value
        if kind == "decoupled" and rule not in ("muon", "adafactor"):
            keywords["decoupled_weight_decay"] = True
    if "eps2" in settings:
        keywords["eps"] = (keywords.pop("eps1", None), keywords.pop("eps2"))
    optimizer = OPTIMIZERS[rule](parameters, **keywords)
    sign = -1.0 if settings.get("maximize") else 1.0
    found = []
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        (sign * function(*parameters)).backward()
        optimizer.step()
        if step in kept:
            found.append({"step": step, "x": [v for p in parameters for v in p.detach().flatten().tolist()]})
    return found


def run(problem, rule, settings):
    found = points(problem, rule, settings)
    # Rosenbrock's valley amplifies roundings: by how much, relative to the largest coordinate, says PyTorch in float32.
    if problem == "rosenbrock":
        for point, single in zip(found, points(problem, rule, settings, torch.float32)):
            difference = max(abs(a - b) for a, b in zip(point["x"], single["x"]))
            point["f32_difference"] = float(f"{difference / max(map(abs, point['x'])):.2g}")
    return {"problem": problem, "rule": rule, "settings": settings, "points": found}


# L-BFGS: settings, number of steps (of several iterations each) on the quadratic, on Rosenbrock and on the net: before
# roundings have grown too much.
LBFGS = [
    ({"search": {}}, (8, 8, 2)),
    ({"search": {}, "history_size": 3, "max_iterations": 4}, (12, 6, 6)),
    ({"search": {}, "learning_rate": 0.5, "max_iterations": 7, "max_evaluations": 12}, (6, 3, 3)),
    ({"search": None, "learning_rate": 0.05}, (2, 2, 2)),
]


def run_lbfgs(problem, settings, steps):
    function, start, _ = PROBLEMS[problem]
    parameters = [tensor.clone().requires_grad_() for tensor in start]
    names = {"learning_rate": "lr", "max_iterations": "max_iter", "max_evaluations": "max_eval"}
    keywords = {names.get(name, name): value for name, value in settings.items() if name != "search"}
    search = None if settings["search"] is None else "strong_wolfe"
    optimizer = torch.optim.LBFGS(parameters, line_search_fn=search, **keywords)

    def closure():
        optimizer.zero_grad()
        loss = function(*parameters)
        loss.backward()
        return loss

    points = []
    for step in range(1, steps + 1):
        loss = float(optimizer.step(closure).detach())
        state = optimizer.state[parameters[0]]
        counts = {"iterations": state["n_iter"], "evaluations": state["func_evals"]}
        x = [v for p in parameters for v in p.detach().flatten().tolist()]
        points.append({"step": step, "loss": loss, **counts, "x": x})
    return {"problem": problem, "settings": settings, "points": points}


def write(name, cases):
    body = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{body}\n]}}\n'
    Path(__file__).with_name(name).write_text(text)


def main():
    cases = []
    for rule, *learning_rates, settings in METHODS:
        for problem, learning_rate in zip(PROBLEMS, learning_rates):
            given = {} if learning_rate is None else {"learning_rate": learning_rate}
            cases.append(run(problem, rule, given | settings))
    for rule, learning_rate, settings in MATRIX_METHODS:
        given = {} if learning_rate is None else {"learning_rate": learning_rate}
        cases.append(run("weights", rule, given | settings))
    write("trajectories.json", cases)
    names = ["quadratic", "rosenbrock", "net"]
    runs = [(settings, *run) for settings, steps in LBFGS for run in zip(names, steps)]
    write("lbfgs.json", [run_lbfgs(name, settings, steps) for settings, name, steps in runs])


if __name__ == "__main__":
    main()
