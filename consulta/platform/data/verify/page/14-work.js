// One archive from file to answer, told in messages; in a worker where there is one, else on the page itself.

function asCode(typed) {
  const signs = typed.toUpperCase().replace(/[\s\-\u2010-\u2015]/g, "");
  if (signs.length !== 12 || [...signs].some((sign) => !ALPHABET.includes(sign))) return null;
  return `${signs.slice(0, 4)}-${signs.slice(4, 8)}-${signs.slice(8)}`;
}

/** The files that a person gave: a ZIP, or the files of one that was unpacked. */
async function readFiles(given, tell) {
  if (given.length !== 1 || /\.(json|jsonl|csv|txt)$|^SHA256SUMS$/.test(given[0].name)) {
    const whole = given.reduce((size, file) => size + file.size, 0);
    if (whole > LARGEST_UNPACKED) throw new NoArchive("too_large", { size: whole });
    const files = new Map();
    for (const file of given) files.set(file.name, new Uint8Array(await file.arrayBuffer()));
    return { files, zipped: null, name: "archive" };
  }
  const [file] = given;
  if (file.size > LARGEST_PACKED) throw new NoArchive("too_large", { size: file.size });
  let bytes;
  try {
    bytes = new Uint8Array(await file.arrayBuffer());
  } catch {
    throw new NoArchive("unread");
  }
  await tell();
  const files = await unzipped(bytes, tell);
  return { files, zipped: digestOf(bytes), name: file.name };
}

/** What an archive says that it is, as far as it can be read: for a person, not for the checks. */
function toldOf(box) {
  const quiet = (ask) => {
    try {
      return ask() ?? null;
    } catch {
      return null;
    }
  };
  const about = quiet(() => box.json("archive.json")) ?? new Map();
  const bundle = quiet(() => box.json("bundle.json"));
  const texts = quiet(() => box.json("opening.json"));
  // Without a bundle, words in further languages stand apart from those that every opening has.
  const others = quiet(() => mapOf(at(texts, "translations"))) ?? new Map();
  const wordsIn = (text) => (isMap(text) ? [...text].filter(([, words]) => typeof words === "string") : []);
  const titleIn = (text, place) => (isMap(text) ? Object.fromEntries([...wordsIn(others.get(place)), ...wordsIn(text)]) : null);
  const round = quiet(() => at(bundle, "round")) ?? quiet(() => at(texts, "round"));
  const themes = quiet(() => at(bundle, "themes")) ?? quiet(() => at(texts, "themes")) ?? [];
  const titles = new Map(quiet(() => themes.map((theme) => [at(theme, "key"), titleIn(maybe(theme, "title"), `themes.${at(theme, "key")}.title`)])) ?? []);
  const result = quiet(() => box.json("result.json")) ?? quiet(() => box.json("public.json"));
  const topics = quiet(() => listOf(at(result, "topics")).map((topic) => ({ key: String(at(topic, "key")), title: titles.get(at(topic, "key")) ?? null })));
  const text = (name) => (typeof about.get(name) === "string" ? about.get(name) : null);
  return {
    key: text("round"),
    title: titleIn(quiet(() => at(round, "title")), "title"),
    secrecy: text("secrecy"),
    complete: about.get("complete") === true,
    code: text("code"),
    example: about.get("example") === true,
    topics: topics ?? [],
    titles: Object.fromEntries([...titles].map(([key, title]) => [String(key), title])),
    ballots: quiet(() => String(at(bundle, "ballots").length)) ?? quiet(() => String(at(result, "ballots"))),
    head: quiet(() => box.heads[box.heads.length - 1]),
    digest: box.zipped,
    looseFiles: !box.files.has("SHA256SUMS") && !box.files.has("archive.json"),
  };
}

/** What became of a vote, by its code: the line of the list, worked out again from the ballot. */
function lookUp(box, typed) {
  const code = asCode(typed);
  if (code === null) return { state: "bad" };
  if (!box.files.has("receipts.csv")) return { state: "totals", code };
  for (const [file, bundleFile] of [["receipts.csv", "bundle.json"], ["excluded.csv", "first-bundle.json"]]) {
    if (!box.files.has(file)) continue;
    const row = listRows(sheetText(box.files.get(file))).slice(1).find((each) => each[0] === code);
    if (!row) continue;
    const bundle = box.json(bundleFile);
    const ballot = ballotsBySeat(bundle).get(row[1]);
    const then = { round: { raw: bundle } };
    let said = null;
    try {
      said = ballot && receiptCode(receiptRecord(then, ballot, row[2], fieldsOf(fieldsTold(box), file, "", row)));
    } catch (error) {
      if (!(error instanceof Differs)) throw error;
    }
    if (said !== code) return { state: "wrong", code };
    return { state: file === "receipts.csv" ? "found" : "out", code, ranking: at(ballot, "ranking") };
  }
  return { state: "none", code };
}

/** The order of all themes as it was counted here, beside what was published; null where there are no ballots. */
function rankingOf(box) {
  try {
    const told = listOf(at(box.json("result.json"), "themes"));
    return box.order.map((x, place) => ({
      key: box.round.keys[x],
      place: place + 1,
      percent: decimals(new Q(100n).times(box.count.score(x)), 2),
      chosen: box.topics.includes(x),
      published: { place: Number(at(told[x], "place")), percent: Number(at(told[x], "score_percent")) },
    }));
  } catch (error) {
    if (error instanceof Missing || error instanceof Unreadable || error instanceof Differs) return null;
    throw error;
  }
}

class Checker {
  constructor(post, breathe) {
    this.post = post;
    this.breathe = breathe;
    this.box = null;
  }

  async handle(message) {
    try {
      if (message.kind === "check") await this.check(message);
      if (message.kind === "look") this.post({ kind: "looked", id: message.id, ...this.look(message.code) });
    } catch (error) {
      if (error instanceof NoArchive) this.post({ kind: "refused", code: error.message, values: error.values });
      else this.post({ kind: "refused", code: "crashed", values: { what: String(error).slice(0, 120) } });
    }
  }

  look(code) {
    try {
      return lookUp(this.box, code);
    } catch {
      return { state: "wrong", code };
    }
  }

  async check({ files: given, heads, sums }) {
    let last = 0;
    const pause = async (part, where) => {
      const now = Date.now();
      if (where?.title || now - last > 60) {
        last = now;
        this.post({ kind: "progress", part: part ?? 0, ...where });
        await this.breathe();
      }
    };
    const { files, zipped, name } = await readFiles(given, () => pause(0, {}));
    this.box = newBox(files, { zipped, name, heads, sums });
    this.post({ kind: "told", told: toldOf(this.box) });
    const { found, unseen, partial } = await verified(this.box, (line) => this.post({ kind: "line", line }), pause);
    const ranking = found.length ? null : rankingOf(this.box);
    this.post({ kind: "done", partial, found, unseen, ranking, held: heads.length > 0, told: toldOf(this.box) });
  }
}

/** What kind of difference a line tells, for the sentence that says what to do about it. */
function kindOf(line) {
  if (line.newer || (line.title === "bundle" && line.differs?.place.startsWith("rules."))) return "newer";
  return line.differs?.place === "--head" ? "held" : line.mark;
}

if (typeof document === "undefined" && typeof WorkerGlobalScope !== "undefined") {
  const own = new Checker((message) => globalThis.postMessage(message), async () => {});
  globalThis.onmessage = ({ data }) => own.handle(data);
}
