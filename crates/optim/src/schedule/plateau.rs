//! A factor that falls when a metric stops to improve.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{OptimError, hyperparameter};

/// A factor that is reduced when a metric has not improved for a while, as PyTorch's `ReduceLROnPlateau`.
///
/// It is no [`Schedule`](super::Schedule), because it depends on what it has seen: [`start`](Self::start) makes a
/// [`Plateau`], which is told the metric, gives the factor, and is saved and read with serde.
///
/// ```text
/// better:  metric < best·(1 − threshold)   relative      metric < best − threshold   absolute    (minimise)
///          metric > best·(1 + threshold)   relative      metric > best + threshold   absolute    (maximise)
/// bad ← 0 if better or cooling down, otherwise bad + 1
/// if bad > patience:  f ← max(factor·f, floor),  bad ← 0,  cool down for `cooldown` metrics
/// ```
///
/// The first finite metric is better than none, a NaN never is. A reduction by `eps` or less is not made.
///
/// ```
/// use gradus_optim::schedule::ReduceOnPlateau;
/// let mut plateau = ReduceOnPlateau { factor: 0.5, patience: 1, ..ReduceOnPlateau::default() }.start()?;
/// let factors = [3.0, 2.0, 2.0, 2.0, 1.0].map(|loss| plateau.observe(loss));
/// assert_eq!(factors, [1.0, 1.0, 1.0, 0.5, 0.5]);
/// # Ok::<(), gradus_optim::OptimError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReduceOnPlateau {
    /// Whether a better metric is smaller or larger; smaller by default.
    pub goal: Goal,
    /// What the factor is multiplied by, in [0, 1); 0.1 by default.
    pub factor: f64,
    /// How many bad metrics in a row are tolerated; 10 by default.
    pub patience: u64,
    /// How much better than the best a metric must be, at least 0; 1e-4 by default.
    pub threshold: f64,
    /// Whether that is a share of the best or a difference; a share by default.
    pub threshold_mode: Threshold,
    /// How many metrics after a reduction do not count as bad; 0 by default.
    pub cooldown: u64,
    /// The smallest factor, at least 0; 0 by default. PyTorch's `min_lr` is floor·base rate.
    pub floor: f64,
    /// The largest reduction that is not made, at least 0; 1e-8 by default. PyTorch's `eps` is eps·base rate.
    pub eps: f64,
}

/// Which metric is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// The smaller one, such as a loss.
    #[default]
    Minimise,
    /// The larger one, such as an accuracy.
    Maximise,
}

/// What a threshold is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Threshold {
    /// By the best metric so far.
    #[default]
    Relative,
    /// By nothing: it is a difference of metrics.
    Absolute,
}

impl Default for ReduceOnPlateau {
    fn default() -> Self {
        Self {
            goal: Goal::Minimise,
            factor: 0.1,
            patience: 10,
            threshold: 1e-4,
            threshold_mode: Threshold::Relative,
            cooldown: 0,
            floor: 0.0,
            eps: 1e-8,
        }
    }
}

impl ReduceOnPlateau {
    /// The plateau before the first metric, with a factor of 1.
    ///
    /// # Errors
    /// [`OptimError::Hyperparameter`] with the name, the value and the range of the first setting that is not in
    /// its range.
    pub fn start(self) -> Result<Plateau, OptimError> {
        const NAME: &str = "reduce_on_plateau";
        hyperparameter::decay(NAME, "factor", self.factor)?;
        hyperparameter::non_negative(NAME, "threshold", self.threshold)?;
        hyperparameter::non_negative(NAME, "floor", self.floor)?;
        hyperparameter::non_negative(NAME, "eps", self.eps)?;
        Ok(Plateau { settings: self, factor: 1.0, best: None, bad: 0, cooling: 0 })
    }

    fn better(&self, metric: f64, best: f64) -> bool {
        match (self.goal, self.threshold_mode) {
            (Goal::Minimise, Threshold::Relative) => metric < best * (1.0 - self.threshold),
            (Goal::Minimise, Threshold::Absolute) => metric < best - self.threshold,
            (Goal::Maximise, Threshold::Relative) => metric > best * (1.0 + self.threshold),
            (Goal::Maximise, Threshold::Absolute) => metric > best + self.threshold,
        }
    }
}

