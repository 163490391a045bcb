// A renderer of the Mandelbrot set that counts, strip by strip, how far the points get.
// Operations: 24 strips, uneven ones: most computing is in the middle, 60 ms on average.
// Models: a loop, worker_threads and child_process.fork that are sent a strip after the other.
'use strict';

const childProcess = require('child_process');
const workerThreads = require('worker_threads');

const STRIPS = 24;
const WIDTH = 600;
const HEIGHT = 960;
const LIMIT = 4500;

function pointSteps(x, y) {
  let re = 0;
  let im = 0;
  let steps = 0;
  for (; steps < LIMIT && re * re + im * im < 4; steps++) {
    [re, im] = [re * re - im * im + x, 2 * re * im + y];
  }
  return steps;
}

function stripRender(strip) {
  let sum = 0;
  for (let row = strip * HEIGHT / STRIPS; row < (strip + 1) * HEIGHT / STRIPS; row++) {
    for (let column = 0; column < WIDTH; column++) {
      sum += pointSteps(column * 3 / WIDTH - 2.2, row * 2 / HEIGHT - 1) * (1 + row % 7);
    }
  }
  return sum;
}

function sequential() {
  let total = 0;
  for (let strip = 0; strip < STRIPS; strip++) total += stripRender(strip);
  console.log(total);
}

// Gives each worker its next strip when it has answered, and prints when all have.
function stripsShare(workers, post) {
  let next = 0;
  let answered = 0;
  let total = 0;
  function answeredBy(worker, end) {
    return (sum) => {
      total += sum;
      if (++answered === STRIPS) console.log(total);
      if (next < STRIPS) post(worker, next++);
      else end();
    };
  }
  return { begin: (worker) => post(worker, next++), answeredBy, count: Math.min(workers, STRIPS) };
}

function threads(workers) {
  const share = stripsShare(workers, (worker, strip) => worker.postMessage(strip));
  for (let i = 0; i < share.count; i++) {
    const worker = new workerThreads.Worker(__filename);
    worker.on('message', share.answeredBy(worker, () => worker.terminate()));
    share.begin(worker);
  }
}

function processes(workers) {
  const share = stripsShare(workers, (child, strip) => child.send(strip));
  for (let i = 0; i < share.count; i++) {
    const child = childProcess.fork(__filename, ['child']);
    child.on('message', share.answeredBy(child, () => child.disconnect()));
    share.begin(child);
  }
}

const models = { sequential, threads, processes };
const [model, workers] = process.argv.slice(2);

if (!workerThreads.isMainThread) {
  const { parentPort } = workerThreads;
  parentPort.on('message', (strip) => parentPort.postMessage(stripRender(strip)));
} else if (model === 'child') {
  process.on('message', (strip) => process.send(stripRender(strip)));
} else if (model === '--models') {
  console.log(Object.keys(models).join(' '));
} else {
  models[model](Number(workers));
}
