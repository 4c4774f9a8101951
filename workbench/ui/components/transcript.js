// The conversation: column cards, turns with one cell per column, the bar above them, and what happens to all of it.

const HINT = "Select words in an answer to mark them, or go to an answer and press m.";
const STOPPING_MS = 3000;
const HEADER_PX = 60; // Streamlit's own header, which is transparent
const parts = new WeakMap();

class Transcript {
  constructor(root) {
    this.root = root;
    this.data = { columns: [], turns: [], labels: [], stream: null, readonly: true };
    this.outbox = new Outbox();
    this.words = new RunningWords();
    this.states = new Map(); // generation -> what it is doing, in words
    this.articles = new Map(); // generation -> its element
    this.running = new Set(); // generations that ran at the last draw
    this.announced = new Set();
    this.asked = new Set(); // generations for which the page was asked to read again
    this.chosen = null; // {answer, span}: the passage being marked
    this.follower = new Follower(this.listener());
    this.popover = new Popover(this.marker());
    this.build();
    this.listen();
  }

  listener() {
    return {
      piece: (...piece) => this.piece(...piece),
      state: (...state) => this.state(...state),
      ended: (generation) => this.announce([generation]),
      over: () => this.send("finished"),
      refused: () => this.send("renew"),
      shown: (generation) => this.words.known(generation).length,
    };
  }

  marker() {
    return {
      save: (mark) => this.send("mark", mark),
      drawn: (target, span) => this.choose(target.node, span),
      closed: (target) => target.node.parts.text.focus({ preventScroll: true }),
    };
  }

  build() {
    this.spoken = make("div", { class: "spoken", "aria-live": "polite" });
    this.letters = make("div", { class: "row" });
    this.jumps = make("div", { class: "jumps", hidden: true }, make("span", { text: "Columns" }), this.letters);
    this.hint = make("p", { class: "hint" });
    this.stop = button("Stop", () => this.askStop(), { class: "plain", hidden: true });
    this.bar = make("div", { class: "bar" }, this.stop, this.hint, this.jumps);
    this.above = make("div");
    this.cards = make("div", { class: "cards" });
    this.turns = make("div", { class: "turns" });
    this.wide = make("div", { class: "wide" }, make("div", { class: "sheet" }, this.cards, this.turns));
    this.node = make("div", { class: "part" }, this.spoken, this.above, this.bar, this.wide, this.popover.node);
    this.root.append(this.node);
  }

  listen() {
    this.gone = new AbortController();
    const { signal } = this.gone;
    document.addEventListener("pointerdown", (event) => this.pressed(event), { capture: true, signal });
    document.addEventListener("pointerup", () => setTimeout(() => this.released()), { signal });
    this.node.addEventListener("keydown", keepFromStreamlit);
    this.resized = new ResizeObserver(() => this.fit());
    this.resized.observe(this.wide);
    const stick = ([{ boundingClientRect }]) => this.bar.classList.toggle("stuck", boundingClientRect.top < HEADER_PX);
    this.scrolled = new IntersectionObserver(stick, { rootMargin: `${-HEADER_PX}px 0px 0px 0px` });
    this.scrolled.observe(this.above);
  }

  close() {
    this.gone.abort();
    this.resized.disconnect();
    this.scrolled.disconnect();
    this.follower.close();
    this.outbox.close();
  }

  send(kind, details = {}) {
    this.outbox.add(kind, details, kind === "stop");
  }

  update(data) {
    this.data = data;
    this.outbox.confirm(data.seen);
    this.node.style.setProperty("--columns", Math.max(1, data.columns.length));
    this.drawCards();
    this.drawTurns();
    this.settle();
    if (this.popover.open && !this.popover.target.node.isConnected && !this.popover.unsaved) this.popover.close();
    this.drawBar();
    this.follower.follow(data.stream, [...this.running]);
  }

  answers() {
    return this.data.turns.flatMap((turn) => turn.answers.flat());
  }

  // Who ran at the last draw and does not run any more has ended: say so once, and forget what only running needs.
  settle() {
    const running = new Set(this.answers().filter((answer) => answer.state === "running").map((answer) => answer.generation));
    this.announce([...this.running].filter((generation) => !running.has(generation)));
    this.running = running;
    this.words.keep(running);
    for (const generation of this.states.keys()) if (!running.has(generation)) this.states.delete(generation);
  }

  announce(generations) {
    const fresh = generations.filter((generation) => this.articles.has(generation) && !this.announced.has(generation));
    if (!fresh.length) return;
    for (const generation of fresh) this.announced.add(generation);
    const letters = fresh.map((generation) => this.articles.get(generation).partColumn.letter);
    setText(this.spoken, `Column ${letters.join(", ")} finished.`);
  }

  piece(generation, at, text) {
    const article = this.articles.get(generation);
    const fresh = this.words.add(generation, at, text);
    if (!article || fresh === null) this.readAgain(generation);
    if (!article || !fresh || article.dataset.state !== "running") return;
    drawRunning(article.parts.text, this.words.known(generation).text);
    if (!article.dataset.firstTokenMs) article.dataset.firstTokenMs = performance.timeOrigin + performance.now();
    this.state(generation, "");
  }

  // Somebody else asked for this answer, or words are missing in front of a piece: the page knows more than we do.
  readAgain(generation) {
    if (this.asked.has(generation)) return;
    this.asked.add(generation);
    this.send("renew");
  }

