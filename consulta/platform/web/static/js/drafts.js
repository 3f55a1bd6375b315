/* Drafts of the desk's long forms (`data-draft`): what is typed stays in this tab until it is saved or discarded, the
   person signs out, or a day has passed. Words come from the page's template. Without this file the forms work. */
"use strict";
(() => {
  const MARK = "consulta:desk:", DAY = 86400000;
  const page = document.currentScript.dataset;
  const saved = page.saved.split(" ");
  const read = (key) => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      return kept && Array.isArray(kept.fields) && Array.isArray(kept.base) ? kept : null;
    } catch { return null; }
  };
  const write = (key, draft) => {
    try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* the form works without a draft */ }
  };
  const remove = (key) => {
    try { sessionStorage.removeItem(key); } catch { /* nothing was kept then */ }
  };
  const keys = () => {
    try { return Object.keys(sessionStorage).filter((key) => key.startsWith(MARK)); } catch { return []; }
  };
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  for (const key of keys()) {
    const draft = read(key);
    if (!draft || saved.includes(draft.id) || !(Date.now() - draft.at < DAY)) remove(key);
  }
  for (const leave of document.querySelectorAll("[data-leave]")) {
    leave.addEventListener("click", () => keys().forEach(remove));
  }

  /* Never kept: passwords, codes, files, what is typed to confirm an act, and what a person does not see. */
  const UNKEPT = ["password", "file", "hidden", "submit", "button", "image", "reset"];
  const fields = (form) => [...form.elements].filter((field) => field.name && "value" in field
    && field.tagName !== "BUTTON" && !UNKEPT.includes(field.type) && field.name !== "typed"
    && field.autocomplete !== "one-time-code" && !field.hidden);
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  /* Name and value of all that is entered; `original`: as the server drew it. */
  const entries = (form, original) => fields(form).flatMap((field) => {
    if (isBox(field)) return (original ? field.defaultChecked : field.checked) ? [[field.name, field.value]] : [];
    if (field.tagName !== "SELECT") return [[field.name, original ? field.defaultValue : field.value]];
    const options = [...field.options];
    let chosen = options.filter((option) => (original ? option.defaultSelected : option.selected));
    if (!chosen.length && !field.multiple) chosen = options.slice(0, 1);
    return chosen.map((option) => [field.name, option.value]);
  });
  /* By these the server sees that another person saved meanwhile. */
  const isVersion = (field) => field.type === "hidden" && /^(seen|version)$|filled_with$/.test(field.name);
  const versions = (form) => [...form.elements].filter(isVersion).map((field) => [field.name, field.value]);

  const setVersions = (form, draft) => {
    const base = new Map(draft.base);
    for (const field of [...form.elements].filter(isVersion)) if (base.has(field.name)) field.value = base.get(field.name);
  };

  const fill = (form, draft) => {
    const values = new Map();
    for (const [name, value] of draft.fields) values.set(name, [...(values.get(name) || []), value]);
    for (const field of fields(form)) {
      const given = values.get(field.name) || [], before = isBox(field) ? field.checked : field.value;
      if (isBox(field)) field.checked = given.includes(field.value);
      else if (field.multiple && field.options) for (const option of field.options) option.selected = given.includes(option.value);
      else if (given.length) {
        const value = given.shift();
        if (!field.options || [...field.options].some((option) => option.value === value)) field.value = value;
      }
      if (before !== (isBox(field) ? field.checked : field.value)) unfold(field);
    }
    setVersions(form, draft);
  };
  const unfold = (element) => {
    for (let fold = element.closest("details"); fold; fold = fold.parentNode.closest("details")) fold.open = true;
  };
  const hour = (at) => {
    const moment = new Date(at), clock = { hour: "2-digit", minute: "2-digit" };
    const today = moment.toDateString() === new Date().toDateString();
    return moment.toLocaleString(document.documentElement.lang, today ? clock : { day: "numeric", month: "short", ...clock });
  };

  const watch = (form, key) => {
    let isMine = false; /* whether the draft that is kept is what stands in the form */
    const answered = page.sent && (read(key) || {}).id === page.sent;
    const save = () => {
      isMine = true;
      const entered = entries(form);
      if (!answered && same(entered, entries(form, true))) remove(key);
      else write(key, { at: Date.now(), base: versions(form), fields: entered });
    };
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("submit", () => {
      const draft = isMine && read(key);
      if (!draft) return;
      const name = form.elements.draft_id || form.appendChild(document.createElement("input"));
      draft.id = Math.random().toString(36).slice(2, 14);
      Object.assign(name, { type: "hidden", name: "draft_id", value: draft.id });
      write(key, draft);
    });

    if (answered) return save(); /* the page shows what was sent, not saved yet */
    const draft = read(key);
    if (!draft) return;
    if (same(draft.fields, entries(form))) {
      if (same(draft.fields, entries(form, true))) return remove(key); /* saved already */
      isMine = true; /* the browser filled it in again */
      return setVersions(form, draft);
    }
    const offer = document.getElementById("draft-offer").content.firstElementChild.cloneNode(true);
    const part = (name) => offer.querySelector(`[data-${name}]`);
    part("time").textContent = part("time").textContent.replace("{time}", hour(draft.at));
    part("newer").hidden = same(draft.base, versions(form));
    part("restore").addEventListener("click", () => {
      fill(form, draft);
      save();
      offer.replaceChildren(part("restored"));
      offer.firstElementChild.hidden = false;
      offer.tabIndex = -1;
      offer.focus();
    });
    part("discard").addEventListener("click", () => {
      if (same(read(key), draft)) remove(key);
      offer.remove();
      form.tabIndex = -1;
      form.focus();
    });
    unfold(form);
    form.before(offer);
    offer.scrollIntoView({ block: "center" });
  };

  /* The same form in another language is the same one. A browser may fill in again what was typed, before this event. */
  addEventListener("pageshow", () => {
    const times = {};
    for (const form of document.querySelectorAll('form[data-draft=""]')) {
      const to = new URL(form.getAttribute("action") || location.href, location.href);
      const place = (to.pathname + to.search).replace(`/${document.documentElement.lang}/`, "/");
      times[place] = (times[place] || 0) + 1;
      watch(form, `${MARK}${page.owner}:${place}:${times[place]}`);
    }
  }, { once: true });
})();
