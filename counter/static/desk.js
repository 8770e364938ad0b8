// Shows one snapshot of the counter on the page. Asks nothing, decides nothing.
import { fill } from "@ui/words.js";
import { serverNow, setServerClock } from "./server-clock.js";

/** @typedef {{th: string, en: string}} Text */
/** @typedef {{id: string, number: string, service: string, service_name?: Text, class: string, state: string,
 *   issued_at: string, called_at: string | null, started_at: string | null, calls: number}} Ticket */
/** @typedef {{number: string, service: string, service_name: Text, class: string, waited_s: number}} Leg */
/** @typedef {{seq: number, at: string, counter: {number: number, state: string}, ticket: Ticket | null,
 *   recall: {left: number, again_at: string | null} | null, no_show_offered: boolean, waiting: Leg[],
 *   waiting_count: number, served_today: number, printer?: {state: string, detail?: string | null}}} Snapshot */

const desk = part("desk");
const words = desk.dataset;
const language = document.documentElement.lang === "en" ? "en" : "th";
/** @type {Map<string, string>} names of services seen in the line, for a ticket that comes without one */
const serviceNames = new Map();
/** @type {Snapshot | null} */
let shown = null;

/** @param {string} id @returns {HTMLElement} */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

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
  for (const piece of desk.querySelectorAll("[data-when]")) {
    if (piece instanceof HTMLElement) piece.hidden = !listed(piece.dataset.when, mode);
  }
  showLine(snapshot);
  if (snapshot.ticket) showTicket(snapshot.ticket);
  showNext(snapshot);
  showPrinter(snapshot.printer);
  part("served").textContent = String(snapshot.served_today);
  tick();
}

/** What changes by time alone: the elapsed time, the waits, and when the next recall is allowed. */
export function tick() {
  if (!shown) return;
  const since = shown.ticket?.started_at ?? shown.ticket?.called_at;
  part("elapsed").textContent = since ? stopwatch(serverNow() - Date.parse(since)) : "–";
  for (const place of part("waiting").querySelectorAll(".waited")) {
    if (place instanceof HTMLElement) place.textContent = minutes(serverNow() - Number(place.dataset.since));
  }
  showCommands(modeOf(shown));
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
  for (const form of desk.querySelectorAll("form[data-command]")) {
    const button = form.querySelector("button");
    if (!(form instanceof HTMLFormElement) || !button) continue;
    const { command, enabledWhen } = form.dataset;
    const hint = form.querySelector(".hint");
    const [allowed, why] = mode === "called" ? limits(command) : [true, ""];
    button.disabled = sending || !allowed || !listed(enabledWhen, mode);
    if (hint && hint.textContent !== why) hint.textContent = why;
  }
}

/** @param {string | undefined} command @returns {[boolean, string]} whether the rule allows it now, and what to say */
function limits(command) {
  if (!shown) return [false, ""];
  const { left, again_at } = shown.recall ?? { left: 0, again_at: null };
  if (command === "no-show") {
    if (!shown.no_show_offered) return [false, words.noShowLater ?? ""];
    return [true, (left ? words.noShowOffered : words.noShowDue) ?? ""];
  }
  if (command !== "recall") return [true, ""];
  if (left < 1) return [false, words.recallNone ?? ""];
  const seconds = again_at ? Math.ceil((Date.parse(again_at) - serverNow()) / 1000) : 0;
  if (seconds > 0) return [false, fill(words.recallWait, { seconds })];
  return [true, fill(words.recallLeft, { left })];
}

/** @param {Ticket} ticket */
function showTicket(ticket) {
  part("number").textContent = ticket.number;
  part("service").textContent =
    ticket.service_name?.[language] ?? serviceNames.get(ticket.service) ?? ticket.service;
  part("issued-at").textContent = clock(ticket.issued_at);
  part("called-at").textContent = clock(ticket.called_at);
  part("calls").textContent = fill(words.calls, { n: ticket.calls });
  showClass(part("class"), ticket.class);
}

/** @param {Snapshot} snapshot */
function showLine({ at, waiting, waiting_count }) {
  const row = part("waiting-row");
  if (!(row instanceof HTMLTemplateElement)) return;
  const rows = waiting.map((leg, place) => {
    serviceNames.set(leg.service, leg.service_name[language]);
    const copy = row.content.cloneNode(true);
    if (!(copy instanceof DocumentFragment)) return copy;
    write(copy, ".order", String(place + 1));
    write(copy, ".number", leg.number);
    write(copy, ".service", leg.service_name[language]);
    const waited = write(copy, ".waited", minutes(leg.waited_s * 1000));
    if (waited) waited.dataset.since = String(Date.parse(at) - leg.waited_s * 1000);
    showClass(copy, leg.class);
    return copy;
  });
  part("waiting").replaceChildren(...rows);
  part("waiting-table").hidden = waiting.length === 0;
  part("waiting-none").hidden = waiting.length > 0;
  part("waiting-count").textContent = fill(words.waitingCount, { n: waiting_count });
  const more = waiting_count - waiting.length;
  part("waiting-more").hidden = more < 1;
  part("waiting-more").textContent = fill(words.waitingMore, { n: more });
}

/** @param {Snapshot} snapshot */
function showNext({ waiting }) {
  part("free-next").hidden = waiting.length === 0;
  part("free-none").hidden = waiting.length > 0;
  part("next-number").textContent = waiting[0]?.number ?? "";
}

/** @param {Snapshot["printer"]} printer */
function showPrinter(printer) {
  const place = part("printer");
  const troubles = /** @type {HTMLElement[]} */ ([...place.querySelectorAll("[data-trouble]")]);
  const known = troubles.find((trouble) => trouble.dataset.trouble === printer?.detail);
  for (const trouble of troubles) trouble.hidden = trouble !== (known ?? troubles.at(-1));
  place.hidden = printer?.state !== "attention";
}

/** @param {HTMLElement | DocumentFragment} place @param {string} shownClass */
function showClass(place, shownClass) {
  for (const badge of place.querySelectorAll("[data-class]")) {
    if (badge instanceof HTMLElement) badge.hidden = badge.dataset.class !== shownClass;
  }
}

/** @param {DocumentFragment} place @param {string} selector @param {string} text */
function write(place, selector, text) {
  const found = place.querySelector(selector);
  if (!(found instanceof HTMLElement)) return null;
  found.textContent = text;
  return found;
}

/** @param {string | undefined} modes @param {string} mode */
function listed(modes, mode) {
  return (modes ?? "").split(" ").includes(mode);
}

/** @param {string | null} when  ISO 8601 with the office's offset: its own hours and minutes are wanted */
function clock(when) {
  return when ? fill(words.clock, { time: when.slice(11, 16) }) : "–";
}

/** @param {number} milliseconds @returns {string} like 3:05, or 1:03:05 */
function stopwatch(milliseconds) {
  const all = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, mins, secs] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const tail = String(secs).padStart(2, "0");
  return hours ? `${hours}:${String(mins).padStart(2, "0")}:${tail}` : `${mins}:${tail}`;
}

/** @param {number} milliseconds */
function minutes(milliseconds) {
  const n = Math.floor(milliseconds / 60_000);
  return n < 1 ? (words.underAMinute ?? "") : fill(words.minutes, { n });
}
