//! Linear algebra: residuals within bounds in units of rounding, orders, and the texts of the errors.

use gradus_tensor::linalg::{eigh, eigvalsh, orthonormal_rows, solve_positive_definite};
use gradus_tensor::{Rng, Tensor};

/// Residuals of backward-stable routines are c·n·ε·‖A‖ with a small c.
const RESIDUAL: f64 = 20.0;

fn largest(x: &Tensor<f64>) -> f64 {
    x.to_vec().into_iter().fold(0.0, |largest, x| x.abs().max(largest))
}

fn symmetric(rng: &mut Rng, n: usize) -> Tensor<f64> {
    let a: Tensor<f64> = rng.normal([n, n]);
    &a + &a.t()
}

fn positive_definite(rng: &mut Rng, n: usize) -> Tensor<f64> {
    let a: Tensor<f64> = rng.normal([n, n]);
    &a.matmul(&a.t()) + &Tensor::eye(n)
}

#[track_caller]
fn check_eigen(a: &Tensor<f64>) {
    let n = a.shape()[0];
    let found = eigh(a).expect("a decomposition");
    let (values, v) = (found.values.to_vec(), &found.vectors);
    assert!(values.is_sorted(), "{values:?}");
    let bound = RESIDUAL * n as f64 * f64::EPSILON;
    let residual = largest(&(&a.matmul(v) - &(v * &found.values)));
    assert!(residual <= bound * largest(a) * n as f64, "A·V − V·Λ is {residual} for order {n}");
    let defect = largest(&(&v.t().matmul(v) - &Tensor::eye(n)));
    assert!(defect <= bound, "Vᵀ·V − I is {defect} for order {n}");
    assert_eq!(eigvalsh(a).expect("a decomposition"), values);
}

#[test]
fn eigenvectors_are_orthonormal_and_solve_the_equation() {
    let mut rng = Rng::new(1);
    for n in [1, 2, 3, 5, 17, 64, 100] {
        check_eigen(&symmetric(&mut rng, n));
        check_eigen(&positive_definite(&mut rng, n));
        check_eigen(&(symmetric(&mut rng, n) * 1e-200));
        check_eigen(&(symmetric(&mut rng, n) * 1e200));
    }
}

#[test]
fn degenerate_spectra_are_decomposed() {
    let mut rng = Rng::new(2);
    for n in [1, 2, 6, 30] {
        check_eigen(&Tensor::zeros([n, n]));
        check_eigen(&Tensor::eye(n));
        check_eigen(&Tensor::ones([n, n]));
        check_eigen(&Tensor::from_fn([n, n], |i| if i % (n + 1) == 0 { -(i as f64) } else { 0.0 }));
        let q = orthonormal_rows(&rng.normal([n, n]));
        // Half of the eigenvalues 1, the others 3.
        let values = Tensor::from_fn([n], |i| if i % 2 == 0 { 1.0 } else { 3.0 });
        let clustered = (&q * &values).matmul(&q.t());
        check_eigen(&(&(&clustered + &clustered.t()) / 2.0));
    }
}

#[test]
fn known_eigenvalues_come_in_ascending_order() {
    let a = Tensor::from_rows([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]]);
    let root = 2f64.sqrt();
    for (found, expected) in eigvalsh(&a).unwrap().into_iter().zip([2.0 - root, 2.0, 2.0 + root]) {
        assert!((found - expected).abs() < 1e-14, "{found}, not {expected}");
    }
}

#[test]
fn only_the_lower_triangle_matters() {
    let symmetric = Tensor::from_rows([[2.0, 1.0], [1.0, 5.0]]);
    let lower = Tensor::from_rows([[2.0, 3.0], [1.0, 5.0]]);
    assert_eq!(eigvalsh(&symmetric).unwrap(), eigvalsh(&lower).unwrap());
}

#[test]
fn strided_matrices_are_read_by_index() {
    let mut rng = Rng::new(3);
    let a: Tensor<f64> = symmetric(&mut rng, 8).narrow(0, 2, 4).narrow(1, 2, 4);
    let copy = Tensor::from_slice([4, 4], &a.to_vec()).unwrap();
    assert_eq!(eigvalsh(&a).unwrap(), eigvalsh(&copy).unwrap());
}

