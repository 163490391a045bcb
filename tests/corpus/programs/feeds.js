// A feed reader's server side: it fetches feeds as JSON, sorts, groups and writes them anew.
// Operations: 50 feeds, 25 ms of waiting and about 5 ms of JSON and array work each.
// Models: await one by one, batches of Promise.all as large as may be under way.
'use strict';

const http = require('http');

const [host, port] = (process.env.CORPUS_HTTP || ':').split(':');
const feeds = Array.from({ length: 50 }, (_, feed) => `/wait/25/45000?feed=${feed}`);
const agent = new http.Agent({ keepAlive: true });

function feedGet(path) {
  return new Promise((resolve, reject) => {
    http.get({ host, port, path, agent }, (answer) => {
      const pieces = [];
      answer.on('data', (piece) => pieces.push(piece));
      answer.on('end', () => resolve(Buffer.concat(pieces).toString()));
    }).on('error', reject);
  });
}

// The feed's entries in order of time, grouped by day, as text again; returns a hash of that.
function feedDigest(text) {
  const days = {};
  const entries = JSON.parse(text).map((id, at) => ({ id, at: (id * 31 + at) % 86413 }));
  entries.sort((one, other) => one.at - other.at || one.id - other.id);
  for (const entry of entries) (days[entry.at >> 10] ||= []).push(entry);
  const written = JSON.stringify(days);
  let hash = 0;
  for (let i = 0; i < written.length; i += 3) hash = (hash * 31 + written.charCodeAt(i)) | 0;
  return hash >>> 0;
}

async function feedRead(path) {
  return feedDigest(await feedGet(path));
}

async function sequential() {
  let total = 0;
  for (const path of feeds) total += await feedRead(path);
  return total;
}

async function eventLoop(workers) {
  const batch = workers || feeds.length;
  let total = 0;
  for (let first = 0; first < feeds.length; first += batch) {
    const hashes = await Promise.all(feeds.slice(first, first + batch).map(feedRead));
    for (const hash of hashes) total += hash;
  }
  return total;
}

const models = { sequential, 'event-loop': eventLoop };
const [model, workers] = process.argv.slice(2);

if (model === '--models') {
  console.log(Object.keys(models).join(' '));
} else {
  models[model](Number(workers)).then((total) => {
    console.log(total);
    agent.destroy();
  });
}
