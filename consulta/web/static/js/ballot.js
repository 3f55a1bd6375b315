/* The ballot with buttons. Without this file the page is the same form with one list of places per theme; here the
   lists stay in the form, hidden, and keep carrying the values. Every word comes from data-* attributes. */
"use strict";
(() => {
  const draft = (key, value) => {
    try {
      if (value === undefined) return JSON.parse(sessionStorage.getItem("consulta:" + key));
      sessionStorage.setItem("consulta:" + key, JSON.stringify(value));
    } catch { /* private windows may refuse; the ballot works without a draft */ }
    return null;
  };

  /* After the receipt no draft of this seat is of use, whichever version of the vote it began from. */
  for (const spent of document.querySelectorAll("[data-draft-clear]")) {
    const mark = "consulta:" + spent.dataset.draftClear;
    try {
      for (const key of Object.keys(sessionStorage)) if (key.startsWith(mark)) sessionStorage.removeItem(key);
    } catch { /* nothing was kept then */ }
  }

  const form = document.querySelector("form[data-ballot]");
  if (!form) return;
  const words = form.dataset;
  const max = Number(words.max);
  const status = form.querySelector("[data-status]");
  const count = form.querySelector("[data-count]");
  const list = form.querySelector("[data-themes]");

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

  /* Themes: `chosen` is the ranking, first to last. */

  const themes = [...list.querySelectorAll("[data-theme]")].map((card) => ({
    card, key: card.dataset.theme, name: card.dataset.name,
    select: card.querySelector("select"), place: card.querySelector("[data-place]"),
  }));
  let chosen = themes.filter((theme) => theme.select.value)
    .sort((a, b) => a.select.value - b.select.value).slice(0, max);

  const button = (theme, kind, sign, press) => {
    const element = make("button", "button " + kind);
    element.type = "button";
    const icon = make("span", "", sign);
    icon.setAttribute("aria-hidden", "true");
    element.append(icon, " " + words[kind], make("span", "vh", " " + fill(words.quote, { theme: theme.name })));
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
    theme.up.focus();
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
    off(order, !chosen.length);
    count.textContent = fill(words.count, { count: chosen.length, max });
    if (ready) save();
  };

  for (const theme of themes) {
    const moves = make("div", "moves");
    theme.add = button(theme, "add", "+", () => add(theme));
    theme.up = button(theme, "up", "↑", () => move(theme, -1));
    theme.down = button(theme, "down", "↓", () => move(theme, 1));
    theme.remove = button(theme, "remove", "×", () => remove(theme));
    moves.append(theme.add, theme.up, theme.down, theme.remove);
    /* A link of the error summary that led to the list of places now leads to the buttons. */
    moves.id = theme.select.id;
    moves.tabIndex = -1;
    theme.select.removeAttribute("id");
    theme.select.parentNode.hidden = true;
    theme.select.parentNode.after(moves);
  }

  const order = make("button", "button", words.order);
  order.type = "button";
  order.addEventListener("click", () => {
    if (!chosen.length) return say(words.none);
    const rest = themes.filter((theme) => !chosen.includes(theme));
    for (const theme of [...chosen, ...rest]) list.append(theme.card);
    say(words.ordered);
  });
  form.querySelector("[data-order-here]").append(order);

  /* Groups of boxes with a limit that explains itself. */

  const limited = [...form.querySelectorAll("[data-limit]")].map((group) => {
    const boxes = [...group.querySelectorAll("input[type=checkbox]")];
    const ticked = () => boxes.filter((box) => box.checked);
    const tally = () => ({ count: ticked().length, max: group.dataset.limit });
    const tell = () => {
      group.querySelector("[data-counter]").textContent = fill(group.dataset.limitCount, tally());
    };
    /* The counter stands at the head of the group: the line at the foot says the same where the eye is. */
    group.addEventListener("change", (event) => {
      const over = ticked().length > group.dataset.limit;
      if (over) event.target.checked = false;
      say(over ? group.dataset.limitFull : group.dataset.limitCount, tally());
      tell();
      save();
    });
    return { name: group.id, fold: group.closest("details"), boxes, ticked, tell };
  });

  /* The draft: keys and numbers only. It is taken up only on the version of the vote that it began from. */

  const entered = () => Object.fromEntries([
    ["themes", chosen.map((theme) => theme.key)],
    ...limited.map((one) => [one.name, one.ticked().map((box) => box.value)]),
  ]);
  const save = () => draft(words.draft, entered());

  let ready = false;
  const kept = draft(words.draft);
  if (kept && Object.values(kept).every(Array.isArray)) {
    const before = JSON.stringify(entered());
    chosen = [...new Set(kept.themes || [])].map((key) => themes.find((theme) => theme.key === key))
      .filter(Boolean).slice(0, max);
    for (const one of limited) for (const box of one.boxes) box.checked = (kept[one.name] || []).includes(box.value);
    if (JSON.stringify(entered()) !== before) say(words.restored);
  }
  show();
  for (const one of limited) {
    one.tell();
    if (one.ticked().length) one.fold.open = true;
  }
  ready = true;
})();
