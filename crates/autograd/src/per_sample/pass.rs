//! The reverse pass that keeps samples apart.

use std::collections::BTreeMap;

use gradus_tensor::{Params, Real, Tensor};

use crate::gradients::Gradients;
use crate::tape::{Kind, Tape};

use super::form::Form;
use super::samples::Samples;

/// The gradients of a pass in progress.
pub(super) struct Flow<T: Real> {
    pub(super) count: usize,
    /// The most elements of a value that all samples share: with more, its gradients would take more memory than the
    /// result.
    pub(super) limit: usize,
    /// Of values of which each sample owns a part: of their shape.
    pub(super) owned: Gradients<T>,
    /// Of values that all samples share.
    pub(super) shared: BTreeMap<usize, Form<T>>,
    /// For one rule at a time; empty in between.
    pub(super) scratch: Gradients<T>,
    pub(super) exceeded: bool,
}

impl<T: Real> Flow<T> {
    /// All that has arrived at a node that all samples share, as rows; each sample's part of what arrived as owned is put
    /// where it lies, with 0 around it.
    fn take_rows(&mut self, node: usize, len: usize) -> Option<Form<T>> {
        if let Some(owned) = self.owned.take(node) {
            let count = self.count;
            let part = len / count;
            let owned = owned.contiguous();
            self.add(node, len, || {
                let mut rows = Tensor::zeros([count, len]);
                let parts = owned.as_slice().expect("contiguous").chunks_exact(part.max(1));
                for ((b, row), own) in rows.make_mut().chunks_exact_mut(len.max(1)).enumerate().zip(parts) {
                    row[b * part..(b + 1) * part].copy_from_slice(own);
                }
                Form::Rows(rows)
            });
        }
        self.shared.remove(&node)
    }
}

impl<T: Real> Tape<T> {
    /// One gradient per sample of every parameter, where the node `losses` has one element per sample; `None` if that would
    /// take much more memory than the result. It is a guess as far as rules do not say what belongs to which sample.
    pub(super) fn reverse_per_sample(
        &self,
        losses: u32,
        count: usize,
        params: &Params<T>,
    ) -> Option<Vec<Option<Form<T>>>> {
        let parameters = params.ids().len();
        let mut flow = Flow::new(count, params.len(), self.len());
        flow.owned.add(losses as usize, Tensor::ones([count]));
        let mut path = vec![true; self.len()];
        self.with_recording(false, || {
            for node in (parameters..=losses as usize).rev() {
                if flow.shared.contains_key(&node) {
                    let len = self.nodes()[node].value.len();
                    if let Some(form) = flow.take_rows(node, len) {
                        self.reverse_shared(node, &form.into_rows(), &mut flow);
                    }
                } else if let Some(gradient) = flow.owned.take(node) {
                    self.reverse_owned(node, gradient, &mut flow, &mut path);
                }
                if flow.exceeded {
                    break;
                }
            }
        });
        let forms = params.ids().enumerate().map(|(node, id)| flow.take_rows(node, params.range(id).len()));
        let forms = forms.collect();
        (!flow.exceeded).then_some(forms)
    }

    /// A node of whose value each sample owns a part.
    fn reverse_owned(&self, node: usize, gradient: Tensor<T>, flow: &mut Flow<T>, path: &mut [bool]) {
        let inputs = {
            let nodes = self.nodes();
            let Some(op) = nodes[node].op.as_deref() else { return };
            let inputs = nodes[node].inputs.clone();
            let gradient = &gradient;
            let mut samples =
                Samples { nodes: &nodes, inputs: inputs.indices(), output: node, gradient, flow };
            if op.backward_per_sample(&mut samples) {
                return;
            }
            inputs
        };
        let shared: Vec<u32> = {
            let nodes = self.nodes();
            let leads = |node: usize| flow.rows_per_sample(nodes[node].value.shape()).is_some();
            let owned = |&input: &u32| {
                let input = input as usize;
                let is_parameter = matches!(nodes[input].kind, Kind::Parameter(_));
                let same_shape = nodes[input].value.shape() == nodes[node].value.shape();
                flow.count == 1 || !is_parameter && (same_shape || leads(input) && leads(node))
            };
            let mut inputs = inputs.indices().to_vec();
            inputs.sort_unstable();
            inputs.dedup();
            inputs.retain(|&input| nodes[input as usize].tracked);
            let (owned, shared): (Vec<u32>, Vec<u32>) = inputs.into_iter().partition(owned);
            for &input in &shared {
                path[input as usize] = false;
            }
            drop(nodes);
            if !owned.is_empty() {
                self.reverse_node(node, gradient.clone(), &mut flow.owned, Some(path));
            }
            for &input in &shared {
                path[input as usize] = true;
            }
            shared
        };
        let part = gradient.len() / flow.count;
        let elements = gradient.to_vec();
        self.add_by_sample(node, &shared, flow, |b| {
            let own = b * part..(b + 1) * part;
            Tensor::from_fn(gradient.shape(), |i| if own.contains(&i) { elements[i] } else { T::zero() })
        });
    }

    /// A node whose value all samples share, with one gradient per sample.
    fn reverse_shared(&self, node: usize, rows: &Tensor<T>, flow: &mut Flow<T>) {
        let (shape, inputs) = {
            let nodes = self.nodes();
            (nodes[node].value.shape(), nodes[node].inputs.clone())
        };
        let mut inputs = inputs.indices().to_vec();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.retain(|&input| self.nodes()[input as usize].tracked);
        self.add_by_sample(node, &inputs, flow, |b| rows.select(0, b).reshape(shape));
    }

    /// Applies the rule of a node once per sample, and adds what arrives at `inputs`.
    fn add_by_sample(
        &self,
        node: usize,
        inputs: &[u32],
        flow: &mut Flow<T>,
        mut gradient: impl FnMut(usize) -> Tensor<T>,
    ) {
        if inputs.is_empty() {
            return;
        }
        let lens: Vec<usize> = inputs.iter().map(|&input| self.nodes()[input as usize].value.len()).collect();
        if lens.iter().any(|&len| len > flow.limit) {
            flow.exceeded = true;
            return;
        }
        let all = self.nodes()[node].inputs.clone();
        let mut rows: Vec<Tensor<T>> = lens.iter().map(|&len| Tensor::zeros([flow.count, len])).collect();
        for b in 0..flow.count {
            self.reverse_node(node, gradient(b), &mut flow.scratch, None);
            for (&input, (rows, &len)) in inputs.iter().zip(rows.iter_mut().zip(&lens)) {
                if let Some(gradient) = flow.scratch.take(input as usize) {
                    let gradient = gradient.contiguous();
                    rows.make_mut()[b * len..(b + 1) * len]
                        .copy_from_slice(gradient.as_slice().expect("contiguous"));
                }
            }
            for &input in all.indices() {
                flow.scratch.take(input as usize);
            }
        }
        for ((&input, rows), len) in inputs.iter().zip(rows).zip(lens) {
            flow.add(input as usize, len, || Form::Rows(rows));
        }
    }
}
