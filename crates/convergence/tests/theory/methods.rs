//! The methods with settings from μ and L, and the theorems that cover them.

use gradus_convergence::certificates::{
    AdaGradBound, AdaGradForm, Certificate, DiagonalStep, ExactQuadratic, Lyapunov, LyapunovRun,
    PreconditionedPl, SmallestStep, SpectrumBound,
};
use gradus_losses::Objective;
use gradus_optim::{
    Accumulator, AdaGrad, AdaGradNorm, Adam, AmsGrad, AnyOptimizer, Epsilon, Maximum, RmsProp, Rule, Sgd,
};
use gradus_tensor::vector::squared_norm;

use crate::problems::{gradient_at, start_gap};

/// What settings are chosen from.
pub(crate) struct Known<'a> {
    pub(crate) problem: &'a dyn Objective<f64>,
    pub(crate) mu: f64,
    pub(crate) smoothness: f64,
    pub(crate) level: f64,
    pub(crate) gap: f64,
    pub(crate) gradient: Vec<f64>,
}

impl<'a> Known<'a> {
    pub(crate) fn of(problem: &'a dyn Objective<f64>) -> Self {
        let constants = problem.constants();
        Self {
            problem,
            mu: constants.mu.value().expect("a known mu"),
            smoothness: constants.smoothness.value().expect("a known L"),
            level: constants.level(),
            gap: start_gap(problem),
            gradient: gradient_at(problem, problem.start()),
        }
    }

    fn dim(&self) -> usize {
        self.gradient.len()
    }

    /// The step-by-step theorems of section 2 for p = g.
    fn one_step(&self, constant_step: Option<f64>) -> Vec<Box<dyn Certificate + 'a>> {
        let Self { mu, smoothness, .. } = *self;
        let mut certificates: Vec<Box<dyn Certificate + 'a>> =
            vec![Box::new(DiagonalStep::new(mu, smoothness, constant_step))];
        let spectrum = self.problem.is_quadratic().then(|| SpectrumBound::new(self.problem));
        if let Some(spectrum) = spectrum.clone() {
            certificates.push(Box::new(ExactQuadratic::new(spectrum, mu, smoothness, constant_step)));
        }
        certificates.push(Box::new(PreconditionedPl::new(smoothness, spectrum)));
        certificates
    }

    fn lyapunov(
        &self,
        (beta, nu): (f64, f64),
        cap: f64,
        smallest: SmallestStep,
        initial_error: f64,
    ) -> Box<dyn Certificate + 'a> {
        let constants = Lyapunov::new(self.mu, self.smoothness, beta, nu, cap).expect("the cap obeys (★)");
        let initial = (self.gap, initial_error * squared_norm(&self.gradient));
        Box::new(LyapunovRun::new(constants, cap, smallest, initial, self.level))
    }
}

/// The optimizer of a rule.
pub(crate) fn boxed(rule: impl Rule<f64>, dim: usize) -> Box<dyn AnyOptimizer<f64>> {
    Box::new(rule.optimizer(dim).expect("legal settings"))
}

/// A method with the certificates that must cover each of its steps.
pub(crate) struct Case<'a> {
    pub(crate) name: String,
    pub(crate) optimizer: Box<dyn AnyOptimizer<f64>>,
    pub(crate) certificates: Vec<Box<dyn Certificate + 'a>>,
}

fn case<'a, R: Rule<f64>>(
    known: &Known<'_>,
    rule: R,
    certificates: Vec<Box<dyn Certificate + 'a>>,
) -> Case<'a> {
    Case { name: format!("{rule:?}"), optimizer: boxed(rule, known.dim()), certificates }
}

/// Every method of theory section 1 with settings that its theorem covers.
pub(crate) fn certified<'a>(known: &Known<'a>) -> Vec<Case<'a>> {
    let mut cases = Vec::new();
    gradient_descent(known, &mut cases);
    momentum(known, &mut cases);
    adagrad(known, &mut cases);
    for (beta1, beta2) in [(0.9, 0.999), (0.5, 0.9)] {
        adam(known, (beta1, beta2), &mut cases);
        amsgrad(known, (beta1, beta2), &mut cases);
    }
    rmsprop(known, &mut cases);
    cases
}

fn gradient_descent<'a>(known: &Known<'a>, cases: &mut Vec<Case<'a>>) {
    let l = known.smoothness;
    // The last one is the best step on quadratics.
    for learning_rate in [1.0 / l, 0.3 / l, 2.0 / (l + known.mu)] {
        let certificates = known.one_step(Some(learning_rate));
        cases.push(case(known, Sgd { learning_rate, ..Sgd::default() }, certificates));
    }
}

fn momentum<'a>(known: &Known<'a>, cases: &mut Vec<Case<'a>>) {
    for b in [0.5, 0.9] {
        let cap = Lyapunov::largest_cap(known.mu, known.smoothness, b, 1.0);
        let rule = Sgd { learning_rate: cap * (1.0 - b), momentum: b, ..Sgd::default() };
        let certificate = known.lyapunov((b, 1.0), cap, SmallestStep::Constant, b * b);
        cases.push(case(known, rule, vec![certificate]));

        // The average starts at g₀ and the effective step is the learning rate.
        let rule = Sgd { learning_rate: cap, momentum: b, dampening: b, ..Sgd::default() };
        let certificate = known.lyapunov((b, 1.0), cap, SmallestStep::Constant, 0.0);
        cases.push(case(known, rule, vec![certificate]));

        let cap = Lyapunov::largest_cap(known.mu, known.smoothness, b, b);
        let rule = Sgd { learning_rate: cap * (1.0 - b), momentum: b, nesterov: true, ..Sgd::default() };
        let certificate = known.lyapunov((b, b), cap, SmallestStep::Constant, b.powi(4));
        cases.push(case(known, rule, vec![certificate]));
    }
}

