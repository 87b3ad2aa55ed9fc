// Search: a picture that is dropped, pasted or chosen is sent at once; a face in it is chosen by a click.
(() => {
  "use strict";

  const ask = document.getElementById("ask");
  const question = document.getElementById("question");

  function submit() {
    document.getElementById("looking").hidden = false;
    for (const button of ask.querySelectorAll(".button")) button.setAttribute("aria-busy", "true");
    ask.requestSubmit();
  }

  function take(files) {
    const picture = [...files].find((file) => file.type.startsWith("image/") || !file.type);
    if (!picture) return;
    const basket = new DataTransfer();
    basket.items.add(picture);
    document.getElementById("id_photo").files = basket.files;
    submit();
  }

  function receivePictures() {
    window.likeness.onDrop((dropped) => take(dropped.files));
    window.addEventListener("paste", (event) => take(event.clipboardData.files));
    ask.addEventListener("change", (event) => {
      if (event.target.type === "file" && event.target.files.length) submit();
    });
    // coming back by the back button: the page is as it was left, waiting
    window.addEventListener("pageshow", () => {
      document.getElementById("looking").hidden = true;
      for (const button of ask.querySelectorAll(".button")) button.removeAttribute("aria-busy");
    });
  }

  function boxOf(number) {
    return question.querySelector(`input[name=face][value="${number}"]`);
  }

  function showChosen() {
    for (const link of question.querySelectorAll("[data-choose]")) {
      link.classList.toggle("is-chosen", Boolean(boxOf(link.dataset.choose)?.checked));
    }
  }

  function choose(event) {
    const link = event.target.closest?.("[data-choose]");
    const box = link && boxOf(link.dataset.choose);
    if (!box) return;
    event.preventDefault();
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  if (ask) receivePictures();
  if (question) {
    showChosen();
    question.addEventListener("change", showChosen);
    question.addEventListener("click", choose);
  }
})();
