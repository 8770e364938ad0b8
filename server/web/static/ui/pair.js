// A new device's page: asks for a code by itself, looks whether it was confirmed, and goes on to its screen.
import { goTo, serverGone } from "@ui/server-gone.js";
import { fill } from "@ui/words.js";

const LOOK_MS = 2000;
const AGAIN_MS = 15_000; // No code could be given: others wait, or the server is busy.
const RENEWALS = 6; // An hour. A page that somebody forgot must not keep a place for ever.
const RENEWED = "pair-renewed";

const page = /** @type {HTMLElement} */ (document.getElementById("pair"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("ask"));
const left = document.getElementById("left");
const ends = performance.now() + Number(page.dataset.seconds) * 1000;

if ("code" in page.dataset) void look();
else if (Number(sessionStorage.getItem(RENEWED) ?? 0) < RENEWALS) setTimeout(ask, refused() ? AGAIN_MS : 0);

form.addEventListener("submit", () => sessionStorage.removeItem(RENEWED));

function refused() {
  return page.querySelector(".notice") !== null;
}

function ask() {
  sessionStorage.setItem(RENEWED, String(Number(sessionStorage.getItem(RENEWED) ?? 0) + 1));
  form.submit(); // Not `requestSubmit`: nobody pressed the button, so the renewals go on being counted.
}

async function look() {
  showTimeLeft();
  try {
    const answer = await fetch("/pair/claim", {
      method: "POST",
      headers: { Accept: "application/json" },
      cache: "no-store",
      signal: AbortSignal.timeout(10_000),
    });
    serverGone(false);
    if (answer.status === 200) sessionStorage.removeItem(RENEWED);
    // Confirmed: on to its screen. Its time is over: this page anew, which asks for another code.
    if (answer.status === 200 || answer.status === 410) return void goTo((await answer.json()).go);
  } catch (problem) {
    console.warn("pair", problem);
    serverGone(true);
  }
  setTimeout(look, LOOK_MS);
}

function showTimeLeft() {
  if (!left) return;
  const minutes = Math.floor((ends - performance.now()) / 60_000);
  const words = minutes < 1 ? (page.dataset.last ?? "") : fill(page.dataset.left, { minutes });
  if (left.textContent !== words) left.textContent = words;
}
