//! What may be said about a run, and in which words.

use std::fmt;

use crate::text::number;
use serde::{Serialize, Serializer};

/// The four levels of claim, strongest first (theory D6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Constants certified from structure, hypotheses of a theorem hold, and no step contradicted it.
    ProvedAPriori,
    /// Every executed step satisfied its inequality with the given constants.
    CertifiedOnThisRun,
    /// Nothing contradicts the claim at the points visited.
    ConsistentWithSamples,
    /// A point or a step contradicts the claimed constants.
    Refuted,
}

/// A claim about one run. It never says more than its level carries.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// A theorem covers the run before it starts.
    ProvedAPriori {
        /// The theorem.
        theorem: String,
    },
    /// A theorem covered each executed step.
    CertifiedOnThisRun {
        /// The theorem.
        theorem: String,
    },
    /// Only samples support the claim.
    ConsistentWithSamples {
        /// The smallest PL ratio seen.
        smallest_ratio: f64,
        /// The number of points it was taken over.
        points: usize,
        /// Why no stronger level is reached.
        because: String,
    },
    /// The claimed constants are wrong.
    Refuted {
        /// Where and by which numbers.
        witness: String,
    },
    /// Nothing is claimed.
    NoClaim {
        /// The inequality that fails, with its numbers.
        because: String,
    },
}

impl Claim {
    /// The level, `None` if nothing is claimed.
    pub fn level(&self) -> Option<Level> {
        match self {
            Self::ProvedAPriori { .. } => Some(Level::ProvedAPriori),
            Self::CertifiedOnThisRun { .. } => Some(Level::CertifiedOnThisRun),
            Self::ConsistentWithSamples { .. } => Some(Level::ConsistentWithSamples),
            Self::Refuted { .. } => Some(Level::Refuted),
            Self::NoClaim { .. } => None,
        }
    }

    /// A word or two for a table.
    pub fn short(&self) -> &'static str {
        match self {
            Self::ProvedAPriori { .. } => "proved",
            Self::CertifiedOnThisRun { .. } => "certified",
            Self::ConsistentWithSamples { .. } => "samples",
            Self::Refuted { .. } => "REFUTED",
            Self::NoClaim { .. } => "no claim",
        }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ProvedAPriori { theorem } => {
                write!(f, "proved a priori by {theorem}: the constants are certified and its hypotheses hold")
            }
            Self::CertifiedOnThisRun { theorem } => write!(
                f,
                "certified on this run by {theorem}: every executed step satisfied its inequality; this says \
                 nothing about other starts"
            ),
            Self::ConsistentWithSamples { smallest_ratio, points, because } => write!(
                f,
                "consistent with samples only ({because}): {smallest_ratio} is the smallest PL ratio seen at \
                 {points} points; the true constant can be smaller or zero; this is not a proof of PL",
                smallest_ratio = number(*smallest_ratio)
            ),
            Self::Refuted { witness } => {
                write!(f, "refuted: {witness}; the claimed constants are wrong, or there is a bug")
            }
            Self::NoClaim { because } => write!(f, "no claim: {because}"),
        }
    }
}

impl Serialize for Claim {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
