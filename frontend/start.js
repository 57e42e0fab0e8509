// Says what keeps the page's program from starting: it runs before that, and is no part of it.
const say = (words) => {
  const show = () => {
    // Gone once the program has started.
    const place = document.getElementById("start");
    if (place) place.textContent = words;
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", show);
  else show();
};

document.addEventListener("securitypolicyviolation", ({ disposition, effectiveDirective, blockedURI }) => {
  if (disposition !== "enforce") return;
  say(`A Content-Security-Policy blocks the page: ${effectiveDirective} does not allow ${blockedURI}. ` +
    "heapgym does not send it: change it where it is added, such as in a proxy. The page needs " +
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' and style-src 'self' 'unsafe-inline'.");
});

addEventListener("error", ({ target }) => {
  const file = target.src || target.href;
  if (file) say(`${file} is missing or blocked. Reload the page, or look into what stands between it and the server.`);
}, true);

if (typeof WebAssembly !== "object") {
  say("This browser does not run WebAssembly, which the page is written in.");
}
