//! Chains of random views against a model that keeps, for each index, the position of its element in the base.

use gradus_tensor::SliceItem::NewAxis;
use gradus_tensor::{Rng, SliceItem, Tensor, ViewMut};
use gradus_testkit::generate;
use gradus_testkit::naive::indices;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// What a view must show: the positions of its elements in the base, in row-major order.
#[derive(Clone, Debug)]
struct Model {
    shape: Vec<usize>,
    positions: Vec<usize>,
}

impl Model {
    fn base(shape: &[usize]) -> Self {
        Self { shape: shape.to_vec(), positions: (0..shape.iter().product()).collect() }
    }

    fn at(&self, index: &[usize]) -> usize {
        self.positions[index.iter().zip(&self.shape).fold(0, |place, (i, extent)| place * extent + i)]
    }

    /// The view of another shape whose element at each index is that of `self` at `from(index)`.
    fn view(&self, shape: Vec<usize>, from: impl Fn(&[usize]) -> Vec<usize>) -> Self {
        let positions = indices(&shape).iter().map(|index| self.at(&from(index))).collect();
        Self { shape, positions }
    }

    /// Whether an offset and a stride per axis say the same.
    fn is_strided(&self) -> bool {
        let Some(&first) = self.positions.first() else { return true };
        let steps: Vec<isize> = (0..self.shape.len())
            .map(|axis| {
                let mut index = vec![0; self.shape.len()];
                index[axis] = 1.min(self.shape[axis] - 1);
                self.at(&index) as isize - first as isize
            })
            .collect();
        indices(&self.shape).iter().all(|index| {
            let shift: isize = index.iter().zip(&steps).map(|(&i, step)| i as isize * step).sum();
            self.at(index) as isize == first as isize + shift
        })
    }
}

/// One way to make a view.
#[derive(Clone, Debug)]
enum Step {
    Permute(Vec<usize>),
    Transpose(usize, usize),
    Narrow(usize, usize, usize),
    Select(usize, usize),
    Slice(Vec<SliceItem>),
    Unsqueeze(usize),
    Squeeze,
    SqueezeAxis(usize),
    Flip(Vec<usize>),
    Diagonal(isize, usize, usize),
    Windows(usize, usize, usize),
    Reshape(Vec<usize>),
    BroadcastTo(Vec<usize>),
}

fn without(index: &[usize], axis: usize) -> Vec<usize> {
    [&index[..axis], &index[axis + 1..]].concat()
}

fn with(index: &[usize], axis: usize, position: usize) -> Vec<usize> {
    [&index[..axis], &[position], &index[axis..]].concat()
}

/// The positions that a range with a step keeps, in order.
pub(crate) fn kept(start: isize, end: Option<isize>, step: isize, extent: usize) -> Vec<usize> {
    let count = |at: isize| if at < 0 { at + extent as isize } else { at };
    let mut positions: Vec<usize> = (0..extent)
        .filter(|&i| count(start) <= i as isize && end.is_none_or(|end| (i as isize) < count(end)))
        .collect();
    if step < 0 {
        positions.reverse();
    }
    positions.into_iter().step_by(step.unsigned_abs()).collect()
}

impl Step {
    /// A step that a tensor of this shape can take.
    fn random(rng: &mut Rng, shape: &[usize]) -> Self {
        let rank = shape.len();
        let len: usize = shape.iter().product();
        loop {
            let kind = rng.index(13);
            if rank == 0 && !matches!(kind, 4 | 5 | 6 | 11 | 12) {
                continue;
            }
            let axis = rng.index(rank.max(1));
            let other = rng.index(rank.max(1));
            return match kind {
                0 => Self::Permute(rng.permutation(rank)),
                1 => Self::Transpose(axis, other),
                2 => {
                    let start = rng.index(shape[axis] + 1);
                    Self::Narrow(axis, start, rng.index(shape[axis] - start + 1))
                }
                3 if shape[axis] > 0 => Self::Select(axis, rng.index(shape[axis])),
                4 => Self::Slice(random_items(rng, shape)),
                5 if rank < 6 => Self::Unsqueeze(rng.index(rank + 1)),
                6 => Self::Squeeze,
                7 if shape[axis] == 1 => Self::SqueezeAxis(axis),
                8 => {
                    let mut axes = rng.permutation(rank);
                    axes.truncate(rng.index(rank + 1));
                    Self::Flip(axes)
                }
                9 if axis != other => Self::Diagonal(rng.index(7) as isize - 3, axis, other),
                10 if rank < 6 && shape[axis] > 0 && len < 200 => {
                    Self::Windows(axis, 1 + rng.index(shape[axis]), 1 + rng.index(3))
                }
                11 => Self::Reshape(random_shape(rng, len)),
                12 if rank < 6 && len < 100 => {
                    let mut wide: Vec<usize> =
                        shape.iter().map(|&n| if n == 1 { rng.index(4) } else { n }).collect();
                    if rng.index(2) == 0 {
                        wide.insert(0, 1 + rng.index(2));
                    }
                    Self::BroadcastTo(wide)
                }
                _ => continue,
            };
        }
    }

