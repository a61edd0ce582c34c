//! Optimizers that know the parameters of a model: errors by path, state per parameter, rows and columns.

use crate::methods::{bits, state};
use gradus_optim::{
    Adam, AdamW, AnyOptimizer, Coordinate, CoordinateUpdate, Extent, Layout, OptimError, Parameter, Pass,
    Rule, Slot, Trace, WeightDecay,
};
use gradus_tensor::{Params, Real, Tensor};
use serde::Serialize;

fn model(shapes: &[(&str, &[usize])]) -> Params<f64> {
    let mut params = Params::new();
    for &(path, shape) in shapes {
        params.add(path, &Tensor::ones(shape)).expect("paths are unique");
    }
    for (i, x) in params.as_mut_slice().iter_mut().enumerate() {
        *x = (i as f64).cos();
    }
    params
}

const SHAPES: [(&str, &[usize]); 4] = [
    ("encoder.0.weight", &[10, 4]),
    ("encoder.0.bias", &[4]),
    ("scale", &[]),
    ("decoder.weight", &[2, 3, 5]),
];

#[test]
fn a_non_finite_gradient_is_named_by_path() {
    let mut params = model(&SHAPES);
    let mut adam = Adam::default().optimizer(&params).unwrap();
    let mut gradient = params.zeros_like();
    for _ in 0..11 {
        adam.step_params(&mut params, &gradient).unwrap();
    }
    gradient.as_mut_slice()[3] = f64::NAN;
    let before = params.clone();
    let error = adam.step_params(&mut params, &gradient).unwrap_err();
    assert_eq!(
        error.to_string(),
        "adam: step 12: gradient of encoder.0.weight, element 3 of shape [10, 4], is NaN"
    );
    gradient.as_mut_slice()[3] = 0.0;
    gradient.as_mut_slice()[44] = f64::INFINITY;
    let error = adam.step(params.as_mut_slice(), gradient.as_slice()).unwrap_err();
    assert_eq!(error.to_string(), "adam: step 12: gradient of scale, element 0 of shape [], is inf");
    assert_eq!((params, adam.steps()), (before, 11));
}

#[test]
fn parameters_of_another_model_are_refused() {
    let params = model(&SHAPES);
    let mut adam = Adam::default().optimizer(&params).unwrap();
    let renamed = [SHAPES[0], ("encoder.0.offset", SHAPES[1].1), SHAPES[2], SHAPES[3]];
    let reshaped = [(SHAPES[0].0, &[4, 10][..]), SHAPES[1], SHAPES[2], SHAPES[3]];
    for (other, text) in [
        (model(&renamed), "encoder.0.offset found where encoder.0.bias is expected"),
        (model(&reshaped), "encoder.0.weight has shape [4, 10], [10, 4] expected"),
        (model(&SHAPES[..3]), "3 parameters found, 4 expected"),
    ] {
        let mut own = params.clone();
        let error = adam.step_params(&mut own, &other.zeros_like()).unwrap_err();
        assert_eq!(error.to_string(), format!("adam: the gradient of another model: {text}"));
        let error = adam.step_params(&mut other.clone(), &params.zeros_like()).unwrap_err();
        assert_eq!(error.to_string(), format!("adam: the parameters of another model: {text}"));
    }
    // Made apart, but equal.
    adam.step_params(&mut model(&SHAPES), &model(&SHAPES).zeros_like()).unwrap();
    let mut bare = Adam::default().optimizer(3).unwrap();
    let error = bare.step_params(&mut params.clone(), &params.zeros_like()).unwrap_err();
    assert_eq!(error.to_string(), "adam: the parameters of another model: 75 coordinates found, 3 expected");
}

#[test]
fn non_finite_steps_are_skipped_when_asked() {
    let mut adam = Adam::default().optimizer(2).unwrap().skip_non_finite();
    let mut x = [1.0, 2.0];
    adam.step(&mut x, &[0.5, f64::NAN]).unwrap();
    assert_eq!((x, adam.steps(), adam.skipped()), ([1.0, 2.0], 0, 1));
    assert_eq!(adam.state("exp_avg"), Some(&[0.0, 0.0][..]));
    adam.step(&mut x, &[0.5, 0.5]).unwrap();
    assert_ne!(x, [1.0, 2.0]);
    assert_eq!((adam.steps(), adam.skipped()), (1, 1));
}

#[test]
fn knowing_the_parameters_changes_no_bit() {
    let mut named = model(&SHAPES);
    let mut bare = named.as_slice().to_vec();
    let mut adamw = AdamW::default().optimizer(&named).unwrap();
    let mut other = AdamW::default().optimizer(bare.len()).unwrap();
    for step in 0..5 {
        let mut gradient = named.zeros_like();
        gradient.as_mut_slice().iter_mut().enumerate().for_each(|(i, g)| *g = ((i + step) as f64).sin());
        adamw.step_params(&mut named, &gradient).unwrap();
        other.step(&mut bare, gradient.as_slice()).unwrap();
    }
    assert_eq!(bits(named.as_slice()), bits(&bare));
}

/// A rule that uses everything a rule can have per parameter: x ← x − η·‖x‖/‖m‖·m with m an average, and counts of
/// steps per row, column, vector element and parameter.
#[derive(Clone, Debug, Serialize)]
struct Normalised {
    learning_rate: f64,
    weight_decay: f64,
}

#[derive(Clone, Copy)]
struct Average;

