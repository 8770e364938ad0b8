// The officer's commands: by button or key, sent once, answered in place.
import { newRequestId } from "@ui/ask.js";
import { live } from "@ui/live.js";
import { fill } from "@ui/words.js";
import { send } from "./command.js";
import { commandUnderWay, part, showDesk, tick, ticketInHand } from "./desk.js";
import { localUntil } from "./server-clock.js";

/** @typedef {import("./desk.js").Snapshot} Snapshot */

const SLOW_MS = 600; // Sooner than this, "sending" would only flicker.

const desk = part("desk");
const words = desk.dataset;
const stateUrl = words.stateUrl ?? "";
/** @type {Map<string, string>} request ids of commands nobody answered yet: pressed again, they count once */
const unanswered = new Map();
let standing = ""; // What a command starts from; once it is another, what was not answered is history.
let sending = false;
/** @type {number | undefined} */
let atNextRecall;

const page = live({ screen: "counter", counter: Number(words.counter), state: stateUrl, show });
setInterval(tick, 1000);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.dataset.command) return;
  event.preventDefault();
  void run(form);
});

document.addEventListener("keydown", (event) => {
  const form = formOfKey(event.key);
  if (!form || typing(event.target) || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
    return;
  event.preventDefault(); // F3 would search, F10 would leave the page for the browser's menu.
  if (!event.repeat) void run(form);
});

/** @param {Snapshot} snapshot */
function show(snapshot) {
  const { counter, ticket } = snapshot;
  const now = [counter.state, ticket?.id, ticket?.state, ticket?.calls].join(" ");
  if (now !== standing) {
    unanswered.clear();
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
  if (button.disabled)
    return say(fill(words.notNow, { action: button.querySelector("span")?.textContent ?? "" }));
  const hadFocus = form.contains(document.activeElement);
  const before = ticketInHand();
  const url = (form.dataset.api ?? "").replace("{ticket}", before?.id ?? "");
  const request_id = unanswered.get(url) ?? newRequestId();
  unanswered.set(url, request_id);

  sending = true;
  commandUnderWay(true);
  const slow = setTimeout(say, SLOW_MS, words.sending ?? "");
  const answer = await send(url, { request_id });
  clearTimeout(slow);
  if (answer) unanswered.delete(url);
  await fetchState();
  sending = false;
  commandUnderWay(false);
  tell(form, answer, before?.number);
  // A button that has done its work is disabled and drops the focus: keep the person's place on the page.
  if (hadFocus && button.disabled) part("visit").focus();
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
  say(fill(form.dataset.said, { number: ticketInHand()?.number ?? before ?? "" }));
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

/** @param {string} key @returns {HTMLFormElement | null} */
function formOfKey(key) {
  for (const button of desk.querySelectorAll("button[data-key]")) {
    const form = button.closest("form");
    if (button instanceof HTMLElement && button.dataset.key === key && form && !form.closest("[hidden]"))
      return form;
  }
  return null;
}

/** @param {EventTarget | null} place */
function typing(place) {
  return (
    place instanceof HTMLElement && (place.isContentEditable || place.matches("input, select, textarea"))
  );
}
