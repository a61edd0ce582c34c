//! Transforms against plain transcriptions of their formulas.

use approx::assert_relative_eq;

use crate::methods::bits;
use crate::model::{gradient, model};
use gradus_optim::{
    Accumulate, Adam, AdaptiveClip, AnyOptimizer, ClipNorm, ClipScope, ClipValue, Composed, Ema, Groups,
    Lookahead, Momo, MomoAdam, OptimError, Rule, Sam, Sgd, StochasticPolyak, Swa, Trace, Transform,
};
use gradus_tensor::{Params, Real};

/// The two sides add squares in another order.
const TOLERANCE: f64 = 1e-14;

const FINITE: &str = "the gradient is finite";

/// What a transform makes of a gradient: the negative step of SGD with learning rate 1 from 0 on.
fn seen(transform: impl Transform<f64>, params: &Params<f64>, gradient: &Params<f64>) -> Vec<f64> {
    let sgd = Sgd { learning_rate: 1.0, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(params).expect("legal").with(transform).expect("legal");
    let mut after = params.clone();
    optimizer.step_params(&mut after, gradient).expect(FINITE);
    params.as_slice().iter().zip(after.as_slice()).map(|(x, y)| x - y).collect()
}

pub(crate) fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

pub(crate) fn close(found: &[f64], expected: &[f64]) {
    for (&found, &expected) in found.iter().zip(expected) {
        assert_relative_eq!(found, expected, max_relative = TOLERANCE, epsilon = TOLERANCE);
    }
    assert_eq!(found.len(), expected.len());
}

#[test]
fn clipping_by_value_and_by_norm() {
    let params = model::<f64>();
    let gradient = gradient(&params, 0);
    let g = gradient.as_slice();
    let expected: Vec<f64> = g.iter().map(|g| g.clamp(-0.5, 0.5)).collect();
    assert_ne!(expected, g);
    close(&seen(ClipValue { value: 0.5 }, &params, &gradient), &expected);

    let factor = 2.0 / (norm(g) + 1e-6);
    assert!(factor < 1.0);
    let expected: Vec<f64> = g.iter().map(|g| factor * g).collect();
    close(&seen(ClipNorm::global(2.0), &params, &gradient), &expected);
    close(&seen(ClipNorm::global(2.0 * norm(g)), &params, &gradient), g);

    let mut expected = g.to_vec();
    let mut clipped = 0;
    for id in params.ids() {
        let part = &mut expected[params.range(id)];
        let factor = 2.0 / (norm(part) + 1e-6);
        if factor < 1.0 {
            part.iter_mut().for_each(|g| *g *= factor);
            clipped += 1;
        }
    }
    assert!((1..5).contains(&clipped), "some parameters are clipped, and some are not");
    close(&seen(ClipNorm::per_parameter(2.0), &params, &gradient), &expected);
}

#[test]
fn frozen_parameters_do_not_count_in_the_norm() {
    let mut params = model::<f64>();
    let mut gradient = gradient(&params, 0);
    let embedding = params.range(params.id("embedding.weight").unwrap());
    gradient.as_mut_slice()[embedding.clone()].fill(f64::NAN);
    let before = params.clone();
    let mut optimizer = Groups::new()
        .frozen("embedding.*")
        .rest(Sgd { learning_rate: 1.0, ..Sgd::default() })
        .optimizer(&params)
        .unwrap()
        .with(ClipNorm::global(1.0))
        .unwrap();
    optimizer.step_params(&mut params, &gradient).unwrap();
    let moved: Vec<f64> = before.as_slice().iter().zip(params.as_slice()).map(|(x, y)| x - y).collect();
    assert_relative_eq!(norm(&moved), 1.0, max_relative = 1e-6);
    assert!(moved[embedding].iter().all(|&moved| moved == 0.0));
}

#[test]
fn adaptive_clipping_works_on_units() {
    let mut params = model::<f64>();
    let gradient = gradient(&params, 0);
    // A unit at 0, which eps lets move.
    let filter = params.range(params.id("decoder.weight").unwrap()).start;
    params.as_mut_slice()[filter..filter + 15].fill(0.0);
    let (clipping, eps) = (3.0, 1e-3);
    let mut expected = gradient.as_slice().to_vec();
    let mut clipped = 0;
    let mut clip = |positions: Vec<usize>| {
        let of = |x: &[f64]| positions.iter().map(|&i| x[i] * x[i]).sum::<f64>().sqrt();
        let limit = clipping * of(params.as_slice()).max(eps);
        let size = of(&expected);
        if size > limit {
            positions.iter().for_each(|&i| expected[i] *= limit / size);
            clipped += 1;
        }
    };
    // [7, 2] and [10, 4]: columns; [4] and []: whole; [2, 3, 5]: filters.
    (0..2).for_each(|j| clip((0..7).map(|i| i * 2 + j).collect()));
    (0..4).for_each(|j| clip((0..10).map(|i| 14 + i * 4 + j).collect()));
    clip((54..58).collect());
    (0..2).for_each(|j| clip((0..15).map(|i| 58 + j * 15 + i).collect()));
    clip(vec![88]);
    assert!((2..10).contains(&clipped));
    close(&seen(AdaptiveClip { clipping, eps }, &params, &gradient), &expected);
}

#[test]
fn accumulation_steps_with_the_mean() {
    let mut params = model::<f64>();
    let adam = Adam { learning_rate: 0.1, ..Adam::default() };
    let mut optimizer = adam.optimizer(&params).unwrap().with(Accumulate::over(3)).unwrap();
    let mut plain = adam.optimizer(&params).unwrap();
    let mut expected = params.clone();
    let mut trace = Trace::default();
    for step in 0..4 {
        let mut mean = params.zeros_like();
        for micro_batch in 0..3 {
            let gradient = gradient(&expected, 10 * step + micro_batch);
            for (mean, g) in mean.as_mut_slice().iter_mut().zip(gradient.as_slice()) {
                *mean += (1.0 / 3.0) * g;
            }
            optimizer.step_traced(params.as_mut_slice(), gradient.as_slice(), &mut trace).unwrap();
            assert_eq!(trace.effective_step.iter().all(|&a| a == 0.0), micro_batch < 2);
            assert_eq!(params == expected, micro_batch < 2);
        }
        plain.step_params(&mut expected, &mean).unwrap();
        assert_eq!(bits(params.as_slice()), bits(expected.as_slice()));
        assert_eq!(optimizer.steps(), step + 1);
    }
}

#[test]
fn the_mean_of_large_gradients_is_finite() {
    let sgd = Sgd { learning_rate: 1e-30, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(1).unwrap().with(Accumulate::over(4)).unwrap();
    let mut x = [0.0_f32];
    for _ in 0..4 {
        optimizer.step(&mut x, &[3e38]).unwrap();
    }
    assert!((x[0] + 3e8).abs() < 1e3, "{x:?}");
}

#[test]
fn transforms_act_in_the_order_in_which_they_are_written() {
    let sgd = Sgd { learning_rate: 1.0, ..Sgd::default() };
    let run = |mut optimizer: Composed<f64>| {
        let mut x = [0.0];
        optimizer.step(&mut x, &[4.0]).unwrap();
        optimizer.step(&mut x, &[0.0]).unwrap();
        x[0]
    };
    let (two, clip) = (Accumulate::over(2), ClipValue { value: 1.0 });
    let mean_first = sgd.optimizer(1).unwrap().with(two).unwrap().with(clip).unwrap();
    let clip_first = sgd.optimizer(1).unwrap().with(clip).unwrap().with(two).unwrap();
    assert_eq!(clip_first.transforms().collect::<Vec<_>>(), ["clip_value", "accumulate"]);
    assert_eq!((run(mean_first), run(clip_first)), (-1.0, -0.5));
}

/// The points that SGD passes through, and what `average` makes of them.
fn averages(average: impl Transform<f64>) -> (Vec<f64>, Vec<Option<f64>>) {
    let sgd = Sgd { learning_rate: 0.1, momentum: 0.9, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(1).expect("legal").with(average).expect("legal");
    let mut x = [1.0];
    (0..12)
        .map(|_| {
            let gradient = [x[0]];
            optimizer.step(&mut x, &gradient).expect(FINITE);
            (x[0], optimizer.average().map(|average| average[0]))
        })
        .unzip()
}

#[test]
fn averages_of_the_parameters() {
    let (points, found) = averages(Ema { decay: 0.75 });
    let mut average = points[0];
    for (t, (&x, &found)) in points.iter().zip(&found).enumerate() {
        if t > 0 {
            average = 0.75 * average + 0.25 * x;
        }
        assert_relative_eq!(found.unwrap(), average, max_relative = TOLERANCE);
    }
    let (points, found) = averages(Swa { start: 4, every: 3 });
    assert_eq!(found[..3], [None; 3]);
    for (t, &found) in found.iter().enumerate().skip(3) {
        let counted: Vec<f64> = (3..=t).step_by(3).map(|t| points[t]).collect();
        let mean = counted.iter().sum::<f64>() / counted.len() as f64;
        assert_relative_eq!(found.unwrap(), mean, max_relative = TOLERANCE);
    }
}

#[test]
fn an_average_of_nothing_is_not_swapped_in() {
    fn refused_until(average: impl Transform<f64>, begins: u64, expected: &str) {
        let mut params = model::<f64>();
        let mut optimizer = Sgd::default().optimizer(&params).expect("legal").with(average).expect("legal");
        for step in 0..begins {
            let before = params.clone();
            let error = optimizer.swap_average(&mut params).expect_err("there is no point in it");
            assert_eq!(error.to_string(), expected.replace("{}", &step.to_string()));
            assert_eq!((&params, optimizer.average()), (&before, None));
            let gradient = gradient(&params, step);
            optimizer.step_params(&mut params, &gradient).expect("the parameters are not swapped");
        }
        let own = params.clone();
        optimizer.swap_average(&mut params).expect("there is a point in it");
        assert_eq!(params, own, "the average of one point");
    }
    let ema = "ema: nothing is averaged yet after {} steps; swap when `average` returns one";
    refused_until(Ema::default(), 1, ema);
    refused_until(Swa { start: 3, every: 2 }, 3, &ema.replace("ema", "swa"));
}

/// An average that is added in the middle of a run begins there.
#[test]
fn averages_count_from_where_they_are_added() {
    for ema in [true, false] {
        let mut plain = Sgd { learning_rate: 0.5, ..Sgd::default() }.optimizer(1).unwrap();
        let mut x = [4.0];
        plain.step(&mut x, &[1.0]).unwrap();
        let mut optimizer =
            if ema { plain.with(Ema::default()).unwrap() } else { plain.with(Swa::default()).unwrap() };
        optimizer.step(&mut x, &[1.0]).unwrap();
        assert_eq!((x, optimizer.average(), optimizer.steps()), ([3.0], Some(&[3.0][..]), 2));
    }
}

#[test]
fn the_average_is_swapped_in_and_out() {
    let mut params = model::<f64>();
    let sgd = Sgd { learning_rate: 0.1, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(&params).unwrap().with(Ema::default()).unwrap();
    for step in 0..3 {
        let gradient = gradient(&params, step);
        optimizer.step_params(&mut params, &gradient).unwrap();
    }
    let (own, average) = (params.clone(), optimizer.average().unwrap().to_vec());
    assert_ne!(own.as_slice(), average);
    optimizer.swap_average(&mut params).unwrap();
    assert_eq!((params.as_slice(), optimizer.average().unwrap()), (&average[..], own.as_slice()));
    let gradient = params.zeros_like();
    let error = optimizer.step_params(&mut params, &gradient).unwrap_err();
    assert_eq!(
        error.to_string(),
        "sgd: the parameters are exchanged for their average; call `swap_average` again before the next step"
    );
    optimizer.swap_average(&mut params).unwrap();
    assert_eq!(params, own);
    optimizer.step_params(&mut params, &gradient).unwrap();

    let error = optimizer.swap_average(&mut Params::new()).unwrap_err();
    assert!(matches!(error, OptimError::Layout { what: "parameters", .. }), "{error}");
    let mut plain = sgd.optimizer(&params).unwrap().with(ClipNorm::global(1.0)).unwrap();
    let error = plain.swap_average(&mut params).unwrap_err();
    assert_eq!(
        error.to_string(),
        "sgd: there is no average; compose the optimizer with one: `.with(Ema::default())`"
    );
}

/// Composes where only the trait is known.
fn and<T: Real, O: AnyOptimizer<T> + 'static>(optimizer: O, transform: impl Transform<T>) -> Composed<T> {
    optimizer.with(transform).expect("legal")
}

/// What is composed through the trait is what is composed by the method of the type.
#[test]
fn generic_code_adds_to_the_transforms_there_are() {
    let mut params = model::<f64>();
    let sgd = || Sgd { learning_rate: 0.1, ..Sgd::default() }.optimizer(&model::<f64>()).unwrap();

    let mut expected = params.clone();
    let mut flat = sgd().with(Sam { rho: 0.5 }).unwrap().with(Ema::default()).unwrap();
    let mut generic = and(and(sgd(), Sam { rho: 0.5 }), Ema::default());
    assert_eq!(generic.transforms().collect::<Vec<_>>(), ["sam", "ema"]);
    let mut calls = 0;
    let mut counted = |x: &Params<f64>, gradient: &mut [f64]| {
        calls += 1;
        quartic(x, gradient)
    };
    generic.step_with(&mut params, &mut counted).unwrap();
    flat.step_with(&mut expected, &mut quartic).unwrap();
    assert_eq!((calls, bits(params.as_slice())), (2, bits(expected.as_slice())));
    let error = generic.step_params(&mut params, &expected).unwrap_err();
    assert!(matches!(error, OptimError::NeedsFunction { who: "sam" }), "{error}");

    let mut averaged = and(and(sgd(), Ema::default()), ClipValue { value: 1.0 });
    let gradient = gradient(&params, 0);
    averaged.step_params(&mut params, &gradient).unwrap();
    averaged.swap_average(&mut params).unwrap();
    let error = averaged.step_params(&mut params, &gradient).unwrap_err();
    assert!(matches!(error, OptimError::Swapped { .. }), "{error}");

    let twice = and(and(sgd(), ClipValue { value: 1.0 }), ClipValue { value: 0.5 });
    assert_eq!(twice.transforms().collect::<Vec<_>>(), ["clip_value", "clip_value.2"]);
    #[cfg(feature = "io")]
    twice.state_tensors().expect("no two parts have the same name");
}

#[test]
fn rules_that_need_the_loss_refuse_gradients_of_several_functions() {
    fn refusal(rule: impl Rule<f64>) -> String {
        let one = || rule.clone().optimizer(3).expect("legal");
        one().with(Accumulate::over(1)).expect("the gradient is that of the loss");
        let behind = and(one(), ClipValue { value: 1.0 }).with(Accumulate::over(4)).expect_err("refused");
        let error = one().with(Accumulate::over(4)).expect_err("refused");
        assert_eq!(behind, error);
        error.to_string()
    }
    let text = "cannot be composed with accumulate: the step needs the loss and the gradient of the same function at the same \
         point";
    assert_eq!(refusal(StochasticPolyak::default()), format!("stochastic_polyak {text}"));
    assert_eq!(refusal(Momo::default()), format!("momo {text}"));
    assert_eq!(refusal(MomoAdam::default()), format!("momo_adam {text}"));
}

#[test]
fn lookahead_pulls_the_parameters_back() {
    let rule = Sgd { learning_rate: 0.1, momentum: 0.5, ..Sgd::default() };
    let mut optimizer = rule.optimizer(1).unwrap().with(Lookahead { steps: 3, alpha: 0.25 }).unwrap();
    let mut plain = rule.optimizer(1).unwrap();
    let (mut x, mut y, mut slow) = ([2.0], [2.0], 2.0);
    for t in 1..=10 {
        let gradient = [x[0]];
        optimizer.step(&mut x, &gradient).unwrap();
        plain.step(&mut y, &gradient).unwrap();
        if t % 3 == 0 {
            slow += 0.25 * (y[0] - slow);
            y[0] = slow;
        }
        assert_eq!(x, y, "step {t}");
    }
    assert_eq!(optimizer.state("slow"), Some(&[slow][..]));
}

/// f(x) = Σ xᵢ⁴/4 with its gradient x³.
pub(crate) fn quartic<T: Real>(params: &Params<T>, gradient: &mut [T]) -> T {
    let mut loss = T::zero();
    for (g, &x) in gradient.iter_mut().zip(params.as_slice()) {
        *g = x * x * x;
        loss += T::constant(0.25) * x * *g;
    }
    loss
}

#[test]
fn sam_takes_the_gradient_uphill() {
    let mut params = model::<f64>();
    let sgd = Sgd { learning_rate: 0.1, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(&params).unwrap().with(Sam { rho: 0.5 }).unwrap();
    for _ in 0..3 {
        let x = params.as_slice().to_vec();
        let g: Vec<f64> = x.iter().map(|x| x.powi(3)).collect();
        let size = norm(&g) + 1e-12;
        let expected: Vec<f64> =
            x.iter().zip(&g).map(|(x, g)| x - 0.1 * (x + 0.5 * g / size).powi(3)).collect();
        let loss = optimizer.step_with(&mut params, &mut quartic).unwrap();
        assert_relative_eq!(loss, x.iter().map(|x| x.powi(4) / 4.0).sum::<f64>(), max_relative = TOLERANCE);
        close(params.as_slice(), &expected);
    }
    let gradient = params.zeros_like();
    let error = optimizer.step_params(&mut params, &gradient).unwrap_err();
    assert_eq!(error.to_string(), "sam: a step needs the function, not only its gradient; use `step_with`");
}

/// The worst neighbour of a rule that ascends has a lower value.
#[test]
fn sam_takes_the_gradient_downhill_of_a_rule_that_ascends() {
    let mut params = model::<f64>();
    let sgd = Sgd { learning_rate: 0.1, maximize: true, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(&params).unwrap().with(Sam { rho: 0.5 }).unwrap();
    let x = params.as_slice().to_vec();
    let size = norm(&x.iter().map(|x| x.powi(3)).collect::<Vec<_>>()) + 1e-12;
    let expected: Vec<f64> = x.iter().map(|x| x + 0.1 * (x - 0.5 * x.powi(3) / size).powi(3)).collect();
    optimizer.step_with(&mut params, &mut quartic).unwrap();
    close(params.as_slice(), &expected);
}

#[test]
fn a_failed_sam_step_changes_nothing() {
    let mut params = model::<f32>();
    let sgd = Sgd { learning_rate: 0.1, ..Sgd::default() };
    let mut optimizer = sgd.optimizer(&params).unwrap().with(Sam::default()).unwrap();
    let before = params.clone();
    // The first gradient is fine, the one at the other point is not.
    let mut calls = 0;
    let error = optimizer.step_with(&mut params, &mut |x, gradient| {
        calls += 1;
        let loss = quartic(x, gradient);
        if calls == 2 {
            assert_ne!(*x, before);
            gradient[20] = f32::NAN;
        }
        loss
    });
    assert_eq!(
        error.unwrap_err().to_string(),
        "sgd: step 1: gradient of encoder.0.weight, element 6 of shape [10, 4], is NaN"
    );
    assert_eq!((calls, &params, optimizer.steps()), (2, &before, 0));
    let error = optimizer.step_with(&mut params, &mut |_, gradient| {
        gradient.fill(1.0);
        f32::INFINITY
    });
    assert_eq!(error.unwrap_err().to_string(), "sgd: step 1: the loss is inf");
    assert_eq!(params, before);
}

#[test]
fn a_step_with_the_function_is_a_step_with_its_gradient() {
    let (mut params, mut other) = (model::<f32>(), model::<f32>());
    let mut with = Adam::default().optimizer(&params).unwrap();
    let mut without = with.clone();
    for _ in 0..3 {
        let mut gradient = other.zeros_like();
        let expected = quartic(&other, gradient.as_mut_slice());
        without.step_params(&mut other, &gradient).unwrap();
        assert_eq!(with.step_with(&mut params, &mut quartic).unwrap(), expected);
        assert_eq!(bits(params.as_slice()), bits(other.as_slice()));
    }
}

#[test]
fn settings_out_of_range_are_named() {
    fn refusal(transform: impl Transform<f64>) -> String {
        let sgd = Sgd::default().optimizer(3).expect("legal");
        sgd.with(transform).expect_err("the settings are illegal").to_string()
    }
    let rows = [
        (refusal(ClipValue { value: 0.0 }), "clip_value: value = 0, allowed: finite and above 0"),
        (
            refusal(ClipNorm { max_norm: f64::NAN, scope: ClipScope::Global }),
            "clip_norm: max_norm = NaN, allowed: finite and above 0",
        ),
        (
            refusal(AdaptiveClip { eps: 0.0, ..AdaptiveClip::default() }),
            "adaptive_clip: eps = 0, allowed: finite and above 0",
        ),
        (refusal(Accumulate::over(0)), "accumulate: micro_batches = 0, allowed: at least 1"),
        (refusal(Ema { decay: 1.5 }), "ema: decay = 1.5, allowed: at least 0 and at most 1"),
        (refusal(Swa { start: 0, every: 1 }), "swa: start = 0, allowed: at least 1"),
        (
            refusal(Lookahead { alpha: 0.0, ..Lookahead::default() }),
            "lookahead: alpha = 0, allowed: above 0 and at most 1",
        ),
        (refusal(Sam { rho: -1.0 }), "sam: rho = -1, allowed: finite and above 0"),
    ];
    for (found, expected) in rows {
        assert_eq!(found, expected);
    }
}
