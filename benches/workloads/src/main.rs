//! Times works of gradus and prints one JSON line per figure, so that any library which prints the same lines
//! for the same works can be run beside it.
//!
//!     workloads --works G --threads 1 --dtypes f32,f64 --budget 0.4 --out results.jsonl
//!
//! `--budget` is in seconds per figure. Lines go to standard output and are appended to `--out`. Work N reads its points
//! from the folder `--dump` and writes its values there.

mod arguments;
mod data;
mod elementwise;
mod gemm;
mod numerics;
mod report;
mod timing;

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
            "E" => elementwise::run(&arguments, &mut report)?,
            "G" => gemm::run(&arguments, &mut report)?,
            "N" => numerics::run(&arguments, &mut report)?,
            other => return Err(format!("--works {other}: no such work; there are E, G and N")),
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
