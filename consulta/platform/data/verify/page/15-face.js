// The page: files come in, the worker is asked, and what it says is shown in the reader's language.

function startPage() {
  const DATA = JSON.parse(document.getElementById("data").textContent);
  const WORDS = wordsOf(DATA);
  const languages = Object.keys(WORDS);
  const by = (id) => document.getElementById(id);
  const state = { lang: null, lines: [], told: null, outcome: null, given: null, running: false, refused: null, answer: null };
  let asked = 0;
  let worker = null;

  const asksFor = (navigator.languages ?? [navigator.language ?? ""]).map((tag) => tag.toLowerCase().split("-")[0]);
  const fromAddress = new URLSearchParams(location.search).get("lang") ?? location.hash.slice(1);
  state.lang = [fromAddress, ...asksFor, languages[0]].find((code) => languages.includes(code));

  const words = () => WORDS[state.lang];
  const say = (code, values = {}) => fill(words()[code] ?? code, values);

  function inReaderTitle(title) {
    if (!title) return null;
    const order = [state.lang, ...languages, ...Object.keys(title)];
    return plain(title[order.find((code) => title[code])] ?? "");
  }

  function element(name, content = "", attributes = {}) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    for (const part of [content].flat()) made.append(part);
    return made;
  }

  // ---- who does the work

  function receiver(number) {
    return (message) => {
      if (number === asked) hear(message);
    };
  }

  function engaged() {
    const hearer = receiver(asked);
    try {
      const source = new Blob([by("program").textContent], { type: "text/javascript" });
      const address = URL.createObjectURL(source);
      const made = new Worker(address);
      const waiting = [];
      let ready = false;
      made.onmessage = ({ data }) => {
        ready = true;
        hearer(data);
      };
      // A browser that lets no worker start from a file says so here: then the page itself does the work.
      made.onerror = (event) => {
        event.preventDefault?.();
        if (ready) hearer({ kind: "refused", code: "crashed", values: { what: String(event.message).slice(0, 120) } });
        else {
          made.terminate();
          worker = onPage(hearer);
          waiting.forEach((message) => worker.send(message));
        }
      };
      return {
        send(message) {
          waiting.push(message);
          made.postMessage(message);
        },
        end() {
          made.terminate();
          URL.revokeObjectURL(address);
        },
      };
    } catch {
      return onPage(hearer);
    }
  }

  function onPage(hearer) {
    const own = new Checker(hearer, () => new Promise((on) => setTimeout(on)));
    return { send: (message) => own.handle(message), end() {} };
  }

  // ---- what is asked

  function held(id) {
    return by(id).value.split(/[\s,;]+/).filter(Boolean);
  }

  function check(files) {
    if (files) state.given = files;
    if (!state.given?.length) return;
    const heads = held("head");
    const sums = held("sum");
    const odd = [...heads, ...sums].some((text) => !/^[0-9a-fA-F]{64}$/.test(text));
    by("kept-error").hidden = !odd;
    for (const id of ["head", "sum"]) {
      const wrong = held(id).some((text) => !/^[0-9a-fA-F]{64}$/.test(text));
      if (wrong) by(id).setAttribute("aria-invalid", "true");
      else by(id).removeAttribute("aria-invalid");
    }
    if (odd) {
      by("kept").open = true;
      by(held("head").some((text) => !/^[0-9a-fA-F]{64}$/.test(text)) ? "head" : "sum").focus();
      return;
    }
    stop();
    Object.assign(state, { lines: [], told: null, outcome: null, refused: null, answer: null, running: true, progress: null });
    worker = engaged();
    draw();
    by("state").focus();
    worker.send({ kind: "check", files: [...state.given], heads, sums });
  }

  function stop() {
    asked += 1;
    worker?.end();
    worker = null;
    state.running = false;
  }

  function hear(message) {
    if (message.kind === "progress") state.progress = message;
    if (message.kind === "told") state.told = message.told;
    if (message.kind === "line") state.lines.push(message.line);
    if (message.kind === "looked") state.answer = message;
    if (message.kind === "refused") Object.assign(state, { refused: message, running: false });
    if (message.kind === "done") Object.assign(state, { outcome: message, told: message.told, running: false });
    if (message.kind === "progress") drawProgress();
    else if (message.kind === "looked") drawAnswer();
    else draw();
  }

  // ---- what is shown

  function drawWords() {
    document.documentElement.lang = state.lang;
    document.title = say("title");
    for (const each of document.querySelectorAll("[data-say]")) each.textContent = say(each.dataset.say);
    for (const each of document.querySelectorAll("[data-lang]")) {
      if (each.dataset.lang === state.lang) each.setAttribute("aria-current", "true");
      else each.removeAttribute("aria-current");
    }
  }

  function megabytes(size) {
    return new Intl.NumberFormat(DATA.locales[state.lang]).format(Math.ceil(size / 2 ** 20));
  }

  function drawProgress() {
    const { progress } = state;
    by("progress").hidden = !state.running;
    if (!state.running) return;
    const bar = by("bar");
    if (progress?.number) {
      bar.max = progress.number;
      bar.value = progress.place + (progress.part ?? 0);
      const title = words()[progress.title] ?? progress.title;
      by("now").textContent = say("working", { title, place: progress.place + 1, number: progress.number });
    } else {
      bar.removeAttribute("value");
      by("now").textContent = say("reading");
    }
  }

  function draw() {
    drawWords();
    drawProgress();
    const { outcome, refused, told } = state;
    by("choose").classList.toggle("done", Boolean(state.given));
    by("again").hidden = !state.given || state.running;
    by("given").hidden = !state.given;
    if (state.given) {
      const [first, ...rest] = state.given;
      by("given").textContent = rest.length ? say("some_files", { n: state.given.length }) : plain(first.name);
    }
    drawVerdict(outcome, refused);
    by("steps").hidden = !state.lines.length;
    by("lines").replaceChildren(...state.lines.map(drawLine));
    by("about").hidden = !told || Boolean(refused);
    if (told) by("facts").replaceChildren(...drawFacts(told));
    by("own").hidden = !told || state.running || Boolean(refused);
    drawAnswer();
  }

  function drawVerdict(outcome, refused) {
    const box = by("verdict");
    box.hidden = !outcome && !refused;
    box.className = "verdict";
    if (box.hidden) return;
    const parts = [];
    if (refused) {
      const values = { ...refused.values };
      if (values.size) values.size = megabytes(values.size);
      box.classList.add("no");
      parts.push(element("h2", say("refused")), element("p", say(`refused_${refused.code}`, values)));
    } else if (outcome.unseen && !outcome.found.length) {
      box.classList.add("part");
      parts.push(element("h2", say("verdict_unseen")), element("p", say("but_unseen", outcome.unseen.unseen)));
    } else if (outcome.found.length) {
      const kinds = state.lines.map(kindOf);
      box.classList.add("no");
      let means = "means_some";
      if (kinds.includes("newer")) means = "means_newer";
      else if (state.told?.looseFiles) means = "means_loose";
      else if (kinds.every((kind) => kind !== "no") && kinds.includes("held")) means = "means_held";
      const first = mostMeaningful(outcome.found, DATA.first);
      parts.push(element("h2", say("verdict_no")), element("p", meaningOf(words(), first, names()), { class: "lead" }));
      parts.push(element("p", say(means)), ...exactly(first));
    } else {
      box.classList.add(outcome.partial ? "part" : "yes");
      parts.push(element("h2", say(outcome.partial ? "verdict_part" : "all")));
      parts.push(element("p", say(outcome.partial ? "means_not_all" : "means_all")));
      parts.push(element("p", say(outcome.held ? "means_seal" : outcome.partial ? "means_no_seal_totals" : "means_no_seal")));
    }
    if (outcome?.ranking && !refused) parts.push(...drawRanking(outcome.ranking));
    box.replaceChildren(...parts);
  }

  /** How the reader knows categories and themes, and writes decimals. */
  function names() {
    const place = Object.keys(DATA.names).indexOf(state.lang);
    return {
      sign: DATA.decimal[state.lang],
      category: (dimension, key) => DATA.categories[dimension]?.[key]?.[place] ?? String(key),
      theme: (key) => inReaderTitle(state.told?.titles[key]) ?? String(key),
    };
  }

  /** Where exactly a line differs, folded away. */
  function exactly(line) {
    const text = line.newer || line.missing ? "" : sentenceOf(words(), line, names());
    if (!text) return [];
    return [element("details", [element("summary", say("exactly")), element("p", text, { class: "code" })])];
  }

  function drawRanking(ranking) {
    const row = (tag, cells) => element("tr", cells.map((cell) => element(tag, cell, tag === "th" ? { scope: "col" } : {})));
    const { sign, theme } = names();
    const told = ({ place, percent }) => `${place}. ${percent.toFixed(2).replace(".", sign)}`;
    const lines = ranking.map((each) => row("td", [theme(each.key) + (each.chosen ? ` (${say("ranking_chosen")})` : ""), told(each), told(each.published)]));
    const table = element("table", [row("th", [say("ranking_theme"), say("ranking_here"), say("ranking_published")]), ...lines]);
    return [element("h3", say("ranking_title")), table];
  }

  function drawLine(line) {
    const marks = { ok: "✓", no: "✗", skip: "–" };
    const differs = line.mark === "no" && !line.unseen;
    const text = differs ? meaningOf(words(), line, names()) : sentenceOf(words(), line, names());
    const item = element("li", [], { class: line.mark });
    item.append(
      element("span", marks[line.mark], { class: "mark", "aria-hidden": "true" }),
      element("div", [
        element("h3", [element("span", words()[line.title] ?? line.title), " ", element("span", words()[line.mark === "skip" ? "word_skip" : line.mark], { class: "word" })]),
        ...(text ? [element("p", text)] : []),
        ...(differs ? exactly(line) : []),
        // What a check holds is not said where something differs, nor where it was not made.
        ...(line.mark !== "no" && !line.missing && words()[`about_${line.title}`] ? [element("p", say(`about_${line.title}`), { class: "meta" })] : []),
      ]),
    );
    return item;
  }

  function grouped(text) {
    return element("span", (text ?? "").replace(/(.{8})(?=.)/g, "$1 "), { class: "code" });
  }

  function drawFacts(told) {
    const facts = [];
    const add = (code, content, more) => {
      if (content === null || content === undefined || content === "") return;
      facts.push(element("div", [element("dt", say(code)), element("dd", content), ...(more ? [element("dd", say(more), { class: "meta" })] : [])]));
    };
    const title = inReaderTitle(told.title);
    const topics = told.topics.map((topic) => inReaderTitle(topic.title) ?? plain(topic.key));
    add("fact_round", title ? `${title} (${plain(told.key ?? "")})` : told.key && plain(told.key), told.example ? "fact_example" : null);
    add("fact_topics", topics.join(" · "));
    add("fact_ballots", told.ballots);
    add("fact_secrecy", words()[`secrecy_${told.secrecy}`]);
    add("fact_head", told.head ? grouped(told.head.root) : null, "fact_head_hint");
    add("fact_digest", told.digest ? grouped(told.digest) : null, "fact_digest_hint");
    add("fact_code", told.code && plain(told.code));
    return facts;
  }

  function drawAnswer() {
    const { answer } = state;
    const box = by("answer");
    if (!answer) {
      box.replaceChildren();
      return;
    }
    const parts = [element("p", say(`code_${answer.state}`), { class: answer.state === "found" ? "good" : "warm" })];
    if (answer.ranking) {
      const items = answer.ranking.map((tier) => {
        const names = tier.map((key) => inReaderTitle(state.told.titles[key]) ?? plain(String(key)));
        return element("li", names.join(" = "));
      });
      parts.push(element("ol", items));
    }
    box.replaceChildren(...parts);
  }

  // ---- what the reader does

  async function filesOf(transfer) {
    const items = [...(transfer.items ?? [])].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    const folder = items.length === 1 && items[0].isDirectory ? items[0] : null;
    if (!folder) return [...transfer.files];
    const reader = folder.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((on, off) => reader.readEntries(on, off));
      if (!some.length) break;
      for (const entry of some) if (entry.isFile) found.push(await new Promise((on, off) => entry.file(on, off)));
    }
    return found;
  }

  for (const code of languages) {
    const button = element("button", DATA.names[code], { type: "button", lang: code, "data-lang": code });
    button.addEventListener("click", () => {
      state.lang = code;
      draw();
    });
    by("languages").append(element("li", button));
  }
  by("file").addEventListener("change", () => {
    check([...by("file").files]);
    by("file").value = "";
  });
  by("again").addEventListener("click", () => check());
  by("stop").addEventListener("click", () => {
    stop();
    draw();
    by("file").focus();
  });
  by("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    worker?.send({ kind: "look", code: by("code").value });
  });
  by("print").addEventListener("click", () => print());
  const drop = by("choose");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => drop.classList.remove("over"));
  document.addEventListener("drop", async (event) => {
    event.preventDefault();
    const files = await filesOf(event.dataTransfer);
    if (files.length) check(files);
  });
  by("old").hidden = true;
  by("page").hidden = false;
  draw();
}

if (typeof document !== "undefined" && document.getElementById("data")) startPage();
