//! Seeded operands: shapes, and tensors whose elements lie in memory in every way that views can make them.

use std::ops::{Range, RangeInclusive};

use gradus_tensor::{Element, MAX_RANK, Real, Rng, Shape, Tensor, s};

fn within(rng: &mut Rng, range: &RangeInclusive<usize>) -> usize {
    range.start() + rng.index(range.end() - range.start() + 1)
}

/// A shape with a rank and extents from the given ranges.
///
/// # Panics
/// When a range is empty or ranks exceed [`MAX_RANK`].
pub fn shape(rng: &mut Rng, ranks: RangeInclusive<usize>, extents: RangeInclusive<usize>) -> Shape {
    let rank = within(rng, &ranks);
    (0..rank).map(|_| within(rng, &extents)).collect()
}

/// A shape that broadcasts to `shape`: some leading axes left out, some others of extent 1.
pub fn broadcastable(rng: &mut Rng, shape: &[usize]) -> Shape {
    let missing = rng.index(shape.len() + 1).saturating_sub(shape.len() / 2);
    shape[missing..].iter().map(|&extent| if rng.index(3) == 0 { 1 } else { extent }).collect()
}

/// How the elements of a generated tensor lie in its buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Row-major from the start of the buffer.
    Contiguous,
    /// Row-major behind an offset: part of a larger first axis.
    Offset,
    /// Axes stored in reverse order.
    Transposed,
    /// With gaps after each row: part of a larger last axis.
    Narrowed,
    /// Neighbours two elements apart.
    Gapped,
    /// One element repeated along the last axis.
    BroadcastInner,
    /// One row repeated along the first axis.
    BroadcastOuter,
    /// Every axis backwards.
    Flipped,
    /// Every second element of the last axis, backwards; of the first axis every third one.
    Stepped,
    /// Per axis at random: permuted, narrowed, repeated, gapped, backwards.
    Mixed,
}

/// All of them.
pub const LIES: [Lie; 10] = [
    Lie::Contiguous,
    Lie::Offset,
    Lie::Transposed,
    Lie::Narrowed,
    Lie::Gapped,
    Lie::BroadcastInner,
    Lie::BroadcastOuter,
    Lie::Flipped,
    Lie::Stepped,
    Lie::Mixed,
];

/// How one axis of a view is cut out of its base.
#[derive(Clone, Copy)]
struct Cut {
    before: usize,
    after: usize,
    repeated: bool,
    step: isize,
}

const WHOLE: Cut = Cut { before: 0, after: 0, repeated: false, step: 1 };

/// Uniform values from `domain` of the given shape, lying in memory as asked (as far as the rank allows).
///
/// # Panics
/// When the domain is empty.
pub fn tensor<T: Real>(rng: &mut Rng, shape: &[usize], domain: Range<f64>, lie: Lie) -> Tensor<T> {
    elements(rng, shape, lie, |rng, base| rng.uniform(base, domain.start, domain.end))
}

/// Indices below `bound` (0 if that is 0) of the given shape, lying in memory as asked (as far as the rank allows).
pub fn indices(rng: &mut Rng, shape: &[usize], bound: usize, lie: Lie) -> Tensor<usize> {
    elements(rng, shape, lie, |rng, base| Tensor::from_fn(base, |_| rng.index(bound.max(1))))
}