  state(generation, words) {
    this.states.set(generation, words);
    const article = this.articles.get(generation);
    if (article) setText(article.parts.wait, this.waitingWords(article.partAnswer, article.partColumn));
  }

  waitingWords({ state, generation }, { waking }) {
    if (state !== "running") return "";
    const begun = this.words.known(generation).length > 0;
    return this.states.get(generation) || (begun ? "" : waking || "waiting");
  }

  askStop() {
    this.send("stop");
    this.stopping(true);
    setTimeout(() => this.stopping(false), STOPPING_MS);
  }

  stopping(asked) {
    setAttribute(this.stop, "disabled", asked);
    setText(this.stop, asked ? "Stopping…" : "Stop");
  }

  drawBar() {
    const count = this.running.size;
    const writing = count === 1 ? "One answer is being written." : `${count} answers are being written.`;
    const idle = this.data.readonly || !this.data.turns.length ? "" : HINT;
    setText(this.hint, count ? writing : idle);
    setHidden(this.stop, !count || this.data.readonly);
    if (!count) this.stopping(false);
    const letter = ({ id, letter }) => [letter, () => this.goTo(id), { "aria-label": `Go to column ${letter}` }];
    drawButtons(this.letters, this.data.columns.map(letter));
    this.fit();
  }

  // Letters to jump by appear when the columns are wider than the page.
  fit() {
    setHidden(this.jumps, this.wide.scrollWidth <= this.wide.clientWidth + 1);
    setHidden(this.bar, !this.hint.textContent && this.jumps.hidden);
  }

  goTo(id) {
    const card = [...this.cards.children].find((child) => child.partKey === id);
    this.wide.scrollTo({ left: card.offsetLeft - this.cards.offsetLeft });
  }

  drawCards() {
    keyed(this.cards, this.data.columns, (column) => column.id, createCard, updateCard);
  }

  drawTurns() {
    const before = this.turns.children.length;
    const last = this.data.turns.length - 1;
    const draw = (node, turn, index) => updateTurn(node, this, turn, { number: index + 1, last: index === last });
    keyed(this.turns, this.data.turns, (turn) => turn.id, () => createTurn(), draw);
    const added = before && this.turns.children.length > before;
    if (added) this.turns.lastChild.scrollIntoView({ block: "nearest" });
  }

  chosenIn(answer) {
    return this.chosen?.answer === answer ? this.chosen.span : null;
  }

  choose(node, span) {
    const { id, text, marks } = node.partAnswer;
    this.chosen = span ? { answer: id, span } : null;
    drawMarked(node.parts.text, text, marks, span);
  }

  pressed(event) {
    const path = event.composedPath();
    if (path.includes(this.popover.node)) return;
    if (this.popover.open && !this.popover.writing) this.popover.close();
    this.from = path.find((node) => node.localName === "article" && this.node.contains(node));
  }

  released() {
    const node = this.from;
    this.from = null;
    if (!node?.isConnected || this.popover.open || !this.mayMark(node)) return;
    const range = selectedRange(this.root);
    const span = selectedSpan(node.parts.text, node.partAnswer.text, range);
    if (span) this.popover.start(this.target(node, range), span, this.data.labels);
  }

  mayMark(node) {
    const { state, text } = node.partAnswer;
    return !this.data.readonly && state === "ended" && Boolean(text);
  }

  // The button and the key: a passage selected already, or else the list of sentences.
  markFrom(node) {
    if (!this.mayMark(node) || this.popover.writing) return;
    const range = selectedRange(this.root);
    const span = selectedSpan(node.parts.text, node.partAnswer.text, range);
    this.popover.start(this.target(node, span ? range : null), span, this.data.labels);
  }

  target(node, range) {
    const near = range ? rectangleOf(range) : node.parts.text.getBoundingClientRect();
    return { node, answer: node.partAnswer.id, text: node.partAnswer.text, near };
  }

  answerKey(event, node) {
    if (event.target !== node.parts.text || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "m") this.markFrom(node);
    else if (event.key === "j" || event.key === "k") neighbor(node, event.key === "j")?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function keepFromStreamlit(event) {
  if (event.target.matches("textarea, input")) event.stopPropagation();
}

function rectangleOf(range) {
  const live = document.createRange();
  live.setStart(range.startContainer, range.startOffset);
  live.setEnd(range.endContainer, range.endOffset);
  return live.getBoundingClientRect();
}

// The words of the same column in the next or the previous turn.
function neighbor(node, forward) {
  const turn = node.closest(".turn");
  const beside = forward ? turn.nextElementSibling : turn.previousElementSibling;
  const place = [...turn.querySelectorAll(".cell")].indexOf(node.closest(".cell"));
  return beside?.querySelectorAll(".cell")[place]?.querySelector('article:not([hidden]) [tabindex="0"]');
}

export default function transcript({ data, parentElement, setTriggerValue }) {
  const part = parts.get(parentElement) ?? new Transcript(parentElement);
  parts.set(parentElement, part);
  part.outbox.trigger = setTriggerValue;
  part.update(JSON.parse(data.json));
  // Streamlit also calls this for a run that was overtaken; only a part that left the page is closed
  return () => {
    if (parentElement.host.isConnected) return;
    part.close();
    parts.delete(parentElement);
  };
}
