// Search: a picture that is dropped, pasted or chosen is sent at once; a face in it is chosen by a click.
(() => {
  "use strict";

  const ask = document.getElementById("ask");
  const question = document.getElementById("question");
  const who = document.querySelector("input[name=who]");
  // with and without the same one exclude each other
  const OPPOSITES = {
    face: "without_face",
    without_face: "face",
    person: "without_person",
    without_person: "person",
  };

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
    for (const form of document.querySelectorAll("[data-in-galleries]")) {
      form.addEventListener("formdata", nameGalleries);
    }
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

  // the galleries are ticked in the form of the picture
  function nameGalleries(event) {
    event.formData.delete("gallery");
    for (const value of new FormData(ask).getAll("gallery")) event.formData.append("gallery", value);
  }

  function boxOf(name, number) {
    return question.querySelector(`input[name=${name}][value="${number}"]`);
  }

  function changed() {
    question.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function showChosen() {
    for (const link of question.parentElement.querySelectorAll("a[data-choose]")) {
      const number = link.dataset.choose;
      link.classList.toggle("is-chosen", boxOf("face", number).checked);
      link.classList.toggle("is-unwanted", boxOf("without_face", number).checked);
      // for who opens it in another tab
      link.setAttribute("href", `?${withFace(number)}`);
    }
    const wanted = question.querySelectorAll("input[name=face]:checked, input[name=person]:checked");
    document.getElementById("combine").hidden = wanted.length < 2;
    const free = question.querySelector(".asked-face:not(:has(:checked))");
    document.getElementById("all-faces")?.toggleAttribute("hidden", !free);
  }

  function withFace(number) {
    const others = [...window.likeness.words()].filter(([name, value]) => value !== number || !/face$/.test(name));
    return new URLSearchParams([...others, ["face", number]]);
  }

  function exclude(event) {
    const opposite = OPPOSITES[event.target.name];
    if (opposite && event.target.checked) boxOf(opposite, event.target.value).checked = false;
  }

  function choose(event) {
    const place = event.target.closest?.("[data-choose]");
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    boxOf("face", place.dataset.choose).click();
  }

  function remove(event) {
    if (!event.target.closest("[data-remove]")) return;
    event.target.closest("li").remove();
    changed();
  }

  function dropUnfinishedName(event) {
    if (event.target === question) event.detail.parameters.delete("who");
  }

  // A name is no change of the question before it was added: by its button, enter, or from the list.
  function suggestNames() {
    who.addEventListener("change", (event) => event.stopPropagation());
    who.addEventListener("input", (event) => {
      const isTyped = event.inputType && event.inputType !== "insertReplacementText";
      const names = [...who.list.options].map((option) => option.value);
      if (!isTyped && names.includes(who.value)) who.form.requestSubmit();
    });
  }

  if (ask) receivePictures();
  if (who) suggestNames();
  if (question) {
    showChosen();
    question.addEventListener("change", exclude);
    question.addEventListener("change", showChosen);
    question.addEventListener("click", remove);
    question.addEventListener("htmx:configRequest", dropUnfinishedName);
    question.parentElement.addEventListener("click", choose);
  }
})();
