//! The arena in which operations are recorded.

use std::cell::{Cell, RefCell};

use gradus_tensor::{Real, Tensor};

use crate::op::{Op, Reverse};
use crate::var::Var;

/// The inputs that a node holds in place; ops with more of them pay an allocation.
const FEW: usize = 3;

/// The nodes that an operation was applied to.
enum Inputs {
    Few { indices: [u32; FEW], arity: u8 },
    Many(Box<[u32]>),
}

impl Inputs {
    fn of<T: Real>(vars: &[Var<'_, T>]) -> Self {
        if vars.len() > FEW {
            return Self::Many(vars.iter().map(|var| var.index).collect());
        }
        let mut indices = [0; FEW];
        for (index, var) in indices.iter_mut().zip(vars) {
            *index = var.index;
        }
        Self::Few { indices, arity: vars.len() as u8 }
    }

    fn indices(&self) -> &[u32] {
        match self {
            Self::Few { indices, arity } => &indices[..*arity as usize],
            Self::Many(indices) => indices,
        }
    }
}

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
}

/// Nodes recorded on this thread and not yet released: 0 whenever no tape is in use.
pub fn live_nodes() -> usize {
    LIVE.get()
}

/// One recorded operation, or a leaf.
pub(crate) struct Node<T: Real> {
    op: Option<Box<dyn Op<T>>>,
    inputs: Inputs,
    pub(crate) tracked: bool,
    pub(crate) value: Tensor<T>,
}

impl<T: Real> Drop for Node<T> {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
    }
}

/// An arena of recorded operations. The order of recording is a topological order, so the reverse pass is a
/// loop from the end, without recursion, sorting or reference counts.
///
/// [`value_and_grad`](crate::value_and_grad) makes and releases tapes. Every thread can have its own:
///
/// ```
/// use gradus_autograd::Tape;
/// std::thread::scope(|scope| { scope.spawn(|| { let tape = Tape::<f32>::default(); tape.len() }); });
/// ```
///
/// A tape belongs to one thread:
///
/// ```compile_fail,E0277
/// use gradus_autograd::Tape;
/// let tape = Tape::<f32>::default();
/// std::thread::scope(|scope| { scope.spawn(|| { tape.len() }); });
/// ```
pub struct Tape<T: Real> {
    nodes: RefCell<Vec<Node<T>>>,
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        Self { nodes: RefCell::new(Vec::new()) }
    }
}

impl<T: Real> Tape<T> {
    /// Records a value that nothing computed: a parameter if `tracked`, else a constant.
    pub(crate) fn leaf(&self, value: Tensor<T>, tracked: bool) -> Var<'_, T> {
        self.push(Node { op: None, inputs: Inputs::of::<T>(&[]), tracked, value })
    }

    /// Computes and records an operation.
    ///
    /// # Panics
    /// When an input belongs to another tape, or the op refuses the shapes.
    #[track_caller]
    pub fn apply<'t, const N: usize>(&'t self, op: impl Op<T>, inputs: [Var<'t, T>; N]) -> Var<'t, T> {
        self.check_inputs(op.name(), &inputs);
        let value = {
            let nodes = self.nodes.borrow();
            op.forward(&inputs.map(|input| &nodes[input.index as usize].value))
        };
        self.record(op, &inputs, value)
    }

    /// As [`apply`](Self::apply), for a number of inputs that is known at run time only.
    ///
    /// # Panics
    /// When an input belongs to another tape, or the op refuses the shapes.
    #[track_caller]
    pub fn apply_many<'t>(&'t self, op: impl Op<T>, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        self.check_inputs(op.name(), inputs);
        let value = {
            let nodes = self.nodes.borrow();
            let values: Vec<&Tensor<T>> =
                inputs.iter().map(|input| &nodes[input.index as usize].value).collect();
            op.forward(&values)
        };
        self.record(op, inputs, value)
    }

    #[track_caller]
    fn check_inputs(&self, name: &str, inputs: &[Var<'_, T>]) {
        // A loop, since a closure would report the panic at its own line, not at the caller's.
        for input in inputs {
            assert!(std::ptr::eq(input.tape, self), "{name}: an operand belongs to another tape");
        }
    }

    fn record<'t>(&'t self, op: impl Op<T>, inputs: &[Var<'t, T>], value: Tensor<T>) -> Var<'t, T> {
        let tracked = {
            let nodes = self.nodes.borrow();
            inputs.iter().any(|input| nodes[input.index as usize].tracked)
        };
        // What depends on no parameter is a constant: there is nothing to reverse.
        let op = tracked.then(|| Box::new(op) as Box<dyn Op<T>>);
        self.push(Node { op, inputs: Inputs::of(inputs), tracked, value })
    }

    fn push(&self, node: Node<T>) -> Var<'_, T> {
        LIVE.set(LIVE.get() + 1);
        let mut nodes = self.nodes.borrow_mut();
        let index = u32::try_from(nodes.len()).expect("a tape holds fewer than 2³² nodes");
        nodes.push(node);
        Var { tape: self, index }
    }

    pub(crate) fn value(&self, index: u32) -> Tensor<T> {
        self.nodes.borrow()[index as usize].value.clone()
    }

    /// The number of recorded nodes.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reverses the tape from the scalar node `root`, releasing every node it has passed, and returns the
    /// gradients of the first `leaves` nodes (`None`: the root does not depend on it).
    pub(crate) fn reverse(self, root: u32, leaves: usize) -> Vec<Option<Tensor<T>>> {
        let mut nodes = self.nodes.into_inner();
        nodes.truncate(root as usize + 1);
        let mut gradients: Vec<Option<Tensor<T>>> = Vec::new();
        gradients.resize_with(nodes.len(), || None);
        gradients[root as usize] = Some(Tensor::ones(nodes[root as usize].value.shape()));
        while nodes.len() > leaves {
            let Some(node) = nodes.pop() else { break };
            let gradient = gradients.pop().flatten();
            if let (Some(op), Some(gradient)) = (&node.op, gradient) {
                op.backward(&mut Reverse {
                    name: op.name(),
                    nodes: &nodes,
                    inputs: node.inputs.indices(),
                    output: &node.value,
                    gradient,
                    gradients: &mut gradients,
                });
            }
        }
        gradients
    }
}
