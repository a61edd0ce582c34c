//! Where there is no derivative, or none of one factor: the table in the documentation.

use gradus_autograd::{Var, hvp, linalg, value_and_grad};
use gradus_tensor::{Params, Tensor};

const TOLERANCE: f64 = 1e-14;

fn gradient(a: &Tensor<f64>, f: impl for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>) -> Tensor<f64> {
    let params = Params::single("a", a);
    let id = params.ids().next().expect("one parameter");
    value_and_grad(&params, |p| f(p.get(id))).1.get(id)
}

#[track_caller]
fn assert_close(found: &Tensor<f64>, expected: &Tensor<f64>) {
    let error = (found - expected).abs().max().item();
    assert!(error <= TOLERANCE, "{found}, not {expected}");
}

#[test]
fn functions_of_repeated_eigenvalues_are_differentiated() {
    let a = Tensor::eye(3) * 2.0;
    // tr A³ = Σ λ³ has the gradient 3A².
    let found = gradient(&a, |a| linalg::eigvalsh(a).unwrap().powi(3).sum());
    assert_close(&found, &(Tensor::eye(3) * 12.0));
    // ‖A‖² = Σ s².
    let found = gradient(&a, |a| linalg::svdvals(a).unwrap().square().sum());
    assert_close(&found, &(Tensor::eye(3) * 4.0));
    let params = Params::single("a", &a);
    let id = params.ids().next().unwrap();
    let direction: Vec<f64> = (0..9).map(f64::from).collect();
    let result = hvp(&params, &direction, |p| linalg::eigvalsh(p.get(id)).unwrap().sum());
    assert!(result.product.as_slice().iter().all(|x| x.is_finite()));
}

#[test]
fn the_gradient_of_a_singular_determinant_is_the_matrix_of_cofactors() {
    let a = Tensor::from_rows([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [0.0, 0.0, 0.0]]);
    let found = gradient(&a, |a| linalg::det(a).unwrap());
    assert_close(&found, &Tensor::from_rows([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-3.0, 6.0, -3.0]]));
    // Of rank n − 2 all cofactors are 0.
    assert_close(&gradient(&Tensor::zeros([2, 2]), |a| linalg::det(a).unwrap()), &Tensor::zeros([2, 2]));
    let rank_1 = Tensor::from_rows([[1.0, 2.0, 3.0], [0.0; 3], [0.0; 3]]);
    assert_close(&gradient(&rank_1, |a| linalg::det(a).unwrap()), &Tensor::zeros([3, 3]));
}

#[test]
fn where_there_is_no_derivative_it_is_nan() {
    let singular = Tensor::from_rows([[1.0, 2.0], [0.0, 0.0]]);
    let found = gradient(&singular, |a| linalg::slogdet(a).unwrap().log_abs);
    assert!(found.to_vec().iter().all(|x| x.is_nan()), "{found}");
    let dependent = Tensor::zeros([3, 2]);
    let found = gradient(&dependent, |a| linalg::qr(a).unwrap().q.sum());
    assert!(found.to_vec().iter().all(|x| x.is_nan()), "{found}");
}
