//! Constants of least squares against matrices whose spectrum is known without an eigensolver.

use gradus_losses::{Constant, LeastSquares, Objective};
use gradus_tensor::{Rng, Tensor};

/// Rounding of eigenvalues and sums, relative to the largest of them.
const RELATIVE: f64 = 1e-13;

/// Entry (i, j) of the Hadamard matrix of a power of two: ±1, rows and columns orthogonal.
fn hadamard(i: usize, j: usize) -> f64 {
    if (i & j).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 }
}

/// Rows `rows` of the Hadamard matrix of order 8, row i times `scales[i]`: XXᵀ is diagonal for distinct rows.
fn scaled_rows(rows: &[usize], scales: &[f64]) -> Tensor<f64> {
    Tensor::from_fn([rows.len(), 8], |at| hadamard(rows[at / 8], at % 8) * scales[rows[at / 8]])
}

fn problem(x: Tensor<f64>, y: Tensor<f64>) -> LeastSquares<f64> {
    LeastSquares::new(x, y).expect("a valid problem")
}

fn value(constant: Constant) -> f64 {
    constant.value().expect("a known constant")
}

/// μ from below and L from above, both nearly equal to the truth.
#[track_caller]
fn assert_brackets(objective: &LeastSquares<f64>, mu: f64, l: f64) {
    let constants = objective.constants();
    let (found_mu, found_l) = (value(constants.mu), value(constants.smoothness));
    let margin = RELATIVE * objective.design().square().sum().item() / objective.samples() as f64;
    assert!(found_mu <= mu && mu - found_mu <= margin, "μ: {found_mu} for {mu}");
    assert!(found_l >= l && found_l - l <= margin, "L: {found_l} for {l}");
}

#[test]
fn mu_and_l_bracket_known_spectra() {
    let scales = [1.0, 2.0, 0.25, 8.0, 3.0, 1.0, 32.0, 0.5];
    // (rows, the numbers of copies): eigenvalues are copies·8·scale²/n.
    for rows in [&[0][..], &[0, 1], &[2, 3, 6], &[0, 1, 2, 3, 4, 5, 6, 7], &[7, 1, 7, 1, 7], &[6, 6, 6, 2]] {
        let mut eigenvalues: Vec<f64> = (0..8)
            .map(|row| {
                let copies = rows.iter().filter(|&&other| other == row).count();
                copies as f64 * 8.0 * scales[row] * scales[row] / rows.len() as f64
            })
            .filter(|&value| value > 0.0)
            .collect();
        eigenvalues.sort_by(f64::total_cmp);
        let (mu, l) = (eigenvalues[0], eigenvalues[eigenvalues.len() - 1]);
        let x = scaled_rows(rows, &scales);
        assert_brackets(&problem(x.clone(), Tensor::ones([rows.len()])), mu, l);
        // The transpose has the same non-zero eigenvalues up to the number of rows.
        let factor = rows.len() as f64 / 8.0;
        assert_brackets(&problem(x.t(), Tensor::ones([8])), mu * factor, l * factor);
    }
}

/// Columns of the Hadamard matrix, and labels c along a column that is missing: f* = c²/2.
#[test]
fn infimum_is_the_part_of_the_labels_out_of_range() {
    let columns = [(0, 1.0), (3, 1e3), (5, 1e-2)];
    let x = Tensor::from_fn([8, 4], |at| {
        // The fourth column repeats the first: rank 3.
        let (column, scale) = columns[at % 4 % 3];
        hadamard(at / 4, column) * scale
    });
    for c in [1e-3, 1.0, 40.0] {
        let y = Tensor::from_fn([8], |i| 2.0 * hadamard(i, 0) - 0.5 * hadamard(i, 3) + c * hadamard(i, 6));
        for x in [x.clone(), x.narrow(1, 0, 3)] {
            let constants = problem(x, y.clone()).constants();
            let (found, truth) = (value(constants.infimum), 0.5 * c * c);
            // Labels of size 2.5 are rounded to 2⁻⁵¹, a residual of size c to that, relatively.
            let relative = 100.0 * f64::EPSILON * (1.0 + 2.5 / c);
            assert!((found / truth - 1.0).abs() <= relative, "f* = {found}, not {truth}");
            assert!(!constants.interpolation);
        }
    }
}

