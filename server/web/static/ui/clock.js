// The office's clock on a page: it starts from the server's time, never from this machine's.

import { goTo, here } from "@ui/server-gone.js";

const SETTLED_MS = 60_000; // Never load again and again, whatever two clocks may say.

/**
 * Show hours and minutes in `place`, and load the page afresh when the office's date changes.
 * @param {HTMLElement} place  its data-now is ISO 8601 with the office's offset; data-rate how fast time runs
 * @returns {{set: (now: string) => void, rate: number}} `set` puts it right whenever a snapshot says what time it is;
 *   `rate` is how many of the office's seconds pass in one of this machine's
 */
export function officeClock(place) {
  const rate = Number(place.dataset.rate ?? 1) || 1;
  let start = 0;
  let offset = 0;
  let since = 0;
  let pageDay = "";
  let isLeaving = false;

  /** @param {string} now */
  function set(now) {
    start = Date.parse(now);
    offset = offsetMs(now);
    since = performance.now();
    tick();
  }

  function tick() {
    const local = new Date(start + offset + (performance.now() - since) * rate).toISOString();
    const today = local.slice(0, 10);
    pageDay ||= today;
    if (today > pageDay && performance.now() > SETTLED_MS && !isLeaving) {
      isLeaving = true;
      void goTo(here());
    }
    place.textContent = local.slice(11, 16);
  }

  set(place.dataset.now ?? new Date().toISOString());
  setInterval(tick, 1000);
  return { set, rate };
}

/** @param {string} iso */
function offsetMs(iso) {
  const found = /([+-])(\d\d):?(\d\d)$/.exec(iso);
  if (!found) return 0;
  return (found[1] === "-" ? -1 : 1) * (Number(found[2]) * 60 + Number(found[3])) * 60_000;
}
