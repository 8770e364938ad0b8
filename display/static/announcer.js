// Announcements wait for one another: none is cut, none is lost, none is made twice.

/** @typedef {import("./drawing.js").Call} Call */

const TOO_OLD_SECONDS = 120; // Older than this a call is shown, not spoken: the citizen has come or has missed it.
const KEY = "display.announced";
const SEQ_KEY = "display.seq";
const REMEMBERED = 200; // More than any snapshot and any burst holds.
const HOLD_MS = 6000; // Long enough to look up and read the number from 8 m.
const HOLD_IN_A_RUSH_MS = 2500;

/**
 * @param {{
 *   announce: (call: Call) => Promise<void>,
 *   rest: () => void,
 *   quiet: () => void,
 * }} screen  `announce` ends with the sound, `rest` comes after each call, `quiet` when none is left
 * @returns {{offer: (calls: Call[]) => void, sawSeq: (seq: number) => void, forget: (gone: (call: Call) => boolean) => void}}
 *   `offer` takes calls oldest first, as often as one likes; `sawSeq` hears of each snapshot's seq before its calls are
 *   offered; `forget` drops those not announced yet that nobody should follow any more
 */
export function announcer({ announce, rest, quiet }) {
  const known = remembered();
  /** @type {Call[]} */
  const queue = [];
  let busy = false;

  /** @param {Call[]} calls */
  function offer(calls) {
    for (const call of calls) {
      const id = String(call.call_id);
      if (known.has(id)) continue;
      known.add(id);
      if (call.age_s <= TOO_OLD_SECONDS) queue.push(call);
      else remember(id);
    }
    if (!busy) void work();
  }

  async function work() {
    busy = true;
    for (let call = queue.shift(); call; call = queue.shift()) {
      await announce(call);
      // Only now: a page that is loaded again in the middle of a call makes it again.
      remember(String(call.call_id));
      await pause(queue.length ? HOLD_IN_A_RUSH_MS : HOLD_MS);
      rest();
    }
    busy = false;
    quiet();
  }

  /** @param {number} seq */
  function sawSeq(seq) {
    // The office's seq never runs back; where it does, this is a new history whose ids begin anew.
    if (seq < Number(stored(SEQ_KEY) ?? 0)) {
      known.clear();
      store(KEY, "[]");
    }
    store(SEQ_KEY, String(seq));
  }

  /** @param {(call: Call) => boolean} gone */
  function forget(gone) {
    for (const call of queue.filter(gone)) {
      queue.splice(queue.indexOf(call), 1);
      remember(String(call.call_id));
    }
  }

  return { offer, sawSeq, forget };
}

/** @returns {Set<string>} the calls this display has announced, also before it was loaded again */
function remembered() {
  return new Set(JSON.parse(stored(KEY) ?? "[]"));
}

/** @param {string} id */
function remember(id) {
  store(KEY, JSON.stringify([...remembered(), id].slice(-REMEMBERED)));
}

// A browser without storage announces the last two minutes again after a reload, nothing worse.

/** @param {string} key */
function stored(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** @param {string} key @param {string} text */
function store(key, text) {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Said above.
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}
