"""Writes linalg.txt: what NumPy finds for a handful of matrices.

    python3 linalg.py > linalg.txt

Each line is `case routine shape values...`; the input of a case is its routine `a` (and `b`).
"""

import numpy as np


def line(case, routine, x):
    x = np.asarray(x, dtype=np.float64)
    shape = "x".join(map(str, x.shape)) or "scalar"
    print(case, routine, shape, *(repr(float(v)) for v in x.ravel()))


def inputs():
    rng = np.random.default_rng(20260)
    yield "square", rng.standard_normal((5, 5))
    yield "tall", rng.standard_normal((7, 3))
    yield "wide", rng.standard_normal((3, 6))
    yield "deficient", rng.standard_normal((6, 2)) @ rng.standard_normal((2, 4))
    yield "integers", np.array([[2.0, -1, 0, 3], [4, 1, 1, 0], [-2, 5, 3, 1], [0, 2, -1, 6]])
    a = rng.standard_normal((4, 6))
    yield "definite", a @ a.T


print("# NumPy", np.__version__)
for case, a in inputs():
    m, n = a.shape
    b = np.random.default_rng(m * n).standard_normal((m, 2))
    line(case, "a", a)
    line(case, "b", b)
    line(case, "svdvals", np.linalg.svd(a, compute_uv=False))
    line(case, "pinv", np.linalg.pinv(a, rcond=max(m, n) * np.finfo(float).eps))
    solution, _, rank, _ = np.linalg.lstsq(a, b, rcond=None)
    line(case, "lstsq", solution)
    line(case, "rank", rank)
    if case != "deficient":
        r = np.linalg.qr(a).R
        line(case, "r", np.sign(np.diag(r))[:, None] * r)
        line(case, "cond", np.linalg.cond(a))
    if m == n:
        line(case, "det", np.linalg.det(a))
        line(case, "slogdet", np.linalg.slogdet(a))
        line(case, "inv", np.linalg.inv(a))
        line(case, "solve", np.linalg.solve(a, b))
        line(case, "eigvalsh", np.linalg.eigvalsh(a + a.T))
    if case == "definite":
        line(case, "cholesky", np.linalg.cholesky(a))
