//! An objective together with what is claimed of it.

use crate::text::number;
use gradus_losses::{Batch, Constant, Constants, Objective};
use gradus_tensor::{Params, vector};
use serde::Serialize;

/// Where gradients come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gradients {
    /// All samples in every step.
    Batch,
    /// A mini-batch drawn with replacement.
    Stochastic,
}

/// What a study should find.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Claims hold: certified runs have no violations.
    Holds,
    /// A negative control: the claim is wrong, and every run must end without one.
    Refusal,
}

/// An objective, the constants claimed of it, and the gradients to try.
pub struct Problem {
    objective: Box<dyn Objective<f64>>,
    name: String,
    claimed: Constants,
    expected: Expected,
    gradients: Vec<Gradients>,
    initial_value: f64,
    initial_gradient: Vec<f64>,
    /// The minimiser nearest to the start and E‖∇fᵢ‖² there, for finite sums.
    minimiser: Option<(Vec<f64>, f64)>,
}

impl Problem {
    /// An objective under its own constants, with full gradients.
    pub fn new(objective: impl Objective<f64> + 'static) -> Self {
        let start = objective.start().clone();
        let mut initial_gradient = vec![0.0; start.len()];
        let initial_value = objective.value_and_gradient(&start, Batch::Full, &mut initial_gradient);
        let minimiser = objective.nearest_minimiser(start.as_slice()).map(|point| {
            let mut params = start.clone();
            params.as_mut_slice().copy_from_slice(&point);
            let moment = sample_second_moment(&objective, &params);
            (point, moment)
        });
        Self {
            name: objective.name().to_owned(),
            claimed: objective.constants(),
            objective: Box::new(objective),
            expected: Expected::Holds,
            gradients: vec![Gradients::Batch],
            initial_value,
            initial_gradient,
            minimiser,
        }
    }

    /// Also with stochastic gradients.
    #[must_use]
    pub fn stochastic(mut self) -> Self {
        self.gradients.push(Gradients::Stochastic);
        self
    }

    /// With stochastic gradients only.
    #[must_use]
    pub fn stochastic_only(mut self) -> Self {
        self.gradients = vec![Gradients::Stochastic];
        self
    }

    /// A negative control: somebody claims these constants, and the study must refuse them.
    #[must_use]
    pub fn claiming(mut self, name: &str, claimed: Constants) -> Self {
        name.clone_into(&mut self.name);
        self.claimed = claimed;
        self.expected = Expected::Refusal;
        self
    }

    /// A negative control: μ is claimed to be the PL ratio at the start, as one sample suggests.
    #[must_use]
    pub fn claiming_ratio_at_start(self, name: &str) -> Self {
        let value = vector::squared_norm(&self.initial_gradient) / (2.0 * self.initial_gap());
        let claimed = Constants { mu: Constant::Bound { value }, ..self.claimed };
        self.claiming(name, claimed)
    }

    /// The name in tables and files.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The objective.
    pub fn objective(&self) -> &dyn Objective<f64> {
        &*self.objective
    }

    /// The constants claimed of it.
    pub fn claimed(&self) -> &Constants {
        &self.claimed
    }

    /// What a study should find.
    pub fn expected(&self) -> Expected {
        self.expected
    }

    /// The gradients to try.
    pub fn gradients(&self) -> &[Gradients] {
        &self.gradients
    }

    /// The claimed f*, 0 if none is claimed.
    pub fn infimum(&self) -> f64 {
        self.claimed.infimum.value().unwrap_or(0.0)
    }

    /// f(x₀).
    pub fn initial_value(&self) -> f64 {
        self.initial_value
    }

    /// The scale of f against which rounding is judged.
    pub fn value_scale(&self) -> f64 {
        self.objective.value_scale().max(self.initial_value.abs())
    }

    /// D₀ = f(x₀) − f*.
    pub fn initial_gap(&self) -> f64 {
        self.initial_value - self.infimum()
    }

    /// ∇f(x₀).
    pub fn initial_gradient(&self) -> &[f64] {
        &self.initial_gradient
    }

    /// Why the claimed constants cannot be right, by what the objective knows of itself exactly.
    pub fn contradiction(&self) -> Option<String> {
        let known = self.objective.constants();
        let exact = |constant: Constant| match constant {
            Constant::Exact { value } => Some(value),
            _ => None,
        };
        let differ =
            |claimed: f64, value: f64| (claimed - value).abs() > 1e-9 * claimed.abs().max(value.abs());
        if let (Some(value), Some(claimed)) = (exact(known.infimum), self.claimed.infimum.value())
            && differ(claimed, value)
        {
            return Some(format!(
                "f* = {value} exactly, but {claimed} is claimed",
                value = number(value),
                claimed = number(claimed)
            ));
        }
        if let (Some(value), Some(claimed)) = (exact(known.mu), self.claimed.mu.value())
            && claimed > value
            && differ(claimed, value)
        {
            return Some(format!(
                "mu = {value} exactly, but {claimed} is claimed",
                value = number(value),
                claimed = number(claimed)
            ));
        }
        if let (Some(value), Some(claimed)) = (exact(known.smoothness), self.claimed.smoothness.value())
            && claimed < value
            && differ(claimed, value)
        {
            return Some(format!(
                "L = {value} exactly, but {claimed} is claimed",
                value = number(value),
                claimed = number(claimed)
            ));
        }
        None
    }

    /// The minimiser nearest to the start, if it is known.
    pub fn minimiser(&self) -> Option<&[f64]> {
        self.minimiser.as_ref().map(|(point, _)| point.as_slice())
    }

    /// E‖∇fᵢ‖² at that minimiser: 0 under interpolation, `None` if neither is known.
    pub fn noise_at_minimiser(&self) -> Option<f64> {
        if self.claimed.interpolation {
            Some(0.0)
        } else {
            self.minimiser.as_ref().map(|&(_, moment)| moment)
        }
    }
}

/// (1/n)Σ‖∇fᵢ(x)‖², by enumeration.
pub(super) fn sample_second_moment(objective: &(impl Objective<f64> + ?Sized), x: &Params<f64>) -> f64 {
    let n = objective.samples();
    let mut gradient = vec![0.0; x.len()];
    let sum: f64 = (0..n)
        .map(|i| {
            objective.value_and_gradient(x, Batch::Indices(&[i]), &mut gradient);
            vector::squared_norm(&gradient)
        })
        .sum();
    sum / n as f64
}