#[test]
fn labels_in_the_range_of_a_tall_matrix_are_interpolated() {
    let mut rng = Rng::new(10);
    for scales in [[1.0, 1.0, 1.0], [1.0, 1e2, 1e-2]] {
        let x = rng.normal::<f64>([30, 3]) * Tensor::vector(&scales);
        let y = x.matmul(&rng.normal([3]));
        let constants = problem(x, y).constants();
        assert_eq!(constants.infimum, Constant::Exact { value: 0.0 });
        assert!(constants.interpolation);
    }
}

#[test]
fn full_row_rank_reaches_every_label() {
    let constants =
        problem(scaled_rows(&[1, 4, 6], &[1.0; 8]), Tensor::vector(&[1.0, -7.0, 3.0])).constants();
    assert_eq!(constants.infimum, Constant::Exact { value: 0.0 });
    assert!(constants.interpolation);
    assert!(matches!(constants.mu, Constant::Exact { .. }));
    assert_eq!(constants.level(), f64::INFINITY);
}

/// The spectrum of a kernel matrix falls through the rounding of its largest eigenvalue: nobody can tell the
/// smallest that is not zero.
#[test]
fn an_undecided_rank_claims_no_mu() {
    let spectrum: Vec<f64> = (0..20).map(|k| 10f64.powi(-k)).collect();
    let problem: LeastSquares<f64> =
        LeastSquares::synthetic(&spectrum, 25, &mut Rng::new(11)).expect("a valid problem");
    let constants = problem.constants();
    assert_eq!(constants.mu, Constant::Unknown);
    assert_eq!(constants.infimum, Constant::Bound { value: 0.0 });
    assert!(!constants.interpolation);
    assert_eq!(constants.level(), 0.0);
    assert_eq!(problem.nearest_minimiser(&[0.0; 25]), None);
    assert_eq!(problem.preconditioned_spectrum(&[1.0; 25]), None);
    // L needs no rank.
    assert!((value(constants.smoothness) - 1.0).abs() < 1e-12);
    let noisy = problem.with_contradictory_labels(1.0).expect("finite noise").constants();
    assert_eq!(noisy.mu, Constant::Unknown);
}

#[test]
fn a_mu_near_the_margin_is_a_bound_and_not_exact() {
    let make = |smallest| {
        let problem: LeastSquares<f64> =
            LeastSquares::synthetic(&[1.0, smallest], 3, &mut Rng::new(12)).expect("a valid problem");
        problem.constants().mu
    };
    assert!(matches!(make(1e-6), Constant::Exact { value } if (value / 1e-6 - 1.0).abs() < 1e-6));
    assert!(matches!(make(1e-12), Constant::Bound { value } if 0.9e-12 < value && value < 1e-12));
}

#[test]
fn a_zero_matrix_has_no_mu() {
    let constants = problem(Tensor::zeros([2, 3]), Tensor::vector(&[1.0, 3.0])).constants();
    assert_eq!(constants.mu, Constant::Unknown);
    assert_eq!(constants.condition_number(), None);
    assert!((value(constants.infimum) - 2.5).abs() <= RELATIVE);
    assert!((0.0..1e-300).contains(&value(constants.smoothness)));
    assert_eq!(problem(Tensor::zeros([2, 3]), Tensor::ones([2])).preconditioned_spectrum(&[1.0; 3]), None);
    let unlabelled = problem(Tensor::zeros([4, 1]), Tensor::zeros([4])).constants();
    assert_eq!(unlabelled.infimum, Constant::Exact { value: 0.0 });
}

#[test]
fn l_max_is_the_largest_squared_row_norm() {
    let constants = problem(Tensor::from_rows([[3.0, 4.0], [1.0, 1.0]]), Tensor::ones([2])).constants();
    let found = value(constants.sample_smoothness);
    assert!((25.0..25.0 * (1.0 + RELATIVE)).contains(&found), "{found}");
}

/// A matrix with many rows and few columns must not cost its number of rows squared.
#[test]
fn many_rows_are_affordable() {
    let mut rng = Rng::new(13);
    // XXᵀ would take 80 GB.
    let objective = problem(rng.normal([100_000, 3]), rng.normal([100_000]));
    let mu = value(objective.constants().mu);
    // Eigenvalues of the covariance of 1e5 standard normal rows.
    assert!((mu - 1.0).abs() < 0.05, "{mu}");
}
