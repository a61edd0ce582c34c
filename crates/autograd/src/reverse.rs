//! The reverse pass: on plain tensors, or recorded.

use gradus_tensor::{Real, Shape, Tensor};

use crate::anomaly;
use crate::gradients::Gradients;
use crate::op::Op;
use crate::ops::Reshape;
use crate::tape::{Kind, Node, Tape};
use crate::var::Var;

/// Where a rule's contributions go.
enum Sink<'r, 't, T: Real> {
    /// Tensors; nothing is recorded, and what the rule computes is released with it.
    Values(&'r mut Gradients<T>),
    /// Variables, by node: the reverse pass becomes part of the tape.
    Recorded(&'r mut [Option<Var<'t, T>>]),
}

/// One node in the reverse pass: its inputs, its output and the gradient with respect to the output, as variables, and
/// the gradients of the inputs to add to.
pub struct Reverse<'r, 't, T: Real> {
    tape: &'t Tape<T>,
    name: &'static str,
    inputs: &'r [u32],
    output: u32,
    gradient: Var<'t, T>,
    sink: Sink<'r, 't, T>,
    path: Option<&'r [bool]>,
}

impl<'t, T: Real> Reverse<'_, 't, T> {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// Input `i`.
    pub fn input(&self, i: usize) -> Var<'t, T> {
        Var { tape: self.tape, index: self.inputs[i] }
    }

    /// The value of this node.
    pub fn output(&self) -> Var<'t, T> {
        Var { tape: self.tape, index: self.output }
    }

    /// The gradient with respect to this node's value, of its shape.
    pub fn gradient(&self) -> Var<'t, T> {
        self.gradient
    }

    /// Whether a gradient of input `i` is wanted.
    pub fn wants(&self, i: usize) -> bool {
        let node = self.inputs[i] as usize;
        self.tape.nodes()[node].tracked && self.path.is_none_or(|path| path[node])
    }

    /// Adds `contribution` to the gradient of input `i`.
    ///
    /// # Panics
    /// When it has not the shape of the input.
    #[track_caller]
    pub fn add(&mut self, i: usize, contribution: Var<'t, T>) {
        self.check_shape(i, contribution.shape());
        let node = self.inputs[i] as usize;
        match &mut self.sink {
            Sink::Values(gradients) => gradients.add(node, contribution.value()),
            Sink::Recorded(gradients) => {
                gradients[node] = Some(gradients[node].map_or(contribution, |sum| sum + contribution));
            }
        }
    }

    /// Adds the value of `op` to the gradient of input `i`: as [`add`](Self::add), but in place if the op can.
    ///
    /// # Panics
    /// When the value has not the shape of the input, or the op refuses its operands.
    #[track_caller]
    pub fn add_op<const N: usize>(&mut self, i: usize, op: impl Op<T>, operands: [Var<'t, T>; N]) {
        let node = self.inputs[i] as usize;
        let Sink::Values(gradients) = &mut self.sink else {
            let contribution = self.tape.apply(op, operands);
            return self.add(i, contribution);
        };
        let nodes = self.tape.nodes();
        let operands = operands.map(|operand| &nodes[operand.index as usize].value);
        if let Some(sum) = gradients.get_mut(node) {
            return op.accumulate(&operands, sum);
        }
        let contribution = op.forward(&operands);
        let (shape, given) = (nodes[node].value.shape(), contribution.shape());
        assert!(given == shape, "{}: backward of input {i} of shape {shape} got {given}", self.name);
        gradients.put(node, contribution);
    }

    /// Adds the contributions of the function of the inputs that `f` computes, from its own derivative: for ops whose
    /// value other ops make too.
    #[track_caller]
    pub(crate) fn add_through(&mut self, f: impl FnOnce(&[Var<'t, T>]) -> Var<'t, T>) {
        let wanted: Vec<usize> = (0..self.inputs()).filter(|&i| self.wants(i)).collect();
        let (inputs, value) = self.tape.with_recording(true, || {
            // Nodes of their own, since one input may depend on another, or be it: that is not part of this op.
            let own = |i: usize| self.tape.apply(Reshape { shape: self.input(i).shape() }, [self.input(i)]);
            let inputs: Vec<Var<'t, T>> = (0..self.inputs()).map(own).collect();
            let value = f(&inputs);
            (inputs, value)
        });
        let sources: Vec<Var<'t, T>> = wanted.iter().map(|&i| inputs[i]).collect();
        let contributions = vector_jacobian(&[value], &[self.gradient], &sources);
        for (i, contribution) in wanted.into_iter().zip(contributions) {
            if let Some(contribution) = contribution {
                self.add(i, contribution);
            }
        }
    }

    #[track_caller]
    fn check_shape(&self, i: usize, given: Shape) {
        let shape = self.tape.nodes()[self.inputs[i] as usize].value.shape();
        assert!(given == shape, "{}: backward of input {i} of shape {shape} got {given}", self.name);
    }
}

/// One node in a reverse pass on plain tensors, for [`Op::backward_values`].
pub struct Values<'r, T: Real> {
    nodes: &'r [Node<T>],
    inputs: &'r [u32],
    output: usize,
    gradient: Option<Tensor<T>>,
    gradients: &'r mut Gradients<T>,
    path: Option<&'r [bool]>,
}

impl<'r, T: Real> Values<'r, T> {
    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// The value of input `i`.
    pub fn input(&self, i: usize) -> &'r Tensor<T> {
        &self.nodes[self.inputs[i] as usize].value
    }

    /// The value of this node.
    pub fn output(&self) -> &'r Tensor<T> {
        &self.nodes[self.output].value
    }

    /// Whether a gradient of input `i` is wanted.
    pub fn wants(&self, i: usize) -> bool {
        let node = self.inputs[i] as usize;
        self.nodes[node].tracked && self.path.is_none_or(|path| path[node])
    }

    /// The gradient with respect to this node's value, of its shape.
    ///
    /// # Panics
    /// After [`take_gradient`](Self::take_gradient).
    #[track_caller]
    pub fn gradient(&self) -> &Tensor<T> {
        self.gradient.as_ref().expect("the gradient has not been taken")
    }

    /// The gradient, to be changed in place by the last contribution.
    ///
    /// # Panics
    /// When it has been taken before.
    #[track_caller]
    pub fn take_gradient(&mut self) -> Tensor<T> {
        self.gradient.take().expect("the gradient is taken once")
    }

    /// Adds `contribution` to the gradient of input `i`.
    ///
    /// # Panics
    /// When it has not the shape of the input.
    #[track_caller]
    pub fn add(&mut self, i: usize, contribution: Tensor<T>) {
        let input = self.input(i);
        if !input.same_shape(&contribution) {
            let (shape, given) = (input.shape(), contribution.shape());
            let name = if let Kind::Computed(name) = self.nodes[self.output].kind { name } else { "leaf" };
            panic!("{name}: backward of input {i} of shape {shape} got {given}");
        }
        self.gradients.add(self.inputs[i] as usize, contribution);
    }

    /// What has arrived at input `i` so far, to be added to in place.
    pub fn sum(&mut self, i: usize) -> Option<&mut Tensor<T>> {
        self.gradients.get_mut(self.inputs[i] as usize)
    }

    /// What has arrived at input `i` so far and the gradient of this node, together.
    ///
    /// # Panics
    /// After [`take_gradient`](Self::take_gradient).
    #[track_caller]
    pub fn sum_and_gradient(&mut self, i: usize) -> (Option<&mut Tensor<T>>, &Tensor<T>) {
        let gradient = self.gradient.as_ref().expect("the gradient has not been taken");
        (self.gradients.get_mut(self.inputs[i] as usize), gradient)
    }
}

