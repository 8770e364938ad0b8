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

/** @typedef {{low_min: number, high_min: number}} Estimate */

/**
 * Say how long a wait is, as parts.html's `wait_range` does; `place` carries its `wait_words`.
 * @param {Estimate | null | undefined} estimate
 * @param {HTMLElement} place
 * @returns {string}
 */
export function waitRange(estimate, place) {
  const { noEstimate, noWait, upTo, range } = place.dataset;
  if (!estimate) return noEstimate ?? "";
  const { low_min: low, high_min: high } = estimate;
  if (!high) return noWait ?? "";
  return fill(low ? range : upTo, { low, high });
}
