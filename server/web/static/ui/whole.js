// Marks in the page's text what may not be broken over two lines, now and whenever a script writes anew: compounds that
// the browser's Thai dictionary takes apart, a number and its unit. What the page says stays the same, letter for letter.

const pattern = document.documentElement.dataset.whole;
const pieces = pattern ? new RegExp(`(${pattern})`) : null;
// Where markup cannot stand or is not seen, and what is marked already.
const LEFT_ALONE = "script, style, template, noscript, textarea, select, svg, .for-ears, text-run";

if (pieces) {
  mark(document.body, pieces);
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) mark(node, pieces);
  }).observe(document.body, { childList: true, subtree: true });
}

/** @param {Node} root @param {RegExp} pieces */
function mark(root, pieces) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  /** @type {Text[]} */
  const found = [];
  for (let node = root instanceof Text ? root : walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text && pieces.test(node.data) && !node.parentElement?.closest(LEFT_ALONE))
      found.push(node);
  }
  for (const text of found) {
    const run = text.data.split(pieces).map((piece, at) => (at % 2 ? made("text-whole", piece) : piece));
    // All of it in one element too: in a flex box, each of its pieces would be a box of its own.
    text.replaceWith(made("text-run", ...run));
  }
}

/** @param {string} name @param {(string | Element)[]} content */
function made(name, ...content) {
  const element = document.createElement(name);
  element.append(...content);
  return element;
}