/// What becomes of the nodes that a pass has gone by.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nodes {
    /// They are released at once.
    Release,
    /// They stay, for another pass.
    Keep,
}

impl<T: Real> Tape<T> {
    /// Reverses the tape on plain tensors, from nodes with given gradients down to position `end`, and returns the
    /// gradients of what lies below. Only nodes on `path` are visited, if there is one.
    pub(crate) fn reverse(
        &self,
        seeds: impl IntoIterator<Item = (u32, Tensor<T>)>,
        end: usize,
        path: Option<&[bool]>,
        nodes: Nodes,
    ) -> Gradients<T> {
        let mut gradients = self.take_gradients();
        gradients.reset(self.len());
        let mut top = 0;
        for (node, seed) in seeds {
            gradients.add(node as usize, seed);
            top = top.max(node as usize + 1);
        }
        self.with_recording(false, || {
            for index in (end..top).rev() {
                if let Some(gradient) = gradients.take(index) {
                    self.reverse_node(index, gradient, &mut gradients, path);
                }
                if nodes == Nodes::Release {
                    self.truncate(index);
                }
            }
        });
        gradients
    }

    pub(crate) fn reverse_node(
        &self,
        index: usize,
        gradient: Tensor<T>,
        gradients: &mut Gradients<T>,
        path: Option<&[bool]>,
    ) {
        let watched = self.is_watching().then(|| gradient.clone());
        let gradient = {
            let nodes = self.nodes();
            let node = &nodes[index];
            let Some(op) = &node.op else { return };
            let mut values = Values {
                nodes: &nodes,
                inputs: node.inputs.indices(),
                output: index,
                gradient: Some(gradient),
                gradients,
                path,
            };
            if op.backward_values(&mut values) { None } else { values.gradient }
        };
        if let Some(gradient) = gradient {
            let Some(taken) = self.take_op(index) else { return };
            let scratch = self.len();
            taken.op().backward(&mut Reverse {
                tape: self,
                name: taken.op().name(),
                inputs: taken.inputs(),
                output: index as u32,
                gradient: self.leaf(gradient, Kind::Constant),
                sink: Sink::Values(gradients),
                path,
            });
            self.truncate(scratch);
        }
        if let Some(gradient) = watched {
            let inputs = self.nodes()[index].inputs.clone();
            let of_input = |input: u32| gradients.get_mut(input as usize).cloned();
            anomaly::check_backward(self, index as u32, &gradient, inputs.indices(), of_input);
        }
    }

