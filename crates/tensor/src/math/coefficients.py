"""Prints the coefficients of the polynomials of this folder, minimax fits in 80 digits, and their relative errors.

    pip install mpmath==1.3.0
    python3 coefficients.py

Lawson's iteration: least squares at Chebyshev points, each point weighted again by its error, until the errors
are level. The rational function is linearised with the denominator of the round before.
"""

from mpmath import cos, erf, erfc, exp, expm1, log, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sin, sqrt, tanh

mp.prec = 260
ROUNDS = 40


def least_squares(rows, weights):
    n = len(rows[0][0])
    a, b = matrix(n, n), matrix(n, 1)
    for (row, y), weight in zip(rows, weights):
        for i in range(n):
            for j in range(i, n):
                a[i, j] += weight * row[i] * row[j]
            b[i] += weight * row[i] * y
    for i in range(n):
        for j in range(i):
            a[i, j] = a[j, i]
    return list(lu_solve(a, b))


def reweighted(weights, errors):
    total = sum(weight * error for weight, error in zip(weights, errors))
    return [weight * error / total for weight, error in zip(weights, errors)]


def polynomial(f, weight, count, low, high):
    """`count` coefficients c that make max |weight(x)·(f(x) − Σ cᵢxⁱ)| small over [low, high]."""
    low, high, n = mpf(low), mpf(high), 12 * count + 1
    # Shifted by a hair: the formulas divide by x.
    points = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * n)) + mpf(10) ** -20 for i in range(n)]
    points = [min(x, high) for x in points]
    rows = [([weight(x) * x**i for i in range(count)], weight(x) * f(x)) for x in points]
    weights, best = [mpf(1) / n] * n, None
    for _ in range(ROUNDS):
        c = least_squares(rows, weights)
        errors = [abs(y - sum(ci * ri for ci, ri in zip(c, row))) for row, y in rows]
        if best is None or max(errors) < best[1]:
            best = c, max(errors)
        weights = reweighted(weights, errors)
    return best


def rational(f, above, below, high):
    """Coefficients of a numerator and of a denominator (1 + …) of these degrees, relative to f over [0, high]."""
    n = 8 * (above + below + 2) + 1
    points = [mpf(high) * ((1 + cos(pi * (2 * i + 1) / (2 * n))) / 2) ** 3 for i in range(n)]
    values = [f(x) for x in points]
    weights, denominators, best = [mpf(1) / n] * n, [mpf(1)] * n, None
    for i in range(ROUNDS):
        rows = []
        for x, y, denominator in zip(points, values, denominators):
            w = 1 / (denominator * y)
            rows.append(([w * x**j for j in range(above + 1)] + [-w * y * x**j for j in range(1, below + 1)], w * y))
        c = least_squares(rows, weights)
        p, q = c[: above + 1], [mpf(1)] + c[above + 1 :]
        denominators = [polyval(q[::-1], x) for x in points]
        errors = [abs(polyval(p[::-1], x) / d / y - 1) for x, y, d in zip(points, values, denominators)]
        if best is None or max(errors) < best[2]:
            best = p, q, max(errors)
        if i > 3:
            weights = reweighted(weights, errors)
    return best


def show(name, coefficients, error, digits=17):
    print(f"{name}: 2^{float(log(error, 2)):.1f}")
    for c in coefficients:
        print("   ", repr(float(c)) if digits > 9 else nstr(c, digits))


def both(name, f, weight, counts, low, high):
    show(f"{name} f32", *polynomial(f, weight, counts[0], low, high), digits=9)
    show(f"{name} f64", *polynomial(f, weight, counts[1], low, high))


def mills(a):
    """Φ(−a)·e^(a²/2)."""
    return erfc(a / sqrt(2)) / 2 * exp(a * a / 2)


def main():
    r = log(2) / 2 * mpf("1.002")
    both("exp_tail", lambda r: (expm1(r) - r) / r**2, lambda r: r**2 / expm1(r), (5, 10), -r, r)
    show("exp2_short", *polynomial(lambda x: mpf(2) ** x, lambda x: mpf(2) ** -x, 7, "-0.501", "0.501"))

    z = mpf("0.55") ** 2 * mpf("1.001")
    f = lambda z: (tanh(sqrt(z)) / sqrt(z) - 1) / z
    both("tanh_tail", f, lambda z: z * sqrt(z) / tanh(sqrt(z)), (4, 10), 0, z)

    z = ((sqrt(2) - 1) / (sqrt(2) + 1)) ** 2 * mpf("1.001")
    ratio = lambda z: log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z)
    both("ln_tail", lambda z: (ratio(z) - 2) / z, lambda z: z / 2, (3, 7), 0, z)
    f = lambda z: (ratio(z) - 2 - 2 * z / 3) / z**2
    show("ln_pair", *polynomial(f, lambda z: z * z / 2, 7, 0, z))

    z = (pi / 4) ** 2 * mpf("1.001")
    sine, sine_weight = lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z * sqrt(z) / sin(sqrt(z))
    cosine, cosine_weight = lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, lambda z: z * z / cos(sqrt(z))
    show("sin_pair", *polynomial(sine, sine_weight, 6, 0, z))
    show("cos_pair", *polynomial(cosine, cosine_weight, 6, 0, z))
    show("sin_short", *polynomial(sine, sine_weight, 3, 0, z))
    show("cos_short", *polynomial(cosine, cosine_weight, 3, 0, z))

    f = lambda z: erf(sqrt(z)) / sqrt(z) - 1
    show("erf_f32", *polynomial(f, lambda z: sqrt(z) / erf(sqrt(z)), 7, 0, "1.001"))
    show("erf_f64", *polynomial(f, lambda z: sqrt(z) / erf(sqrt(z)), 13, 0, "1.001"))

    c, kappa, far = mpf("5.75"), mpf("1.25"), 39
    position = lambda q: c * (1 + q) / (1 - q)
    g = lambda q: mills(position(q)) * (position(q) + kappa)
    show("G", *polynomial(g, lambda q: 1 / g(q), 22, -1, (far - c) / (far + c)))
    above, below, error = rational(mills, 4, 5, "14.5")
    show("mills_short, above", above, error)
    show("mills_short, below", below, error)


if __name__ == "__main__":
    main()
