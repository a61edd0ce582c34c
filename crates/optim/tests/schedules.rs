//! Schedules against PyTorch's (`golden/schedules.py`), against their formulas, and as data and sentences.

use approx::assert_relative_eq;
use gradus_optim::schedule::{
    Anneal, Constant, Cosine, CosineRestarts, Exponential, Finite, Goal, InverseSquareRoot, Linear,
    MultiStep, OneCycle, Plateau, Polynomial, ReduceOnPlateau, Schedule, StepDecay, Then,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// PyTorch multiplies from step to step: 40 roundings, and for its cosine a recursion that divides by small
/// numbers.
const TOLERANCE: f64 = 1e-12;

#[derive(Deserialize)]
struct Golden {
    torch: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    schedule: String,
    settings: Value,
    metrics: Option<Vec<f64>>,
    rates: Vec<f64>,
}

fn read<S: DeserializeOwned>(settings: &Value) -> S {
    serde_json::from_value(settings.clone()).expect("settings of the schedule")
}

fn schedule(name: &str, settings: &Value) -> Box<dyn Schedule> {
    match name {
        "linear" => Box::new(read::<Linear>(settings)),
        "step_decay" => Box::new(read::<StepDecay>(settings)),
        "multi_step" => Box::new(read::<MultiStep>(settings)),
        "exponential" => Box::new(read::<Exponential>(settings)),
        "polynomial" => Box::new(read::<Polynomial>(settings)),
        "cosine" => Box::new(read::<Cosine>(settings)),
        "cosine_restarts" => Box::new(read::<CosineRestarts>(settings)),
        "one_cycle" => Box::new(read::<OneCycle>(settings)),
        "constant_then_one" => {
            let factor = Constant { factor: read(&settings["factor"]) };
            Box::new(factor.until(read(&settings["steps"])).then(Constant::default()))
        }
        "linear_then_cosine" => {
            Box::new(read::<Linear>(&settings["linear"]).then(read::<Cosine>(&settings["cosine"])))
        }
        "linear_times_exponential" => {
            Box::new(read::<Linear>(&settings["linear"]).times(read::<Exponential>(&settings["exponential"])))
        }
        other => panic!("no schedule {other}"),
    }
}

#[test]
fn factors_are_pytorchs() {
    let golden: Golden = serde_json::from_str(include_str!("golden/schedules.json")).unwrap();
    assert_eq!((golden.torch.as_str(), golden.cases.len()), ("2.15.0", 31));
    for case in &golden.cases {
        let found = match &case.metrics {
            None => schedule(&case.schedule, &case.settings).values(case.rates.len() as u64),
            Some(metrics) => {
                let mut plateau = read::<ReduceOnPlateau>(&case.settings).start().unwrap();
                let observed = metrics.iter().map(|&metric| plateau.observe(metric));
                std::iter::once(1.0).chain(observed).take(case.rates.len()).collect()
            }
        };
        for (step, (&found, &expected)) in found.iter().zip(&case.rates).enumerate() {
            let (name, settings) = (&case.schedule, &case.settings);
            let close = (found - expected).abs() <= TOLERANCE * expected.abs().max(1e-3);
            assert!(close, "{name} {settings} at {step}: {found} is not {expected}");
        }
    }
}

#[test]
fn after_its_end_a_schedule_stays() {
    let finite: [(Box<dyn Schedule>, u64, f64); 6] = [
        (Box::new(Linear { from: 0.5, to: 2.0, steps: 7 }), 7, 2.0),
        (Box::new(Polynomial { steps: 7, power: 0.5 }), 7, 0.0),
        (Box::new(Cosine { steps: 7, floor: 0.25 }), 7, 0.25),
        (Box::new(OneCycle { steps: 8, ..OneCycle::default() }), 7, 4e-6),
        (Box::new(MultiStep { milestones: vec![3, 7], gamma: 0.5 }), 7, 0.25),
        (Box::new(Exponential { gamma: 0.5 }.until(7)), 7, 1.0 / 128.0),
    ];
    for (schedule, end, last) in finite {
        assert_ne!(schedule.at(end - 1), last, "{schedule}");
        for step in [end, end + 1, 1000, u64::MAX] {
            assert_relative_eq!(schedule.at(step), last, max_relative = 1e-15);
        }
    }
}

/// min(n/w, √(w/n)) for the step with number n = t + 1, whose peak is 1 at n = w.
#[test]
fn warm_up_and_inverse_square_root_are_the_transformers() {
    for w in [1, 2, 4000] {
        let schedule = Linear::warm_up(w).then(InverseSquareRoot { timescale: w });
        for t in (0..10).chain(w - 1..w + 10).chain([100 * w]) {
            let (n, w) = (t as f64 + 1.0, w as f64);
            assert_relative_eq!(schedule.at(t), (n / w).min((w / n).sqrt()), max_relative = 1e-14);
        }
    }
}

#[test]
fn sequences_and_products_count_their_own_steps() {
    let chain = Constant { factor: 3.0 }
        .until(2)
        .then(Linear { from: 0.0, to: 1.0, steps: 2 })
        .then(Exponential { gamma: 0.5 });
    assert_eq!(chain.values(7), [3.0, 3.0, 0.0, 0.5, 1.0, 0.5, 0.25]);
    let product = Constant { factor: 2.0 }.until(1).times(Linear { from: 0.0, to: 1.0, steps: 4 });
    assert_eq!(product.end(), 4);
    assert_eq!(product.values(3), [0.0, 0.5, 1.0]);
    let endless = Constant { factor: 3.0 }.until(u64::MAX).then(Linear::default()).then(Linear::default());
    assert_eq!((endless.at(3), endless.end()), (3.0, u64::MAX));
    let restarts = CosineRestarts { period: 2, growth: 3, floor: 0.0 };
    let restart_steps: Vec<u64> = (0..100).filter(|&step| restarts.at(step) == 1.0).collect();
    assert_eq!(restart_steps, [0, 2, 8, 26, 80]);
}

#[test]
fn schedules_read_like_sentences() {
    let rows: [(Box<dyn Schedule>, &str); 10] = [
        (Box::new(Constant::default()), "constant 1"),
        (Box::new(StepDecay { period: 30, gamma: 0.1 }), "multiplied by 0.1 every 30 steps"),
        (Box::new(MultiStep { milestones: vec![30, 80], gamma: 0.1 }), "multiplied by 0.1 at steps [30, 80]"),
        (Box::new(Exponential { gamma: 0.99 }), "multiplied by 0.99 at every step"),
        (Box::new(Polynomial { steps: 9, power: 2.0 }), "polynomial of power 2 from 1 to 0 over 9 steps"),
        (
            Box::new(CosineRestarts { period: 10, growth: 2, floor: 0.0 }),
            "cosine from 1 to 0 over 10 steps, again and again, each time 2 times as long",
        ),
        (
            Box::new(OneCycle::default()),
            "one cycle of 1000 steps along cosines: from 0.04 to 1 in 30 % of them, then to 4e-6",
        ),
        (Box::new(InverseSquareRoot { timescale: 4000 }), "inverse square root with timescale 4000"),
        (
            Box::new(Constant { factor: 0.1 }.until(5).then(Linear::default())),
            "constant 0.1 for 5 steps, then linear from 0.3333333333333333 to 1 over 5 steps",
        ),
        (
            Box::new(Linear::warm_up(10).times(Exponential { gamma: 0.9 })),
            "(linear from 0.1 to 1 over 9 steps) times (multiplied by 0.9 at every step)",
        ),
    ];
    for (schedule, sentence) in rows {
        assert_eq!(schedule.to_string(), sentence);
    }
    assert_eq!(
        ReduceOnPlateau::default().to_string(),
        "multiplied by 0.1 when the metric does not fall for more than 10 times"
    );
}

#[test]
fn settings_out_of_range_are_named() {
    let rows: [(Box<dyn Schedule>, &str); 10] = [
        (Box::new(Constant { factor: -1.0 }), "constant: factor = -1, allowed: finite and at least 0"),
        (
            Box::new(Linear { from: f64::NAN, ..Linear::default() }),
            "linear: from = NaN, allowed: finite and at least 0",
        ),
        (Box::new(StepDecay { period: 0, gamma: 0.1 }), "step_decay: period = 0, allowed: at least 1"),
        (
            Box::new(MultiStep { milestones: vec![5, 3], gamma: 0.1 }),
            "multi_step: milestones = [5, 3], allowed: in ascending order",
        ),
        (Box::new(Polynomial { steps: 5, power: 0.0 }), "polynomial: power = 0, allowed: finite and above 0"),
        (
            Box::new(CosineRestarts { period: 5, growth: 0, floor: 0.0 }),
            "cosine_restarts: growth = 0, allowed: at least 1",
        ),
        (
            Box::new(OneCycle { rise: 1.0, ..OneCycle::default() }),
            "one_cycle: rise = 1, allowed: above 0 and below 1",
        ),
        (
            Box::new(OneCycle { rise: 0.6, three_phase: true, ..OneCycle::default() }),
            "one_cycle: rise = 0.6, allowed: above 0, at most 0.5 with three_phase",
        ),
        (
            Box::new(Linear::default().then(InverseSquareRoot { timescale: 0 })),
            "inverse_square_root: timescale = 0, allowed: at least 1",
        ),
        (
            Box::new(Cosine { steps: 0, floor: 0.0 }.times(Exponential { gamma: 1.0 })),
            "cosine: steps = 0, allowed: at least 1",
        ),
    ];
    for (schedule, message) in rows {
        assert_eq!(schedule.validate().unwrap_err().to_string(), message);
        schedule.values(3);
    }
    let error = ReduceOnPlateau { factor: 1.0, ..ReduceOnPlateau::default() }.start().unwrap_err();
    assert_eq!(error.to_string(), "reduce_on_plateau: factor = 1, allowed: at least 0 and below 1");
}

#[test]
fn schedules_are_data() {
    let warm_cosine = Linear::warm_up(4).then(Cosine { steps: 10, floor: 0.5 });
    let text = serde_json::to_string(&warm_cosine).unwrap();
    assert_eq!(text, r#"{"first":{"from":0.25,"to":1.0,"steps":3},"next":{"steps":10,"floor":0.5}}"#);
    assert_eq!(serde_json::from_str::<Then<Linear, Cosine>>(&text).unwrap(), warm_cosine);
    let cycle: OneCycle = read(&json!({"anneal": "linear"}));
    assert_eq!(cycle, OneCycle { anneal: Anneal::Linear, ..OneCycle::default() });
    let error = serde_json::from_str::<Exponential>(r#"{"decay": 0.9}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `decay`"), "{error}");
}

/// Written and read at any point, it goes on as if nothing had happened; infinities and NaN do not break it.
#[test]
fn plateau_survives_serde() {
    let settings =
        ReduceOnPlateau { patience: 1, cooldown: 1, goal: Goal::Minimise, ..ReduceOnPlateau::default() };
    let metrics = [f64::INFINITY, f64::NAN, 3.0, 2.0, f64::NAN, 2.0, 2.0, 2.0, 2.0, 1.0];
    let mut whole = settings.start().unwrap();
    let mut saved = settings.start().unwrap();
    for metric in metrics {
        saved = serde_json::from_str::<Plateau>(&serde_json::to_string(&saved).unwrap()).unwrap();
        assert_eq!(saved.observe(metric).to_bits(), whole.observe(metric).to_bits());
        assert_eq!(saved, whole);
    }
    assert_eq!(whole.best(), Some(1.0));
    assert!(whole.factor() < 0.05, "two bad metrics reduce, twice: {}", whole.factor());
}