    /// Whether something that an op was applied to lies on `path`. A source on it may be a leaf for it.
    fn leads_on(&self, index: usize, path: &[bool]) -> bool {
        self.nodes()[index].inputs.indices().iter().any(|&input| path[input as usize])
    }

    /// Which nodes depend on one of `sources`.
    pub(crate) fn path(&self, sources: &[u32]) -> Vec<bool> {
        let nodes = self.nodes();
        let mut path = vec![false; nodes.len()];
        for &source in sources {
            path[source as usize] = true;
        }
        let start = sources.iter().min().map_or(nodes.len(), |&first| first as usize);
        for (index, node) in nodes.iter().enumerate().skip(start) {
            path[index] |= node.tracked && node.inputs.indices().iter().any(|&input| path[input as usize]);
        }
        path
    }

    /// Reverses the tape with variables: what the rules compute is recorded.
    fn reverse_recorded<'t>(
        &'t self,
        seeds: &[(Var<'t, T>, Var<'t, T>)],
        end: usize,
        path: &[bool],
    ) -> Vec<Option<Var<'t, T>>> {
        let mut gradients: Vec<Option<Var<'t, T>>> = vec![None; path.len()];
        for &(output, seed) in seeds {
            let slot = &mut gradients[output.index as usize];
            *slot = Some(slot.map_or(seed, |sum| sum + seed));
        }
        for index in (end..path.len()).rev() {
            let Some(gradient) = gradients[index] else { continue };
            if !self.leads_on(index, path) {
                continue;
            }
            let Some(taken) = self.take_op(index) else { continue };
            taken.op().backward(&mut Reverse {
                tape: self,
                name: taken.op().name(),
                inputs: taken.inputs(),
                output: index as u32,
                gradient,
                sink: Sink::Recorded(&mut gradients),
                path: Some(path),
            });
            if self.is_watching() {
                let of_input = |input: u32| gradients[input as usize].map(Var::value);
                let arrived = gradient.value();
                anomaly::check_backward(self, index as u32, &arrived, taken.inputs(), of_input);
            }
        }
        gradients
    }
}

/// Σ over outputs of (∂output/∂source)ᵀ·cotangent, for every source; `None` where no output depends on it.
/// Recorded, unless the tape does not record at the moment.
#[track_caller]
pub(crate) fn vector_jacobian<'t, T: Real>(
    outputs: &[Var<'t, T>],
    cotangents: &[Var<'t, T>],
    sources: &[Var<'t, T>],
) -> Vec<Option<Var<'t, T>>> {
    let Some(&first) = outputs.first() else { return vec![None; sources.len()] };
    let tape = first.tape;
    for var in outputs.iter().chain(cotangents).chain(sources) {
        assert!(std::ptr::eq(var.tape, tape), "pullback: a variable belongs to another tape");
    }
    let indices: Vec<u32> = sources.iter().map(|source| source.index).collect();
    let path = tape.path(&indices);
    let end = indices.iter().min().map_or(0, |&first| first as usize);
    if tape.is_recording() {
        let seeds: Vec<_> = outputs.iter().copied().zip(cotangents.iter().copied()).collect();
        let gradients = tape.reverse_recorded(&seeds, end, &path);
        return indices.iter().map(|&source| gradients[source as usize]).collect();
    }
    // A source below others may itself be computed: its gradient must outlast the pass over it.
    let seeds = outputs.iter().zip(cotangents).map(|(output, cotangent)| (output.index, cotangent.value()));
    let mut gradients = Gradients::default();
    gradients.reset(path.len());
    let mut found: Vec<Option<Tensor<T>>> = vec![None; indices.len()];
    let mut top = 0;
    for (node, seed) in seeds {
        gradients.add(node as usize, seed);
        top = top.max(node as usize + 1);
    }
    for index in (end..top).rev() {
        let Some(gradient) = gradients.take(index) else { continue };
        for (found, &source) in found.iter_mut().zip(&indices) {
            if source as usize == index {
                *found = Some(gradient.clone());
            }
        }
        if tape.leads_on(index, &path) {
            tape.reverse_node(index, gradient, &mut gradients, Some(&path));
        }
    }
    found.into_iter().map(|found| found.map(|gradient| tape.leaf(gradient, Kind::Constant))).collect()
}
