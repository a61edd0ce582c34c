//! What cannot be answered is an error whose text names routine, place and value.

use gradus_tensor::linalg::*;
use gradus_tensor::{LinalgError, Tensor};

fn text<R>(result: Result<R, LinalgError>) -> String {
    match result {
        Ok(_) => "no error".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn matrices_must_be_matrices_and_square_where_it_matters() {
    let (rectangle, vector) = (Tensor::<f64>::ones([2, 3]), Tensor::<f64>::ones([3]));
    let b = Tensor::ones([2]);
    assert_eq!(text(eigh(&rectangle)), "eigh: a square matrix is needed, got shape [2, 3]");
    assert_eq!(text(eigvalsh(&vector)), "eigvalsh: a square matrix is needed, got shape [3]");
    assert_eq!(text(cholesky(&rectangle)), "cholesky: a square matrix is needed, got shape [2, 3]");
    assert_eq!(text(solve(&rectangle, &b)), "solve: a square matrix is needed, got shape [2, 3]");
    assert_eq!(text(inv(&rectangle)), "inv: a square matrix is needed, got shape [2, 3]");
    assert_eq!(text(det(&rectangle)), "det: a square matrix is needed, got shape [2, 3]");
    assert_eq!(text(slogdet(&rectangle)), "slogdet: a square matrix is needed, got shape [2, 3]");
    assert_eq!(
        text(solve_triangular(&rectangle, &b, Triangle::LOWER)),
        "solve_triangular: a square matrix is needed, got shape [2, 3]"
    );
    for error in [
        text(qr(&vector)),
        text(svd(&vector)),
        text(svdvals(&vector)),
        text(lstsq(&vector, &b, None)),
        text(pinv(&vector, None)),
        text(matrix_rank(&vector, None)),
        text(cond(&vector)),
    ] {
        assert!(error.ends_with(": a matrix is needed, got shape [3]"), "{error}");
    }
}

#[test]
fn elements_must_be_finite() {
    let mut broken = Tensor::<f32>::eye(3);
    broken.make_mut()[5] = f32::NAN;
    let b = Tensor::zeros([3]);
    assert_eq!(text(eigh(&broken)), "eigh: element [1, 2] is NaN");
    assert_eq!(text(svd(&broken)), "svd: element [1, 2] is NaN");
    broken.make_mut()[1] = f32::NEG_INFINITY;
    assert_eq!(text(solve_positive_definite(&broken, &b)), "solve_positive_definite: element [0, 1] is -inf");
    assert_eq!(text(pinv(&broken, None)), "pinv: element [0, 1] is -inf");
    let lower = solve_triangular(&broken, &b, Triangle::LOWER);
    assert_eq!(lower.unwrap(), b, "the upper triangle is not read");
    assert_eq!(
        text(solve_triangular(&broken, &b, Triangle::UPPER)),
        "solve_triangular: element [0, 1] is -inf"
    );
    let mut batch = Tensor::<f64>::ones([2, 3, 4]);
    batch.make_mut()[12 + 2 * 4 + 1] = f64::INFINITY;
    assert_eq!(text(qr(&batch)), "qr: element [1, 2, 1] is inf");
}

#[test]
fn a_right_hand_side_may_be_nan_and_spoils_its_column_only() {
    let b = Tensor::from_rows([[1.0, f64::NAN], [1.0, 1.0]]);
    for x in [solve(&Tensor::eye(2), &b), lstsq(&Tensor::eye(2), &b, None).map(|found| found.solution)] {
        let x = x.unwrap();
        assert_eq!(x.select(1, 0).to_vec(), [1.0, 1.0]);
        assert!(x.at(&[0, 1]).is_nan());
    }
}

#[test]
fn the_first_leading_minor_that_is_not_positive_definite_is_named() {
    let error = |routine, minor| {
        format!(
            "{routine}: a matrix of order 3 is not positive definite: its leading minor of order {minor} is not"
        )
    };
    let b = Tensor::zeros([3]);
    for (indefinite, minor) in [
        (-Tensor::eye(3), 1),
        (Tensor::zeros([3, 3]), 1),
        (Tensor::ones([3, 3]), 2),
        (Tensor::from_rows([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]]), 2),
        (Tensor::from_rows([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]]), 3),
    ] {
        assert_eq!(text(cholesky(&indefinite)), error("cholesky", minor));
        assert_eq!(text(solve_positive_definite(&indefinite, &b)), error("solve_positive_definite", minor));
    }
    for order in [1, 5, 17] {
        for minor in 1..=order {
            let a = Tensor::<f64>::from_fn([2, order, order], |i| match (i / order, i % order) {
                (row, column) if row == order + minor - 1 && column == minor - 1 => -1.0,
                (row, column) if row % order == column => 1.0,
                _ => 0.0,
            });
            let expected = format!(
                "cholesky: matrix [1] of the batch of order {order} is not positive definite: its leading minor of \
                 order {minor} is not"
            );
            assert_eq!(text(cholesky(&a)), expected);
        }
    }
}

#[test]
fn the_pivot_that_is_0_is_named() {
    let singular = Tensor::from_rows([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 0.0, 1.0]]);
    let b = Tensor::<f64>::zeros([3]);
    assert_eq!(text(solve(&singular, &b)), "solve: a matrix of order 3 is singular: pivot 1 is 0");
    assert_eq!(
        text(inv(&Tensor::<f64>::zeros([2, 2]))),
        "inv: a matrix of order 2 is singular: pivot 0 is 0"
    );
    let batch = Tensor::from_fn([1, 2, 2, 2], |i| [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0][i]);
    assert_eq!(text(inv(&batch)), "inv: matrix [0, 1] of the batch of order 2 is singular: pivot 1 is 0");
    let triangle = Tensor::from_rows([[1.0, 5.0], [5.0, 0.0]]);
    let b = Tensor::ones([2]);
    for which in [Triangle::LOWER, Triangle::UPPER.transposed()] {
        assert_eq!(
            text(solve_triangular(&triangle, &b, which)),
            "solve_triangular: a matrix of order 2 is singular: pivot 1 is 0"
        );
    }
    assert!(solve_triangular(&triangle, &b, Triangle::LOWER.unit_diagonal()).is_ok());
}

#[test]
fn a_tolerance_is_not_negative() {
    let a = Tensor::<f64>::eye(2);
    assert_eq!(text(pinv(&a, Some(-0.5))), "pinv: rcond is -0.5; it must be at least 0");
    assert_eq!(text(matrix_rank(&a, Some(f64::NAN))), "matrix_rank: rcond is NaN; it must be at least 0");
    assert_eq!(
        text(lstsq(&a, &Tensor::ones([2]), Some(f64::NEG_INFINITY))),
        "lstsq: rcond is -inf; it must be at least 0"
    );
}

#[test]
fn no_convergence_is_reported_with_the_shape() {
    let error = LinalgError::NoConvergence { routine: "svd", batch: vec![2], extents: [5, 3] };
    assert_eq!(error.to_string(), "svd: no convergence for matrix [2] of the batch of shape [5, 3]");
}
