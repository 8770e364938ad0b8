// The waiting room's display: shows the snapshot, and announces every call once, in order.
import { officeClock } from "@ui/clock.js";
import { heartbeat } from "@ui/heartbeat.js";
import { live } from "@ui/live.js";
import { goTo, here } from "@ui/server-gone.js";
import { fill } from "@ui/words.js";
import { announcer } from "./announcer.js";
import { drawMissed, drawNow, drawQueues, drawRecent } from "./drawing.js";
import { soundOf } from "./sound.js";

/** @typedef {import("./drawing.js").Board} Board */
/** @typedef {import("./drawing.js").Call} Call */

const now = /** @type {HTMLElement} */ (document.getElementById("now"));
const spoken = /** @type {HTMLElement} */ (document.getElementById("spoken"));
const clock = officeClock(/** @type {HTMLElement} */ (document.getElementById("clock")));
const heart = heartbeat({ screen: "display", sounds: true });
const sound = soundOf(
  /** @type {HTMLAudioElement} */ (document.getElementById("chime")),
  /** @type {HTMLButtonElement} */ (document.getElementById("sound")),
  heart.sound,
);

const stillAnnounced = Number(now.dataset.stillAnnounced);
const WAIT_SECONDS = 30; // Of the office's time.
const LEAST_MS = 2000;
const CALLED = "called"; // The state of a ticket that somebody is to come with.

/** @type {Board | null} */
let board = null;
let boardSince = 0;
/** @type {Call | null} the call that is being announced */
let calling = null;
let isLoud = false;
let outOfDate = false; // The office was configured anew: its queues stand in the page.
/** @type {number | undefined} */
let ageing;

const announcements = announcer({
  isOpen,
  tooOldSeconds: stillAnnounced,
  async announce(call) {
    calling = call;
    isLoud = true;
    draw();
    spoken.textContent = fill(spoken.dataset.words, { number: call.number, counter: call.counter });
    await sound.chime();
  },
  rest() {
    isLoud = false;
    draw();
    spoken.textContent = ""; // The same words again, at a recall, would not be news to a screen reader.
  },
  quiet() {
    calling = null;
    draw();
    renew();
  },
});

const page = live({
  screen: "display",
  state: document.body.dataset.stateUrl ?? "/api/v1/display/state",
  show,
  on: {
    ticket_called: hear,
    ticket_recalled: hear,
    configuration_changed() {
      outOfDate = true;
      renew();
    },
  },
});

// A wait shrinks and grows by time alone, and no event says so.
setInterval(page.refresh, Math.max((WAIT_SECONDS * 1000) / clock.rate, LEAST_MS));

/** @param {Call} call  an event is a call made just now */
function hear(call) {
  announcements.offer([{ ...call, state: CALLED, age_s: 0 }]);
}

/** @param {Board} snapshot */
function show(snapshot) {
  board = snapshot;
  boardSince = performance.now();
  if (snapshot.at) clock.set(snapshot.at);
  draw();
  announcements.sawSeq(snapshot.seq ?? 0);
  announcements.look();
  announcements.offer([...snapshot.calls].reverse());
}

/**
 * Whether somebody is still to come to this call: not once they are served, missed, sent on or called anew, or the call
 * was taken back. A call that the snapshot is too old to know is open.
 * @param {Call} call
 */
function isOpen({ call_id }) {
  if (!board || Number(call_id) > (board.seq ?? 0)) return true;
  return board.calls.some((call) => String(call.call_id) === String(call_id) && call.state === CALLED);
}

/** Take the page anew, but cut no announcement short. */
function renew() {
  if (outOfDate && !calling) void goTo(here());
}

function draw() {
  clearTimeout(ageing);
  if (!board) return;
  const open = calling && isOpen(calling) ? calling : newestOpen(board.calls);
  const onPanel = open ?? board.calls[0];
  drawNow(onPanel, board.queues, Boolean(open));
  now.toggleAttribute("data-calling", isLoud && open !== undefined && open === calling);
  drawRecent(board.calls.filter((call) => call.number !== onPanel?.number));
  drawQueues(board.queues, board.at ?? "");
  drawMissed(board.missed);
}

/** The newest call that somebody is still to come to and that may stand large; when it no longer may, draw again. @param {Call[]} calls */
function newestOpen(calls) {
  const open = calls.find((call) => call.state === CALLED && secondsLeft(call) > 0);
  if (open) ageing = setTimeout(draw, (secondsLeft(open) * 1000) / clock.rate + 100);
  return open;
}

/** @param {Call} call */
function secondsLeft({ age_s }) {
  return stillAnnounced - age_s - ((performance.now() - boardSince) / 1000) * clock.rate;
}
