//! Long tapes and many steps: no recursion, no growth.

use gradus_autograd::{Var, grad, hvp, live_nodes, value_and_grad, value_and_grad_into};
use gradus_tensor::{Params, Rng, Tensor, memory};

use crate::support::vector;

/// Less than a call per node would need.
const STACK: usize = 128 << 10;

fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run).expect("a thread");
    thread.join().expect("no overflow");
}

#[test]
fn a_chain_of_a_million_nodes_has_a_gradient() {
    on_a_small_stack(|| {
        let (params, id) = vector(&[0.5]);
        let (value, gradient) =
            value_and_grad(&params, |p| (0..1_000_000).fold(p.get(id), |x, _| x * 0.999_999).sum());
        let expected = (1_000_000.0 * 0.999_999_f64.ln()).exp();
        assert!((value - 0.5 * expected).abs() < 1e-9 && (gradient.as_slice()[0] - expected).abs() < 1e-9);
        assert_eq!(live_nodes(), 0);
    });
}

#[test]
fn a_chain_of_a_hundred_thousand_nodes_has_a_second_derivative() {
    on_a_small_stack(|| {
        let (params, id) = vector(&[1.0]);
        // x ↦ x + (1 + cos x)·10⁻⁵ in each step: the second derivative is a sum over the whole chain.
        fn chain(x: Var<'_, f64>) -> Var<'_, f64> {
            (0..30_000).fold(x, |x, _| x + x.cos() * 1e-5)
        }
        let result = hvp(&params, &[1.0], |p| chain(p.get(id)).sum());
        let at = |x: f64| value_and_grad(&vector(&[x]).0, |p| chain(p.get(id)).sum()).1.as_slice()[0];
        let numeric = (at(1.0 + 1e-5) - at(1.0 - 1e-5)) / 2e-5;
        assert!((result.product.as_slice()[0] - numeric).abs() < 1e-8, "{:?}, {numeric}", result.product);
        let (_, through) = value_and_grad(&params, |p| {
            let x = p.get(id);
            grad(chain(x).sum(), &[x])[0].sum()
        });
        assert_eq!(through.as_slice(), result.product.as_slice());
        assert_eq!(live_nodes(), 0);
    });
}

#[test]
fn a_hundred_thousand_steps_leave_memory_flat() {
    let mut rng = Rng::new(2);
    let mut params = Params::<f32>::new();
    let weight = params.add("weight", &rng.normal([6, 4])).expect("a new name");
    let bias = params.add("bias", &Tensor::zeros([4])).expect("a new name");
    let (inputs, targets) = (rng.normal::<f32>([8, 6]), rng.normal::<f32>([8, 4]));
    let mut gradient = vec![0.0; params.len()];
    let mut seen = Vec::new();
    for step in 0..100_000 {
        value_and_grad_into(&params, &mut gradient, |p| {
            let output = p.constant(&inputs).linear(p.get(weight), Some(p.get(bias))).tanh();
            let loss = (output - p.constant(&targets)).square().mean();
            // A tape that ends now and then with a second order one inside.
            if step % 1000 == 0 {
                let weight = p.get(weight);
                loss + grad(loss, &[weight])[0].square().sum() * 1e-3
            } else {
                loss
            }
        });
        for (x, g) in params.as_mut_slice().iter_mut().zip(&gradient) {
            *x -= 0.01 * g;
        }
        if matches!(step, 1 | 99_999) {
            seen.push((live_nodes(), memory::idle_bytes()));
        }
    }
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0].0, 0);
}
