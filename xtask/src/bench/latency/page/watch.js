// Watches a run on the page and has no part in it: when each message came, up to which sample the charts in sight were drawn in a frame, and
// when the second frame after that began. Times are milliseconds since 1970 by the page's own clock, which is never set.

(() => {
  const watch = (window.watch = { messages: [], drawings: [], charts: 0, least_apart: Infinity, most_apart: -Infinity });

  const now = () => {
    const before = performance.now();
    // The system's clock, by which a run tells when it began.
    const wall = Date.now();
    const own = performance.now();
    // Where other work came in between, the two are not of one instant.
    if (own - before < 0.2) {
      const apart = wall - performance.timeOrigin - own;
      watch.least_apart = Math.min(watch.least_apart, apart);
      watch.most_apart = Math.max(watch.most_apart, apart);
    }
    return performance.timeOrigin + own;
  };

  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    addEventListener(kind, hear, options) {
      if (kind !== 'message') return super.addEventListener(kind, hear, options);
      super.addEventListener(kind, (event) => {
        watch.messages.push({ at: now(), text: event.data });
        hear(event);
      }, options);
    }
  };

  // The canvases that were drawn on in this frame. On any other one is what was there before, whatever it says.
  const touched = new Set();
  const clear = CanvasRenderingContext2D.prototype.clearRect;
  CanvasRenderingContext2D.prototype.clearRect = function (...box) {
    touched.add(this.canvas);
    clear.apply(this, box);
  };

  const known = new WeakSet(), inSight = new Set(), newest = new WeakMap();
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) inSight[isIntersecting ? 'add' : 'delete'](target);
  });

  const frame = window.requestAnimationFrame.bind(window);
  let drawn = -1;
  const look = () => {
    for (const canvas of document.querySelectorAll('canvas[data-chart]')) {
      if (!known.has(canvas)) known.add(canvas), sight.observe(canvas);
      if (touched.has(canvas) && canvas.dataset.drawn) newest.set(canvas, Number(canvas.dataset.drawn));
    }
    touched.clear();
    // A sample is there when it is on all of them.
    const seq = Math.min(...[...inSight].map((canvas) => newest.get(canvas) ?? -1));
    if (seq === Infinity || seq <= drawn) return;
    drawn = seq;
    const drawing = { seq, drawn: now(), presented: null };
    watch.drawings.push(drawing);
    watch.charts = inSight.size;
    // While a frame is made, the one before is still being put on the screen: of the next two, the second is nearer to its pixels.
    frame(() => frame(() => { drawing.presented = now(); }));
  };
  window.requestAnimationFrame = (draw) => frame((at) => { draw(at); look(); });
})();