    fn of(&self, x: &Tensor<usize>) -> Tensor<usize> {
        match self {
            Self::Permute(axes) => x.permute(axes),
            &Self::Transpose(a, b) => x.transpose(a, b),
            &Self::Narrow(axis, start, len) => x.narrow(axis, start, len),
            &Self::Select(0, index) => x.row(index),
            &Self::Select(axis, index) => x.select(axis, index),
            Self::Slice(items) => x.slice(items),
            &Self::Unsqueeze(axis) => x.unsqueeze(axis),
            Self::Squeeze => x.squeeze(),
            &Self::SqueezeAxis(axis) => x.squeeze_axis(axis),
            Self::Flip(axes) => x.flip(axes),
            &Self::Diagonal(offset, a, b) => x.diagonal(offset, a, b),
            &Self::Windows(axis, size, step) => x.windows(axis, size, step),
            Self::Reshape(shape) => x.reshape(shape.as_slice()),
            Self::BroadcastTo(shape) => x.broadcast_to(shape.as_slice()),
        }
    }

    /// The same step of a view to write through, if there is one.
    fn of_mut<'a>(&self, x: ViewMut<'a, usize>) -> Result<ViewMut<'a, usize>, ViewMut<'a, usize>> {
        Ok(match self {
            Self::Permute(axes) => x.permute(axes),
            &Self::Transpose(a, b) => x.transpose(a, b),
            &Self::Narrow(axis, start, len) => x.narrow(axis, start, len),
            &Self::Select(0, index) => x.row(index),
            &Self::Select(axis, index) => x.select(axis, index),
            Self::Slice(items) => x.slice(items),
            &Self::Unsqueeze(axis) => x.unsqueeze(axis),
            Self::Squeeze => x.squeeze(),
            &Self::SqueezeAxis(axis) => x.squeeze_axis(axis),
            Self::Flip(axes) => x.flip(axes),
            &Self::Diagonal(offset, a, b) => x.diagonal(offset, a, b),
            Self::Windows(..) | Self::Reshape(_) | Self::BroadcastTo(_) => return Err(x),
        })
    }

    fn of_model(&self, x: &Model) -> Model {
        let shape = &x.shape;
        match self {
            Self::Permute(axes) => x.view(axes.iter().map(|&axis| shape[axis]).collect(), |index| {
                (0..shape.len())
                    .map(|axis| index[axes.iter().position(|&from| from == axis).expect("a permutation")])
                    .collect()
            }),
            &Self::Transpose(a, b) => {
                let swapped = |list: &[usize]| {
                    let mut list = list.to_vec();
                    list.swap(a, b);
                    list
                };
                x.view(swapped(shape), swapped)
            }
            &Self::Narrow(axis, start, len) => {
                let mut narrowed = shape.clone();
                narrowed[axis] = len;
                x.view(narrowed, |index| with(&without(index, axis), axis, start + index[axis]))
            }
            &Self::Select(axis, index) => x.view(without(shape, axis), |rest| with(rest, axis, index)),
            Self::Slice(items) => {
                // What each axis keeps, and whether the axis stays; `None` for a new axis.
                let mut axes: Vec<Option<(Vec<usize>, bool)>> = Vec::new();
                let mut extents = shape.iter();
                for item in items {
                    axes.push(match *item {
                        SliceItem::NewAxis => None,
                        SliceItem::Index(i) => {
                            let extent = *extents.next().expect("an extent per item");
                            Some((
                                vec![if i < 0 { (i + extent as isize) as usize } else { i as usize }],
                                false,
                            ))
                        }
                        SliceItem::Range { start, end, step } => {
                            Some((kept(start, end, step, *extents.next().expect("an extent per item")), true))
                        }
                    });
                }
                axes.extend(extents.map(|&extent| Some(((0..extent).collect(), true))));
                let stays =
                    |axis: &&Option<(Vec<usize>, bool)>| axis.as_ref().is_none_or(|(_, stays)| *stays);
                let sliced = axes
                    .iter()
                    .filter(stays)
                    .map(|axis| axis.as_ref().map_or(1, |(kept, _)| kept.len()))
                    .collect();
                x.view(sliced, |index| {
                    let mut index = index.iter();
                    let mut from = Vec::new();
                    for axis in &axes {
                        match axis {
                            None => _ = index.next(),
                            Some((kept, true)) => {
                                from.push(kept[*index.next().expect("a position per axis")])
                            }
                            Some((kept, false)) => from.push(kept[0]),
                        }
                    }
                    from
                })
            }
            &Self::Unsqueeze(axis) => x.view(with(shape, axis, 1), |index| without(index, axis)),
            Self::Squeeze => Model {
                shape: shape.iter().copied().filter(|&extent| extent != 1).collect(),
                positions: x.positions.clone(),
            },
            &Self::SqueezeAxis(axis) => x.view(without(shape, axis), |index| with(index, axis, 0)),
            Self::Flip(axes) => x.view(shape.clone(), |index| {
                let flipped = |(axis, &i)| if axes.contains(&axis) { shape[axis] - 1 - i } else { i };
                index.iter().enumerate().map(flipped).collect()
            }),
            &Self::Diagonal(offset, a, b) => {
                let pairs: Vec<(usize, usize)> = (0..shape[a])
                    .flat_map(|i| (0..shape[b]).map(move |j| (i, j)))
                    .filter(|&(i, j)| j as isize - i as isize == offset)
                    .collect();
                let mut rest: Vec<usize> =
                    (0..shape.len()).filter(|&axis| axis != a && axis != b).map(|axis| shape[axis]).collect();
                rest.push(pairs.len());
                x.view(rest, |index| {
                    let (&along, others) = index.split_last().expect("an axis");
                    let mut from = others.to_vec();
                    // The smaller axis first, so that the larger one finds its place.
                    let (i, j) = pairs[along];
                    for (axis, position) in if a < b { [(a, i), (b, j)] } else { [(b, j), (a, i)] } {
                        from.insert(axis, position);
                    }
                    from
                })
            }
            &Self::Windows(axis, size, step) => {
                let starts =
                    (0..shape[axis]).step_by(step).filter(|start| start + size <= shape[axis]).count();
                let mut windows = shape.clone();
                windows[axis] = starts;
                windows.push(size);
                x.view(windows, |index| {
                    let (&inside, outer) = index.split_last().expect("an axis");
                    let mut from = outer.to_vec();
                    from[axis] = from[axis] * step + inside;
                    from
                })
            }
            Self::Reshape(shape) => Model { shape: shape.clone(), positions: x.positions.clone() },
            Self::BroadcastTo(wide) => x.view(wide.clone(), |index| {
                let own = &index[wide.len() - shape.len()..];
                own.iter().zip(shape).map(|(&i, &extent)| if extent == 1 { 0 } else { i }).collect()
            }),
        }
    }
}

