//! Constants of an objective and where they come from.

use serde::Serialize;

/// A constant with its provenance: what it may be used for.
///
/// In JSON it is an object such as `{"provenance":"local","value":4.0,"level":2.0}`; the tags are `exact`,
/// `bound`, `local` and `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "provenance", rename_all = "snake_case")]
pub enum Constant {
    /// The sharp value, up to rounding, which is rounded to the safe side.
    Exact {
        /// The value.
        value: f64,
    },
    /// A proved bound on the safe side: at most the true μ, at least the true L, at most the true f*.
    Bound {
        /// The value.
        value: f64,
    },
    /// As `Bound`, but only on the connected sublevel set {f − f* ≤ level} that contains the start.
    Local {
        /// The value.
        value: f64,
        /// The gap up to which it holds.
        level: f64,
    },
    /// Not known.
    Unknown,
}

impl Constant {
    /// The value, if there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Exact { value } | Self::Bound { value } | Self::Local { value, .. } => Some(value),
            Self::Unknown => None,
        }
    }

    /// The gap up to which the constant holds: infinite for global constants.
    pub fn level(self) -> f64 {
        match self {
            Self::Exact { .. } | Self::Bound { .. } => f64::INFINITY,
            Self::Local { level, .. } => level,
            Self::Unknown => 0.0,
        }
    }

    /// The same provenance with another value, a bound if there was none: for tests that claim a wrong
    /// constant on purpose.
    #[must_use]
    pub fn with_value(self, value: f64) -> Self {
        match self {
            Self::Exact { .. } => Self::Exact { value },
            Self::Bound { .. } | Self::Unknown => Self::Bound { value },
            Self::Local { level, .. } => Self::Local { value, level },
        }
    }
}

/// What an objective knows of itself, or what somebody claims of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Constants {
    /// μ of ½‖∇f‖² ≥ μ(f − f*).
    pub mu: Constant,
    /// L of f(y) ≤ f(x) + ⟨∇f(x), y − x⟩ + (L/2)‖y − x‖² and ‖∇f(x) − ∇f(y)‖ ≤ L‖x − y‖.
    pub smoothness: Constant,
    /// f* = inf f.
    pub infimum: Constant,
    /// L_max: every summand of a finite sum is L_max-smooth.
    pub sample_smoothness: Constant,
    /// Whether every summand is minimised at every minimiser of the sum (interpolation).
    pub interpolation: bool,
}

impl Constants {
    /// κ = L/μ, if both are known.
    pub fn condition_number(&self) -> Option<f64> {
        Some(self.smoothness.value()? / self.mu.value()?)
    }

    /// The gap up to which both μ and L hold.
    pub fn level(&self) -> f64 {
        self.mu.level().min(self.smoothness.level())
    }
}
