// Choosing several cards: how many there are, a range by shift, none by escape. Works without too.
(() => {
  "use strict";

  const form = document.querySelector("[data-selection]");
  if (!form) return;
  const boxes = [...form.querySelectorAll(".pick input")];
  let last = null;

  function show() {
    const count = boxes.filter((box) => box.checked).length;
    for (const place of form.querySelectorAll("[data-selection-count]")) {
      place.textContent = `${count} chosen`;
    }
    form.classList.toggle("has-several", count > 1);
  }

  function chooseRange(event) {
    if (!event.target.matches(".pick input")) return;
    const here = boxes.indexOf(event.target);
    if (event.shiftKey && last !== null) {
      const [from, to] = [Math.min(last, here), Math.max(last, here)];
      for (const box of boxes.slice(from, to + 1)) box.checked = event.target.checked;
    }
    last = here;
    show();
  }

  function chooseNone(event) {
    if (event.key !== "Escape" || event.target.matches("input:not([type=checkbox])")) return;
    if (!document.querySelector(":popover-open")) form.reset();
  }

  form.addEventListener("click", chooseRange);
  form.addEventListener("change", show);
  form.addEventListener("reset", () => setTimeout(show));
  document.addEventListener("keydown", chooseNone);
  window.addEventListener("pageshow", show);
})();
