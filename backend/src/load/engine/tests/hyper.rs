//! What hyper does with each kind of reply, beside heapgym, and that docs/REPLIES.md says so.

use std::{fmt::Write, time::Duration};

use futures_util::future::join_all;
use http::Uri;
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

use super::*;
use crate::load::reply::cases::{CASES, Case, Expect};

/// Where the table is.
const DOCUMENT: &str = include_str!("../../../../../docs/REPLIES.md");
/// Longer than any server here takes: a client that still waits takes the reply for unfinished.
const LONG: Duration = Duration::from_secs(10);

/// Whether hyper gives the whole reply to its user.
async fn hyper_reads(uri: Uri) -> bool {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<&[u8]>>();
    let whole = async {
        let reply = client.get(uri).await.ok()?;
        reply.into_body().collect().await.ok()
    };
    tokio::time::timeout(LONG, whole).await.ok().flatten().is_some()
}

#[tokio::test]
async fn hyper_does_what_the_table_says() {
    let wrong = join_all(CASES.iter().map(async |case| {
        let then = if case.closes { Then::Close } else { Then::Stay };
        let server = Server::start(Answer::Bytes(case.bytes, then));
        let uri = format!("http://{}/", server.address).parse().unwrap();
        (hyper_reads(uri).await != case.hyper).then_some(case.name)
    }));
    let wrong: Vec<_> = wrong.await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "hyper differs: {wrong:#?}");
}

/// The row of a case in the document.
fn row(case: &Case) -> String {
    let reads = |reads: bool| if reads { "reads" } else { "refuses" };
    let heapgym = match case.heapgym {
        Expect::Kept { .. } => "reads".to_owned(),
        Expect::Closed { .. } => "reads, then closes".to_owned(),
        Expect::Refused(reason) => format!("refuses: {}", reason.sentence()),
        Expect::Cut => "refuses: the connection ended before the reply did".to_owned(),
    };
    let section = match case.section.split_once(' ') {
        Some((rfc, section)) => format!("RFC {rfc}, {section}"),
        None => case.section.to_owned(),
    };
    format!("| {} | {section} | {heapgym} | {} | {} |", case.name, reads(case.curl), reads(case.hyper))
}

#[test]
fn the_document_has_a_row_for_each_kind() {
    let table = CASES.iter().fold(String::new(), |mut table, case| {
        let _ = writeln!(table, "{}", row(case));
        table
    });
    assert!(DOCUMENT.contains(&table), "docs/REPLIES.md must contain:\n{table}");
}
