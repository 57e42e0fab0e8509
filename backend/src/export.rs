//! Runs as files: pictures of charts, tables, data, and one page that holds all of it.

use heapgym_shared::chart::Trace;

mod csv;
mod document;
mod html;
mod picture;
mod png;
mod svg;
mod text;

pub use csv::{ChartLines, chart as chart_csv, sample_header, sample_lines, samples as samples_csv};
pub use document::{Document, JSON_END, json_begin, json_samples};
pub use html::{PAGE_END, in_page, page, page_begin};
pub use picture::Picture;
pub use png::{pixels, png};
pub use svg::svg;
pub use text::text;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A chart as a vector image.
    Svg,
    /// A chart as pixels.
    Png,
    /// The figures of a chart, or of all metrics: a line for each sample.
    Csv,
    /// The whole run: specification, outcome, report and samples.
    Json,
    /// One page with all charts, their tables, the events and the whole run, that needs nothing else.
    Html,
}

impl Format {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Svg => "image/svg+xml",
            Self::Png => "image/png",
            Self::Csv => "text/csv; charset=utf-8",
            Self::Json => "application/json",
            Self::Html => "text/html; charset=utf-8",
        }
    }

    /// The ending of its files' names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Png => "png",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Html => "html",
        }
    }
}

/// What a file of this format holds of a run: the picture's chart where it is of one chart, all where it is not.
///
/// # Errors
/// When it cannot be drawn or written.
pub fn export(run: &Document, format: Format, picture: Option<&Picture>) -> anyhow::Result<Vec<u8>> {
    let traces: [Trace<'_>; 1] = [run.trace()];
    let whole = Picture::default();
    Ok(match format {
        Format::Svg => svg(picture.unwrap_or(&whole), &traces)?.into_bytes(),
        Format::Png => png(picture.unwrap_or(&whole), &traces)?,
        Format::Csv => match picture {
            Some(picture) => chart_csv(picture, &traces),
            None => samples_csv(&run.samples),
        }
        .into_bytes(),
        Format::Json => serde_json::to_vec_pretty(run)?,
        Format::Html => page(run)?.into_bytes(),
    })
}
