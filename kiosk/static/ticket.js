// The ticket page: the number stands; what becomes of the slip is told as it happens.
import { live } from "@ui/live.js";
import { goTo } from "@ui/server-gone.js";
import { fill, waitRange } from "@ui/words.js";
import { countdown } from "./countdown.js";

/** @typedef {import("@ui/words.js").Estimate} Estimate */
/**
 * @typedef {{
 *   id: string, state: string, counter: number | null, ahead: number | null, estimate: Estimate | null,
 *   print: {state: string, detail?: string | null}, seq?: number,
 * }} Ticket
 */

const WARN_SECONDS = 10;
const SLOW_MS = 8000; // A slip takes about two seconds; after this long a citizen should not wait for paper.
const KEPT = "kiosk";

const page = /** @type {HTMLElement} */ (document.getElementById("ticket"));
const ahead = /** @type {HTMLElement} */ (document.getElementById("ahead"));
const wait = /** @type {HTMLElement} */ (document.getElementById("wait"));
const next = /** @type {HTMLElement} */ (document.getElementById("next"));
let printState = page.dataset.printState ?? "";

sessionStorage.removeItem(KEPT);

setTimeout(() => {
  const promised = document.querySelector('[data-print="queued"]:not([hidden])');
  if (promised) showPrint("slow");
}, SLOW_MS);

countdown({
  seconds: Number(page.dataset.seconds) || 20,
  warnSeconds: WARN_SECONDS,
  end: () => void goTo(page.dataset.start ?? "/kiosk"),
});

live({
  screen: "kiosk",
  state: page.dataset.state ?? "",
  show,
  on: {
    slip_failed: (slip) => String(slip.ticket) === page.dataset.ticket && heardOfTrouble(slip.reason),
    device_changed: (change) => change.device === "printer" && heardOfTrouble(change.state),
  },
});

/** @param {Ticket} ticket */
function show(ticket) {
  if (ticket.print.state !== printState) {
    printState = ticket.print.state;
    showPrint(printState);
  }
  // The printer's event may have come before this page could hear it.
  if (ticket.print.detail) heardOfTrouble(ticket.print.detail);
  if (ticket.state === "waiting") {
    showAhead(ticket.ahead ?? 0);
    wait.textContent = waitRange(ticket.estimate, wait);
  } else if (ticket.counter !== null) {
    const sentence = next.querySelector("span");
    if (sentence) sentence.textContent = fill(next.dataset.called, { counter: ticket.counter });
  }
}

/** @param {number} people */
function showAhead(people) {
  if (!people) {
    ahead.textContent = ahead.dataset.nobody ?? "";
    return;
  }
  const number = document.createElement("b");
  number.className = "number";
  number.textContent = String(people);
  ahead.replaceChildren(number, ` ${ahead.dataset.unit}`);
}

/** @param {unknown} code  stable: `paper_out`, `cover_open`, … or `ok` */
function heardOfTrouble(code) {
  if (code !== "ok" && printState === "queued") showPrint(code === "paper_out" ? "paper" : "failed");
}

/** @param {string} state */
function showPrint(state) {
  const known = document.querySelector(`[data-print="${state}"]`) ? state : "none";
  for (const message of document.querySelectorAll("[data-print]")) {
    if (message instanceof HTMLElement) message.hidden = message.dataset.print !== known;
  }
}
