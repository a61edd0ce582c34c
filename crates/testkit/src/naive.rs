//! Twins of the tensor kernels as plain loops over indices: slow, short enough to be checked by eye, and
//! without a line in common with what they check.

use gradus_tensor::{AvgPool2d, Conv2d, Element, MAX_RANK, MaxPool2d, Real, Shape, Tensor};

/// Calls `visit` with every index of a shape in row-major order.
fn for_each_index(shape: &[usize], mut visit: impl FnMut(&[usize])) {
    let mut index = vec![0; shape.len()];
    for _ in 0..shape.iter().product() {
        visit(&index);
        for axis in (0..shape.len()).rev() {
            index[axis] += 1;
            if index[axis] < shape[axis] {
                break;
            }
            index[axis] = 0;
        }
    }
}

/// All indices of a shape in row-major order.
pub fn indices(shape: &[usize]) -> Vec<Vec<usize>> {
    let mut all = Vec::new();
    for_each_index(shape, |index| all.push(index.to_vec()));
    all
}

/// The tensor whose element at each index is `element(index)`.
///
/// # Panics
/// With more axes than a tensor can have.
pub fn tabulate<T: Element>(shape: &[usize], element: impl Fn(&[usize]) -> T) -> Tensor<T> {
    let mut elements = Vec::new();
    for_each_index(shape, |index| elements.push(element(index)));
    Tensor::from_slice(shape, &elements).expect("one element per index")
}

/// f of every element.
pub fn map<T: Real>(x: &Tensor<T>, f: impl Fn(T) -> T) -> Tensor<T> {
    tabulate(&x.shape(), |index| f(x.at(index)))
}

/// The shape that two shapes broadcast to.
///
/// # Panics
/// When they do not broadcast.
pub fn broadcast(a: &[usize], b: &[usize]) -> Shape {
    let rank = a.len().max(b.len());
    let extent =
        |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |own| shape[own]);
    let joint = |axis| match (extent(a, axis), extent(b, axis)) {
        (1, n) | (n, 1) => n,
        (m, n) => {
            assert!(m == n, "broadcast: {a:?} and {b:?}");
            n
        }
    };
    (0..rank).map(joint).collect()
}

/// The element of `x` that stands at `index` of a shape that `x` broadcasts to.
pub fn at_broadcast<T: Element>(x: &Tensor<T>, index: &[usize]) -> T {
    let mut own = [0; MAX_RANK];
    own[..x.rank()].copy_from_slice(&index[index.len() - x.rank()..]);
    for (i, &extent) in own.iter_mut().zip(x.shape().iter()) {
        *i = if extent == 1 { 0 } else { *i };
    }
    x.at(&own[..x.rank()])
}

/// f of every pair of elements of broadcast operands.
pub fn zip<T: Real>(a: &Tensor<T>, b: &Tensor<T>, f: impl Fn(T, T) -> T) -> Tensor<T> {
    let shape = broadcast(&a.shape(), &b.shape());
    tabulate(&shape, |index| f(at_broadcast(a, index), at_broadcast(b, index)))
}

/// The elements along `axes` for every index of the other axes, in row-major order, reduced by `fold`.
pub fn fold_axes<T: Element, U: Element>(
    x: &Tensor<T>,
    axes: &[usize],
    fold: impl Fn(&[T]) -> U,
) -> Tensor<U> {
    let shape = x.shape();
    let kept: Vec<usize> = (0..x.rank()).filter(|axis| !axes.contains(axis)).collect();
    let extents = |axes: &[usize]| axes.iter().map(|&axis| shape[axis]).collect::<Vec<_>>();
    let along = indices(&extents(axes));
    tabulate(&extents(&kept), |outer| {
        let run: Vec<T> = along
            .iter()
            .map(|inner| {
                let mut index = vec![0; shape.iter().len()];
                kept.iter().zip(outer).chain(axes.iter().zip(inner)).for_each(|(&axis, &i)| index[axis] = i);
                x.at(&index)
            })
            .collect();
        fold(&run)
    })
}

/// The sum over the axes, one addition after the other.
pub fn sum_axes<T: Real>(x: &Tensor<T>, axes: &[usize]) -> Tensor<T> {
    fold_axes(x, axes, |run| run.iter().fold(T::zero(), |sum, &x| sum + x))
}

/// The largest element along the axes; NaN if one is NaN.
///
/// # Panics
/// When there is nothing to reduce over.
pub fn max_axes<T: Real>(x: &Tensor<T>, axes: &[usize]) -> Tensor<T> {
    extremum(x, axes, |a, b| a > b)
}

