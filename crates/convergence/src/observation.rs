//! One executed step as certificates see it.

use gradus_optim::Trace;

/// The step x⁺ = x − A·p from point `step` to the next, with A = diag(a).
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The number t of the step, from 0.
    pub step: usize,
    /// f(x) − f*.
    pub gap: f64,
    /// f(x⁺) − f*.
    pub next_gap: f64,
    /// The full gradient ∇f(x).
    pub gradient: &'a [f64],
    /// The full gradient ∇f(x⁺).
    pub next_gradient: &'a [f64],
    /// diag(A), the learning rate included.
    pub effective_step: &'a [f64],
    /// The direction p.
    pub direction: &'a [f64],
    /// Reductions of the vectors above.
    pub sums: Sums,
    /// Exact conditional expectations, for stochastic steps.
    pub expectation: Option<Expectation>,
}

/// Reductions over the coordinates of one step.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// ‖g‖².
    pub gradient_sq: f64,
    /// min aᵢ.
    pub smallest_step: f64,
    /// max aᵢ.
    pub largest_step: f64,
    /// gᵀAg.
    pub gag: f64,
    /// gᵀA²g.
    pub gaag: f64,
    /// gᵀAp, the first-order decrease.
    pub gradient_move: f64,
    /// ‖Ap‖² = ‖x⁺ − x‖².
    pub step_sq: f64,
    /// ‖p − g‖², the squared error of the direction.
    pub error_sq: f64,
    /// ‖g⁺ − g‖².
    pub gradient_change_sq: f64,
}

/// Expectations conditional on the past, computed by enumerating the samples.
#[derive(Clone, Copy, Debug)]
pub struct Expectation {
    /// E[f(x⁺) − f*] over the draw of this step, if A does not depend on it.
    pub next_gap: Option<f64>,
    /// ‖x − x*‖² for the minimiser x* nearest to the start.
    pub distance_sq: Option<f64>,
    /// E‖x⁺ − x*‖² over the draw of this step.
    pub next_distance_sq: Option<f64>,
    /// E‖ĝ⁺ − g⁺‖² of the next draw, at x⁺.
    pub next_noise: f64,
}

impl<'a> Observation<'a> {
    /// Collects the reductions.
    pub fn new(
        step: usize,
        (gap, next_gap): (f64, f64),
        (gradient, next_gradient): (&'a [f64], &'a [f64]),
        trace: &'a Trace<f64>,
        expectation: Option<Expectation>,
    ) -> Self {
        let (effective_step, direction) = (trace.effective_step.as_slice(), trace.direction.as_slice());
        let mut sums = Sums { smallest_step: f64::INFINITY, ..Sums::default() };
        for ((&g, &next), (&a, &p)) in
            gradient.iter().zip(next_gradient).zip(effective_step.iter().zip(direction))
        {
            let moved = a * p;
            sums.gradient_sq += g * g;
            sums.smallest_step = sums.smallest_step.min(a);
            sums.largest_step = sums.largest_step.max(a);
            sums.gag += g * a * g;
            sums.gaag += (a * g) * (a * g);
            sums.gradient_move += g * moved;
            sums.step_sq += moved * moved;
            sums.error_sq += (p - g) * (p - g);
            sums.gradient_change_sq += (next - g) * (next - g);
        }
        Self { step, gap, next_gap, gradient, next_gradient, effective_step, direction, sums, expectation }
    }

    /// Whether the direction is the full gradient itself, as in section 2 of the theory.
    pub fn follows_gradient(&self) -> bool {
        self.sums.error_sq <= 1e-24 * self.sums.gradient_sq
    }

    /// D1: the sampled preconditioned PL ratio m = gᵀAg/(2D).
    pub fn preconditioned_ratio(&self) -> f64 {
        self.sums.gag / (2.0 * self.gap)
    }

    /// D1: the realised preconditioned curvature l = 2(f⁺ − f + gᵀAg)/(gᵀAg), for p = g.
    pub fn realised_preconditioned_curvature(&self) -> f64 {
        2.0 * (self.next_gap - self.gap + self.sums.gag) / self.sums.gag
    }

    /// The sampled PL ratio ‖g‖²/(2D): an upper bound on μ.
    pub fn pl_ratio(&self) -> f64 {
        self.sums.gradient_sq / (2.0 * self.gap)
    }

    /// The realised curvature 2(f⁺ − f + gᵀAp)/‖Ap‖²: a lower bound on L.
    pub fn realised_curvature(&self) -> f64 {
        2.0 * (self.next_gap - self.gap + self.sums.gradient_move) / self.sums.step_sq
    }

    /// ‖g⁺ − g‖/‖x⁺ − x‖: a lower bound on L.
    pub fn lipschitz_quotient(&self) -> f64 {
        (self.sums.gradient_change_sq / self.sums.step_sq).sqrt()
    }
}
