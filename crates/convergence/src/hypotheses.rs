//! The hypotheses of the theorems, checked at every step *separately* from the contraction.
//!
//! A contraction-only check has little power: with μ doubled or L halved the contraction often still holds
//! (theory P11). The PL ratio, the realised curvature and the Lipschitz quotient do not forgive.

use gradus_losses::Constants;

use crate::text::number;
use crate::{Observation, Rounding};

/// Tolerance on a constant beyond rounding of the measured quotient.
const RELATIVE: f64 = 1e-9;

/// Decades of the gap over which the PL ratio must have been seen before its trend means anything.
const TREND_DECADES: f64 = 3.0;

/// The exponent s in ratio ~ gapˢ from which on the ratio is said to vanish: 0 under PL, ½ for x⁴, and
/// 1 on a plateau above a wrong f*, where the gap hardly moves.
const VANISHING_EXPONENT: f64 = 0.2;

/// A relative change of the gap that counts as none while the gradient still falls.
const PLATEAU: f64 = 1e-2;

/// What was seen along a run of the constants, and whether it contradicts the claim.
#[derive(Clone, Debug)]
pub struct Hypotheses {
    claimed: Constants,
    rounding: Rounding,
    points: usize,
    smallest_ratio: (f64, usize),
    largest_curvature: (f64, usize),
    largest_quotient: (f64, usize),
    first: Option<(f64, f64)>,
    /// (ln gap, ln ratio) of points whose gap is the smallest so far.
    trend: Vec<(f64, f64)>,
    /// (gap, ‖g‖²) of each point, thinned to at most a few thousand.
    path: Vec<(f64, f64)>,
    refutation: Option<String>,
}

impl Hypotheses {
    /// Nothing seen yet.
    pub fn new(claimed: Constants, rounding: Rounding) -> Self {
        Self {
            claimed,
            rounding,
            points: 0,
            smallest_ratio: (f64::INFINITY, 0),
            largest_curvature: (0.0, 0),
            largest_quotient: (0.0, 0),
            first: None,
            trend: Vec::new(),
            path: Vec::new(),
            refutation: None,
        }
    }

    /// Looks at one value f(x) = f* + `gap`: below the claimed f* it refutes the claim.
    pub fn observe_gap(&mut self, step: usize, gap: f64, value: f64) {
        // The floor is an absolute error: f of a singular quadratic is a difference of terms that do not shrink with it.
        if gap < -self.rounding.value_error(value) - self.rounding.floor() {
            self.refute(format!("f = {} at step {step} is below the claimed f*", number(value)));
        }
    }

    /// Looks at one executed step. `value` is f(x).
    pub fn observe(&mut self, o: &Observation<'_>, value: f64) {
        self.observe_gap(o.step, o.gap, value);
        let relative = RELATIVE + self.rounding.tolerance(o.gap);
        if o.gap <= self.rounding.floor() {
            return;
        }
        self.points += 1;
        let ratio = o.pl_ratio();
        if ratio < self.smallest_ratio.0 {
            self.smallest_ratio = (ratio, o.step);
        }
        self.remember(o.gap, o.sums.gradient_sq, ratio);
        if let Some(mu) = self.claimed.mu.value()
            && o.gap <= self.claimed.mu.level()
            && ratio < mu * (1.0 - relative)
        {
            self.refute(format!(
                "PL ratio {ratio} at step {} is below the claimed mu = {mu}",
                o.step,
                ratio = number(ratio),
                mu = number(mu)
            ));
        }
        if let Some(l) = self.claimed.smoothness.value()
            && o.sums.step_sq > 0.0
            && self.segment_is_in_region(o, l)
        {
            let curvature = o.realised_curvature();
            let error = 4.0 * self.rounding.value_error(value) / o.sums.step_sq;
            // Below this the differences of f say nothing, and neither do those of g.
            if error < 0.1 * l {
                if curvature > self.largest_curvature.0 {
                    self.largest_curvature = (curvature, o.step);
                }
                if curvature > l * (1.0 + RELATIVE) + error {
                    self.refute(format!(
                        "realised curvature {curvature} at step {} exceeds the claimed L = {l}",
                        o.step,
                        curvature = number(curvature),
                        l = number(l)
                    ));
                }
                let quotient = o.lipschitz_quotient();
                if quotient > self.largest_quotient.0 {
                    self.largest_quotient = (quotient, o.step);
                }
                if quotient > l * (1.0 + RELATIVE) + (l * error).sqrt() {
                    self.refute(format!(
                        "Lipschitz quotient {quotient} of the gradient at step {} exceeds the claimed \
                         L = {l}",
                        o.step,
                        quotient = number(quotient),
                        l = number(l)
                    ));
                }
            }
        }
    }

