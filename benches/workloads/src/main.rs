//! Times works of gradus and prints one JSON line per figure, so that any library which prints the same lines
//! for the same works can be run beside it.
//!
//!     workloads --works G --threads 1 --dtypes f32,f64 --budget 0.4 --out results.jsonl
//!
//! `--budget` is in seconds per figure. Lines go to standard output and are appended to `--out`. Work N reads its points
//! from the folder `--dump` and writes its values there.

mod arguments;
mod autograd;
mod data;
mod elementwise;
mod gemm;
mod numerics;
mod optimizers;
mod report;
mod timing;
mod training;

use std::process::ExitCode;

use arguments::Arguments;
use report::Report;

fn run() -> Result<(), String> {
    let arguments = Arguments::parse(std::env::args().skip(1))?;
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build_global()
        .map_err(|error| format!("--threads {}: {error}", arguments.threads))?;
    let mut report = Report::new(&arguments)?;
    for work in &arguments.works {
        match work.as_str() {
            "M1" | "M2" | "M3" | "M6" => training::run(work, &arguments, &mut report)?,
            "M5" => autograd::chain(&arguments, &mut report)?,
            "A" => autograd::net(&arguments, &mut report)?,
            "E" => elementwise::run(&arguments, &mut report)?,
            "G" => gemm::run(&arguments, &mut report)?,
            "N" => numerics::run(&arguments, &mut report)?,
            "O" => optimizers::run(&arguments, &mut report)?,
            other => {
                return Err(format!(
                    "--works {other}: no such work; there are A, E, G, M1, M2, M3, M5, M6, N and O"
                ));
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("workloads: {error}");
            ExitCode::FAILURE
        }
    }
}
