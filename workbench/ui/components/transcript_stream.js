// Following running answers: one EventSource, only while something runs.

const FIRST_RENEWAL_MS = 5000;

function pathOf(url) {
  return new URL(url, window.location.href).pathname;
}

class Follower {
  // `hears` has piece(generation, at, text), state(generation, words), ended(generation), over(), refused() and
  // shown(generation), the characters already on the page
  constructor(hears) {
    this.hears = hears;
    this.source = null;
    this.path = "";
    this.url = "";
    this.covered = new Set(); // the generations this stream has told about, so that its end is theirs too
    this.renewal = 0;
  }

  follow(stream, running) {
    if (!stream) {
      this.close();
      return;
    }
    const path = pathOf(stream.url);
    if (path === this.path && !this.mayReopen(stream.url, running)) return;
    this.close();
    this.open(stream.url, path, running);
  }

  // The same path again: only after an end that left something running, or with another token after a refusal.
  mayReopen(url, running) {
    if (this.source && this.source.readyState !== EventSource.CLOSED) return false;
    return this.source ? url !== this.url : running.some((generation) => !this.covered.has(generation));
  }

  open(url, path, running) {
    this.path = path;
    this.url = url;
    this.covered = new Set(running);
    const known = running.map((generation) => `${generation}:${this.hears.shown(generation)}`).join(",");
    this.source = new EventSource(`${url}${url.includes("?") ? "&" : "?"}from=${encodeURIComponent(known)}`);
    this.source.onmessage = (message) => this.read(JSON.parse(message.data));
    this.source.addEventListener("end", () => this.over());
    this.source.onerror = () => this.refused(FIRST_RENEWAL_MS);
  }

  read({ g: pieces = {}, s: states = {}, e: ended = [] }) {
    for (const [generation, piece] of Object.entries(pieces)) {
      this.covered.add(generation);
      this.hears.piece(generation, piece.at, piece.text);
    }
    for (const [generation, words] of Object.entries(states)) this.hears.state(generation, words);
    for (const generation of ended) this.hears.ended(generation);
  }

  over() {
    this.source.close();
    this.source = null; // the path stays known: a rerun that still names it must not open it again
    this.hears.over();
  }

  // A broken connection is the browser's to mend (it comes back with Last-Event-ID); a closed one was refused.
  refused(wait) {
    if (this.source?.readyState !== EventSource.CLOSED) return;
    this.hears.refused();
    clearTimeout(this.renewal);
    this.renewal = setTimeout(() => this.refused(wait * 2), wait);
  }

  close() {
    clearTimeout(this.renewal);
    this.source?.close();
    this.source = null;
    this.path = "";
    this.covered.clear();
  }
}

// What running answers show. Words come from the page and from the stream, in any order; each is shown once.
class RunningWords {
  constructor() {
    this.shown = new Map(); // generation -> {text, length}, the length in code points
    this.aside = new Map(); // generation -> pieces that came before the words in front of them
  }

  known(generation) {
    return this.shown.get(generation) ?? { text: "", length: 0 };
  }

  // The words that are new. Null: there is a gap in front of this piece, which waits until the page fills it.
  add(generation, at, text) {
    const { length } = this.known(generation);
    if (at > length) {
      this.aside.set(generation, [...(this.aside.get(generation) ?? []), { at, text }]);
      return null;
    }
    const fresh = slicePoints(text, length - at);
    this.append(generation, fresh);
    return fresh + this.joined(generation);
  }

  append(generation, fresh) {
    const known = this.known(generation);
    if (fresh) this.shown.set(generation, { text: known.text + fresh, length: known.length + codePoints(fresh) });
  }

  joined(generation) {
    const pieces = this.aside.get(generation) ?? [];
    this.aside.delete(generation);
    return pieces.map(({ at, text }) => this.add(generation, at, text) ?? "").join("");
  }

  // What the page read from the database may be ahead (after a reload) or behind (the usual case); never go back.
  merged(generation, text) {
    if (text.startsWith(this.known(generation).text)) this.add(generation, 0, text);
    return this.known(generation).text;
  }

  keep(generations) {
    for (const map of [this.shown, this.aside]) {
      for (const generation of map.keys()) if (!generations.has(generation)) map.delete(generation);
    }
  }
}
