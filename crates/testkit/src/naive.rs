//! Twins of the tensor kernels as plain loops over indices: slow, short enough to be checked by eye, and
//! without a line in common with what they check.

use gradus_tensor::{MAX_RANK, Real, Shape, Tensor};

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
pub fn tabulate<T: Real>(shape: &[usize], element: impl Fn(&[usize]) -> T) -> Tensor<T> {
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
pub fn at_broadcast<T: Real>(x: &Tensor<T>, index: &[usize]) -> T {
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

/// The elements along `axes` for every index of the other axes, folded from left to right.
fn fold_axes<T: Real>(x: &Tensor<T>, axes: &[usize], fold: impl Fn(&[T]) -> T) -> Tensor<T> {
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

/// The matrix product in every combination of vectors and matrices, inner products from left to right.
///
/// # Panics
/// When the shapes do not fit.
pub fn matmul<T: Real>(a: &Tensor<T>, b: &Tensor<T>) -> Tensor<T> {
    let inner = a.shape()[a.rank() - 1];
    assert!(inner == b.shape()[0], "matmul: {} and {}", a.shape(), b.shape());
    let rows = &a.shape()[..a.rank() - 1];
    let columns = &b.shape()[1..];
    tabulate(&[rows, columns].concat(), |index| {
        let (i, j) = index.split_at(rows.len());
        let (mut left, mut right) = ([i, &[0]].concat(), [&[0], j].concat());
        let mut sum = T::zero();
        for k in 0..inner {
            (left[rows.len()], right[0]) = (k, k);
            sum += a.at(&left) * b.at(&right);
        }
        sum
    })
}

/// The rows `picked` of the first axis.
pub fn index_select<T: Real>(x: &Tensor<T>, picked: &[usize]) -> Tensor<T> {
    let shape = [&[picked.len()], &x.shape()[1..]].concat();
    tabulate(&shape, |index| x.at(&[&[picked[index[0]]], &index[1..]].concat()))
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
        assert_eq!(index_select(&a, &[1, 1]), Tensor::from_rows([[4.0, 5.0, 6.0], [4.0, 5.0, 6.0]]));
    }

    #[test]
    fn empty_axes_have_no_indices_and_scalars_one() {
        assert_eq!(indices(&[2, 0]).len(), 0);
        assert_eq!(indices(&[]), [Vec::<usize>::new()]);
        assert_eq!(sum_axes(&Tensor::<f32>::zeros([0, 2]), &[0]).to_vec(), [0.0, 0.0]);
        assert_eq!(&*broadcast(&[0, 1], &[3]), [0, 3]);
    }
}
