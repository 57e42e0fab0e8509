// Replays a drawing of shared/src/chart/commands.rs on a canvas: each layer in one call from WebAssembly.

const [RECT, STROKE, FILL, TEXT, CELLS] = [1, 2, 3, 4, 5];
const ACROSS = ['left', 'center', 'right'];
const DOWN = ['top', 'middle', 'bottom'];

/** Holds the pixels of a grid of cells until they are drawn in its size. */
let scratch = null;

/** Where whole layers are drawn before they are shown. */
let aside = null;

function drawCells(context, [left, top, right, bottom, columns, rows, first], pixels) {
  scratch ??= document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const { canvas } = scratch;
  if (canvas.width !== columns || canvas.height !== rows) [canvas.width, canvas.height] = [columns, rows];
  const colors = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset + first, 4 * columns * rows);
  scratch.putImageData(new ImageData(colors, columns, rows), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, left, top, right - left, bottom - top);
}

/**
 * `figures` are the commands, `words` the texts, one a line, `pixels` the colors of cells; `fineness` is device pixels per drawing unit, and
 * `perEm` what plotters means by a font's size for each unit of what CSS means by it. The canvas begins `left` and `top` device
 * pixels from the drawing's upper left corner.
 */
function replay(context, figures, words, pixels, fineness, perEm, left, top) {
  const texts = words.split('\n');
  const css = (color, alpha) =>
    alpha === 1 ? '#' + color.toString(16).padStart(6, '0') : `rgba(${color >> 16},${(color >> 8) & 255},${color & 255},${alpha})`;
  // A level or upright line is moved to where it covers whole device pixels.
  const snap = (unit, width) => {
    const half = Math.max(1, Math.round(width * fineness)) % 2 ? 0.5 : 0;
    return (Math.round(unit * fineness - half) + half) / fineness;
  };
  let pen = [NaN, NaN, NaN];
  let font = '';
  let open = false;
  const putDown = () => {
    if (open) context.stroke();
    open = false;
    pen[0] = NaN;
  };

  context.setTransform(fineness, 0, 0, fineness, -left, -top);
  context.lineJoin = 'round';
  let at = 0;
  while (at < figures.length) {
    const code = figures[at], color = figures[at + 1], alpha = figures[at + 2];
    at += 3;
    if (code === STROKE) {
      const width = figures[at], count = figures[at + 1];
      at += 2;
      // Lines of the same look that follow each other are one path.
      if (pen[0] !== color || pen[1] !== alpha || pen[2] !== width) {
        putDown();
        pen = [color, alpha, width];
        context.strokeStyle = css(color, alpha);
        context.lineWidth = Math.max(width, 1 / fineness);
        context.beginPath();
        open = true;
      }
      const end = at + 2 * count;
      if (count === 2) {
        let [left, top, right, bottom] = [figures[at], figures[at + 1], figures[at + 2], figures[at + 3]];
        if (left === right) left = right = snap(left, width);
        if (top === bottom) top = bottom = snap(top, width);
        context.moveTo(left, top);
        context.lineTo(right, bottom);
      } else if (count > 2) {
        context.moveTo(figures[at], figures[at + 1]);
        for (let i = at + 2; i < end; i += 2) context.lineTo(figures[i], figures[i + 1]);
      }
      at = end;
      continue;
    }
    putDown();
    context.fillStyle = css(color, alpha);
    if (code === RECT) {
      const left = figures[at], top = figures[at + 1];
      context.fillRect(left, top, figures[at + 2] - left, figures[at + 3] - top);
      at += 4;
    } else if (code === FILL) {
      const end = at + 1 + 2 * figures[at];
      context.beginPath();
      for (let i = at + 1; i < end; i += 2) context.lineTo(figures[i], figures[i + 1]);
      context.fill();
      at = end;
    } else if (code === TEXT) {
      const face = (figures[at + 1] ? 'bold ' : '') + figures[at] / perEm + 'px system-ui, sans-serif';
      if (face !== font) context.font = font = face;
      context.textAlign = ACROSS[figures[at + 2]];
      context.textBaseline = DOWN[figures[at + 3]];
      context.fillText(texts[figures[at + 6]], figures[at + 4], figures[at + 5]);
      at += 7;
    } else if (code === CELLS) {
      drawCells(context, figures.subarray(at, at + 7), pixels);
      at += 7;
    } else {
      return; // not a drawing of this version
    }
  }
  putDown();
}

/**
 * Shows a whole layer on a canvas, in the place of what is there: it is drawn aside and handed over. A canvas that can be
 * drawn on costs Chromium a copy of it in every frame, changed or not; one that was handed a picture costs nothing.
 */
export function show(canvas, figures, words, pixels, fineness, perEm, top) {
  const { width, height } = canvas;
  aside ??= new OffscreenCanvas(width, height).getContext('2d');
  // To set a size costs, and clears; what was handed over has left a clear one.
  if (aside.canvas.width !== width || aside.canvas.height !== height) [aside.canvas.width, aside.canvas.height] = [width, height];
  replay(aside, figures, words, pixels, fineness, perEm, 0, top);
  canvas.getContext('bitmaprenderer').transferFromImageBitmap(aside.canvas.transferToImageBitmap());
}

/**
 * Replays a part of a layer, as shared/src/chart/layers.rs gives it: what is there between `left` and `right`
 * moves to the left by `shift`, what is between `from` and `right` is drawn anew. All of it device pixels of the drawing, in
 * which the canvas begins at `x` and `y`.
 */
export function replayPart(context, figures, words, pixels, fineness, perEm, [left, right, shift, from], [x, y]) {
  const { canvas } = context;
  const within = (begin, end, draw) => {
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.beginPath();
    context.rect(begin - x, 0, end - begin, canvas.height);
    context.clip();
    draw();
    context.restore();
  };
  if (shift) {
    within(left, right, () => {
      context.globalCompositeOperation = 'copy';
      context.drawImage(canvas, -shift, 0);
    });
  }
  within(from, right, () => {
    context.clearRect(from - x, 0, right - from, canvas.height);
    replay(context, figures, words, pixels, fineness, perEm, x, y);
  });
}
