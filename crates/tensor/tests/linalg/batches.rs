//! Leading axes: the answer for a batch is that for each of its matrices, bit for bit.

use gradus_tensor::linalg::*;
use gradus_tensor::{Rng, Tensor};
use gradus_testkit::panics::panic_of;

/// The batch `[2, 3]` of matrices, the matrix at one place of which is `x[i, j]`.
fn each(x: &Tensor<f64>, mut check: impl FnMut(usize, usize, Tensor<f64>)) {
    for (i, j) in (0..2).flat_map(|i| (0..3).map(move |j| (i, j))) {
        check(i, j, x.row(i).row(j));
    }
}

#[track_caller]
fn assert_part(all: &Tensor<f64>, i: usize, j: usize, one: &Tensor<f64>) {
    assert_eq!(all.row(i).row(j), *one, "[{i}, {j}]");
}

#[test]
fn every_routine_answers_matrix_by_matrix() {
    let mut rng = Rng::new(1);
    let square: Tensor<f64> = rng.normal([2, 3, 4, 4]);
    let definite = Tensor::from_fn([2, 3, 4, 4], {
        let mut all = Vec::new();
        each(&square, |_, _, a| all.extend((&a.matmul(&a.t()) + &Tensor::eye(4)).to_vec()));
        move |i| all[i]
    });
    let (all, all_eigen) = (cholesky(&definite).unwrap(), eigh(&definite).unwrap());
    let all_values = eigvalsh(&definite).unwrap();
    each(&definite, |i, j, a| {
        assert_part(&all, i, j, &cholesky(&a).unwrap());
        let one = eigh(&a).unwrap();
        assert_part(&all_eigen.values, i, j, &one.values);
        assert_part(&all_eigen.vectors, i, j, &one.vectors);
        assert_part(&all_values, i, j, &one.values);
    });
    let (all_inv, all_det, all_log) =
        (inv(&square).unwrap(), det(&square).unwrap(), slogdet(&square).unwrap());
    each(&square, |i, j, a| {
        assert_part(&all_inv, i, j, &inv(&a).unwrap());
        assert_part(&all_det, i, j, &det(&a).unwrap());
        assert_part(&all_log.sign, i, j, &slogdet(&a).unwrap().sign);
        assert_part(&all_log.log_abs, i, j, &slogdet(&a).unwrap().log_abs);
    });
    // A view: matrices that lie transposed and apart.
    let wide = rng.normal::<f64>([5, 3, 2, 4]).permute(&[2, 1, 3, 0]).narrow(3, 1, 3);
    let (all_qr, all_complete, all_svd) =
        (qr(&wide).unwrap(), qr_complete(&wide).unwrap(), svd(&wide).unwrap());
    let (all_pinv, all_cond) = (pinv(&wide, None).unwrap(), cond(&wide).unwrap());
    let all_rank = matrix_rank(&wide, Some(0.5)).unwrap();
    each(&wide, |i, j, a| {
        assert_part(&all_qr.q, i, j, &qr(&a).unwrap().q);
        assert_part(&all_qr.r, i, j, &qr(&a).unwrap().r);
        assert_part(&all_complete.q, i, j, &qr_complete(&a).unwrap().q);
        assert_part(&all_svd.u, i, j, &svd(&a).unwrap().u);
        assert_part(&all_svd.s, i, j, &svd(&a).unwrap().s);
        assert_part(&all_svd.vt, i, j, &svd(&a).unwrap().vt);
        assert_part(&all_pinv, i, j, &pinv(&a, None).unwrap());
        assert_part(&all_cond, i, j, &cond(&a).unwrap());
        assert_eq!(all_rank.at(&[i, j]), matrix_rank(&a, Some(0.5)).unwrap().item());
    });
}

type Solver = fn(&Tensor<f64>, &Tensor<f64>) -> Tensor<f64>;

#[test]
fn right_hand_sides_broadcast_against_matrices() {
    let mut rng = Rng::new(2);
    let matrices: Tensor<f64> = &rng.normal([2, 3, 4, 4]) + &(Tensor::eye(4) * 4.0);
    let sides: Tensor<f64> = rng.normal([2, 3, 4, 2]);
    let routines: [(&str, Solver); 3] = [
        ("solve", |a, b| solve(a, b).unwrap()),
        ("solve_triangular", |a, b| solve_triangular(a, b, Triangle::UPPER).unwrap()),
        ("lstsq", |a, b| lstsq(a, b, None).unwrap().solution),
    ];
    for (name, routine) in routines {
        let all = routine(&matrices, &sides);
        assert_eq!(all.shape(), [2, 3, 4, 2].into(), "{name}");
        each(&matrices, |i, j, a| assert_part(&all, i, j, &routine(&a, &sides.row(i).row(j))));
        // One matrix, many right-hand sides.
        let all = routine(&matrices.row(1).row(2), &sides);
        each(&sides, |i, j, b| assert_part(&all, i, j, &routine(&matrices.row(1).row(2), &b)));
        // Many matrices, one vector.
        let vector = sides.row(0).row(0).select(1, 1);
        let all = routine(&matrices, &vector);
        assert_eq!(all.shape(), [2, 3, 4].into(), "{name}");
        each(&matrices, |i, j, a| assert_part(&all, i, j, &routine(&a, &vector)));
        // Axes of extent 1 on both sides.
        let (column, row) = (matrices.narrow(1, 0, 1), sides.narrow(0, 0, 1));
        let all = routine(&column, &row);
        assert_eq!(all.shape(), [2, 3, 4, 2].into(), "{name}");
        each(&all, |i, j, x| assert_eq!(x, routine(&column.row(i).row(0), &row.row(0).row(j)), "{name}"));
        assert_eq!(routine(&matrices.narrow(0, 0, 0), &sides.narrow(0, 0, 0)).shape(), [0, 3, 4, 2].into());
    }
}

#[test]
fn right_hand_sides_that_do_not_fit_are_bugs_of_the_caller() {
    let (a, tall) = (Tensor::<f64>::eye(3), Tensor::<f64>::zeros([4, 3]));
    let batch = Tensor::<f64>::zeros([2, 3, 3]);
    for (report, line, text) in [
        (
            panic_of(|| solve(&a, &Tensor::zeros([2]))),
            line!() - 1,
            "solve: matrix [3, 3] and right-hand side [2] do not fit",
        ),
        (
            panic_of(|| solve(&a, &Tensor::scalar(1.0))),
            line!() - 1,
            "solve: matrix [3, 3] and right-hand side [] do not fit",
        ),
        (
            panic_of(|| solve_positive_definite(&a, &Tensor::zeros([2, 3]))),
            line!() - 1,
            "solve_positive_definite: matrix [3, 3] and right-hand side [2, 3] do not fit",
        ),
        (
            panic_of(|| solve_triangular(&a, &Tensor::zeros([2]), Triangle::LOWER)),
            line!() - 1,
            "solve_triangular: matrix [3, 3] and right-hand side [2] do not fit",
        ),
        (
            panic_of(|| lstsq(&tall, &Tensor::zeros([3]), None)),
            line!() - 1,
            "lstsq: matrix [4, 3] and right-hand side [3] do not fit",
        ),
        (
            panic_of(|| lstsq(&batch, &Tensor::zeros([3, 3, 1]), None)),
            line!() - 1,
            "lstsq: matrix [2, 3, 3] and right-hand side [3, 3, 1] do not fit",
        ),
    ] {
        assert_eq!((report.text.as_str(), report.file.as_str(), report.line), (text, file!(), line));
    }
}
