// Elements without HTML in strings: text from outside can only become text.

/** The element of the page with this id. */
export const byId = (id) => document.getElementById(id);

/** A new element; children are nodes or text, and null is left out. */
export function element(name, attributes = {}, ...children) {
  return built(document.createElement(name), attributes, children);
}

/** A new element of a drawing. */
export function drawn(name, attributes = {}, ...children) {
  return built(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function built(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets a text, and touches nothing when it is that already: a selection stays. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** A sign and a word, so that colour is never the only difference. */
export function mark(kind, word) {
  const sign = { good: "✓", bad: "✗", warn: "!", off: "–" }[kind];
  return element("span", { class: `mark ${kind}` }, element("span", { "aria-hidden": "true" }, sign), ` ${word}`);
}

const nodes = new WeakMap();

/**
 * Makes the children of `parent` those of `items`, and keeps the nodes of items that
 * were there: focus, selection and scroll position survive an update.
 *
 * `looks(item)` says what the node depends on; `fill(node, item)` runs when that differs.
 */
export function sync(parent, items, { key, make, looks, fill }) {
  const before = nodes.get(parent) ?? new Map();
  const after = new Map();
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  for (const item of items) {
    const id = key(item);
    if (!after.has(id)) after.set(id, before.get(id) ?? { node: make(item), looks: null });
    const kept = after.get(id);
    const now = looks(item);
    if (kept.looks !== now) {
      fill(kept.node, item);
      kept.looks = now;
    }
  }
  for (const [id, { node }] of before) {
    if (!after.has(id)) node.remove();
  }
  let place = parent.firstElementChild;
  for (const { node } of after.values()) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
  nodes.set(parent, after);
  // Moving a node takes the focus from it.
  if (focused?.isConnected && focused !== document.activeElement) focused.focus({ preventScroll: true });
}
