//! Random orders and samples of indices.

use std::collections::HashMap;

use rand::RngExt;
use rand_distr::{Distribution, Exp1};

use super::Rng;

impl Rng {
    /// A random order of `0..n`.
    pub fn permutation(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, self.index(i + 1));
        }
        order
    }

    /// `count` of the integers `0..n`, all equally likely, in random order: with `replace` independent of one another,
    /// else different ones (in O(count) time and memory, however large `n` is).
    ///
    /// # Panics
    /// When `n` is 0 and `count` is not, or when `count` exceeds `n` without `replace`.
    #[track_caller]
    pub fn choice(&mut self, n: usize, count: usize, replace: bool) -> Vec<usize> {
        assert!(
            count == 0 || if replace { n > 0 } else { count <= n },
            "choice: no {count} integers from 0..{n}{}",
            if replace { "" } else { " without replacement" }
        );
        if replace {
            return (0..count).map(|_| self.index(n)).collect();
        }
        // The first steps of a shuffle of 0..n, of which only the places that differ from their number are kept.
        let mut moved: HashMap<usize, usize> = HashMap::new();
        (0..count)
            .map(|i| {
                let j = i + self.index(n - i);
                let here = moved.remove(&i).unwrap_or(i);
                if j == i { here } else { moved.insert(j, here).unwrap_or(j) }
            })
            .collect()
    }

    /// `count` positions of `weights`, in the order in which they are drawn, each with a probability proportional to its
    /// weight; with `replace` independent of one another, else each one among those that are left.
    ///
    /// Without replacement by exponential keys: the order of Eᵢ/wᵢ, with Eᵢ exponential, is that of successive draws
    /// (Efraimidis and Spirakis, *Weighted random sampling with a reservoir*, 2006).
    ///
    /// # Panics
    /// When a weight is negative, infinite or NaN, or there are too few positive ones: none, or fewer than `count`
    /// without `replace`.
    #[track_caller]
    pub fn choice_weighted(&mut self, weights: &[f64], count: usize, replace: bool) -> Vec<usize> {
        let (mut positive, mut largest) = (0, 0.0_f64);
        for (i, &weight) in weights.iter().enumerate() {
            assert!(weight >= 0.0 && weight.is_finite(), "choice_weighted: weight {i} is {weight}");
            positive += usize::from(weight > 0.0);
            largest = largest.max(weight);
        }
        let enough = if replace { count == 0 || positive > 0 } else { count <= positive };
        assert!(enough, "choice_weighted: no {count} positions by {positive} positive weights");
        if !replace {
            let mut keys: Vec<(f64, usize)> = Vec::with_capacity(positive);
            for (i, &weight) in weights.iter().enumerate().filter(|&(_, &weight)| weight > 0.0) {
                let exponential: f64 = Exp1.sample(&mut self.draws);
                // Logarithms, since a quotient by a tiny weight overflows.
                keys.push((exponential.ln() - weight.ln(), i));
            }
            keys.sort_by(|a, b| a.0.total_cmp(&b.0));
            return keys[..count].iter().map(|&(_, i)| i).collect();
        }
        let mut total = 0.0;
        let sums: Vec<f64> = weights
            .iter()
            .map(|weight| {
                total += weight / largest;
                total
            })
            .collect();
        // Rounding can lead to `total` itself, behind the last position.
        let last = weights.iter().rposition(|&weight| weight > 0.0).unwrap_or(0);
        (0..count)
            .map(|_| {
                let x = self.draws.random::<f64>() * total;
                sums.partition_point(|&sum| sum <= x).min(last)
            })
            .collect()
    }
}
