// The snapshot on the glass. The rows come from the page's own <template>s and words.
import { fill, waitRange } from "@ui/words.js";

/** @typedef {import("@ui/words.js").Wait} Wait */
/** @typedef {{call_id: number | string, number: string, counter: number, queue: string, state: string, age_s: number}} Call */
/** @typedef {{id: string, name: Record<string, string>, waiting: number, shares_counters: boolean} & Wait} Queue */
/** @typedef {{number: string}} Missed */
/** @typedef {{seq?: number, at?: string, calls: Call[], missed: Missed[], queues: Queue[]}} Board */

const RECENT = 5;
const MISSED = 7; // What one line holds, in either language.
const LONG = 4; // A1000 is one sign longer than the panel's type is made for.

/** @param {string} id */
const part = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/**
 * @param {Call | undefined} call
 * @param {Queue[]} queues
 * @param {boolean} isOpen  whether somebody is still to come to it; else it is said to be the last that was called
 */
export function drawNow(call, queues, isOpen) {
  part("now").toggleAttribute("data-empty", !call);
  part("now").toggleAttribute("data-last", !isOpen);
  if (!call) return;
  const queue = queues.find(({ id }) => id === call.queue);
  part("now-number").classList.toggle("number-long", call.number.length > LONG);
  write(part("now-number"), call.number);
  write(part("now-counter"), String(call.counter));
  write(part("now-queue"), queue?.name[document.documentElement.lang] ?? "");
}

/** @param {Call[]} calls */
export function drawRecent(calls) {
  const rows = calls.slice(0, RECENT).map((call) => {
    const row = copyOf("recent-call");
    write(row.querySelector(".recent-number"), call.number);
    write(row.querySelector(".recent-counter"), String(call.counter));
    return row;
  });
  part("recent").replaceChildren(...rows);
}

/**
 * @param {Queue[]} queues
 * @param {string} at the office's time
 */
export function drawQueues(queues, at) {
  const list = part("queues");
  const languages = [list, part("queues-other")];
  part("ahead-note").hidden = !queues.some(({ shares_counters }) => shares_counters);
  for (const queue of queues) {
    const cell = list.querySelector(`[data-queue="${CSS.escape(queue.id)}"]`);
    const people = cell?.querySelectorAll(".queue-waiting") ?? [];
    const wait = cell?.querySelectorAll(".queue-wait span") ?? [];
    languages.forEach((words, nth) => {
      const { waiting, nobody } = words.dataset;
      write(people[nth], queue.waiting ? fill(waiting, { n: queue.waiting }) : nobody);
      write(wait[nth], waitRange(queue, at, words));
    });
  }
}

/** @param {Missed[]} missed */
export function drawMissed(missed) {
  const numbers = missed.slice(0, MISSED).map(({ number }) => number);
  if (missed.length > MISSED) numbers.push(`+${missed.length - MISSED}`);
  const rows = numbers.map((number) => {
    const row = copyOf("missed-ticket");
    write(row, number);
    return row;
  });
  part("missed").replaceChildren(...(rows.length ? rows : [copyOf("none-missed")]));
}

/**
 * Write only what changed, so that nothing flickers and nothing is read out twice.
 * @param {Element | null | undefined} place
 * @param {string | undefined} text
 */
function write(place, text = "") {
  if (place && place.textContent !== text) place.textContent = text;
}

/** @param {string} id */
function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
}
