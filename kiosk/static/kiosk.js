// The kiosk turns its pages itself: a browser that is sent to another page shows its own when the server is gone,
// and nobody at a kiosk has a keyboard to leave that.
import { fetchPage } from "@ui/forms.js";
import { heartbeat } from "@ui/heartbeat.js";
import { live } from "@ui/live.js";
import { goTo, serverGone, serverIsGone } from "@ui/server-gone.js";
import { startPage } from "./start.js";
import { ticketPage } from "./ticket.js";

/** @typedef {import("@ui/forms.js").Answer} Answer */
/**
 * @typedef {{turn: (answer: Answer) => boolean, turnTo: (path: string) => void}} Turning
 *   `turn` shows a page that came; false: it is none of the kiosk's
 * @typedef {{
 *   state: string, show: (snapshot: any) => void, configurationChanged?: () => void, leave: () => void,
 * }} Page
 */

const ABROAD_STATUSES = [401, 403]; // This browser is no kiosk any more: the browser's own way shows what to do.
const SENT_TO = "/kiosk/tickets";
const AGAIN_MS = 2000;

let turning = new AbortController();
let current = enter();

heartbeat({ screen: "kiosk" });
// Every event that a kiosk hears makes it ask anew, and on a ticket's page the answer is about that very slip.
const wire = live({
  screen: "kiosk",
  state: () => current.state,
  show: (snapshot) => current.show(snapshot),
  on: { configuration_changed: () => current.configurationChanged?.() },
});

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[href]:not([href^='#'])");
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  if (!serverIsGone()) void turnTo(link.href);
});

function enter() {
  const begin = document.getElementById("ticket") ? ticketPage : startPage;
  return begin({ turn, turnTo });
}

/** @param {string} path  the page there is shown once it is here; a later turn comes before an earlier one */
async function turnTo(path) {
  turning.abort();
  turning = new AbortController();
  const mine = turning.signal;
  while (!mine.aborted) {
    const answer = await fetchPage(path, mine);
    if (!answer || turn(answer)) return;
    if (ABROAD_STATUSES.includes(answer.status)) return void goTo(path);
    await new Promise((done) => setTimeout(done, AGAIN_MS));
  }
}

/** @param {Answer} answer */
function turn({ page, url }) {
  if (!page.querySelector("#ticket, form.start")) return false;
  turning.abort();
  // Scripts of another build speak another language: only the browser itself gets the new ones.
  if (stylesOf(page) !== stylesOf(document)) {
    void goTo(url);
    return true;
  }
  current.leave();
  if (new URL(url).pathname !== SENT_TO) history.replaceState(null, "", url); // A refusal has no address of its own.
  document.title = page.title;
  document.documentElement.lang = page.documentElement.lang;
  document.body.replaceWith(document.adoptNode(page.body));
  serverGone(serverIsGone());
  current = enter();
  wire.refresh();
  return true;
}

/** @param {Document} page */
function stylesOf(page) {
  return page.querySelector("link[rel='stylesheet']")?.getAttribute("href");
}
