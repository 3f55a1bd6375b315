// Which checks an archive asks for, in the order in which each needs what those before it have read.

const FIRST = [
  ["files", checkFiles],
  ["chain", checkChain],
  ["heads", checkHeads],
  ["acts", checkActs],
];
const COMPLETE = [
  ["bundle", checkBundle],
  ["seed", checkSeed],
  ["receipts", checkReceipts],
  ["weights", checkWeights],
  ["count", checkCount],
  ["firmness", checkFirmness],
];

/** Which file is of a version that is not known here; null where all are known. */
function unknownVersion(box) {
  for (const [file, known] of Object.entries(VERSIONS)) {
    let said;
    try {
      if (!box.files.has(file)) continue;
      said = string(at(box.json(file), "format"));
    } catch (error) {
      if (error instanceof Differs || error instanceof Unreadable) continue;
      throw error;
    }
    if (!known.includes(said) && said.split("/")[0] === known[0].split("/")[0]) {
      return { file, found: said, known: known.join(", ") };
    }
  }
  try {
    const strange = partsTold(box.json("archive.json")).filter((name) => !EXTRAS.has(name));
    if (strange.length) return { file: "archive.json", found: strange[0], known: [...EXTRAS.keys()].join(", ") };
  } catch (error) {
    if (!(error instanceof Differs || error instanceof Unreadable)) throw error;
  }
  return null;
}

function checksFor(box) {
  let complete;
  let votes = false;
  let bound = false;
  let withPanel = false;
  let parts = [];
  let outside = false;
  try {
    const about = box.json("archive.json");
    complete = truthy(maybe(about, "complete"));
    votes = truthy(maybe(about, "votes"));
    bound = isBound(about);
    parts = partsTold(about);
    outside = maybe(about, "cast") === "outside";
    withPanel = complete && mapOf(at(box.json("bundle.json"), "rules")).has("panel");
  } catch (error) {
    if (!(error instanceof Differs || error instanceof Unreadable)) throw error;
    complete = box.files.has("bundle.json");
    votes = bound = withPanel = false;
    parts = [];
    outside = false;
  }
  const checks = [...FIRST];
  if (parts.includes("checkpoints")) checks.push(["checkpoints", checkCheckpoints]);
  if (parts.includes("stamps")) checks.push(["stamps", checkStamps]);
  if (bound) checks.push(["bound", checkBound]);
  if (!complete) checks.push(["public", checkPublic]);
  else {
    const there = (file) => box.files.has(file);
    for (const check of COMPLETE) {
      checks.push(check);
      if (check[0] === "receipts" && there("excluded.csv")) checks.push(["excluded", checkExcluded]);
    }
    if (votes) checks.push(["votes", checkVotes]);
    else if (outside) checks.push(["votes", checkOutside]);
    if (there("robustness.json")) checks.push(["robustness", checkRobustness]);
    if (there("public.json")) checks.push(["figures", checkFigures]);
  }
  if (withPanel) checks.push(["panel", checkPanel]);
  if (parts.includes("panel")) checks.push(["seated", checkSeated]);
  if (box.heldHeads.length || box.heldSums.length) checks.push(["held", checkHeld]);
  return checks;
}

/** Heads and digests that the reader brings. */
function checkHeld(box) {
  const notes = [];
  const lower = box.heldHeads.map((root) => root.toLowerCase());
  const taken = new Map(box.heads.map((head) => [head.root, head.size]));
  for (const [root, size] of sizesOf(box, lower.filter((root) => !taken.has(root)))) taken.set(root, size);
  box.heldHeads.forEach((root, place) => {
    need(taken.has(lower[place]), LOG, "--head", root, "head_unknown");
    notes.push(["held_head", { size: taken.get(lower[place]) }]);
  });
  const known = new Map([...box.listed.keys()].filter((name) => box.files.has(name)).map((name) => [digestOf(box.bytes(name)), name]));
  if (box.zipped) known.set(box.zipped, box.name);
  for (const digest of box.heldSums) {
    need(known.has(digest.toLowerCase()), box.name, "--sha256", digest, "sum_unknown");
    notes.push(["held_sum", { name: known.get(digest.toLowerCase()) }]);
  }
  return notes;
}

