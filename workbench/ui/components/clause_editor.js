// A text box that grows, sends what is typed 300 ms after the last key, and keeps it in this tab until it is saved.

const PAUSE_MS = 300;
const REPEAT_MS = 4000;
const editors = new WeakMap();

// A text box turns every line ending into \n; compared as they are, an untouched text would look changed.
function normal(text) {
  return text.replace(/\r\n?/g, "\n");
}

// What is typed and not confirmed: {text, base, sent}. In this tab only, gone when the tab is closed.
class Keep {
  constructor(workspace, clause) {
    this.name = `workbench:clause:${workspace}:${clause}`;
    this.works = true;
  }

  read() {
    try {
      return JSON.parse(sessionStorage.getItem(this.name));
    } catch {
      return null; // storage is switched off, or what lies there is not ours
    }
  }

  write(words) {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(words));
      this.works = true;
    } catch {
      this.works = false; // no room: the status line must not promise anything
    }
  }

  clear() {
    if (this.read()) sessionStorage.removeItem(this.name);
  }
}

class ClauseEditor {
  constructor(root) {
    this.outbox = new Outbox();
    this.data = null;
    this.base = ""; // the token of the text that was stored when the words in the box were begun
    this.sent = null; // what Python was told and has not confirmed; one at a time, or it would conflict with itself
    this.pause = 0;
    this.repeat = 0;
    this.late = false; // the confirmation takes longer than it should
    this.leaving = false; // "Done" was pressed and waits for the confirmation
    this.build(root);
  }

  build(root) {
    this.label = make("span");
    this.box = make("textarea", { dir: "auto", rows: 3 });
    this.status = make("p", { class: "status", role: "status" });
    const done = make("button", { type: "button", class: "plain", text: "Done", onclick: () => this.finish() });
    this.theirs = make("p", { class: "theirs", dir: "auto" });
    this.conflict = this.buildConflict();
    const field = make("label", { class: "field" }, this.label, this.box);
    this.node = make("div", { class: "part" }, this.conflict, field, make("div", { class: "foot" }, this.status, done));
    this.box.addEventListener("input", () => this.typed());
    this.box.addEventListener("blur", () => this.flush());
    this.box.addEventListener("paste", (event) => this.direct(event.clipboardData?.getData("text")));
    this.node.addEventListener("keydown", (event) => event.stopPropagation()); // Streamlit listens for letters
    root.append(this.node);
  }

  buildConflict() {
    const mine = make("button", { type: "button", class: "plain", text: "Keep mine", onclick: () => this.resolve("mine") });
    const take = make("button", { type: "button", class: "plain", text: "Take theirs", onclick: () => this.resolve("theirs") });
    return make(
      "div",
      { class: "conflict", role: "group", "aria-label": "Two texts of this clause", hidden: true },
      make("p", { text: "Somebody saved this clause while you were writing. Both texts are here; nothing is lost." }),
      make("p", { class: "whose", text: "Theirs" }),
      this.theirs,
      make("div", { class: "row" }, mine, take),
    );
  }

  get text() {
    return this.box.value;
  }

  // Chromium looks for the direction of every paragraph: 7 s for a megabyte in one of them, so not for those.
  direct(coming = "") {
    const huge = this.text.length + coming.length > 2 * this.data.limit;
    setAttribute(this.box, "dir", huge ? getComputedStyle(this.box).direction : "auto");
  }

  show(text) {
    this.direct(text);
    this.box.value = text;
  }

  get stored() {
    return normal(this.data.text);
  }

  get clean() {
    return this.sent === null && this.text === this.stored;
  }

  get length() {
    return this.text.length > this.data.limit ? codePoints(this.text) : this.text.length;
  }

  update(data) {
    const before = this.sameClause(data) ? this.data : null;
    const untouched = before !== null && this.clean && !before.conflict;
    this.data = data;
    this.outbox.confirm(data.seen);
    if (!before) this.restore();
    else if (untouched) this.accept();
    else this.compare(before);
    this.draw();
    this.leaveWhenSaved();
  }

  // A page that gives two clauses one key must not have the words of the first saved as the second.
  sameClause({ workspace, clause_key: clause }) {
    return this.data !== null && this.data.workspace === workspace && this.data.clause_key === clause;
  }

  // After a reload: what was typed and never confirmed comes back, on the base it was typed on.
  restore() {
    const { workspace, clause_key: clause, saved_token: token, conflict } = this.data;
    this.settle();
    clearTimeout(this.pause);
    this.pause = 0;
    this.leaving = false;
    this.keep = new Keep(workspace, clause);
    const kept = this.keep.read();
    this.show(kept?.text ?? conflict?.yours ?? this.data.text);
    this.base = kept && kept.sent !== this.stored ? kept.base : token;
    if (this.text === this.stored) this.accept();
    else if (kept) this.send();
  }

