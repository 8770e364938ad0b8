// The device page stands and stays true: what changed is exchanged, what somebody is filling in is left alone.
import { live } from "@ui/live.js";

const AGAIN_MS = 15_000; // "Last seen" grows though nothing happens.
const SOON_MS = 150; // Several changes come together,
const EVERY_MS = 2000; // and at a busy hour they never end.
const GAPS_EVERY_MS = 30_000; // To find them, a day's events are read.

/** @type {number | undefined} */
let soon;
let refreshedAt = -EVERY_MS;
let gapsAt = performance.now(); // The page came with them.
let gapsChanged = false;

live({
  screen: "settings",
  // Any answer tells that the server is there; the page itself is fetched only when something of it changed.
  state: "/api/v1/office",
  show() {},
  on: {
    device_changed() {
      gapsChanged = true;
      refreshSoon();
    },
    slip_printed: refreshSoon,
    slip_failed: refreshSoon,
    slip_asked_again: refreshSoon,
    self_test_ended: refreshSoon,
  },
});
setInterval(refreshSoon, AGAIN_MS);

function refreshSoon() {
  if (soon !== undefined) return;
  soon = setTimeout(refresh, Math.max(SOON_MS, refreshedAt + EVERY_MS - performance.now()));
}

async function refresh() {
  soon = undefined;
  if (document.hidden) return;
  refreshedAt = performance.now();
  const withGaps = gapsChanged || refreshedAt - gapsAt >= GAPS_EVERY_MS;
  if (withGaps) gapsChanged = false;
  try {
    const answer = await fetch(`/settings/devices${withGaps ? "" : "?gaps=no"}`, { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (withGaps) gapsAt = refreshedAt;
  } catch {
    gapsChanged ||= withGaps; // The server is gone, which the page says; the next refresh comes by itself.
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
