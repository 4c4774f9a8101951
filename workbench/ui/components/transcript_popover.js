// The small window in which a passage gets its label, its note and what should have been said instead.

const HEADINGS = ["quality", "critical", "major", "minor"];
const MARGIN = 12;

// A list one walks with the keyboard: one stop for Tab, arrows inside.
class Choices {
  constructor(label, pick) {
    this.name = label.replace(/\W/g, "-");
    this.pick = pick;
    this.options = [];
    this.active = 0;
    this.anchor = 0;
    this.moved = () => {};
    this.node = make("div", { role: "listbox", tabindex: "0", class: "choices", "aria-label": label });
  }

  show(...nodes) {
    this.node.replaceChildren(...nodes);
    this.options = [...this.node.querySelectorAll('[role="option"]')];
    this.options.forEach((option, index) => {
      option.id = `${this.name}-${index}`;
      option.onclick = () => this.pick(index);
    });
    this.move(0);
  }

  move(index, extending = false) {
    this.active = Math.max(0, Math.min(index, this.options.length - 1));
    if (!extending) this.anchor = this.active;
    const [low, high] = this.chosen();
    this.options.forEach((option, at) => option.setAttribute("aria-selected", at >= low && at <= high));
    setAttribute(this.node, "aria-activedescendant", this.options[this.active]?.id);
    this.options[this.active]?.scrollIntoView({ block: "nearest" });
    this.moved(low, high);
  }

  chosen() {
    return [Math.min(this.anchor, this.active), Math.max(this.anchor, this.active)];
  }

  // True when the key was for the list.
  key(event, letters = false) {
    const steps = { ArrowDown: 1, ArrowUp: -1, ...(letters ? { j: 1, k: -1, J: 1, K: -1 } : {}) };
    if (event.key in steps) this.move(this.active + steps[event.key], letters && event.shiftKey);
    else if (event.key === "Enter" && this.options.length) this.pick(this.active);
    else return false;
    return true;
  }
}

class Popover {
  // `hears` has save(mark), drawn(target, span) to show what is being marked, and closed(target)
  constructor(hears) {
    this.hears = hears;
    this.target = null;
    this.span = null;
    this.labels = [];
    this.shown = [];
    this.label = null;
    this.build();
  }

  build() {
    this.quote = make("p", { class: "quoted", dir: "auto" });
    this.steps = { sentence: this.buildSentences(), label: this.buildLabels(), words: this.buildWords() };
    this.node = make(
      "div",
      { class: "popover", role: "dialog", "aria-label": "Mark a passage", popover: "manual", hidden: true },
      this.quote,
      ...Object.values(this.steps),
    );
    this.node.addEventListener("keydown", (event) => this.key(event));
  }

  buildSentences() {
    this.sentences = new Choices("Sentences of this answer", () => this.askLabel());
    this.sentences.moved = (low, high) => this.take(low, high);
    const how = make("p", { class: "how", text: "Arrow keys move, Shift takes more, Enter goes on." });
    return make("div", {}, make("h3", { text: "Which sentence?" }), this.sentences.node, how);
  }

  buildLabels() {
    this.filter = make("input", { type: "text", placeholder: "Find a label", "aria-label": "Find a label" });
    this.filter.addEventListener("input", () => this.list());
    this.choices = new Choices("Labels", (index) => this.chooseLabel(this.shown[index]));
    const how = make("p", { class: "how", text: "1–9 choose, letters search, Esc cancels." });
    return make("div", {}, this.filter, this.choices.node, how);
  }

  buildWords() {
    this.chosen = make("p", { class: "label" });
    this.note = make("textarea", { dir: "auto", rows: 2 });
    this.instead = make("textarea", { dir: "auto", rows: 3 });
    this.warning = make("p", { class: "how", role: "status" });
    const change = button("Another label", () => this.askLabel());
    const save = make("button", { type: "button", class: "first", text: "Save", onclick: () => this.save() });
    const cancel = button("Cancel", () => this.close());
    return make(
      "div",
      {},
      make("div", { class: "row" }, this.chosen, change),
      make("label", {}, make("span", { text: "Note (if you like)" }), this.note),
      make("label", {}, make("span", { text: "What should it have said instead?" }), this.instead),
      this.warning,
      make("div", { class: "row" }, save, cancel, make("span", { class: "how", text: "Ctrl+Enter saves" })),
    );
  }

  get open() {
    return this.target !== null;
  }

  get writing() {
    return this.open && !this.steps.words.hidden;
  }

  get unsaved() {
    return this.writing && Boolean(this.note.value.trim() || this.instead.value.trim());
  }

  // `target` is {node, answer, text, near}: the element, the answer's id and words, and the rectangle to stay near.
  start(target, span, labels) {
    if (this.open) this.leave();
    this.target = target;
    this.labels = labels;
    this.note.value = "";
    this.instead.value = "";
    setHidden(this.node, false);
    this.node.showPopover?.();
    this.span = span;
    if (span) this.askLabel();
    else this.askSentence();
  }

