//! Theorem B1 and Corollary B2: momentum, Adam, RMSProp, AMSGrad through a Lyapunov function.

use super::{Certificate, Contraction, Judgement, NoClaim};
use crate::Observation;
use crate::text::number;

/// The constants of Theorem B1 for one cap a_hi on the effective steps: θ = 1 − μa_hi, ω = √θ,
/// c = a_hi/(2ω(ω − β)), under q + ν²q²β²/(ω − β)² ≤ 1 with q = a_hi·L (★).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lyapunov {
    /// A lower bound on the PL constant.
    pub mu: f64,
    /// The Lipschitz constant of the gradient.
    pub smoothness: f64,
    /// The decay β₁ of the average that the direction is.
    pub beta: f64,
    /// 1, or the momentum for Nesterov's direction.
    pub nu: f64,
    /// The cap on the effective steps.
    pub cap: f64,
    /// The weight of ‖p − g‖² in V.
    pub weight: f64,
}

impl Lyapunov {
    /// The left side of (★), infinite where √(1 − μa) ≤ β.
    pub fn condition(mu: f64, smoothness: f64, beta: f64, nu: f64, a: f64) -> f64 {
        let (q, omega) = (a * smoothness, (1.0 - mu * a).max(0.0).sqrt());
        if beta == 0.0 {
            return q;
        }
        if omega <= beta {
            return f64::INFINITY;
        }
        q + (nu * q * beta / (omega - beta)).powi(2)
    }

    /// The largest a that (★) admits, by bisection on (0, 1/L].
    pub fn largest_cap(mu: f64, smoothness: f64, beta: f64, nu: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0 / smoothness);
        if Self::condition(mu, smoothness, beta, nu, high) <= 1.0 {
            return high;
        }
        for _ in 0..200 {
            let middle = 0.5 * (low + high);
            if Self::condition(mu, smoothness, beta, nu, middle) <= 1.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }

    /// The constants for a given cap.
    ///
    /// # Errors
    /// When (★) fails.
    pub fn new(mu: f64, smoothness: f64, beta: f64, nu: f64, cap: f64) -> Result<Self, NoClaim> {
        let left = Self::condition(mu, smoothness, beta, nu, cap);
        if left.is_nan() || left > 1.0 || cap <= 0.0 {
            return Err(NoClaim(format!(
                "B1 needs q + q^2 beta^2/(omega - beta)^2 <= 1, but with a = {cap}, q = aL = {:.3} and \
                 beta = {beta} it is {left:.3}",
                cap * smoothness,
                cap = number(cap)
            )));
        }
        let omega = (1.0 - mu * cap).sqrt();
        Ok(Self { mu, smoothness, beta, nu, cap, weight: cap / (2.0 * omega * (omega - beta)) })
    }

    /// V = D + c‖p − g‖².
    pub fn potential(&self, gap: f64, error_sq: f64) -> f64 {
        gap + self.weight * error_sq
    }
}

/// How the smallest effective step follows from the largest gradient, for B2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SmallestStep {
    /// SGD with momentum: the step is a_hi always.
    Constant,
    /// eps outside the root: η/(√(2LV₀) + eps).
    OutsideRoot {
        /// The learning rate η.
        learning_rate: f64,
        /// The optimizer's eps.
        eps: f64,
    },
    /// eps inside the root: η/√(2LV₀ + eps).
    InsideRoot {
        /// The learning rate η.
        learning_rate: f64,
        /// The optimizer's eps.
        eps: f64,
    },
}

/// V_{t+1} ≤ (1 − μ min aᵢ)V_t while max aᵢ ≤ a_hi, and a priori V_t ≤ (1 − μa_lo)ᵗV₀, D_t ≤ V_t.
///
/// A step is judged when the direction of the next one is known, so the last step of a run is not.
/// Once a step exceeds the cap, V is no longer controlled and the certificate has ended (B3 iv).
pub struct LyapunovRun {
    constants: Lyapunov,
    /// The largest step the method can take, at most the cap for an a-priori rate.
    largest_possible: f64,
    smallest: SmallestStep,
    initial_gap: f64,
    initial_error_sq: f64,
    level: f64,
    pending: Option<(usize, f64, f64)>,
    ended: Option<NoClaim>,
}

