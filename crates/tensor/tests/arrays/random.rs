//! Random numbers: a function of the seed and the order of calls alone, with the moments of their distribution.

use gradus_tensor::{Real, Rng, Tensor};
use gradus_testkit::settings::same_under_each_setting;

/// Standard errors by which a sample statistic may miss its expectation. The seeds are fixed, so this cannot
/// fail by chance once it has passed; 5 would be passed by all but one in a million seeds.
const STANDARD_ERRORS: f64 = 5.0;

const SAMPLES: usize = 1_000_000;

#[track_caller]
fn near(found: f64, expected: f64, standard_error: f64, what: &str) {
    let error = (found - expected).abs();
    assert!(
        error <= STANDARD_ERRORS * standard_error,
        "{what}: {found}, expected {expected} ± {standard_error}"
    );
}

fn moments<T: Real>(x: &Tensor<T>) -> (f64, f64) {
    let n = x.len() as f64;
    let x: Vec<f64> = x.to_vec().into_iter().map(T::to_f64).collect();
    let mean = x.iter().sum::<f64>() / n;
    (mean, x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n)
}

fn check_moments<T: Real>(seed: u64) {
    let n = SAMPLES as f64;
    let normal: Tensor<T> = Rng::new(seed).normal([1000, 1000]);
    let (mean, variance) = moments(&normal);
    near(mean, 0.0, n.sqrt().recip(), "mean of normals");
    near(variance, 1.0, (2.0 / n).sqrt(), "variance of normals");
    let tail = normal.to_vec().into_iter().filter(|x| x.to_f64().abs() > 1.959_963_985).count() as f64 / n;
    near(tail, 0.05, (0.05 * 0.95 / n).sqrt(), "mass beyond two sigma");

    let uniform: Tensor<T> = Rng::new(seed).uniform([SAMPLES], -1.0, 3.0);
    let (mean, variance) = moments(&uniform);
    near(mean, 1.0, 4.0 / (12.0 * n).sqrt(), "mean of uniforms");
    // The fourth central moment of a uniform variable of width w is w⁴/80.
    near(variance, 16.0 / 12.0, 16.0 * ((1.0 / 80.0 - 1.0 / 144.0) / n).sqrt(), "variance of uniforms");
    assert!(uniform.to_vec().into_iter().all(|x| (-1.0..3.0).contains(&x.to_f64())));
}

#[test]
fn moments_are_those_of_the_distribution() {
    for seed in [0, 1, u64::MAX] {
        check_moments::<f32>(seed);
        check_moments::<f64>(seed);
    }
}

#[test]
fn threads_do_not_change_the_numbers() {
    for n in [1, 4096, 4097, 300_001] {
        same_under_each_setting("normal f32", || Rng::new(2).normal::<f32>([n]));
        same_under_each_setting("normal f64", || Rng::new(2).normal::<f64>([n]));
        same_under_each_setting("uniform f32", || Rng::new(2).uniform::<f32>([n], -1.0, 1.0));
    }
}

#[test]
fn the_numbers_of_a_seed_stay_the_same() {
    // A change of these shifts every seeded result of every user.
    let mut rng = Rng::new(3);
    assert_eq!(rng.normal::<f64>([3]).to_vec(), GOLDEN_NORMAL);
    assert_eq!(rng.uniform::<f32>([3], 0.0, 1.0).to_vec(), GOLDEN_UNIFORM);
    assert_eq!(rng.permutation(6), GOLDEN_PERMUTATION);
    assert_eq!([rng.index(1000), rng.split("data").index(1000)], GOLDEN_INDEX);
}

const GOLDEN_NORMAL: [f64; 3] = [1.1499848301196989, -1.2849471224911295, 0.8254031238567263];
const GOLDEN_UNIFORM: [f32; 3] = [0.34480834, 0.7238668, 0.24545822];
const GOLDEN_PERMUTATION: [usize; 6] = [4, 1, 5, 2, 3, 0];
const GOLDEN_INDEX: [usize; 2] = [322, 409];

/// The correlation of two samples of independent standard normals has the standard error 1/√n.
#[track_caller]
fn uncorrelated(a: &[f64], b: &[f64], what: &str) {
    let n = a.len() as f64;
    near(gradus_tensor::vector::dot(a, b) / n, 0.0, n.sqrt().recip(), what);
}

