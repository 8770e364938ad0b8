// What the counter's modules share: the page's parts, its words, and how it says a time.
import { fill } from "@ui/words.js";

/** @typedef {{th: string, en: string}} Text */

const language = document.documentElement.lang === "en" ? "en" : "th";

/** @param {string} id @returns {HTMLElement} */
export function part(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

export const desk = part("desk");
export const words = desk.dataset;

/** @param {Text | undefined} text */
export function inPagesLanguage(text) {
  return text?.[language];
}

/**
 * @param {ParentNode} place @param {string} selector
 * @returns {HTMLElement[]}
 */
export function all(place, selector) {
  return [...place.querySelectorAll(selector)].filter((each) => each instanceof HTMLElement);
}

/** Write only what changed: nothing flickers, nothing is read out twice. @param {Element | null} place @param {string} text */
export function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}

/** @param {string | undefined} modes @param {string} mode */
export function listed(modes, mode) {
  return (modes ?? "").split(" ").includes(mode);
}

/** @param {string | null} when  ISO 8601 with the office's offset: its own hours and minutes are wanted */
export function clock(when) {
  return when ? fill(words.clock, { time: when.slice(11, 16) }) : "–";
}

/** @param {string | null | undefined} when */
export function since(when) {
  return when ? fill(words.since, { time: when.slice(11, 16) }) : "";
}

/** @param {number} milliseconds @returns {string} like 3:05, or 1:03:05 */
export function stopwatch(milliseconds) {
  const whole = Math.max(0, Math.floor(milliseconds / 1000));
  const [hours, mins, secs] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(secs).padStart(2, "0");
  return hours ? `${hours}:${String(mins).padStart(2, "0")}:${tail}` : `${mins}:${tail}`;
}

/** @param {number} milliseconds */
export function minutes(milliseconds) {
  const n = Math.floor(milliseconds / 60_000);
  return n < 1 ? (words.underAMinute ?? "") : fill(words.minutes, { n });
}
