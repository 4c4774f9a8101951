// One answer: its words, one quiet line, what one may do with it, and what was said about it.

const FEELINGS = { fine: "Fine", not_sure: "Not sure", worries_me: "Worries me" };

function createAnswer(part, answer) {
  const node = make("article", { class: "answer" });
  node.parts = {
    text: make("div", { class: "text", dir: "auto" }),
    wait: make("p", { class: "wait" }),
    problem: make("div", { class: "problem" }),
    line: make("p", { class: "line" }),
    actions: make("div", { class: "actions" }),
    panel: make("div", { class: "panel" }),
    feeling: make("div", { class: "feeling" }),
    marks: make("ol", { class: "marks", "aria-label": "Marks" }),
  };
  node.append(...Object.values(node.parts));
  node.parts.text.addEventListener("keydown", (event) => part.answerKey(event, node));
  node.dataset.generation = answer.generation;
  return node;
}

function updateAnswer(node, part, { answer, column, turn, last }) {
  const running = answer.state === "running";
  Object.assign(node, { partAnswer: answer, partColumn: column });
  node.dataset.state = answer.state;
  node.dataset.column = column.id;
  setAttribute(node, "aria-label", `Column ${column.letter}, answer ${answer.n} of ${answer.of}`);
  drawWords(node, part, answer, running);
  setText(node.parts.wait, part.waitingWords(answer, column));
  setText(node.parts.line, running ? "" : answer.line);
  const can = { part, answer, column, turn, last, node };
  drawProblem(can);
  drawActions(can);
  drawFeeling(can);
  drawMarks(can);
}

function drawWords(node, part, answer, running) {
  const { text } = node.parts;
  const removed = answer.text === null && !running;
  text.classList.toggle("removed", removed);
  setAttribute(text, "tabindex", running || removed || !answer.text ? null : "0");
  setHidden(text, !running && !removed && !answer.text);
  if (running) drawRunning(text, part.words.merged(answer.generation, answer.text ?? ""));
  else if (removed) drawMarked(text, answer.removed_note, [], null);
  else drawMarked(text, answer.text, answer.marks, part.chosenIn(answer.id));
}

// Buttons are made once for each set of them: a rerun must not take the focus from the one in use.
function drawButtons(container, buttons) {
  keyed(container, buttons, ([text]) => text, ([text, onclick, properties]) => button(text, onclick, properties), () => {});
}

function drawProblem({ part, answer, column, turn, last, node }) {
  const { problem } = node.parts;
  const worth = answer.state === "ended" && (answer.failed || (answer.outcome && answer.outcome !== "complete"));
  setHidden(problem, !worth);
  const drawn = JSON.stringify([answer.failed, answer.sentence, answer.detail, last, part.data.readonly]);
  if (!worth || problem.partDrawn === drawn) return;
  problem.partDrawn = drawn;
  problem.classList.toggle("failed", answer.failed);
  const again = button("Try again", () => part.send("try_again", { turn: turn.id, column: column.id }), { class: "plain" });
  const leave = button("Leave out", () => part.send("leave_out", { column: column.id }));
  const choices = answer.failed && !part.data.readonly ? [make("div", { class: "row" }, ...(last ? [again] : []), leave)] : [];
  problem.replaceChildren(make("p", { text: answer.sentence }), ...providerWords(answer), ...choices);
}

function providerWords({ detail }) {
  if (!detail) return [];
  const words = make("p", { class: "detail", dir: "auto", text: detail });
  return [make("details", {}, make("summary", { text: "What the provider said" }), words)];
}

function drawActions({ part, answer, column, turn, last, node }) {
  const ended = answer.state === "ended" && !part.data.readonly;
  const shown = ended && Boolean(answer.text);
  const where = `, column ${column.letter}`;
  const again = { turn: turn.id, column: column.id };
  const named = (text) => ({ "aria-label": text + where });
  const keepsSelection = { onmousedown: (event) => event.preventDefault() };
  drawButtons(node.parts.actions, [
    ...(shown ? [["Mark", () => part.markFrom(node), { ...named("Mark"), ...keepsSelection }]] : []),
    ...(shown ? [["How does it feel?", () => askFeeling(part, node), named("How does it feel?")]] : []),
    ...(ended && last && !answer.failed ? [["Answer again", () => part.send("regenerate", again), named("Answer again")]] : []),
    ...(shown ? [["Remove", () => askRemoval(part, node, "answer", node.partAnswer.id), named("Remove")]] : []),
  ]);
}

// Opens a small question beneath the answer; it belongs to the person until answered, so reruns leave it alone.
function openPanel(node, ...children) {
  const { panel } = node.parts;
  panel.partOpener = node.getRootNode().activeElement;
  panel.replaceChildren(...children);
  panel.querySelector("[data-first]")?.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
}