  askSentence() {
    this.spans = sentences(this.target.text);
    this.step("sentence");
    this.sentences.show(
      ...this.spans.map((span) => make("div", { role: "option", class: "sentence", dir: "auto", text: span.quote })),
    );
    this.sentences.node.focus();
    this.place();
  }

  take(low, high) {
    if (!this.spans?.length || this.steps.sentence.hidden) return;
    const [start, end] = [this.spans[low].start, this.spans[high].end];
    this.span = { start, end, quote: slicePoints(this.target.text, start, end) };
    this.hears.drawn(this.target, this.span);
  }

  askLabel() {
    this.filter.value = "";
    this.step("label");
    this.list();
    this.choices.node.focus({ preventScroll: true });
    this.place();
  }

  list() {
    const wanted = this.filter.value.trim().toLowerCase();
    const fits = (label) => `${label.name} ${label.code} ${TONE_WORDS[label.tone]}`.toLowerCase().includes(wanted);
    this.shown = HEADINGS.flatMap((tone) => this.labels.filter((label) => label.tone === tone && fits(label)));
    const groups = HEADINGS.map((tone) => this.group(tone)).filter(Boolean);
    const nothing = make("p", { class: "how", text: "No label has these words." });
    this.choices.show(...(groups.length ? groups : [nothing]));
  }

  group(tone) {
    const options = this.shown.filter((label) => label.tone === tone).map((label) => this.option(label));
    if (!options.length) return null;
    const sample = make("span", { "data-tone": tone, text: TONE_WORDS[tone] });
    const heading = make("p", { class: "heading", "aria-hidden": "true" }, sample);
    return make("div", { role: "group", "aria-label": TONE_WORDS[tone] }, heading, ...options);
  }

  option(label) {
    const digit = this.shown.indexOf(label) + 1;
    return make(
      "div",
      { role: "option", class: "option" },
      make("span", { class: "digit", text: digit <= 9 && !this.filter.value ? String(digit) : "" }),
      make("span", { class: "name", text: label.name }),
      make("span", { class: "code", text: label.code }),
    );
  }

  chooseLabel(label) {
    if (!label) return;
    this.label = label;
    setText(this.chosen, label.name);
    setAttribute(this.chosen, "data-tone", label.tone);
    this.step("words");
    this.hears.drawn(this.target, this.span);
    this.place();
    this.note.focus();
  }

  step(name) {
    for (const [step, node] of Object.entries(this.steps)) setHidden(node, step !== name);
    setHidden(this.quote, name === "sentence");
    setText(this.quote, this.span?.quote);
    setText(this.warning, "");
  }

  key(event) {
    event.stopPropagation(); // Streamlit listens for single letters on the document
    if (event.key === "Escape") this.escape();
    else if (!this.steps.label.hidden) this.labelKey(event);
    else if (!this.steps.sentence.hidden && this.sentences.key(event, true)) event.preventDefault();
    else if (this.writing && event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
  }

  labelKey(event) {
    const digit = /^[1-9]$/.test(event.key) && !this.filter.value ? Number(event.key) : 0;
    const plain = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (digit) this.chooseLabel(this.shown[digit - 1]);
    else if (!this.choices.key(event)) {
      if (plain) this.filter.focus();
      return;
    }
    event.preventDefault();
  }

  escape() {
    if (!this.unsaved || this.warning.textContent) this.close();
    else setText(this.warning, "Esc once more throws away what you wrote.");
  }

  save() {
    const { start, end, quote } = this.span;
    const words = { note: this.note.value.trim(), instead: this.instead.value.trim() };
    this.hears.save({ answer: this.target.answer, start, end, quote, label: this.label.code, ...words });
    this.close();
  }

  close() {
    const target = this.target;
    if (!target) return;
    this.leave();
    this.hears.closed(target);
  }

  leave() {
    this.node.hidePopover?.();
    setHidden(this.node, true);
    this.hears.drawn(this.target, null);
    this.target = null;
    this.span = null;
  }

  // Beneath what is marked, or above it where there is more room; always wholly in view.
  place() {
    const near = this.target.near;
    const { offsetWidth: width, offsetHeight: height } = this.node;
    const [right, bottom] = [document.documentElement.clientWidth, window.innerHeight];
    const above = near.bottom + height + MARGIN > bottom && near.top > bottom - near.bottom;
    const top = above ? near.top - height - MARGIN / 2 : near.bottom + MARGIN / 2;
    this.node.style.left = `${clamp(near.left, MARGIN, right - width - MARGIN)}px`;
    this.node.style.top = `${clamp(top, MARGIN, bottom - height - MARGIN)}px`;
  }
}

function clamp(value, low, high) {
  return Math.max(low, Math.min(value, high));
}