/// The smallest element along the axes; NaN if one is NaN.
///
/// # Panics
/// When there is nothing to reduce over.
pub fn min_axes<T: Real>(x: &Tensor<T>, axes: &[usize]) -> Tensor<T> {
    extremum(x, axes, |a, b| a < b)
}

fn extremum<T: Real>(x: &Tensor<T>, axes: &[usize], better: impl Fn(T, T) -> bool) -> Tensor<T> {
    fold_axes(x, axes, |run| {
        let nan = run.iter().copied().find(|x| x.is_nan());
        let best = run.iter().copied().reduce(|best, x| if better(x, best) { x } else { best });
        nan.or(best).expect("something to reduce over")
    })
}

/// The matrix product of vectors and matrices with broadcast batch axes, inner products from left to right.
///
/// # Panics
/// When the shapes do not fit.
pub fn matmul<T: Real>(a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    let split = |x: &Tensor<T>| x.rank().saturating_sub(2);
    let (a_shape, b_shape) = (a.shape(), b.shape());
    let inner = a_shape[a.rank() - 1];
    assert!(inner == b_shape[split(b)], "matmul: {a_shape} and {b_shape}");
    let batch = broadcast(&a_shape[..split(a)], &b_shape[..split(b)]);
    let rows = &a_shape[split(a)..a.rank() - 1];
    let columns = &b_shape[split(b) + 1..];
    // The axes of an operand within the batch index, which is longer or has other extents where it is repeated.
    let own = |index: &[usize], shape: &[usize]| -> Vec<usize> {
        let missing = index.len() - shape.len();
        index[missing..].iter().zip(shape).map(|(&i, &extent)| if extent == 1 { 0 } else { i }).collect()
    };
    tabulate(&[&batch[..], rows, columns].concat(), |index| {
        let (at, cell) = index.split_at(batch.iter().len());
        let (i, j) = cell.split_at(rows.len());
        let mut left = [&own(at, &a_shape[..split(a)]), i, &[0]].concat();
        let mut right = [&own(at, &b_shape[..split(b)]), &[0][..], j].concat();
        let (left_inner, right_inner) = (left.len() - 1, split(b));
        let mut sum = T::zero();
        for k in 0..inner {
            (left[left_inner], right[right_inner]) = (k, k);
            sum += a.at(&left) * b.at(&right);
        }
        sum
    })
}

/// Einstein summation as one loop over all letters, products from left to right. The expression has a letter for every
/// axis, an arrow and no spaces; axes of extent 1 broadcast.
///
/// # Panics
/// When the expression does not fit.
pub fn einsum<T: Real>(expression: &str, operands: &[&Tensor<T>]) -> Tensor<T> {
    let (inputs, output) = expression.split_once("->").expect("an arrow");
    let terms: Vec<&str> = inputs.split(',').collect();
    assert!(terms.len() == operands.len(), "einsum: {expression} of {} operands", operands.len());
    let extent = |letter: char| {
        let axes = terms.iter().zip(operands).flat_map(|(term, x)| term.chars().zip(x.shape().to_vec()));
        let extents: Vec<usize> = axes.filter(|&(other, _)| other == letter).map(|(_, n)| n).collect();
        extents.iter().copied().find(|&n| n != 1).unwrap_or(1)
    };
    let mut summed: Vec<char> = terms.concat().chars().filter(|&letter| !output.contains(letter)).collect();
    summed.sort_unstable();
    summed.dedup();
    let inner = indices(&summed.iter().map(|&letter| extent(letter)).collect::<Vec<_>>());
    tabulate(&output.chars().map(extent).collect::<Vec<_>>(), |outer| {
        inner.iter().fold(T::zero(), |sum, inner| {
            let value = |letter: char| {
                let of_output = output.chars().position(|other| other == letter).map(|axis| outer[axis]);
                of_output.or_else(|| summed.iter().position(|&other| other == letter).map(|axis| inner[axis]))
            };
            sum + terms.iter().zip(operands).fold(T::one(), |product, (term, x)| {
                let index: Vec<usize> = term
                    .chars()
                    .zip(x.shape().iter())
                    .map(|(letter, &n)| if n == 1 { 0 } else { value(letter).expect("a known letter") })
                    .collect();
                product * x.at(&index)
            })
        })
    })
}

/// The positions of the factors of one product of a convolution: in the input, the weight and the output.
type Factors = ([usize; 4], [usize; 4], [usize; 4]);

