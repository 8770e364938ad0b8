// The server's time on this page: set by each snapshot's `at`, run on from there, at the office's speed.

const speed = Number(document.body.dataset.clockFactor) || 1; // 60 on a demo day: its timers run out sooner here.
let told = Date.now();
let heard = performance.now();

/** @param {string} at  ISO 8601, from the snapshot that has just arrived */
export function setServerClock(at) {
  told = Date.parse(at);
  heard = performance.now();
}

/** @returns {number} milliseconds since 1970, by the server's clock */
export function serverNow() {
  return told + (performance.now() - heard) * speed;
}

/**
 * @param {string} when  ISO 8601, by the server's clock
 * @returns {number} milliseconds of this machine until then; 0 when it has passed
 */
export function localUntil(when) {
  return Math.max(0, (Date.parse(when) - serverNow()) / speed);
}
