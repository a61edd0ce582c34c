//! Which theorems speak of a rule on a problem.

use gradus_optim::{Accumulator, AdaGrad, AdaGradNorm, Common, Epsilon, RmsProp, Sgd, WeightDecay};
use gradus_tensor::vector;

use super::plan::{Known, Plan, noise_model, single_samples_suffice};
use super::{Problem, RuleSettings};
use crate::certificates::{
    AdaGradBound, AdaGradForm, DiagonalStep, ExactQuadratic, Lyapunov, LyapunovRun, NoClaim,
    PreconditionedPl, PredictablePreconditioner, SgdGap, SgdSquaredDistance, SpectrumBound,
    StochasticLyapunov,
};
use crate::stability::stability_limit;
use crate::text::number;

/// The theorems of sections 2 and 3 that speak of the rule.
pub(super) fn attach_batch<'a>(plan: &mut Plan<'a>, problem: &'a Problem, known: &Known) {
    if let Some(because) = outside_theory(&plan.rule) {
        plan.refusals.push(because);
        return;
    }
    let Known { mu, smoothness, level, .. } = *known;
    let gap = problem.initial_gap();
    if gap > level {
        plan.refusals.push(NoClaim(format!(
            "mu and L hold on the sublevel set up to {level}, but D_0 = {gap} (A0)",
            level = number(level),
            gap = number(gap)
        )));
        return;
    }
    let momentum = plan.rule.momentum();
    let constant_step = plan.rule.constant_step();
    if momentum == 0.0 {
        plan.certificates.push(Box::new(DiagonalStep::new(mu, smoothness, constant_step)));
        let quadratic = problem.objective().is_quadratic();
        let spectrum = SpectrumBound::new(problem.objective());
        let shared = quadratic.then(|| spectrum.clone());
        plan.certificates.push(Box::new(PreconditionedPl::new(smoothness, shared)));
        if quadratic {
            plan.certificates.push(Box::new(ExactQuadratic::new(spectrum, mu, smoothness, constant_step)));
        }
    }
    let adagrad = match &plan.rule {
        RuleSettings::AdaGrad(AdaGrad {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            lr_decay: 0.0,
            ..
        })
        | RuleSettings::AdaGradNorm(AdaGradNorm {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..
        }) => Some((*learning_rate, *eps, *initial_accumulator_value, *epsilon, *accumulator)),
        _ => None,
    };
    if let Some((eta, eps, accumulated, epsilon, accumulator)) = adagrad {
        let denominator = match epsilon {
            Epsilon::InsideRoot => (accumulated + eps).sqrt(),
            // Outside the root the bound needs b₀ ≥ eps.
            _ if accumulated.sqrt() >= eps => accumulated.sqrt() + eps,
            _ => 0.0,
        };
        let denominator = match (accumulator, epsilon) {
            // The bound of the delayed form is proved for eps inside the root only.
            (Accumulator::Delayed, epsilon) if epsilon != Epsilon::InsideRoot && eps > 0.0 => 0.0,
            _ => denominator,
        };
        let form = match accumulator {
            Accumulator::Current => AdaGradForm::Current,
            Accumulator::Delayed => AdaGradForm::Delayed,
        };
        match AdaGradBound::new((mu, smoothness), eta, denominator, gap, form) {
            Ok(bound) => plan.certificates.push(Box::new(bound)),
            Err(because) => plan.refusals.push(because),
        }
    }
    if let Some((largest, smallest)) = plan.rule.step_range() {
        if let Some(because) = instability(&plan.rule, largest, smoothness) {
            plan.refusals.push(because);
        }
        let cap = Lyapunov::largest_cap(mu, smoothness, momentum, 1.0);
        // A rule whose steps stay below the cap has better constants with its own bound.
        let cap = if largest > 0.0 { cap.min(largest) } else { cap };
        match Lyapunov::new(mu, smoothness, momentum, 1.0, cap) {
            Ok(constants) => {
                let gradient_sq = vector::squared_norm(problem.initial_gradient());
                let initial = (gap, plan.rule.initial_error() * gradient_sq);
                plan.certificates
                    .push(Box::new(LyapunovRun::new(constants, largest, smallest, initial, level)));
            }
            Err(because) => plan.refusals.push(because),
        }
    }
}

/// Options of rules that the theorems were not proved for (theory section 1).
fn outside_theory(rule: &RuleSettings) -> Option<NoClaim> {
    let Common { weight_decay, maximize } = rule.common();
    if weight_decay != WeightDecay::None {
        return Some(NoClaim(
            "no theorem speaks of weight decay: mu, L and f* are those of the loss alone".into(),
        ));
    }
    if maximize {
        return Some(NoClaim("no theorem speaks of ascent".into()));
    }
    match rule {
        RuleSettings::RmsProp(RmsProp { centered: true, .. }) => {
            Some(NoClaim("no theorem speaks of centered RMSProp".into()))
        }
        RuleSettings::RmsProp(rule) if rule.momentum > 0.0 => Some(NoClaim(
            "no theorem speaks of RMSProp with momentum: its direction is no average of gradients".into(),
        )),
        _ => None,
    }
}

