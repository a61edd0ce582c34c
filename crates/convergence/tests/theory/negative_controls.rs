//! Objectives for which the answer must be no.

use gradus_autograd::{Bound, Var};
use gradus_convergence::certificates::{Certificate, Judgement, Lyapunov, LyapunovRun, SmallestStep};
use gradus_convergence::fit;
use gradus_losses::{Batch, Constant, Constants, Objective, Quartic};
use gradus_optim::{Adam, AnyOptimizer, Rule, Sgd};
use gradus_tensor::{ParamId, Params, Tensor};

use crate::methods::{Known, boxed, certified};
use crate::problems;
use crate::run::{follow, inspect};

/// x² − y², unbounded below.
pub(crate) struct Saddle {
    start: Params<f64>,
    point: ParamId,
}

impl Saddle {
    pub(crate) fn starting_at(start: [f64; 2]) -> Self {
        let start = Params::single("x", &Tensor::vector(&start));
        Self { point: start.ids().next().expect("one parameter"), start }
    }
}

impl Objective<f64> for Saddle {
    fn name(&self) -> &str {
        "saddle"
    }

    fn formula(&self) -> String {
        "x² − y²".to_owned()
    }

    fn start(&self) -> &Params<f64> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, f64>, _batch: Batch<'_>) -> Var<'t, f64> {
        (p.get(self.point).square() * p.constant(&Tensor::vector(&[1.0, -1.0]))).sum()
    }

    fn constants(&self) -> Constants {
        claim(2.0, 2.0, 0.0)
    }
}

/// (x² − 1)²/4: ratio 2x² exactly, so μ = 2δ² on |x| ≥ δ, with a stationary point at 0.
pub(crate) struct DoubleWell {
    start: Params<f64>,
    point: ParamId,
}

impl DoubleWell {
    pub(crate) fn starting_at(start: f64) -> Self {
        let start = Params::single("x", &Tensor::vector(&[start]));
        Self { point: start.ids().next().expect("one parameter"), start }
    }
}

impl Objective<f64> for DoubleWell {
    fn name(&self) -> &str {
        "double_well"
    }

    fn formula(&self) -> String {
        "(x² − 1)²/4".to_owned()
    }

    fn start(&self) -> &Params<f64> {
        &self.start
    }

    fn loss<'t>(&self, p: &Bound<'t, f64>, _batch: Batch<'_>) -> Var<'t, f64> {
        (p.get(self.point).square() - 1.0).square().sum() * 0.25
    }

    /// On {f ≤ (1 − δ²)²/4} |x| ≥ δ and f″ = 3x² − 1 ≤ 3(2 − δ²) − 1, for δ = 1/2.
    fn constants(&self) -> Constants {
        let level = 0.75f64.powi(2) / 4.0;
        Constants {
            mu: Constant::Local { value: 0.5, level },
            smoothness: Constant::Local { value: 4.25, level },
            ..claim(0.5, 4.25, 0.0)
        }
    }
}

/// Constants said to hold everywhere.
pub(crate) fn claim(mu: f64, smoothness: f64, infimum: f64) -> Constants {
    Constants {
        mu: Constant::Bound { value: mu },
        smoothness: Constant::Bound { value: smoothness },
        infimum: Constant::Bound { value: infimum },
        sample_smoothness: Constant::Bound { value: smoothness },
        interpolation: true,
    }
}

fn descent(learning_rate: f64, dim: usize) -> Box<dyn AnyOptimizer<f64>> {
    boxed(Sgd { learning_rate, ..Sgd::default() }, dim)
}

/// P7: gradient descent is sublinear on x⁴, and Adam's curve looks straight on a semilog plot. Neither is PL.
#[test]
fn the_quartic_is_not_pl_under_gradient_descent_nor_under_adam() {
    let problem = Quartic::new(&Tensor::vector(&[1.0]));
    // ‖g‖²/(2f) = 8x², which is 8 at the start; L = 12 on the sublevel set of the start.
    let claimed = claim(8.0, 12.0, 0.0);
    let adam = Adam { learning_rate: 1e-3, betas: (0.9, 0.99), eps: 1e-30, ..Adam::default() };
    let runs = [(descent(0.02, 1), 20_000), (boxed(adam, 1) as Box<_>, 8000)];
    for (mut optimizer, steps) in runs {
        let refutation = inspect(&problem, claimed, &mut *optimizer.clone(), steps).refutation().unwrap();
        assert!(refutation.contains("not PL on this path"), "{refutation}");
        assert!(refutation.contains("below the claimed mu = 8"), "{refutation}");
        // Nothing claimed, nothing refuted; the trend is reported all the same.
        let unclaimed = Constants { mu: Constant::Unknown, ..claimed };
        let hypotheses = inspect(&problem, unclaimed, &mut *optimizer.clone(), steps);
        assert_eq!(hypotheses.refutation(), None);
        assert!(hypotheses.diagnosis().unwrap().contains("not PL on this path"));

        let mut curve = Vec::new();
        follow(&problem, 0.0, &mut *optimizer, steps, |o, _, _| {
            curve.push((o.step, o.gap));
            true
        });
        let last = curve.last().unwrap().1;
        match optimizer.name() {
            // f ~ t⁻²
            "sgd" => assert!(last > 1e-8 && fit::shape(&curve, 0.0) == fit::Shape::Power, "{last}"),
            _ => assert!(last < 1e-25, "{last}"),
        }
    }
}

