// The device page stands and stays true: what changed is exchanged, what somebody is filling in is left alone.
import { live } from "@ui/live.js";

const AGAIN_MS = 15_000; // "Last seen" grows though nothing happens.
const SOON_MS = 150; // Several changes come together.

/** @type {number | undefined} */
let soon;

live({
  screen: "settings",
  // Any answer tells that the server is there; the page itself is fetched only when something of it changed.
  state: "/api/v1/office",
  show() {},
  on: {
    device_changed: refreshSoon,
    slip_printed: refreshSoon,
    slip_failed: refreshSoon,
    slip_asked_again: refreshSoon,
    self_test_ended: refreshSoon,
    ticket_issued: refreshSoon, // Its slip waits.
  },
});
setInterval(refreshSoon, AGAIN_MS);

function refreshSoon() {
  if (soon === undefined) soon = setTimeout(refresh, SOON_MS);
}

async function refresh() {
  soon = undefined;
  if (document.hidden) return;
  try {
    const answer = await fetch("/settings/devices", { cache: "no-store" });
    if (answer.ok && !answer.redirected)
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The server is gone, which the page says; the next refresh comes by itself.
  }
}

/** @param {Document} fresh */
function show(fresh) {
  for (const cards of document.querySelectorAll("[data-cards]")) {
    const now = fresh.querySelector(`[data-cards="${cards.getAttribute("data-cards")}"]`);
    if (now && names(now) !== names(cards) && !inUse(cards)) cards.replaceChildren(...now.childNodes);
  }
  for (const part of document.querySelectorAll("[data-part]")) {
    const now = fresh.querySelector(`[data-part="${part.getAttribute("data-part")}"]`);
    if (now && now.innerHTML !== part.innerHTML && !inUse(part)) part.replaceChildren(...now.childNodes);
  }
}

/** @param {Element} cards */
function names(cards) {
  return Array.from(cards.querySelectorAll("[data-card]"), (card) => card.getAttribute("data-card")).join(
    " ",
  );
}

/** @param {Element} part */
function inUse(part) {
  return part.contains(document.activeElement) || part.querySelector("details[open]") !== null;
}
