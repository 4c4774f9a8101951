// Shared by the parts. Words of people and models reach the page as text nodes and attribute values only.

function put(node, name, value) {
  if (name === "text") setText(node, value);
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else setAttribute(node, name, value);
}

function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) put(node, name, value);
  node.append(...children);
  return node;
}

// Writing only what differs keeps focus, selection and scroll where the person has them.
function setText(node, text) {
  const words = text ?? "";
  if (node.textContent !== words) node.textContent = words;
}

function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value === true ? "" : value);
}

function setHidden(node, hidden) {
  if (node.hidden !== hidden) node.hidden = hidden;
}

function button(text, onclick, properties = {}) {
  return make("button", { type: "button", class: "quiet", text, onclick, ...properties });
}

// One child per item, found again by its key, so that a rerun changes an element instead of making a new one.
function keyed(container, items, keyOf, create, update) {
  const kept = new Map([...container.children].map((child) => [child.partKey, child]));
  items.forEach((item, index) => {
    const key = keyOf(item, index);
    const child = kept.get(key) ?? create(item, index);
    child.partKey = key;
    kept.delete(key);
    if (container.children[index] !== child) container.insertBefore(child, container.children[index] ?? null);
    update(child, item, index);
  });
  for (const child of kept.values()) child.remove();
}

// Python counts code points, JavaScript UTF-16 units; an emoji is one of the first and two of the second.
function codePoints(text) {
  let count = text.length;
  for (let i = 0; i < text.length; i += 1) if (text.codePointAt(i) > 0xffff) { count -= 1; i += 1; }
  return count;
}

function unitsAt(text, points) {
  let units = 0;
  for (let left = points; left > 0 && units < text.length; left -= 1) units += text.codePointAt(units) > 0xffff ? 2 : 1;
  return units;
}

function slicePoints(text, start, end) {
  const from = unitsAt(text, start);
  return end === undefined ? text.slice(from) : text.slice(from, from + unitsAt(text.slice(from), end - start));
}

function nonce() {
  // not crypto.randomUUID: a colleague's browser on plain http over the local network does not have it
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const FIRST_REPEAT_MS = 4000;
const MOST_REPEATS = 5;

// Streamlit keeps one value per trigger: of two events sent while the script is busy, the older would vanish. So an
// event waits here until Python names its nonce in `seen`; one travels at a time, urgent ones overtake.
class Outbox {
  constructor() {
    this.waiting = [];
    this.confirming = false;
    this.repeats = 0;
    this.timer = 0;
    this.trigger = () => {};
  }

  add(kind, details = {}, urgent = false) {
    const event = { kind, nonce: nonce(), ...details };
    if (!this.confirming) {
      this.trigger("event", event);
      return event;
    }
    this.waiting.push(event);
    if (urgent || this.waiting.length === 1) this.post(event);
    return event;
  }

  post(event) {
    this.trigger("event", event);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.repeat(), FIRST_REPEAT_MS * 2 ** this.repeats);
  }

  repeat() {
    if (!this.waiting.length || this.repeats >= MOST_REPEATS) return;
    this.repeats += 1;
    this.post(this.waiting[0]);
  }

  confirm(seen) {
    this.confirming = Array.isArray(seen);
    if (!this.confirming) return;
    const before = this.waiting.length;
    this.waiting = this.waiting.filter((event) => !seen.includes(event.nonce));
    if (this.waiting.length === before) return;
    this.repeats = 0;
    if (this.waiting.length) this.post(this.waiting[0]);
    else clearTimeout(this.timer);
  }

  close() {
    clearTimeout(this.timer);
  }
}
