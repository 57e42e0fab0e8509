// Replays a drawing of shared/src/chart/commands.rs on a canvas: all of it in one call from WebAssembly.

const [RECT, STROKE, FILL, TEXT] = [1, 2, 3, 4];
const ACROSS = ['left', 'center', 'right'];
const DOWN = ['top', 'middle', 'bottom'];

/**
 * `figures` are the commands, `words` the texts, one a line; `fineness` is device pixels per drawing unit, and
 * `perEm` what plotters means by a font's size for each unit of what CSS means by it.
 */
export function replay(context, figures, words, fineness, perEm) {
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

  context.setTransform(fineness, 0, 0, fineness, 0, 0);
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
    } else {
      return; // not a drawing of this version
    }
  }
  putDown();
}
