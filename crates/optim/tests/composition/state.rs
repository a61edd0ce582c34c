//! A resumed run is an uninterrupted one, bit for bit: every rule, schedule, transform and average.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::methods::{all, bits};
use crate::model::{gradient, model};
use gradus_optim::schedule::{Cosine, Exponential, Finite, Linear, ReduceOnPlateau};
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

/// All rules in all variants, and all compositions.
fn optimizers<T: Real>() -> Vec<(String, Boxed<T>)> {
    let layout = Layout::from(&model::<T>());
    let composed = composed(&layout).into_iter().map(|(name, optimizer)| (name.to_owned(), optimizer));
    all(layout).into_iter().chain(composed).collect()
}

/// Takes the steps of a range, one of which has a gradient that is not finite where that is skipped.
fn run<T: Real>(
    name: &str,
    optimizer: &mut dyn AnyOptimizer<T>,
    params: &mut Params<T>,
    steps: std::ops::Range<u64>,
) {
    for step in steps {
        let mut function = |x: &Params<T>, out: &mut [T]| {
            out.copy_from_slice(gradient(x, step).as_slice());
            if step == 4 && matches!(name, "skipping" | "everything") {
                out[50] = T::INFINITY;
            }
            T::one()
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
