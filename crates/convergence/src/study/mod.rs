//! Methods × objectives: settings chosen by theory, runs, judgement, rows.
//!
//! [`Study`] holds problems; [`Study::run`] trains every method on each and returns one [`Row`] per run. Rows do
//! not depend on the number of threads or on which other rows are run.

mod batch_run;
mod coverage;
mod method;
mod plan;
mod problem;
mod row;
mod rule_settings;
mod settings;
mod stochastic_run;
mod tally;

use std::time::Instant;

use rayon::prelude::*;

pub use self::method::Method;
pub use self::problem::{Expected, Gradients, Problem};
pub use self::row::{CertificateReport, Curves, Row};
pub use self::rule_settings::RuleSettings;
pub use self::settings::Setting;

use crate::report::Figure;

/// How long runs may get.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The relative gap that ends a race: D ≤ target · D₀.
    pub target: f64,
    /// Runs go on to this relative gap, so that the tail can be fitted.
    pub tail_target: f64,
    /// Steps of a batch run.
    pub batch_steps: usize,
    /// Multiply–adds of a batch run.
    pub batch_work: f64,
    /// Multiply–adds of the first seed of a stochastic run; the other seeds get a quarter of it each.
    pub stochastic_work: f64,
    /// Seeds of a stochastic run.
    pub seeds: usize,
    /// Points of a stochastic run at which exact expectations are enumerated.
    pub checks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            target: 1e-10,
            tail_target: 1e-13,
            batch_steps: 20_000,
            batch_work: 1e10,
            stochastic_work: 2e9,
            seeds: crate::fit::MIN_SEEDS,
            checks: 12,
        }
    }
}

/// Why a study could not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StudyError {
    /// An optimizer refused a setting or a gradient.
    #[error("{objective}, {method}: {source}")]
    Optimizer {
        /// The objective.
        objective: String,
        /// The method.
        method: &'static str,
        /// What it says.
        source: gradus_optim::OptimError,
    },
}

/// A set of problems to be run with every method.
pub struct Study {
    problems: Vec<Problem>,
    seed: u64,
    limits: Limits,
}

/// One run to be made.
#[derive(Clone, Copy)]
struct Task<'a> {
    problem: &'a Problem,
    method: Method,
    setting: Setting,
    gradients: Gradients,
}

impl Study {
    /// Without problems; `seed` decides every random draw.
    pub fn new(seed: u64, limits: Limits) -> Self {
        Self { problems: Vec::new(), seed, limits }
    }

    /// Adds a problem.
    #[must_use]
    pub fn with(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    /// The problems.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn tasks(&self) -> Vec<Task<'_>> {
        let mut tasks = Vec::new();
        for problem in &self.problems {
            for &gradients in problem.gradients() {
                for &method in Method::with(gradients) {
                    for setting in [Setting::Certified, Setting::PyTorchDefaults] {
                        tasks.push(Task { problem, method, setting, gradients });
                    }
                }
            }
        }
        tasks
    }

    /// Runs everything, in parallel; `progress` is told of each finished row, with the numbers done and to do.
    ///
    /// # Errors
    /// When an optimizer refuses its settings: a defect of the settings, not of the data.
    pub fn run(&self, progress: impl Fn(usize, usize, &Row) + Sync) -> Result<Outcome, StudyError> {
        let tasks = self.tasks();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let results: Vec<(Row, Curves)> = tasks
            .par_iter()
            // Tasks differ in length by orders of magnitude: hand them out one by one.
            .with_max_len(1)
            .map(|task| {
                let start = Instant::now();
                let (mut row, curves) = match task.gradients {
                    Gradients::Batch => batch_run::run(task, self.seed, &self.limits)?,
                    Gradients::Stochastic => stochastic_run::run(task, self.seed, &self.limits)?,
                };
                row.seconds = start.elapsed().as_secs_f64();
                let finished = 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                progress(finished, tasks.len(), &row);
                Ok((row, curves))
            })
            .collect::<Result<_, _>>()?;
        let (rows, curves) = results.into_iter().unzip();
        Ok(Outcome { rows, curves })
    }
}

/// What a study found.
pub struct Outcome {
    /// One row per run, in the order of the problems.
    pub rows: Vec<Row>,
    curves: Vec<Curves>,
}

impl Outcome {
    /// The figure of each objective, with its name.
    pub fn figures(&self) -> Vec<(String, Figure)> {
        row::figures(&self.rows, &self.curves)
    }

    /// What is not as theory says: violations in certified runs, negative controls that pass. Empty is good.
    pub fn failures(&self) -> Vec<String> {
        self.rows.iter().filter_map(Row::failure).collect()
    }
}
