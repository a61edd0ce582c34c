//! Shapes and settings of convolutions.

use gradus_tensor::{Conv2d, Rng};

/// A convolution: the shapes of input and weight, and the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    pub(crate) x: [usize; 4],
    pub(crate) w: [usize; 4],
    pub(crate) settings: Conv2d,
}

const PLAIN: Conv2d = Conv2d { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 };

const fn case(x: [usize; 4], w: [usize; 4], settings: Conv2d) -> Case {
    Case { x, w, settings }
}

const fn plain(x: [usize; 4], w: [usize; 4]) -> Case {
    case(x, w, PLAIN)
}

/// Corners: nothing to do, single elements, every remainder of the blocks of channels, taps and positions, windows that
/// skip elements or lie in padding.
pub(crate) const CASES: [Case; 35] = [
    plain([0, 2, 5, 5], [3, 2, 3, 3]),
    plain([2, 0, 5, 5], [3, 0, 3, 3]),
    plain([2, 3, 5, 5], [0, 3, 3, 3]),
    plain([1, 1, 1, 1], [1, 1, 1, 1]),
    plain([2, 3, 4, 5], [2, 3, 4, 5]),
    plain([3, 1, 28, 28], [8, 1, 3, 3]),
    plain([3, 8, 13, 13], [16, 8, 3, 3]),
    plain([2, 3, 6, 40], [5, 3, 1, 3]),
    plain([2, 3, 40, 6], [17, 3, 5, 2]),
    plain([1, 2, 9, 70], [1, 2, 3, 3]),
    plain([2, 5, 7, 3], [9, 5, 7, 1]),
    plain([2, 6, 5, 4], [7, 6, 1, 1]),
    plain([1, 33, 3, 3], [12, 33, 2, 2]),
    case([2, 6, 5, 4], [4, 6, 1, 1], Conv2d { stride: [2, 3], ..PLAIN }),
    case([2, 2, 1, 1], [3, 2, 3, 3], Conv2d { padding: [[1, 1], [1, 1]], ..PLAIN }),
    case([2, 3, 9, 9], [4, 3, 3, 3], Conv2d { padding: [[1, 1], [1, 1]], ..PLAIN }),
    case([2, 3, 8, 9], [4, 3, 3, 3], Conv2d { padding: [[0, 2], [3, 1]], ..PLAIN }),
    case([2, 3, 8, 9], [4, 3, 2, 2], Conv2d { padding: [[5, 0], [0, 4]], ..PLAIN }),
    case([2, 3, 9, 10], [4, 3, 3, 3], Conv2d { stride: [2, 2], padding: [[1, 1], [1, 1]], ..PLAIN }),
    case([2, 3, 11, 12], [4, 3, 2, 2], Conv2d { stride: [3, 4], ..PLAIN }),
    case([2, 3, 11, 12], [4, 3, 1, 2], Conv2d { stride: [5, 1], padding: [[2, 7], [0, 0]], ..PLAIN }),
    case([1, 2, 12, 13], [3, 2, 3, 3], Conv2d { dilation: [2, 3], ..PLAIN }),
    case([1, 2, 12, 13], [3, 2, 3, 3], Conv2d { stride: [2, 3], dilation: [3, 2], ..PLAIN }),
    case([1, 2, 14, 14], [3, 2, 4, 3], Conv2d { stride: [4, 4], dilation: [2, 6], ..PLAIN }),
    case(
        [2, 2, 12, 9],
        [3, 2, 3, 2],
        Conv2d { stride: [2, 3], padding: [[3, 0], [1, 2]], dilation: [3, 4], ..PLAIN },
    ),
    case([2, 4, 7, 6], [6, 2, 3, 3], Conv2d { groups: 2, ..PLAIN }),
    case([2, 6, 7, 6], [3, 2, 3, 3], Conv2d { groups: 3, stride: [2, 1], ..PLAIN }),
    case([2, 4, 9, 70], [4, 1, 3, 3], Conv2d { groups: 4, padding: [[1, 1], [1, 1]], ..PLAIN }),
    case([2, 3, 9, 8], [6, 1, 5, 5], Conv2d { groups: 3, padding: [[2, 2], [2, 2]], ..PLAIN }),
    case([2, 4, 6, 6], [8, 2, 1, 1], Conv2d { groups: 2, ..PLAIN }),
    // Enough products for two threads, and more pieces of images than threads.
    plain([19, 3, 20, 21], [8, 3, 3, 3]),
    case([5, 3, 41, 40], [16, 3, 3, 3], Conv2d { stride: [2, 2], padding: [[1, 1], [1, 1]], ..PLAIN }),
    plain([3, 4, 60, 31], [24, 4, 1, 1]),
    // One image, shared by channels.
    plain([1, 7, 21, 23], [41, 7, 3, 3]),
    case([1, 6, 44, 40], [34, 3, 3, 3], Conv2d { stride: [1, 2], groups: 2, ..PLAIN }),
];

/// A convolution with extents, strides, padding, dilation and groups at random.
pub(crate) fn random(rng: &mut Rng) -> Case {
    let mut pick = |low: usize, high: usize| low + rng.index(high - low + 1);
    let groups = pick(1, 3);
    let kernel = [pick(1, 4), pick(1, 4)];
    let settings = Conv2d {
        stride: [pick(1, 4), pick(1, 4)],
        padding: [[pick(0, 3), pick(0, 3)], [pick(0, 3), pick(0, 3)]],
        dilation: [pick(1, 4), pick(1, 4)],
        groups,
    };
    let (inputs, outputs) = (pick(1, 3), pick(1, 10));
    let extents = [0, 1].map(|axis| {
        let reach = settings.dilation[axis] * (kernel[axis] - 1) + 1;
        reach.saturating_sub(settings.padding[axis].iter().sum()).max(1) + pick(0, 9)
    });
    Case {
        x: [pick(1, 3), groups * inputs, extents[0], extents[1]],
        w: [groups * outputs, inputs, kernel[0], kernel[1]],
        settings,
    }
}
