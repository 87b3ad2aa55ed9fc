// What every page shares. All of it is optional: links and forms work without it.
(() => {
  "use strict";

  const TOAST_MILLISECONDS = 6000;
  const UNDO_MILLISECONDS = 15000;

  function dismissToasts() {
    for (const toast of document.querySelectorAll(".toast")) {
      setTimeout(() => {
        toast.classList.add("is-leaving");
        setTimeout(() => toast.remove(), 500);
      }, toast.querySelector("form") ? UNDO_MILLISECONDS : TOAST_MILLISECONDS);
    }
  }

  // The look at the state names the tiles that wait, oldest first as the worker takes them,
  // and gets back those that can be shown by now.
  function nameWaitingTiles(event) {
    if (event.detail.elt.id !== "state") return;
    const waiting = [...document.querySelectorAll("[data-waiting]")].slice(-60);
    event.detail.parameters.delete("waiting");
    for (const tile of waiting) event.detail.parameters.append("waiting", tile.dataset.waiting);
  }

  function submitOnChange(event) {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  }

  function focusFirstField(event) {
    if (event.newState !== "open" || event.target.matches("[data-keep-focus]")) return;
    const field = event.target.querySelector("input:not([type=hidden])");
    if (field) field.select();
  }

  // Files may be dropped anywhere on the page; the area that asks for them shows that it listens.
  function onDrop(take) {
    const area = document.getElementById("drop");
    window.addEventListener("dragover", (event) => {
      event.preventDefault();
      area.classList.add("is-over");
    });
    window.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) area.classList.remove("is-over");
    });
    window.addEventListener("drop", (event) => {
      event.preventDefault();
      area.classList.remove("is-over");
      take(event.dataTransfer);
    });
  }

  window.likeness = { onDrop };

  document.addEventListener("DOMContentLoaded", dismissToasts);
  document.addEventListener("htmx:configRequest", nameWaitingTiles);
  document.addEventListener("change", submitOnChange);
  document.addEventListener("toggle", focusFirstField, true);
})();
