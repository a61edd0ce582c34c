//! Linear convergence of eight methods under the PL inequality, on synthetic and real data.
//!
//!     cargo run --release --example linear_convergence

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use gradus::convergence::report;
use gradus::prelude::*;

/// Train, certify and compare; exit code 1 if a certified run breaks its bound or a negative control passes.
#[derive(Parser)]
struct Arguments {
    /// Also write the results to this file
    #[arg(long, value_name = "PATH")]
    json: Option<PathBuf>,
    /// Run only this objective (may be repeated)
    #[arg(long, value_name = "NAME")]
    objective: Vec<String>,
    /// Seed of data, features and batches
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; all cores by default
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Condition number of the synthetic problem
    #[arg(long, default_value_t = 100.0)]
    condition: f64,
}

const FOLDER: &str = "target/gradus/linear_convergence";
const DIABETES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/data/diabetes.csv");

/// What can be asked for with `--objective`, in the order of the table.
const OBJECTIVES: [Entry; 7] = [
    ("least_squares", |a| Ok(Problem::new(synthetic(a)?).stochastic())),
    ("label_noise", |a| Ok(Problem::new(noisy(a)?.named("label_noise")).stochastic_only())),
    ("diabetes", |a| Ok(Problem::new(diabetes(a)?).stochastic())),
    ("sine_wave", |_| Ok(Problem::new(SineWave::new(3.0, &Tensor::vector(&[3.0]))?))),
    ("sine_curve", |_| Ok(Problem::new(SineCurve::new(1.0, 3.0, 4.0)))),
    ("quartic", |_| {
        Ok(Problem::new(Quartic::new(&Tensor::vector(&[1.0]))).claiming_ratio_at_start("quartic"))
    }),
    ("wrong_infimum", |a| {
        let problem = Problem::new(noisy(a)?);
        let claimed = Constants { infimum: Constant::Exact { value: 0.0 }, ..*problem.claimed() };
        Ok(problem.claiming("wrong_infimum", claimed))
    }),
];

/// 200 equations in 1000 unknowns with a prescribed spectrum: μ = 1, L = condition number.
fn synthetic(arguments: &Arguments) -> Result<LeastSquares<f64>, Failure> {
    let eigenvalues = spectrum::power_law(200, 1.0, arguments.condition);
    Ok(LeastSquares::synthetic(&eigenvalues, 1000, &mut Rng::new(arguments.seed))?)
}

/// The same with labels that contradict each other: no interpolation, f* > 0.
fn noisy(arguments: &Arguments) -> Result<LeastSquares<f64>, Failure> {
    Ok(synthetic(arguments)?.with_contradictory_labels(10.0)?)
}

/// 442 patients, 10 measurements lifted to 2000 random Fourier features: n < d, so the data are interpolated.
fn diabetes(arguments: &Arguments) -> Result<LeastSquares<f64>, Failure> {
    let table = Table::read_csv(DIABETES, "progression")?;
    let features = Standardizer::fit(table.features())?.transform(table.features())?;
    let rows = table.target().len();
    let target = table.target().reshape([rows, 1]);
    let labels = Standardizer::fit(&target)?.transform(&target)?.reshape([rows]);
    let lift = RandomFourierFeatures::new(features.shape()[1], 2000, 0.7, arguments.seed)?;
    Ok(LeastSquares::new(lift.transform(&features)?, labels)?.named("diabetes"))
}

/// Why the example cannot run; `main` answers with exit code 2.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(failures) if failures.is_empty() => ExitCode::SUCCESS,
        Ok(failures) => {
            failures.iter().for_each(|failure| eprintln!("FAILED: {failure}"));
            ExitCode::from(1)
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// A named constructor of a problem.
type Entry = (&'static str, fn(&Arguments) -> Result<Problem, Failure>);

fn chosen(arguments: &Arguments) -> Result<Vec<Entry>, Failure> {
    if !(arguments.condition >= 1.0 && arguments.condition.is_finite()) {
        return Err(format!("--condition {} is not a number of at least 1", arguments.condition).into());
    }
    let known = || OBJECTIVES.map(|(name, _)| name).join(", ");
    for name in &arguments.objective {
        if !OBJECTIVES.iter().any(|(other, _)| other == name) {
            return Err(
                format!("--objective {name}: there is no such objective; there are: {}", known()).into()
            );
        }
    }
    let wanted = |name: &str| arguments.objective.is_empty() || arguments.objective.iter().any(|o| o == name);
    Ok(OBJECTIVES.into_iter().filter(|(name, _)| wanted(name)).collect())
}

fn run(arguments: &Arguments) -> Result<Vec<String>, Failure> {
    gradus::tensor::simd::Level::from_environment()?;
    if let Some(threads) = arguments.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads.into()).build_global()?;
    }
    let folder = PathBuf::from(FOLDER);
    let outputs = [Some(folder.join("results.json")), arguments.json.clone()];
    for path in outputs.iter().flatten() {
        report::check_writable(path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let mut study = Study::new(arguments.seed, Limits::default());
    for (name, problem) in chosen(arguments)? {
        eprintln!("preparing {name}");
        study = study.with(problem(arguments)?);
    }
    let outcome = study.run(|done, all, row| {
        eprintln!(
            "[{done:>3}/{all}] {} {} {} {:?}: {:.1e} x gap after {} steps, {} ({:.1} s)",
            row.objective,
            row.method.name(),
            row.setting.name(),
            row.gradients,
            row.final_relative_gap,
            row.steps,
            row.claim.short(),
            row.seconds,
        );
    })?;
    for path in outputs.iter().flatten() {
        report::write_json(&outcome.rows, path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    for (name, figure) in outcome.figures() {
        figure.write_svg(&folder.join(format!("{name}.svg")))?;
    }
    // Written last, and a reader that has gone away is no error: the files are complete.
    let text = format!("{}\nfigures and results.json: {FOLDER}/\n", report::table(&outcome.rows));
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(outcome.failures())
}
