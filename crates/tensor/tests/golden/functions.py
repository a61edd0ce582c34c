"""Writes functions.bin: elementary functions at f64 points, with 50 digits, by mpmath.

    pip install mpmath==1.3.0
    python3 functions.py [points per function] [file]

One section per function: its name in 16 bytes, the number of records as u32, and the records: four
little-endian f64 each, x, the exponent (0 but for powf), the value rounded to f64, and the rest of the value.
Points are drawn with a fixed seed: half of them uniformly from where the function is neither flat nor
infinite, the others with uniform exponents over the whole range of f64; then the corners of the formulas.
"""

import math
import random
import struct
import sys
from pathlib import Path

from mpmath import erf, erfc, exp, expm1, ln, log1p, mp, mpf, pi, sin, cos, sqrt, tan, tanh

mp.prec = 1300  # sin(1e308) loses 1024 bits
SEED = 12
POINTS = 400


def cdf(x):
    return erfc(-x / sqrt(2)) / 2


def pdf(x):
    return exp(-x * x / 2) / sqrt(2 * pi)


def sigmoid(x):
    return 1 / (1 + exp(-x))


def gelu_tanh(x):
    return x * sigmoid(2 * sqrt(2 / pi) * (x + mpf("0.044715") * x**3))


# Name, function, where it is interesting, working precision in bits, largest magnitude that makes sense.
FUNCTIONS = [
    ("exp", exp, (-745.5, 710), 200, 1e3),
    ("exp_m1", expm1, (-40, 50), 1300, 720),
    ("ln", ln, (0, 10), 1300, None),
    ("ln_1p", log1p, (-1, 10), 1300, None),
    ("sin", sin, (-100, 100), 1300, None),
    ("cos", cos, (-100, 100), 1300, None),
    ("tan", tan, (-100, 100), 1300, None),
    ("tanh", tanh, (-20, 20), 1300, 30),
    ("sigmoid", sigmoid, (-745.5, 45), 200, 800),
    ("softplus", lambda x: log1p(exp(x)), (-745.5, 45), 1300, 800),
    ("silu", lambda x: x * sigmoid(x), (-755, 45), 200, 800),
    ("normal_cdf", cdf, (-38.7, 9), 200, 50),
    ("normal_pdf", pdf, (-38.7, 38.7), 200, 50),
    ("erf", erf, (-6, 6), 200, 50),
    ("gelu", lambda x: x * cdf(x), (-38.7, 9), 200, 50),
    ("gelu_tanh", gelu_tanh, (-21.6, 9), 200, 50),
    ("powf", None, (0, 50), 1400, None),
]

EXPONENTS = [-300.0, -7.5, -1.0, -0.5, 0.1, 0.5, 1.0, 1.7, 2.0, 3.0, 33.3, 1e5]

# Where formulas change: thresholds of branches, multiples of π/2, ends of ranges.
CORNERS = [0.5, 1.0, 2.0, 0.34657359027997264, 1.0397207708399179, 0.4142135623730951, -0.2928932188134524,
           5.75, 38.5, 1.5999e6, 1.6001e6, 1e9, 1e22, 709.78, 745.1, 1e-9, 1e-18]


def points(name, domain, limit, count, rng):
    low, high = domain
    for i in range(count):
        if i % 2:
            yield rng.uniform(low, high)
        else:
            top = math.log2(limit) if limit else 1023.9
            # One third near 1, where most of the argument ranges end.
            exponent = rng.uniform(-30, 10) if i % 3 else rng.uniform(-1070, top)
            x = 2.0 ** min(exponent, top) * rng.choice([-1, 1])
            yield x
    for x in CORNERS:
        for x in (x, math.nextafter(x, 0), math.nextafter(x, 1e300), -x):
            yield x
    for n in range(1, 40):
        yield n * math.pi / 2
    # The double that comes closest to a multiple of π/2 (Muller, Elementary Functions).
    yield 6381956970095103 * 2.0**797


def inside(name, x, limit):
    if limit and abs(x) > limit:
        return False
    if name in ("ln", "powf"):
        return x > 0
    if name == "ln_1p":
        return x > -1
    return x != 0


def records(name, function, domain, precision, limit, count):
    rng = random.Random(f"{SEED} {name}")
    mp.prec = precision
    for i, x in enumerate(points(name, domain, limit, count, rng)):
        if not inside(name, x, limit):
            continue
        exponent = 0.0
        if name == "powf":
            exponent = EXPONENTS[i % len(EXPONENTS)] if i % 5 else rng.uniform(-20, 20)
            logarithm = mpf(exponent) * ln(mpf(x))
            if abs(logarithm) > 760:
                continue
            exact = exp(logarithm)
        else:
            exact = function(mpf(x))
        try:
            value = float(exact)
        except OverflowError:
            value = math.inf
        if math.isinf(value):
            yield x, exponent, math.copysign(math.inf, exact), 0.0
        else:
            yield x, exponent, value, float(exact - mpf(value))


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).with_name("functions.bin")
    with path.open("wb") as file:
        for name, *rest in FUNCTIONS:
            rows = list(records(name, *rest, count))
            file.write(name.encode().ljust(16, b"\0") + struct.pack("<I", len(rows)))
            for row in rows:
                file.write(struct.pack("<4d", *row))


if __name__ == "__main__":
    main()
