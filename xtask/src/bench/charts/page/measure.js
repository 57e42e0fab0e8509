// What `cargo xtask bench charts` runs in the browser: uPlot and heapgym's own drawing on one page, with one set of data.
// A time is from the call until the pixels are there: reading one forces the browser to draw them.

import init, { BenchChart, BenchHeatmap } from '/chart-bench.js';

const MILLISECOND = 1e6; // heapgym counts in nanoseconds, uPlot's axis is told milliseconds
const STROKES = ['#D55E00', '#7A3300', '#B37700'];

/** Random numbers from 0 to 1 that are the same each time. */
function random(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Noisy waves, a point each millisecond: `x` and one array for each series. */
function waves(points, series) {
  const noise = random(7);
  const x = Float64Array.from({ length: points }, (_, at) => at);
  const wave = (number) =>
    Float64Array.from(x, (at) => 50 + 10 * number + 25 * Math.sin((at / points) * 20 + number) + 10 * noise());
  return [x, ...Array.from({ length: series }, (_, number) => wave(number))];
}

/** Has the browser draw what it has put off, by asking for a pixel of it. */
const raster = (canvas) => canvas.getContext('2d').getImageData(0, 0, 1, 1);
const pixel = new OffscreenCanvas(1, 1);
/** The same for canvases that are handed their pictures, from which nothing can be read. */
const rasterStill = (...canvases) => {
  canvases.forEach((canvas) => pixel.getContext('2d').drawImage(canvas, 0, 0));
  raster(pixel);
};

class UPlotChart {
  constructor(place, width, height, data, options = {}) {
    this.drawn = 0;
    this.data = data;
    this.plot = new uPlot(
      {
        width, height, pxAlign: 1,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        series: [{}, ...data.slice(1).map((_, at) => ({ stroke: STROKES[at], width: 1, points: { show: false } }))],
        hooks: { draw: [() => (this.drawn += 1)] },
        ...options,
      },
      data,
      place,
    );
  }
  draw() { this.plot.setData(this.data); }
  look(from, to) { this.plot.setScale('x', { min: from, max: to }); }
  raster() { raster(this.plot.ctx.canvas); }
}

class HeapgymChart {
  constructor(place, width, height, data) {
    const box = place.appendChild(document.createElement('div'));
    box.className = 'chart';
    box.style = `width:${width}px;height:${height}px`;
    this.canvases = ['', 'time', ''].map((name) => {
      const canvas = box.appendChild(document.createElement('canvas'));
      canvas.className = name;
      return canvas;
    });
    this.chart = new BenchChart(...this.canvases, width, height, data.length - 1);
    this.data = data;
    this.fill();
  }
  /** Hands all of the data over, as if it were new. */
  fill() {
    const [x, ...series] = this.data;
    if (!this.times) {
      this.times = Float64Array.from(x, (at) => at * MILLISECOND);
      this.figures = new Float64Array(x.length * series.length);
      series.forEach((values, number) =>
        values.forEach((value, at) => (this.figures[at * series.length + number] = value)));
    }
    this.chart.forget();
    this.chart.push(this.times, this.figures);
    this.look(x[0], x[x.length - 1]);
  }
  add(x, figures) { this.chart.push(Float64Array.of(x * MILLISECOND), Float64Array.from(figures)); }
  look(from, to) { this.chart.look_at(from * MILLISECOND, to * MILLISECOND); }
  follow(from, to) { this.chart.follow(from * MILLISECOND, to * MILLISECOND); }
  draw() { this.chart.draw_whole(); }
  raster() { rasterStill(...this.canvases.slice(0, 2)); raster(this.canvases[2]); }
}

async function timed(chart, work) {
  chart.raster();
  const begin = performance.now();
  work();
  await null; // uPlot draws in a microtask
  chart.raster();
  return performance.now() - begin;
}

const stage = document.getElementById('stage');
const six = document.getElementById('six');
const clear = () => [stage, six].forEach((place) => place.replaceChildren());
const frame = () => new Promise(requestAnimationFrame);

/** Rounds of each kind of drawing, in milliseconds, the two taking turns at going first. */
async function redraw(points, rounds) {
  clear();
  const data = waves(points, 3);
  const uplot = new UPlotChart(stage, 1200, 400, data);
  const heapgym = new HeapgymChart(stage, 1200, 400, data);
  await frame();
  const kinds = {
    'redraw': [() => uplot.draw(), () => heapgym.draw()],
    'another stretch of time': [
      (round) => uplot.look(points * 0.01 * (round % 7), points * 0.9),
      (round) => { heapgym.look(points * 0.01 * (round % 7), points * 0.9); heapgym.chart.draw(); },
    ],
    'all of the data new': [
      () => { uplot.data = uplot.data.map((values) => values.slice()); uplot.draw(); },
      () => { heapgym.fill(); heapgym.draw(); },
    ],
  };
  const results = {};
  for (const [kind, [ofUPlot, ofHeapgym]] of Object.entries(kinds)) {
    const times = { uplot: [], heapgym: [] };
    for (let round = -2; round < rounds; round += 1) {
      const turns = [['uplot', uplot, ofUPlot], ['heapgym', heapgym, ofHeapgym]];
      if (round % 2) turns.reverse();
      for (const [name, chart, work] of turns) {
        const took = await timed(chart, () => work(round + 2));
        if (round >= 0) times[name].push(took);
      }
    }
    results[kind] = times;
  }
  clear();
  return results;
}

/** Rounds in which one point comes in at the end of all that is in sight, in milliseconds. */
async function append(points, rounds) {
  clear();
  const [x, ...series] = waves(points + rounds + 2, 3);
  const part = (end) => [x, ...series].map((values) => values.subarray(end - points, end));
  const uplot = new UPlotChart(stage, 1200, 400, part(points));
  const heapgym = new HeapgymChart(stage, 1200, 400, part(points));
  await frame();
  const times = { uplot: [], heapgym: [] };
  for (let round = 0; round < rounds + 2; round += 1) {
    const end = points + round;
    const turns = [
      ['uplot', uplot, () => { uplot.data = part(end + 1); uplot.draw(); }],
      ['heapgym', heapgym, () => {
        heapgym.add(x[end], series.map((values) => values[end]));
        heapgym.look(x[end] - points + 1, x[end]);
        heapgym.chart.draw();
      }],
    ];
    if (round % 2) turns.reverse();
    for (const [name, chart, work] of turns) {
      const took = await timed(chart, work);
      if (round >= 2) times[name].push(took);
    }
  }
  clear();
  return times;
}

/** Six charts of two series of 600 points, which get a point in each frame for some milliseconds: how many frames there were. */
async function live(name, milliseconds) {
  clear();
  const noise = random(3);
  const next = (value) => Math.max(1, value + noise() - 0.5);
  const begin = () => {
    const data = [Array.from({ length: 600 }, (_, at) => at * 16), [50], [30]];
    for (const values of data.slice(1)) while (values.length < 600) values.push(next(values[values.length - 1]));
    return data;
  };
  const Kind = name === 'uplot' ? UPlotChart : HeapgymChart;
  const charts = Array.from({ length: 6 }, () => new Kind(six, 600, 200, begin()));
  const last = charts.map((chart) => chart.data.map((values) => values[599]));
  const step = (chart, at) => {
    last[at] = [last[at][0] + 16, next(last[at][1]), next(last[at][2])];
    if (name === 'uplot') {
      chart.data.forEach((values, number) => { values.shift(); values.push(last[at][number]); });
      chart.draw();
    } else {
      chart.add(last[at][0], last[at].slice(1));
      chart.follow(last[at][0] - 599 * 16, last[at][0]);
      chart.chart.draw();
    }
  };
  charts.forEach(step);
  await frame();
  await started();
  const end = performance.now() + milliseconds;
  let frames = 0;
  while (performance.now() < end) {
    await frame();
    charts.forEach(step);
    frames += 1;
  }
  return frames;
}

/** Waits until the benchmark has read the browser's counters. */
const started = () => new Promise((go) => { window.go = go; window.ready = true; });

/** Six charts of uPlot's whose cursors move together. */
function hoverable() {
  clear();
  const data = waves(600, 2);
  const cursor = { show: true, sync: { key: 'six' }, points: { show: false } };
  window.charts = Array.from({ length: 6 }, () => new UPlotChart(six, 600, 200, data, { cursor, legend: { show: true } }));
  const box = window.charts[0].plot.over.getBoundingClientRect();
  return { left: box.left, top: box.top, width: box.width, height: box.height };
}

const drawn = () => window.charts.reduce((sum, chart) => sum + chart.drawn, 0);

/** Rounds in which a heat map of 600 by 100 cells gets one column, in milliseconds: as an image, and cell by cell. */
async function heatmap(rounds) {
  clear();
  const noise = random(5);
  const canvases = [0, 1].map(() => stage.appendChild(document.createElement('canvas')));
  const heapgym = new BenchHeatmap(canvases[0], 1278, 438, 600, 100); // whose plot is 1200 x 400
  [canvases[1].width, canvases[1].height] = [1200, 400];
  const context = canvases[1].getContext('2d');
  const columns = Array.from({ length: 600 }, () => new Uint8Array(100));
  const cells = (shades) => {
    columns.shift();
    columns.push(shades);
    columns.forEach((column, at) => column.forEach((shade, row) => {
      context.fillStyle = `rgb(255,${255 - shade},${255 - shade})`;
      context.fillRect(at * 2, row * 4, 2, 4);
    }));
  };
  const times = { cells: [], heapgym: [] };
  for (let round = -2; round < rounds; round += 1) {
    const shades = Uint8Array.from({ length: 100 }, () => 256 * noise());
    const turns = [['cells', canvases[1], cells], ['heapgym', canvases[0], (shades) => heapgym.add(shades)]];
    if (round % 2) turns.reverse();
    for (const [name, canvas, work] of turns) {
      const took = await timed({ raster: () => raster(canvas) }, () => work(shades));
      if (round >= 0) times[name].push(took);
    }
  }
  clear();
  return times;
}

await init({ module_or_path: '/chart-bench_bg.wasm' });
Object.assign(window, { redraw, append, live, hoverable, drawn, heatmap, loaded: true });
