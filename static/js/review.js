// The review by keyboard: each answer names its key, and letters typed into a field stay there.
(() => {
  "use strict";

  const page = () => document.getElementById("review");

  function isTyping(event) {
    return event.target.matches("input:not([type=checkbox]), textarea, select");
  }

  function press(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.repeat || !page()) return;
    if (isTyping(event)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const key = event.key.toLowerCase();
    const field = page().querySelector("[data-name]");
    const button = page().querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (button) button.click();
    else if (field && (key === "e" || key === "n")) field.focus();
    else return;
    event.preventDefault();
  }

  // While an answer is on its way the next key must not answer a question that nobody has seen.
  function mark(event) {
    if (event.detail.elt.matches?.("#review form")) page().classList.toggle("is-sending", event.type === "htmx:beforeRequest");
  }

  function show() {
    page()?.querySelector("[data-question]")?.focus({ preventScroll: true });
  }

  document.addEventListener("keydown", press);
  document.addEventListener("htmx:beforeRequest", mark);
  document.addEventListener("htmx:afterRequest", mark);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.elt.id === "review") show();
  });
})();