impl fmt::Display for ReduceOnPlateau {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.goal {
            Goal::Minimise => "fall",
            Goal::Maximise => "rise",
        };
        let Self { factor, patience, .. } = self;
        write!(f, "multiplied by {factor} when the metric does not {verb} for more than {patience} times")
    }
}

/// A [`ReduceOnPlateau`] at work: what it has seen and the factor that follows from it.
///
/// What is read is checked: settings in their ranges, and a state that metrics can lead to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "Unchecked")]
pub struct Plateau {
    settings: ReduceOnPlateau,
    factor: f64,
    /// None before the first finite metric.
    #[serde(with = "extended")]
    best: Option<f64>,
    bad: u64,
    cooling: u64,
}

impl Plateau {
    /// Takes note of the next metric, and returns the factor on the base learning rate from now on.
    pub fn observe(&mut self, metric: f64) -> f64 {
        let settings = self.settings;
        let better = self.best.map_or(metric.is_finite(), |best| settings.better(metric, best));
        if better {
            self.best = Some(metric);
            self.bad = 0;
        } else {
            self.bad = self.bad.saturating_add(1);
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > settings.patience {
            let reduced = (self.factor * settings.factor).max(settings.floor);
            if self.factor - reduced > settings.eps {
                self.factor = reduced;
            }
            self.cooling = settings.cooldown;
            self.bad = 0;
        }
        self.factor
    }

    /// The settings.
    pub fn settings(&self) -> &ReduceOnPlateau {
        &self.settings
    }

    /// The factor on the base learning rate.
    pub fn factor(&self) -> f64 {
        self.factor
    }

    /// The best metric so far.
    pub fn best(&self) -> Option<f64> {
        self.best
    }
}

/// A [`Plateau`] as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    settings: ReduceOnPlateau,
    factor: f64,
    #[serde(with = "extended")]
    best: Option<f64>,
    bad: u64,
    cooling: u64,
}

impl TryFrom<Unchecked> for Plateau {
    type Error = OptimError;

    fn try_from(Unchecked { settings, factor, best, bad, cooling }: Unchecked) -> Result<Self, OptimError> {
        settings.start()?;
        let require = |holds, name, value: &dyn fmt::Display, allowed| {
            hyperparameter::require(holds, "plateau", name, value, allowed)
        };
        // Reductions end at 0 when one is by the factor 0, or when no `eps` stops them before they underflow.
        let vanishes = settings.factor == 0.0 || settings.eps < f64::MIN_POSITIVE;
        let reachable = (settings.floor.min(1.0)..=1.0).contains(&factor) && (factor > 0.0 || vanishes);
        require(reachable, "factor", &factor, "above 0, at least `floor` and at most 1")?;
        require(!best.is_some_and(f64::is_nan), "best", &f64::NAN, "a metric that is not NaN")?;
        require(bad <= settings.patience, "bad", &bad, "at most `patience`")?;
        require(cooling <= settings.cooldown, "cooling", &cooling, "at most `cooldown`")?;
        Ok(Self { settings, factor, best, bad, cooling })
    }
}

/// Numbers that may be infinite, which JSON has not: as the texts `inf` and `-inf`.
mod extended {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Extended {
        Finite(f64),
        Text(String),
    }

    pub(super) fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        let extended = value.map(|value| {
            if value.is_finite() { Extended::Finite(value) } else { Extended::Text(value.to_string()) }
        });
        extended.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
        Option::<Extended>::deserialize(deserializer)?
            .map(|extended| match extended {
                Extended::Finite(value) => Ok(value),
                Extended::Text(text) => match text.as_str() {
                    "inf" => Ok(f64::INFINITY),
                    "-inf" => Ok(f64::NEG_INFINITY),
                    _ => Err(D::Error::custom(format_args!("{text:?} is not a number, \"inf\" or \"-inf\""))),
                },
            })
            .transpose()
    }
}