#[test]
fn matrices_of_order_0_have_empty_answers() {
    let empty = Tensor::<f64>::zeros([0, 0]);
    let found = eigh(&empty).unwrap();
    assert_eq!((found.values.shape(), found.vectors.shape()), ([0].into(), [0, 0].into()));
    assert!(solve_positive_definite(&empty, &Tensor::zeros([0])).unwrap().is_empty());
    assert_eq!(orthonormal_rows(&Tensor::zeros([0, 3])).shape(), [0, 3].into());
    assert_eq!(orthonormal_rows(&empty).shape(), [0, 0].into());
}

#[test]
fn solutions_solve() {
    let mut rng = Rng::new(4);
    for n in [1, 2, 9, 50] {
        let a = positive_definite(&mut rng, n);
        let b: Tensor<f64> = rng.normal([n]);
        let x = solve_positive_definite(&a, &b).unwrap();
        let residual = largest(&(&a.matmul(&x) - &b));
        let bound = RESIDUAL * n as f64 * f64::EPSILON * largest(&a) * largest(&x).max(1.0) * n as f64;
        assert!(residual <= bound, "A·x − b is {residual} > {bound} for order {n}");
    }
}

#[test]
fn what_cannot_be_solved_is_an_error_with_a_text() {
    let text = |error: gradus_tensor::LinalgError| error.to_string();
    let rectangle = Tensor::<f64>::ones([2, 3]);
    assert_eq!(text(eigh(&rectangle).unwrap_err()), "eigh: a square matrix is needed, got shape [2, 3]");
    assert_eq!(
        text(eigvalsh(&Tensor::ones([3])).unwrap_err()),
        "eigvalsh: a square matrix is needed, got shape [3]"
    );
    let mut broken = Tensor::<f64>::eye(3);
    broken.make_mut()[5] = f64::NAN;
    assert_eq!(text(eigh(&broken).unwrap_err()), "eigh: element [1, 2] is NaN");
    broken.make_mut()[1] = f64::NEG_INFINITY;
    let zeros = Tensor::zeros([3]);
    assert_eq!(
        text(solve_positive_definite(&broken, &zeros).unwrap_err()),
        "solve_positive_definite: element [0, 1] is -inf"
    );
    for indefinite in [-Tensor::eye(3), Tensor::zeros([3, 3]), Tensor::ones([3, 3])] {
        assert_eq!(
            text(solve_positive_definite(&indefinite, &zeros).unwrap_err()),
            "solve_positive_definite: a matrix of order 3 is not positive definite"
        );
    }
}

#[test]
#[should_panic(expected = "solve_positive_definite: matrix [3, 3], right-hand side [2]")]
fn a_right_hand_side_of_another_length_is_a_bug() {
    let _ = solve_positive_definite(&Tensor::eye(3), &Tensor::zeros([2]));
}

#[test]
#[should_panic(expected = "orthonormal_rows: shape [3, 2] has more rows than columns")]
fn more_rows_than_columns_cannot_be_orthonormal() {
    orthonormal_rows(&Tensor::ones([3, 2]));
}

#[test]
fn orthonormal_rows_span_what_they_came_from() {
    let mut rng = Rng::new(5);
    for (n, d) in [(1, 1), (1, 7), (4, 4), (10, 64)] {
        let gaussian: Tensor<f64> = rng.normal([n, d]);
        let q = orthonormal_rows(&gaussian);
        assert_eq!(q.shape(), [n, d].into());
        let defect = largest(&(&q.matmul(&q.t()) - &Tensor::eye(n)));
        assert!(defect <= RESIDUAL * n as f64 * f64::EPSILON, "Q·Qᵀ − I is {defect}");
        let coefficients = gaussian.matmul(&q.t());
        assert!(largest(&(&coefficients.matmul(&q) - &gaussian)) < 1e-12, "the rows span the same space");
        // The sign of a plain QR would make the distribution depart from Haar's.
        for i in 0..n {
            assert!(coefficients.at(&[i, i]) > 0.0, "row {i} points along its Gaussian");
        }
    }
}
