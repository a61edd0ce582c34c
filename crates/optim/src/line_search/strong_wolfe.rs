//! The search for a step that satisfies the strong Wolfe conditions.

use gradus_tensor::Real;
use serde::{Deserialize, Serialize};

use super::{Probe, SearchError};
use crate::{OptimError, hyperparameter};

/// A search for a step t along a direction d that satisfies the strong Wolfe conditions
///
/// ```text
/// φ(t) ≤ φ(0) + c₁·t·φ′(0)                 |φ′(t)| ≤ c₂·|φ′(0)|                  φ(t) = f(x + t·d)
/// ```
///
/// First steps grow until an interval holds such a step, then the interval shrinks around it: both by the minimiser
/// of the cubic that has the values and slopes of two points, kept away from the ends. Where a value or a slope is
/// not finite the interval is halved.
///
/// When the evaluations are used up or the interval is shorter than the tolerance, the best step seen with a
/// finite value and slope is taken, which satisfies the first condition or is 0.
///
/// Sources: Nocedal, Wright, *Numerical optimization* (2006), algorithms 3.5 and 3.6 and equation 3.59, with the
/// safeguards of minFunc as in PyTorch's `LBFGS`, which this search follows step by step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrongWolfe {
    /// c₁ in (0, 1); 1e-4 by default.
    pub sufficient_decrease: f64,
    /// c₂ in (c₁, 1); 0.9 by default.
    pub curvature: f64,
    /// The length of an interval, in the largest coordinate, at which the search ends, at least 0; 1e-9 by default.
    pub tolerance_change: f64,
    /// The largest number of evaluations, at least 1; 25 by default.
    pub max_evaluations: u64,
}

impl Default for StrongWolfe {
    fn default() -> Self {
        Self { sufficient_decrease: 1e-4, curvature: 0.9, tolerance_change: 1e-9, max_evaluations: 25 }
    }
}

impl StrongWolfe {
    pub(super) fn validate(&self) -> Result<(), OptimError> {
        const NAME: &str = "strong_wolfe";
        let Self { sufficient_decrease, curvature, .. } = *self;
        let c1_in_range = sufficient_decrease > 0.0 && sufficient_decrease < 1.0;
        hyperparameter::require(
            c1_in_range,
            NAME,
            "sufficient_decrease",
            sufficient_decrease,
            "above 0 and below 1",
        )?;
        let c2_in_range = curvature > sufficient_decrease && curvature < 1.0;
        hyperparameter::require(
            c2_in_range,
            NAME,
            "curvature",
            curvature,
            "above sufficient_decrease and below 1",
        )?;
        hyperparameter::non_negative(NAME, "tolerance_change", self.tolerance_change)?;
        hyperparameter::require(
            self.max_evaluations >= 1,
            NAME,
            "max_evaluations",
            self.max_evaluations,
            "at least 1",
        )
    }

    /// The probe of the step found, from `start` (the probe of step 0), with `first` the first step tried and `size`
    /// the largest coordinate of the direction. `evaluate` is called at most `budget` + 1 times.
    pub(super) fn search<T: Real>(
        &self,
        start: Probe<T>,
        first: f64,
        size: f64,
        budget: u64,
        evaluate: &mut dyn FnMut(f64) -> Probe<T>,
    ) -> Result<Probe<T>, SearchError> {
        if start.slope >= 0.0 || start.slope.is_nan() {
            return Err(SearchError::NotDescent { slope: start.slope });
        }
        let (value, slope) = (start.value, start.slope);
        let enough = |probe: &Probe<T>| probe.value <= value + self.sufficient_decrease * probe.step * slope;
        let flat = |probe: &Probe<T>| probe.slope.abs() <= -self.curvature * slope;
        let mut previous = start.clone();
        let mut probe = evaluate(first);
        let mut iterations = 0;
        let mut found = false;
        // The interval: two probes of which one is the best so far, or one probe that will do.
        let mut interval = loop {
            if iterations == budget {
                break [start, probe];
            }
            let rises = iterations > 1 && probe.value >= previous.value;
            if !enough(&probe) || rises || !probe.is_finite() {
                break [previous, probe];
            }
            if flat(&probe) {
                found = true;
                break [probe.clone(), probe];
            }
            if probe.slope >= 0.0 {
                break [previous, probe];
            }
            let bounds = (probe.step + 0.01 * (probe.step - previous.step), probe.step * 10.0);
            let next = cubic_minimiser(&previous, &probe, bounds);
            previous = probe;
            probe = evaluate(next);
            iterations += 1;
        };
        // The loss and the gradient at the start are finite, also where its slope is too large for `T`.
        let rank = |probe: &Probe<T>| {
            if probe.is_finite() || probe.step == 0.0 { probe.value } else { f64::INFINITY }
        };
        let best = |interval: &[Probe<T>; 2]| usize::from(rank(&interval[1]) < rank(&interval[0]));
        let mut low = best(&interval);
        let mut stuck = false;
        while !found && iterations < budget {
            let (left, right) = ordered(interval[0].step, interval[1].step);
            if (right - left) * size < self.tolerance_change {
                break;
            }
            let mut step = cubic_minimiser(&interval[0], &interval[1], (left, right));
            let margin = 0.1 * (right - left);
            if (right - step).min(step - left) < margin {
                // Close to an end, twice in a row or outside: a step away from it.
                if stuck || step >= right || step <= left {
                    step = if (step - right).abs() < (step - left).abs() {
                        right - margin
                    } else {
                        left + margin
                    };
                    stuck = false;
                } else {
                    stuck = true;
                }
            } else {
                stuck = false;
            }
            let probe = evaluate(step);
            iterations += 1;
            if !enough(&probe) || !probe.is_finite() || probe.value >= interval[low].value {
                interval[1 - low] = probe;
                low = best(&interval);
            } else {
                if flat(&probe) {
                    found = true;
                } else if probe.slope * (interval[1 - low].step - interval[low].step) >= 0.0 {
                    interval[1 - low] = interval[low].clone();
                }
                interval[low] = probe;
            }
        }
        let [a, b] = interval;
        Ok(if low == 0 { a } else { b })
    }
}

fn ordered(a: f64, b: f64) -> (f64, f64) {
    if a <= b { (a, b) } else { (b, a) }
}

/// The minimiser of the cubic with the values and slopes of two probes, within the bounds; their middle where there is
/// none.
fn cubic_minimiser<T>(a: &Probe<T>, b: &Probe<T>, (smallest, largest): (f64, f64)) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step);
    let d2_squared = d1 * d1 - a.slope * b.slope;
    let middle = (smallest + largest) / 2.0;
    if d2_squared < 0.0 || d2_squared.is_nan() {
        return middle;
    }
    let d2 = d2_squared.sqrt();
    let minimiser = if a.step <= b.step {
        b.step - (b.step - a.step) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2))
    } else {
        a.step - (a.step - b.step) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2.0 * d2))
    };
    if minimiser.is_finite() { minimiser.max(smallest).min(largest) } else { middle }
}
