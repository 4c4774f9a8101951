// A card for each column, and a turn: the person's message over one cell per column.

function createCard() {
  const node = make("header", { class: "card" });
  node.parts = {
    letter: make("span", { class: "letter" }),
    title: make("h3", { dir: "auto" }),
    model: make("p", { class: "how" }),
    settings: make("p", { class: "how" }),
    note: make("p", { class: "practice" }),
    waking: make("p", { class: "wait" }),
  };
  const { letter, title, ...lines } = node.parts;
  node.append(make("div", { class: "named" }, letter, title), ...Object.values(lines));
  return node;
}

function updateCard(node, column) {
  const { letter, title, model, settings, note, waking } = node.parts;
  paint(node, column.color);
  setText(letter, column.letter);
  setText(title, column.title);
  setText(model, column.model);
  setText(settings, column.settings);
  setText(note, column.practice ? column.note : "");
  setText(waking, column.waking);
}

function paint(node, color) {
  if (!/^#[0-9a-f]{6}$/i.test(color)) return;
  node.style.setProperty("--column", color);
  node.style.setProperty("--on-column", luminance(color) > 0.22 ? "#14181b" : "#ffffff");
}

// WCAG 2.2, relative luminance; 0.22 is where black and white letters are about equally legible.
function luminance(color) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = parseInt(color.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function createTurn() {
  const node = make("section", { class: "turn" });
  node.parts = {
    text: make("p", { class: "words", dir: "auto" }),
    actions: make("div", { class: "actions" }),
    panel: make("div", { class: "panel" }),
  };
  node.cells = make("div", { class: "cells" });
  node.append(make("div", { class: "person" }, ...Object.values(node.parts)), node.cells);
  return node;
}

function updateTurn(node, part, turn, { number, last }) {
  const removed = turn.text === null;
  setAttribute(node, "aria-label", `Message ${number}`);
  setText(node.parts.text, removed ? turn.removed_note : turn.text);
  node.parts.text.classList.toggle("removed", removed);
  const remove = ["Remove", () => askRemoval(part, node, "turn", turn.id), { "aria-label": `Remove, message ${number}` }];
  drawButtons(node.parts.actions, removed || part.data.readonly ? [] : [remove]);
  const cell = (child, column, index) => updateCell(child, part, turn.answers[index] ?? [], { column, turn, last });
  keyed(node.cells, part.data.columns, (column) => column.id, createCell, cell);
}

function createCell() {
  const node = make("div", { class: "cell" });
  node.letter = make("span", { class: "letter", "aria-hidden": "true" });
  node.pager = make("div", { class: "pager", role: "group", "aria-label": "Answers of this column" });
  node.stack = make("div");
  node.append(make("div", { class: "row" }, node.letter, node.pager), node.stack);
  return node;
}

function updateCell(node, part, answers, { column, turn, last }) {
  paint(node, column.color);
  setText(node.letter, column.letter);
  keyed(
    node.stack,
    answers,
    (answer) => answer.id,
    (answer) => createAnswer(part, answer),
    (child, answer) => {
      part.articles.set(answer.generation, child);
      updateAnswer(child, part, { answer, column, turn, last });
    },
  );
  turnTo(node, answers, pageOf(node, answers));
}

// The page the person is on; an answer that begins to run is turned to, the first is where one starts.
function pageOf(node, answers) {
  const known = node.answersKnown ?? new Set();
  const begun = answers.findLastIndex((answer) => answer.state === "running" && !known.has(answer.id));
  node.answersKnown = new Set(answers.map((answer) => answer.id));
  return begun >= 0 ? begun : Math.min(node.page ?? 0, Math.max(0, answers.length - 1));
}

function turnTo(node, answers, page) {
  node.page = page;
  [...node.stack.children].forEach((child, index) => setHidden(child, index !== page));
  setHidden(node.pager, answers.length < 2);
  if (answers.length < 2) return;
  drawPager(node);
  const { n, of } = answers[page];
  const [back, on] = node.pager.querySelectorAll("button");
  setText(node.pager.querySelector("span"), `answer ${n} of ${of}`);
  setAttribute(back, "disabled", page === 0);
  setAttribute(on, "disabled", page === answers.length - 1);
  back.onclick = () => turnTo(node, answers, page - 1);
  on.onclick = () => turnTo(node, answers, page + 1);
}

function drawPager(node) {
  if (node.pager.children.length) return;
  node.pager.append(
    make("button", { type: "button", class: "quiet", text: "‹", "aria-label": "Earlier answer" }),
    make("span", { "aria-live": "off" }),
    make("button", { type: "button", class: "quiet", text: "›", "aria-label": "Later answer" }),
  );
}
