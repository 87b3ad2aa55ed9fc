// The photo page: a face is lit in the picture and in the list together; arrow keys turn pages.
(() => {
  "use strict";

  function light(event) {
    const face = event.target.closest?.("[data-face]");
    if (!face) return;
    const isLit = event.type === "pointerover" || event.type === "focusin";
    for (const twin of document.querySelectorAll(`[data-face="${face.dataset.face}"]`)) {
      twin.classList.toggle("is-lit", isLit);
    }
  }

  function turn(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.matches("input, select")) return;
    const relation = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = relation && document.querySelector(`a[rel=${relation}]`);
    if (link) location.assign(link.href);
  }

  // New faces replace the list once the photo is read: not while somebody types a name into it.
  function waitForTyping(event) {
    if (event.detail.elt.id !== "photo-state") return;
    const fields = [...document.querySelectorAll(".photo-faces input[name=name]")];
    if (fields.some((field) => field.value || field === document.activeElement)) event.preventDefault();
  }

  for (const kind of ["pointerover", "pointerout", "focusin", "focusout"]) {
    document.addEventListener(kind, light);
  }
  document.addEventListener("keydown", turn);
  document.addEventListener("htmx:beforeRequest", waitForTyping);
})();
