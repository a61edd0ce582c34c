//! Every routine against differences, on well-conditioned matrices and batches of them.

use gradus_autograd::linalg::{self, Triangle};
use gradus_autograd::{Bound, Var, value_and_grad};
use gradus_tensor::{ParamId, Params, Rng, Tensor};
use gradus_testkit::gradcheck::check_functional;

type Function<'a> = &'a dyn for<'t> Fn(&[Var<'t, f64>]) -> Var<'t, f64>;

/// Checks a function of parameters of the given shapes, normal ones.
#[track_caller]
fn check(context: &str, shapes: &[&[usize]], f: Function<'_>) {
    let mut rng = Rng::new(11).split(context);
    let mut params = Params::new();
    let add = |(i, &shape): (usize, &&[usize])| {
        params.add(&format!("operand {i}"), &rng.normal::<f64>(shape)).expect("different names")
    };
    let ids: Vec<ParamId> = shapes.iter().enumerate().map(add).collect();
    let f: &dyn for<'t> Fn(&Bound<'t, f64>) -> Var<'t, f64> =
        &|p| f(&ids.iter().map(|&id| p.get(id)).collect::<Vec<_>>());
    if let Err(mismatch) = check_functional(&params, f) {
        panic!("{context} of {shapes:?}: {mismatch}");
    }
}

fn transposed<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    let rank = x.rank();
    x.transpose(rank - 2, rank - 1)
}

/// x/4 with 1, 2, 3 … added to the diagonal: well conditioned, with distinct eigenvalues and singular values.
fn regular<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    let shape = x.shape();
    let columns = shape[shape.rank() - 1];
    let rows = shape[shape.rank() - 2];
    let diagonal = Tensor::from_fn([rows, columns], |i| {
        if i / columns == i % columns { (i / columns + 1) as f64 } else { 0.0 }
    });
    x * 0.25 + x.tape().constant(&diagonal)
}

fn symmetric<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    let x = regular(x);
    (x + transposed(x)) * 0.5
}

fn definite<'t>(x: Var<'t, f64>) -> Var<'t, f64> {
    let x = regular(x);
    x.matmul(transposed(x))
}

const SQUARES: [&[usize]; 4] = [&[3, 3], &[1, 1], &[2, 3, 3], &[0, 0]];

/// Tall, square and wide ones, and a batch.
const SHAPES: [&[usize]; 6] = [&[3, 3], &[4, 2], &[2, 4], &[1, 3], &[2, 3, 2], &[2, 2, 3]];

/// Matrices with right-hand sides: vectors, matrices, and batches that broadcast.
const SYSTEMS: [(&[usize], &[usize]); 7] = [
    (&[3, 3], &[3]),
    (&[3, 3], &[3, 2]),
    (&[2, 3, 3], &[3]),
    (&[2, 3, 3], &[2, 3, 1]),
    (&[3, 3], &[2, 3, 1]),
    (&[2, 1, 2, 2], &[3, 2, 1]),
    (&[1, 1], &[1]),
];

#[test]
fn solve() {
    for (a, b) in SYSTEMS {
        check("solve", &[a, b], &|x| linalg::solve(regular(x[0]), x[1]).unwrap());
        check("solve_positive_definite", &[a, b], &|x| {
            linalg::solve_positive_definite(definite(x[0]), x[1]).unwrap()
        });
    }
}

#[test]
fn solve_triangular() {
    for triangle in [Triangle::LOWER, Triangle::UPPER] {
        for triangle in [triangle, triangle.transposed(), triangle.unit_diagonal()] {
            for (a, b) in SYSTEMS {
                check(&format!("solve_triangular {triangle:?}"), &[a, b], &|x| {
                    linalg::solve_triangular(regular(x[0]), x[1], triangle).unwrap()
                });
            }
        }
    }
}

#[test]
fn inv() {
    for shape in SQUARES {
        check("inv", &[shape], &|x| linalg::inv(regular(x[0])).unwrap());
    }
}

#[test]
fn determinants() {
    for shape in SQUARES {
        check("det", &[shape], &|x| linalg::det(regular(x[0])).unwrap());
        check("slogdet", &[shape], &|x| linalg::slogdet(regular(x[0])).unwrap().log_abs);
        // A negative determinant.
        check("det of −A", &[shape], &|x| linalg::det(-regular(x[0])).unwrap());
        check("slogdet of −A", &[shape], &|x| linalg::slogdet(-regular(x[0])).unwrap().log_abs);
    }
}

#[test]
fn cholesky() {
    for shape in SQUARES {
        check("cholesky", &[shape], &|x| linalg::cholesky(definite(x[0])).unwrap());
        check("cholesky of a symmetric matrix", &[shape], &|x| {
            let diagonal = Tensor::<f64>::eye(shape[shape.len() - 1]) * 4.0;
            linalg::cholesky(symmetric(x[0]) + x[0].tape().constant(&diagonal)).unwrap()
        });
    }
}

/// Numbers that differ, one per column.
fn weights<'t>(x: Var<'t, f64>, count: usize) -> Var<'t, f64> {
    x.tape().constant(&Tensor::from_fn([count], |i| 0.5 + (i as f64).sin()))
}

