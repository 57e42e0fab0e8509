//! The form in the page's address: `/play#s=…` fills it, and it is kept there as long as no run is in sight.

use heapgym_shared::{Rejection, RunSpec, link};
use leptos::prelude::*;
use serde_json::Value;

use super::Session;
use crate::{
    model::{
        address::Address,
        dashboard::{Dashboard, Notice},
        form::Form,
    },
    navigation::{Step, base},
};

impl Session {
    /// Fills the form from the link in the address, now and when another one is pasted over it, and keeps what the
    /// reader changes in the address.
    pub fn follow_link(self) {
        self.open_link();
        let listener = window_event_listener(leptos::ev::popstate, move |_| self.open_link());
        on_cleanup(move || listener.remove());
        let written =
            Memo::new(move |_| self.form(|form| form.is_touched().then(|| link::write(&form.spec(None)))));
        let write = move |link: &Option<String>, _: Option<&Option<String>>, _: Option<()>| {
            let shows_runs = self.read_once(|dashboard| !dashboard.runs().is_empty());
            let is_here = !shows_runs && self.navigation.address_once() == Address::Start;
            // A link that was refused stays, to be read and mended.
            if let Some(link) = link.as_ref().filter(|_| is_here && !self.read_once(has_refused_link)) {
                self.navigation.write(&format!("{}{link}", base()), Step::Replace);
            }
        };
        // Not at once: on the way here from another address that one would be overwritten.
        Effect::watch(move || written.get(), write, false);
    }

    /// An address of this instance that carries the form.
    pub fn link(&self) -> String {
        let origin = window().location().origin().unwrap_or_default();
        self.form.with_untracked(|form| format!("{origin}{}{}", base(), link::write(&form.spec(None))))
    }

    fn open_link(&self) {
        let fragment = self.navigation.fragment();
        if self.form.with_untracked(|form| link::write(&form.spec(None)).ends_with(&fragment)) {
            return; // the form says so already
        }
        let carried = link::read(&fragment);
        match carried.map(|carried| carried.and_then(|spec| form_of(&spec))) {
            None => {}
            Some(Ok(filled)) => self.form.update(|form| form.replace(filled)),
            Some(Err(refusal)) => self.notify(Notice::Link(refusal)),
        }
    }
}

fn has_refused_link(dashboard: &Dashboard) -> bool {
    matches!(dashboard.notice(), Some(Notice::Link(_)))
}

/// The form that a specification by link makes. A setting out of its range is shown at its field; what has no field
/// there, or nothing that can be written into it, is refused.
///
/// # Errors
/// Why the link cannot be used.
fn form_of(spec: &Value) -> Result<Form, Rejection> {
    let mut form = Form::default();
    form.adopt(spec);
    match RunSpec::parse(spec, &Default::default()) {
        Ok(_) => Ok(form),
        Err(refusal) => match form.check() {
            Err(shown) if shown.field == refusal.field && form.has(&shown.field) => Ok(form),
            _ => Err(refusal),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec(change: impl FnOnce(&mut Value)) -> Value {
        let mut spec = json!({
            "workload": {"kind": "logs"}, "variant": "pooled",
            "load": {"profile": {"kind": "constant_arrival_rate", "rate": 250, "duration_ms": 4_000}},
        });
        change(&mut spec);
        spec
    }

    #[test]
    fn a_link_fills_the_form() {
        let form = form_of(&spec(|_| ())).unwrap();
        assert_eq!(form.one_line(), "logs · pooled · 250/s · 4 s");
    }

    #[test]
    fn what_is_out_of_range_stands_at_its_field() {
        let form = form_of(&spec(|spec| spec["load"]["profile"]["rate"] = 1e12.into())).unwrap();
        assert_eq!(form.check().unwrap_err().field, "load.profile.rate");
    }

    #[test]
    fn what_has_no_place_in_the_form_is_refused() {
        for (change, field) in [
            ((|spec| spec["surprise"] = 1.into()) as fn(&mut Value), "surprise"),
            (|spec| spec["workload"]["kind"] = "mining".into(), "workload.kind"),
            (|spec| spec["load"]["profile"]["rate"] = json!({"a": 1}), "load.profile.rate"),
            (|spec| spec["load"] = json!([]), "load"),
        ] {
            assert_eq!(form_of(&spec(change)).unwrap_err().field, field);
        }
    }
}
