//! The functions of `generate.py` that are networks, and derivatives of networks.

use gradus_autograd::{Var, einsum, grad};
use gradus_tensor::{AvgPool2d, Conv2d, MaxPool2d, Real, Tensor};

fn activations<'t, T: Real>(hidden: Var<'t, T>) -> [Var<'t, T>; 11] {
    [
        hidden.tanh(),
        hidden.relu(),
        hidden.sigmoid(),
        hidden.gelu(),
        hidden.gelu_tanh(),
        hidden.silu(),
        hidden.elu(1.0),
        hidden.selu(),
        hidden.softplus(),
        hidden.leaky_relu(0.1),
        hidden.erf(),
    ]
}

fn total<'t, T: Real>(terms: impl IntoIterator<Item = Var<'t, T>>) -> Var<'t, T> {
    terms.into_iter().reduce(|a, b| a + b).expect("a term")
}

/// The same point as a variable of its own, to differentiate with respect to.
fn as_variable<'t, T: Real>(x: Var<'t, T>) -> Var<'t, T> {
    x.tape().variable(&x.value())
}

pub(crate) fn function<'t, T: Real>(name: &str, inputs: &[Var<'t, T>]) -> Option<Var<'t, T>> {
    let n = T::constant;
    let value = match (name, inputs) {
        ("activations", &[w1, b1, w2, x]) => {
            let hidden = x.linear(w1, Some(b1));
            total(activations(hidden).map(|hidden| hidden.matmul(w2).square().mean()))
        }
        ("layer_norm", &[x, gamma, beta]) => {
            let centred = x - x.mean_keepdim(&[1]);
            let normalised = centred / (x.var_keepdim(&[1], 0) + n(1e-5)).sqrt();
            (normalised * gamma + beta).sin().sum()
        }
        ("batch_norm", &[x, gamma, beta]) => {
            let (mean, variance) = (x.mean_keepdim(&[0, 2]), x.var_keepdim(&[0, 2], 0));
            ((x - mean) * (variance + n(1e-3)).rsqrt() * gamma + beta).tanh().square().sum()
        }
        ("attention", &[x, wq, wk, wv]) => {
            let [q, k, v] = [wq, wk, wv].map(|w| x.matmul(w));
            let future = Tensor::<T>::ones([4, 4]).triu(1).not_equal(T::zero());
            let scores = q.matmul(k.transpose(1, 2)) / n(2.0);
            scores.masked_fill(&future, -T::INFINITY).softmax(2).matmul(v).square().mean()
        }
        ("convolutional", &[w1, b1, w2, w3, x]) => {
            let hidden = x.conv2d(w1, Some(b1), Conv2d::default().padded([1, 1]));
            let hidden = hidden.relu().max_pool2d(MaxPool2d::new([2, 2]));
            let hidden = hidden.conv2d(w2, None, Conv2d { groups: 2, ..Conv2d::default() });
            let hidden = hidden.avg_pool2d(AvgPool2d::new([2, 2]));
            let doubled = Conv2d { stride: [2, 2], ..Conv2d::default() };
            hidden.conv_transpose2d(w3, [0, 0], doubled).tanh().mean()
        }
        ("picked_cross_entropy", &[w, x]) => {
            let labels = Tensor::vector(&[2, 0, 1, 1, 2, 0]).reshape([6, 1]);
            -x.matmul(w).log_softmax(1).gather(1, &labels).mean()
        }
        ("einsum_chain", &[a, b, c]) => {
            einsum("bij,jk,bkl->il", &[a, b, c]).sin().sum() + einsum("bii->b", &[a]).square().sum()
        }
        ("recurrent", &[w, u, b, x]) => {
            let start = x.tape().constant(&Tensor::zeros([2, 3]));
            let step = |state: Var<'t, T>, step| (x.select(1, step).matmul(w) + state.matmul(u) + b).tanh();
            (0..4).fold(start, step).square().sum()
        }
        ("lstm", &[w, u, b, x]) => {
            let start = x.tape().constant(&Tensor::zeros([2, 3]));
            let (mut state, mut memory) = (start, start);
            for step in 0..3 {
                let gates = (x.select(1, step).matmul(w) + state.matmul(u) + b).chunk(1, 4);
                let [i, f, g, o] = gates[..] else { panic!("{} gates", gates.len()) };
                memory = f.sigmoid() * memory + i.sigmoid() * g.tanh();
                state = o.sigmoid() * memory.tanh();
            }
            (state + memory).square().mean()
        }
        ("gradient_penalty", &[w1, w2, x]) => {
            let x = as_variable(x);
            let slope = grad(x.matmul(w1).tanh().matmul(w2).sum(), &[x])[0];
            (slope.norm_axes(&[1], 2.0) - n(1.0)).square().mean()
        }
        ("curvature", &[w, v, x]) => {
            let slope = grad(x.matmul(w).softplus().sum(), &[w])[0];
            let product = grad((slope * v).sum(), &[w])[0];
            (product * v).sum()
        }
        ("heat_equation", &[w1, b1, w2, x]) => {
            let x = as_variable(x);
            let u = x.linear(w1, Some(b1)).tanh().matmul(w2);
            let slopes = grad(u.sum(), &[x])[0];
            let second = grad(slopes.select(1, 1).sum(), &[x])[0];
            (slopes.select(1, 0) - second.select(1, 1)).square().mean()
        }
        _ => return None,
    };
    Some(value)
}
