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
    if (!stream || !running.length) {
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
