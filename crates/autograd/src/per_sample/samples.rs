//! What an op sees of the reverse pass that keeps samples apart.

use std::ops::Range;

use gradus_tensor::{MAX_RANK, Real, Shape, Tensor};

use crate::gradients::Gradients;
use crate::per_sample::form::Form;
use crate::tape::Node;

use super::pass::Flow;

/// What a rule says about the samples. Only rules of this crate, which are tested, can say more than nothing.
pub(super) enum Attribution {
    /// What it adds, or the ordinary rule, may give samples what is not theirs.
    Unknown,
    /// What it adds is each sample's own.
    Exact,
    /// The ordinary rule says it all for the inputs marked here: part b of the value is made of part b of these. It is to be
    /// applied to one part of the gradient at a time for the others.
    Parts(Vec<bool>),
}

/// One node in the reverse pass that keeps samples apart, for [`Op::backward_per_sample`](crate::Op::backward_per_sample).
///
/// Of B samples, each owns the elements of the node's value in one of B parts of equal length, in row-major order: its rows
/// where the leading extent is a multiple of B. Only they depend on it, or rather only they count for it: the gradient is
/// that of all losses, each with respect to its own part.
pub struct Samples<'r, T: Real> {
    pub(super) attribution: Attribution,
    pub(super) nodes: &'r [Node<T>],
    pub(super) inputs: &'r [u32],
    pub(super) output: usize,
    pub(super) gradient: &'r Tensor<T>,
    pub(super) flow: &'r mut Flow<T>,
}

impl<'r, T: Real> Samples<'r, T> {
    /// The number of samples B.
    pub fn count(&self) -> usize {
        self.flow.count
    }

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

    /// The gradient with respect to this node's value, of its shape.
    pub fn gradient(&self) -> &'r Tensor<T> {
        self.gradient
    }

    /// Whether a gradient of input `i` is wanted.
    pub fn wants(&self, i: usize) -> bool {
        self.nodes[self.inputs[i] as usize].tracked
    }

    /// Rows per sample, if samples are the leading axis.
    pub fn rows_per_sample(&self) -> Option<usize> {
        self.flow.rows_per_sample(self.gradient.shape())
    }

    /// Adds a contribution to the gradient of input `i`, of its shape, where each sample owns its part of the input too.
    pub fn add(&mut self, i: usize, contribution: Tensor<T>) {
        self.flow.owned.add(self.inputs[i] as usize, contribution);
    }

    /// Adds one gradient per sample of input `i`, which all of them share: the rows of a matrix, `[B, elements]`.
    ///
    /// # Panics
    /// When the matrix has another shape.
    #[track_caller]
    pub fn add_rows(&mut self, i: usize, rows: impl FnOnce() -> Tensor<T>) {
        let node = self.inputs[i] as usize;
        let (count, len) = (self.count(), self.nodes[node].value.len());
        self.flow.add(node, len, || {
            let rows = rows();
            let given = rows.shape();
            assert!(*given == [count, len], "add_rows: {given} for {count} gradients of {len} elements");
            Form::Rows(rows)
        });
    }

    /// Adds one gradient per sample of input `i`, which all of them share: those of sample b are made from its range of
    /// rows by `gradient`, of the shape of the input.
    ///
    /// # Panics
    /// When a gradient has another number of elements than the input, or samples are not the leading axis.
    #[track_caller]
    pub fn add_each(&mut self, i: usize, mut gradient: impl FnMut(Range<usize>) -> Tensor<T>) {
        let rows = self.rows_per_sample().expect("samples are the leading axis");
        let node = self.inputs[i] as usize;
        self.flow.add_each(node, self.nodes[node].value.len(), |b| gradient(b * rows..(b + 1) * rows));
    }

    /// Adds leftᵀ·right of every sample, [B, k, m] and [B, k, n], to the gradients of input `i`, [m, n] or of as many
    /// elements, which all samples share. Where only norms are asked for, the products are not formed.
    pub fn add_products(&mut self, i: usize, left: Tensor<T>, right: Tensor<T>) {
        let node = self.inputs[i] as usize;
        self.flow.add(node, self.nodes[node].value.len(), || Form::Products { left, right });
    }

    /// Adds a contribution of a shape that input `i` was broadcast to, summed over the axes along which it was repeated;
    /// if the samples are one of these, within every sample.
    ///
    /// # Panics
    /// When the input does not broadcast to that shape, or the samples are not its leading axis.
    #[track_caller]
    pub fn add_sum(&mut self, i: usize, contribution: Tensor<T>) {
        let (shape, joint) = (self.input(i).shape(), contribution.shape());
        if shape == joint {
            return self.add(i, contribution);
        }
        if shape.rank() == joint.rank() && shape[0] == joint[0] {
            return self.add(i, contribution.sum_to(shape));
        }
        let rows = self.flow.rows_per_sample(joint).expect("samples are the leading axis");
        let count = self.count();
        // An axis of samples, one of the rows of each, and the others.
        let leading: &[usize] = if rows == 1 { &[count] } else { &[count, rows] };
        let apart: Shape = leading.iter().chain(&joint[1..]).copied().collect();
        let missing = joint.rank() - shape.rank();
        let kept = (1..joint.rank()).map(|axis| if axis < missing { 1 } else { shape[axis - missing] });
        let ones = std::iter::repeat_n(1, leading.len() - 1);
        let summed: Shape = std::iter::once(count).chain(ones).chain(kept).collect();
        let node = self.inputs[i] as usize;
        let len = shape.len();
        self.flow
            .add(node, len, || Form::Rows(contribution.reshape(apart).sum_to(summed).reshape([count, len])));
    }
}

