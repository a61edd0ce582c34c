//! The largest errors of the elementary functions, in units of the last place: over all 2³² numbers in `f32`, with
//! the `f64` functions as reference; in `f64` at the golden points of mpmath.
//!
//! ```text
//! cargo run --release -p gradus-tensor --example ulp -- [f32|f64] [FUNCTION…] [powf=EXPONENT…] [--golden FILE]
//! ```
//!
//! A golden file with more points than the one of the tests: `python3 tests/golden/functions.py 100000 FILE`.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use gradus_testkit::accuracy::{FUNCTIONS, Function, error_in_ulps, golden};

const THREADS: usize = 2;
const CHUNK: u64 = 1 << 14;
const ALL: u64 = 1 << 32;

/// An error in ulp and the argument with it.
type Worst = (f64, f64);

fn larger(a: Worst, b: Worst) -> Worst {
    if b.0 > a.0 { b } else { a }
}

/// The worst of all `f32`.
fn exhaustive(function: Function, exponent: f32) -> Worst {
    let next = AtomicU64::new(0);
    let search = || {
        let mut worst = (0.0, 0.0);
        let (mut found, mut reference) = (vec![0.0; CHUNK as usize], vec![0.0; CHUNK as usize]);
        loop {
            let start = next.fetch_add(CHUNK, Ordering::Relaxed);
            if start >= ALL {
                return worst;
            }
            let x: Vec<f32> = (start..start + CHUNK).map(|bits| f32::from_bits(bits as u32)).collect();
            let wide: Vec<f64> = x.iter().map(|&x| f64::from(x)).collect();
            (function.single)(&x, exponent, &mut found);
            (function.double)(&wide, f64::from(exponent), &mut reference);
            for ((&found, &reference), &x) in found.iter().zip(&reference).zip(&wide) {
                worst = larger(worst, (error_in_ulps(found, reference, 0.0), x));
            }
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(search)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).fold((0.0, 0.0), larger)
    })
}

fn report(name: &str, dtype: &str, points: u64, (error, x): Worst, bound: f64) -> bool {
    let verdict = if error <= bound { "" } else { "  above the bound" };
    println!("{name:<12} {dtype}  {points:>10} points  max {error:.3} ulp at {x:e}{verdict}");
    error <= bound
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut file = include_bytes!("../tests/golden/functions.bin").to_vec();
    if let Some(at) = arguments.iter().position(|argument| argument == "--golden") {
        let path = arguments.get(at + 1).expect("--golden FILE");
        file = std::fs::read(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        arguments.drain(at..at + 2);
    }
    let wanted = |dtype: &str| {
        !arguments.iter().any(|argument| argument.starts_with('f') && argument.ends_with(['2', '4']))
            || arguments.iter().any(|argument| argument == dtype)
    };
    let names: Vec<&String> =
        arguments.iter().filter(|argument| *argument != "f32" && *argument != "f64").collect();
    let mut within = true;
    if wanted("f32") {
        for function in FUNCTIONS {
            let exponents: Vec<f32> = names
                .iter()
                .filter_map(|name| name.split_once('=').filter(|(name, _)| *name == function.name))
                .map(|(_, exponent)| exponent.parse().expect("an exponent"))
                .collect();
            if !exponents.is_empty() {
                for exponent in exponents {
                    let name = format!("x^{exponent}");
                    within &= report(&name, "f32", ALL, exhaustive(function, exponent), function.ulps);
                }
            } else if names.is_empty() || names.iter().any(|name| *name == function.name) {
                let exponent = 1.7;
                within &= report(function.name, "f32", ALL, exhaustive(function, exponent), function.ulps);
            }
        }
    }
    if wanted("f64") {
        for (name, points) in golden(&file) {
            if !names.is_empty() && !names.iter().any(|wanted| **wanted == name) {
                continue;
            }
            let function = FUNCTIONS.into_iter().find(|function| function.name == name).expect("a function");
            let mut worst = (0.0, 0.0);
            for point in &points {
                let mut found = [0.0];
                (function.double)(&[point.x], point.exponent, &mut found);
                worst = larger(worst, (error_in_ulps(found[0], point.value, point.rest), point.x));
            }
            within &= report(&name, "f64", points.len() as u64, worst, function.ulps);
        }
    }
    if within { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
