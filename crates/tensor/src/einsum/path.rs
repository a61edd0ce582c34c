//! The order of pairwise products: optimal for few operands, greedy while there are many.

use crate::shape::MAX_RANK;

/// A set of letters, one bit each: 52 letters and the axes of an ellipsis.
pub(super) type Set = u64;

/// Operands up to which all orders are compared: 3ⁿ pairs of subsets, some 0.1 ms for eight.
const EXHAUSTIVE: usize = 8;

/// The product of the extents of a set.
pub(super) fn size(set: Set, extents: &[usize]) -> u128 {
    let members = extents.iter().enumerate().filter(|&(letter, _)| set >> letter & 1 == 1);
    members.fold(1, |product, (_, &extent)| product.saturating_mul(extent as u128))
}

/// Multiply–adds, and the elements of intermediate results where those are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Cost {
    multiply_adds: u128,
    elements: u128,
}

impl Cost {
    fn plus(self, other: Self) -> Self {
        Self {
            multiply_adds: self.multiply_adds.saturating_add(other.multiply_adds),
            elements: self.elements.saturating_add(other.elements),
        }
    }
}

fn fits(set: Set) -> bool {
    set.count_ones() as usize <= MAX_RANK
}

/// The pairs to multiply, in order. Operands are numbered from 0, and each product gets the next number. `None` if a
/// result would have too many axes.
pub(super) fn order(operands: &[Set], output: Set, extents: &[usize]) -> Option<Vec<[usize; 2]>> {
    let mut rest: Vec<(usize, Set)> = operands.iter().copied().enumerate().collect();
    let mut pairs = Vec::new();
    while rest.len() > EXHAUSTIVE {
        let (first, second, product) = greedy(&rest, output, extents)?;
        pairs.push([rest[first].0, rest[second].0]);
        rest.remove(second);
        rest.remove(first);
        rest.push((operands.len() + pairs.len() - 1, product));
    }
    exhaustive(&rest, output, extents, operands.len(), &mut pairs)?;
    Some(pairs)
}

/// The positions of the pair whose product adds the fewest elements to what is kept, and its letters.
fn greedy(rest: &[(usize, Set)], output: Set, extents: &[usize]) -> Option<(usize, usize, Set)> {
    let elements = |set| i128::try_from(size(set, extents)).unwrap_or(i128::MAX);
    let product = |first: usize, second: usize| {
        let others = rest.iter().enumerate().filter(|&(i, _)| i != first && i != second);
        let needed = others.fold(output, |needed, (_, &(_, set))| needed | set);
        (rest[first].1 | rest[second].1) & needed
    };
    (0..rest.len())
        .flat_map(|second| (0..second).map(move |first| (first, second)))
        .map(|(first, second)| (first, second, product(first, second)))
        .filter(|&(_, _, product)| fits(product))
        .min_by_key(|&(first, second, product)| {
            let (left, right) = (rest[first].1, rest[second].1);
            let added = elements(product).saturating_sub(elements(left)).saturating_sub(elements(right));
            (added, size(left | right, extents))
        })
}

/// The cheapest of all orders, by dynamic programming over subsets: the best way to multiply a subset joins the best
/// ways for two halves of it.
fn exhaustive(
    rest: &[(usize, Set)],
    output: Set,
    extents: &[usize],
    operands: usize,
    pairs: &mut Vec<[usize; 2]>,
) -> Option<()> {
    let all = (1_usize << rest.len()) - 1;
    let union = |subset: usize| {
        let members = rest.iter().enumerate().filter(|&(i, _)| subset >> i & 1 == 1);
        members.fold(0, |union, (_, &(_, set))| union | set)
    };
    // What the product of a subset keeps: the letters that the others or the output need.
    let kept: Vec<Set> = (0..=all).map(|subset| union(subset) & (output | union(all & !subset))).collect();
    let mut best: Vec<Option<(Cost, usize)>> = vec![None; all + 1];
    for subset in 1..=all {
        let free = Cost { multiply_adds: 0, elements: 0 };
        if subset.is_power_of_two() {
            best[subset] = Some((free, 0));
            continue;
        }
        if !fits(kept[subset]) {
            continue;
        }
        let elements = size(kept[subset], extents);
        let first = 1 << subset.trailing_zeros();
        // Every half that holds the first member.
        let others = subset & !first;
        let mut half = others;
        while half > 0 {
            half = (half - 1) & others;
            let (left, right) = (half | first, subset & !(half | first));
            if let (Some((a, _)), Some((b, _))) = (best[left], best[right]) {
                let product = Cost { multiply_adds: size(kept[left] | kept[right], extents), elements };
                let cost = a.plus(b).plus(product);
                if best[subset].is_none_or(|(least, _)| cost < least) {
                    best[subset] = Some((cost, left));
                }
            }
        }
    }
    best[all]?;
    // The number of the product of `subset`, after the pairs that make it.
    fn push(
        subset: usize,
        best: &[Option<(Cost, usize)>],
        rest: &[(usize, Set)],
        operands: usize,
        pairs: &mut Vec<[usize; 2]>,
    ) -> usize {
        if subset.is_power_of_two() {
            return rest[subset.trailing_zeros() as usize].0;
        }
        let left = best[subset].map_or(0, |(_, left)| left);
        let pair = [left, subset & !left].map(|half| push(half, best, rest, operands, pairs));
        pairs.push(pair);
        operands + pairs.len() - 1
    }
    push(all, &best, rest, operands, pairs);
    Some(())
}
