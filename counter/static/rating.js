// The rating tablet: wakes for a slot, takes one tap, thanks, sleeps.
import { newRequestId } from "@ui/ask.js";
import { heartbeat } from "@ui/heartbeat.js";
import { live } from "@ui/live.js";
import { send } from "./command.js";
import { localUntil, serverNow, setServerClock } from "./server-clock.js";

/** @typedef {{id: string, number: string, expires_at: string}} Slot */
/** @typedef {{seq: number, at: string, slot: Slot | null}} Snapshot */

const THANKS_MS = 3000;

const tablet = part("tablet");
const scores = part("scores");
const words = tablet.dataset;
/** @type {Slot | null} */
let slot = null;
let done = ""; // The opening that was tapped: a second tap, or a snapshot from before it, changes nothing.
let thanking = tablet.dataset.scene === "thanks" || tablet.dataset.scene === "refused";
/** @type {number | undefined} */
let closing;

heartbeat({ screen: "rating", counter: Number(words.counter) });
live({ screen: "rating", counter: Number(words.counter), state: words.stateUrl ?? "", show });
if (thanking) setTimeout(rest, THANKS_MS);

scores.addEventListener("submit", (event) => {
  event.preventDefault();
  const tapped = event.submitter;
  if (tapped instanceof HTMLButtonElement && slot && opening(slot) !== done) void rate(slot, tapped);
});

/** @param {Snapshot} snapshot */
function show(snapshot) {
  setServerClock(snapshot.at);
  slot = snapshot.slot;
  settle();
}

/** Awake while there is a slot to fill, else asleep; thanks and a tap under way are not interrupted. */
function settle() {
  clearTimeout(closing);
  if (slot) closing = setTimeout(settle, localUntil(slot.expires_at) + 50);
  if (thanking || tablet.hasAttribute("data-under-way")) return;
  const open = slot !== null && opening(slot) !== done && Date.parse(slot.expires_at) > serverNow();
  if (open && slot) part("number").textContent = slot.number;
  scene(open ? "awake" : "asleep");
}

/** @param {Slot} rated @param {HTMLButtonElement} tapped */
async function rate(rated, tapped) {
  done = opening(rated);
  sending(tapped);
  const body = { slot: rated.id, score: Number(tapped.value), request_id: newRequestId() };
  const answer = await send(words.api ?? "", body, () => Date.parse(rated.expires_at) > serverNow());
  sending(null);
  thanking = true;
  if (!answer?.ok) {
    // Only what the server kept is thanked for as kept.
    part("refused").textContent = answer?.problem?.title ?? words.late ?? "";
    part("refused-detail").textContent = answer?.problem?.detail ?? words.lateDetail ?? "";
  }
  scene(answer?.ok ? "thanks" : "refused");
  setTimeout(rest, THANKS_MS);
}

/** A slot that was withdrawn opens again as itself, but until another time. @param {Slot} which */
function opening({ id, expires_at }) {
  return `${id} ${expires_at}`;
}

function rest() {
  thanking = false;
  settle();
}

/** @param {HTMLButtonElement | null} tapped */
function sending(tapped) {
  tablet.toggleAttribute("data-under-way", tapped !== null);
  part("how").textContent = (tapped ? words.sending : words.how) ?? "";
  for (const button of scores.querySelectorAll("button")) {
    button.disabled = tapped !== null;
    button.toggleAttribute("data-tapped", button === tapped);
  }
}

/** @param {string} name */
function scene(name) {
  if (tablet.dataset.scene === name) return;
  tablet.dataset.scene = name;
  for (const section of tablet.querySelectorAll("[data-when]")) {
    if (section instanceof HTMLElement) section.hidden = section.dataset.when !== name;
  }
  const heading = tablet.querySelector(`[data-when="${name}"] h1`);
  part("said").textContent = heading?.textContent ?? "";
}

/** @param {string} id @returns {HTMLElement} */
function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}
