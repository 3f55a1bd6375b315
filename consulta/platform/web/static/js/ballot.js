/* The ballot with buttons. Without this file each theme has a list of places; here these lists are hidden and keep the
   values. Every word comes from data-* attributes. */
"use strict";
(() => {
  /* Drafts, by round, seat and version of the vote, stay on the device until the vote is sent, voting ends or the person
     leaves; on a shared device, as at the desk, in the tab. */
  const MARK = "consulta:", SHARED = MARK + "shared";
  const each = (store, pick) => {
    try { for (const key of Object.keys(store)) if (key.startsWith(MARK) && pick(key, store)) store.removeItem(key); }
    catch { /* nothing was kept then */ }
  };
  const forget = (start) => {
    for (const store of [() => localStorage, () => sessionStorage]) {
      try { each(store(), (key) => key.startsWith(MARK + start)); } catch { /* nothing was kept then */ }
    }
  };
  const read = (store, key) => {
    try { return JSON.parse(store().getItem(key)); } catch { return null; }
  };
  const write = (store, key, value) => {
    try { store().setItem(key, JSON.stringify(value)); } catch { /* the ballot works without a draft */ }
  };
  const device = () => localStorage, tab = () => sessionStorage;
  try { each(localStorage, (key) => (read(device, key) || {}).until < Date.now() / 1000); } catch { /* as above */ }

  /* After the receipt no draft of this seat is of use, whichever version of the vote it began from. */
  for (const spent of document.querySelectorAll("[data-draft-clear]")) forget(spent.dataset.draftClear);
  for (const leave of document.querySelectorAll("[data-leave]")) leave.addEventListener("click", () => forget(""));

  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const words = form.dataset;
  const status = form.querySelector("[data-status]");

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const make = (tag, className, text) => {
    const element = document.createElement(tag);
    element.className = className;
    element.textContent = text || "";
    return element;
  };
  const say = (text, values) => {
    const sentence = fill(text, values || {});
    /* The same sentence twice is read twice only when the text differs. */
    status.textContent = status.textContent === sentence ? sentence + "\u00a0" : sentence;
  };

  const focus = (element) => { element.tabIndex = -1; element.focus(); };

  /* Groups of boxes with a limit that explains itself; what is ticked on another page is carried hidden. */

  const limited = [...form.querySelectorAll("[data-limit]")].map((group) => {
    const carried = () => [...form.querySelectorAll(`input[name=${group.id}]`)];
    const ticked = () => carried().filter((box) => box.checked || box.type === "hidden");
    const tally = () => ({ count: ticked().length, max: group.dataset.limit });
    const counter = group.querySelector("[data-counter]") || form.querySelector("[data-counter]");
    const tell = () => { counter.textContent = fill(group.dataset.limitCount, tally()); };
    /* The counter stands at the head of the group: the line at the foot says the same where the eye is. */
    group.addEventListener("change", (event) => {
      const over = ticked().length > group.dataset.limit;
      if (over) event.target.checked = false;
      if (over || group.contains(counter)) say(over ? group.dataset.limitFull : group.dataset.limitCount, tally());
      else status.textContent = "";
      tell();
    });
    tell();
    return { name: group.id, fold: group.closest("details"), carried, ticked, tell };
  });

  /* The draft of this page. */

  const KEY = MARK + words.draft;
  const keptInTab = () => !words.until || read(tab, SHARED);
  const values = (name) => [...form.querySelectorAll(`input[name=${name}]`)]
    .filter((box) => box.checked || box.type === "hidden").map((box) => box.value);
  const entered = () => ({
    themes: ranking(), objectives: values("objectives"), endorsements: values("endorsements"),
    fields: [...new FormData(form)].filter(([name]) => name.startsWith("field-")),
  });
  const save = () => {
    write(tab, KEY, entered());
    if (!keptInTab()) write(device, KEY, { ...entered(), until: Number(words.until) });
    for (const offer of form.querySelectorAll("[data-found]")) offer.hidden = true;
  };
  form.addEventListener("change", save);
  const isDraft = (kept) => kept && ["themes", "objectives", "endorsements", "fields"].every((name) => Array.isArray(kept[name]));

  const keeping = form.querySelector("[data-keeping]");
  if (keeping) {
    const shown = () => {
      keeping.hidden = false;
      keeping.querySelector("[data-where]").textContent = keptInTab() ? keeping.dataset.tab : keeping.dataset.device;
      keeping.querySelector("button").hidden = keptInTab();
    };
    keeping.querySelector("button").addEventListener("click", () => {
      write(tab, SHARED, 1);
      try { localStorage.removeItem(KEY); } catch { /* nothing was kept then */ }
      shown();
      focus(keeping.querySelector("[data-where]"));
    });
    shown();
  }

  /* The page of people: what is asked for is shown at once. */

  let ranking = () => [...form.querySelectorAll("input[name^=place-]")].sort((a, b) => a.value - b.value)
    .map((input) => input.name.slice(6));
  if ("people" in words) {
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const [word, role, country] = ["q", "role", "country"].map((name) => form.elements[name]);
    const asked = (select) => (select.value ? fold(select.selectedOptions[0].text) : "");
    const rows = [...form.querySelectorAll(".check")].map((row) => ({
      row, said: fold(row.textContent), role: fold(row.closest("section").firstElementChild.textContent),
    }));
    const show = () => {
      const wanted = fold(word.value).split(/\s+/);
      let found = 0;
      for (const one of rows) {
        one.row.hidden = ![...wanted, asked(country)].every((text) => one.said.includes(text))
          || !one.role.includes(asked(role));
        found += !one.row.hidden;
      }
      for (const part of form.querySelectorAll("section")) part.hidden = !part.querySelector(".check:not([hidden])");
      if (!found) say(words.none);
    };
    /* A list that the server had shortened already is asked for anew, and so is one that comes in parts. */
    if (!words.people && !word.value && !role.value && !country.value) {
      form.querySelector(".filters button").hidden = true;
      word.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
      for (const field of [word, role, country]) field.addEventListener("input", show);
    }
    return;
  }

  const max = Number(words.max);
  const count = form.querySelector("[data-count]");
  const list = form.querySelector("[data-themes]");

  /* Themes: `chosen` is the ranking, first to last. */

  const themes = [...list.querySelectorAll("[data-theme]")].map((card) => ({
    card, key: card.dataset.theme, name: card.firstElementChild.textContent.trim(),
    select: card.querySelector("select"), place: card.querySelector("[data-place]"),
  }));
  let chosen = themes.filter((theme) => theme.select.value)
    .sort((a, b) => a.select.value - b.select.value).slice(0, max);

  const button = (theme, kind, sign, press) => {
    const element = make("button", "button " + kind);
    element.type = "button";
    const icon = make("span", "", sign);
    icon.setAttribute("aria-hidden", "true");
    element.append(icon, make("b", "", words[kind]), make("span", "vh", " " + fill(words.quote, { theme: theme.name })));
    element.addEventListener("click", press);
    return element;
  };
  const off = (element, isOff) => {
    if (isOff) element.setAttribute("aria-disabled", "true");
    else element.removeAttribute("aria-disabled");
  };
  const sayPlace = (theme) => say(words.placed, {
    theme: theme.name, place: chosen.indexOf(theme) + 1, count: chosen.length,
  });

  const add = (theme) => {
    if (chosen.length >= max) return say(words.full, { max });
    chosen.push(theme);
    show();
    sayPlace(theme);
    (chosen[1] ? theme.up : theme.remove).focus();
  };
  const remove = (theme) => {
    chosen = chosen.filter((other) => other !== theme);
    show();
    say(words.removed, { theme: theme.name });
    theme.add.focus();
  };
  const move = (theme, step) => {
    const from = chosen.indexOf(theme);
    const other = chosen[from + step];
    if (!other) return say(step < 0 ? words.first : words.last, { theme: theme.name });
    chosen[from + step] = theme;
    chosen[from] = other;
    show();
    sayPlace(theme);
  };

  const show = () => {
    for (const theme of themes) {
      const at = chosen.indexOf(theme);
      theme.select.value = at < 0 ? "" : String(at + 1);
      theme.place.replaceChildren(...(at < 0 ? [] : [make("span", "vh", words.place + " "), at + 1]));
      theme.card.classList.toggle("chosen", at >= 0);
      theme.add.hidden = at >= 0;
      theme.up.hidden = theme.down.hidden = theme.remove.hidden = at < 0;
      off(theme.add, chosen.length >= max);
      off(theme.up, at === 0);
      off(theme.down, at === chosen.length - 1);
    }
    order.hidden = !chosen[1];
    count.textContent = fill(words.count, { count: chosen.length, max });
    if (ready) save();
  };

  for (const theme of themes) {
    const moves = theme.select.parentNode;
    theme.add = button(theme, "add", "+", () => add(theme));
    theme.up = button(theme, "up", "↑", () => move(theme, -1));
    theme.down = button(theme, "down", "↓", () => move(theme, 1));
    theme.remove = button(theme, "remove", "×", () => remove(theme));
    moves.append(theme.add, theme.up, theme.down, theme.remove);
    /* A link of the error summary that led to the list of places now leads to the buttons. */
    moves.id = theme.select.id;
    moves.tabIndex = -1;
    theme.select.removeAttribute("id");
    theme.select.hidden = true;
    moves.firstElementChild.remove();
  }

  const order = make("button", "button", words.order);
  order.type = "button";
  order.addEventListener("click", () => {
    const rest = themes.filter((theme) => !chosen.includes(theme));
    for (const theme of [...chosen, ...rest]) list.append(theme.card);
    say(words.ordered);
    focus(list);
  });
  list.after(order);

  ranking = () => chosen.map((theme) => theme.key);

  /* A draft is taken up on the version of the vote that it began from, unless the server shows what was entered. */

  const take = (kept) => {
    const before = JSON.stringify(entered());
    chosen = [...new Set(kept.themes)].map((key) => themes.find((theme) => theme.key === key))
      .filter(Boolean).slice(0, max);
    for (const one of limited) {
      const boxes = one.carried(), wanted = new Set(kept[one.name]);
      for (const box of boxes) {
        if (box.type === "hidden") box.remove();
        else box.checked = wanted.delete(box.value);
      }
      for (const key of one.name === "endorsements" ? wanted : []) {
        const carried = make("input", "");
        Object.assign(carried, { type: "hidden", name: one.name, value: key });
        form.append(carried);
      }
    }
    const answers = new Map(kept.fields);
    for (const field of form.querySelectorAll("[name^=field-]")) {
      field[field.type === "checkbox" ? "checked" : "value"] = answers.get(field.name) || "";
    }
    return JSON.stringify(entered()) !== before;
  };
  const showAll = () => {
    show();
    for (const one of limited) {
      one.tell();
      if (one.fold && one.ticked().length) one.fold.open = true;
    }
  };

  let ready = false;
  const mine = read(tab, KEY), left = read(device, KEY);
  if (new URLSearchParams(location.search).has("entered")) save();
  else if (isDraft(mine)) { if (take(mine)) say(words.restored); }
  else if (isDraft(left)) {
    const offer = form.querySelector("[data-found]");
    offer.hidden = false;
    offer.querySelector("[data-take]").addEventListener("click", () => {
      take(left);
      showAll();
      say(words.restored);
      focus(list);
    });
    offer.querySelector("[data-drop]").addEventListener("click", () => {
      forget(words.draft);
      offer.hidden = true;
      focus(list);
    });
  }
  showAll();
  ready = true;
})();
