// Shows one snapshot of the counter on the page. Asks nothing, decides nothing.
import { fill } from "@ui/words.js";
import { mayTransfer, offerOpenCounters } from "./choosers.js";
import { showClass, showLists, tickLists } from "./lists.js";
import { all, clock, desk, inPagesLanguage, listed, part, since, stopwatch, words, write } from "./parts.js";
import { serverNow, setServerClock } from "./server-clock.js";

/** @typedef {{id: string, number: string, service: string, service_name?: import("./parts.js").Text, class: string,
 *   state: string, issued_at: string, called_at: string | null, started_at: string | null, calls: number}} Ticket */
/** @typedef {{ticket: string, number: string, step: string, until: string}} Undo */
/** @typedef {{seq: number, at: string, ticket: Ticket | null,
 *   counter: {number: number, state: string, since: string | null, pause_reason: string | null,
 *     auto_call_after_s: number | null},
 *   recall: {left: number, again_at: string | null} | null, no_show_offered: boolean,
 *   no_show_asks_until: string | null, transfer_to: number[], undo: Undo | null,
 *   served_today: number, others_open: number, printer?: {state: string, detail?: string | null}} & import("./lists.js").Lists} Snapshot */

/** @type {Snapshot | null} */
let shown = null;

/** @returns {Ticket | null} */
export function ticketInHand() {
  return shown?.ticket ?? null;
}

/** @param {Snapshot} snapshot */
export function showDesk(snapshot) {
  shown = snapshot;
  setServerClock(snapshot.at);
  const mode = modeOf(snapshot);
  desk.dataset.mode = mode;
  showLists(snapshot);
  for (const piece of all(desk, "[data-when]")) piece.hidden = !listed(piece.dataset.when, mode);
  if (snapshot.ticket) showTicket(snapshot.ticket);
  showNext(snapshot);
  showBreak(snapshot);
  showUndo(snapshot.undo);
  showPrinter(snapshot.printer);
  offerOpenCounters(snapshot.transfer_to);
  write(part("served"), String(snapshot.served_today));
  tick();
}

/** What changes by time alone: the elapsed time, the waits, when the next recall is allowed, and the last step's undo. */
export function tick() {
  if (!shown) return;
  const begun = shown.ticket?.started_at ?? shown.ticket?.called_at;
  write(part("elapsed"), begun ? stopwatch(serverNow() - Date.parse(begun)) : "–");
  const { state, since: from } = shown.counter;
  write(part("break-elapsed"), state === "break" && from ? stopwatch(serverNow() - Date.parse(from)) : "");
  tickLists();
  const mode = modeOf(shown);
  tickUndo(shown.undo, mode);
  showCommands(mode);
}

/** @param {boolean} under_way */
export function commandUnderWay(under_way) {
  desk.toggleAttribute("data-under-way", under_way);
  part("visit").setAttribute("aria-busy", String(under_way));
  tick();
}

/** @param {Snapshot} snapshot */
function modeOf({ counter, ticket }) {
  if (counter.state !== "open") return counter.state;
  return ticket ? ticket.state : "free";
}

/** @param {string} mode */
function showCommands(mode) {
  const sending = desk.hasAttribute("data-under-way");
  for (const place of all(desk, "[data-enabled-when]")) {
    const button = place.querySelector("button:not([popovertargetaction])");
    if (!(button instanceof HTMLButtonElement)) continue;
    const { command, enabledWhen } = place.dataset;
    const hint = place.querySelector(".hint");
    const limited = mode === "called" && (command === "recall" || command === "no-show");
    const [allowed, why] = limited ? limits(command) : [command !== "transfer" || mayTransfer(), ""];
    button.disabled = sending || !allowed || !listed(enabledWhen, mode);
    if (command === "recall" || command === "no-show") write(hint, why);
  }
}

/** @param {string} command @returns {[boolean, string]} whether the rule allows it now, and what to say */
function limits(command) {
  if (!shown) return [false, ""];
  const { left, again_at } = shown.recall ?? { left: 0, again_at: null };
  if (command === "no-show") {
    const asks = secondsUntil(shown.no_show_asks_until);
    if (asks > 0) return [true, fill(words.noShowAsks, { seconds: asks })];
    return [true, (left ? words.noShowOffered : words.noShowDue) ?? ""];
  }
  if (left < 1) return [false, words.recallNone ?? ""];
  const seconds = secondsUntil(again_at);
  if (seconds > 0) return [false, fill(words.recallWait, { seconds })];
  return [true, fill(words.recallLeft, { left })];
}

/** @param {string | null | undefined} moment @returns {number} whole seconds, rounded up; none or less when it has passed */
function secondsUntil(moment) {
  return moment ? Math.ceil((Date.parse(moment) - serverNow()) / 1000) : 0;
}

/** @param {Ticket} ticket */
function showTicket(ticket) {
  write(part("number"), ticket.number);
  write(part("service"), inPagesLanguage(ticket.service_name) ?? ticket.service);
  write(part("issued-at"), clock(ticket.issued_at));
  write(part("called-at"), clock(ticket.called_at));
  write(part("calls"), fill(words.calls, { n: ticket.calls }));
  showClass(part("class"), ticket.class);
  for (const place of all(desk, ".in-hand")) write(place, ticket.number);
}

/** @param {Snapshot} snapshot */
function showNext({ waiting, counter }) {
  part("free-next").hidden = waiting.length === 0;
  part("free-none").hidden = waiting.length > 0;
  write(part("next-number"), waiting[0]?.number ?? "");
  const byItself = part("auto-call");
  byItself.hidden = !counter.auto_call_after_s;
  write(
    byItself.querySelector("span"),
    fill(byItself.dataset.words, { seconds: counter.auto_call_after_s ?? "" }),
  );
}

/** @param {Snapshot} snapshot */
function showBreak({ counter, others_open }) {
  for (const reason of all(desk, "[data-reason]"))
    reason.hidden = reason.dataset.reason !== counter.pause_reason;
  write(part("break-since"), since(counter.since));
  const others = part("break-others");
  write(others, others_open ? fill(others.dataset.some, { n: others_open }) : (others.dataset.none ?? ""));
}

/** @param {Undo | null} undo */
function showUndo(undo) {
  const form = part("undo");
  if (!undo) return;
  form.dataset.ticket = undo.ticket;
  for (const step of all(form, "[data-step]")) {
    step.hidden = step.dataset.step !== undo.step;
    if (!step.hidden) write(step, fill(step.dataset.words, { number: undo.number }));
  }
}

/** @param {Undo | null} undo  offered until its time is over, and nobody sends an event for that @param {string} mode */
function tickUndo(undo, mode) {
  const seconds = secondsUntil(undo?.until);
  part("undo").hidden = seconds <= 0 || !listed(part("undo").dataset.enabledWhen, mode);
  write(part("undo-left"), fill(words.undoLeft, { seconds }));
}

/** @param {Snapshot["printer"]} printer */
function showPrinter(printer) {
  const place = part("printer");
  const troubles = all(place, "[data-trouble]");
  const known = troubles.find((trouble) => trouble.dataset.trouble === printer?.detail);
  for (const trouble of troubles) trouble.hidden = trouble !== (known ?? troubles.at(-1));
  place.hidden = printer?.state !== "attention";
}
