//! The first value that is not finite: which op made it, where, and of what.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;

use gradus_tensor::{Real, Shape, Tensor};

use crate::tape::{Kind, Tape};

thread_local! {
    static WATCHING: Cell<bool> = const { Cell::new(false) };
    static FIRST: RefCell<Option<Box<Anomaly>>> = const { RefCell::new(None) };
}

/// The pass in which a value was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// While the tape was recorded: a value is not finite.
    Forward,
    /// While it was reversed: a gradient is not finite, although the one that arrived was.
    Backward,
}

/// The elements of one operand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// The shape.
    pub shape: Shape,
    /// The smallest element that is not NaN; ∞ if there is none.
    pub min: f64,
    /// The largest element that is not NaN; −∞ if there is none.
    pub max: f64,
    /// The number of NaN.
    pub nan: usize,
    /// The number of infinities.
    pub infinite: usize,
}

/// The first op that made NaN or infinity out of finite values. A leaf that is not finite is one too: nothing else
/// made it; but for infinities of constants, which mask scores of an attention.
#[derive(Clone, Debug, PartialEq)]
pub struct Anomaly {
    /// The pass.
    pub phase: Phase,
    /// The name of the op, or what the leaf is.
    pub op: &'static str,
    /// The position in the tape.
    pub node: usize,
    /// The line that recorded the op.
    pub location: &'static Location<'static>,
    /// The operands of the op.
    pub inputs: Vec<Extent>,
    /// What is not finite: the value, or the gradient of the first input that got one which is not.
    pub result: Extent,
}

impl fmt::Display for Extent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.shape)?;
        if self.min <= self.max {
            write!(f, " in [{}, {}]", self.min, self.max)?;
        }
        for (count, what) in [(self.nan, "NaN"), (self.infinite, "infinite")] {
            if count > 0 {
                write!(f, ", {count} {what}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phase, op, node, location, inputs, result } = self;
        match phase {
            Phase::Forward => write!(f, "{op} (node {node}, {location}) made {result}")?,
            Phase::Backward => {
                write!(f, "the derivative of {op} (node {node}, {location}) made {result}")?;
            }
        }
        for (i, input) in inputs.iter().enumerate() {
            write!(f, "{} {input}", if i == 0 { " from" } else { " and" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Anomaly {}

/// Calls `f` and watches every value and gradient of the tapes that are made meanwhile on this thread. Infinities of
/// constants and those that `masked_fill` and `pad` are told to write are no anomalies.
///
/// It costs a pass over every value; without it nothing is paid.
///
/// ```
/// use gradus_autograd::{detect_anomaly, value_and_grad};
/// use gradus_tensor::{Params, Tensor};
/// let params = Params::single("x", &Tensor::vector(&[4.0, 0.0]));
/// let x = params.ids().next().unwrap();
/// // √x is 0 at 0, and its slope infinite.
/// let anomaly = detect_anomaly(|| value_and_grad(&params, |p| p.get(x).sqrt().sum())).unwrap_err();
/// assert!(anomaly.to_string().starts_with("the derivative of sqrt (node 1, "));
/// assert!(anomaly.to_string().ends_with("made [2] in [0.25, inf], 1 infinite from [2] in [0, 4]"));
/// ```
///
/// # Errors
/// The first anomaly, if there is one; the result of `f` is then dropped.
pub fn detect_anomaly<R>(f: impl FnOnce() -> R) -> Result<R, Box<Anomaly>> {
    /// Ends the watch also when `f` panics.
    struct Watch {
        before: bool,
        first: Option<Box<Anomaly>>,
    }
    impl Drop for Watch {
        fn drop(&mut self) {
            WATCHING.set(self.before);
            FIRST.replace(self.first.take());
        }
    }
    let watch = Watch { before: WATCHING.replace(true), first: FIRST.take() };
    let result = f();
    let first = FIRST.take();
    drop(watch);
    first.map_or(Ok(result), Err)
}

pub(crate) fn is_watching() -> bool {
    WATCHING.get()
}

fn extent<T: Real>(tensor: &Tensor<T>) -> Extent {
    let mut extent =
        Extent { shape: tensor.shape(), min: f64::INFINITY, max: f64::NEG_INFINITY, nan: 0, infinite: 0 };
    for x in tensor.to_vec() {
        let x = x.to_f64();
        extent.nan += usize::from(x.is_nan());
        extent.infinite += usize::from(x.is_infinite());
        extent.min = extent.min.min(x);
        extent.max = extent.max.max(x);
    }
    extent
}

fn is_finite<T: Real>(tensor: &Tensor<T>) -> bool {
    let extent = extent(tensor);
    extent.nan == 0 && extent.infinite == 0
}

fn note<T: Real>(tape: &Tape<T>, phase: Phase, node: u32, inputs: &[u32], result: Extent) {
    let nodes = tape.nodes();
    let op = match nodes[node as usize].kind {
        Kind::Parameter(_) => "parameter",
        Kind::Variable => "variable",
        Kind::Constant => "constant",
        Kind::Computed(name) => name,
    };
    let inputs = inputs.iter().map(|&input| extent(&nodes[input as usize].value)).collect();
    let Some(location) = tape.location(node) else { return };
    let anomaly = Anomaly { phase, op, node: node as usize, location, inputs, result };
    FIRST.with_borrow_mut(|first| {
        first.get_or_insert_with(|| Box::new(anomaly));
    });
}

/// Notes a leaf that is not finite.
pub(crate) fn check_given<T: Real>(tape: &Tape<T>, node: u32) {
    let (kind, extent) = {
        let nodes = tape.nodes();
        let leaf = &nodes[node as usize];
        (leaf.kind, extent(&leaf.value))
    };
    if extent.nan > 0 || extent.infinite > 0 && kind != Kind::Constant {
        note(tape, Phase::Forward, node, &[], extent);
    }
}

/// Notes a value that is not finite although its operands are.
pub(crate) fn check_forward<T: Real>(tape: &Tape<T>, node: u32) {
    let (value, inputs) = {
        let nodes = tape.nodes();
        let recorded = &nodes[node as usize];
        let written = matches!(recorded.kind, Kind::Computed("masked_fill" | "pad"));
        if is_finite(&recorded.value)
            || written && extent(&recorded.value).nan == 0
            || recorded.inputs.indices().iter().any(|&input| !is_finite(&nodes[input as usize].value))
        {
            return;
        }
        (recorded.value.clone(), recorded.inputs.clone())
    };
    note(tape, Phase::Forward, node, inputs.indices(), extent(&value));
}

/// Notes the first gradient of an input that is not finite although the one that arrived is.
pub(crate) fn check_backward<T: Real>(
    tape: &Tape<T>,
    node: u32,
    arrived: &Tensor<T>,
    inputs: &[u32],
    mut of_input: impl FnMut(u32) -> Option<Tensor<T>>,
) {
    if !is_finite(arrived) {
        return;
    }
    let made = inputs.iter().filter_map(|&input| of_input(input)).find(|gradient| !is_finite(gradient));
    if let Some(gradient) = made {
        note(tape, Phase::Backward, node, inputs, extent(&gradient));
    }
}