    /// Whether the claim itself keeps the segment [x, x⁺] in the sublevel set on which L holds (A0). On the
    /// part of the segment inside, f lies below the quadratic model, which is convex and so largest at an
    /// end: where both ends of the model are inside, the segment cannot leave.
    fn segment_is_in_region(&self, o: &Observation<'_>, l: f64) -> bool {
        let end = o.gap - o.sums.gradient_move + 0.5 * l * o.sums.step_sq;
        o.gap.max(end) <= self.claimed.smoothness.level()
    }

    fn remember(&mut self, gap: f64, gradient_sq: f64, ratio: f64) {
        self.first.get_or_insert((gap, gradient_sq));
        if self.trend.last().is_none_or(|&(previous, _)| gap.ln() < previous - 0.05) {
            self.trend.push((gap.ln(), ratio.ln()));
        }
        // Every point early, every 2ᵏ-th later: the end of the path is always there.
        if self.points < 4096 || self.points.is_multiple_of(16) {
            self.path.push((gap, gradient_sq));
        }
    }

    fn refute(&mut self, witness: String) {
        self.refutation.get_or_insert(witness);
    }

    /// The smallest PL ratio seen: an *upper* bound on μ; infinite if no point was usable.
    pub fn smallest_ratio(&self) -> f64 {
        self.smallest_ratio.0
    }

    /// The largest realised curvature seen: a *lower* bound on L.
    pub fn largest_curvature(&self) -> f64 {
        self.largest_curvature.0
    }

    /// The number of points at which the ratio was taken.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Why the claim is wrong, if some point contradicts it; a wrong f* is told from a wrong μ.
    pub fn refutation(&self) -> Option<String> {
        let witness = self.refutation.clone()?;
        Some(match self.diagnosis() {
            Some(diagnosis) => format!("{diagnosis}; {witness}"),
            None => witness,
        })
    }

    /// What the trend of the path suggests where it looks unlike PL. It refutes nothing by itself: on a
    /// quadratic the ratio also falls from L to μ while the steep directions die out.
    pub fn diagnosis(&self) -> Option<String> {
        self.plateau().or_else(|| self.vanishing_ratio())
    }

    /// The gap stays while the gradient vanishes: f converges, but not to the claimed f*.
    fn plateau(&self) -> Option<String> {
        let (_, first_sq) = self.first?;
        let &(last, _) = self.path.last()?;
        // The last stretch at one level: on its way to it the gap may have crossed the level before.
        let stretch = self.path.iter().rev().take_while(|&&(gap, _)| (gap - last).abs() <= PLATEAU * last);
        let (mut level, mut start_sq, mut smallest) = (last, 0.0, f64::INFINITY);
        for &(gap, gradient_sq) in stretch {
            (level, start_sq, smallest) = (gap, gradient_sq, smallest.min(gradient_sq));
        }
        // A claimed mu says how small the gradient may be at this level.
        let allowed = self.claimed.mu.value().is_some_and(|mu| smallest >= 2.0 * mu * last);
        let fallen = !allowed && smallest < 1e-6 * first_sq && smallest < 1e-2 * start_sq;
        let infimum = self.claimed.infimum.value()?;
        fallen.then(|| {
            format!(
                "plateau: f* suspect: ‖g‖² fell by a factor of {:.0e} while the gap stayed at {}; f tends to \
                 about {:.6e}, not to the claimed f* = {}",
                start_sq / smallest,
                number(level),
                infimum + last,
                number(infimum)
            )
        })
    }

    /// The PL ratio tends to 0 with the gap: there is no μ.
    fn vanishing_ratio(&self) -> Option<String> {
        let (&(high, _), &(low, last)) = (self.trend.first()?, self.trend.last()?);
        let decades = (high - low) / std::f64::consts::LN_10;
        if decades < TREND_DECADES || self.trend.len() < 4 {
            return None;
        }
        // In the second half of the decades: on a quadratic the fall from L to μ is over by then, if the run
        // is long enough to tell.
        let late = self.trend.partition_point(|&(gap, _)| gap > 0.5 * (high + low));
        let late = &self.trend[late.min(self.trend.len() - 4)..];
        let high = late[0].0;
        let fit = crate::fit::line(late);
        // The trend must be a trend: the last ratio is the smallest, up to a factor.
        let falling = last <= self.trend.iter().map(|&(_, r)| r).fold(f64::INFINITY, f64::min) + 0.7;
        let predicted_fall = fit.slope * (high - low);
        (fit.slope > VANISHING_EXPONENT && falling && predicted_fall > 2.0 * fit.residual_deviation).then(|| {
            format!(
                "not PL on this path: the PL ratio falls like gap^{:.2} over {decades:.0} decades of the gap",
                fit.slope
            )
        })
    }
}
