// A price comparison's collector: a shop's catalogue comes page by page, each page naming the next.
// Operations: 20 categories of 2 to 9 pages, 14 ms of waiting and some 8 ms of JSON work a page.
// Models: fetch and await one by one; as many categories at once as may be under way.
'use strict';

const address = process.env.CORPUS_HTTP;
const categories = Array.from({ length: 20 }, (_, category) => category);
const countries = ['de', 'sv', 'fr', 'pl'];

function pagesOf(category) {
  return 2 + (category * 5) % 8;
}

// Offers as the shop tells them, and the number that asks for the page behind them.
async function pageGet(category, cursor) {
  const page = `/wait/14/10000?category=${category}&cursor=${cursor}`;
  const answer = await fetch(`http://${address}${page}`);
  if (!answer.ok) throw new Error(`category ${category}: ${answer.status}`);
  const numbers = await answer.json();
  const offers = numbers.map((number, at) => ({
    article: `A-${(number * 31 + at * 7) % 4093}`,
    cents: (number + at * 17) % 100000,
    country: countries[(number + at) % countries.length],
  }));
  return { offers, next: numbers[category % 32] };
}

// Keeps the cheapest offer of every article in every country.
function offersMerge(cheapest, offers) {
  for (const offer of offers) {
    const key = `${offer.country}/${offer.article}`;
    const known = cheapest.get(key);
    if (!known || offer.cents < known.cents) cheapest.set(key, offer);
  }
}

// The offers in order of articles, as text; returns a hash of that.
function offersDigest(cheapest) {
  const ordered = [...cheapest.entries()].sort(([one], [other]) => (one < other ? -1 : 1));
  const text = JSON.stringify(ordered);
  let hash = 0;
  for (let at = 0; at < text.length; at++) hash = (hash * 33 + text.charCodeAt(at)) >>> 0;
  return hash;
}

async function categoryCollect(category) {
  const cheapest = new Map();
  let cursor = 0;
  for (let page = 0; page < pagesOf(category); page++) {
    const { offers, next } = await pageGet(category, cursor);
    offersMerge(cheapest, offers);
    cursor = next;
  }
  return { articles: cheapest.size, hash: offersDigest(cheapest) };
}

async function sequential() {
  const collected = [];
  for (const category of categories) collected.push(await categoryCollect(category));
  return collected;
}

async function eventLoop(workers) {
  const collected = [];
  const waiting = categories.values();
  async function next() {
    for (const category of waiting) collected.push(await categoryCollect(category));
  }
  await Promise.all(Array.from({ length: workers || categories.length }, next));
  return collected;
}

const models = { sequential, 'event-loop': eventLoop };
const [model, workers] = process.argv.slice(2);

if (model === '--models') {
  console.log(Object.keys(models).join(' '));
} else {
  models[model](Number(workers)).then((collected) => {
    const articles = collected.reduce((sum, one) => sum + one.articles, 0);
    console.log(articles, collected.reduce((sum, one) => sum + one.hash, 0));
  });
}
