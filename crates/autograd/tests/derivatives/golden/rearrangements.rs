//! The functions of `generate.py` that pick, move and reduce.

use gradus_autograd::Var;
use gradus_tensor::{Real, Tensor};

pub(crate) fn function<'t, T: Real>(name: &str, inputs: &[Var<'t, T>]) -> Option<Var<'t, T>> {
    let n = T::constant;
    let value = match (name, inputs) {
        ("gather_scatter", &[x, y]) => {
            let index = Tensor::from_rows([[0, 2, 0], [1, 1, 3]]);
            let picked = x.gather(1, &index) * y;
            let spread = x.tape().constant(&Tensor::zeros([2, 4])).scatter_add(1, &index, picked);
            (spread + x.index_add(1, &[3, 0], y.narrow(1, 0, 2))).sin().square().sum()
        }
        ("discounted", &[rewards, factors]) => {
            let returns = (rewards * factors.cumprod(1)).cumsum(1);
            returns.square().mean() + factors.prod_axes(&[1]).sum()
        }
        ("mixture", &[logits, means, scales, x]) => {
            let standardised = (x.unsqueeze(1) - means) / scales;
            let log_densities = logits.log_softmax(0) - standardised.square() / n(2.0) - scales.ln();
            log_densities.logsumexp_axes(&[1]).mean()
        }
        ("distances", &[x, y]) => {
            let between = (x.unsqueeze(1) - y).square().sum_axes(&[2]).sqrt();
            let nearest = between.min_axes(&[1]).sum() + (-between).exp().mean();
            nearest + x.std(1) + y.norm_axes(&[1], 3.0).sum()
        }
        ("rearranged", &[x, y]) => {
            let mask = Tensor::from_fn([3, 4], |i| i % 3 == 0);
            let tiled = x.roll(0, 1).where_(&mask, y.tile(&[3, 2])) * y.repeat_interleave(1, 2);
            let filled = tiled.tanh().masked_fill(&mask.flip(&[1]), n(0.5)).square().sum();
            filled + x.windows(1, 2, 1).prod_axes(&[2]).sum() + x.masked_select(&mask).sin().sum()
        }
        ("quotients", &[x, y]) => {
            let first = (x.pow(y) / (x * y + n(1.0))).sum();
            let second = (x.rsqrt() * y.tan().clamp(-1.0, 0.5)).mean();
            first + second + x.addmm(n(1.0), n(1.0), y, x).ln().sum()
        }
        _ => return None,
    };
    Some(value)
}
