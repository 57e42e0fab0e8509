// Stretches a live run to 30 minutes in about two: what the server says goes to the page until some samples under load have
// come; from then on the page is told the same samples again and again, each a tenth of a second after the last, with
// counters that go on. The page's own code sees nothing of it but a socket.

(() => {
  const SAMPLES = 18000, TEMPLATE = 40, PER_FRAME = 3;
  const INTERVAL_NS = 1e8;
  // What only grows, by the process that counts it.
  const COUNTERS = {
    target: ['allocations', 'allocation_bytes', 'requests', 'requests_ended', 'minor_faults', 'cpu_ns', 'busy_ns', 'elapsed_ns'],
    load: ['offered', 'started', 'completed', 'cpu_ns', 'elapsed_ns'],
  };
  const soak = (window.soak = { sent: 0, frames: 0, longest: 0, over: 0, memory: null });

  // Time of the page's own code in a frame, or for a message.
  const timed = (work) => {
    const begin = performance.now();
    work();
    const took = performance.now() - begin;
    soak.longest = Math.max(soak.longest, took);
    if (took > 50) soak.over += 1;
  };
  const frame = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) => frame((at) => { soak.frames += 1; timed(() => draw(at)); });
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const make = WebAssembly[name].bind(WebAssembly);
    WebAssembly[name] = async (...given) => {
      const made = await make(...given);
      soak.memory ??= (made.instance ?? made).exports.memory;
      return made;
    };
  }

  const grown = (sample, first, last, round) => {
    const next = structuredClone(sample);
    for (const [process, names] of Object.entries(COUNTERS)) {
      if (!next[process] || !first[process] || !last[process]) continue;
      for (const name of names) {
        const step = (last[process][name] - first[process][name]) / (TEMPLATE - 1);
        next[process][name] = Math.round(next[process][name] + round * TEMPLATE * step);
      }
    }
    return next;
  };

  const Real = window.WebSocket;
  window.WebSocket = class extends Real {
    addEventListener(kind, hear, options) {
      if (kind !== 'message') return super.addEventListener(kind, hear, options);
      let template = [];
      const say = (message) => hear(new MessageEvent('message', { data: JSON.stringify(message) }));
      const stretch = (run) => {
        this.send(JSON.stringify({ type: 'stop', run }));
        const [first, last] = [template[0], template[TEMPLATE - 1]];
        const begin = { seq: last.seq + 1, elapsed_ns: last.elapsed_ns + INTERVAL_NS };
        const go = () => {
          for (let many = 0; many < PER_FRAME && soak.sent < SAMPLES; many += 1) {
            const at = soak.sent;
            const sample = grown(template[at % TEMPLATE], first, last, 1 + Math.floor(at / TEMPLATE));
            Object.assign(sample, { seq: begin.seq + at, elapsed_ns: begin.elapsed_ns + at * INTERVAL_NS, events: [] });
            timed(() => say({ type: 'samples', run, first_seq: sample.seq, batch: [sample] }));
            soak.sent += 1;
          }
          if (soak.sent < SAMPLES) frame(go);
        };
        frame(go);
      };
      super.addEventListener(kind, (event) => {
        if (template.length >= TEMPLATE) return;
        const message = JSON.parse(event.data);
        if (message.type === 'samples') {
          template.push(...message.batch.filter((sample) => sample.phase === 'load' && sample.target && sample.load));
          template.length = Math.min(template.length, TEMPLATE);
        }
        hear(event);
        if (template.length === TEMPLATE) stretch(message.run);
      }, options);
    }
  };
})();
