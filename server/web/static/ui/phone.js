// The citizen's phone page: asks for itself again while it can change, and exchanges only what did.
import { sendForm } from "@ui/forms.js";
import { goTo, serverGone, serverIsGone } from "@ui/server-gone.js";

const HEARTBEAT_MS = 2000; // With the patience, a server that is gone is told of within four seconds.
const GONE_HEARTBEAT_MS = 500;
const PATIENCE_MS = 1500;
const ANSWER_MS = 4000;

const page = document.querySelector(".phone");
let timer = 0;
if (page instanceof HTMLElement) {
  wait(page);
  void listen(page);
}

document.addEventListener("visibilitychange", () => {
  // A phone in a pocket asks nothing; taken out, it asks at once.
  clearTimeout(timer);
  if (page instanceof HTMLElement && !document.hidden) void refresh(page);
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  if (page instanceof HTMLElement && event.target instanceof HTMLFormElement)
    void send(page, event.target, event.submitter);
});

/** @param {HTMLElement} phone @param {HTMLFormElement} form @param {HTMLElement | null} submitter */
async function send(phone, form, submitter) {
  const answer = sendForm(form, submitter);
  for (const button of form.querySelectorAll("button")) {
    button.disabled = true; // What is disabled is not sent, so only now.
    button.toggleAttribute("data-tapped", button === submitter);
  }
  const fresh = (await answer)?.page.querySelector(".phone");
  if (fresh) show(phone, fresh);
  else void goTo(phone.dataset.address ?? location.pathname); // Something else is to be said than of this ticket.
}

/** @param {HTMLElement} phone */
function wait(phone) {
  clearTimeout(timer);
  const seconds = Number(phone.dataset.refreshSeconds);
  if (seconds > 0 && !document.hidden) timer = setTimeout(refresh, seconds * 1000, phone);
}

/** @param {HTMLElement} phone */
async function refresh(phone) {
  if (!phone.dataset.refreshSeconds) return;
  try {
    const answer = await fetch(phone.dataset.address ?? location.href, {
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok) throw new Error(`the page answered ${answer.status}`);
    show(phone, new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".phone"));
    serverGone(false);
  } catch (problem) {
    console.warn("phone", problem);
    serverGone(true);
  }
  wait(phone);
}

/**
 * A phone has no socket: while it is looked at, a question that costs the server nothing tells whether it is there.
 * @param {HTMLElement} phone
 */
async function listen(phone) {
  if (!phone.dataset.refreshSeconds) return;
  if (!document.hidden) {
    const isHere = await answers();
    if (!isHere) serverGone(true);
    else if (serverIsGone()) await refresh(phone);
  }
  setTimeout(listen, serverIsGone() ? GONE_HEARTBEAT_MS : HEARTBEAT_MS, phone);
}

async function answers() {
  try {
    return (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) })).ok;
  } catch {
    return false; // It is asked again in a moment.
  }
}

/** @param {HTMLElement} phone @param {Element | null} fresh */
function show(phone, fresh) {
  if (!(fresh instanceof HTMLElement)) throw new Error("the page has no ticket");
  phone.className = fresh.className;
  phone.dataset.refreshSeconds = fresh.dataset.refreshSeconds;
  for (const part of phone.querySelectorAll("[data-part]")) {
    if (!(part instanceof HTMLElement)) continue;
    const now = fresh.querySelector(`[data-part="${part.dataset.part}"]`);
    if (!(now instanceof HTMLElement)) continue;
    part.hidden = now.hidden;
    if (now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
  }
}
