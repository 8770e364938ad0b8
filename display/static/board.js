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

/** @type {Board | null} */
let board = null;
/** @type {Call | null} the call on the large panel while it is being announced */
let calling = null;
let outOfDate = false; // The office was configured anew: its queues stand in the page.

const announcements = announcer({
  async announce(call) {
    calling = call;
    draw();
    now.toggleAttribute("data-calling", true);
    spoken.textContent = fill(spoken.dataset.words, { number: call.number, counter: call.counter });
    await sound.chime();
  },
  rest() {
    now.toggleAttribute("data-calling", false);
    spoken.textContent = ""; // The same words again, at a recall, would not be news to a screen reader.
  },
  quiet() {
    calling = null;
    draw();
    renew();
  },
});

live({
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

/** @param {Call} call  an event is a call made just now */
function hear(call) {
  announcements.offer([{ ...call, age_s: 0 }]);
}

/** @param {Board} snapshot */
function show(snapshot) {
  board = snapshot;
  if (snapshot.at) clock.set(snapshot.at);
  draw();
  announcements.sawSeq(snapshot.seq ?? 0);
  announcements.forget(isGone);
  announcements.offer([...snapshot.calls].reverse());
}

/** Undone, missed, cancelled, put aside, sent on: the snapshot is newer than the call and does not have its number. */
function isGone(/** @type {Call} */ { call_id, number }) {
  if (!board || Number(call_id) > (board.seq ?? 0)) return false;
  return !board.calls.some((call) => call.number === number);
}

/** Take the page anew, but cut no announcement short. */
function renew() {
  if (outOfDate && !calling) void goTo(here());
}

function draw() {
  if (!board) return;
  const onPanel = calling && !isGone(calling) ? calling : board.calls[0];
  drawNow(onPanel, board.queues);
  drawRecent(board.calls.filter((call) => call.number !== onPanel?.number));
  drawQueues(board.queues, board.at ?? "");
  drawMissed(board.missed);
}
