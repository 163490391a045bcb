// A backend-for-frontend that collects an answer of an upstream for every part of a page.
// Operations: 40 fetches that wait 50 ms each, hardly any computing.
// Models: await one by one, or Promise.all over as many asynchronous workers as may be under way.
'use strict';

const address = process.env.CORPUS_HTTP;
const parts = Array.from({ length: 40 }, (_, part) => `/wait/50/3000?part=${part}`);

async function partFetch(path) {
  const answer = await fetch(`http://${address}${path}`);
  const numbers = await answer.json();
  return numbers.reduce((sum, number) => sum + number, 0);
}

async function sequential() {
  let total = 0;
  for (const path of parts) total += await partFetch(path);
  return total;
}

async function eventLoop(workers) {
  const left = parts.values();
  let total = 0;
  async function worker() {
    for (const path of left) {
      const sum = await partFetch(path);
      total += sum;
    }
  }
  await Promise.all(Array.from({ length: workers || parts.length }, worker));
  return total;
}

const models = { sequential, 'event-loop': eventLoop };
const [model, workers] = process.argv.slice(2);

if (model === '--models') console.log(Object.keys(models).join(' '));
else models[model](Number(workers)).then(console.log);
