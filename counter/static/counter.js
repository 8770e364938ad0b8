// The officer's commands: by button or key, sent once, answered in place.
import { newRequestId } from "@ui/ask.js";
import { live } from "@ui/live.js";
import { goTo } from "@ui/server-gone.js";
import { fill } from "@ui/words.js";
import { closeChooser, openChooser } from "./choosers.js";
import { send } from "./command.js";
import { commandUnderWay, showDesk, tick, ticketInHand } from "./desk.js";
import { desk, part, words } from "./parts.js";
import { localUntil } from "./server-clock.js";

/** @typedef {import("./desk.js").Snapshot} Snapshot */

const SLOW_MS = 600; // Sooner than this, "sending" would only flicker.

const stateUrl = words.stateUrl ?? "";
/** @type {Map<string, string>} request ids of commands nobody answered yet: pressed again, they count once */
const unanswered = new Map();
let standing = ""; // What a command starts from; once it is another, what was not answered is history.
let sending = false;
let outOfDate = false; // The office was configured anew: its reasons, services and counters stand in the page.
/** @type {number | undefined} */
let atNextRecall;

const page = live({
  screen: "counter",
  counter: Number(words.counter),
  state: stateUrl,
  show,
  on: {
    configuration_changed() {
      outOfDate = true;
    },
  },
});
setInterval(() => {
  tick();
  renewIfIdle();
}, 1000);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.command) return;
  event.preventDefault();
  void run(form);
});

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || usedThere(event)) return;
  const button = buttonOfKey(event.key);
  if (!button) return;
  event.preventDefault(); // F3 would search, F7 read with a cursor, F10 open the browser's menu.
  if (event.repeat) return;
  const form = button.closest("form");
  const chooser = openChooser();
  // What is being chosen comes first; only its own key closes it again.
  if (chooser) return void (button.getAttribute("popovertarget") === chooser.id && closeChooser());
  if (form) return void run(form);
  if (button.disabled) return refuseKey(button);
  button.focus(); // To where Esc gives the focus back.
  button.click();
});

/** @param {Snapshot} snapshot */
function show(snapshot) {
  const { counter, ticket } = snapshot;
  const now = [counter.state, ticket?.id, ticket?.state, ticket?.calls].join(" ");
  if (now !== standing) {
    unanswered.clear();
    if (standing) closeChooser(); // What it asks about is of a state that is gone.
    if (standing && !sending) say(""); // What was said is of a state that is gone.
  }
  standing = now;
  showDesk(snapshot);
  // A recall is allowed again, and a no-show offered, by time alone: nobody sends an event for that.
  clearTimeout(atNextRecall);
  const again = snapshot.recall?.again_at;
  const left = again ? localUntil(again) : 0;
  if (left > 0) atNextRecall = setTimeout(() => page.refresh(), left + 100);
}

/** @param {HTMLFormElement} form */
async function run(form) {
  const button = form.querySelector("button");
  if (!button || sending) return;
  if (button.disabled) return refuseKey(button);
  const hadFocus = form.contains(document.activeElement);
  const before = ticketInHand();
  const url = (form.dataset.api ?? "").replace("{ticket}", form.dataset.ticket ?? before?.id ?? "");
  const facts = chosen(form);
  const asked = url + JSON.stringify(facts);
  const request_id = unanswered.get(asked) ?? newRequestId();
  unanswered.set(asked, request_id);

  sending = true;
  closeChooser();
  commandUnderWay(true);
  const slow = setTimeout(say, SLOW_MS, words.sending ?? "");
  const answer = await send(url, { ...facts, request_id });
  clearTimeout(slow);
  if (answer) unanswered.delete(asked);
  await fetchState();
  sending = false;
  commandUnderWay(false);
  tell(form, answer, before?.number);
  // A button that has done its work is disabled or gone and drops the focus: keep the person's place on the page.
  if (hadFocus && focusIsLost()) part("visit").focus();
}

/** What was chosen in the form; a field left empty is left out. @param {HTMLFormElement} form */
function chosen(form) {
  /** @type {Record<string, string | number>} */
  const facts = {};
  for (const [name, value] of new FormData(form)) {
    if (name === "request_id" || typeof value !== "string" || !value) continue;
    facts[name] = name === "counter" ? Number(value) : value;
  }
  return facts;
}

function focusIsLost() {
  const at = document.activeElement;
  return !at || at === document.body || at.matches(":disabled") || at.closest("[hidden]") !== null;
}

function renewIfIdle() {
  if (!outOfDate || sending || openChooser()) return;
  outOfDate = false;
  void goTo(`/counter${location.search}`); // Not this address: a refused form leaves one that only takes forms.
}

/** Show the true state before the buttons come back; if it cannot be had, live() keeps trying. */
async function fetchState() {
  try {
    const answer = await fetch(stateUrl, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.ok) show(await answer.json());
  } catch {
    page.refresh();
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {import("./command.js").Answer | null} answer
 * @param {string | undefined} before  the number in hand when the button was pressed
 */
function tell(form, answer, before) {
  if (!answer) return refuse(words.unreachable, words.unreachableDetail);
  if (!answer.ok) {
    const { title, detail } = answer.problem ?? {};
    return refuse(title ?? words.refused, detail ?? words.refusedDetail, answer.status === 401);
  }
  if (answer.status === 204) return say(words.saidNobody ?? "");
  say(fill(form.dataset.said, { number: answer.body?.number ?? ticketInHand()?.number ?? before ?? "" }));
}

/** @param {string} sentence */
function say(sentence) {
  part("refusal").hidden = true;
  part("said").textContent = sentence;
}

/** @param {string | undefined} title @param {string | undefined} detail @param {boolean} [signedOut] */
function refuse(title, detail, signedOut = false) {
  part("said").textContent = "";
  part("refusal-title").textContent = title ?? "";
  part("refusal-detail").textContent = detail ?? "";
  part("sign-in").hidden = !signedOut;
  part("refusal").hidden = false;
}

/** @param {HTMLButtonElement} button */
function refuseKey(button) {
  say(fill(words.notNow, { action: button.querySelector("span:not([hidden])")?.textContent ?? "" }));
}

/** @param {string} key @returns {HTMLButtonElement | null} the first shown: of the held, that is the oldest */
function buttonOfKey(key) {
  for (const button of desk.querySelectorAll("button[data-key]")) {
    if (!(button instanceof HTMLButtonElement) || button.dataset.key !== key) continue;
    if (!button.closest("[hidden]")) return button;
  }
  return null;
}

/** Whether the key means something where the focus is: in a field, or where it scrolls. @param {KeyboardEvent} event */
function usedThere({ target, key }) {
  if (!(target instanceof HTMLElement) || /^F\d+$/.test(key)) return false;
  if (target.isContentEditable || target.matches("input, select, textarea")) return true;
  return (key === "Home" || key === "End") && target.matches("[tabindex='0']");
}
