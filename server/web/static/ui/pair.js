// A new device's page: asks for a code by itself, looks whether it was confirmed, and goes on to its screen.
import { fetchPage, sendForm } from "@ui/forms.js";
import { goTo, serverGone } from "@ui/server-gone.js";
import { fill } from "@ui/words.js";

/** @typedef {import("@ui/forms.js").Answer | null} Answer */

const LOOK_MS = 1500;
const ANSWER_MS = 3000; // Together: a pulled cable is told within five seconds.
const AGAIN_MS = 15_000; // No code could be given: others wait, or the server is busy.
const RENEWALS = 6; // An hour. A page that somebody forgot must not keep a place for ever.
const RENEWED = "pair-renewed";

let ends = 0;
begin();

function begin() {
  const page = pairPage();
  ends = performance.now() + Number(page.dataset.seconds) * 1000;
  if ("code" in page.dataset) void look();
  else if (Number(sessionStorage.getItem(RENEWED) ?? 0) < RENEWALS)
    setTimeout(ask, refused() ? AGAIN_MS : 0, page);
  page.querySelector("#ask")?.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.removeItem(RENEWED);
    void send();
  });
}

/** @returns {HTMLElement} */
function pairPage() {
  return /** @type {HTMLElement} */ (document.getElementById("pair"));
}

function refused() {
  return pairPage().querySelector(".notice") !== null;
}

/** @param {HTMLElement} page  where nobody has pressed the button meanwhile */
function ask(page) {
  if (page !== pairPage()) return;
  sessionStorage.setItem(RENEWED, String(Number(sessionStorage.getItem(RENEWED) ?? 0) + 1));
  void send();
}

async function send() {
  show(await sendForm(/** @type {HTMLFormElement} */ (document.getElementById("ask"))));
}

/** @param {Answer} answer */
function show(answer) {
  const fresh = answer?.page.getElementById("pair");
  if (!fresh) return void goTo("/pair");
  pairPage().replaceWith(document.adoptNode(fresh));
  begin();
}

async function look() {
  showTimeLeft();
  try {
    const answer = await fetch("/pair/claim", {
      method: "POST",
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    serverGone(false);
    if (answer.status === 200) {
      sessionStorage.removeItem(RENEWED);
      return void goTo((await answer.json()).go);
    }
    // Its time is over: this page anew, which asks for another code.
    if (answer.status === 410) return show(await fetchPage("/pair"));
  } catch (problem) {
    console.warn("pair", problem);
    serverGone(true);
  }
  setTimeout(look, LOOK_MS);
}

function showTimeLeft() {
  const left = document.getElementById("left");
  if (!left) return;
  const minutes = Math.floor((ends - performance.now()) / 60_000);
  const { last, left: words } = pairPage().dataset;
  const said = minutes < 1 ? (last ?? "") : fill(words, { minutes });
  if (left.textContent !== said) left.textContent = said;
}
