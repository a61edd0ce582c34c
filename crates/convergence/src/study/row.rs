//! One run as a row of the table and an object of the JSON file.

use gradus_losses::Constants;
use serde::Serialize;

use super::tally::Tally;
use super::{Expected, Gradients, Method, RuleSettings, Setting, Task};
use crate::certificates::Contraction;
use crate::fit::{Interval, RateFit, Shape};
use crate::report::{Curve, Figure, Line, Panel, Series};
use crate::text::number;
use crate::{Claim, Hypotheses, Level};

/// What one theorem said of a run.
#[derive(Clone, Debug, Serialize)]
pub struct CertificateReport {
    /// The theorem.
    pub theorem: &'static str,
    /// The factor per step that it promises before the run.
    pub a_priori_factor: Option<f64>,
    /// Why it promises none.
    pub a_priori_refusal: Option<String>,
    /// The largest factor that it certified for an executed step.
    pub worst_factor: Option<f64>,
    /// The largest measured factor of its potential.
    pub worst_measured: Option<f64>,
    /// Steps whose potential was measured and compared.
    pub compared: usize,
    /// Steps that broke its bound by more than rounding.
    pub violations: usize,
    /// The first step without a certified contraction.
    pub ends_at: Option<usize>,
    /// Why it ends there.
    pub ends_because: Option<String>,
}

impl From<&Tally> for CertificateReport {
    fn from(tally: &Tally) -> Self {
        let judged = (tally.judged > 0).then_some(());
        Self {
            theorem: tally.name,
            a_priori_factor: tally.a_priori.as_ref().ok().map(|c| c.factor),
            a_priori_refusal: tally.a_priori.as_ref().err().map(ToString::to_string),
            worst_factor: (tally.worst_factor > 0.0).then_some(tally.worst_factor),
            worst_measured: judged.map(|()| tally.worst_measured),
            compared: tally.judged,
            violations: tally.violations,
            ends_at: tally.ended.as_ref().map(|&(step, _)| step),
            ends_because: tally.ended.as_ref().map(|(_, why)| why.clone()),
        }
    }
}

/// One run. Factors are per step; gaps are f − f* with the claimed f*.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The problem.
    pub objective: String,
    /// Its formula.
    pub formula: String,
    /// What the study should find.
    pub expected: Expected,
    /// The method.
    pub method: Method,
    /// Who chose the hyper-parameters.
    pub setting: Setting,
    /// Full or stochastic gradients.
    pub gradients: Gradients,
    /// Samples per step.
    pub batch_size: Option<usize>,
    /// The level of claim, `None` for no claim.
    pub level: Option<Level>,
    /// The claim in words.
    pub claim: Claim,
    /// The smallest factor that a theorem promises a priori.
    pub a_priori_factor: Option<f64>,
    /// The largest factor certified for an executed step, by the theorem that certified the smallest such.
    pub worst_certified_factor: Option<f64>,
    /// The largest measured factor of the potential of that theorem, or of the gap if no theorem applies.
    pub measured_worst_factor: Option<f64>,
    /// The fitted factor per step, with its interval over blocks: at the end of a batch run; of the mean gap, over the steps
    /// that all seeds made, for stochastic gradients, or of the first seed where only its longer curve is straight. `None`
    /// where no curve is.
    pub tail: Option<RateFit>,
    /// The 95 % interval of the tail factor over seeds.
    pub tail_over_seeds: Option<Interval>,
    /// The tail factor that the limiting preconditioner predicts (A1″, or the heavy ball's roots).
    pub predicted_tail: Option<f64>,
    /// The law that the gap follows.
    pub shape: Shape,
    /// The level that the gap settles at.
    pub floor: Option<f64>,
    /// Steps that broke a certified bound by more than rounding.
    pub violations: usize,
    /// The first step that no theorem covers, if one covered those before it.
    pub certificate_ends: Option<usize>,
    /// Steps to a gap of target · D₀ that the best theorem promises.
    pub predicted_steps: Option<f64>,
    /// Steps it took; `None` if the run ended before.
    pub actual_steps: Option<usize>,
    /// Steps executed, by the first seed if there are several.
    pub steps: usize,
    /// The last gap over the first.
    pub final_relative_gap: f64,
    /// D₀.
    pub initial_gap: f64,
    /// The smallest PL ratio seen: an upper bound on μ.
    pub smallest_pl_ratio: Option<f64>,
    /// The largest curvature seen: a lower bound on L.
    pub largest_curvature: Option<f64>,
    /// The constants claimed.
    pub constants: Constants,
    /// Every theorem that speaks of the method.
    pub certificates: Vec<CertificateReport>,
    /// The seed of the study.
    pub seed: u64,
    /// Independent runs behind a stochastic row.
    pub seeds: usize,
    /// The hyper-parameters.
    pub settings: RuleSettings,
    /// Wall time.
    pub seconds: f64,
}

impl Row {
    /// μ, L and f*, and whether they are a negative control's claim.
    pub fn constants_in_words(&self) -> String {
        let Constants { mu, smoothness, infimum, .. } = self.constants;
        let values = [("μ", mu), ("L", smoothness), ("f*", infimum)].map(|(name, constant)| {
            let value = constant.value().map_or_else(|| "unknown".to_owned(), number);
            format!("{name} = {value}")
        });
        match self.expected {
            Expected::Holds => values.join(", "),
            Expected::Refusal => format!("claimed: {} (negative control)", values.join(", ")),
        }
    }