/// y is not in the range of X, but somebody claims f* = 0: the gap stays, and the verdict is about f*.
#[test]
fn an_infimum_that_is_too_low_is_told_from_a_missing_pl_constant() {
    for seed in 0..2 {
        let problem = problems::least_squares(20, 8, 0.1, seed);
        let known = Known::of(&problem);
        let truth = problem.constants();
        assert!(truth.infimum.value().unwrap() > 0.1);
        let claimed = Constants { infimum: Constant::Exact { value: 0.0 }, ..truth };
        for case in certified(&known) {
            // Near-zero eps makes AMSGrad too slow to come to rest.
            if case.name.contains("eps: 1e-12") {
                continue;
            }
            let mut optimizer = case.optimizer;
            let hypotheses = inspect(&problem, claimed, &mut *optimizer, 2000);
            let refutation = hypotheses.refutation().expect("a refutation");
            assert!(refutation.contains("plateau: f* suspect"), "{}, seed {seed}: {refutation}", case.name);
            assert!(!refutation.contains("not PL"), "{}, seed {seed}: {refutation}", case.name);
        }
    }
}

/// x² + 5 sin² x has spurious minima at ±2.45: a run into one ends with f > f*.
#[test]
fn a_spurious_minimum_is_refuted() {
    let problem = gradus_losses::SineWave::new(5.0, &Tensor::vector(&[2.6])).unwrap();
    assert_eq!(problem.constants().mu, Constant::Unknown);
    let claimed = claim(0.1, 12.0, 0.0);
    let hypotheses = inspect(&problem, claimed, &mut *descent(1.0 / 12.0, 1), 2000);
    let refutation = hypotheses.refutation().unwrap();
    assert!(refutation.contains("below the claimed mu = 0.1"), "{refutation}");
    // From f alone nobody can tell a spurious minimum from a wrong f*.
    assert!(refutation.contains("plateau: f* suspect"), "{refutation}");
    assert!(hypotheses.smallest_ratio() < 1e-10);
}

#[test]
fn a_function_unbounded_below_is_refuted_by_its_value() {
    let problem = Saddle::starting_at([1.0, 1e-6]);
    let refutation = inspect(&problem, problem.constants(), &mut *descent(0.1, 2), 400).refutation().unwrap();
    assert!(refutation.contains("below the claimed f*"), "{refutation}");
    // On the way, f passes the level of the saddle slowly: with a lower f* the ratio tells.
    let claimed = claim(2.0, 2.0, -1.0);
    let refutation = inspect(&problem, claimed, &mut *descent(0.1, 2), 400).refutation().unwrap();
    assert!(refutation.contains("below the claimed mu = 2"), "{refutation}");
}

/// Started at or near the stationary point between the wells.
#[test]
fn a_stationary_point_above_the_infimum_is_refuted() {
    for start in [0.0, 1e-3, -0.1] {
        let problem = DoubleWell::starting_at(start);
        let hypotheses = inspect(&problem, claim(0.5, 4.25, 0.0), &mut *descent(0.2, 1), 300);
        let refutation = hypotheses.refutation().unwrap();
        assert!(refutation.contains("at step 0 is below the claimed mu = 0.5"), "{refutation}");
    }
}

/// With constants up to a level nothing is refuted above it, and nothing is certified there.
#[test]
fn local_constants_claim_nothing_above_their_level() {
    let problem = DoubleWell::starting_at(0.1);
    let constants = problem.constants();
    let hypotheses = inspect(&problem, constants, &mut *descent(0.2, 1), 300);
    assert_eq!(hypotheses.refutation(), None);
    assert!(hypotheses.smallest_ratio() < 0.5 && hypotheses.points() > 10);

    let (mu, l) = (0.5, 4.25);
    let momentum = 0.5;
    let cap = Lyapunov::largest_cap(mu, l, momentum, 1.0);
    let constants_b1 = Lyapunov::new(mu, l, momentum, 1.0, cap).unwrap();
    let gap = problem.value(problem.start());
    let level = constants.level();
    let mut run = LyapunovRun::new(constants_b1, cap, SmallestStep::Constant, (gap, 0.0), level);
    let text = run.a_priori().unwrap_err().to_string();
    assert!(text.contains("0.1406") && text.contains("0.245") && text.contains("(A0)"), "{text}");
    let rule = Sgd { learning_rate: cap * (1.0 - momentum), momentum, ..Sgd::default() };
    follow(&problem, 0.0, &mut rule.optimizer(1).unwrap(), 10, |o, _, _| {
        let Judgement::NotCovered { because, .. } = run.observe(o) else { panic!("step {}", o.step) };
        assert!(because.to_string().contains("(A0)"), "{because}");
        true
    });
    // From inside the level the same certificate speaks.
    let gap = 0.1;
    let run = LyapunovRun::new(constants_b1, cap, SmallestStep::Constant, (gap, 0.0), level);
    assert!(run.a_priori().unwrap().factor < 1.0);
}