fn random_items(rng: &mut Rng, shape: &[usize]) -> Vec<SliceItem> {
    let mut items = Vec::new();
    for &extent in &shape[..rng.index(shape.len() + 1)] {
        // Two more at most: steps leave up to six axes.
        if items.len() < 2 && shape.len() <= 6 && rng.index(6) == 0 {
            items.push(NewAxis);
        }
        let signed = |rng: &mut Rng, at: usize| {
            // The position behind the last one has no negative name.
            if at < extent && rng.index(2) == 0 { at as isize - extent as isize } else { at as isize }
        };
        if extent > 0 && rng.index(4) == 0 {
            let index = rng.index(extent);
            items.push(SliceItem::Index(signed(rng, index)));
            continue;
        }
        let start = rng.index(extent + 1);
        let end = start + rng.index(extent - start + 1);
        let end = (end < extent || rng.index(2) == 0).then(|| signed(rng, end));
        const STEPS: [isize; 8] = [1, 2, 3, 7, -1, -2, -3, isize::MIN];
        let step = STEPS[rng.index(STEPS.len())];
        items.push(SliceItem::Range { start: signed(rng, start), end, step });
    }
    items
}

/// A shape of so many elements.
fn random_shape(rng: &mut Rng, len: usize) -> Vec<usize> {
    let mut shape = Vec::new();
    let mut rest = len;
    while rest > 1 && shape.len() < 4 {
        let divisors: Vec<usize> = (1..=rest).filter(|&n| rest.is_multiple_of(n)).collect();
        let extent = divisors[rng.index(divisors.len())];
        shape.push(extent);
        rest /= extent;
    }
    if rest != 1 || shape.is_empty() {
        shape.push(rest);
    }
    shape
}

