// Uploads three files at a time, each in a request of its own, with its progress and its result.
(() => {
  "use strict";

  const AT_ONCE = 3;
  const PAUSES_MILLISECONDS = [1000, 4000, 12000];
  const form = document.getElementById("upload");
  const rows = document.getElementById("upload-rows");
  const total = document.getElementById("upload-total");
  const summary = document.getElementById("upload-summary");
  const waiting = [];
  const counts = { added: 0, known: 0, refused: 0, broken: 0 };
  let running = 0;
  let chosen = 0;

  function enqueue(files) {
    const fresh = [...files].filter((file) => !file.name.startsWith("."));
    if (!fresh.length) return;
    document.getElementById("uploads").hidden = false;
    chosen += fresh.length;
    for (const file of fresh) waiting.push({ file, row: addRow(file), attempt: 0 });
    showTotal();
    startNext();
  }

  function addRow(file) {
    const row = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    row.querySelector(".row-title").textContent = file.webkitRelativePath || file.name;
    row.querySelector(".hint").textContent = sizeOf(file);
    rows.append(row);
    return row;
  }

  function sizeOf(file) {
    const megabytes = file.size / 1e6;
    return megabytes < 1 ? `${Math.ceil(file.size / 1000)} kB` : `${megabytes.toFixed(1)} MB`;
  }

  function startNext() {
    while (running < AT_ONCE && waiting.length) send(waiting.shift());
  }

  function send(item) {
    running += 1;
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    const bar = item.row.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => settle(item, request));
    request.addEventListener("error", () => tryLater(item));
    request.send(bodyOf(item.file));
  }

  // The cookie is newer than the form once somebody signed in again in another tab.
  function csrfToken() {
    const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return cookie ? cookie[1] : form.elements.csrfmiddlewaretoken.value;
  }

  function bodyOf(file) {
    const body = new FormData();
    body.append("csrfmiddlewaretoken", csrfToken());
    body.append("album", form.elements.album.value);
    body.append("photos", file, file.name);
    return body;
  }

  function settle(item, request) {
    if (request.status >= 500) return tryLater(item);
    const result = request.response?.files?.[0];
    if (result) finish(item, result.outcome, result.sentence, result.page);
    else finish(item, "broken", sentenceFor(request));
    return undefined;
  }

  function sentenceFor(request) {
    if (request.response?.detail) return request.response.detail;
    if (request.status === 413) return "The server refuses a file of this size.";
    return "Not uploaded: you may have been signed out. Sign in again in another tab, then try again.";
  }

  function tryLater(item) {
    running -= 1;
    const pause = PAUSES_MILLISECONDS[item.attempt];
    item.attempt += 1;
    if (pause === undefined) {
      running += 1;
      finish(item, "broken", "The server could not be reached.");
      return;
    }
    item.row.querySelector(".row-result").textContent = "No connection, trying again …";
    setTimeout(() => {
      waiting.unshift(item);
      startNext();
    }, pause);
    startNext();
  }

  function finish(item, outcome, sentence, page) {
    running -= 1;
    counts[outcome] += 1;
    item.row.className = `row is-${outcome}`;
    item.row.querySelector("progress").hidden = true;
    item.row.querySelector(".row-result").textContent = sentence;
    if (page) item.row.querySelector(".row-title").href = page;
    if (outcome === "broken") offerAgain(item);
    showTotal();
    document.body.dispatchEvent(new Event("uploaded"));
    startNext();
  }

  function offerAgain(item) {
    const button = item.row.querySelector("button");
    button.hidden = false;
    button.onclick = () => {
      counts.broken -= 1;
      button.hidden = true;
      item.attempt = 0;
      item.row.className = "row";
      item.row.querySelector("progress").hidden = false;
      item.row.querySelector(".row-result").textContent = "";
      waiting.push(item);
      startNext();
    };
  }

  function showTotal() {
    const settled = counts.added + counts.known + counts.refused + counts.broken;
    total.max = chosen;
    total.value = settled;
    total.hidden = settled === chosen;
    const parts = [`${counts.added} of ${chosen} added`];
    if (counts.known) parts.push(`${counts.known} known already`);
    if (counts.refused) parts.push(`${counts.refused} refused`);
    if (counts.broken) parts.push(`${counts.broken} not uploaded`);
    summary.textContent = parts.join(", ");
  }

  async function filesOf(items) {
    // asked for at once: after the first pause the browser has forgotten what was dropped
    const nested = [...items]
      .filter((item) => item.kind === "file")
      .map((item) => {
        const entry = item.webkitGetAsEntry?.();
        return entry ? filesUnder(entry) : [item.getAsFile()];
      });
    return (await Promise.all(nested)).flat();
  }

  async function filesUnder(entry) {
    if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))];
    const reader = entry.createReader();
    const files = [];
    // a reader hands out a hundred entries at a time, and none at the end
    for (;;) {
      const some = await new Promise((done, fail) => reader.readEntries(done, fail));
      if (!some.length) return files;
      for (const nested of await Promise.all(some.map(filesUnder))) files.push(...nested);
    }
  }

  window.likeness.onDrop(async (dropped) => enqueue(await filesOf(dropped.items)));
  for (const input of document.querySelectorAll("#id_photos, #id_folder")) {
    input.addEventListener("change", () => {
      const isFolder = input.id === "id_folder";
      // a folder holds other files too; what was picked by hand is always tried
      enqueue([...input.files].filter((file) => !isFolder || file.type.startsWith("image/") || !file.type));
      input.value = "";
    });
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("beforeunload", (event) => {
    if (running || waiting.length) event.preventDefault();
  });
})();