/// What the rules of this crate return: whether they have been applied.
impl<T: Real> Samples<'_, T> {
    /// What has been added is each sample's own.
    pub(crate) fn exact(&mut self) -> bool {
        self.attribution = Attribution::Exact;
        true
    }

    /// Part b of the value is made of part b of the inputs for which `own` holds, and of all of the others.
    pub(crate) fn parts(&mut self, own: impl Fn(&Self, usize) -> bool) -> bool {
        self.attribution = Attribution::Parts((0..self.inputs()).map(|i| own(self, i)).collect());
        false
    }

    /// Parts meet: each element of the value may depend on all elements.
    pub(crate) fn mixed(&mut self) -> bool {
        self.parts(|_, _| false)
    }

    /// The op goes along some axes of its inputs, and each element of the value is made of the elements at its place along
    /// the others: parts meet where one of these axes is that of the samples.
    pub(crate) fn along(&mut self, axes: &[usize]) -> bool {
        self.parts(|samples, i| !axes.contains(&0) && samples.leads(i))
    }

    /// Whether samples are the leading axis of input `i`, as they are of the value.
    pub(crate) fn leads(&self, i: usize) -> bool {
        let (own, joint) = (self.input(i).shape(), self.gradient.shape());
        let extent = own.first().copied().unwrap_or(0);
        extent > 0 && joint.first() == Some(&extent) && extent.is_multiple_of(self.count())
    }
}

impl<T: Real> Flow<T> {
    pub(super) fn new(count: usize, limit: usize, nodes: usize) -> Self {
        let [owned, scratch] = std::array::from_fn(|_| {
            let mut gradients = Gradients::default();
            gradients.reset(nodes);
            gradients
        });
        Self { count, limit, owned, scratch, shared: Default::default(), exceeded: false, guessed: false }
    }

    /// Rows per sample, if samples can be the leading axis of a value of this shape.
    pub(super) fn rows_per_sample(&self, shape: Shape) -> Option<usize> {
        let &rows = shape.first()?;
        let fits =
            rows > 0 && rows.is_multiple_of(self.count) && (rows == self.count || shape.rank() < MAX_RANK);
        fits.then_some(rows / self.count)
    }

    /// Adds one gradient per sample of a node with `len` elements.
    pub(super) fn add(&mut self, node: usize, len: usize, form: impl FnOnce() -> Form<T>) {
        if len > self.limit {
            self.exceeded = true;
            return;
        }
        let form = match self.shared.remove(&node) {
            None => form(),
            Some(before) => {
                let mut sum = before.into_rows();
                sum.accumulate(&form().into_rows());
                Form::Rows(sum)
            }
        };
        self.shared.insert(node, form);
    }

    /// Adds one gradient per sample of a node with `len` elements, each made on its own.
    #[track_caller]
    pub(super) fn add_each(&mut self, node: usize, len: usize, mut gradient: impl FnMut(usize) -> Tensor<T>) {
        let count = self.count;
        self.add(node, len, || {
            let mut rows = Tensor::zeros([count, len]);
            for (b, row) in rows.make_mut().chunks_exact_mut(len.max(1)).enumerate() {
                row.copy_from_slice(gradient(b).contiguous().as_slice().expect("contiguous"));
            }
            Form::Rows(rows)
        });
    }
}
