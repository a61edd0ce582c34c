//! A resumed run is an uninterrupted one, bit for bit: every rule, schedule, transform and average.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::methods::{all, bits};
use crate::model::{gradient, loss, model};
use gradus_optim::line_search::{Armijo, FirstStep, Lbfgs, LineSearchSgd, Search, StrongWolfe};
use gradus_optim::schedule::{
    Constant, Cosine, CosineRestarts, Exponential, Finite, InverseSquareRoot, Linear, MultiStep, OneCycle,
    Polynomial, ReduceOnPlateau, Schedule, StepDecay,
};
use gradus_optim::{
    Accumulate, AdaGradNorm, Adam, AdamW, AdaptiveClip, AnyOptimizer, ClipNorm, ClipValue, Ema, Groups,
    Layout, Lookahead, Momo, MomoAdam, Muon, Optimizer, Rule, Sam, Sgd, StochasticPolyak, Swa,
};
use gradus_tensor::{Params, Real};

const STEPS: u64 = 13;
/// In the middle of everything that repeats.
const BREAK: u64 = 7;

type Boxed<T> = Box<dyn AnyOptimizer<T>>;

/// A folder that is removed at the end of a test.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("gradus-optim-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder");
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Everything that is composed of something, by name.
pub(crate) fn composed<T: Real>(layout: &Layout) -> Vec<(&'static str, Boxed<T>)> {
    const LEGAL: &str = "the settings are legal";
    let sgd = || -> Optimizer<T, Sgd> {
        Sgd { learning_rate: 0.05, momentum: 0.9, ..Sgd::default() }.optimizer(layout).expect(LEGAL)
    };
    let schedule = Linear::warm_up(4).then(Cosine { steps: 9, floor: 0.1 });
    let plateau = ReduceOnPlateau { factor: 0.5, patience: 1, ..ReduceOnPlateau::default() };
    let groups = || {
        Groups::new()
            .frozen("embedding.*")
            .scheduled_group("*.bias", AdaGradNorm::default(), Exponential { gamma: 0.9 })
            .rest(AdamW { learning_rate: 0.1, ..AdamW::default() })
            .optimizer(layout)
            .expect(LEGAL)
    };
    let matrices = Groups::new().group("encoder.0.weight", Muon::default()).rest(Adam::default());
    vec![
        ("stochastic_polyak", Box::new(StochasticPolyak::default().optimizer(layout).expect(LEGAL))),
        ("momo", Box::new(Momo::default().optimizer(layout).expect(LEGAL))),
        ("momo_adam", Box::new(MomoAdam::default().optimizer(layout).expect(LEGAL))),
        ("muon", Box::new(matrices.optimizer(layout).expect(LEGAL))),
        ("schedule", Box::new(sgd().scheduled(schedule).expect(LEGAL))),
        ("plateau", Box::new(sgd().reduce_on_plateau(plateau).expect(LEGAL))),
        ("skipping", Box::new(sgd().skip_non_finite())),
        ("clip_value", Box::new(sgd().with(ClipValue { value: 0.5 }).expect(LEGAL))),
        ("clip_norm", Box::new(sgd().with(ClipNorm::global(1.0)).expect(LEGAL))),
        ("adaptive_clip", Box::new(sgd().with(AdaptiveClip::default()).expect(LEGAL))),
        ("accumulate", Box::new(sgd().with(Accumulate::over(3)).expect(LEGAL))),
        ("ema", Box::new(sgd().with(Ema { decay: 0.9 }).expect(LEGAL))),
        ("swa", Box::new(sgd().with(Swa { start: 3, every: 3 }).expect(LEGAL))),
        ("lookahead", Box::new(sgd().with(Lookahead::default()).expect(LEGAL))),
        ("sam", Box::new(sgd().with(Sam::default()).expect(LEGAL))),
        ("groups", Box::new(groups())),
        ("lbfgs", lbfgs(Lbfgs::default())),
        (
            "lbfgs, ascending",
            lbfgs(Lbfgs { search: None, learning_rate: 0.1, maximize: true, ..Lbfgs::default() }),
        ),
        ("line search", line_search(Search::Armijo(Armijo::default()), FirstStep::Longer(1.5))),
        ("line search, wolfe", line_search(Search::StrongWolfe(StrongWolfe::default()), FirstStep::Last)),
        (
            "everything",
            Box::new(
                groups()
                    .scheduled(schedule)
                    .and_then(|optimizer| optimizer.reduce_on_plateau(plateau))
                    .and_then(|optimizer| optimizer.skip_non_finite().with(ClipNorm::per_parameter(1.0)))
                    .and_then(|optimizer| optimizer.with(Accumulate::over(2)))
                    .and_then(|optimizer| optimizer.with(ClipNorm::global(1.0)))
                    .and_then(|optimizer| optimizer.with(Lookahead { steps: 2, ..Lookahead::default() }))
                    .and_then(|optimizer| optimizer.with(Ema { decay: 0.9 }))
                    .expect(LEGAL),
            ),
        ),
    ]
}

