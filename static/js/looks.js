// Photos that look alike: a colour of the picture is chosen by a click; what says nothing is no part
// of the address.
(() => {
  "use strict";

  const question = document.getElementById("question");

  function rows() {
    return [...question.querySelectorAll(".palette-row")];
  }

  // A colour that is not asked for stays in its field, and out of the address.
  function dropUnused(data) {
    const colours = data.getAll("colour");
    const shares = data.getAll("share");
    data.delete("colour");
    data.delete("share");
    colours.forEach((colour, place) => {
      if (shares[place] === "0") return;
      data.append("colour", colour);
      data.append("share", shares[place]);
    });
  }

  function dropBlanks(event) {
    dropUnused(event.formData);
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  }

  // who chooses a colour means it
  function useColour(event) {
    if (event.target.name !== "colour") return;
    const share = event.target.parentElement.querySelector("[name=share]");
    if (share.value === "0") share.value = 100;
  }

  function chooseSwatch(event) {
    const swatch = event.target.closest("[data-colour]");
    if (!swatch || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const fields = rows().map((row) => [
      row.querySelector("[name=colour]"),
      row.querySelector("[name=share]"),
    ]);
    const [colour, share] = fields.find(([, part]) => part.value === "0") ?? fields.at(-1);
    colour.value = swatch.dataset.colour;
    share.value = 100;
    question.querySelector(".palette details").open = true;
    question.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function sayUnanswered() {
    const said = document.getElementById("unanswered").content.cloneNode(true);
    document.getElementById("results-notice").replaceChildren(said);
  }

  function clearNotice() {
    document.getElementById("results-notice").replaceChildren();
  }

  question.addEventListener("change", useColour, true);
  question.addEventListener("click", chooseSwatch);
  question.addEventListener("formdata", dropBlanks);
  question.addEventListener("htmx:responseError", sayUnanswered);
  question.addEventListener("htmx:sendError", sayUnanswered);
  question.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) clearNotice();
  });
})();
