//! The arena in which operations are recorded.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::rc::Rc;

use gradus_tensor::{Real, Tensor};

use crate::anomaly;
use crate::gradients::Gradients;
use crate::op::Op;
use crate::var::Var;

/// The inputs that a node holds in place; ops with more of them pay an allocation.
const FEW: usize = 3;

/// The nodes that an operation was applied to.
#[derive(Clone)]
pub(crate) struct Inputs {
    few: [u32; FEW],
    /// Whole words all: copies of bytes among padding would wait for the stores before them.
    arity: u32,
    many: Option<Rc<[u32]>>,
}

impl Inputs {
    fn of<T: Real>(vars: &[Var<'_, T>]) -> Self {
        let mut few = [0; FEW];
        if vars.len() > FEW {
            return Self { few, arity: 0, many: Some(vars.iter().map(|var| var.index).collect()) };
        }
        for (index, var) in few.iter_mut().zip(vars) {
            *index = var.index;
        }
        Self { few, arity: vars.len() as u32, many: None }
    }

    pub(crate) fn indices(&self) -> &[u32] {
        match &self.many {
            Some(indices) => indices,
            None => &self.few[..self.arity as usize],
        }
    }
}

/// Room for nodes that an idle arena keeps at most: some 7 MB.
const IDLE_NODES: usize = 1 << 16;

thread_local! {
    static LIVE: Cell<usize> = const { Cell::new(0) };
    /// The arenas of finished tapes, one per element type and depth of nesting: the next tape takes no memory from the
    /// system.
    static IDLE: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// Nodes recorded on this thread and not yet released: 0 whenever no tape is in use.
pub fn live_nodes() -> usize {
    LIVE.get()
}

/// One recorded operation, or a leaf.
pub(crate) struct Node<T: Real> {
    /// `None` for leaves, and for what depends on nothing that is tracked.
    pub(crate) op: Option<Box<dyn Op<T>>>,
    pub(crate) inputs: Inputs,
    pub(crate) kind: Kind,
    /// Whether the value depends on something that gradients are wanted for.
    pub(crate) tracked: bool,
    pub(crate) value: Tensor<T>,
}

/// Where a value comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A parameter, by its position.
    Parameter(u32),
    /// A leaf that gradients are wanted for and that is no parameter.
    Variable,
    Constant,
    /// An op, by its name.
    Computed(&'static str),
}

/// What a tape is made of.
struct Arena<T: Real> {
    nodes: Vec<Node<T>>,
    gradients: Gradients<T>,
    /// Where each node was recorded, while anomalies are looked for.
    locations: Vec<&'static Location<'static>>,
}

impl<T: Real> Default for Arena<T> {
    fn default() -> Self {
        Self { nodes: Vec::new(), gradients: Gradients::default(), locations: Vec::new() }
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
    gradients: RefCell<Gradients<T>>,
    locations: RefCell<Vec<&'static Location<'static>>>,
    /// Whether ops are kept, so that they can be reversed.
    recording: Cell<bool>,
    /// Whether every value is checked for being finite.
    watching: bool,
    /// The line of the op whose rule is being recorded, while anomalies are looked for: what a rule records is that op's.
    reversing: Cell<Option<&'static Location<'static>>>,
}

impl<T: Real> Default for Tape<T> {
    fn default() -> Self {
        let idle = IDLE.try_with(|idle| {
            let mut idle = idle.borrow_mut();
            let position = idle.iter().rposition(|arena| arena.is::<Arena<T>>())?;
            idle.swap_remove(position).downcast::<Arena<T>>().ok()
        });
        let Arena { nodes, gradients, locations } =
            idle.ok().flatten().map(|arena| *arena).unwrap_or_default();
        Self {
            nodes: RefCell::new(nodes),
            gradients: RefCell::new(gradients),
            locations: RefCell::new(locations),
            recording: Cell::new(true),
            watching: anomaly::is_watching(),
            reversing: Cell::new(None),
        }
    }
}

impl<T: Real> Drop for Tape<T> {
    fn drop(&mut self) {
        self.truncate(0);
        let mut nodes = self.nodes.take();
        // What one long tape needed is not kept for the short ones after it.
        nodes.shrink_to(IDLE_NODES);
        let arena = Arena { nodes, gradients: self.gradients.take(), locations: self.locations.take() };
        // The list is gone when a thread ends; the arena then ends with it.
        let _ = IDLE.try_with(|idle| idle.borrow_mut().push(Box::new(arena)));
    }
}

impl<T: Real> Tape<T> {
    /// Records a value that nothing computed.
    #[track_caller]
    pub(crate) fn leaf(&self, value: Tensor<T>, kind: Kind) -> Var<'_, T> {
        let tracked = matches!(kind, Kind::Parameter(_) | Kind::Variable);
        self.push(None, &[], kind, tracked, value)
    }

    /// As [`leaf`](Self::leaf), for a value from outside, which may be the first that is not finite.
    #[track_caller]
    pub(crate) fn given(&self, value: Tensor<T>, kind: Kind) -> Var<'_, T> {
        let var = self.leaf(value, kind);
        if self.watching {
            anomaly::check_given(self, var.index);
        }
        var
    }

    /// A value that no gradient is wanted for.
    #[track_caller]
    pub fn constant(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.given(value.clone(), Kind::Constant)
    }

    /// A value that [`grad`](crate::grad()) can be asked for, such as an input of a model.
    #[track_caller]
    pub fn variable(&self, value: &Tensor<T>) -> Var<'_, T> {
        self.given(value.clone(), Kind::Variable)
    }

