//! The distributions of random numbers: samples against exact distribution functions and probabilities.

use gradus_tensor::{Element, Real, Rng, Tensor};
use gradus_testkit::panics::assert_panic as check;
use gradus_testkit::settings::under_each_setting;

const SAMPLES: usize = 200_000;

/// √n times the largest distance between the distribution functions of a sample and of its distribution exceeds this
/// for one sample in a million: 2·exp(−2·2.7²) = 9e-7 (Kolmogorov). The seeds are fixed, so what has passed stays so.
const KOLMOGOROV: f64 = 2.7;

/// Standard errors by which a frequency may miss its probability: exceeded in fewer than one case in a million.
const STANDARD_ERRORS: f64 = 5.0;

/// Requires that a sample has the distribution function `cdf`.
#[track_caller]
fn distributed<T: Real>(sample: &Tensor<T>, cdf: impl Fn(f64) -> f64, what: &str) {
    let mut x: Vec<f64> = sample.to_vec().into_iter().map(T::to_f64).collect();
    x.sort_by(f64::total_cmp);
    let n = x.len() as f64;
    let distance = x
        .iter()
        .enumerate()
        .map(|(i, &x)| (cdf(x) - i as f64 / n).abs().max((cdf(x) - (i + 1) as f64 / n).abs()))
        .fold(0.0, f64::max);
    assert!(distance * n.sqrt() <= KOLMOGOROV, "{what}: distance {distance}");
}

/// Requires that something of probability `p` happened `count` times out of `n`.
#[track_caller]
fn frequent(count: usize, n: usize, p: f64, what: &str) {
    let (expected, error) = (n as f64 * p, (n as f64 * p * (1.0 - p)).sqrt());
    assert!(
        (count as f64 - expected).abs() <= STANDARD_ERRORS * error,
        "{what}: {count} times, expected {expected} ± {error}"
    );
}

/// The distribution function of a normal number in `[low, high]`, from the integral of the density relative to its
/// largest value by Simpson's rule on a grid, linear in between: with 10⁵ steps off by less than 1e-8.
fn truncated_cdf(low: f64, high: f64) -> impl Fn(f64) -> f64 {
    const STEPS: usize = 100_000;
    let nearest = 0.0_f64.clamp(low, high);
    // At a distance of 12 from the nearest point the density has fallen by at least e⁻⁷².
    let (start, end) = (low.max(nearest - 12.0), high.min(nearest + 12.0));
    let step = (end - start) / STEPS as f64;
    let density = move |x: f64| (0.5 * (nearest - x) * (nearest + x)).exp();
    let mut sums = vec![0.0];
    for i in 0..STEPS {
        let x = start + i as f64 * step;
        let area = step / 6.0 * (density(x) + 4.0 * density(x + step / 2.0) + density(x + step));
        sums.push(sums[i] + area);
    }
    let total = sums[STEPS];
    move |x| {
        let place = ((x - start) / step).clamp(0.0, STEPS as f64);
        let below = (place as usize).min(STEPS - 1);
        (sums[below] + (place - below as f64) * (sums[below + 1] - sums[below])) / total
    }
}

const INTERVALS: [(f64, f64); 16] = [
    (f64::NEG_INFINITY, f64::INFINITY),
    (-2.0, 2.0),
    (-0.5, 0.25),
    (0.0, f64::INFINITY),
    (0.0, 2.5),
    (0.0, 2.6),
    (-3.0, 0.0),
    (-0.1, 6.0),
    (0.5, 0.75),
    (0.01, 1.0),
    (1.0, f64::INFINITY),
    (3.0, 3.5),
    (8.0, f64::INFINITY),
    (f64::NEG_INFINITY, -8.0),
    (-40.0, -38.0),
    (200.0, 201.0),
];