    /// What is not as theory says, if anything.
    pub(super) fn failure(&self) -> Option<String> {
        let place = format!(
            "{}, {}, {}, {}",
            self.objective,
            self.method.name(),
            self.setting.name(),
            if self.gradients == Gradients::Batch { "batch" } else { "stochastic" }
        );
        match self.expected {
            Expected::Holds if self.violations > 0 || self.level == Some(Level::Refuted) => {
                Some(format!("{place}: {}", self.claim))
            }
            Expected::Refusal if !matches!(self.level, None | Some(Level::Refuted)) => {
                Some(format!("{place}: a negative control passed: {}", self.claim))
            }
            _ => None,
        }
    }
}

/// What every run gives: the common part of its row.
pub(super) struct Findings<'a> {
    pub(super) claim: Claim,
    pub(super) tallies: &'a [Tally],
    pub(super) hypotheses: &'a Hypotheses,
    /// The promise that reaches the target first.
    pub(super) best: Option<Contraction>,
    /// (step, gap) of the run, or of the first seed.
    pub(super) curve: &'a [(usize, f64)],
    pub(super) target: f64,
}

impl Row {
    /// A row without fits.
    pub(super) fn new(task: &Task<'_>, rule: RuleSettings, findings: Findings<'_>) -> Self {
        let Findings { claim, tallies, hypotheses, best, curve, target } = findings;
        let problem = task.problem;
        let initial_gap = problem.initial_gap();
        let worst = tallies
            .iter()
            .filter(|tally| tally.judged > 0)
            .min_by(|a, b| a.worst_factor.total_cmp(&b.worst_factor));
        let (steps, last_gap) = curve.last().copied().unwrap_or((0, initial_gap));
        let reached = curve.iter().find(|&&(_, gap)| gap <= target * initial_gap);
        let positive = |value: f64| (value > 0.0 && value.is_finite()).then_some(value);
        Self {
            objective: problem.name().to_owned(),
            formula: problem.objective().formula(),
            expected: problem.expected(),
            method: task.method,
            setting: task.setting,
            gradients: task.gradients,
            batch_size: None,
            level: claim.level(),
            claim,
            a_priori_factor: best.map(|contraction| contraction.factor),
            worst_certified_factor: worst.map(|tally| tally.worst_factor),
            measured_worst_factor: worst.map(|tally| tally.worst_measured),
            tail: None,
            tail_over_seeds: None,
            predicted_tail: None,
            shape: Shape::Undetermined,
            floor: None,
            violations: tallies.iter().map(|tally| tally.violations).sum(),
            certificate_ends: certificate_end(tallies),
            predicted_steps: best.and_then(|c| c.steps_to(initial_gap, target * initial_gap)),
            actual_steps: reached.map(|&(step, _)| step),
            steps,
            final_relative_gap: last_gap / initial_gap,
            initial_gap,
            smallest_pl_ratio: positive(hypotheses.smallest_ratio()),
            largest_curvature: positive(hypotheses.largest_curvature()),
            constants: *problem.claimed(),
            certificates: tallies.iter().map(CertificateReport::from).collect(),
            seed: 0,
            seeds: 1,
            settings: rule,
            seconds: 0.0,
        }
    }
}

/// The step at which the last theorem that covered the run stopped covering it.
fn certificate_end(tallies: &[Tally]) -> Option<usize> {
    if tallies.is_empty() || tallies.iter().any(Tally::covers_run) {
        return None;
    }
    tallies.iter().filter_map(|tally| tally.ended.as_ref().map(|&(step, _)| step)).max()
}

/// The curves of one run.
#[derive(Clone, Debug, Default)]
pub struct Curves {
    /// (step, gap).
    pub measured: Vec<(f64, f64)>,
    /// (step, certified bound on the gap or its expectation).
    pub bound: Vec<(f64, f64)>,
    /// The level the gap settles at.
    pub floor: Option<f64>,
}

/// One figure per objective, one panel per method and kind of gradients.
pub(super) fn figures(rows: &[Row], curves: &[Curves]) -> Vec<(String, Figure)> {
    let mut figures: Vec<(String, Figure)> = Vec::new();
    for (row, curves) in rows.iter().zip(curves) {
        if figures.last().is_none_or(|(name, _)| *name != row.objective) {
            let figure = Figure {
                title: format!("{}: {}", row.objective.replace('_', " "), row.formula),
                subtitle: row.constants_in_words(),
                panels: Vec::new(),
            };
            figures.push((row.objective.clone(), figure));
        }
        let Some((_, figure)) = figures.last_mut() else { continue };
        let kind = match (row.gradients, row.batch_size) {
            (Gradients::Stochastic, Some(b)) => format!("stochastic, batch of {b}"),
            _ => "batch".to_owned(),
        };
        let title = format!("{}, {kind}", row.method.name());
        if figure.panels.last().is_none_or(|panel| panel.title != title) {
            figure.panels.push(Panel { title, curves: Vec::new() });
        }
        let Some(panel) = figure.panels.last_mut() else { continue };
        let series = match row.setting {
            Setting::Certified => Series::Certified,
            Setting::PyTorchDefaults => Series::Defaults,
        };
        let end = curves.measured.last().map_or(0.0, |&(t, _)| t);
        panel.curves.push(Curve { series, line: Line::Measured, points: curves.measured.clone() });
        if !curves.bound.is_empty() {
            panel.curves.push(Curve { series, line: Line::Bound, points: curves.bound.clone() });
        }
        if let Some(level) = curves.floor {
            panel.curves.push(Curve { series, line: Line::Floor, points: vec![(0.0, level), (end, level)] });
        }
    }
    figures
}