fn adagrad<'a>(known: &Known<'a>, cases: &mut Vec<Case<'a>>) {
    let Known { mu, smoothness, gap, .. } = *known;
    let b0 = (2.0 * smoothness * gap).sqrt();
    let settings = [
        (Epsilon::InsideRoot, Accumulator::Current, 1.0),
        (Epsilon::InsideRoot, Accumulator::Current, 1.8),
        (Epsilon::OutsideRoot, Accumulator::Current, 1.0),
        (Epsilon::InsideRoot, Accumulator::Delayed, 1.0),
    ];
    for (epsilon, accumulator, relative) in settings {
        let (initial_accumulator_value, eps, denominator) = match epsilon {
            Epsilon::InsideRoot => (0.9 * b0 * b0, 0.1 * b0 * b0, b0),
            _ => (0.49 * b0 * b0, 0.3 * b0, b0),
        };
        let learning_rate = relative * denominator / smoothness;
        let form = match accumulator {
            Accumulator::Current => AdaGradForm::Current,
            Accumulator::Delayed => AdaGradForm::Delayed,
        };
        let certificates = || {
            let bound = AdaGradBound::new((mu, smoothness), learning_rate, denominator, gap, form);
            let mut certificates = known.one_step(None);
            certificates.push(Box::new(bound.expect("a positive denominator")));
            certificates
        };
        let rule = AdaGrad {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..AdaGrad::default()
        };
        cases.push(case(known, rule, certificates()));
        let rule = AdaGradNorm {
            learning_rate,
            eps,
            initial_accumulator_value,
            epsilon,
            accumulator,
            ..AdaGradNorm::default()
        };
        cases.push(case(known, rule, certificates()));
    }
}

/// eps of the size of the largest possible root of v, so that steps vary but not by orders of magnitude; η =
/// a_hi·eps.
fn eps_and_learning_rate(known: &Known<'_>, cap: f64, epsilon: Epsilon) -> (f64, f64) {
    let size = (2.0 * known.smoothness * known.gap).sqrt();
    match epsilon {
        Epsilon::InsideRoot => (size * size, cap * size),
        _ => (size, cap * size),
    }
}

fn rmsprop<'a>(known: &Known<'a>, cases: &mut Vec<Case<'a>>) {
    let cap = Lyapunov::largest_cap(known.mu, known.smoothness, 0.0, 1.0);
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot] {
        let (eps, learning_rate) = eps_and_learning_rate(known, cap, epsilon);
        let smallest = match epsilon {
            Epsilon::InsideRoot => SmallestStep::InsideRoot { learning_rate, eps },
            _ => SmallestStep::OutsideRoot { learning_rate, eps },
        };
        let mut certificates = known.one_step(None);
        certificates.push(known.lyapunov((0.0, 1.0), cap, smallest, 0.0));
        cases.push(case(
            known,
            RmsProp { learning_rate, eps, epsilon, alpha: 0.95, ..RmsProp::default() },
            certificates,
        ));
    }
}

fn adam<'a>(known: &Known<'a>, betas: (f64, f64), cases: &mut Vec<Case<'a>>) {
    let cap = Lyapunov::largest_cap(known.mu, known.smoothness, betas.0, 1.0);
    for epsilon in [Epsilon::OutsideRoot, Epsilon::InsideRoot, Epsilon::Hat] {
        for bias_correction in [true, false] {
            let (eps, learning_rate) = eps_and_learning_rate(known, cap, epsilon);
            let smallest = match (epsilon, bias_correction) {
                (Epsilon::InsideRoot, _) => SmallestStep::InsideRoot { learning_rate, eps },
                (Epsilon::Hat, true) => {
                    SmallestStep::OutsideRoot { learning_rate, eps: eps / (1.0 - betas.1).sqrt() }
                }
                _ => SmallestStep::OutsideRoot { learning_rate, eps },
            };
            let initial_error = if bias_correction { 0.0 } else { betas.0 * betas.0 };
            let certificate = known.lyapunov((betas.0, 1.0), cap, smallest, initial_error);
            let rule = Adam { learning_rate, betas, eps, epsilon, bias_correction, ..Adam::default() };
            cases.push(case(known, rule, vec![certificate]));
        }
    }
}

/// With eps at the size of the gradients, and with hardly any: then a_hi comes from the first gradient, and
/// differs between the forms by 1/√(1 − β₂).
fn amsgrad<'a>(known: &Known<'a>, betas: (f64, f64), cases: &mut Vec<Case<'a>>) {
    let cap = Lyapunov::largest_cap(known.mu, known.smoothness, betas.0, 1.0);
    let first = known.gradient.iter().map(|g| g.abs()).fold(f64::INFINITY, f64::min);
    let forms =
        [(Maximum::OfCorrected, true), (Maximum::OfUncorrected, true), (Maximum::OfUncorrected, false)];
    for (maximum, bias_correction) in forms {
        let share = if maximum == Maximum::OfCorrected { 1.0 } else { (1.0 - betas.1).sqrt() };
        for eps in [(2.0 * known.smoothness * known.gap).sqrt(), 1e-12] {
            let learning_rate = cap * (share * first + eps);
            let initial_error = if bias_correction { 0.0 } else { betas.0 * betas.0 };
            let smallest = SmallestStep::OutsideRoot { learning_rate, eps };
            let certificate = known.lyapunov((betas.0, 1.0), cap, smallest, initial_error);
            let epsilon = Epsilon::OutsideRoot;
            let rule = AmsGrad {
                learning_rate,
                betas,
                eps,
                epsilon,
                bias_correction,
                maximum,
                ..AmsGrad::default()
            };
            cases.push(case(known, rule, vec![certificate]));
        }
    }
}
