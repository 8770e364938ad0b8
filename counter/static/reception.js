// The reception screen: what changes by itself is shown without a reload. The forms are plain ones.
import { live } from "@ui/live.js";
import { serverIsGone } from "@ui/server-gone.js";

/** @typedef {{printers: {asked_s: number}[], asked: object[], waiting: number, left_out: string[], perhaps_not_today: object[], seq?: number}} Slips */

const ANSWER_MS = 10_000;

let shown = "";

// A refused form leaves an address that only takes forms; and what was done is not to be said again after a reload.
history.replaceState(null, "", "/reception");

const page = live({ screen: "reception", state: "/api/v1/slips", show });

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement)) return;
  // Sent to a server that is gone, the form would leave the browser's own error behind; sent twice, it waits twice.
  if ("sent" in form.dataset || serverIsGone()) return event.preventDefault();
  form.dataset.sent = "";
  event.submitter?.setAttribute("aria-busy", "true");
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // Its forms were sent.
});

/** @param {Slips} slips */
function show({ printers, asked, waiting, left_out, perhaps_not_today }) {
  const now = JSON.stringify([
    printers.map((printer) => ({ ...printer, asked_s: 0 })),
    asked,
    waiting,
    left_out,
    perhaps_not_today,
  ]);
  if (now !== shown) void renew(now);
}

/** The server says everything in words already: its part of the page takes the place of ours. @param {string} now */
async function renew(now) {
  try {
    const answer = await fetch(`/reception/paper?lang=${document.documentElement.lang}`, {
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (!answer.ok || answer.redirected) return; // Logged out: live() hears of it, too, and loads the page anew.
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const place of document.querySelectorAll("#paper [data-part]")) {
      const part = place instanceof HTMLElement ? place.dataset.part : "";
      takeOver(place, fresh.querySelector(`[data-part="${part}"]`));
    }
    shown = now;
  } catch {
    page.refresh(); // Not reached just now; asked again, it is shown then.
  }
}

/**
 * Make the place's children those of the fresh one. One that says the same stays as it is, with its focus, its refusal
 * and whatever was chosen in it; so only what is new is read out.
 * @param {Element} place @param {Element | null} fresh
 */
function takeOver(place, fresh) {
  if (!fresh) return;
  const wanted = [...fresh.children];
  const versions = new Set(wanted.map(version));
  for (const child of [...place.children]) if (!versions.has(version(child))) child.remove();
  let at = place.firstElementChild;
  for (const child of wanted) {
    if (at && version(at) === version(child)) at = at.nextElementSibling;
    else place.insertBefore(child, at);
  }
}

/** @param {Element} child */
function version(child) {
  return child.getAttribute("data-version") ?? "";
}
