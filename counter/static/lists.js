// The lists beside the visit: who waits, who was put aside, who missed a call. Rows that stay are not made anew,
// so that a button keeps the focus while others come and go.
import { fill } from "@ui/words.js";
import { all, inPagesLanguage, minutes, part, since, words, write } from "./parts.js";
import { serverNow } from "./server-clock.js";

/** @typedef {{id: string, number: string, service: string, service_name: import("./parts.js").Text, class: string,
 *   since: string, waited_s: number, returns: number, sent_here: boolean}} Leg */
/** @typedef {{at: string, waiting: Leg[], waiting_count: number, held: Leg[], missed: Leg[]}} Lists */

/** @param {Lists} lists */
export function showLists({ at, waiting, waiting_count, held, missed }) {
  showRows("waiting", waiting, (row, leg, place) => {
    write(row.querySelector(".order"), String(place + 1));
    write(row.querySelector("th.number"), leg.number);
    const waited = row.querySelector(".minutes");
    if (waited instanceof HTMLElement) waited.dataset.since = String(Date.parse(at) - leg.waited_s * 1000);
    showClass(row, leg.class);
    oneKey(row, place === 1); // The first is next anyway.
    for (const mark of all(row, "[data-mark]"))
      mark.hidden = mark.dataset.mark === "sent" ? !leg.sent_here : leg.returns < 1;
  });
  part("waiting-table").hidden = waiting.length === 0;
  part("waiting-none").hidden = waiting.length > 0;
  write(part("waiting-count"), fill(words.waitingCount, { n: waiting_count }));
  const more = waiting_count - waiting.length;
  part("waiting-more").hidden = more < 1;
  write(part("waiting-more"), fill(words.waitingMore, { n: more }));
  showAside("held", held);
  showAside("missed", missed);
  showWhoMayBeCalled(waiting);
  tickLists();
}

/** The waits go on by time alone. */
export function tickLists() {
  for (const place of all(part("waiting"), ".minutes"))
    write(place, minutes(serverNow() - Number(place.dataset.since)));
}

/** @param {ParentNode} place @param {string} shownClass */
export function showClass(place, shownClass) {
  for (const badge of all(place, "[data-class]")) badge.hidden = badge.dataset.class !== shownClass;
}

/** @param {"held" | "missed"} id @param {Leg[]} legs */
function showAside(id, legs) {
  showRows(id, legs, (row, leg, place) => {
    write(row.querySelector(".since"), since(leg.since));
    const form = row.querySelector("form");
    if (form) form.dataset.ticket = leg.id;
    oneKey(row, place === 0);
  });
  part(`${id}-list`).hidden = legs.length === 0;
}

/** One key, one action: that of one row. @param {HTMLElement} row @param {boolean} isItsRow */
function oneKey(row, isItsRow) {
  const button = row.querySelector("button[data-key]");
  if (!(button instanceof HTMLElement)) return;
  if (isItsRow) button.setAttribute("aria-keyshortcuts", button.dataset.key ?? "");
  else button.removeAttribute("aria-keyshortcuts");
}

/**
 * @param {string} id  of the list; its rows are copies of `${id}-row`
 * @param {Leg[]} legs
 * @param {(row: HTMLElement, leg: Leg, place: number) => void} tell
 */
function showRows(id, legs, tell) {
  const list = part(id);
  const known = new Map(
    all(list, "[data-ticket]")
      .filter((row) => row.parentElement === list)
      .map((row) => [row.dataset.ticket, row]),
  );
  legs.forEach((leg, place) => {
    const row = known.get(leg.id) ?? newRow(id, leg.id);
    known.delete(leg.id);
    for (const number of all(row, ".row-number")) write(number, leg.number);
    write(row.querySelector(".service"), inPagesLanguage(leg.service_name) ?? leg.service);
    tell(row, leg, place);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] ?? null);
  });
  for (const gone of known.values()) gone.remove();
}

/** @param {string} id @param {string} ticket @returns {HTMLElement} */
function newRow(id, ticket) {
  const template = part(`${id}-row`);
  const row = template instanceof HTMLTemplateElement && template.content.firstElementChild?.cloneNode(true);
  if (!(row instanceof HTMLElement)) throw new Error(`The page has no row for #${id}.`);
  row.dataset.ticket = ticket;
  return row;
}

/** The same people to choose from when one is called out of order. @param {Leg[]} waiting */
function showWhoMayBeCalled(waiting) {
  const choice = document.getElementById("call-ticket");
  if (!(choice instanceof HTMLSelectElement)) return;
  const ids = waiting.map(({ id }) => id);
  const shown = [...choice.options].slice(1);
  if (shown.map(({ value }) => value).join() === ids.join()) return;
  const chosen = choice.value;
  for (const option of shown) option.remove();
  for (const leg of waiting) {
    const service = inPagesLanguage(leg.service_name) ?? leg.service;
    choice.add(new Option(fill(words.callOption, { number: leg.number, service }), leg.id));
  }
  choice.value = ids.includes(chosen) ? chosen : "";
}