#[test]
fn truncated_normals_have_their_distribution_also_in_the_tails() {
    for (i, (low, high)) in INTERVALS.into_iter().enumerate() {
        let what = format!("normal in [{low}, {high}]");
        let x: Tensor<f64> = Rng::new(i as u64).truncated_normal([SAMPLES], low, high);
        assert!(x.to_vec().iter().all(|x| (low..=high).contains(x)), "{what}");
        distributed(&x, truncated_cdf(low, high), &what);
    }
    let x: Tensor<f32> = Rng::new(1).truncated_normal([SAMPLES], -2.0, 2.0);
    assert!(x.to_vec().iter().all(|x| (-2.0..=2.0).contains(x)));
    distributed(&x, truncated_cdf(-2.0, 2.0), "normal in [-2, 2], float32");
    for low in [0.1, -0.1, 1.0 / 3.0] {
        // A few numbers wide, with bounds between the numbers of the type: most draws round to one outside.
        let high = low + 2e-8;
        let x: Tensor<f32> = Rng::new(4).truncated_normal([1000], low, high);
        assert!(x.to_vec().iter().all(|&x| (low..=high).contains(&f64::from(x))), "[{low}, {high}]");
    }
    for point in [-3.0, 0.0, 5.0, 1e300] {
        let x: Tensor<f64> = Rng::new(2).truncated_normal([10], point, point);
        assert_eq!(x.to_vec(), [point; 10], "an interval of width 0");
    }
    for near in [1e200, 1e300] {
        let far: Tensor<f64> = Rng::new(3).truncated_normal([10], near, f64::INFINITY);
        assert_eq!(far.to_vec(), [near; 10], "so far out that nothing else is left");
    }
}

#[test]
fn normals_uniforms_and_exponentials_have_their_distributions() {
    let everywhere = truncated_cdf(f64::NEG_INFINITY, f64::INFINITY);
    for seed in 0..5 {
        let mut rng = Rng::new(seed);
        distributed(&rng.normal::<f64>([SAMPLES]), &everywhere, "normal float64");
        distributed(&rng.normal::<f32>([SAMPLES]), &everywhere, "normal float32");
        distributed(&rng.uniform::<f64>([SAMPLES], -1.0, 3.0), |x| (x + 1.0) / 4.0, "uniform float64");
        distributed(&rng.exponential::<f64>([SAMPLES]), |x| -(-x).exp_m1(), "exponential float64");
        distributed(&rng.exponential::<f32>([SAMPLES]), |x| -(-x).exp_m1(), "exponential float32");
    }
}

#[test]
#[should_panic(expected = "shifted: distance")]
fn a_small_shift_would_be_noticed() {
    let x: Tensor<f64> = Rng::new(1).normal([SAMPLES]) + 0.02;
    distributed(&x, truncated_cdf(f64::NEG_INFINITY, f64::INFINITY), "shifted");
}

#[test]
fn truth_values_have_their_probability() {
    for p in [0.0, 1e-3, 0.25, 0.5, 0.9, 1.0] {
        let mask: Tensor<bool> = Rng::new(4).bernoulli([SAMPLES], p);
        let count = mask.to_vec().into_iter().filter(|&kept| kept).count();
        frequent(count, SAMPLES, p, "Bernoulli");
        let factors: Tensor<f32> = Rng::new(4).bernoulli([SAMPLES], p);
        assert_eq!(factors, mask.cast(), "the same draws as numbers");
    }
}

#[test]
fn integers_are_uniform_over_any_range() {
    let x: Tensor<i64> = Rng::new(5).integers([SAMPLES], -3..4);
    for value in -3..4 {
        frequent(x.to_vec().iter().filter(|&&x| x == value).count(), SAMPLES, 1.0 / 7.0, "an integer");
    }
    let bytes: Tensor<i8> = Rng::new(5).integers([SAMPLES], -128..127);
    let low = bytes.to_vec().iter().filter(|&&x| x < 0).count();
    frequent(low, SAMPLES, 128.0 / 255.0, "a negative byte");
    assert_eq!(bytes.unique().values.len(), 255);
    assert_eq!(bytes.to_vec().iter().max(), Some(&126));
    // More than half of all 64-bit words are refused here, the worst case.
    let wide: Tensor<i64> = Rng::new(5).integers([SAMPLES], i64::MIN..1);
    let low = wide.to_vec().iter().filter(|&&x| x < i64::MIN / 4 * 3).count();
    frequent(low, SAMPLES, 0.25, "an integer in the lowest quarter");
    assert_eq!(Rng::new(5).integers::<usize>([4], 7..8).to_vec(), [7; 4]);
    let whole: Tensor<u64> = Rng::new(5).integers([SAMPLES], 0..u64::MAX);
    frequent(whole.to_vec().iter().filter(|&&x| x >> 63 == 1).count(), SAMPLES, 0.5, "the top bit");
}

