// The officer's commands: by button or key, sent once, answered in place.
import { newRequestId } from "@ui/ask.js";
import { live } from "@ui/live.js";
import { goTo, serverIsGone } from "@ui/server-gone.js";
import { fill } from "@ui/words.js";
import { closeChooser, openChooser } from "./choosers.js";
import { send } from "./command.js";
import { commandUnderWay, showDesk, tick, ticketInHand } from "./desk.js";
import { all, desk, part, words } from "./parts.js";
import { localUntil } from "./server-clock.js";

/** @typedef {import("./desk.js").Snapshot} Snapshot */

const SLOW_MS = 600; // Sooner than this, "sending" would only flicker.
const ONE_PRESS_MS = 700; // A finger that presses twice; what the key means by then, nobody has read yet.

const stateUrl = words.stateUrl ?? "";
/** @type {Map<string, string>} request ids of commands nobody answered yet: pressed again, they count once */
const unanswered = new Map();
let standing = ""; // What a command starts from; once it is another, what was not answered is history.
let sending = false;
let outOfDate = false; // The office was configured anew: its reasons, services and counters stand in the page.
/** @type {number | undefined} */
let atNextRecall;
let lastKey = { key: "", at: Number.NEGATIVE_INFINITY };

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
  if (!(form instanceof HTMLFormElement)) return;
  if (form.dataset.command || serverIsGone()) event.preventDefault(); // Logging out, too, needs a server.
  if (form.dataset.command) void run(form);
});
desk.addEventListener("change", tick); // What was chosen may be enough now.

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || usedThere(event)) return;
  const button = buttonOfKey(event.key);
  if (!button) return;
  event.preventDefault(); // F3 would search, F7 read with a cursor, F10 open the browser's menu.
  if (event.repeat || isSecondOfTwo(event)) return;
  const form = button.closest("form");
  const chooser = openChooser();
  // What is being chosen comes first; only its own key closes it again.
  if (chooser) return void (button.getAttribute("popovertarget") === chooser.id && closeChooser());
  if (form) return void run(form);
  if (button.disabled) return refuseKey(button);
  button.focus(); // To where Esc gives the focus back.
  button.click();
});

// The second click of a double click does nothing: by then another command, or another's row, may stand in its place.
document.addEventListener(
  "click",
  (event) => {
    if (event.detail < 2 || !(event.target instanceof Element && event.target.closest("button"))) return;
    event.preventDefault();
    event.stopPropagation();
  },
  { capture: true },
);

/** @param {KeyboardEvent} event @returns {boolean} whether it is the same press as the one before */
function isSecondOfTwo({ key, timeStamp }) {
  const again = key === lastKey.key && timeStamp - lastKey.at < ONE_PRESS_MS;
  lastKey = { key, at: timeStamp };
  return again;
}

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
  if (answer?.ok !== false || !askWhetherMeant(answer.problem, facts)) tell(form, answer, before?.number);
  // A button that has done its work is disabled or gone and drops the focus: keep the person's place on the page.
  if (hadFocus && focusIsLost()) part("visit").focus();
}

/**
 * A refusal that a person may overrule is a question.
 * @param {import("@ui/ask.js").Problem | null} problem @param {Record<string, string | number | boolean>} facts
 * @returns {boolean} whether it is asked now
 */
function askWhetherMeant(problem, facts) {
  const chooser = all(desk, "dialog[data-asks]").find(({ dataset }) => dataset.asks === problem?.code);
  if (!chooser) return false;
  for (const field of chooser.querySelectorAll("input[type=hidden]"))
    if (field instanceof HTMLInputElement && field.name === "service") field.value = String(facts.service);
  say("");
  chooser.showPopover();
  return true;
}

/** What was chosen in the form; a field left empty is left out. @param {HTMLFormElement} form */
function chosen(form) {
  /** @type {Record<string, string | number | boolean>} */
  const facts = {};
  for (const [name, value] of new FormData(form)) {
    if (name === "request_id" || typeof value !== "string" || !value) continue;
    facts[name] = name === "counter" ? Number(value) : name === "sure" ? value === "true" : value;
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

/**
 * @param {string} key
 * @returns {HTMLButtonElement | null} the first on the glass, of the held that is the oldest; one that can be pressed
 *   before one that cannot: two commands that never go together have one key
 */
function buttonOfKey(key) {
  const shown = all(document, "button[data-key]").filter(
    (button) => button.dataset.key === key && button.checkVisibility(),
  );
  const button = shown.find((each) => each.matches(":enabled")) ?? shown[0];
  return button instanceof HTMLButtonElement ? button : null;
}

/** Whether the key means something where the focus is: in a field, or where it scrolls. @param {KeyboardEvent} event */
function usedThere({ target, key }) {
  if (!(target instanceof HTMLElement) || /^F\d+$/.test(key)) return false;
  if (target.isContentEditable || target.matches("input, select, textarea")) return true;
  return ["Home", "End", "PageUp", "PageDown"].includes(key) && target.matches("[tabindex='0']");
}
