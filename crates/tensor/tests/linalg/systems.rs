//! Square systems: Cholesky, LU, substitution, inverses and determinants.

use gradus_tensor::linalg::{
    Triangle, cholesky, det, inv, slogdet, solve, solve_positive_definite, solve_triangular,
};
use gradus_tensor::{Real, Rng, Tensor};

use crate::matrices::{RESIDUAL, defect, families, from_elements, largest, positive_definite};

/// Requires |A·x − b| ≤ c·n·ε·n·‖A‖·‖x‖ element by element.
fn check_solution<T: Real>(name: &str, a: &Tensor<T>, x: &Tensor<T>, b: &Tensor<T>) {
    let (a, x, b) = (a.cast::<f64>(), x.cast::<f64>(), b.cast::<f64>());
    let n = a.shape()[0];
    let size = (largest(&a) * largest(&x) * n as f64).max(largest(&b)).max(f64::MIN_POSITIVE);
    let residual = defect::<T>(&(a.matmul(&x) / size), &(b / size), &[n]);
    assert!(residual <= RESIDUAL, "{name}: A·x − b is {residual}");
}

fn check_systems<T: Real>() {
    let mut rng = Rng::new(4);
    for n in [1, 2, 3, 9, 50] {
        let name = format!("order {n} of {}", T::DTYPE);
        let definite: Tensor<T> = positive_definite(&mut rng, n).cast();
        let general: Tensor<T> = rng.normal([n, n]);
        for b in [rng.normal::<T>([n]), rng.normal([n, 1]), rng.normal([n, 4]), rng.normal([n, 0])] {
            let x = solve_positive_definite(&definite, &b).expect("a regular matrix");
            assert_eq!(x.shape(), b.shape());
            check_solution(&name, &definite, &x, &b);
            let x = solve(&general, &b).expect("a regular matrix");
            assert_eq!(x.shape(), b.shape());
            check_solution(&name, &general, &x, &b);
        }
        let l = cholesky(&definite).expect("a regular matrix");
        let wide = l.cast::<f64>();
        for (i, j) in (0..n).flat_map(|i| (0..n).map(move |j| (i, j))) {
            assert!(i >= j || wide.at(&[i, j]) == 0.0, "{name}: L[{i}, {j}]");
            assert!(i != j || wide.at(&[i, j]) > 0.0, "{name}: L[{i}, {j}]");
        }
        let size = largest(&definite.cast::<f64>());
        let residual = defect::<T>(&(wide.matmul(&wide.t()) / size), &(definite.cast::<f64>() / size), &[n]);
        assert!(residual <= RESIDUAL, "{name}: L·Lᵀ − A is {residual}");
        let inverse = inv(&general).expect("a regular matrix");
        check_solution(&name, &general, &inverse, &Tensor::eye(n));
    }
}

#[test]
fn solutions_and_factors_solve() {
    check_systems::<f64>();
    check_systems::<f32>();
}

#[test]
fn ill_conditioned_systems_have_small_residuals_all_the_same() {
    let mut rng = Rng::new(5);
    for n in [2, 3, 8, 20] {
        for (family, a) in families(n, n) {
            let b: Tensor<f64> = rng.normal([n]);
            if let Ok(x) = solve(&a, &(&b * largest(&a)))
                && x.to_vec().iter().all(|x| x.is_finite())
            {
                check_solution(family, &a, &x, &(&b * largest(&a)));
            }
        }
    }
}

#[test]
fn small_systems_are_solved_exactly() {
    let a = Tensor::from_rows([[0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -4.0]]);
    let b = Tensor::vector(&[2.0, 3.0, 8.0]);
    assert_eq!(solve(&a, &b).unwrap().to_vec(), [3.0, 1.0, -2.0]);
    assert_eq!(inv(&a).unwrap(), Tensor::from_rows([[0.0, 1.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.0, -0.25]]));
    let a = Tensor::from_rows([[4.0, 2.0], [2.0, 5.0]]);
    assert_eq!(cholesky(&a).unwrap(), Tensor::from_rows([[2.0, 0.0], [1.0, 2.0]]));
    let upper_is_not_read = Tensor::from_rows([[4.0, 9.0], [2.0, 5.0]]);
    assert_eq!(cholesky(&upper_is_not_read).unwrap(), cholesky(&a).unwrap());
}