    /// Computes and records an operation.
    ///
    /// # Panics
    /// When an input belongs to another tape, or the op refuses the shapes.
    #[track_caller]
    pub fn apply<'t, const N: usize>(&'t self, op: impl Op<T>, inputs: [Var<'t, T>; N]) -> Var<'t, T> {
        self.check_inputs(op.name(), &inputs);
        let (value, tracked) = {
            let nodes = self.nodes.borrow();
            let value = op.forward(&inputs.map(|input| &nodes[input.index as usize].value));
            (value, inputs.iter().any(|input| nodes[input.index as usize].tracked))
        };
        self.record(op, &inputs, value, tracked)
    }

    /// As [`apply`](Self::apply), for a number of inputs that is known at run time only.
    ///
    /// # Panics
    /// When an input belongs to another tape, or the op refuses the shapes.
    #[track_caller]
    pub fn apply_many<'t>(&'t self, op: impl Op<T>, inputs: &[Var<'t, T>]) -> Var<'t, T> {
        self.check_inputs(op.name(), inputs);
        let (value, tracked) = {
            let nodes = self.nodes.borrow();
            let values: Vec<&Tensor<T>> =
                inputs.iter().map(|input| &nodes[input.index as usize].value).collect();
            (op.forward(&values), inputs.iter().any(|input| nodes[input.index as usize].tracked))
        };
        self.record(op, inputs, value, tracked)
    }

    #[track_caller]
    fn check_inputs(&self, name: &str, inputs: &[Var<'_, T>]) {
        // A loop, since a closure would report the panic at its own line, not at the caller's.
        for input in inputs {
            assert!(std::ptr::eq(input.tape, self), "{name}: an operand belongs to another tape");
        }
    }

    #[track_caller]
    fn record<'t>(
        &'t self,
        op: impl Op<T>,
        inputs: &[Var<'t, T>],
        value: Tensor<T>,
        tracked: bool,
    ) -> Var<'t, T> {
        let name = op.name();
        // What depends on nothing tracked is a constant: there is nothing to reverse.
        let tracked = tracked && self.recording.get();
        let op = tracked.then(|| Box::new(op) as Box<dyn Op<T>>);
        let var = self.push(op, inputs, Kind::Computed(name), tracked, value);
        // What a rule computes is judged by the gradients that come of it.
        if self.watching && self.recording.get() && self.reversing.get().is_none() {
            anomaly::check_forward(self, var.index);
        }
        var
    }

    /// Inlined, so that a node is made where it stays.
    #[track_caller]
    #[inline(always)]
    fn push<'t>(
        &'t self,
        op: Option<Box<dyn Op<T>>>,
        inputs: &[Var<'t, T>],
        kind: Kind,
        tracked: bool,
        value: Tensor<T>,
    ) -> Var<'t, T> {
        LIVE.set(LIVE.get() + 1);
        let mut nodes = self.nodes.borrow_mut();
        let index = nodes.len();
        assert!(index < u32::MAX as usize, "a tape holds fewer than 2³² nodes");
        nodes.push(Node { op, inputs: Inputs::of(inputs), kind, tracked, value });
        if self.watching {
            self.locations.borrow_mut().push(self.reversing.get().unwrap_or(Location::caller()));
        }
        Var { tape: self, index: index as u32 }
    }

    /// Releases the nodes from position `len` on.
    pub(crate) fn truncate(&self, len: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if nodes.len() == len + 1 {
            // Nearly always: one node that the reverse pass has gone by.
            nodes.pop();
            LIVE.set(LIVE.get() - 1);
        } else {
            LIVE.set(LIVE.get() - (nodes.len() - len.min(nodes.len())));
            nodes.truncate(len);
        }
        if self.watching {
            self.locations.borrow_mut().truncate(len);
        }
    }

    pub(crate) fn nodes(&self) -> std::cell::Ref<'_, Vec<Node<T>>> {
        self.nodes.borrow()
    }

