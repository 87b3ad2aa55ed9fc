// The page of an answer: its form is the question, and what leads on from it takes what the form says
// by then.
(() => {
  "use strict";

  const question = document.getElementById("question");

  // A name that is being typed is no part of the question yet.
  function words() {
    const data = new FormData(question);
    data.delete("who");
    return new URLSearchParams(data);
  }

  // Fields that say nothing are left out of the address.
  function dropBlanks(event) {
    for (const [name, value] of [...event.formData]) {
      if (value === "") event.formData.delete(name);
    }
  }

  function nameDrawnQuestion(event) {
    event.target.elements.question.value = words().toString();
  }

  function sayUnanswered() {
    const said = document.getElementById("unanswered").content.cloneNode(true);
    document.getElementById("results-notice").replaceChildren(said);
  }

  question.addEventListener("formdata", dropBlanks);
  question.addEventListener("htmx:responseError", sayUnanswered);
  question.addEventListener("htmx:sendError", sayUnanswered);
  document.querySelector("#draw form")?.addEventListener("submit", nameDrawnQuestion);

  window.likeness.words = words;
})();