/// With few iterations and pairs, so that steps end and pairs are forgotten in the run.
fn lbfgs<T: Real>(rule: Lbfgs) -> Boxed<T> {
    let rule = Lbfgs { max_iterations: 3, history_size: 4, ..rule };
    let plateau = ReduceOnPlateau { factor: 0.5, patience: 1, ..ReduceOnPlateau::default() };
    let lbfgs = rule.optimizer(&model::<T>()).and_then(|lbfgs| lbfgs.scheduled(Exponential { gamma: 0.95 }));
    Box::new(lbfgs.and_then(|lbfgs| lbfgs.reduce_on_plateau(plateau)).expect("the settings are legal"))
}

fn line_search<T: Real>(search: Search, first_step: FirstStep) -> Boxed<T> {
    let rule = LineSearchSgd { search, first_step, ..LineSearchSgd::default() };
    Box::new(rule.optimizer(&model::<T>()).expect("the settings are legal"))
}

/// SGD with every schedule there is.
fn scheduled<T: Real>(layout: &Layout) -> Vec<(String, Boxed<T>)> {
    fn row<T: Real>(layout: &Layout, schedule: impl Schedule + 'static) -> (String, Boxed<T>) {
        let sgd = Sgd { learning_rate: 0.05, momentum: 0.9, ..Sgd::default() };
        let name = schedule.to_string();
        let optimizer = sgd.optimizer(layout).and_then(|sgd| sgd.scheduled(schedule));
        (name, Box::new(optimizer.expect("the settings are legal")))
    }
    vec![
        row(layout, Constant { factor: 0.5 }),
        row(layout, StepDecay { period: 3, gamma: 0.5 }),
        row(layout, MultiStep { milestones: vec![2, 6, 9], gamma: 0.5 }),
        row(layout, Polynomial { steps: 20, power: 2.0 }),
        row(layout, CosineRestarts { period: 4, growth: 2, floor: 0.1 }),
        row(layout, OneCycle { steps: 15, ..OneCycle::default() }),
        row(layout, InverseSquareRoot { timescale: 3 }),
        row(layout, Exponential { gamma: 0.9 }.until(5).then(Linear { from: 0.5, to: 1.0, steps: 4 })),
        row(layout, Exponential { gamma: 0.9 }.times(Cosine { steps: 9, floor: 0.1 })),
    ]
}

/// All rules in all variants, all schedules, and all compositions.
fn optimizers<T: Real>() -> Vec<(String, Boxed<T>)> {
    let layout = Layout::from(&model::<T>());
    let composed = composed(&layout).into_iter().map(|(name, optimizer)| (name.to_owned(), optimizer));
    let scheduled = scheduled(&layout);
    all(layout).into_iter().chain(scheduled).chain(composed).collect()
}

/// Takes the steps of a range, one of which has a gradient that is not finite where that is skipped. Within the first
/// ones the learning rate is set anew, where there is one.
fn run<T: Real>(
    name: &str,
    optimizer: &mut dyn AnyOptimizer<T>,
    params: &mut Params<T>,
    steps: std::ops::Range<u64>,
) {
    for step in steps {
        if step == BREAK - 2 {
            let outcome = optimizer.set_learning_rate(0.03);
            assert_eq!(outcome.is_err(), name.starts_with("line search"), "{name}");
        }
        let mut function = |x: &Params<T>, out: &mut [T]| {
            out.copy_from_slice(gradient(x, step).as_slice());
            if step == 4 && matches!(name, "skipping" | "everything") {
                out[50] = T::INFINITY;
            }
            loss(x, step)
        };
        optimizer.step_with(params, &mut function).expect("the gradient is finite");
        optimizer.observe(if step < 3 { 1.0 / (step + 1) as f64 } else { 0.3 });
    }
}

