/**
 * Put facts into a sentence the page brought along ("{low} to {high} minutes").
 * @param {string | undefined} sentence
 * @param {Record<string, string | number>} [facts]
 * @returns {string}
 */
export function fill(sentence, facts = {}) {
  return (sentence ?? "").replace(/\{(\w+)\}/g, (whole, name) =>
    name in facts ? String(facts[name]) : whole,
  );
}

/**
 * @typedef {{
 *   low_min: number, high_min: number, hours: {low: number, high: number} | null, now: boolean,
 *   perhaps_not_today: boolean,
 * }} Estimate
 */
/** @typedef {{estimate: Estimate | null, opens_at: string | null}} Wait */

/**
 * Say how long a wait is, as server/web/wait_words.py does; `place` carries parts.html's `wait_words`.
 * @param {Wait} wait a ticket or a queue
 * @param {string} at the office's time, ISO 8601 with its offset
 * @param {HTMLElement} place
 * @returns {string}
 */
export function waitRange({ estimate, opens_at: opensAt }, at, place) {
  const words = place.dataset;
  if (!estimate) return closed(opensAt, at, place);
  if (estimate.now) return words.waitNow ?? "";
  const { low, high } = estimate.hours ?? { low: estimate.low_min, high: estimate.high_min };
  const [range, upTo] = estimate.hours
    ? [words.waitHours, words.waitHoursUpTo]
    : [words.waitMinutes, words.waitMinutesUpTo];
  const said = fill(low ? range : upTo, { low, high });
  return estimate.perhaps_not_today ? fill(words.waitNotToday, { said }) : said;
}

/**
 * @param {string | null} opensAt
 * @param {string} at
 * @param {HTMLElement} place
 */
function closed(opensAt, at, place) {
  const words = place.dataset;
  if (!opensAt) return words.waitNoCounter ?? "";
  const [day, time] = [opensAt.slice(0, 10), opensAt.slice(11, 16)];
  if (day === at.slice(0, 10)) return fill(words.waitOpensAt, { time });
  return fill(words.waitOpensOn, { day: inWords(day, place), time });
}

/** @param {string} day ISO 8601 @param {HTMLElement} place  in its language */
function inWords(day, place) {
  const locale = (place.lang || document.documentElement.lang) === "th" ? "th-TH" : "en-GB";
  return new Date(day).toLocaleDateString(locale, {
    day: "numeric",
    month: "long",
    year: "numeric",
    timeZone: "UTC",
  });
}
