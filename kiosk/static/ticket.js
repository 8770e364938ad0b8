// The ticket page: the number stands; what becomes of the slip is told as it happens.
import { fill, waitRange } from "@ui/words.js";
import { countdown } from "./countdown.js";

/** @typedef {import("@ui/words.js").Wait} Wait */
/**
 * @typedef {{
 *   id: string, state: string, counter: number | null, ahead: number | null, shares_counters: boolean, issued_at: string,
 *   print: {state: string, detail?: string | null}, seq?: number,
 * } & Wait} Ticket
 */

const WARN_SECONDS = 10;
const SLOW_MS = 8000; // A slip takes about two seconds; after this long a citizen should not wait for paper.
const KEPT = "kiosk";

/**
 * @param {import("./kiosk.js").Turning} turning
 * @returns {import("./kiosk.js").Page}
 */
export function ticketPage({ turnTo }) {
  const page = /** @type {HTMLElement} */ (document.getElementById("ticket"));
  const ahead = /** @type {HTMLElement} */ (document.getElementById("ahead"));
  const aheadNote = /** @type {HTMLElement} */ (document.getElementById("ahead-note"));
  const wait = /** @type {HTMLElement} */ (document.getElementById("wait"));
  const ask = /** @type {HTMLElement} */ (document.getElementById("wait-ask"));
  const next = /** @type {HTMLElement} */ (document.getElementById("next"));
  const code = /** @type {HTMLImageElement | null} */ (document.querySelector(".phone img"));
  const photoStates = (page.dataset.photoStates ?? "").split(" "); // No slip to count on: photograph the number.
  let shown = messageOnThePage();
  let inTrouble = shown === "paper" || shown === "failed";
  let isSlow = false;
  /** @type {number | undefined} */
  let untilSlow;

  sessionStorage.removeItem(KEPT);

  const returning = countdown({
    seconds: secondsToReturn(),
    warnSeconds: WARN_SECONDS,
    end: () => turnTo(page.dataset.start ?? "/kiosk"),
  });

  expectTheSlip();

  return {
    state: page.dataset.state ?? "",
    show,
    leave() {
      clearTimeout(untilSlow);
      returning.close();
    },
  };

  /** @param {Ticket} ticket */
  function show(ticket) {
    // Drawn by a server that was gone when the page came.
    if (code?.complete && !code.naturalWidth) code.setAttribute("src", code.getAttribute("src") ?? "");
    // Its printer is well again: now the slip is on its way.
    if (inTrouble && !ticket.print.detail) expectTheSlip();
    inTrouble = Boolean(ticket.print.detail);
    showPrint(messageFor(ticket.print));
    if (ticket.state === "waiting") {
      showAhead(ticket.ahead ?? 0);
      aheadNote.hidden = !ticket.shares_counters;
      wait.textContent = waitRange(ticket, ticket.issued_at, wait);
      ask.hidden = !ticket.estimate?.perhaps_not_today;
    } else if (ticket.counter !== null) {
      const sentence = next.querySelector("span");
      if (sentence) sentence.textContent = fill(next.dataset.called, { counter: ticket.counter });
    }
  }

  function expectTheSlip() {
    clearTimeout(untilSlow);
    isSlow = false;
    untilSlow = setTimeout(() => {
      isSlow = true;
      if (shown === "queued") showPrint("slow");
    }, SLOW_MS);
  }

  /** @param {number} people */
  function showAhead(people) {
    const figure = document.createElement("strong");
    figure.classList.toggle("number", people > 0);
    figure.textContent = people ? String(people) : (ahead.dataset.nobody ?? "");
    const [before = "", after = ""] = people ? (ahead.dataset.people ?? "").split("{n}") : [];
    ahead.replaceChildren(before, figure, after);
  }

  /**
   * Which message fits; views.py answers the same for the page as it comes.
   * @param {Ticket["print"]} print
   */
  function messageFor({ state, detail }) {
    if (detail) return detail === "paper_out" ? "paper" : "failed";
    if (state === "queued") return isSlow ? "slow" : "queued";
    return document.querySelector(`[data-print="${state}"]`) ? state : "none";
  }

  function messageOnThePage() {
    const message = document.querySelector("[data-print]:not([hidden])");
    return message instanceof HTMLElement ? (message.dataset.print ?? "") : "";
  }

  /** @param {string} message */
  function showPrint(message) {
    if (message === shown) return;
    shown = message;
    for (const each of document.querySelectorAll("[data-print]")) {
      if (each instanceof HTMLElement) each.hidden = each.dataset.print !== message;
    }
    const isPhoto = photoStates.includes(message);
    if (isPhoto === "photo" in page.dataset) return;
    page.toggleAttribute("data-photo", isPhoto);
    returning.beginAnew(secondsToReturn());
  }

  function secondsToReturn() {
    const { seconds, photoSeconds } = page.dataset;
    return Number("photo" in page.dataset ? photoSeconds : seconds) || 20;
  }
}
