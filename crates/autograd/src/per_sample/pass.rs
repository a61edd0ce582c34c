//! The reverse pass that keeps samples apart.

use std::collections::BTreeMap;

use gradus_tensor::{Params, Real, Shape, Tensor};

use crate::gradients::Gradients;
use crate::tape::{Kind, Tape};

use super::form::Form;
use super::samples::{Attribution, Samples};

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
    /// Whether a rule did not say what belongs to which sample.
    pub(super) guessed: bool,
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
    /// One gradient per sample of every parameter, where the node `losses` has one element per sample, and whether they are
    /// a guess, since a rule did not say what belongs to which sample; `None` if that would take much more memory than the
    /// result.
    pub(super) fn reverse_per_sample(
        &self,
        losses: u32,
        count: usize,
        params: &Params<T>,
    ) -> Option<(Vec<Option<Form<T>>>, bool)> {
        let parameters = params.ids().len();
        let mut flow = Flow::new(count, params.len(), self.len());
        flow.owned.add(losses as usize, Tensor::ones([count]));
        let mut path = vec![true; self.len()];
        self.with_recording(false, || {
            for node in (parameters..=losses as usize).rev() {
                if flow.shared.contains_key(&node) {
                    let len = self.nodes()[node].value.len();
                    if let Some(form) = flow.take_rows(node, len) {
                        self.reverse_shared(node, &form.into_rows(), &mut flow, &path);
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
        (!flow.exceeded).then_some((forms, flow.guessed))
    }

    /// A node of whose value each sample owns a part.
    fn reverse_owned(&self, node: usize, gradient: Tensor<T>, flow: &mut Flow<T>, path: &mut [bool]) {
        let Some((owned, shared)) = self.attribute(node, &gradient, flow) else { return };
        let mut among = |others: &[usize], reverse: &mut dyn FnMut(&[bool])| {
            others.iter().for_each(|&input| path[input] = false);
            reverse(path);
            others.iter().for_each(|&input| path[input] = true);
        };
        if !owned.is_empty() {
            among(&shared, &mut |path| {
                self.reverse_node(node, gradient.clone(), &mut flow.owned, Some(path));
            });
        }
        let part = gradient.len() / flow.count;
        let elements = if shared.is_empty() { Vec::new() } else { gradient.to_vec() };
        among(&owned, &mut |path| {
            self.add_by_sample(node, &shared, flow, path, |b| {
                let own = b * part..(b + 1) * part;
                Tensor::from_fn(gradient.shape(), |i| if own.contains(&i) { elements[i] } else { T::zero() })
            });
        });
    }

    /// Applies the rule of a node for single samples. If it has none, the inputs of which each sample owns a part, and those
    /// that all of them share.
    fn attribute(
        &self,
        node: usize,
        gradient: &Tensor<T>,
        flow: &mut Flow<T>,
    ) -> Option<(Vec<usize>, Vec<usize>)> {
        let nodes = self.nodes();
        let op = nodes[node].op.as_deref()?;
        let inputs = nodes[node].inputs.indices();
        let mut samples = Samples {
            attribution: Attribution::Unknown,
            nodes: &nodes,
            inputs,
            output: node,
            gradient,
            flow,
        };
        // What a single sample has a part in is its own.
        let applied = samples.count() > 1 && op.backward_per_sample(&mut samples);
        let attribution = samples.attribution;
        let own: Vec<bool> = match attribution {
            _ if flow.count == 1 => vec![true; inputs.len()],
            Attribution::Parts(own) if !applied => own,
            Attribution::Exact if applied => return None,
            _ => {
                flow.guessed = true;
                if applied {
                    return None;
                }
                let shape = nodes[node].value.shape();
                let leads = |shape: Shape| flow.rows_per_sample(shape).is_some();
                let own = |&input: &u32| {
                    let input = &nodes[input as usize];
                    let own = input.value.shape();
                    !matches!(input.kind, Kind::Parameter(_)) && (own == shape || leads(own) && leads(shape))
                };
                inputs.iter().map(own).collect()
            }
        };
        // A node that the op was applied to twice is owned if each use says so.
        let (mut owned, mut shared): (Vec<usize>, Vec<usize>) = Default::default();
        for (&input, own) in inputs.iter().zip(own).filter(|(input, _)| nodes[**input as usize].tracked) {
            if own { &mut owned } else { &mut shared }.push(input as usize);
        }
        for list in [&mut owned, &mut shared] {
            list.sort_unstable();
            list.dedup();
        }
        owned.retain(|input| !shared.contains(input));
        Some((owned, shared))
    }

    /// A node whose value all samples share, with one gradient per sample.
    fn reverse_shared(&self, node: usize, rows: &Tensor<T>, flow: &mut Flow<T>, path: &[bool]) {
        let (shape, inputs) = {
            let nodes = self.nodes();
            (nodes[node].value.shape(), nodes[node].inputs.clone())
        };
        let mut inputs: Vec<usize> = inputs.indices().iter().map(|&input| input as usize).collect();
        inputs.sort_unstable();
        inputs.dedup();
        inputs.retain(|&input| self.nodes()[input].tracked);
        self.add_by_sample(node, &inputs, flow, path, |b| rows.select(0, b).reshape(shape));
    }

    /// Applies the rule of a node once per sample, and adds what arrives at `inputs`, those of its inputs on `path`.
    fn add_by_sample(
        &self,
        node: usize,
        inputs: &[usize],
        flow: &mut Flow<T>,
        path: &[bool],
        mut gradient: impl FnMut(usize) -> Tensor<T>,
    ) {
        if inputs.is_empty() {
            return;
        }
        let lens: Vec<usize> = inputs.iter().map(|&input| self.nodes()[input].value.len()).collect();
        if lens.iter().any(|&len| len > flow.limit) {
            flow.exceeded = true;
            return;
        }
        let mut rows: Vec<Tensor<T>> = lens.iter().map(|&len| Tensor::zeros([flow.count, len])).collect();
        for b in 0..flow.count {
            self.reverse_node(node, gradient(b), &mut flow.scratch, Some(path));
            for (&input, (rows, &len)) in inputs.iter().zip(rows.iter_mut().zip(&lens)) {
                if let Some(gradient) = flow.scratch.take(input) {
                    let gradient = gradient.contiguous();
                    rows.make_mut()[b * len..(b + 1) * len]
                        .copy_from_slice(gradient.as_slice().expect("contiguous"));
                }
            }
        }
        for ((&input, rows), len) in inputs.iter().zip(rows).zip(lens) {
            flow.add(input, len, || Form::Rows(rows));
        }
    }
}