#[test]
fn eigh() {
    for shape in SQUARES {
        let order = shape[shape.len() - 1];
        check("eigvalsh", &[shape], &|x| linalg::eigvalsh(symmetric(x[0])).unwrap());
        check("eigenvectors", &[shape], &|x| linalg::eigh(symmetric(x[0])).unwrap().vectors.square());
        check("projections", &[shape], &|x| {
            let v = linalg::eigh(symmetric(x[0])).unwrap().vectors;
            (v * weights(v, order)).matmul(transposed(v))
        });
        check("values and vectors", &[shape], &|x| {
            let eigh = linalg::eigh(symmetric(x[0])).unwrap();
            let scaled = eigh.vectors.square() * eigh.values.unsqueeze(eigh.values.rank() - 1).exp();
            scaled.matmul(transposed(scaled))
        });
    }
}

#[test]
fn qr() {
    for shape in SHAPES {
        check("q", &[shape], &|x| linalg::qr(regular(x[0])).unwrap().q);
        check("r", &[shape], &|x| linalg::qr(regular(x[0])).unwrap().r);
        check("q and r", &[shape], &|x| {
            let qr = linalg::qr(regular(x[0])).unwrap();
            qr.q.sin().matmul(qr.r.square())
        });
    }
}

#[test]
fn svd() {
    for shape in SHAPES {
        check("svdvals", &[shape], &|x| linalg::svdvals(regular(x[0])).unwrap());
        check("cond", &[shape], &|x| linalg::cond(regular(x[0])).unwrap());
        check("u", &[shape], &|x| linalg::svd(regular(x[0])).unwrap().u.square());
        check("v", &[shape], &|x| linalg::svd(regular(x[0])).unwrap().vt.square());
        check("u, s and v", &[shape], &|x| {
            let svd = linalg::svd(regular(x[0])).unwrap();
            let s = svd.s.exp().unsqueeze(svd.s.rank() - 1);
            (svd.u * s).matmul(svd.vt)
        });
    }
}

#[test]
fn least_squares() {
    for shape in SHAPES {
        check("pinv", &[shape], &|x| linalg::pinv(regular(x[0]), None).unwrap());
        let rows = shape[shape.len() - 2];
        for b in [&[rows][..], &[rows, 2], &[2, rows, 1]] {
            check("lstsq", &[shape, b], &|x| linalg::lstsq(regular(x[0]), x[1], None).unwrap());
        }
    }
    // Rank 1 for every x.
    check("pinv of a dyad", &[&[3, 1], &[1, 2]], &|x| {
        linalg::pinv((x[0] + 3.0).matmul(x[1] + 3.0), Some(1e-9)).unwrap()
    });
}

/// ln det A = Σ ln λ = 2 Σ ln Lᵢᵢ, and its gradient A⁻¹, by four routes.
#[test]
fn routes_to_a_determinant_agree() {
    const TOLERANCE: f64 = 1e-13;
    let x = Rng::new(5).normal::<f64>([4, 4]);
    let a = x.matmul(&x.t()) + Tensor::eye(4);
    let params = Params::single("a", &a);
    let id = params.ids().next().unwrap();
    let gradient = |f: &dyn for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>| {
        value_and_grad(&params, |p| f(p.get(id))).1.get(id)
    };
    let inverse = gradus_tensor::linalg::inv(&a).unwrap();
    for (route, found) in [
        ("det", gradient(&|a| linalg::det(a).unwrap().ln())),
        ("slogdet", gradient(&|a| linalg::slogdet(a).unwrap().log_abs)),
        ("cholesky", gradient(&|a| linalg::cholesky(a).unwrap().diagonal(0, 0, 1).ln().sum() * 2.0)),
        ("eigvalsh", gradient(&|a| linalg::eigvalsh(a).unwrap().ln().sum())),
        ("svdvals", gradient(&|a| linalg::svdvals(a).unwrap().ln().sum())),
        ("qr", gradient(&|a| linalg::qr(a).unwrap().r.diagonal(0, 0, 1).ln().sum())),
    ] {
        let error = (&found - &inverse).abs().max().item() / inverse.abs().max().item();
        assert!(error <= TOLERANCE, "{route}: off by {error}");
    }
}

#[test]
fn single_precision_has_the_same_derivatives() {
    const TOLERANCE: f32 = 1e-5;
    let x = Rng::new(5).normal::<f64>([3, 3]);
    let spd = x.matmul(&x.t()) + Tensor::eye(3);
    let params = Params::single("a", &spd);
    let single = Params::single("a", &spd.cast::<f32>());
    let id = params.ids().next().unwrap();
    let (_, expected) = value_and_grad(&params, |p| linalg::cholesky(p.get(id)).unwrap().tanh().sum());
    let (_, found) = value_and_grad(&single, |p| linalg::cholesky(p.get(id)).unwrap().tanh().sum());
    for (found, expected) in found.as_slice().iter().zip(expected.as_slice()) {
        assert!((found - *expected as f32).abs() <= TOLERANCE, "{found}, not {expected}");
    }
}
