//! The factors on one learning rate.

use std::sync::Arc;

use super::{Plateau, Schedule};

/// Schedules and plateaus whose product is the factor on a learning rate.
#[derive(Clone, Debug, Default)]
pub struct Factors {
    schedules: Vec<Arc<dyn Schedule>>,
    plateaus: Vec<Plateau>,
}

impl Factors {
    pub(crate) fn add(&mut self, schedule: Arc<dyn Schedule>) {
        self.schedules.push(schedule);
    }

    pub(crate) fn add_plateau(&mut self, plateau: Plateau) {
        self.plateaus.push(plateau);
    }

    pub(crate) fn observe(&mut self, metric: f64) {
        for plateau in &mut self.plateaus {
            plateau.observe(metric);
        }
    }

    #[cfg(feature = "io")]
    pub(crate) fn plateaus(&mut self) -> &mut [Plateau] {
        &mut self.plateaus
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.schedules.is_empty() && self.plateaus.is_empty()
    }

    /// The factor of the step with number `step`, counted from 0.
    pub(crate) fn at(&self, step: u64) -> f64 {
        let scheduled = self.schedules.iter().map(|schedule| schedule.at(step));
        scheduled.chain(self.plateaus.iter().map(Plateau::factor)).product()
    }

    /// Schedules and plateaus as texts that hold all of their settings: those of `Debug`, since the sentences of
    /// `Display` are the same for `a.then(b).until(4)` and `a.then(b.until(4))`.
    #[cfg(feature = "io")]
    pub(crate) fn describe(&self) -> Vec<String> {
        let plateaus = self.plateaus.iter().map(|plateau| format!("{:?}", plateau.settings()));
        self.schedules.iter().map(|schedule| format!("{schedule:?}")).chain(plateaus).collect()
    }
}
