//! N: values of elementary functions at given points, and a long sum, to be compared with a reference.
//!
//! Reads `in-<function>-<dtype>.bin` from the folder of `--dump`, little-endian, and writes
//! `out-<function>-<dtype>-gradus.bin` beside it.

use std::fs;
use std::path::Path;

use gradus_tensor::{Real, Tensor};

use crate::arguments::Arguments;
use crate::data;
use crate::report::Report;

/// Elements of the sum.
const SUMMED: usize = 10_000_000;

type Function<T> = fn(&Tensor<T>) -> Tensor<T>;

pub(crate) fn run(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        values("f32", f32::from_le_bytes, |x: f32| x.to_le_bytes(), arguments, report)?;
    }
    if arguments.wants("f64") {
        values("f64", f64::from_le_bytes, |x: f64| x.to_le_bytes(), arguments, report)?;
    }
    Ok(())
}

fn values<T: Real, const BYTES: usize>(
    dtype: &str,
    decode: fn([u8; BYTES]) -> T,
    encode: fn(T) -> [u8; BYTES],
    arguments: &Arguments,
    report: &mut Report,
) -> Result<(), String> {
    let functions: [(&str, Function<T>); 4] =
        [("exp", Tensor::exp), ("tanh", Tensor::tanh), ("sigmoid", Tensor::sigmoid), ("log", Tensor::ln)];
    let folder = Path::new(&arguments.dump);
    for (name, function) in functions {
        let points = folder.join(format!("in-{name}-{dtype}.bin"));
        let bytes = fs::read(&points).map_err(|error| format!("--dump: {}: {error}", points.display()))?;
        let (chunks, rest) = bytes.as_chunks::<BYTES>();
        if !rest.is_empty() {
            return Err(format!(
                "--dump: {}: {} bytes behind the last {dtype}",
                points.display(),
                rest.len()
            ));
        }
        let x = Tensor::from_fn([chunks.len()], |i| decode(chunks[i]));
        let y: Vec<u8> = function(&x).to_vec().into_iter().flat_map(encode).collect();
        let results = folder.join(format!("out-{name}-{dtype}-gradus.bin"));
        fs::write(&results, y).map_err(|error| format!("--dump: {}: {error}", results.display()))?;
    }
    let summands = data::tensor::<T>(1, &[SUMMED]) + T::constant(0.5);
    report.figure("N.sumval", "1e7", dtype, summands.sum().item().to_f64(), "value")
}
