"""Writes schedules.json: learning rates of PyTorch's schedulers for a base rate of 1.

    pip install torch==2.15.0
    python3 schedules.py

Every case holds the schedule's name and settings as gradus-optim names them, and the rates of the first steps.
"""

import json
from pathlib import Path

import torch
from torch.optim import lr_scheduler as s

STEPS = 40


def rates(build, metrics=None, steps=STEPS):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = build(optimizer)
    values = []
    for step in range(steps):
        values.append(float(optimizer.param_groups[0]["lr"]))
        optimizer.step()
        if step + 1 < steps or metrics:
            scheduler.step(*([metrics[step]] if metrics else []))
    return values


# Name, settings of gradus-optim, scheduler of PyTorch, number of rates.
SCHEDULES = [
    ("linear", {}, lambda o: s.LinearLR(o), STEPS),
    ("linear", {"from": 0.1, "to": 0.7, "steps": 13}, lambda o: s.LinearLR(o, 0.1, 0.7, 13), STEPS),
    ("step_decay", {"period": 7}, lambda o: s.StepLR(o, 7), STEPS),
    ("step_decay", {"period": 3, "gamma": 0.7}, lambda o: s.StepLR(o, 3, 0.7), STEPS),
    ("multi_step", {"milestones": [4, 9, 30]}, lambda o: s.MultiStepLR(o, [4, 9, 30]), STEPS),
    ("multi_step", {"milestones": [5, 5, 11], "gamma": 0.5}, lambda o: s.MultiStepLR(o, [5, 5, 11], 0.5), STEPS),
    ("exponential", {"gamma": 0.9}, lambda o: s.ExponentialLR(o, 0.9), STEPS),
    ("polynomial", {}, lambda o: s.PolynomialLR(o), STEPS),
    ("polynomial", {"steps": 25, "power": 2.5}, lambda o: s.PolynomialLR(o, 25, 2.5), STEPS),
    # PyTorch's cosine climbs again after T_max.
    ("cosine", {"steps": 39}, lambda o: s.CosineAnnealingLR(o, 39), STEPS),
    ("cosine", {"steps": 20, "floor": 0.05}, lambda o: s.CosineAnnealingLR(o, 20, 0.05), 21),
    ("cosine_restarts", {"period": 6}, lambda o: s.CosineAnnealingWarmRestarts(o, 6), STEPS),
    (
        "cosine_restarts",
        {"period": 3, "growth": 2, "floor": 0.01},
        lambda o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
        STEPS,
    ),
    ("one_cycle", {"steps": 40}, lambda o: s.OneCycleLR(o, 1.0, 40, cycle_momentum=False), STEPS),
    (
        "one_cycle",
        {"steps": 40, "rise": 0.37, "anneal": "linear", "div_factor": 10.0, "final_div_factor": 100.0},
        lambda o: s.OneCycleLR(
            o, 1.0, 40, pct_start=0.37, anneal_strategy="linear", div_factor=10.0, final_div_factor=100.0,
            cycle_momentum=False,
        ),
        STEPS,
    ),
    (
        "one_cycle",
        {"steps": 40, "rise": 0.4, "three_phase": True},
        lambda o: s.OneCycleLR(o, 1.0, 40, pct_start=0.4, three_phase=True, cycle_momentum=False),
        STEPS,
    ),
    ("constant_then_one", {"factor": 0.25, "steps": 6}, lambda o: s.ConstantLR(o, 0.25, 6), STEPS),
    (
        "linear_then_cosine",
        {"linear": {"from": 0.1, "steps": 8}, "cosine": {"steps": 31, "floor": 0.1}},
        lambda o: s.SequentialLR(o, [s.LinearLR(o, 0.1, 1.0, 8), s.CosineAnnealingLR(o, 31, 0.1)], [8]),
        STEPS,
    ),
    (
        "linear_times_exponential",
        {"linear": {"from": 0.2, "steps": 10}, "exponential": {"gamma": 0.9}},
        lambda o: s.ChainedScheduler([s.LinearLR(o, 0.2, 1.0, 10), s.ExponentialLR(o, 0.9)]),
        STEPS,
    ),
]

LOSSES = [5.0, 4.0, 3.99, 4.5, 3.9999, 3.99, 3.5, 3.4, 3.4, 3.4, 3.39999, 3.6, 3.1] + [3.0] * 27
PLATEAUS = [
    ({}, {}),
    ({"factor": 0.5, "patience": 2}, {"factor": 0.5, "patience": 2}),
    ({"factor": 0.3, "patience": 1, "cooldown": 2}, {"factor": 0.3, "patience": 1, "cooldown": 2}),
    (
        {"factor": 0.5, "patience": 1, "threshold": 0.2, "threshold_mode": "absolute", "floor": 0.1},
        {"factor": 0.5, "patience": 1, "threshold": 0.2, "threshold_mode": "abs", "min_lr": 0.1},
    ),
    (
        {"goal": "maximise", "factor": 0.5, "patience": 3, "threshold": 0.05, "eps": 0.1},
        {"mode": "max", "factor": 0.5, "patience": 3, "threshold": 0.05, "eps": 0.1},
    ),
    (
        {"goal": "maximise", "factor": 0.5, "patience": 1, "threshold": 0.3, "threshold_mode": "absolute"},
        {"mode": "max", "factor": 0.5, "patience": 1, "threshold": 0.3, "threshold_mode": "abs"},
    ),
]


def main():
    cases = []
    for name, settings, build, steps in SCHEDULES:
        cases.append({"schedule": name, "settings": settings, "rates": rates(build, steps=steps)})
    for settings, keywords in PLATEAUS:
        for metrics in [LOSSES, [10.0 - loss for loss in LOSSES]]:
            values = rates(lambda o: s.ReduceLROnPlateau(o, **keywords), metrics)
            case = {"schedule": "reduce_on_plateau", "settings": settings, "metrics": metrics, "rates": values}
            cases.append(case)
    body = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"torch": "{torch.__version__.split("+")[0]}", "cases": [\n{body}\n]}}\n'
    Path(__file__).with_name("schedules.json").write_text(text)


if __name__ == "__main__":
    main()