/// B3: where the step tends to a_hi as the gradients vanish and a_hi·L exceeds the stability limit, the minimiser
/// is unstable in the steepest direction. AMSGrad's step need not grow again, and is left out.
fn instability(rule: &RuleSettings, largest: f64, smoothness: f64) -> Option<NoClaim> {
    let (limit, sharpness) = (stability_limit(rule.momentum()), largest * smoothness);
    let grows = matches!(rule, RuleSettings::Adam(_) | RuleSettings::RmsProp(_));
    let eta = match rule {
        RuleSettings::Adam(rule) => rule.learning_rate,
        RuleSettings::RmsProp(rule) => rule.learning_rate,
        _ => 0.0,
    };
    (grows && sharpness > limit).then(|| {
        NoClaim(format!(
            "the minimiser is unstable for these settings: eta L/eps = {} > {limit:.0} (B3); near it the gap \
             hovers around L eta^2 = {:.1e}",
            number(sharpness),
            smoothness * eta * eta
        ))
    })
}

/// The theorems of section 4 that speak of the rule.
pub(super) fn attach_stochastic<'a>(plan: &mut Plan<'a>, problem: &'a Problem, known: &Known) {
    if let Some(because) = outside_theory(&plan.rule) {
        plan.refusals.push(because);
        return;
    }
    if known.level.is_finite() {
        plan.refusals
            .push(NoClaim("stochastic theorems need constants that hold on all of space (A0)".into()));
        return;
    }
    let Some(model) = noise_model(problem, known, plan.batch) else {
        plan.refusals.push(NoClaim(
            "the noise at the minimiser is not known: no interpolation, and no minimiser in closed form"
                .into(),
        ));
        return;
    };
    let Known { mu, smoothness, sample_smoothness, .. } = *known;
    let momentum = plan.rule.momentum();
    match &plan.rule {
        RuleSettings::Sgd(Sgd { learning_rate, momentum: 0.0, .. }) => {
            if single_samples_suffice(problem) && plan.batch == 1 {
                plan.stochastic.push(Box::new(SgdSquaredDistance::new(
                    mu,
                    smoothness,
                    sample_smoothness,
                    *learning_rate,
                )));
            }
            plan.stochastic.push(Box::new(SgdGap::new(model, *learning_rate)));
        }
        RuleSettings::AdaGrad(AdaGrad { accumulator, .. })
        | RuleSettings::AdaGradNorm(AdaGradNorm { accumulator, .. }) => {
            if model.minimum_noise > 0.0 {
                plan.refusals.push(NoClaim(
                    "stochastic AdaGrad with noise that persists at the minimiser has no fixed rate: its accumulator \
                     grows like t, and the gap like t^(-1/2) in the end (C5)"
                        .into(),
                ));
            } else if *accumulator == Accumulator::Delayed {
                plan.stochastic.push(Box::new(PredictablePreconditioner::new(model)));
            } else {
                plan.refusals.push(NoClaim(
                    "C2 needs a preconditioner known before the draw: the accumulator is not delayed".into(),
                ));
            }
        }
        rule if rule.corrects_bias() => plan.refusals.push(NoClaim(
            "C4 is evaluated with one weight of the average for all steps, which bias correction does not have".into(),
        )),
        _ => {
            let cap = Lyapunov::largest_cap(mu, smoothness, momentum, 1.0);
            match Lyapunov::new(mu, smoothness, momentum, 1.0, cap) {
                Ok(constants) => {
                    let gradient_sq = vector::squared_norm(problem.initial_gradient());
                    let noise = 2.0 * model.noise_slope() * problem.initial_gap() + model.noise();
                    let error = momentum * momentum * gradient_sq + (1.0 - momentum).powi(2) * noise;
                    let initial = (problem.initial_gap(), error);
                    plan.stochastic.push(Box::new(StochasticLyapunov::new(
                        constants,
                        model.noise_slope(),
                        model.noise(),
                        plan.rule.constant_step(),
                        initial,
                    )));
                }
                Err(because) => plan.refusals.push(because),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use gradus_optim::Adam;

    use super::*;

    #[test]
    fn options_outside_of_the_theorems_are_refused() {
        let text = |rule: RuleSettings| outside_theory(&rule).map(|NoClaim(text)| text);
        assert_eq!(text(RuleSettings::Adam(Adam::default())), None);
        for weight_decay in [WeightDecay::L2(1e-3), WeightDecay::Decoupled(1e-3)] {
            let text = text(RuleSettings::Adam(Adam { weight_decay, ..Adam::default() }));
            assert!(text.is_some_and(|text| text.contains("weight decay")));
        }
        assert!(text(RuleSettings::Sgd(Sgd { maximize: true, ..Sgd::default() })).is_some());
        assert!(text(RuleSettings::RmsProp(RmsProp { centered: true, ..RmsProp::default() })).is_some());
    }
}
