//! The study as a whole: what the main job shows must hold for other seeds, sizes and numbers of threads too.

use gradus::convergence::fit::Shape;
use gradus::convergence::study::{Expected, Gradients, Setting};
use gradus::prelude::*;

/// Small enough that ten seeds take seconds, large enough that n < d and κ matter.
const LIMITS: Limits = Limits {
    target: 1e-10,
    tail_target: 1e-13,
    batch_steps: 12_000,
    batch_work: 1e9,
    stochastic_work: 2e8,
    seeds: 10,
    checks: 10,
};

fn synthetic(seed: u64) -> LeastSquares<f64> {
    let eigenvalues = spectrum::power_law(24, 1.0, 20.0);
    LeastSquares::synthetic(&eigenvalues, 72, &mut Rng::new(seed)).expect("valid sizes")
}

fn noisy(seed: u64) -> LeastSquares<f64> {
    synthetic(seed).with_contradictory_labels(3.0).expect("finite noise").named("label_noise")
}

fn run(study: Study) -> Outcome {
    study.run(|_, _, _| ()).expect("settings are valid")
}

/// Everything but the wall time.
fn without_times(outcome: &Outcome) -> String {
    let mut rows = outcome.rows.clone();
    rows.iter_mut().for_each(|row| row.seconds = 0.0);
    serde_json::to_string(&rows).expect("rows are plain data")
}

#[test]
fn certified_rows_have_no_violations_over_ten_seeds() {
    for seed in 0..10 {
        let start = Rng::new(seed).uniform::<f64>([3], -4.0, 4.0);
        let outcome = run(Study::new(seed, LIMITS)
            .with(Problem::new(synthetic(seed)).stochastic())
            .with(Problem::new(noisy(seed)).stochastic_only())
            .with(Problem::new(SineWave::new(3.0, &start).expect("a valid amplitude")))
            .with(Problem::new(SineCurve::new(start.at(&[0]), 1.0 + start.at(&[1]), 4.0))));
        assert_eq!(outcome.failures(), Vec::<String>::new(), "seed {seed}");
        let certified = |row: &&Row| row.setting == Setting::Certified;
        for row in outcome.rows.iter().filter(certified) {
            assert_eq!(row.violations, 0, "seed {seed}: {row:?}");
            if row.gradients == Gradients::Batch {
                assert_eq!(row.level, Some(Level::ProvedAPriori), "seed {seed}: {row:?}");
                let (taken, promised) = (row.actual_steps, row.predicted_steps);
                assert!(
                    taken.expect("reached") as f64 <= promised.expect("promised"),
                    "seed {seed}: {row:?}"
                );
            }
        }
        let compared: usize = outcome.rows.iter().flat_map(|row| &row.certificates).map(|c| c.compared).sum();
        assert!(compared > 10_000, "seed {seed}: only {compared} steps were compared with a bound");
    }
}

#[test]
fn the_tail_is_the_one_that_the_limiting_preconditioner_predicts() {
    // The problem of the main job: on smaller ones the slowest mode may not be alone yet when rounding ends the run.
    let eigenvalues = spectrum::power_law(200, 1.0, 100.0);
    let objective = LeastSquares::synthetic(&eigenvalues, 1000, &mut Rng::new(1)).expect("valid sizes");
    let limits = Limits { batch_work: Limits::default().batch_work, ..LIMITS };
    let outcome = run(Study::new(1, limits).with(Problem::new(objective)));
    for row in outcome.rows.iter().filter(|row| row.setting == Setting::Certified) {
        let (tail, predicted) = (row.tail.expect("a tail"), row.predicted_tail.expect("a prediction"));
        let relative = (tail.factor.ln() / predicted.ln() - 1.0).abs();
        // Three digits of the log-rate.
        assert!(relative < 1e-3, "{}: {tail:?} against {predicted}", row.method.name());
    }
}

#[test]
fn doubled_mu_and_halved_smoothness_are_reported_by_what_the_run_shows() {
    let truth = Problem::new(synthetic(4));
    let Constants { mu, smoothness, .. } = *truth.claimed();
    let value = |constant: Constant| constant.value().expect("known");
    // Claims as bounds, for an objective that does not know better: only the path can contradict them.
    let claims = [
        Constants { mu: Constant::Bound { value: 2.0 * value(mu) }, ..*truth.claimed() },
        Constants { smoothness: Constant::Bound { value: 0.5 * value(smoothness) }, ..*truth.claimed() },
    ];
    for (claimed, symptom) in claims.into_iter().zip(["PL ratio", "exceeds the claimed L"]) {
        let outcome = run(Study::new(4, LIMITS).with(Problem::new(synthetic(4)).claiming("wrong", claimed)));
        assert_eq!(outcome.failures(), Vec::<String>::new());
        for row in outcome.rows.iter().filter(|row| row.setting == Setting::Certified) {
            assert_eq!(row.level, Some(Level::Refuted), "{row:?}");
            assert!(row.claim.to_string().contains(symptom), "{symptom}: {}", row.claim);
        }
    }
}