#[test]
fn choices_with_replacement_are_independent_and_uniform() {
    let picked = Rng::new(6).choice(5, SAMPLES, true);
    for i in 0..5 {
        frequent(picked.iter().filter(|&&j| i == j).count(), SAMPLES, 0.2, "a choice");
    }
    let repeated = picked.windows(2).filter(|pair| pair[0] == pair[1]).count();
    frequent(repeated, SAMPLES - 1, 0.2, "a choice twice in a row");
}

#[test]
fn choices_without_replacement_are_different_and_uniform() {
    const ROUNDS: usize = 20_000;
    let mut rng = Rng::new(7);
    let mut orders = [0; 12];
    for _ in 0..ROUNDS {
        let picked = rng.choice(4, 2, false);
        let (first, second) = (picked[0], picked[1]);
        assert_ne!(first, second);
        orders[first * 3 + second - usize::from(second > first)] += 1;
    }
    for count in orders {
        frequent(count, ROUNDS, 1.0 / 12.0, "an ordered pair");
    }
    for (n, count) in [(0, 0), (1, 1), (10, 10), (1000, 999), (usize::MAX, 3)] {
        let mut picked = rng.choice(n, count, false);
        picked.sort_unstable();
        picked.dedup();
        assert!(picked.len() == count && picked.iter().all(|&i| i < n), "{count} of {n}");
    }
    let [few, many] = [3, 50].map(|count| Rng::new(8).choice(100, count, false));
    assert_eq!(few, many[..3], "those drawn first do not depend on how many follow");
}

#[test]
fn choices_follow_their_weights() {
    const WEIGHTS: [f64; 5] = [1.0, 0.0, 3.0, 4.0, 0.0];
    let picked = Rng::new(9).choice_weighted(&WEIGHTS, SAMPLES, true);
    for (i, weight) in WEIGHTS.into_iter().enumerate() {
        frequent(picked.iter().filter(|&&j| i == j).count(), SAMPLES, weight / 8.0, "a weighted choice");
    }
    const ROUNDS: usize = 20_000;
    let mut rng = Rng::new(10);
    let (mut first, mut both) = ([0; 5], [[0; 5]; 5]);
    for _ in 0..ROUNDS {
        let picked = rng.choice_weighted(&WEIGHTS, 2, false);
        first[picked[0]] += 1;
        both[picked[0]][picked[1]] += 1;
    }
    for (i, weight) in WEIGHTS.into_iter().enumerate() {
        frequent(first[i], ROUNDS, weight / 8.0, "the first choice");
        for (j, other) in WEIGHTS.into_iter().enumerate() {
            let p = if i == j { 0.0 } else { weight / 8.0 * other / (8.0 - weight) };
            frequent(both[i][j], ROUNDS, p, "two choices");
        }
    }
    let mut all = rng.choice_weighted(&[1e-320, 0.0, 1e300], 2, false);
    all.sort_unstable();
    assert_eq!(all, [0, 2]);
    assert_eq!(
        rng.choice_weighted(&[0.0, 1e308, 1e308, 0.0], 1000, true)
            .iter()
            .filter(|&&i| i == 0 || i == 3)
            .count(),
        0
    );
    assert!(rng.choice_weighted(&[], 0, true).is_empty());
}