function closePanel(node) {
  const { panel } = node.parts;
  panel.replaceChildren();
  panel.partOpener?.focus({ preventScroll: true });
}

function askRemoval(part, node, what, id) {
  const yes = button("Remove", () => {
    closePanel(node);
    part.send("remove", { what, id });
  }, { class: "plain danger" });
  const no = button("Keep", () => closePanel(node), { class: "plain", "data-first": true });
  openPanel(
    node,
    make("p", { text: "Remove this text? It cannot be brought back." }),
    make("div", { class: "row" }, yes, no),
  );
}

function askFeeling(part, node) {
  const now = node.partAnswer.impression ?? { feeling: "", reason: "" };
  const reason = make("textarea", { dir: "auto", rows: 2 });
  reason.value = now.reason;
  const save = button("Save", () => {
    closePanel(node);
    part.send("impression", { answer: node.partAnswer.id, feeling: chosen.value, reason: reason.value.trim() });
  }, { class: "first", disabled: !now.feeling });
  const chosen = feelingChoice(now.feeling, () => setAttribute(save, "disabled", false));
  openPanel(
    node,
    chosen.node,
    make("label", {}, make("span", { text: "Why (if you like)" }), reason),
    make("div", { class: "row" }, save, button("Cancel", () => closePanel(node))),
    make("p", { class: "how", text: "A note for yourselves; it never counts as evidence." }),
  );
}

function feelingChoice(value, picked) {
  const chosen = { value, node: make("div", { class: "row", role: "group", "aria-label": "How does it feel?" }) };
  const choose = (feeling) => {
    chosen.value = feeling;
    for (const child of chosen.node.children) setAttribute(child, "aria-pressed", String(child.dataset.feeling === feeling));
    picked();
  };
  Object.entries(FEELINGS).forEach(([feeling, text], index) => {
    const pressed = { class: "plain", "data-feeling": feeling, "aria-pressed": String(feeling === value) };
    chosen.node.append(button(text, () => choose(feeling), { ...pressed, "data-first": index === 0 }));
  });
  return chosen;
}

function drawFeeling({ part, answer, node }) {
  const { feeling } = node.parts;
  setHidden(feeling, !answer.impression);
  const drawn = JSON.stringify([answer.impression, part.data.readonly]);
  if (!answer.impression || feeling.partDrawn === drawn) return;
  feeling.partDrawn = drawn;
  const { id, reason } = answer.impression;
  const remove = make("div", { class: "actions" }, button("Remove note", () => askRemoval(part, node, "note", id)));
  feeling.replaceChildren(
    make("p", { class: "felt", text: `Your impression: ${FEELINGS[answer.impression.feeling] ?? ""}` }),
    ...(reason ? [make("p", { class: "words", dir: "auto", text: reason })] : []),
    ...(id && reason && !part.data.readonly ? [remove] : []),
  );
}

function drawMarks({ part, answer, node }) {
  const shown = answer.state === "ended" && answer.text !== null ? inOrder(answer.marks) : [];
  setHidden(node.parts.marks, !shown.length);
  keyed(
    node.parts.marks,
    shown,
    (mark) => mark.id,
    () => make("li"),
    (item, mark, index) => drawMark(item, mark, { part, node, number: index + 1, text: answer.text }),
  );
}

function drawMark(item, mark, { part, node, number, text }) {
  const drawn = JSON.stringify([mark, number, part.data.readonly]);
  if (item.partDrawn === drawn) return;
  item.partDrawn = drawn;
  item.replaceChildren(
    make("span", { class: "number", text: String(number) }),
    make("div", { class: "said" }, ...markWords(mark, text), ...markActions(mark, part, node)),
  );
}

function markWords(mark, text) {
  const line = (name, words) => (words ? [make("p", { class: name, dir: "auto", text: words })] : []);
  const name = make("span", { class: "sample", "data-tone": mark.tone, text: mark.name });
  const tone = make("span", { class: "tone", text: TONE_WORDS[mark.tone] ?? "" });
  return [
    make("p", { class: "name" }, name, tone),
    make("p", { class: "quoted", dir: "auto", text: slicePoints(text, mark.start, mark.end) }),
    ...line("words", mark.note),
    ...(mark.instead ? [make("p", { class: "how", text: "Should have said" }), ...line("words", mark.instead)] : []),
    ...line("how", mark.by),
  ];
}

function markActions(mark, part, node) {
  if (part.data.readonly) return [];
  const take = button("Take back", () => part.send("unmark", { mark: mark.id }));
  const remove = button("Remove note", () => askRemoval(part, node, "note", mark.id));
  const actions = [...(mark.mine ? [take] : []), ...(mark.note || mark.instead ? [remove] : [])];
  return actions.length ? [make("div", { class: "actions" }, ...actions)] : [];
}
