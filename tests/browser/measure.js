// Runs inside a page and returns its faults as sentences; an empty list is a page that keeps DESIGN section 12.
({ what, least, gap }) => {
  const SLACK = 1; // A fraction of a pixel is rounding, not a fault.

  const measures = { faint, cut, small, narrow };
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
      if (boxes.length) found.push({ element: parentElement, words: nodeValue.trim().slice(0, 60), boxes });
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
