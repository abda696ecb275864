// Searches in the reader's browser: nobody learns what is looked for. The index lies in search/<n>.json, the highest
// number the newest, in each the newest item first, and as much of it is loaded as it takes. Words of items are only
// ever set as text.
"use strict";

const form = document.getElementById("search");
const field = form.elements.q;
const status = document.getElementById("found");
const list = document.getElementById("results");
const says = form.dataset;
const ENOUGH = 20;

const shards = new Map();
let asked = 0;

const folded = (words) => words.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const wordsOf = (query) => folded(query).match(/[\p{L}\p{N}_]+/gu) ?? [];
const has = (item, words) => words.every((word) => item.w.includes(word));

async function shard(number) {
  // From a disk a page may read no other file.
  if (location.protocol === "file:") throw new Error("no server");
  if (!shards.has(number)) {
    const answer = await fetch(`${number}.json`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    shards.set(number, await answer.json());
  }
  return shards.get(number);
}

function element(name, words, language) {
  const made = document.createElement(name);
  made.textContent = words;
  if (language) made.lang = language;
  return made;
}

// Every word that was looked for marked.
function marked(said, words) {
  return said.split(/([\p{L}\p{N}\p{M}_]+)/u).map((piece, n) => {
    const found = n % 2 && words.some((word) => folded(piece).includes(word));
    return found ? element("mark", piece) : piece;
  });
}

function card(item, words) {
  const link = element("a", "");
  link.append(...marked(item.h, words));
  link.href = `../${item.a}`;
  const heading = element("h2", "", item.l);
  heading.append(link);
  const day = new Intl.DateTimeFormat(says.language, { dateStyle: "long", timeZone: says.timezone });
  const date = item.d ? element("time", day.format(new Date(item.d))) : element("span", says.undated, says.words);
  if (item.d) date.dateTime = item.d;
  const about = element("p", "");
  about.className = "meta";
  about.append(date, ...(item.t.length ? [` · ${item.t.join(", ")}`] : []));
  const made = element("li", "");
  made.className = "card";
  made.append(heading, about);
  if (item.n) {
    const note = element("p", "", item.l);
    note.className = "summary";
    note.append(...marked(item.n, words));
    made.append(note);
  }
  return made;
}

function tell(words) {
  status.replaceChildren(element("span", words, says.words));
}

async function search(query) {
  const mine = ++asked;
  const words = wordsOf(query);
  list.replaceChildren();
  status.replaceChildren();
  document.getElementById("more")?.remove();
  if (!words.length) {
    if (query.trim()) tell(says.none);
    return;
  }
  tell(says.searching);
  await more({ mine, words, number: Number(says.shards), waiting: [], shown: 0 });
}

// Shows the next few; goes on from shard to older shard only as far as that takes.
async function more(hunt) {
  try {
    while (hunt.number > 0 && hunt.waiting.length < ENOUGH) {
      const items = await shard(hunt.number);
      if (hunt.mine !== asked) return;
      hunt.waiting.push(...items.filter((item) => has(item, hunt.words)));
      hunt.number -= 1;
    }
  } catch {
    if (hunt.mine === asked) tell(says.failed);
    return;
  }
  const known = hunt.shown + hunt.waiting.length;
  const cards = hunt.waiting.splice(0, ENOUGH).map((item) => card(item, hunt.words));
  list.append(...cards);
  tell(known ? says.found.replace("{count}", `${known}${hunt.number > 0 ? "+" : ""}`) : says.none);
  if (hunt.shown) cards[0]?.querySelector("a").focus();
  hunt.shown += cards.length;
  if (hunt.number > 0 || hunt.waiting.length) list.after(older(() => more(hunt)));
}

function older(then) {
  const button = element("button", says.older, says.words);
  button.type = "button";
  button.id = "more";
  button.addEventListener("click", () => {
    button.remove();
    then();
  });
  return button;
}

function show(query) {
  document.title = document.title.replace(/^(?:.* · )?/, query ? `${query} · ` : "");
  return search(query);
}

form.hidden = false;
document.getElementById("without").hidden = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `?q=${encodeURIComponent(field.value)}`);
  show(field.value);
});
let typing;
field.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => show(field.value), 250);
});
field.value = new URLSearchParams(location.search).get("q") ?? "";
show(field.value);
