//! Charts alone, for `cargo xtask bench charts`: the page's own drawing, told what to draw by the benchmark's script.

use heapgym_frontend::canvas::{LiveLayer, SCALE, StillLayer, front_style};
use heapgym_shared::{
    chart::{
        Chart, Front, Kind, Layers, Series, TIME_LABELS, TimeRange, Trace, View,
        commands::{Commands, Recorder},
        draw_cells,
    },
    unit::Unit,
};
use wasm_bindgen::prelude::{JsError, wasm_bindgen};
use web_sys::HtmlCanvasElement;

/// Three lines in the strokes of a run. Their figures come from no samples, so they name no metrics.
static CHART: Chart = Chart {
    id: "bench",
    title: "Benchmark",
    unit: Unit::Count,
    kind: Kind::Lines,
    folded: false,
    series: &[
        Series { metric: "", label: "first" },
        Series { metric: "", label: "second" },
        Series { metric: "", label: "third" },
    ],
    help: "",
};

/// One chart on its three canvases.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BenchChart {
    layers: Layers,
    view: View,
    series: usize,
    behind: StillLayer,
    time: StillLayer,
    front: LiveLayer,
}

#[wasm_bindgen]
impl BenchChart {
    /// A chart of so many CSS pixels and at most three series.
    #[wasm_bindgen(constructor)]
    pub fn new(
        behind: &HtmlCanvasElement,
        time: &HtmlCanvasElement,
        front: &HtmlCanvasElement,
        width: u32,
        height: u32,
        series: usize,
    ) -> Result<Self, JsError> {
        let view = View { width, height, scale: SCALE, ..View::default() };
        let behind = StillLayer::new(behind, &view);
        let time = StillLayer::at_foot(time, &view, TIME_LABELS);
        let front = live_layer(front, &view)?;
        Ok(Self { layers: Layers::new(&CHART), view, series, behind, time, front })
    }

    /// Takes in points: their times in nanoseconds, and of each one figure for each series.
    pub fn push(&mut self, times: &[f64], figures: &[f64]) {
        if let Some(columns) = self.layers.columns_mut(1, 0, &self.view) {
            for (time, figures) in times.iter().zip(figures.chunks(self.series)) {
                columns.push(*time as u64, figures);
            }
        }
    }

    /// Has this stretch of time in sight.
    pub fn look_at(&mut self, from_ns: f64, to_ns: f64) {
        self.view.goes_on = false;
        self.view.range = Some(TimeRange { from_ns: from_ns as u64, to_ns: to_ns as u64 });
    }

    /// Has this stretch of time in sight, which goes on with the data.
    pub fn follow(&mut self, from_ns: f64, to_ns: f64) {
        self.look_at(from_ns, to_ns);
        self.view.goes_on = true;
    }

    /// Draws what has changed.
    pub fn draw(&mut self) -> Result<(), JsError> {
        let repaint =
            self.layers.show(&[Trace { variant: "naive", samples: &[], size_classes: &[] }], &self.view)?;
        if let Some(commands) = repaint.behind {
            self.behind.draw(commands);
        }
        if let Some(commands) = repaint.time {
            self.time.draw(commands);
        }
        if let Some(part) = repaint.front {
            self.front.draw(&part);
        }
        Ok(())
    }

    /// Draws all of it, whatever there was.
    pub fn draw_whole(&mut self) -> Result<(), JsError> {
        self.layers.wipe();
        self.draw()
    }

    /// Forgets all figures.
    pub fn forget(&mut self) {
        self.layers.forget();
    }
}

/// A heat map on a canvas: counts in columns, of which one is added at a time.
#[wasm_bindgen]
#[derive(Debug)]
pub struct BenchHeatmap {
    layer: LiveLayer,
    view: View,
    columns: usize,
    colors: Vec<[u8; 4]>,
    commands: Commands,
}

#[wasm_bindgen]
impl BenchHeatmap {
    /// An empty one of so many CSS pixels and cells.
    #[wasm_bindgen(constructor)]
    pub fn new(
        canvas: &HtmlCanvasElement,
        width: u32,
        height: u32,
        columns: usize,
        rows: usize,
    ) -> Result<Self, JsError> {
        let view = View { width, height, scale: SCALE, ..View::default() };
        let layer = live_layer(canvas, &view)?;
        let (colors, commands) = (vec![[0; 4]; columns * rows], Commands::default());
        Ok(Self { layer, view, columns, colors, commands })
    }

    /// Moves all columns to the left and adds one, whose cells have shades from 0 to 255, from the top; draws it.
    pub fn add(&mut self, shades: &[u8]) -> Result<(), JsError> {
        for (row, shade) in self.colors.chunks_mut(self.columns).zip(shades) {
            row.rotate_left(1);
            if let Some(last) = row.last_mut() {
                *last = [255, 255 - shade, 255 - shade, 255];
            }
        }
        self.commands.clear();
        let size = (self.view.width * self.view.scale, self.view.height * self.view.scale);
        draw_cells(self.columns, &self.colors, &self.view, Recorder::new(&mut self.commands, size))?;
        let whole = Front { left: 0, right: self.view.width, shift: 0, from: 0, commands: &self.commands };
        self.layer.draw(&whole);
        Ok(())
    }
}

fn live_layer(canvas: &HtmlCanvasElement, view: &View) -> Result<LiveLayer, JsError> {
    // A canvas that takes no style is in another place, but costs the same.
    let _ = canvas.set_attribute("style", &front_style(view));
    LiveLayer::new(canvas, view).ok_or_else(|| JsError::new("no canvas"))
}

fn main() {}
