// The words of an answer: marks drawn over them, what is selected in them, their sentences. Offsets are code points.

const GRAVITY = ["quality", "minor", "major", "critical"];
const TONE_WORDS = { quality: "Done well", minor: "Minor", major: "Major", critical: "Critical" };

function inOrder(marks) {
  return [...marks].sort((a, b) => a.start - b.start || a.end - b.end || (a.id < b.id ? -1 : 1));
}

function gravest(marks) {
  return GRAVITY[Math.max(...marks.map((mark) => GRAVITY.indexOf(mark.tone)))] ?? "minor";
}

// Overlapping marks: the text is cut at every boundary, so each piece knows all the marks that cover it.
function segments(length, spans) {
  const cuts = new Set([0, length]);
  for (const span of spans) for (const at of [span.start, span.end]) if (at >= 0 && at <= length) cuts.add(at);
  const sorted = [...cuts].sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => ({
    start: sorted[index],
    end,
    covering: spans.filter((span) => span.start <= sorted[index] && span.end >= end),
  }));
}

function markedPiece(text, piece, numbered) {
  const marks = piece.covering.filter((span) => span.tone);
  const node = make("mark", { class: piece.covering.length > marks.length ? "chosen" : null, text });
  if (!marks.length) return node;
  const ending = marks.filter((mark) => mark.end === piece.end).map((mark) => numbered.indexOf(mark) + 1);
  setAttribute(node, "data-tone", gravest(marks));
  setAttribute(node, "data-depth", Math.min(marks.length, 3));
  setAttribute(node, "title", marks.map((mark) => `${mark.name}${mark.note ? `: ${mark.note}` : ""}`).join("\n"));
  // the number is drawn by the style sheet: as text it would shift every offset behind it
  if (ending.length) setAttribute(node, "data-numbers", ending.join(","));
  return node;
}

// Draws text and marks; does nothing when both are drawn already, so a selection in them survives a rerun.
function drawMarked(node, text, marks, chosen) {
  const numbered = inOrder(marks);
  const spans = chosen ? [...numbered, chosen] : numbered;
  const drawn = JSON.stringify([text, spans]);
  if (node.partDrawn === drawn) return;
  node.partDrawn = drawn;
  const pieces = segments(codePoints(text), spans).map((piece) => {
    const words = slicePoints(text, piece.start, piece.end);
    return piece.covering.length ? markedPiece(words, piece, numbered) : words;
  });
  node.replaceChildren(...pieces);
}

// A running answer is one text node: words are appended to it, what stands there is never touched.
function drawRunning(node, text) {
  if (node.partDrawn !== "running") {
    node.partDrawn = "running";
    node.replaceChildren(document.createTextNode(""));
  }
  node.firstChild.appendData(text.slice(node.firstChild.length));
}

// What is selected, also inside a shadow tree, where only newer calls tell the truth.
function selectedRange(root) {
  const selection = document.getSelection();
  if (selection?.getComposedRanges) {
    const found = composedRange(selection, root);
    return found && root.contains(found.startContainer) ? found : null;
  }
  const inside = root.getSelection ? root.getSelection() : selection;
  return inside?.rangeCount ? inside.getRangeAt(0) : null;
}

function composedRange(selection, root) {
  const [modern] = selection.getComposedRanges({ shadowRoots: [root] });
  if (modern && root.contains(modern.startContainer)) return modern;
  try {
    return selection.getComposedRanges(root)[0]; // the older form of the same call
  } catch {
    return modern;
  }
}

function unitsBefore(node, container, offset) {
  const range = document.createRange();
  range.setStart(node, 0);
  range.setEnd(container, offset);
  return range.toString().length;
}

// Where a boundary lies in the words of `node`; before it counts as its start, behind it as its end.
function boundary(node, text, container, offset) {
  if (node.contains(container)) return unitsBefore(node, container, offset);
  return node.compareDocumentPosition(container) & Node.DOCUMENT_POSITION_FOLLOWING ? text.length : 0;
}

// Selected words without the white space around them; null when nothing of the answer is selected.
function selectedSpan(node, text, range) {
  if (!range || !(node.contains(range.startContainer) || node.contains(range.endContainer))) return null;
  const from = boundary(node, text, range.startContainer, range.startOffset);
  const to = boundary(node, text, range.endContainer, range.endOffset);
  return trimmed(text, from, to);
}

function trimmed(text, from, to) {
  const [start, end] = [wholeCharacter(text, from, -1), wholeCharacter(text, to, 1)];
  const words = text.slice(start, end);
  if (!words.trim()) return null;
  const first = start + words.length - words.trimStart().length;
  const last = first + words.trim().length;
  const points = codePoints(text.slice(0, first));
  const quote = text.slice(first, last);
  return { start: points, end: points + codePoints(quote), quote };
}

function wholeCharacter(text, at, step) {
  const unit = text.charCodeAt(at);
  const inPair = unit >= 0xdc00 && unit <= 0xdfff && at > 0;
  return inPair ? at + step : at;
}

function sentencePieces(text) {
  if (!window.Intl?.Segmenter) return [{ index: 0, segment: text }];
  return [...new Intl.Segmenter(undefined, { granularity: "sentence" }).segment(text)];
}

// The sentences of an answer as spans; a numbered line ("1.") goes with the sentence it opens.
function sentences(text) {
  const spans = [];
  let from = null;
  for (const piece of sentencePieces(text)) {
    from ??= piece.index;
    const to = piece.index + piece.segment.length;
    const span = trimmed(text, from, to);
    if (span && !/^(\d{1,3}|\p{L})?[.)*•-]$/u.test(span.quote)) {
      spans.push(span);
      from = null;
    }
  }
  const rest = from === null ? null : trimmed(text, from, text.length);
  return rest ? [...spans, rest] : spans;
}
