//! What comes from outside and does not fit is refused with a text, not with a panic.

use gradus_losses::{LeastSquares, ObjectiveError, Quadratic, SineWave};
use gradus_tensor::{Rng, Tensor};

type Outcome = Result<(), ObjectiveError>;

fn fit(x: Tensor<f64>, y: Tensor<f64>) -> Outcome {
    LeastSquares::new(x, y).map(drop)
}

fn quadratic(hessian: Tensor<f64>, minimiser: Tensor<f64>, start: &Tensor<f64>) -> Outcome {
    Quadratic::new(hessian, minimiser, start).map(drop)
}

fn synthetic(spectrum: &[f64], d: usize) -> Outcome {
    LeastSquares::<f64>::synthetic(spectrum, d, &mut Rng::new(1)).map(drop)
}

fn wave(amplitude: f64, start: &[f64]) -> Outcome {
    SineWave::new(amplitude, &Tensor::vector(start)).map(drop)
}

fn valid() -> LeastSquares<f64> {
    LeastSquares::new(Tensor::eye(2), Tensor::ones([2])).expect("a valid problem")
}

/// A matrix of ones with one other element.
fn spoilt(n: usize, d: usize, at: usize, value: f64) -> Tensor<f64> {
    Tensor::from_fn([n, d], |i| if i == at { value } else { 1.0 })
}

#[test]
fn texts_name_the_objective_the_place_and_the_value() {
    let (nan, inf) = (f64::NAN, f64::INFINITY);
    let eye = || Tensor::<f64>::eye(2);
    let ones = |n: usize| Tensor::<f64>::ones([n]);
    let wrong_start = |start: &[f64]| valid().starting_at(&Tensor::vector(start)).map(drop);
    let negative = Tensor::from_rows([[1.0, 2.0], [2.0, 1.0]]);
    let asymmetric = Tensor::from_rows([[1.0, 0.5], [0.0, 1.0]]);
    let table: Vec<(Outcome, &str)> = vec![
        (
            fit(Tensor::zeros([0, 3]), ones(0)),
            "least_squares: X: got shape [0, 3], [n, d] with n, d > 0 expected",
        ),
        (
            fit(Tensor::zeros([3, 0]), ones(3)),
            "least_squares: X: got shape [3, 0], [n, d] with n, d > 0 expected",
        ),
        (fit(ones(3), ones(3)), "least_squares: X: got shape [3], [n, d] with n, d > 0 expected"),
        (fit(eye(), ones(3)), "least_squares: y: got shape [3], [2] expected"),
        (fit(eye(), Tensor::ones([2, 1])), "least_squares: y: got shape [2, 1], [2] expected"),
        (fit(spoilt(3, 4, 6, nan), ones(3)), "least_squares: X: element [1, 2] is NaN"),
        (fit(spoilt(3, 4, 0, -inf), ones(3)), "least_squares: X: element [0, 0] is -inf"),
        (fit(spoilt(5, 2, 9, inf), ones(5)), "least_squares: X: element [4, 1] is inf"),
        (fit(eye(), Tensor::vector(&[1.0, nan])), "least_squares: y: element [1] is NaN"),
        (fit(eye(), Tensor::vector(&[inf, nan])), "least_squares: y: element [0] is inf"),
        (fit(Tensor::full([1, 1], 1e200), ones(1)), "least_squares: constants: eigh: element [0, 0] is inf"),
        (
            synthetic(&[1.0, 2.0, 3.0], 2),
            "least_squares: d = 2, but at least the number of eigenvalues, of which there is at least one, \
             is needed",
        ),
        (
            synthetic(&[1.0, -2.0], 3),
            "least_squares: spectrum = -2, but eigenvalues must be positive and finite",
        ),
        (synthetic(&[0.0], 3), "least_squares: spectrum = 0, but eigenvalues must be positive and finite"),
        (synthetic(&[nan], 3), "least_squares: spectrum = NaN, but eigenvalues must be positive and finite"),
        (
            valid().with_contradictory_labels(nan).map(drop),
            "least_squares: label noise = NaN, but it must be finite",
        ),
        (wrong_start(&[1.0]), "least_squares: start: got shape [1], [2] expected"),
        (wrong_start(&[1.0, nan]), "least_squares: start: element [1] is NaN"),
        (
            quadratic(Tensor::zeros([0, 0]), ones(0), &ones(0)),
            "quadratic: minimiser: got shape [0], [d] with d > 0 expected",
        ),
        (
            quadratic(Tensor::ones([2, 3]), ones(2), &ones(2)),
            "quadratic: Hessian: got shape [2, 3], [2, 2] expected",
        ),
        (quadratic(eye(), ones(2), &ones(3)), "quadratic: start: got shape [3], [2] expected"),
        (quadratic(eye(), eye(), &ones(2)), "quadratic: minimiser: got shape [2, 2], [4] expected"),
        (quadratic(spoilt(2, 2, 1, nan), ones(2), &ones(2)), "quadratic: Hessian: element [0, 1] is NaN"),
        (quadratic(eye(), Tensor::vector(&[nan, 0.0]), &ones(2)), "quadratic: minimiser: element [0] is NaN"),
        (quadratic(eye(), ones(2), &Tensor::vector(&[0.0, inf])), "quadratic: start: element [1] is inf"),
        (
            quadratic(asymmetric, ones(2), &ones(2)),
            "quadratic: largest |H − Hᵀ| = 0.5, but the Hessian must be symmetric",
        ),
        (wave(-0.5, &[1.0]), "sine_wave: amplitude = -0.5, but it must be finite and not negative"),
        (wave(nan, &[1.0]), "sine_wave: amplitude = NaN, but it must be finite and not negative"),
        (wave(inf, &[1.0]), "sine_wave: amplitude = inf, but it must be finite and not negative"),
        (wave(1.0, &[1.0, nan]), "sine_wave: start: element [1] is NaN"),
    ];
    for (outcome, expected) in table {
        match outcome {
            Ok(()) => panic!("accepted, but should be refused: {expected}"),
            Err(error) => assert_eq!(error.to_string(), expected),
        }
    }
    let text = quadratic(negative, ones(2), &ones(2)).expect_err("indefinite").to_string();
    let (start, end) =
        ("quadratic: smallest eigenvalue = -", ", but the Hessian must be positive semidefinite");
    assert!(text.starts_with(start) && text.ends_with(end), "{text}");
}

/// The amplitude is finite as f64 but not in the type in which f is evaluated.
#[test]
fn an_amplitude_beyond_single_precision_is_refused() {
    let error = SineWave::<f32>::new(1e300, &Tensor::ones([1])).map(drop).expect_err("not finite in f32");
    assert_eq!(error.to_string(), "sine_wave: amplitude = inf, but it must be finite and not negative");
}

/// Symmetric up to rounding, semidefinite up to rounding: accepted, as computed Hessians are no better.
#[test]
fn hessians_off_by_rounding_are_accepted() {
    let tiny = f64::EPSILON;
    for hessian in [
        Tensor::from_rows([[1.0, 0.5 + tiny], [0.5, 1.0]]),
        Tensor::from_rows([[1.0, 1.0], [1.0, 1.0 - tiny]]),
        Tensor::zeros([2, 2]),
    ] {
        assert!(quadratic(hessian, Tensor::ones([2]), &Tensor::ones([2])).is_ok());
    }
}