/// All products of a 2-d convolution, output by output, and those of an output by channel, row and column of its
/// window; padding left out.
fn convolution_products(x: &[usize], w: &[usize], settings: Conv2d) -> (Shape, Vec<Factors>) {
    let Conv2d { stride, padding, dilation, groups } = settings;
    let windows = |axis: usize| {
        (x[2 + axis] + padding[axis][0] + padding[axis][1] - dilation[axis] * (w[2 + axis] - 1) - 1)
            / stride[axis]
            + 1
    };
    let output = [x[0], w[0], windows(0), windows(1)];
    let mut products = Vec::new();
    for_each_index(&output, |y| {
        for_each_index(&w[1..], |tap| {
            let element = |axis: usize| {
                let padded = y[2 + axis] * stride[axis] + tap[1 + axis] * dilation[axis];
                padded.checked_sub(padding[axis][0]).filter(|&element| element < x[2 + axis])
            };
            if let (Some(row), Some(column)) = (element(0), element(1)) {
                let channel = y[1] / (w[0] / groups) * w[1] + tap[0];
                products.push((
                    [y[0], channel, row, column],
                    [y[1], tap[0], tap[1], tap[2]],
                    [y[0], y[1], y[2], y[3]],
                ));
            }
        });
    });
    (output.into(), products)
}

/// Row-major elements with `add` applied in turn.
fn scattered<T: Real>(shape: Shape, additions: impl Iterator<Item = ([usize; 4], T)>) -> Tensor<T> {
    let mut elements = vec![T::zero(); shape.len()];
    for (index, value) in additions {
        let position =
            index.iter().zip(shape.iter()).fold(0, |position, (&i, &extent)| position * extent + i);
        elements[position] += value;
    }
    Tensor::from_slice(shape, &elements).expect("one element per index")
}

/// The 2-d convolution, sums in the order of channels, rows and columns of the window.
pub fn conv2d<T: Real>(x: &Tensor<T>, w: &Tensor<T>, settings: Conv2d) -> Tensor<T> {
    let (output, products) = convolution_products(&x.shape(), &w.shape(), settings);
    scattered(output, products.iter().map(|(xi, wi, yi)| (*yi, x.at(xi) * w.at(wi))))
}

/// The gradient of [`conv2d`] with respect to an input of shape `x`.
pub fn conv2d_backward_input<T: Real>(
    gy: &Tensor<T>,
    w: &Tensor<T>,
    x: Shape,
    settings: Conv2d,
) -> Tensor<T> {
    let (_, products) = convolution_products(&x, &w.shape(), settings);
    scattered(x, products.iter().map(|(xi, wi, yi)| (*xi, gy.at(yi) * w.at(wi))))
}

/// The gradient of [`conv2d`] with respect to a weight of shape `w`.
pub fn conv2d_backward_weight<T: Real>(
    gy: &Tensor<T>,
    x: &Tensor<T>,
    w: Shape,
    settings: Conv2d,
) -> Tensor<T> {
    let (_, products) = convolution_products(&x.shape(), &w, settings);
    scattered(w, products.iter().map(|(xi, wi, yi)| (*wi, gy.at(yi) * x.at(xi))))
}

/// The number of windows of a pooling along one axis (PyTorch's formula).
fn pooled(extent: usize, kernel: usize, stride: usize, padding: usize, dilation: usize, ceil: bool) -> usize {
    let steps = extent + 2 * padding - dilation * (kernel - 1) - 1;
    let windows = if ceil { steps.div_ceil(stride) } else { steps / stride } + 1;
    if ceil && (windows - 1) * stride >= extent + padding { windows - 1 } else { windows }
}

/// The largest elements of windows over the last two of four axes, and their positions in the plane: the first of
/// equal ones, or the last NaN.
///
/// # Panics
/// When a window meets padding only.
pub fn max_pool2d<T: Real>(x: &Tensor<T>, settings: MaxPool2d) -> (Tensor<T>, Tensor<usize>) {
    let MaxPool2d { kernel, stride, padding, dilation, ceil_mode } = settings;
    let shape = x.shape();
    let windows = |axis: usize| {
        let extent = shape[2 + axis];
        pooled(extent, kernel[axis], stride[axis], padding[axis], dilation[axis], ceil_mode)
    };
    let output = [shape[0], shape[1], windows(0), windows(1)];
    let (mut values, mut positions) = (Vec::new(), Vec::new());
    for_each_index(&output, |y| {
        let mut best: Option<(T, usize)> = None;
        for_each_index(&kernel, |tap| {
            let element = |axis: usize| {
                let padded = y[2 + axis] * stride[axis] + tap[axis] * dilation[axis];
                padded.checked_sub(padding[axis]).filter(|&element| element < shape[2 + axis])
            };
            if let (Some(row), Some(column)) = (element(0), element(1)) {
                let value = x.at(&[y[0], y[1], row, column]);
                if best.is_none_or(|(best, _)| value > best || value.is_nan()) {
                    best = Some((value, row * shape[3] + column));
                }
            }
        });
        let (value, position) = best.expect("an element");
        values.push(value);
        positions.push(position);
    });
    let built = "one element per index";
    (Tensor::from_slice(output, &values).expect(built), Tensor::from_slice(output, &positions).expect(built))
}

