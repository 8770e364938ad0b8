// Runs inside a page and returns its faults as sentences; an empty list is a page that keeps DESIGN section 12.
({ what, least, gap, words }) => {
  const SLACK = 1; // A fraction of a pixel is rounding, not a fault.

  const measures = { faint, cut, small, narrow, spoiled, broken, lines };
  return measures[what]();

  /** Text that has less contrast with what lies behind it than `least`. */
  function faint() {
    return texts().flatMap(({ element, words }) => {
      const behind = ground(element);
      if (!behind) return [`"${words}" stands on a picture: its contrast cannot be told`];
      const found = contrast(over(colour(getComputedStyle(element).color), behind), behind);
      return found < least ? [`"${words}" has contrast ${found.toFixed(2)}`] : [];
    });
  }

  /** Text that is cut off, or that leaves the page or its box. */
  function cut() {
    const root = document.documentElement;
    const faults = root.scrollWidth > innerWidth ? [`the page is ${root.scrollWidth} wide`] : [];
    for (const { element, words, boxes } of texts()) {
      for (const box of boxes) {
        if (box.left < -SLACK || box.right > innerWidth + SLACK) faults.push(`"${words}" leaves the page`);
      }
      for (let at = element; at !== document.body && at; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.display === "inline" || style.display === "contents") continue;
        const scrolls = /auto|scroll/.test(style.overflowX);
        if (at.clientWidth > 0 && at.scrollWidth > at.clientWidth + SLACK)
          faults.push(`"${words}" is wider than its ${scrolls ? "scrolling " : ""}box (${nameOf(at)})`);
        if (style.overflowY === "hidden" || style.overflowY === "clip") {
          const frame = at.getBoundingClientRect();
          // A line box is taller than its letters; what is more than a quarter of it outside is really cut.
          const isCut = ({ top, bottom, height }) => top < frame.top - height / 4 || bottom > frame.bottom + height / 4;
          if (boxes.some(isCut)) faults.push(`"${words}" is cut by ${nameOf(at)}`);
        }
        if (scrolls || /auto|scroll/.test(style.overflowY)) break;
      }
    }
    return [...new Set(faults)];
  }

  /** Things to touch that are smaller than `least` in either direction. */
  function small() {
    return targets().flatMap((target) => {
      const { width, height } = target.getBoundingClientRect();
      return Math.min(width, height) < least - 0.01 ? [`${nameOf(target)} is ${width.toFixed(1)} × ${height.toFixed(1)}`] : [];
    });
  }

  /** Pairs of things to touch with less than `gap` between them. */
  function narrow() {
    const boxes = targets().map((target) => [nameOf(target), target.getBoundingClientRect()]);
    return boxes.flatMap(([name, a], index) =>
      boxes.slice(index + 1).flatMap(([other, b]) => {
        const across = Math.max(0, b.left - a.right, a.left - b.right);
        const down = Math.max(0, b.top - a.bottom, a.top - b.bottom);
        const between = Math.hypot(across, down);
        return between < gap - 0.01 ? [`${name} and ${other} are ${between.toFixed(1)} apart`] : [];
      }),
    );
  }

  /** Letters whose ink (marks above and below included) is cut by an edge or a focus ring, or lies on other letters. */
  function spoiled() {
    const faults = [];
    const letters = inked();
    for (const { element, sign, words, ink } of letters) {
      if (ink.top + scrollY < -SLACK / 2) faults.push(`"${words}": ${sign} is cut by the screen's edge`);
      let isInside = false; // Of the first box that can be seen.
      for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.display === "inline" || style.display === "contents") continue;
        if (style.display === "table" && element.closest("caption")) continue; // It stands outside what is drawn.
        if (/auto|scroll/.test(style.overflowY)) break; // What is beyond it can be scrolled to.
        const box = at.getBoundingClientRect();
        const isOut = ink.top < box.top - SLACK / 2 || ink.bottom > box.bottom + SLACK / 2;
        const [top, bottom] = [box.top + at.clientTop, box.top + at.clientTop + at.clientHeight]; // Within the border.
        const isCut = ink.top < top - SLACK / 2 || ink.bottom > bottom + SLACK / 2;
        if (isCut && /hidden|clip/.test(style.overflowY)) faults.push(`"${words}": ${sign} is cut by ${nameOf(at)}`);
        if (isOut && !isInside && isDrawn(style)) faults.push(`"${words}": ${sign} leaves ${nameOf(at)}`);
        isInside ||= isDrawn(style);
        if (/hidden|clip/.test(style.overflowY) || style.position === "fixed") break;
      }
    }
    faults.push(...overprinted(letters), ...ringed(letters));
    return [...new Set(faults)];
  }

  function isDrawn(style) {
    return colour(style.backgroundColor).alpha > 0 || parseFloat(style.borderTopWidth) > 0;
  }

  /** Letters of one line whose ink meets the ink of another line. */
  function overprinted(letters) {
    const faults = [];
    const sorted = [...letters].sort((a, b) => a.ink.top - b.ink.top);
    for (const [index, one] of sorted.entries()) {
      for (let at = index + 1; at < sorted.length && sorted[at].ink.top < one.ink.bottom - SLACK / 2; at++) {
        const other = sorted[at];
        if (one.element.closest("[popover]") !== other.element.closest("[popover]")) continue; // One hides the other.
        const apart = Math.abs(one.baseline - other.baseline);
        if (apart < one.size / 3 && apart < other.size / 3) continue; // The same line.
        const across = Math.min(one.ink.right, other.ink.right) - Math.max(one.ink.left, other.ink.left);
        if (across > SLACK / 2) faults.push(`"${one.words}": ${one.sign} and ${other.sign} of "${other.words}" overprint`);
      }
    }
    return faults;
  }

  /** Letters that the ring around whatever has the focus crosses; each thing that may have it has it once. */
  function ringed(letters) {
    const faults = [];
    const before = document.activeElement;
    const typed = document.body.appendChild(document.createElement("input"));
    typed.style.cssText = "position: fixed; top: 0; opacity: 0";
    typed.focus({ preventScroll: true }); // A field shows its ring always, and what gets the focus from it does too.
    for (const at of document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")) {
      if (at === typed || !isSeen(at) || at.matches(":disabled") || isCovered(at)) continue;
      at.focus({ preventScroll: true });
      const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(at);
      if (document.activeElement !== at || outlineStyle === "none") continue;
      const inner = around(at.getBoundingClientRect(), parseFloat(outlineOffset));
      const outer = around(inner, parseFloat(outlineWidth));
      for (const { element, sign, words, ink } of letters) {
        if (at.closest("[popover]") !== element.closest("[popover]")) continue; // One lies over the other.
        if (at.contains(element) || element.contains(at) || !meet(ink, outer) || within(ink, inner)) continue;
        faults.push(`"${words}": ${sign} is cut by the ring around ${nameOf(at)}`);
      }
    }
    before?.focus?.({ preventScroll: true });
    typed.remove();
    return faults;
  }

  function around({ left, right, top, bottom }, by) {
    return { left: left - by, right: right + by, top: top - by, bottom: bottom + by };
  }

  function meet(one, other) {
    const across = Math.min(one.right, other.right) - Math.max(one.left, other.left);
    return across > SLACK / 2 && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > SLACK / 2;
  }

  function within(one, other) {
    return one.left >= other.left && one.right <= other.right && one.top >= other.top && one.bottom <= other.bottom;
  }

  /** Every sign that is drawn (a letter with its marks), with the box of its ink. */
  function inked() {
    const pen = document.createElement("canvas").getContext("2d");
    const signs = new Intl.Segmenter("th", { granularity: "grapheme" });
    const known = new Map();
    const found = [];
    for (const { element, node, words } of texts()) {
      if (!node || coveredAt(node, element)) continue;
      const { fontStyle, fontWeight, fontSize, fontFamily, textTransform } = getComputedStyle(element);
      const font = `${fontStyle} ${fontWeight} ${fontSize} ${fontFamily}`;
      const range = document.createRange();
      for (const { segment: sign, index } of signs.segment(node.nodeValue)) {
        if (!sign.trim()) continue;
        range.setStart(node, index);
        range.setEnd(node, index + sign.length);
        const box = range.getClientRects()[0];
        if (!box?.width || isScrolledAway(box, element)) continue;
        const key = `${font} ${sign}`;
        if (!known.has(key)) {
          pen.font = font;
          known.set(key, pen.measureText(textTransform === "uppercase" ? sign.toUpperCase() : sign));
        }
        const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down, ...ink } = inkOf(known.get(key));
        const baseline = box.top + (box.height * up) / (up + down);
        found.push({
          element, sign, words, baseline, size: up + down,
          ink: { left: box.left, right: box.right, top: baseline - ink.above, bottom: baseline + ink.below },
        });
      }
    }
    return found;
  }

  /** Whether it lies, wholly or in part, outside of what its scrolling box shows. */
  function isScrolledAway(box, element) {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (!/auto|scroll/.test(getComputedStyle(at).overflowY)) continue;
      const shown = at.getBoundingClientRect();
      return box.bottom > shown.bottom || box.top < shown.top;
    }
    return false;
  }

  function inkOf({ fontBoundingBoxAscent, fontBoundingBoxDescent, actualBoundingBoxAscent: above, actualBoundingBoxDescent: below }) {
    return { fontBoundingBoxAscent, fontBoundingBoxDescent, above, below };
  }

  /** Whether something lies over the middle of this text: a banner, a chooser. */
  function coveredAt(node, element) {
    const range = document.createRange();
    range.selectNodeContents(node);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    const uppermost = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return uppermost !== null && !uppermost.contains(element) && !element.contains(uppermost);
  }

  /** Words that may not be broken over two lines and are: each of `words` is a pattern. */
  function broken() {
    const faults = [];
    for (const { node, words: text } of texts()) {
      if (!node) continue;
      for (const pattern of words) {
        for (const match of node.nodeValue.matchAll(new RegExp(pattern, "g"))) {
          const range = document.createRange();
          range.setStart(node, match.index);
          range.setEnd(node, match.index + match[0].length);
          const tops = [...range.getClientRects()].filter(({ width }) => width > 0).map(({ top }) => Math.round(top));
          if (new Set(tops).size > 1) faults.push(`"${match[0]}" is broken in "${text}"`);
        }
      }
    }
    return faults;
  }

  /** How each text of more than one line is broken, for a person to look at. */
  function lines() {
    const faults = [];
    for (const { node } of texts()) {
      if (!node) continue;
      const range = document.createRange();
      let told = "";
      let before = null;
      for (const [index, sign] of [...node.nodeValue].entries()) {
        range.setStart(node, index);
        range.setEnd(node, index + 1);
        const box = range.getClientRects()[0];
        if (box && before !== null && box.width && box.top > before + box.height / 2) told += "|";
        if (box?.width) before = box.top;
        told += sign;
      }
      if (told.includes("|")) faults.push(told.trim());
    }
    return faults;
  }

  function targets() {
    const touchable = "a[href], button, input:not([type=hidden]), select, textarea, summary, label:has(input)";
    return [...document.querySelectorAll(touchable)].filter(
      (each) => isSeen(each) && !isCovered(each) && !each.matches(".skip") && !each.parentElement.closest("label:has(input), button, a[href]"),
    );
  }

  /** Whether something else lies over its middle, so that it cannot be touched now. */
  function isCovered(element) {
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const uppermost = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    return uppermost !== null && !element.contains(uppermost) && !uppermost.contains(element);
  }

  function texts() {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
      const { nodeValue, parentElement } = walker.currentNode;
      if (!nodeValue.trim() || parentElement.closest("script, template, noscript, select") || !isSeen(parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const boxes = [...range.getClientRects()].filter(({ width, height }) => width > 0 && height > 0);
      if (boxes.length) found.push({ element: parentElement, node: walker.currentNode, words: nodeValue.trim().slice(0, 60), boxes });
    }
    for (const field of document.querySelectorAll("select, input:not([type=hidden], [type=checkbox]), textarea")) {
      if (isSeen(field)) found.push({ element: field, words: field.value, boxes: [field.getBoundingClientRect()] });
    }
    return found;
  }

  function isSeen(element) {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    if (element.closest(".skip")) return false; // Seen only while it has the focus.
    for (let at = element; at; at = at.parentElement) {
      // Words for a screen reader: in a box of one pixel, for nobody's eyes.
      if (at.offsetWidth <= 1 && getComputedStyle(at).overflow === "hidden") return false;
    }
    return true;
  }

  /** The colour behind an element, or null where a picture is. */
  function ground(element) {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return null;
      const layer = colour(style.backgroundColor);
      if (layer.alpha > 0) layers.push(layer);
      if (layer.alpha === 1) break;
    }
    return layers.reduceRight((behind, layer) => over(layer, behind), { parts: [255, 255, 255], alpha: 1 });
  }

  function colour(text) {
    const [red, green, blue, alpha = 1] = text.match(/[\d.]+/g).map(Number);
    return { parts: [red, green, blue], alpha };
  }

  function over({ parts, alpha }, behind) {
    return { parts: parts.map((part, index) => part * alpha + behind.parts[index] * (1 - alpha)), alpha: 1 };
  }

  function contrast(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }

  /** WCAG 2's relative luminance. */
  function luminance({ parts }) {
    const [red, green, blue] = parts.map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function nameOf(element) {
    const words = element.innerText?.trim().replace(/\s+/g, " ").slice(0, 40);
    const kind = element.id ? `#${element.id}` : `${element.localName}${[...element.classList].map((name) => `.${name}`).join("")}`;
    return words ? `${kind} "${words}"` : kind;
  }
};
