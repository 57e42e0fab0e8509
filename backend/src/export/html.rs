//! A run as one page that needs nothing else: no server, no network, no script.

use std::fmt::Write;

use heapgym_shared::{
    chart::{self, CHARTS, Chart, Theme, time_label},
    events::events,
};

use super::{Document, Picture, svg, svg::escaped, text};

/// Rows of a chart's table: enough to follow the run, few enough to read. The whole run is in the page as JSON.
const ROWS: usize = 200;

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1f2328;--dim:#57606a;--line:#d0d7de;--paper:#fff}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa4ae;--line:#3d444d;--paper:#0d1117}}\
body{font:14px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:940px;margin:0 auto;padding:24px 16px}\
h1{font-size:20px;margin:0}h2{font-size:14px;margin:24px 0 8px}p,summary{color:var(--dim)}\
figure{margin:16px 0}svg{max-width:100%;height:auto}.dark{display:none}\
@media(prefers-color-scheme:dark){.dark{display:block}.light{display:none}}\
pre,td,th{font-variant-numeric:tabular-nums}pre{overflow-x:auto}.wide{overflow-x:auto;max-height:320px}\
table{border-collapse:collapse}th,td{padding:2px 8px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}\
th:first-child,td:first-child{text-align:left}";

/// The page: outcome and report, all charts in both looks with their tables, the events, and the run itself as JSON in
/// the element `run`, for programs.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn page(run: &Document) -> anyhow::Result<String> {
    Ok(page_begin(run)? + &in_page(&serde_json::to_string(run)?) + PAGE_END)
}

/// The end of the page.
pub const PAGE_END: &str = "</script></main></body></html>\n";

/// JSON as the page holds it: with `<` as JSON may write it too, so that nothing in it ends its element.
pub fn in_page(json: &str) -> String {
    json.replace('<', "\\u003c")
}

/// The page up to the run as JSON. What follows is that JSON through [`in_page`], and [`PAGE_END`].
///
/// # Errors
/// When a chart cannot be drawn.
pub fn page_begin(run: &Document) -> anyhow::Result<String> {
    let name = escaped(&run.name());
    let outcome =
        run.outcome.as_ref().map_or_else(|| "It has not ended.".to_owned(), |outcome| outcome.sentence());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>heapgym: {name}</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><style>{STYLE}</style></head>\n\
         <body><main><h1>{name}</h1><p>{}</p>\n",
        escaped(&outcome)
    );
    if let Some(report) = &run.report {
        // Writing to a String does not fail, here and below.
        let _ = writeln!(page, "<h2>Report</h2><pre>{}</pre>", escaped(&text::text(report)));
    }
    for chart in CHARTS.iter().filter(|chart| chart.is_for(&run.spec)) {
        figure(&mut page, chart, run)?;
    }
    page.push_str("<h2>Events</h2><ol>\n");
    for event in events(&run.samples, run.outcome.as_ref()) {
        let _ = writeln!(page, "<li>{}: {}</li>", time_label(event.elapsed_ns), escaped(&event.what));
    }
    page.push_str("</ol>\n<script type=\"application/json\" id=\"run\">");
    Ok(page)
}

fn figure(page: &mut String, chart: &'static Chart, run: &Document) -> anyhow::Result<()> {
    let traces = [run.trace()];
    let picture = Picture::default().of(chart);
    let light = svg(&picture, &traces)?;
    let dark = svg(&picture.with(Theme::Dark), &traces)?;
    let _ = writeln!(
        page,
        "<figure id=\"{}\"><div class=\"light\">{light}</div><div class=\"dark\">{dark}</div><figcaption><p>{}</p>",
        chart.id,
        escaped(chart.help)
    );
    let table = chart::table(chart, &traces, ROWS, None);
    let cells = |cells: &[String], open: &str, close: &str| {
        cells.iter().map(|cell| format!("{open}{}{close}", escaped(cell))).collect::<String>()
    };
    let _ = write!(
        page,
        "<details><summary>{} as a table</summary><div class=\"wide\"><table><thead><tr>{}</tr></thead><tbody>",
        escaped(chart.title),
        cells(&table.header, "<th scope=\"col\">", "</th>")
    );
    for row in &table.rows {
        let _ = writeln!(page, "<tr>{}</tr>", cells(row, "<td>", "</td>"));
    }
    page.push_str("</tbody></table></div></details></figcaption></figure>\n");
    Ok(())
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{
        Outcome, RunSpec, Sample,
        adjust::{EventKind, RunEvent},
        sample::Phase,
    };
    use serde_json::json;

    use super::*;

    fn run() -> Document {
        let spec = json!({
            "workload": {"kind": "products"}, "variant": "naive",
            "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1}},
        });
        let threshold = "p99 < 5 </script>".to_owned();
        let event = RunEvent { elapsed_ns: 7, what: EventKind::ThresholdFailed { threshold } };
        let sample = Sample {
            seq: 0,
            elapsed_ns: 0,
            phase: Phase::Baseline,
            target: None,
            load: None,
            events: vec![event],
        };
        Document {
            spec: RunSpec::parse(&spec, &Default::default()).unwrap(),
            outcome: Some(Outcome::Completed),
            report: None,
            samples: vec![sample],
        }
    }

    #[test]
    fn the_page_has_every_chart_and_the_run_itself() {
        let run = run();
        let page = page(&run).unwrap();
        let shown = CHARTS.iter().filter(|chart| chart.is_for(&run.spec)).count();
        assert_eq!(page.matches("<figure").count(), shown);
        assert_eq!(page.matches("</script>").count(), 1, "nothing in the run ends the element");
        assert!(page.contains("threshold failed: p99 &lt; 5 &lt;/script&gt;"));
        let (_, json) = page.split_once("id=\"run\">").unwrap();
        let (json, _) = json.split_once("</script>").unwrap();
        assert_eq!(serde_json::from_str::<Document>(json).unwrap(), run);
    }

    #[test]
    fn the_page_asks_nobody_for_anything() {
        let page = page(&run()).unwrap();
        for outside in ["src=", "href=", "url(", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