    /// The gradients of a pass in progress; empty between passes.
    pub(crate) fn take_gradients(&self) -> Gradients<T> {
        self.gradients.take()
    }

    /// Gives the memory of a finished pass back.
    pub(crate) fn keep_gradients(&self, mut gradients: Gradients<T>) {
        gradients.reset(0);
        self.gradients.replace(gradients);
    }

    /// Where a node was recorded, while anomalies are looked for.
    pub(crate) fn location(&self, index: u32) -> Option<&'static Location<'static>> {
        self.locations.borrow().get(index as usize).copied()
    }

    pub(crate) fn is_watching(&self) -> bool {
        self.watching
    }

    pub(crate) fn is_recording(&self) -> bool {
        self.recording.get()
    }

    /// Calls `f` with ops kept for a reverse pass or not, whatever holds outside.
    pub(crate) fn with_recording<R>(&self, recording: bool, f: impl FnOnce() -> R) -> R {
        /// Also when `f` panics.
        struct Restore<'a>(&'a Cell<bool>, bool);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let _restore = Restore(&self.recording, self.recording.replace(recording));
        f()
    }

    /// Takes the op out of its node, so that its rule can put nodes on the tape.
    pub(crate) fn take_op(&self, index: usize) -> Option<Taken<'_, T>> {
        let mut nodes = self.nodes.borrow_mut();
        let node = &mut nodes[index];
        let op = node.op.take()?;
        let inputs = node.inputs.clone();
        let reversing = self.reversing.get();
        if self.watching {
            self.reversing.set(self.location(index as u32));
        }
        Some(Taken { tape: self, index, op: Some(op), inputs, reversing })
    }

    /// The number of recorded nodes.
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is recorded.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An op out of its node, and the inputs of the node. It goes back at the end, also when the rule panics.
pub(crate) struct Taken<'t, T: Real> {
    tape: &'t Tape<T>,
    index: usize,
    op: Option<Box<dyn Op<T>>>,
    inputs: Inputs,
    reversing: Option<&'static Location<'static>>,
}

impl<T: Real> Taken<'_, T> {
    pub(crate) fn op(&self) -> &dyn Op<T> {
        match &self.op {
            Some(op) => &**op,
            None => unreachable!("it goes back at the end only"),
        }
    }

    pub(crate) fn inputs(&self) -> &[u32] {
        self.inputs.indices()
    }
}

impl<T: Real> Drop for Taken<'_, T> {
    fn drop(&mut self) {
        self.tape.reversing.set(self.reversing);
        if let Some(node) = self.tape.nodes.borrow_mut().get_mut(self.index) {
            node.op = self.op.take();
        }
    }
}
