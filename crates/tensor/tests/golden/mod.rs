//! Reading what `generate_windows.py` wrote.

use gradus_tensor::Tensor;

/// A case: its name, its settings, and the results of PyTorch.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) settings: Vec<usize>,
    pub(crate) results: Vec<Vec<f64>>,
}

/// The cases of a file.
pub(crate) fn cases(text: &'static str) -> Vec<Case> {
    let case = |line: &'static str| {
        let mut parts = line.split(" | ");
        let name = parts.next().expect("a name");
        let settings =
            parts.next().expect("settings").split(' ').map(|n| n.parse().expect("an integer")).collect();
        let results =
            parts.map(|part| part.split(' ').map(|x| x.parse().expect("a number")).collect()).collect();
        Case { name, settings, results }
    };
    text.lines().map(case).collect()
}

/// The inputs of the script: the same formula.
pub(crate) fn values(shape: &[usize], seed: usize, nan_every: usize) -> Tensor<f64> {
    Tensor::from_fn(shape, |i| {
        let value = ((7919 * (i + seed) + i * i) % 23) as f64 - 11.0;
        if nan_every > 0 && i % nan_every == nan_every - 1 { f64::NAN } else { value / 4.0 }
    })
}
