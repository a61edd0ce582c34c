//! Eigenvalues and eigenvectors: residuals, orders, and degenerate spectra.

use gradus_tensor::linalg::{eigh, eigvalsh, orthonormal_rows, solve_positive_definite};
use gradus_tensor::{Rng, Tensor};

use crate::matrices::{RESIDUAL, families, largest, positive_definite, symmetric};

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
    assert_eq!(eigvalsh(a).expect("a decomposition").to_vec(), values);
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
fn matrices_of_every_kind_are_decomposed() {
    for n in [1, 2, 3, 5, 20, 100] {
        for (family, a) in families(n, n) {
            let scale = largest(&a);
            if scale > 0.0 {
                let a = &a / scale;
                let found = std::panic::catch_unwind(|| {
                    check_eigen(&(&a + &a.t()));
                    check_eigen(&a.t().matmul(&a));
                });
                assert!(found.is_ok(), "{family} of order {n}");
            }
        }
    }
}

#[test]
fn single_precision_is_computed_in_double_and_rounded_once() {
    let a: Tensor<f32> = symmetric(&mut Rng::new(6), 9).cast();
    let (single, double) = (eigh(&a).unwrap(), eigh(&a.cast::<f64>()).unwrap());
    assert_eq!(single.values, double.values.cast());
    assert_eq!(single.vectors, double.vectors.cast());
}

#[test]
fn known_eigenvalues_come_in_ascending_order() {
    let a = Tensor::from_rows([[2.0, -1.0, 0.0], [-1.0, 2.0, -1.0], [0.0, -1.0, 2.0]]);
    let root = 2f64.sqrt();
    for (found, expected) in eigvalsh(&a).unwrap().to_vec().into_iter().zip([2.0 - root, 2.0, 2.0 + root]) {
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
