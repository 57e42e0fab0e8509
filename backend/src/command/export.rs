//! `heapgym export`: a run as a picture, a table, data, or one page.

use std::{fs, io::Write, path::PathBuf, process::ExitCode};

use anyhow::Context;
use serde_json::{Map, Value};

use super::output::create;
use crate::export::{self, Document, Format, Picture};

mod fetch;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file of `heapgym run --save`, or the address of a run that has ended: http://127.0.0.1:8080/r/{id}.
    #[arg(value_name = "RUN")]
    run: String,
    /// What to write.
    #[arg(long, value_enum)]
    format: Format,
    /// Which chart, of formats that show one: memory by default. CSV without it has every metric as it was read.
    #[arg(long, value_name = "ID")]
    chart: Option<String>,
    /// Only these of its series: ids of metrics, with commas.
    #[arg(long, value_name = "IDS")]
    series: Option<String>,
    /// Its colours: light or dark.
    #[arg(long)]
    theme: Option<String>,
    /// Its width in CSS pixels.
    #[arg(long)]
    width: Option<String>,
    /// Its height in CSS pixels.
    #[arg(long)]
    height: Option<String>,
    /// Pixels of a PNG for each CSS pixel.
    #[arg(long)]
    scale: Option<String>,
    /// Where to write it; stdout by default.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let picture = args.picture()?;
    let run = read(&args.run)?;
    let bytes = export::export(&run, args.format, picture.as_ref())?;
    match &args.out {
        Some(path) => create(path, "--out")?.write_all(&bytes).context("--out: cannot write")?,
        None => std::io::stdout().lock().write_all(&bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// What the flags ask for, under the names that links have; none where nothing was said of a picture.
    fn picture(&self) -> anyhow::Result<Option<Picture>> {
        let said = [
            ("chart", &self.chart),
            ("series", &self.series),
            ("theme", &self.theme),
            ("w", &self.width),
            ("h", &self.height),
            ("scale", &self.scale),
        ];
        let words: Map<String, Value> = said
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?.into())))
            .collect();
        if words.is_empty() {
            return Ok(None);
        }
        Ok(Some(Picture::parse(words)?))
    }
}

fn read(run: &str) -> anyhow::Result<Document> {
    let json = match run.starts_with("http://") {
        true => fetch::run(run)?,
        false => fs::read(run).with_context(|| format!("RUN: cannot read `{run}`"))?,
    };
    serde_json::from_slice(&json).with_context(|| format!("RUN: `{run}` is no run of `heapgym run --save`"))
}