impl<T: Real> CoordinateUpdate<T, 1> for Average {
    #[inline(always)]
    fn apply(self, gradient: T, _point: T, [m]: [T; 1]) -> Coordinate<T, 1> {
        let m = T::constant(0.5) * m + T::constant(0.5) * gradient;
        Coordinate { state: [m], effective_step: T::one(), direction: m }
    }
}

impl<T: Real> Rule<T> for Normalised {
    fn name(&self) -> &'static str {
        "normalised"
    }
    fn validate(&self) -> Result<(), OptimError> {
        Ok(())
    }
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn set_learning_rate(&mut self, value: f64) {
        self.learning_rate = value;
    }
    fn common(&self) -> gradus_optim::Common {
        gradus_optim::Common { weight_decay: WeightDecay::Decoupled(self.weight_decay), ..Default::default() }
    }
    fn slots(&self) -> Vec<Slot> {
        vec![
            Slot::zeros("average"),
            Slot::zeros("rows").per(Extent::Rows),
            Slot::zeros("columns").per(Extent::Columns),
            Slot::zeros("vectors").per(Extent::Vectors),
            Slot::filled("count", 1.0).per(Extent::Parameters),
            Slot::scalar("total", 0.0),
            Slot::parameters("start"),
        ]
    }
    fn update(&self, mut pass: Pass<'_, T>) {
        *pass.scalar_state(5) += 1.0;
        pass.per_parameter(|mut parameter: Parameter<'_, T>| {
            parameter.fused(Average);
            for slot in 1..=4 {
                parameter.state[slot].iter_mut().for_each(|count| *count += T::one());
            }
            let norm = |x: &[T]| x.iter().fold(T::zero(), |sum, &x| sum + x * x).sqrt();
            T::constant(self.learning_rate) * norm(parameter.values) / norm(parameter.direction)
        });
    }
}

#[test]
fn rules_can_work_per_parameter() {
    let mut params = model(&SHAPES);
    let start = params.as_slice().to_vec();
    let mut gradient = params.zeros_like();
    gradient.as_mut_slice().iter_mut().enumerate().for_each(|(i, g)| *g = 1.0 + i as f64);
    let rule = Normalised { learning_rate: 0.5, weight_decay: 0.25 };
    let mut optimizer = rule.optimizer(&params).unwrap();
    let lengths = [75, 10 + 6, 4 + 10, 4 + 1, 4, 1, 75];
    let found: Vec<usize> = state(&optimizer).iter().map(Vec::len).collect();
    assert_eq!(found, lengths);
    let mut trace = Trace::default();
    let before = params.as_slice().to_vec();
    optimizer.step_traced(params.as_mut_slice(), gradient.as_slice(), &mut trace).unwrap();
    let mut expected = before.clone();
    for id in params.ids() {
        let range = params.range(id);
        let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
        let x = &mut expected[range.clone()];
        x.iter_mut().for_each(|x| *x *= 1.0 - 0.5 * 0.25);
        let m: Vec<f64> = gradient.as_slice()[range].iter().map(|g| 0.5 * g).collect();
        let step = 0.5 * norm(x) / norm(&m);
        x.iter_mut().zip(m).for_each(|(x, m)| *x -= step * m);
    }
    for (found, expected) in params.as_slice().iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
    }
    let moved: Vec<f64> =
        (0..75).map(|i| trace.shrink[i] * before[i] - trace.effective_step[i] * trace.direction[i]).collect();
    assert_eq!(bits(&moved), bits(params.as_slice()));
    optimizer.step_params(&mut params, &gradient).unwrap();
    for (name, value) in [("rows", 2.0), ("columns", 2.0), ("vectors", 2.0), ("count", 3.0)] {
        assert!(optimizer.state(name).unwrap().iter().all(|&count| count == value), "{name}");
    }
    assert_eq!((optimizer.scalar("total"), optimizer.state("total")), (Some(2.0), None));
    // Taken at the first step, not at the second.
    assert_eq!(optimizer.state("start").unwrap(), start);
}

#[test]
fn layouts_tell_where_parameters_lie() {
    let params = model(&SHAPES);
    let layout = Layout::from(&params);
    assert_eq!((layout.len(), layout.dim()), (75, 75));
    for (segment, id) in layout.segments().iter().zip(params.ids()) {
        assert_eq!(segment.path(), Some(params.name(id)));
        assert_eq!((segment.slab(), segment.own()), (params.range(id), params.range(id)));
        assert_eq!(segment.shape(), params.get(id).shape());
    }
    let bare = Layout::from(7);
    assert_eq!((bare.segments().len(), bare.segments()[0].path()), (1, None));
}

#[test]
fn shapes_of_state_follow_the_parameter() {
    let shape = |extent: Extent, parameter: &[usize]| extent.shape(parameter.into()).to_vec();
    for (extent, rows) in [
        (Extent::Coordinates, [vec![2, 3, 5], vec![3, 5], vec![5], vec![]]),
        (Extent::Rows, [vec![2, 3], vec![3], vec![0], vec![0]]),
        (Extent::Columns, [vec![2, 5], vec![5], vec![0], vec![0]]),
        (Extent::Vectors, [vec![0], vec![0], vec![5], vec![]]),
        (Extent::Parameters, [vec![], vec![], vec![], vec![]]),
    ] {
        for (parameter, expected) in [&[2, 3, 5][..], &[3, 5], &[5], &[]].into_iter().zip(rows) {
            assert_eq!(shape(extent, parameter), expected, "{extent:?} of {parameter:?}");
        }
    }
}