impl LyapunovRun {
    /// From the constants for a cap, the largest step the method can take, the rule of the smallest, D₀,
    /// ‖p₀ − g₀‖², and the level up to which μ and L hold (theory A0).
    pub fn new(
        constants: Lyapunov,
        largest_possible: f64,
        smallest: SmallestStep,
        (initial_gap, initial_error_sq): (f64, f64),
        level: f64,
    ) -> Self {
        Self {
            constants,
            largest_possible,
            smallest,
            initial_gap,
            initial_error_sq,
            level,
            pending: None,
            ended: None,
        }
    }

    fn initial_potential(&self) -> f64 {
        self.constants.potential(self.initial_gap, self.initial_error_sq)
    }
}

impl Certificate for LyapunovRun {
    fn name(&self) -> &'static str {
        "B1/B2"
    }

    fn a_priori(&self) -> Result<Contraction, NoClaim> {
        let Lyapunov { cap, mu, smoothness, .. } = self.constants;
        // Rounding of a learning rate that was computed as cap·eps.
        if self.largest_possible > cap * (1.0 + 1e-12) {
            return Err(NoClaim(format!(
                "B2 needs every effective step <= {cap}, but they can reach {}",
                number(self.largest_possible),
                cap = number(cap)
            )));
        }
        let v0 = self.initial_potential();
        if v0 > self.level {
            return Err(NoClaim(format!(
                "mu and L hold on the sublevel set up to {}, but V_0 = {v0} (A0)",
                number(self.level),
                v0 = number(v0)
            )));
        }
        let largest_gradient_sq = 2.0 * smoothness * v0;
        let smallest = match self.smallest {
            SmallestStep::Constant => self.largest_possible,
            SmallestStep::OutsideRoot { learning_rate, eps } => {
                learning_rate / (largest_gradient_sq.sqrt() + eps)
            }
            SmallestStep::InsideRoot { learning_rate, eps } => {
                learning_rate / (largest_gradient_sq + eps).sqrt()
            }
        };
        Ok(Contraction { factor: 1.0 - mu * smallest, noise: 0.0, prefactor: v0 / self.initial_gap })
    }

    fn observe(&mut self, o: &Observation<'_>) -> Judgement {
        if let Some(because) = &self.ended {
            return Judgement::NotCovered { step: o.step, because: because.clone() };
        }
        let potential = self.constants.potential(o.gap, o.sums.error_sq);
        let judged = match self.pending.take() {
            None => Judgement::Pending,
            Some((step, current, factor)) => {
                Judgement::Certified { step, factor, noise: 0.0, current, next: potential }
            }
        };
        let Lyapunov { cap, mu, .. } = self.constants;
        let why = if o.sums.largest_step > cap * (1.0 + 1e-9) {
            Some(format!(
                "the certificate ends at step {}: an effective step of {} exceeds the cap {cap} of B1",
                o.step,
                number(o.sums.largest_step),
                cap = number(cap)
            ))
        } else if o.step == 0 && potential > self.level {
            Some(format!(
                "V_0 = {potential} is above the level {} of mu and L (A0)",
                number(self.level),
                potential = number(potential)
            ))
        } else {
            None
        };
        match why {
            Some(why) => {
                self.ended = Some(NoClaim(why.clone()));
                if judged == Judgement::Pending {
                    return Judgement::NotCovered { step: o.step, because: NoClaim(why) };
                }
            }
            None => self.pending = Some((o.step, potential, 1.0 - mu * o.sums.smallest_step)),
        }
        judged
    }
}