/// The parameters and all state, as bits.
fn everything<T: Real>(optimizer: &dyn AnyOptimizer<T>, params: &Params<T>) -> Vec<(String, Vec<u64>)> {
    let tensors = optimizer.state_tensors().expect("names are unique");
    let state = tensors.names().map(|name| {
        let tensor = tensors.get::<T>(name).expect("its own type").to_vec();
        (name.to_owned(), bits(&tensor))
    });
    let texts = tensors.metadata().iter().map(|(key, text)| (format!("{key} = {text}"), Vec::new()));
    let parameters = ("parameters".to_owned(), bits(params.as_slice()));
    state.chain(texts).chain([parameters]).collect()
}

fn resumed_runs_are_uninterrupted_ones<T: Real>(folder: &Folder) {
    for ((name, mut whole), (_, mut first)) in optimizers::<T>().into_iter().zip(optimizers::<T>()) {
        let (mut expected, mut params) = (model::<T>(), model::<T>());
        run(&name, &mut *whole, &mut expected, 0..STEPS);
        run(&name, &mut *first, &mut params, 0..BREAK);
        let (state, weights) = (folder.file("state.safetensors"), folder.file("weights.safetensors"));
        first.save(&state).expect("the folder is writable");
        params.save_safetensors(&weights).expect("the folder is writable");
        drop((first, params));

        let (_, mut second) =
            optimizers::<T>().into_iter().find(|(own, _)| *own == name).expect("the same row");
        let mut params = model::<T>();
        params.as_mut_slice().fill(T::zero());
        params.load_safetensors(&weights).expect("written above");
        second.load(&state).expect("written above");
        run(&name, &mut *second, &mut params, BREAK..STEPS);
        assert_eq!(everything(&*second, &params), everything(&*whole, &expected), "{name}");
        assert_ne!(params, model::<T>(), "{name} moves");
    }
}

/// The names in a list `pub use …::{…};` of a source file.
fn exported<'a>(source: &'a str, list: &str) -> Vec<&'a str> {
    let (_, rest) = source.split_once(list).expect("the list is there");
    let (names, _) = rest.split_once("};").expect("the list ends");
    names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Whatever rule, transform, search or schedule the crate exports has a row above: a new one fails here until it has.
#[test]
fn everything_with_state_is_resumed() {
    // Settings and traits.
    let others = [
        "Accumulator",
        "AdafactorEpsilon",
        "Maximum",
        "MuonScale",
        "After",
        "Before",
        "ClipScope",
        "Composed",
        "Transform",
        "FirstStep",
        "Search",
        "Searched",
        "LineSearchDescent",
        "LbfgsOptimizer",
        "LbfgsStep",
        "Stop",
        "Anneal",
        "Goal",
        "Plateau",
        "Threshold",
    ];
    let (lib, schedules, searches) = (
        include_str!("../../src/lib.rs"),
        include_str!("../../src/schedule/mod.rs"),
        include_str!("../../src/line_search/mod.rs"),
    );
    let mut names = [exported(lib, "pub use rules::{"), exported(lib, "pub use transform::{")].concat();
    for line in schedules.lines().chain(searches.lines()) {
        if let Some(list) = line.strip_prefix("pub use ") {
            let (_, list) = list.split_once("::").expect("a name in a module");
            names.extend(list.trim_matches([';', '{', '}']).split(", "));
        }
    }
    let rows: String = optimizers::<f32>().iter().map(|(_, optimizer)| format!("{optimizer:?}")).collect();
    assert!(names.len() > 60, "{names:?}");
    names.retain(|name| !others.contains(name) && !rows.contains(&format!("{name} {{")));
    assert!(names.is_empty(), "without a row: {names:?}");
}

