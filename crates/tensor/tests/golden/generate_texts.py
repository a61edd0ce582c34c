"""Writes texts.txt, what NumPy prints for the arrays of tests/display.rs: venv/bin/python generate_texts.py

Each text stands between a line with its name and a line of dashes. NumPy 2.4.6.
"""

from pathlib import Path

import numpy as np

f8, f4 = np.float64, np.float32
nan, inf = np.nan, np.inf


def count(shape, dtype=f8):
    return np.arange(np.prod(shape, dtype=int)).astype(dtype).reshape(shape)


CASES = {
    "integral": f8([1, -2, 30]),
    "aligned": f8([[1, 2.5], [-30.25, 4]]),
    "thirds": f8([1 / 3, 2 / 3, 1]),
    "thirds f32": f4([1 / 3, 2 / 3, 1]),
    "tenths f32": f4([0.1, 0.2, 0.3]),
    "pi f32": f4([3.14159274, 2.71828175]),
    "ties": f8([0.001953125, 0.00292969, 0.005859375, 1]),
    "zeros": f8([0.0, -0.0]),
    "not finite": f8([nan, inf, -inf, 1.5]),
    "only nan": f8([nan, nan]),
    "only inf": f8([inf, inf]),
    "only infs": f8([inf, -inf]),
    "nan among long": f8([nan, 123456.0]),
    "nan in powers": f8([nan, -inf, 1e20, 1.25]),
    "large": f8([1e8, 1]),
    "just not large": f8([99999999.0, 99999998.0]),
    "small": f8([1e-5]),
    "just not small": f8([1e-4, 5e-4]),
    "just not small f32": f4([1e-4, 5e-4]),
    "wide": f8([1, 1000.5]),
    "just not wide": f8([1, 1000, 0]),
    "three digits of power": f8([1e100, 1e-5]),
    "ends of f64": f8([5e-324, 1.7976931348623157e308]),
    "ends of f32": f4([1e-45, 3.4028235e38]),
    "long factors": f8([1.23456789012345e-7, 3e10]),
    "filled factors f32": f4([0.1, 1.5, 1e10, 123456.7]),
    "negative power": f8([-1e-7, 2.5e-7]),
    "one power": f8([1e10]),
    "matrix": count((3, 4)) * 0.5,
    "rank 3": count((2, 2, 3)),
    "rank 4": count((2, 1, 2, 2)),
    "rank 8": count((1, 1, 2, 1, 1, 1, 1, 2)),
    "column": count((3, 1)),
    "empty": f8([]),
    "empty rows": np.zeros((2, 0)),
    "integers": np.int32([[1, -20], [300, 4]]),
    "unsigned": np.uint8([0, 255]),
    "largest": np.uint64([2**64 - 1, 0]),
    "smallest": np.int64([-(2**63), 1]),
    "wrapped": count(60) / 7,
    "wrapped integers": np.arange(100, dtype=np.int64),
    "wrapped rows": count((2, 2, 13)) / 3,
    "full": count(1000, f4),
    "summarised": count(1001),
    "summarised rows": count((143, 7)),
    "summarised wide rows": count((2, 501)),
    "summarised blocks": count((7, 7, 30)),
    "summarised one axis": count((400, 3)) / 3,
    "summarised integers": np.arange(2000).reshape(1000, 2),
}

FIXED = {
    "three digits": (f8([1, 2 / 3, -10]), 3),
    "no digits": (f8([1, 2.5, 3.5]), 0),
    "powers with two digits": (f8([1.5, 1e10]), 2),
    "nan with digits": (f8([nan, 0.5]), 2),
    "many digits": (f8([0.1, 2]), 20),
    "digits f32": (f4([0.1, 0.7]), 10),
}


def block(name, text):
    return f"{name}\n{text}\n----\n"


texts = [block(name, np.array2string(array, separator=", ")) for name, array in CASES.items()]
texts += [
    block(name, np.array2string(array, separator=", ", precision=precision, floatmode="fixed"))
    for name, (array, precision) in FIXED.items()
]
texts += [
    block("signs", np.array2string(f8([1, -2, 0, inf]), separator=", ", sign="+")),
    block("behind a prefix", np.array2string(count(20) / 7, separator=", ", prefix="Tensor(")),
]
(Path(__file__).parent / "texts.txt").write_text("".join(texts))