#[test]
fn a_quartic_is_refused_although_adams_curve_is_straight() {
    let quartic = || Problem::new(Quartic::new(&Tensor::vector(&[1.0])));
    let limits = Limits { batch_steps: 30_000, ..LIMITS };
    let outcome = run(Study::new(1, limits).with(quartic().claiming_ratio_at_start("quartic")));
    assert_eq!(outcome.failures(), Vec::<String>::new());
    assert!(outcome.rows.iter().all(|row| row.level == Some(Level::Refuted)));
    let adam = outcome
        .rows
        .iter()
        .find(|row| row.method == Method::Adam && row.setting == Setting::PyTorchDefaults)
        .expect("Adam is a method");
    assert_eq!(adam.shape, Shape::Linear, "the point of the control: {adam:?}");
    assert!(adam.actual_steps.is_some());
    assert!(adam.claim.to_string().contains("not PL on this path"), "{}", adam.claim);

    // Without a claimed μ there is nothing to refute, and nothing is claimed either.
    let outcome = run(Study::new(1, limits).with(quartic()));
    assert!(outcome.rows.iter().all(|row| row.level.is_none()), "{:?}", outcome.rows);
}

#[test]
fn a_wrong_infimum_is_told_from_a_wrong_mu() {
    let problem = Problem::new(noisy(5));
    let claimed = Constants { infimum: Constant::Exact { value: 0.0 }, ..*problem.claimed() };
    let outcome = run(Study::new(5, LIMITS).with(problem.claiming("wrong_infimum", claimed)));
    assert_eq!(outcome.failures(), Vec::<String>::new());
    for row in outcome.rows.iter().filter(|row| row.setting == Setting::Certified) {
        assert!(
            row.claim.to_string().contains("plateau: f* suspect"),
            "{}: {}",
            row.method.name(),
            row.claim
        );
    }
}

#[test]
fn a_control_that_is_no_control_fails_the_study() {
    let problem = Problem::new(synthetic(6));
    let claimed = *problem.claimed();
    let outcome = run(Study::new(6, LIMITS).with(problem.claiming("true after all", claimed)));
    let passed = outcome.failures().iter().filter(|text| text.contains("negative control passed")).count();
    assert!(passed >= 7, "{:?}", outcome.failures());
    assert!(outcome.rows.iter().all(|row| row.expected == Expected::Refusal));
}

#[test]
fn stochastic_adagrad_with_persistent_noise_gets_no_rate() {
    let outcome = run(Study::new(7, LIMITS).with(Problem::new(noisy(7)).stochastic_only()));
    for row in &outcome.rows {
        if matches!(row.method, Method::AdaGrad | Method::AdaGradNorm) {
            assert_eq!(row.level, None, "{row:?}");
            assert!(row.claim.to_string().contains("no fixed rate"), "{}", row.claim);
            assert_eq!(row.a_priori_factor, None);
        }
    }
}

#[test]
fn rows_do_not_depend_on_the_number_of_threads() {
    let results: Vec<String> = [1, 2]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
            pool.install(|| {
                let study = Study::new(8, LIMITS)
                    .with(Problem::new(synthetic(8)).stochastic())
                    .with(Problem::new(noisy(8)).stochastic_only());
                without_times(&run(study))
            })
        })
        .collect();
    assert!(results[0] == results[1], "1 and 2 threads differ");
}

#[test]
fn figures_show_every_method_and_setting() {
    let outcome = run(Study::new(9, LIMITS).with(Problem::new(synthetic(9)).stochastic()));
    let figures = outcome.figures();
    let [(name, figure)] = &figures[..] else { panic!("{} figures", figures.len()) };
    assert_eq!(name, "least_squares");
    assert_eq!(figure.panels.len(), 14);
    for panel in &figure.panels {
        assert!(panel.curves.len() >= 2, "{}", panel.title);
        assert!(panel.curves.iter().all(|curve| !curve.points.is_empty()), "{}", panel.title);
    }
}
