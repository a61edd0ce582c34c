//! The functions of `generate.py` that factorise matrices.

use gradus_autograd::Var;
use gradus_autograd::linalg::{self, Triangle};
use gradus_tensor::{Real, Tensor};

pub(crate) fn function<'t, T: Real>(name: &str, inputs: &[Var<'t, T>]) -> Option<Var<'t, T>> {
    let n = T::constant;
    let identity = inputs[0].tape().constant(&Tensor::eye(3));
    let value = match (name, inputs) {
        ("normal_likelihood", &[a, x]) => {
            let factor = linalg::cholesky(a.matmul(a.t()) + identity).expect("definite");
            let whitened = linalg::solve_triangular(factor, x.t(), Triangle::LOWER).expect("regular");
            whitened.square().sum() * n(-0.5) - factor.diagonal(0, 0, 1).ln().sum() * n(5.0)
        }
        ("spectral", &[a, b]) => {
            let svd = linalg::svd(a).expect("finite");
            let values = linalg::eigvalsh(b.matmul(b.t())).expect("finite");
            let halfway = (svd.u * svd.s.sqrt()).matmul(svd.vt).sin().sum();
            let solved = linalg::solve(b + identity * n(4.0), a).expect("regular");
            halfway + values.ln_1p().sum() + solved.sum()
        }
        _ => return None,
    };
    Some(value)
}
