//! The state of L-BFGS as named tensors. Feature `io`.

use std::sync::Arc;

use gradus_tensor::io::NamedTensors;
use gradus_tensor::{Real, Shape, Tensor};

use super::{LbfgsOptimizer, Memory, Pair};
use crate::StateError;

const ITERATIONS: &str = "lbfgs.iterations";
const STEP_SIZE: &str = "lbfgs.step_size";

impl<T: Real> LbfgsOptimizer<T> {
    /// The state, to be put into a file with other tensors: `direction` and `gradient` of the last iteration, the pairs
    /// `s` and `y` as rows, `step_size` in f64 and `iterations`. The settings are not in it.
    ///
    /// # Errors
    /// Never: the names differ.
    pub fn state_tensors(&self) -> Result<NamedTensors, StateError> {
        let Memory { pairs, direction, step_size, gradient } = &self.memory;
        let vector = |x: &[T]| Tensor::from_fn([x.len()], |i| x[i]);
        let dim = direction.len();
        let rows = |of: fn(&Pair<T>) -> &[T]| {
            Tensor::from_fn([pairs.len(), dim], |i| of(&pairs[i / dim.max(1)])[i % dim.max(1)])
        };
        let mut tensors = NamedTensors::new();
        tensors.insert("lbfgs.direction", vector(direction))?;
        tensors.insert("lbfgs.gradient", vector(gradient))?;
        tensors.insert("lbfgs.s", rows(|pair| &pair.s))?;
        tensors.insert("lbfgs.y", rows(|pair| &pair.y))?;
        tensors.insert(STEP_SIZE, Tensor::from_fn([1], |_| *step_size))?;
        tensors.metadata_mut().insert(ITERATIONS.to_owned(), self.iterations.to_string());
        Ok(tensors)
    }

    /// Sets the state to what [`state_tensors`](Self::state_tensors) returned; steps go on with the same bits.
    ///
    /// # Errors
    /// When a tensor is missing, or is of another element type or shape; the text names it. Then nothing has changed.
    pub fn set_state_tensors(&mut self, tensors: &NamedTensors) -> Result<(), StateError> {
        let text = tensors.metadata().get(ITERATIONS);
        let Some(iterations) = text.and_then(|text| text.parse().ok()) else {
            let found = text.map_or("missing".to_owned(), |text| format!("{text:?}"));
            return Err(StateError::Format { key: ITERATIONS, found, expected: "a count" });
        };
        let dim = if iterations == 0 { 0 } else { self.layout.len() };
        let direction = part::<T>(tensors, "lbfgs.direction", Shape::from([dim]))?;
        let gradient = part::<T>(tensors, "lbfgs.gradient", Shape::from([dim]))?;
        let step_size = part::<f64>(tensors, STEP_SIZE, Shape::from([1]))?[0];
        let count = tensors.get::<T>("lbfgs.s")?.shape().first().copied().unwrap_or(0);
        let shape = Shape::from([count.min(self.settings.history_size), dim]);
        let (s, y) = (part::<T>(tensors, "lbfgs.s", shape)?, part::<T>(tensors, "lbfgs.y", shape)?);
        let pairs = s.chunks_exact(dim.max(1)).zip(y.chunks_exact(dim.max(1)));
        let pairs = pairs.map(|(s, y)| Arc::new(Pair::new(s.to_vec(), y.to_vec()))).collect();
        self.memory = Memory { pairs, direction, step_size, gradient };
        self.iterations = iterations;
        Ok(())
    }
}

/// The elements of a tensor of this shape.
fn part<T: Real>(tensors: &NamedTensors, name: &str, shape: Shape) -> Result<Vec<T>, StateError> {
    let tensor = tensors.get::<T>(name)?;
    if tensor.shape() != shape {
        let (found, expected) = (Box::new(tensor.shape()), Box::new(shape));
        return Err(StateError::Shape { name: name.to_owned(), found, expected });
    }
    Ok(tensor.contiguous().as_slice().unwrap_or_default().to_vec())
}