/// Elements of the given shape, lying in memory as asked (as far as the rank allows) in a base that `make` makes.
pub fn elements<T: Element>(
    rng: &mut Rng,
    shape: &[usize],
    lie: Lie,
    make: impl FnOnce(&mut Rng, &[usize]) -> Tensor<T>,
) -> Tensor<T> {
    let rank = shape.len();
    let mut cuts = [WHOLE; MAX_RANK];
    let mut order: Vec<usize> = (0..rank).collect();
    let mut gapped = false;
    if let (Some(last), false) = (rank.checked_sub(1), lie == Lie::Contiguous) {
        match lie {
            Lie::Contiguous => {}
            Lie::Offset => cuts[0] = Cut { before: 2, after: 1, ..WHOLE },
            Lie::Transposed => order.reverse(),
            Lie::Narrowed => cuts[last] = Cut { before: 1, after: 2, ..WHOLE },
            Lie::Gapped => gapped = true,
            Lie::BroadcastInner => cuts[last].repeated = true,
            Lie::BroadcastOuter => cuts[0].repeated = true,
            Lie::Flipped => cuts.iter_mut().for_each(|cut| cut.step = -1),
            Lie::Stepped => (cuts[0].step, cuts[last].step) = (3, -2),
            Lie::Mixed => {
                const STEPS: [isize; 6] = [1, 1, 1, -1, 2, -2];
                order = rng.permutation(rank);
                gapped = rng.index(3) == 0;
                for cut in &mut cuts[..rank] {
                    *cut = Cut {
                        before: rng.index(3),
                        after: rng.index(2),
                        repeated: rng.index(5) == 0,
                        step: STEPS[rng.index(STEPS.len())],
                    };
                }
            }
        }
    }
    cut_out(rng, shape, make, &order, &cuts, gapped && rank < MAX_RANK)
}

/// Axis `order[i]` of the view is axis `i` of the base.
fn cut_out<T: Element>(
    rng: &mut Rng,
    shape: &[usize],
    make: impl FnOnce(&mut Rng, &[usize]) -> Tensor<T>,
    order: &[usize],
    cuts: &[Cut; MAX_RANK],
    gapped: bool,
) -> Tensor<T> {
    let span = |axis: usize| match shape[axis] {
        0 => 0,
        _ if cuts[axis].repeated => 1,
        extent => (extent - 1) * cuts[axis].step.unsigned_abs() + 1,
    };
    let mut base: Vec<usize> =
        order.iter().map(|&axis| cuts[axis].before + span(axis) + cuts[axis].after).collect();
    if gapped {
        base.push(2);
    }
    let mut view = make(rng, &base);
    if gapped {
        let to_front: Vec<usize> = std::iter::once(order.len()).chain(0..order.len()).collect();
        view = view.permute(&to_front).row(rng.index(2));
    }
    let mut position = vec![0; order.len()];
    for (i, &axis) in order.iter().enumerate() {
        let mut steps = [s![..][0]; MAX_RANK];
        steps[i] = steps[i].step(cuts[axis].step);
        view = view.narrow(i, cuts[axis].before, span(axis)).slice(&steps[..=i]);
        position[axis] = i;
    }
    view.permute(&position).broadcast_to(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_have_the_shape_the_domain_and_the_lie() {
        let mut rng = Rng::new(1);
        for lie in LIES {
            for shape in [&[][..], &[5], &[0], &[4, 3], &[2, 0, 3], &[2, 3, 4, 5]] {
                let x: Tensor<f32> = tensor(&mut rng, shape, -1.0..2.0, lie);
                assert_eq!(&*x.shape(), shape, "{lie:?}");
                assert!(x.to_vec().iter().all(|x| (-1.0..2.0).contains(x)), "{lie:?}");
            }
            let x: Tensor<f64> = tensor(&mut rng, &[4, 3], 0.0..1.0, lie);
            let expected: Option<&[isize]> = match lie {
                Lie::Contiguous | Lie::Offset => Some(&[3, 1]),
                Lie::Transposed => Some(&[1, 4]),
                Lie::Narrowed => Some(&[6, 1]),
                Lie::Gapped => Some(&[6, 2]),
                Lie::BroadcastInner => Some(&[1, 0]),
                Lie::BroadcastOuter => Some(&[0, 1]),
                Lie::Flipped => Some(&[-3, -1]),
                Lie::Stepped => Some(&[15, -2]),
                Lie::Mixed => None,
            };
            assert!(expected.is_none_or(|strides| x.strides() == strides), "{lie:?}: {:?}", x.strides());
        }
    }

    #[test]
    fn shapes_stay_in_their_ranges_and_broadcast() {
        let mut rng = Rng::new(2);
        for _ in 0..200 {
            let wide = shape(&mut rng, 0..=4, 0..=5);
            assert!(wide.iter().len() <= 4 && wide.iter().all(|&extent| extent <= 5));
            let narrow = broadcastable(&mut rng, &wide);
            assert_eq!(narrow.broadcast(&wide), Some(wide), "{narrow} to {wide}");
        }
    }
}
