/**
 * Go back to the start when nobody has touched the glass for a while, but warn first.
 * Any touch begins anew; the bar's button gives a long while more.
 * @param {{
 *   seconds: number,
 *   warnSeconds: number,
 *   needed?: () => boolean,
 *   end: () => void,
 * }} page  `needed` says whether there is anything to go back from
 * @returns {{beginAnew: (seconds: number) => void, close: () => void}}
 *   `beginAnew` for a page on which another thing is to be read now; `close` when the page is left
 */
export function countdown({ seconds, warnSeconds, needed = () => true, end }) {
  const bar = /** @type {HTMLElement} */ (document.getElementById("countdown"));
  const left = /** @type {HTMLElement} */ (bar.querySelector(".countdown-left"));
  const rest = /** @type {HTMLProgressElement} */ (bar.querySelector("progress"));
  const more = /** @type {HTMLButtonElement} */ (bar.querySelector("button"));
  const words = left.dataset.words ?? "{seconds}";
  let until = 0;

  /** @param {number} span */
  function begin(span) {
    until = performance.now() + span * 1000;
    bar.hidden = true;
  }

  /** @param {Event} event */
  function touched({ target }) {
    // The bar's own button must still be there when the finger is lifted, or its click never comes.
    if (!(target instanceof Node && more.contains(target))) begin(seconds);
  }

  function tick() {
    if (!needed()) return begin(seconds);
    const remaining = Math.ceil((until - performance.now()) / 1000);
    if (remaining <= 0) {
      clearInterval(ticking);
      return end();
    }
    if (remaining > warnSeconds) return;
    left.textContent = words.replace("{seconds}", String(remaining));
    rest.value = (100 * remaining) / warnSeconds;
    if (!bar.hidden) return;
    bar.hidden = false;
    more.focus({ preventScroll: true });
  }

  const closed = new AbortController();
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, touched, { capture: true, passive: true, signal: closed.signal });
  }
  more.addEventListener("click", () => begin(MORE_TIMES * seconds));
  const ticking = setInterval(tick, 250);
  begin(seconds);
  return {
    beginAnew(span) {
      seconds = span;
      begin(span);
    },
    close() {
      clearInterval(ticking);
      closed.abort();
    },
  };
}

const MORE_TIMES = 3;
