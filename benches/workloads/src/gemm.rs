//! G: matrix products into a result that exists, GFLOP/s.

use gradus_tensor::{Real, Tensor};

use crate::arguments::Arguments;
use crate::data;
use crate::report::Report;
use crate::timing::median_seconds;

/// Which operand is stored transposed.
#[derive(Clone, Copy)]
enum Form {
    Nn,
    Tn,
    Nt,
}
use Form::{Nn, Nt, Tn};

/// Form and m, n, k of C[m, n] = A[m, k]·B[k, n].
const PRODUCTS: [(Form, [usize; 3]); 21] = [
    (Nn, [32, 32, 32]),
    (Nn, [64, 64, 64]),
    (Nn, [128, 128, 128]),
    (Nn, [256, 256, 256]),
    (Nn, [512, 512, 512]),
    (Nn, [1024, 1024, 1024]),
    (Nn, [2048, 2048, 2048]),
    (Tn, [256, 256, 256]),
    (Nt, [256, 256, 256]),
    (Tn, [1024, 1024, 1024]),
    (Nt, [1024, 1024, 1024]),
    // A layer 784-128 with a batch of 64: forward, gradient of the weights, gradient of the input.
    (Nn, [64, 128, 784]),
    (Tn, [784, 128, 64]),
    (Nt, [64, 784, 128]),
    // A layer 128-10.
    (Nn, [64, 10, 128]),
    (Tn, [128, 10, 64]),
    (Nt, [64, 128, 10]),
    (Nn, [1, 128, 784]),
    (Nn, [32, 16, 16]),
    (Nn, [200, 1, 1000]),
    (Tn, [1000, 1, 200]),
];

/// Number of matrices, and their order.
const BATCHES: [(usize, usize); 4] = [(10_000, 3), (1000, 8), (512, 16), (64, 64)];

pub(crate) fn run(arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    if arguments.wants("f32") {
        times::<f32>("f32", arguments, report)?;
    }
    if arguments.wants("f64") {
        times::<f64>("f64", arguments, report)?;
    }
    Ok(())
}

fn times<T: Real>(dtype: &str, arguments: &Arguments, report: &mut Report) -> Result<(), String> {
    for (form, [m, n, k]) in PRODUCTS {
        let (name, a, b) = match form {
            Nn => ("nn", data::tensor::<T>(1, &[m, k]), data::tensor::<T>(2, &[k, n])),
            Tn => ("tn", data::tensor(1, &[k, m]).t(), data::tensor(2, &[k, n])),
            Nt => ("nt", data::tensor(1, &[m, k]), data::tensor(2, &[n, k]).t()),
        };
        let extents = if m == n && n == k { format!("{m}") } else { format!("{m}x{n}x{k}") };
        let size = format!("{name}:{extents}");
        if size.starts_with(&arguments.size) {
            let mut c = Tensor::zeros([m, n]);
            let seconds = median_seconds(arguments.budget, || a.matmul_into(&b, &mut c));
            let operations = 2.0 * (m * n * k) as f64;
            report.figure("G", &size, dtype, operations / seconds * 1e-9, "GFLOP/s")?;
        }
    }
    for (count, order) in BATCHES {
        let size = format!("batch:{count}x{order}");
        if size.starts_with(&arguments.size) {
            let shape = [count, order, order];
            let (a, b) = (data::tensor::<T>(1, &shape), data::tensor::<T>(2, &shape));
            let mut c = Tensor::zeros(shape);
            let seconds = median_seconds(arguments.budget, || a.matmul_into(&b, &mut c));
            let operations = 2.0 * (count * order * order * order) as f64;
            report.figure("G", &size, dtype, operations / seconds * 1e-9, "GFLOP/s")?;
        }
    }
    Ok(())
}
