//! QR and singular values: what they rebuild, and that their factors are orthogonal.

use gradus_tensor::linalg::{cond, matrix_rank, qr, qr_complete, svd, svdvals};
use gradus_tensor::{Real, Rng, Tensor};

use crate::matrices::{RESIDUAL, allowed, defect, for_each_matrix, from_elements, largest, normalised};

fn check_orthonormal_columns<T: Real>(name: &str, q: &Tensor<T>) {
    let q = q.cast::<f64>();
    let n = q.shape()[1];
    let defect = defect::<T>(&q.t().matmul(&q), &Tensor::eye(n), &q.shape());
    assert!(defect <= RESIDUAL, "{name}: QᵀQ − I is {defect}");
}

fn check_qr<T: Real>(name: &str, a: &Tensor<T>) {
    let (m, n) = (a.shape()[0], a.shape()[1]);
    let (normal, scale) = normalised(a);
    for (k, found) in [(m.min(n), qr(a)), (m, qr_complete(a))] {
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!((found.q.shape(), found.r.shape()), ([m, k].into(), [k, n].into()), "{name}");
        check_orthonormal_columns(name, &found.q);
        let r = found.r.cast::<f64>();
        for (i, j) in (0..k).flat_map(|i| (0..n).map(move |j| (i, j))) {
            assert!(i <= j || r.at(&[i, j]) == 0.0, "{name}: R[{i}, {j}]");
            assert!(i != j || r.at(&[i, j]) >= 0.0, "{name}: R[{i}, {j}]");
        }
        let defect = defect::<T>(&found.q.cast::<f64>().matmul(&(r / scale)), &normal, &[m, n]);
        assert!(defect <= allowed::<T>(scale), "{name}: Q·R − A is {defect}");
    }
}

#[test]
fn qr_rebuilds_every_matrix_from_orthonormal_columns_and_a_triangle() {
    for_each_matrix::<f64>(check_qr);
    for_each_matrix::<f32>(check_qr);
}

fn check_svd<T: Real>(name: &str, a: &Tensor<T>) {
    let (m, n) = (a.shape()[0], a.shape()[1]);
    let k = m.min(n);
    let (normal, scale) = normalised(a);
    let found = svd(a).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(found.u.shape(), [m, k].into(), "{name}");
    assert_eq!(found.s.shape(), [k].into(), "{name}");
    assert_eq!(found.vt.shape(), [k, n].into(), "{name}");
    check_orthonormal_columns(name, &found.u);
    check_orthonormal_columns(name, &found.vt.t());
    let s = found.s.cast::<f64>();
    if largest(&s) == f64::INFINITY {
        return;
    }
    assert!(s.to_vec().iter().rev().is_sorted() && s.to_vec().iter().all(|&s| s >= 0.0), "{name}: {s:?}");
    let product = (found.u.cast::<f64>() * (&s / scale)).matmul(&found.vt.cast::<f64>());
    let defect = defect::<T>(&product, &normal, &[m, n]);
    assert!(defect <= allowed::<T>(scale), "{name}: U·S·Vᵀ − A is {defect}");
    assert_eq!(svdvals(a).expect("as above"), found.s, "{name}");
}

#[test]
fn singular_values_rebuild_every_matrix() {
    for_each_matrix::<f64>(check_svd);
    for_each_matrix::<f32>(check_svd);
}

#[test]
fn singular_values_of_diagonal_matrices_are_exact() {
    for values in [&[3.0, 2.0, 1.0][..], &[1.0, 1e-20, 1e-200], &[2.0, 2.0, 0.0, 0.0], &[0.0]] {
        let n = values.len();
        let a = from_elements(n, n, |i, j| if i == j { values[n - 1 - i] } else { 0.0 });
        assert_eq!(svdvals(&a).unwrap().to_vec(), values);
    }
}

#[test]
fn a_matrix_of_order_300_is_decomposed() {
    check_svd("Gaussian", &Rng::new(1).normal::<f64>([300, 300]));
}

#[test]
fn ranks_and_conditions_are_those_of_the_construction() {
    let mut rng = Rng::new(2);
    for (m, n, rank) in [(4, 4, 4), (6, 4, 3), (5, 30, 1), (40, 20, 7), (3, 3, 0)] {
        let a = rng.normal::<f64>([m, rank]).matmul(&rng.normal([rank, n]));
        assert_eq!(matrix_rank(&a, None).unwrap().item(), rank, "[{m}, {n}]");
        let single: Tensor<f32> = a.cast();
        assert_eq!(matrix_rank(&single, None).unwrap().item(), rank, "[{m}, {n}]");
    }
    let diagonal = Tensor::from_rows([[4.0, 0.0], [0.0, 1.0]]);
    assert_eq!(cond(&diagonal).unwrap().item(), 4.0);
    assert_eq!(matrix_rank(&diagonal, Some(0.25)).unwrap().item(), 1, "σ₂/σ₁ is not above 0.25");
    assert_eq!(matrix_rank(&diagonal, Some(0.0)).unwrap().item(), 2);
    assert_eq!(cond(&Tensor::<f64>::zeros([2, 3])).unwrap().item(), f64::INFINITY);
}

#[test]
fn matrices_without_elements_have_empty_factors() {
    for (m, n) in [(0, 0), (0, 3), (3, 0)] {
        let empty = Tensor::<f32>::zeros([m, n]);
        let found = svd(&empty).unwrap();
        assert_eq!(
            (found.u.shape(), found.s.shape(), found.vt.shape()),
            ([m, 0].into(), [0].into(), [0, n].into())
        );
        assert!(svdvals(&empty).unwrap().is_empty());
        assert_eq!(matrix_rank(&empty, None).unwrap().item(), 0);
        assert_eq!(cond(&empty).unwrap().item(), 0.0);
        let found = qr(&empty).unwrap();
        assert_eq!((found.q.shape(), found.r.shape()), ([m, 0].into(), [0, n].into()));
        let found = qr_complete(&empty).unwrap();
        assert_eq!(found.q, Tensor::eye(m));
        assert_eq!(found.r.shape(), [m, n].into());
    }
}