/// The learning rate in force is state: an optimizer that is built anew has that of the file, and one that is built with
/// another one refuses the file.
#[test]
fn the_learning_rate_in_force_is_state() {
    let params = model::<f64>();
    let build = |learning_rate| -> [Boxed<f64>; 3] {
        let sgd = Sgd { learning_rate, ..Sgd::default() };
        let adam = Adam { learning_rate, ..Adam::default() };
        [
            Box::new(adam.optimizer(&params).unwrap()),
            Box::new(Groups::new().group("*.bias", sgd).rest(adam).optimizer(&params).unwrap()),
            Box::new(Lbfgs { learning_rate, ..Lbfgs::default() }.optimizer(&params).unwrap()),
        ]
    };
    for ((mut first, mut second), mut other) in build(0.5).into_iter().zip(build(0.5)).zip(build(0.25)) {
        first.set_learning_rate(0.125).unwrap();
        second.set_state_tensors(&first.state_tensors().unwrap()).unwrap();
        assert_eq!(second.learning_rate(), 0.125, "{}", second.name());
        let error = other.set_state_tensors(&first.state_tensors().unwrap()).unwrap_err().to_string();
        assert!(error.ends_with("learning_rate: 0.5 in the file, 0.25 in the optimizer"), "{error}");
        assert_eq!(other.learning_rate(), 0.25);
    }
}

#[test]
fn resumed_runs_are_uninterrupted_ones_in_f32() {
    resumed_runs_are_uninterrupted_ones::<f32>(&Folder::new("f32"));
}

#[test]
fn resumed_runs_are_uninterrupted_ones_in_f64() {
    resumed_runs_are_uninterrupted_ones::<f64>(&Folder::new("f64"));
}

const CHILD: &str = "GRADUS_OPTIM_TEST_FOLDER";

/// The rows that the other process continues.
fn rows(folder: &Path) -> impl Iterator<Item = (String, Boxed<f32>, PathBuf, PathBuf)> {
    let rows = optimizers::<f32>().into_iter().enumerate();
    rows.map(|(row, (name, optimizer))| {
        let file = |what: &str| folder.join(format!("{row}.{what}.safetensors"));
        (name, optimizer, file("state"), file("weights"))
    })
}

/// What the process does that [`runs_resume_in_another_process`] starts: it continues all runs, and writes where they
/// end. Started by a person, it does nothing.
#[test]
fn continue_runs_of_another_process() {
    let Some(folder) = std::env::var_os(CHILD) else { return };
    for (name, mut optimizer, state, weights) in rows(Path::new(&folder)) {
        let mut params = model::<f32>();
        params.load_safetensors(&weights).unwrap();
        optimizer.load(&state).unwrap();
        run(&name, &mut *optimizer, &mut params, BREAK..STEPS);
        optimizer.save(&state).unwrap();
        params.save_safetensors(&weights).unwrap();
    }
}

#[test]
fn runs_resume_in_another_process() {
    let folder = Folder::new("process");
    for (name, mut optimizer, state, weights) in rows(&folder.0) {
        let mut params = model::<f32>();
        run(&name, &mut *optimizer, &mut params, 0..BREAK);
        optimizer.save(&state).unwrap();
        params.save_safetensors(&weights).unwrap();
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "state::continue_runs_of_another_process", "--nocapture"])
        .env(CHILD, &folder.0)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success() && output.contains("1 passed"), "{output}");
    for ((name, mut whole, state, weights), (_, mut resumed, ..)) in rows(&folder.0).zip(rows(&folder.0)) {
        let (mut expected, mut params) = (model::<f32>(), model::<f32>());
        run(&name, &mut *whole, &mut expected, 0..STEPS);
        params.load_safetensors(&weights).unwrap();
        resumed.load(&state).unwrap();
        assert_eq!(everything(&*resumed, &params), everything(&*whole, &expected), "{name}");
    }
}

/// A negative control: without the state, a run does not go on as it did.
#[test]
fn a_run_without_its_state_is_another_one() {
    let mut expected = model::<f64>();
    let mut adam = Adam { learning_rate: 0.1, ..Adam::default() }.optimizer(&expected).unwrap();
    run("adam", &mut adam, &mut expected, 0..BREAK);
    let mut params = expected.clone();
    let mut fresh = Adam { learning_rate: 0.1, ..Adam::default() }.optimizer(&expected).unwrap();
    run("adam", &mut adam, &mut expected, BREAK..STEPS);
    run("adam", &mut fresh, &mut params, BREAK..STEPS);
    assert_ne!(params, expected);
}
