// Announcements wait for one another: none is cut, none is lost, none is made twice, and none is made of a call that is
// over.

/** @typedef {import("./drawing.js").Call} Call */

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
 *   isOpen: (call: Call) => boolean,
 *   tooOldSeconds: number,
 * }} screen  `announce` ends with the sound, `rest` comes after each call, `quiet` when none is left; `isOpen` tells
 *   whether somebody should still go there; a call that is older than `tooOldSeconds` when offered is not announced
 * @returns {{offer: (calls: Call[]) => void, sawSeq: (seq: number) => void, look: () => void}}
 *   `offer` takes calls oldest first, as often as one likes; `sawSeq` hears of each snapshot's seq before its calls are
 *   offered; `look` is told that what `isOpen` answers may have changed
 */
export function announcer({ announce, rest, quiet, isOpen, tooOldSeconds }) {
  const known = remembered();
  /** @type {Call[]} */
  const queue = [];
  let busy = false;
  let look = () => {};

  /** @param {Call[]} calls */
  function offer(calls) {
    for (const call of calls) {
      const id = String(call.call_id);
      if (known.has(id)) continue;
      known.add(id);
      if (call.age_s <= tooOldSeconds) line(call);
      else remember(id);
    }
    if (!busy) void work();
  }

  /** Who was called again before the first call's turn came is called once, and as soon. @param {Call} call */
  function line(call) {
    const place = queue.findIndex(
      ({ number, counter }) => number === call.number && counter === call.counter,
    );
    if (place < 0) queue.push(call);
    else queue[place] = call;
  }

  async function work() {
    busy = true;
    for (let call = queue.shift(); call; call = queue.shift()) {
      // At its beginning: a page that is loaded again in the middle of a call still shows it, and chimes no second time.
      remember(String(call.call_id));
      if (!isOpen(call)) continue;
      await announce(call);
      await hold(call);
      rest();
    }
    busy = false;
    quiet();
  }

  /** Leave the call its time, but no longer than it is open: then the next is due. @param {Call} call */
  function hold(call) {
    return new Promise((/** @type {(nothing: void) => void} */ done) => {
      const timer = setTimeout(done, queue.length ? HOLD_IN_A_RUSH_MS : HOLD_MS);
      look = () => {
        if (isOpen(call)) return;
        clearTimeout(timer);
        done();
      };
      look();
    });
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

  return { offer, sawSeq, look: () => look() };
}

/** @returns {Set<string>} the calls this display has announced, also before it was loaded again */
function remembered() {
  return new Set(JSON.parse(stored(KEY) ?? "[]"));
}

/** @param {string} id */
function remember(id) {
  store(KEY, JSON.stringify([...remembered(), id].slice(-REMEMBERED)));
}

// A browser without storage announces the open calls of the last two minutes again after a reload, nothing worse.

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