#[track_caller]
fn check_same(x: &Tensor<usize>, model: &Model, steps: &[Step]) {
    assert_eq!(&*x.shape(), model.shape, "{steps:?}");
    assert_eq!(x.to_vec(), model.positions, "{steps:?}");
    for index in indices(&model.shape) {
        assert_eq!(x.at(&index), model.at(&index), "{steps:?} at {index:?}");
    }
    assert_eq!(x.is_contiguous(), x.as_slice().is_some());
    assert_eq!(x.contiguous().as_slice(), Some(&model.positions[..]), "{steps:?}");
}

fn random_base(rng: &mut Rng) -> (Tensor<usize>, Model) {
    let least = usize::from(rng.index(8) > 0);
    let shape: Vec<usize> = generate::shape(rng, 0..=4, least..=5).to_vec();
    (Tensor::from_fn(shape.as_slice(), |i| i), Model::base(&shape))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10_000, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn chains_of_views_show_what_the_model_shows(seed: u64) {
        let mut rng = Rng::new(seed);
        let (mut x, mut model) = random_base(&mut rng);
        let mut steps = Vec::new();
        for _ in 0..1 + rng.index(7) {
            let step = Step::random(&mut rng, &model.shape);
            steps.push(step.clone());
            let view = step.of(&x);
            model = step.of_model(&model);
            check_same(&view, &model, &steps);
            let must_copy = matches!(step, Step::Reshape(_)) && !model.is_strided();
            assert_eq!(view.shares_memory(&x), !must_copy, "{steps:?}");
            if must_copy {
                // From here on the elements no longer stand where the model says.
                break;
            }
            let row_major = model.positions.windows(2).all(|pair| pair[1] == pair[0] + 1);
            assert_eq!(view.is_contiguous(), row_major, "{steps:?}: strides {:?}", view.strides());
            x = view;
        }
    }

    #[test]
    fn writes_through_views_change_what_the_model_says_and_nothing_else(seed: u64) {
        const NEW: usize = 1_000_000;
        let mut rng = Rng::new(seed);
        let (mut x, mut model) = random_base(&mut rng);
        let before = x.to_vec();
        let buffer = x.as_slice().unwrap().as_ptr();
        let mut view = x.view_mut();
        let mut steps = Vec::new();
        for _ in 0..rng.index(6) {
            let step = Step::random(&mut rng, &model.shape);
            match step.of_mut(view) {
                Ok(next) => {
                    view = next;
                    model = step.of_model(&model);
                    steps.push(step);
                }
                Err(same) => view = same,
            }
        }
        assert_eq!(&*view.shape(), model.shape, "{steps:?}");
        let written = Tensor::from_fn(model.shape.as_slice(), |i| NEW + i);
        view.assign(&written);
        let mut expected = before;
        model.positions.iter().enumerate().for_each(|(i, &position)| expected[position] = NEW + i);
        assert_eq!(x.to_vec(), expected, "{steps:?}");
        assert_eq!(x.as_slice().unwrap().as_ptr(), buffer, "in place");
    }

    #[test]
    fn tensors_that_share_or_repeat_elements_are_copied_before_they_are_written(seed: u64) {
        let mut rng = Rng::new(seed);
        let (base, mut model) = random_base(&mut rng);
        let mut x = base.clone();
        for _ in 0..rng.index(5) {
            let step = Step::random(&mut rng, &model.shape);
            x = step.of(&x);
            model = step.of_model(&model);
        }
        let before = x.to_vec();
        let other = x.clone();
        let new = Tensor::from_fn(x.shape(), |i| 7 * i);
        x.view_mut().assign(&new);
        assert_eq!(x.to_vec(), (0..x.len()).map(|i| 7 * i).collect::<Vec<_>>(), "each index is its own element");
        assert_eq!(other.to_vec(), before);
        assert_eq!(base.to_vec(), (0..base.len()).collect::<Vec<_>>());
    }
}