/// The weight of every element of a plane in the mean over every window: 1 over the count of the window, or 0.
pub fn avg_pool2d_weights(extents: [usize; 2], settings: AvgPool2d) -> Tensor<f64> {
    let AvgPool2d { kernel, stride, padding, ceil_mode, count_include_pad } = settings;
    let windows = [0, 1].map(|i| pooled(extents[i], kernel[i], stride[i], padding[i], 1, ceil_mode));
    tabulate(&[windows[0], windows[1], extents[0], extents[1]], |index| {
        let mut weight = 1.0;
        for axis in 0..2 {
            let start = index[axis] * stride[axis];
            let end = (start + kernel[axis]).min(extents[axis] + 2 * padding[axis]);
            let inside = (start..end).filter(|p| (padding[axis]..padding[axis] + extents[axis]).contains(p));
            let count = if count_include_pad { end - start } else { inside.clone().count() };
            let hit = inside.into_iter().any(|position| position - padding[axis] == index[2 + axis]);
            weight *= if hit { 1.0 / count as f64 } else { 0.0 };
        }
        weight
    })
}

/// The weight of every element of a plane in the mean over every adaptive bin.
pub fn adaptive_avg_pool2d_weights(extents: [usize; 2], output: [usize; 2]) -> Tensor<f64> {
    tabulate(&[output[0], output[1], extents[0], extents[1]], |index| {
        let mut weight = 1.0;
        for axis in 0..2 {
            let (bin, bins, extent) = (index[axis], output[axis], extents[axis]);
            let (start, end) = (bin * extent / bins, ((bin + 1) * extent).div_ceil(bins));
            let hit = (start..end).contains(&index[2 + axis]);
            weight *= if hit { 1.0 / (end - start) as f64 } else { 0.0 };
        }
        weight
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twins_agree_with_results_by_hand() {
        let a = Tensor::<f64>::from_rows([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        let row = Tensor::vector(&[1.0, 10.0, 100.0]);
        assert_eq!(map(&a, |x| -x).to_vec(), [-1.0, -2.0, -3.0, -4.0, -5.0, -6.0]);
        assert_eq!(zip(&a, &row, |a, b| a * b).to_vec(), [1.0, 20.0, 300.0, 4.0, 50.0, 600.0]);
        assert_eq!(sum_axes(&a, &[0]).to_vec(), [5.0, 7.0, 9.0]);
        assert_eq!(sum_axes(&a, &[0, 1]).item(), 21.0);
        assert_eq!(max_axes(&a, &[1]).to_vec(), [3.0, 6.0]);
        assert_eq!(min_axes(&a, &[0]).to_vec(), [1.0, 2.0, 3.0]);
        assert_eq!(matmul(&a, &row).to_vec(), [321.0, 654.0]);
        assert_eq!(matmul(&row, &row).item(), 10101.0);
        assert_eq!(matmul(&a, &a.t()), Tensor::from_rows([[14.0, 32.0], [32.0, 77.0]]));
        assert_eq!(einsum("ij,j->i", &[&a, &row]).to_vec(), [321.0, 654.0]);
        assert_eq!(einsum("ij,kj->ik", &[&a, &a]), matmul(&a, &a.t()));
        assert_eq!(einsum("ii->", &[&a.narrow(1, 1, 2)]).item(), 8.0);
        let both = Tensor::from_slice([2, 1, 3], &a.to_vec()).expect("six elements");
        assert_eq!(
            matmul(&both, &a.t()),
            Tensor::from_slice([2, 1, 2], &[14.0, 32.0, 32.0, 77.0]).expect("four")
        );
        assert_eq!(matmul(&row, &both.permute(&[0, 2, 1])).to_vec(), [321.0, 654.0]);
    }

    #[test]
    fn empty_axes_have_no_indices_and_scalars_one() {
        assert_eq!(indices(&[2, 0]).len(), 0);
        assert_eq!(indices(&[]), [Vec::<usize>::new()]);
        assert_eq!(sum_axes(&Tensor::<f32>::zeros([0, 2]), &[0]).to_vec(), [0.0, 0.0]);
        assert_eq!(&*broadcast(&[0, 1], &[3]), [0, 3]);
    }
}