/**
 * Make every check that can be made. `show` is told of each as it ends; `pause` lets the page breathe.
 * What comes back: the first difference, if any, and whether something is left out for want of ballots.
 */
async function verified(box, show, pause = async () => {}) {
  const newer = unknownVersion(box);
  if (newer) {
    show({ mark: "no", title: "version", newer });
    return { first: { newer }, partial: false };
  }
  const checks = checksFor(box);
  let first = null;
  let unseen = null; // where nothing differs, but no witness signed the log since the closing
  for (const [place, [title, check]] of checks.entries()) {
    await pause(null, { title, place, number: checks.length });
    let line;
    try {
      const found = await check(box, (part) => pause(part, { title, place, number: checks.length }));
      const notes = title === "held" ? found : found[0] ? [found] : [];
      line = { mark: title === "public" ? "skip" : "ok", title, notes };
      if (found[0] === "unseen") Object.assign(line, { mark: "no", unseen: found[1] });
    } catch (error) {
      if (error instanceof Missing) line = { mark: "skip", title, notes: [["after", {}]], missing: true };
      else if (error instanceof Differs) line = { mark: "no", title, differs: { ...error } };
      else if (error instanceof NoArchive) throw error;
      // What cannot be read, and what breaks the machine's own rules on the way: the check does not hold.
      else line = { mark: "no", title, lacks: error instanceof Lacks ? short(error.message) : "" };
    }
    if (line.unseen) unseen = line;
    else if (line.mark === "no" || line.missing) first ??= line;
    show(line);
  }
  return { first: first ?? unseen, partial: checks.some(([title]) => title === "public") };
}

// ---- in words

function fill(text, values) {
  return text.replace(/\{([a-z]+)\}/g, (_, name) => (typeof values[name] === "string" ? plain(values[name]) : String(values[name])));
}

/** The words by language: in the page, each stands once, with what it is in every one. */
function wordsOf(data) {
  const languages = Object.keys(data.names);
  const of = (place) => Object.fromEntries(Object.entries(data.words).map(([code, said]) => [code, said[place]]));
  return Object.fromEntries(
    languages.map((language, place) => {
      const index = data.phrasesIn[language];
      const phrases = index === undefined ? [] : Object.entries(data.phrases).map(([text, said]) => [text, said[index]]);
      return [language, { ...of(place), phrases: new Map(phrases) }];
    }),
  );
}

/** A phrase in a language; as it is where it is none, such as a value of a file. */
function inWords(words, text) {
  const named = [];
  const shape = String(text).replace(/\S*[0-9.:/_]\S*/g, (each) => (named.push(each), "#"));
  const said = words.phrases.get(shape);
  if (said === undefined || shape.split("#").length - 1 !== named.length) return text;
  return said.replace(/#/g, () => named.shift());
}

function sentenceOf(words, line) {
  if (line.newer) return fill(words.newer, line.newer);
  if (line.differs) {
    const { file, place, expected, found } = line.differs;
    const brought = place === "--head" || place === "--sha256";
    const said = (text) => inWords(words, text);
    return fill(words.differs, { file, place: said(place), expected: said(expected), found: brought ? words[found] : said(found) });
  }
  if (line.lacks !== undefined) return fill(line.lacks ? words.no_field : words.no_sense, { what: line.lacks });
  return (line.notes ?? []).map(([code, values]) => fill(words[code], values)).join("; ");
}

function firstSentence(words, first) {
  if (first.newer) return `${words.version}: ${fill(words.newer, first.newer)}`;
  if (first.missing) return words.after;
  if (first.unseen) return fill(words.but_unseen, first.unseen);
  return `${words[first.title]}: ${sentenceOf(words, first)}`;
}
