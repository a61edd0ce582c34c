//! Agreement with NumPy on the matrices of `golden/linalg.txt`, which `golden/linalg.py` wrote.

use gradus_tensor::linalg::*;
use gradus_tensor::{LinalgError, Shape, Tensor};

use crate::matrices::largest;

/// Both sides are within some ten units of rounding of the exact answer, times a condition number of at most 100.
const AGREEMENT: f64 = 1e-12;

fn found(routine: &str, a: &Tensor<f64>, b: &Tensor<f64>) -> Result<Tensor<f64>, LinalgError> {
    Ok(match routine {
        "svdvals" => svdvals(a)?,
        "pinv" => pinv(a, None)?,
        "lstsq" => lstsq(a, b, None)?.solution,
        "rank" => matrix_rank(a, None)?.cast(),
        "r" => qr(a)?.r,
        "cond" => cond(a)?,
        "det" => det(a)?,
        "slogdet" => slogdet(a).map(|found| Tensor::vector(&[found.sign.item(), found.log_abs.item()]))?,
        "inv" => inv(a)?,
        "solve" => solve(a, b)?,
        "eigvalsh" => eigvalsh(&(a + &a.t()))?,
        "cholesky" => cholesky(a)?,
        other => panic!("no routine {other}"),
    })
}

#[test]
fn numpy_finds_the_same() {
    let (mut a, mut b) = (Tensor::zeros([0]), Tensor::zeros([0]));
    let mut compared = 0;
    for line in include_str!("../golden/linalg.txt").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(' ').collect();
        let [case, routine, shape, ref values @ ..] = fields[..] else { panic!("{line}") };
        let shape: Shape = match shape {
            "scalar" => [].into(),
            _ => shape.split('x').map(|extent| extent.parse::<usize>().unwrap()).collect(),
        };
        let values: Vec<f64> = values.iter().map(|value| value.parse().unwrap()).collect();
        let expected = Tensor::from_slice(shape, &values).unwrap();
        match routine {
            "a" => a = expected,
            "b" => b = expected,
            _ => {
                let found = found(routine, &a, &b).unwrap();
                assert_eq!(found.shape(), expected.shape(), "{case} {routine}");
                let difference = largest(&(&found - &expected));
                let bound = AGREEMENT * largest(&expected).max(1.0);
                assert!(difference <= bound, "{case} {routine}: {difference} > {bound}");
                compared += 1;
            }
        }
    }
    assert!(compared >= 45, "{compared} comparisons");
}
