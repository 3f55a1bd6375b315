/* Copying the message of the page of a round. Without this file the text can be marked and copied by hand. */
"use strict";
(() => {
  const text = document.querySelector("[data-message]");
  const button = document.querySelector("[data-copy]");
  if (!text || !button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const status = document.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(text.value);
      status.textContent = button.dataset.done;
    } catch {
      text.select();
      status.textContent = button.dataset.failed;
    }
  });
})();
