/* Passkeys: shows the buttons where the browser has them, and carries its answer in a form. Words are in data-*. */
"use strict";
(() => {
  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const form of document.querySelectorAll("form[data-passkeys]")) form.hidden = false;

  const form = document.querySelector("form[data-options]");
  if (!form) return;
  const bytes = (text) => Uint8Array.from(
    atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const options = JSON.parse(form.dataset.options).publicKey;
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.excludeCredentials, options.allowCredentials]) {
    for (const each of list || []) each.id = bytes(each.id);
  }
  const making = form.dataset.passkeys === "make";
  const status = form.querySelector("[role=status]");
  let isOpen = false;

  const answer = async () => {
    if (isOpen) return;
    isOpen = true;
    status.textContent = form.dataset.wait;
    try {
      const asked = { publicKey: options };
      const found = await (making ? navigator.credentials.create(asked) : navigator.credentials.get(asked));
      const said = found.response;
      const parts = making ? ["clientDataJSON", "attestationObject"]
        : ["clientDataJSON", "authenticatorData", "signature", "userHandle"];
      const response = {};
      for (const part of parts) if (said[part]) response[part] = text(said[part]);
      form.elements.answer.value = JSON.stringify({
        id: found.id, rawId: text(found.rawId), type: found.type, response,
        clientExtensionResults: found.getClientExtensionResults(),
      });
      form.submit();
    } catch {
      status.textContent = form.dataset.failed;
      isOpen = false;
    }
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); answer(); });
  if (!making) answer();
})();
