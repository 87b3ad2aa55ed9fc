// Photos that look alike: a colour of the picture is chosen by a click; what says nothing is no part
// of the address.
(() => {
  "use strict";

  const question = document.getElementById("question");

  // A colour that is not asked for stays in its field, and out of the address.
  function dropUnused({ formData }) {
    const colours = formData.getAll("colour");
    const shares = formData.getAll("share");
    formData.delete("colour");
    formData.delete("share");
    colours.forEach((colour, place) => {
      if (shares[place] === "0") return;
      formData.append("colour", colour);
      formData.append("share", shares[place]);
    });
  }

  function fields() {
    return [...question.querySelectorAll(".palette-row")].map((row) => [
      row.querySelector("[name=colour]"),
      row.querySelector("[name=share]"),
    ]);
  }

  // At the usual weight a colour changes hardly anything beside what the picture shows: the first one
  // moves the slider, which then stays where it is put. Null where there is no slider.
  function weightOfFirstColour() {
    const slider = question.querySelector("[name=weight]");
    if (!slider || fields().some(([, share]) => share.value !== "0")) return null;
    return Math.min(slider.value, slider.dataset.besideColours);
  }

  function makeRoomForColour() {
    const weight = weightOfFirstColour();
    if (weight !== null) question.querySelector("[name=weight]").value = weight;
  }

  // who chooses a colour means it
  function useColour(event) {
    if (event.target.name !== "colour") return;
    const share = event.target.parentElement.querySelector("[name=share]");
    if (share.value !== "0") return;
    makeRoomForColour();
    share.value = 100;
  }

  function chooseSwatch(event) {
    const swatch = event.target.closest("[data-colour]");
    if (!swatch || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const all = fields();
    const [colour, share] = all.find(([, part]) => part.value === "0") ?? all.at(-1);
    makeRoomForColour();
    colour.value = swatch.dataset.colour;
    share.value = 100;
    question.querySelector(".palette details").open = true;
    question.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // for who opens it in another tab
  function showSwatches() {
    const weight = weightOfFirstColour();
    for (const swatch of question.querySelectorAll("[data-colour]")) {
      const words = window.likeness.words();
      if (weight !== null) words.set("weight", weight);
      words.delete("colour");
      words.delete("share");
      words.append("colour", swatch.dataset.colour);
      words.append("share", 100);
      swatch.setAttribute("href", `?${words}`);
    }
  }

  showSwatches();
  question.addEventListener("change", useColour, true);
  question.addEventListener("change", showSwatches);
  question.addEventListener("click", chooseSwatch);
  question.addEventListener("formdata", dropUnused);
})();
