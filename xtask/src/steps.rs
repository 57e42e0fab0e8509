//! A plan of named steps, run in order: what is already there is not in the plan.

use std::time::Instant;

use anyhow::{Context, Result};

use crate::say;

/// One named piece of work.
pub(crate) struct Step {
    title: String,
    work: Box<dyn FnOnce() -> Result<()>>,
}

impl Step {
    /// Names `work`: the title says what is going on, as in "building the page".
    pub(crate) fn new(title: impl Into<String>, work: impl FnOnce() -> Result<()> + 'static) -> Self {
        Self { title: title.into(), work: Box::new(work) }
    }
}

/// Runs the steps until one fails, announcing and timing each.
pub(crate) fn run(steps: Vec<Step>) -> Result<()> {
    let total = steps.len();
    for (number, Step { title, work }) in (1..).zip(steps) {
        say::step(number, total, &title);
        let start = Instant::now();
        work().context(title)?;
        say::done(start.elapsed());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, rc::Rc};

    use anyhow::anyhow;

    use super::*;

    #[test]
    fn a_failed_step_is_named_and_ends_the_plan() {
        let went_on = Rc::new(Cell::new(false));
        let later = Rc::clone(&went_on);
        let failed = run(vec![
            Step::new("building the page", || Err(anyhow!("no page"))),
            Step::new("serving it", move || {
                later.set(true);
                Ok(())
            }),
        ]);
        assert_eq!(format!("{:#}", failed.unwrap_err()), "building the page: no page");
        assert!(!went_on.get());
    }
}