/// Requires the same numbers for any number of threads, and that a longer fill begins like a shorter one of the same
/// generator.
fn stable<T: Element>(what: &str, fill: impl Fn(&mut Rng, usize) -> Tensor<T> + Sync) {
    let whole = under_each_setting(|| fill(&mut Rng::new(11), 100_001)).swap_remove(0).1;
    for n in [0, 1, 4095, 4096, 4097, 100_001] {
        for (setting, found) in under_each_setting(|| fill(&mut Rng::new(11), n)) {
            assert_eq!(found, whole.narrow(0, 0, n), "{what}: {n} with {setting}");
        }
    }
}

#[test]
fn neither_threads_nor_lengths_change_the_numbers() {
    stable("normal", |rng, n| rng.normal::<f32>([n]));
    stable("uniform", |rng, n| rng.uniform::<f64>([n], 0.0, 1.0));
    stable("exponential", |rng, n| rng.exponential::<f64>([n]));
    stable("truncated normal", |rng, n| rng.truncated_normal::<f32>([n], 1.0, 1.5));
    stable("Bernoulli", |rng, n| rng.bernoulli::<bool>([n], 0.3));
    stable("integers", |rng, n| rng.integers::<i32>([n], -5..1000));
}

#[test]
fn a_saved_generator_continues_with_the_same_numbers() {
    let mut rng = Rng::new(12).split("dropout");
    for _ in 0..20 {
        let mut restored = Rng::from_state(&rng.state());
        assert_eq!(restored.state(), rng.state());
        let mut ahead = rng.clone();
        assert_eq!(restored.index(1000), ahead.index(1000));
        assert_eq!(restored.normal::<f64>([5]), ahead.normal([5]));
        assert_eq!(restored.permutation(10), ahead.permutation(10));
        assert_eq!(restored.split("a").normal::<f32>([3]), ahead.split("a").normal([3]));
        assert_eq!(restored.state(), ahead.state());
        assert_ne!(restored.state(), rng.state());
        // An odd number of words, so that the buffer of the generator is left at every place.
        rng.sign::<f32>();
        rng.choice_weighted(&[1.0, 2.0], 1, true);
        rng.uniform::<f32>([3], 0.0, 1.0);
    }
}

#[test]
fn what_makes_no_distribution_is_named() {
    let rng = || Rng::new(1);
    check(|| rng().truncated_normal::<f32>([1], 1.0, 0.0), "truncated_normal: no float32 in [1, 0]");
    check(|| rng().truncated_normal::<f32>([1], f64::NAN, 0.0), "truncated_normal: no float32 in [NaN, 0]");
    let infinite = f64::INFINITY;
    check(
        || rng().truncated_normal::<f32>([1], infinite, infinite),
        "truncated_normal: no float32 in [inf, inf]",
    );
    check(
        || rng().truncated_normal::<f32>([1], -infinite, -infinite),
        "truncated_normal: no float32 in [-inf, -inf]",
    );
    check(|| rng().bernoulli::<bool>([1], 1.5), "bernoulli: 1.5 is no probability");
    check(|| rng().bernoulli::<bool>([1], f64::NAN), "bernoulli: NaN is no probability");
    check(|| rng().integers::<i64>([1], 3..3), "integers: there is no integer in 3..3");
    check(|| rng().choice(2, 3, false), "choice: no 3 integers from 0..2 without replacement");
    check(|| rng().choice(0, 1, true), "choice: no 1 integers from 0..0");
    let weighted = |weights: &[f64], count, replace| rng().choice_weighted(weights, count, replace);
    check(|| weighted(&[1.0, -1.0], 1, true), "choice_weighted: weight 1 is -1");
    check(|| weighted(&[f64::NAN], 1, true), "choice_weighted: weight 0 is NaN");
    check(|| weighted(&[infinite], 1, false), "choice_weighted: weight 0 is inf");
    check(|| weighted(&[0.0, 0.0], 1, true), "choice_weighted: no 1 positions by 0 positive weights");
    check(|| weighted(&[1.0, 0.0], 2, false), "choice_weighted: no 2 positions by 1 positive weights");
}
