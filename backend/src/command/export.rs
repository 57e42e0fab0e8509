//! `heapgym export`: a run as a picture, a table, data, or one page.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use serde_json::{Map, Value};

use super::{print, result_file::ResultFile, source::Source};
use crate::{
    export::{self, Document, Format, Picture},
    json::{self, Kind},
};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A file of `heapgym run --save`, `-` for stdin, or the address of a run that has ended, as the browser shows it:
    /// http://127.0.0.1:8080/r/ID. Of a comparison, http://127.0.0.1:8080/c/ID..ID, pictures and tables hold both runs.
    /// A stretch of time in the address (#t=1500-4000) is all that they show.
    #[arg(value_name = "RUN")]
    run: Source,
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
    /// Where to write it; `-`, the default, is stdout.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) fn execute(args: &Args) -> anyhow::Result<ExitCode> {
    let mut picture = args.picture()?;
    let mut runs = read(&args.run, args.format).context("RUN")?;
    if let Source::Page(page) = &args.run
        && let Some(stretch) = page.stretch
    {
        match args.format {
            Format::Json | Format::Html => {
                print::remark("JSON and HTML hold the whole run, not a stretch of it")
            }
            Format::Csv if picture.is_none() && runs.len() == 1 => {
                runs.iter_mut().for_each(|run| run.keep(stretch))
            }
            Format::Csv | Format::Svg | Format::Png => {
                picture.get_or_insert_default().stretch = Some(stretch)
            }
        }
    }
    let out = ResultFile::open("--out", args.out.as_deref().unwrap_or(Path::new("-")))?;
    let bytes = match &runs[..] {
        [run] => export::export(run, args.format, picture.as_ref())?,
        runs => pair(runs, args.format, &picture.unwrap_or_default())?,
    };
    out.write(|out| Ok(out.write_all(&bytes)?))?;
    Ok(ExitCode::SUCCESS)
}

impl Args {
    /// What the flags ask for, under the names that links have; `None` where nothing was said of a picture.
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

/// The runs of a source; both of a comparison only where the format can hold two.
fn read(source: &Source, format: Format) -> anyhow::Result<Vec<Document>> {
    let documents = match format {
        Format::Json | Format::Html => vec![source.document()?],
        Format::Svg | Format::Png | Format::Csv => source.documents()?,
    };
    let read = |document: Vec<u8>| json::read_as(Kind::Run, &document).map_err(|why| source.refuse(why));
    documents.into_iter().map(read).collect()
}

/// A picture or a table of two runs.
fn pair(runs: &[Document], format: Format, picture: &Picture) -> anyhow::Result<Vec<u8>> {
    let traces: Vec<_> = runs.iter().map(Document::trace).collect();
    Ok(match format {
        Format::Png => export::png(picture, &traces)?,
        Format::Csv => export::chart_csv(picture, &traces).into_bytes(),
        Format::Svg | Format::Json | Format::Html => export::svg(picture, &traces)?.into_bytes(),
    })
}