#[test]
fn substitution_reads_its_triangle_only() {
    let mut rng = Rng::new(6);
    for n in [1, 2, 7, 30] {
        // What is not to be read is NaN.
        let values: Tensor<f64> = rng.uniform([n, n], 0.5, 1.5);
        let b: Tensor<f64> = rng.normal([n, 3]);
        for triangle in [false, true].into_iter().flat_map(|upper| {
            [false, true].into_iter().flat_map(move |transposed| {
                [false, true].map(|unit_diagonal| Triangle { upper, transposed, unit_diagonal })
            })
        }) {
            let kept = |i: usize, j: usize| if triangle.upper { i < j } else { i > j };
            let given = from_elements(n, n, |i, j| match i == j {
                true if triangle.unit_diagonal => f64::NAN,
                true => 1.0 + values.at(&[i, j]) * n as f64,
                false if kept(i, j) => values.at(&[i, j]),
                false => f64::INFINITY,
            });
            let meant = from_elements(n, n, |i, j| match i == j {
                true if triangle.unit_diagonal => 1.0,
                true => given.at(&[i, j]),
                false if kept(i, j) => given.at(&[i, j]),
                false => 0.0,
            });
            let meant = if triangle.transposed { meant.t() } else { meant };
            let x = solve_triangular(&given, &b, triangle).unwrap();
            check_solution(&format!("{triangle:?} of order {n}"), &meant, &x, &b);
            let column = solve_triangular(&given, &b.select(1, 1), triangle).unwrap();
            assert_eq!(column, x.select(1, 1));
        }
    }
    assert_eq!(Triangle::LOWER.transposed().transposed(), Triangle::LOWER);
    assert_eq!(
        Triangle::UPPER.unit_diagonal(),
        Triangle { upper: true, transposed: false, unit_diagonal: true }
    );
}

#[test]
fn determinants_are_products_of_pivots() {
    let det_of = |a: &Tensor<f64>| det(a).unwrap().item();
    assert_eq!(det_of(&Tensor::from_rows([[1.0, 2.0], [3.0, 4.0]])), -2.0);
    assert_eq!(det_of(&Tensor::eye(5)), 1.0);
    assert_eq!(det_of(&Tensor::from_rows([[0.0, 1.0], [1.0, 0.0]])), -1.0, "one exchange of rows");
    assert_eq!(det_of(&Tensor::from_rows([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])), 1.0, "two");
    assert_eq!(det_of(&Tensor::ones([3, 3])), 0.0);
    assert_eq!(det_of(&Tensor::zeros([0, 0])), 1.0, "the empty product");
    let mut rng = Rng::new(7);
    for n in [1, 2, 5, 12] {
        let a: Tensor<f64> = rng.normal([n, n]);
        let found = slogdet(&a).unwrap();
        let (sign, log_abs, product) = (found.sign.item(), found.log_abs.item(), det_of(&a));
        assert!(
            (sign * log_abs.exp() / product - 1.0).abs() < 1e-14,
            "order {n}: {sign}, {log_abs}, {product}"
        );
    }
    // The determinant itself is beyond the range.
    let found = slogdet(&(Tensor::<f64>::eye(100) * -1e10)).unwrap();
    assert_eq!(found.sign.item(), 1.0);
    assert!((found.log_abs.item() - 1000.0 * 10f64.ln()).abs() < 1e-10);
    let found = slogdet(&Tensor::<f64>::ones([2, 2])).unwrap();
    assert_eq!((found.sign.item(), found.log_abs.item()), (0.0, f64::NEG_INFINITY));
    let found = slogdet(&Tensor::<f64>::zeros([0, 0])).unwrap();
    assert_eq!((found.sign.item(), found.log_abs.item()), (1.0, 0.0));
}

#[test]
fn systems_of_order_0_have_empty_solutions() {
    let empty = Tensor::<f64>::zeros([0, 0]);
    let b = Tensor::zeros([0, 2]);
    assert_eq!(solve(&empty, &b).unwrap().shape(), [0, 2].into());
    assert_eq!(solve_triangular(&empty, &b, Triangle::UPPER).unwrap().shape(), [0, 2].into());
    assert_eq!(solve_positive_definite(&empty, &b).unwrap().shape(), [0, 2].into());
    assert_eq!(inv(&empty).unwrap().shape(), [0, 0].into());
    assert_eq!(cholesky(&empty).unwrap().shape(), [0, 0].into());
}