  // The box is as the store was: show what is stored now.
  accept() {
    if (this.text !== this.stored) this.show(this.data.text);
    this.base = this.data.saved_token;
    this.keep.clear();
  }

  // The box holds words that are not confirmed: learn what became of them, never write over them.
  compare(before) {
    if (this.data.conflict) this.settle();
    else if (this.sent === this.stored) this.confirmed();
    else if (this.stored === normal(before.text) && this.base === before.saved_token) this.base = this.data.saved_token;
    if (this.clean && !this.data.conflict) this.accept();
  }

  confirmed() {
    this.settle();
    this.base = this.data.saved_token;
    if (this.clean) return;
    this.keepHere();
    if (!this.pause) this.send();
  }

  settle() {
    this.sent = null;
    clearTimeout(this.repeat);
  }

  keepHere() {
    this.keep.write({ text: this.text, base: this.base, sent: this.sent });
  }

  typed() {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.send(), PAUSE_MS);
    this.keepHere();
    this.draw();
  }

  flush() {
    if (this.pause || !this.clean) this.send();
  }

  send() {
    clearTimeout(this.pause);
    this.pause = 0;
    const waits = this.sent !== null || this.clean || this.data.conflict || this.length > this.data.limit;
    if (!waits) this.post(this.text);
    this.draw();
  }

  post(text) {
    this.sent = text;
    this.keepHere();
    this.tell();
  }

  // Again until confirmed: a text that is stored already is no conflict, so repeating does no harm.
  tell() {
    this.outbox.trigger("event", { kind: "typed", nonce: nonce(), ...this.identity(), text: this.sent });
    clearTimeout(this.repeat);
    this.repeat = setTimeout(() => {
      this.late = true;
      this.tell();
      this.draw();
    }, REPEAT_MS);
  }

  identity() {
    return { clause: this.data.clause_key, base: this.base };
  }

  resolve(take) {
    this.base = this.data.saved_token;
    if (take === "theirs") this.show(this.data.conflict.theirs);
    this.sent = take === "mine" ? this.text : null;
    this.keepHere();
    this.outbox.add("resolve", { take, ...this.identity(), text: this.text });
  }

  finish() {
    this.leaving = true;
    this.flush();
    this.leaveWhenSaved();
  }

  leaveWhenSaved() {
    const stays = this.data.conflict || this.length > this.data.limit;
    if (stays) this.leaving = false;
    if (!this.leaving || !this.clean || this.pause) return;
    this.leaving = false;
    this.outbox.add("done", { clause: this.data.clause_key });
  }

  draw() {
    const { conflict, label } = this.data;
    if (this.sent === null) this.late = false;
    setText(this.label, conflict ? `${label}: your text` : label);
    setHidden(this.conflict, !conflict);
    setText(this.theirs, conflict?.theirs);
    setText(this.status, this.words());
    this.direct();
    this.node.dataset.state = this.clean ? "saved" : "unsaved";
    growWithout(this.box);
  }

  words() {
    const { limit, conflict } = this.data;
    const kept = this.keep.works ? "kept in this browser" : "keep this page open";
    const [length, most] = [this.length, limit].map((count) => count.toLocaleString("en-US"));
    if (this.length > limit) return `Not saved: ${length} characters, and a clause has at most ${most} – ${kept}`;
    if (conflict) return "Choose which text to keep.";
    if (this.pause) return "Typing…";
    if (this.clean) return "Saved";
    return this.sent !== null && !this.late ? "Saving…" : `Not saved yet – ${kept}`;
  }

  close() {
    clearTimeout(this.pause);
    clearTimeout(this.repeat);
    this.outbox.close();
  }
}

// Where the style sheet cannot let the box grow, a rough count of lines does.
function growWithout(box) {
  if (CSS.supports("field-sizing", "content")) return;
  const lines = box.value.slice(0, 4000).split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / 80), 0);
  box.rows = Math.max(3, Math.min(lines, 24));
}

export default function clauseEditor({ data, parentElement, setTriggerValue }) {
  const editor = editors.get(parentElement) ?? new ClauseEditor(parentElement);
  editors.set(parentElement, editor);
  editor.outbox.trigger = setTriggerValue;
  editor.update(JSON.parse(data.json));
  // Streamlit also calls this for a run that was overtaken; only an editor that left the page is closed
  return () => {
    if (parentElement.host.isConnected) return;
    editor.close();
    editors.delete(parentElement);
  };
}