#[test]
fn blocks_fills_seeds_and_purposes_are_uncorrelated() {
    const BLOCK: usize = 4096;
    let mut rng = Rng::new(3);
    let first = rng.normal([2 * BLOCK]).to_vec();
    let (block, next) = first.split_at(BLOCK);
    uncorrelated(block, next, "neighbouring blocks");
    uncorrelated(&block[1..], &block[..BLOCK - 1], "neighbouring elements");
    uncorrelated(&first, &rng.normal([2 * BLOCK]).to_vec(), "successive fills");
    for other in [Rng::new(4), rng.split("a"), rng.split("b"), rng.split(""), rng.split("a").split("a")] {
        uncorrelated(&first, &other.clone().normal([2 * BLOCK]).to_vec(), "another generator");
    }
    assert_ne!(rng.split("a").normal::<f32>([8]), rng.split("b").normal([8]));
}

#[test]
fn seeds_differ() {
    let mut seen: Vec<Vec<f64>> = (0..100).map(|seed| Rng::new(seed).normal([4]).to_vec()).collect();
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    seen.dedup();
    assert_eq!(seen.len(), 100);
    assert_ne!(Rng::new(1).permutation(100), Rng::new(2).permutation(100));
}

#[test]
fn splitting_does_not_depend_on_what_was_drawn() {
    let fresh = Rng::new(5);
    let mut used = Rng::new(5);
    used.index(10);
    used.normal::<f32>([100]);
    used.permutation(5);
    assert_eq!(fresh.split("noise").normal::<f64>([10]), used.split("noise").normal([10]));
    assert_eq!(fresh.split("noise").permutation(50), used.split("noise").permutation(50));
}

#[test]
fn fills_and_single_draws_do_not_shift_each_other() {
    let (mut a, mut b) = (Rng::new(6), Rng::new(6));
    a.index(10);
    a.permutation(100);
    assert_eq!(a.normal::<f64>([5]), b.normal([5]));
    let (mut a, mut b) = (Rng::new(6), Rng::new(6));
    a.normal::<f64>([5]);
    assert_eq!(a.permutation(100), b.permutation(100));
}

#[test]
fn a_clone_continues_with_the_same_numbers() {
    let mut rng = Rng::new(8);
    rng.normal::<f32>([3]);
    rng.index(7);
    let mut clone = rng.clone();
    assert_eq!(rng.normal::<f32>([3]), clone.normal([3]));
    assert_eq!(rng.index(1 << 40), clone.index(1 << 40));
}

#[test]
fn the_end_of_an_interval_is_excluded_after_rounding() {
    // Half of these `f64` draws round up to the end as `f32`.
    let x: Tensor<f32> = Rng::new(9).uniform([1000], 1e7, 1e7 + 1.0);
    assert_eq!(x.to_vec(), [1e7; 1000]);
    let x: Tensor<f64> = Rng::new(9).uniform([1000], 1.0, 1.0 + f64::EPSILON);
    assert_eq!(x.to_vec(), [1.0; 1000]);
    let x: Tensor<f64> = Rng::new(9).uniform([10], 2.0, 2.0);
    assert_eq!(x.to_vec(), [2.0; 10], "an interval of width 0");
    assert!(Rng::new(9).normal::<f32>([0, 3]).is_empty());
}

#[test]
fn permutations_are_permutations_and_uniform() {
    const ROUNDS: usize = 10_000;
    let mut rng = Rng::new(10);
    for n in [0, 1, 2, 1000] {
        let mut order = rng.permutation(n);
        order.sort_unstable();
        assert_eq!(order, (0..n).collect::<Vec<_>>());
    }
    let mut counts = [[0.0; 5]; 5];
    for _ in 0..ROUNDS {
        for (i, j) in rng.permutation(5).into_iter().enumerate() {
            counts[i][j] += 1.0;
        }
    }
    let rounds = ROUNDS as f64;
    for count in counts.as_flattened() {
        near(*count, rounds / 5.0, (rounds * 0.2 * 0.8).sqrt(), "how often i goes to j");
    }
}

#[test]
fn integers_and_signs_are_uniform() {
    const ROUNDS: usize = 70_000;
    let mut rng = Rng::new(11);
    let mut counts = [0.0; 7];
    let mut sum = 0.0;
    for _ in 0..ROUNDS {
        counts[rng.index(7)] += 1.0;
        let sign: f64 = rng.sign();
        assert_eq!(sign.abs(), 1.0);
        sum += sign;
    }
    let rounds = ROUNDS as f64;
    for count in counts {
        near(count, rounds / 7.0, (rounds * 6.0 / 49.0).sqrt(), "how often an integer comes");
    }
    near(sum, 0.0, rounds.sqrt(), "sum of signs");
    assert_eq!(rng.index(1), 0);
}
