//! The same objectives in f32 and in f64.

use gradus_losses::{Batch, Constant, LeastSquares, Objective, Quadratic, Quartic, SineCurve, SineWave};
use gradus_tensor::{Real, Rng, Tensor};

/// Some tens of roundings of f32 (6e-8), relative to the terms of which a number is the sum.
const SINGLE: f64 = 1e-5;

/// Numbers that both types represent.
fn exact(seed: u64, shape: &[usize]) -> Tensor<f64> {
    Rng::new(seed).normal::<f32>(shape).cast()
}

fn objectives<T: Real>() -> Vec<Box<dyn Objective<T>>> {
    let (x, y) = (exact(1, &[5, 9]), exact(2, &[5]));
    let wide = LeastSquares::<T>::new(x.cast(), y.cast()).expect("a valid problem");
    let tall = LeastSquares::<T>::new(x.t().cast(), exact(3, &[9]).cast()).expect("a valid problem");
    let noisy = wide.with_contradictory_labels(0.5).expect("finite noise");
    let hessian = Tensor::from_rows([[4.0, 1.0, 0.0], [1.0, 3.0, -0.5], [0.0, -0.5, 2.0]]);
    let minimiser = exact(4, &[3]).cast();
    vec![
        Box::new(wide.starting_at(&exact(5, &[9]).cast()).expect("a valid start")),
        Box::new(tall.starting_at(&exact(6, &[5]).cast()).expect("a valid start")),
        Box::new(noisy.starting_at(&exact(7, &[9]).cast()).expect("a valid start")),
        Box::new(Quadratic::new(hessian.cast(), minimiser, &exact(8, &[3]).cast()).expect("a valid problem")),
        Box::new(SineWave::new(3.0, &exact(9, &[4]).cast()).expect("a valid amplitude")),
        Box::new(SineCurve::new(T::constant(0.5), T::constant(2.25), 2.0)),
        Box::new(Quartic::new(&exact(10, &[3]).cast())),
    ]
}

#[test]
fn single_precision_agrees_with_double() {
    for (single, double) in objectives::<f32>().into_iter().zip(objectives::<f64>()) {
        let name = double.formula();
        assert_eq!(single.formula(), name);
        let d = double.start().len();
        let (mut coarse, mut fine) = (vec![0f32; d], vec![0f64; d]);
        let samples = [0, double.samples() - 1];
        for batch in [Batch::Full, Batch::Indices(&samples[..1]), Batch::Indices(&samples)] {
            let found = f64::from(single.value_and_gradient(single.start(), batch, &mut coarse));
            let expected = double.value_and_gradient(double.start(), batch, &mut fine);
            assert!((found - expected).abs() <= SINGLE * (1.0 + expected), "{name}: {found}, {expected}");
            let scale = fine.iter().fold(1.0, |scale, g| g.abs().max(scale));
            for (found, expected) in coarse.iter().zip(&fine) {
                assert!(
                    (f64::from(*found) - expected).abs() <= SINGLE * scale,
                    "{name}: {found}, {expected}"
                );
            }
        }
        // Constants are computed in f64 from the same data; a value of the start, if any, in T.
        let (found, expected) = (single.constants(), double.constants());
        let same = |found: Constant, expected: Constant| match (found.value(), expected.value()) {
            (Some(found), Some(expected)) => (found - expected).abs() <= SINGLE * expected,
            (found, expected) => found == expected,
        };
        assert!(same(found.mu, expected.mu), "{name}: {:?}, {:?}", found.mu, expected.mu);
        assert!(same(found.smoothness, expected.smoothness), "{name}");
        assert!(same(found.sample_smoothness, expected.sample_smoothness), "{name}");
        assert!(
            (found.infimum.value().unwrap() - expected.infimum.value().unwrap()).abs() <= SINGLE,
            "{name}"
        );
        assert_eq!(found.interpolation, expected.interpolation, "{name}");
    }
}

/// 4.6 in f32 is larger by 2e-8; the claimed μ, about 1e-6, must be that of the function evaluated.
#[test]
fn the_amplitude_is_the_one_that_is_evaluated() {
    let single = SineWave::<f32>::new(4.6, &Tensor::ones([1])).expect("a valid amplitude");
    let double = SineWave::<f64>::new(f64::from(4.6f32), &Tensor::ones([1])).expect("a valid amplitude");
    assert_eq!(single.constants(), double.constants());
}

/// Rounding to f32 moves the eigenvalue 0 of a singular matrix to either side: μ may be tiny or unknown,
/// never that of the next eigenvalue.
#[test]
fn a_singular_hessian_in_single_precision_claims_no_large_mu() {
    let mut bounded = 0;
    for seed in 0..20 {
        let factor: Tensor<f64> = Rng::new(seed).normal([2, 3]);
        let hessian: Tensor<f32> = factor.t().matmul(&factor).cast();
        let objective =
            Quadratic::new(hessian, Tensor::zeros([3]), &Tensor::ones([3])).expect("a valid problem");
        let constants = objective.constants();
        match constants.mu.value() {
            Some(mu) => assert!(mu < 1e-5, "seed {seed}: {mu}"),
            None => assert_eq!(constants.infimum, Constant::Unknown, "seed {seed}"),
        }
        bounded += usize::from(constants.infimum != Constant::Unknown);
    }
    assert!((1..20).contains(&bounded), "both signs should occur: {bounded}");
}
