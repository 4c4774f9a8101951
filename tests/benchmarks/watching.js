// Runs in the page before anything else: notes when words of answers appear, by generation, in ms since 1970.
(() => {
  const watched = new WeakSet();
  const watch = (window.bench = { sent: 0, whole: Infinity, answers: {} });
  const now = () => performance.timeOrigin + performance.now();
  const parts = () => [...document.querySelectorAll('[data-testid^="stBidiComponent"]')].map((node) => node.shadowRoot);

  function look() {
    const at = now();
    for (const root of parts()) {
      for (const article of root?.querySelectorAll("article.answer") ?? []) {
        const length = article.querySelector(".text").textContent.trimEnd().length;
        if (length === 0) continue;
        const seen = (watch.answers[article.dataset.generation] ??= { column: article.dataset.column, shown: at, length: 0 });
        seen.length = length;
        seen.first ??= Number(article.dataset.firstTokenMs) || undefined;
        if (length >= watch.whole) seen.last ??= at;
        if (article.dataset.state === "ended") seen.ended ??= at;
      }
    }
  }

  function attach() {
    for (const root of parts()) {
      if (!root || watched.has(root)) continue;
      watched.add(root);
      const whole = { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["data-state"] };
      new MutationObserver(look).observe(root, whole);
      look();
    }
  }

  setInterval(attach, 20);
  addEventListener("keydown", (event) => { if (event.key === "Enter") watch.sent = now(); }, { capture: true });

  // Only answers that come after this are told; each is whole at so many characters.
  let before = [];
  watch.expect = (whole) => {
    watch.whole = whole;
    before = Object.keys(watch.answers);
  };
  watch.fresh = () => Object.keys(watch.answers).filter((id) => !before.includes(id)).map((id) => watch.answers[id]);

  // Milliseconds from a click until something holds, looked at in every frame.
  watch.click = async (node, holds) => {
    const began = performance.now();
    node.click();
    while (!holds()) {
      if (performance.now() - began > 20000) throw new Error("no answer to a click in 20 s");
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - began;
  };
  watch.articles = () => parts().flatMap((root) => [...(root?.querySelectorAll("article.answer") ?? [])]);
  watch.button = (text) => [...document.querySelectorAll("button"), ...parts().flatMap((root) => [...(root?.querySelectorAll("button") ?? [])])]
    .find((button) => button.textContent.trim().endsWith(text) && !button.hidden);
})();
