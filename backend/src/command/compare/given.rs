//! What a comparison reads instead of running: reports, and a comparison that is there already.

use anyhow::anyhow;
use heapgym_shared::{Rejection, Report, comparison::Comparison};
use serde::Deserialize;

use crate::{
    command::source::Source,
    json::{self, Kind, NotRead},
};

/// A run, of which only the report is read.
#[derive(Debug, Deserialize)]
struct Run {
    report: Option<Report>,
}

/// The report of a run, or of a whole run.
///
/// # Errors
/// When it cannot be read, or there is none.
pub(super) fn report(source: &Source) -> anyhow::Result<Report> {
    let document = source.document()?;
    let refuse = |why| source.refuse(why);
    match json::expect(&[Kind::Report, Kind::Run], &document).map_err(refuse)? {
        Kind::Report => json::read(&document).map_err(refuse),
        _ => {
            let Run { report } = json::read(&document).map_err(refuse)?;
            report.ok_or_else(|| anyhow!("`{source}` is a run without a report: it did not get to its end"))
        }
    }
}

/// A comparison that is there already.
///
/// # Errors
/// When it cannot be read, or there is none.
pub(super) fn comparison(source: &Source) -> anyhow::Result<Comparison> {
    json::read_as(Kind::Comparison, &source.comparison()?).map_err(|why| match why {
        NotRead::OtherKind { found: found @ (Kind::Report | Kind::Run), .. } => Rejection::new(
            source.to_string(),
            format!("is {found}"),
            "a second one beside it, or a comparison",
        )
        .into(),
        why => source.refuse(why),
    })
}
