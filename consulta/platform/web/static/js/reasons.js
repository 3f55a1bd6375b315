/* Reasons: characters left, and what was typed kept in this tab until it is sent. Without this file the page works. */
"use strict";
(() => {
  const MARK = "consulta:";
  for (const spent of document.querySelectorAll("[data-draft-clear]")) {
    try { sessionStorage.removeItem(MARK + spent.dataset.draftClear); } catch { /* nothing was kept then */ }
  }
  const form = document.querySelector("form[data-reasons]");
  if (!form) return;
  const words = form.dataset, key = MARK + words.reasons;
  const texts = [...form.querySelectorAll("textarea[data-most]")];
  const count = (text) => {
    const left = text.dataset.most - [...text.value.trim()].length;
    const told = left < 0 ? words.over : words.left;
    text.told.textContent = text.value ? told.replace("{count}", Math.abs(left)) : "";
  };
  for (const text of texts) {
    text.told = document.createElement("p");
    text.told.className = "meta";
    text.after(text.told);
    text.addEventListener("input", () => {
      count(text);
      const typed = Object.fromEntries(texts.map((each) => [each.name, each.value]));
      try { sessionStorage.setItem(key, JSON.stringify({ version: form.elements.version.value, typed })); } catch { /* as above */ }
    });
  }
  /* A page that the server drew after an error has what was typed; a draft of another vote is left alone. */
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(key)); } catch { /* as above */ }
  if (kept && kept.typed && kept.version === form.elements.version.value && !document.getElementById("error-summary")) {
    let back = false;
    for (const text of texts) {
      const typed = kept.typed[text.name];
      if (typeof typed === "string" && typed !== text.value) {
        text.value = typed;
        back = true;
      }
    }
    if (back) form.querySelector("[data-status]").textContent = words.found;
  }
  texts.forEach(count);
})();
