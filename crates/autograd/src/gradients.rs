//! The gradients of a reverse pass in progress, which are few at any time.

use gradus_tensor::{Real, Tensor};

/// No gradient has arrived.
const NONE: u32 = u32::MAX;

/// Gradients by the position of their node. A node holds four bytes, not a tensor: most of them have no gradient at
/// most times.
pub(crate) struct Gradients<T: Real> {
    /// For each node the position in `live`, or [`NONE`].
    slots: Vec<u32>,
    live: Vec<Option<Tensor<T>>>,
    free: Vec<u32>,
}

impl<T: Real> Default for Gradients<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), live: Vec::new(), free: Vec::new() }
    }
}

impl<T: Real> Gradients<T> {
    /// Forgets everything and makes room for `nodes` nodes.
    pub(crate) fn reset(&mut self, nodes: usize) {
        self.slots.clear();
        self.slots.resize(nodes, NONE);
        self.live.clear();
        self.free.clear();
    }

    /// The gradient that has arrived at a node.
    pub(crate) fn take(&mut self, node: usize) -> Option<Tensor<T>> {
        let slot = std::mem::replace(self.slots.get_mut(node)?, NONE);
        if slot == NONE {
            return None;
        }
        self.free.push(slot);
        self.live[slot as usize].take()
    }

    /// Sets the gradient of a node that has none.
    pub(crate) fn put(&mut self, node: usize, gradient: Tensor<T>) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.live.push(None);
            self.live.len() as u32 - 1
        });
        self.live[slot as usize] = Some(gradient);
        self.slots[node] = slot;
    }

    /// The gradient of a node, if one has arrived.
    pub(crate) fn get_mut(&mut self, node: usize) -> Option<&mut Tensor<T>> {
        match self.slots[node] {
            NONE => None,
            slot => self.live[slot as usize].as_mut(),
        }
    }

    /// Adds to the gradient of a node, in place if nothing else shares it.
    pub(crate) fn add(&mut self, node: usize, contribution: Tensor<T>) {
        match self.get_mut(node) {
            Some(sum) => sum.accumulate(&contribution),
            None => self.put(node, contribution),
        }
    }
}
