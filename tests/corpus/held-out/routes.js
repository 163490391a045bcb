// A parcel service's planner: from each depot, the shortest ways to everywhere in a city.
// Operations: 180 depots, Dijkstra's algorithm over 48,400 crossings with a heap, some 16 ms each.
// Models: a loop, worker_threads that are given the map, forked processes that make it themselves.
'use strict';

const { fork } = require('node:child_process');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const SIDE = 220;
const CROSSINGS = SIDE * SIDE;
const DEPOTS = 180;
const STEPS = [-SIDE, -1, 1, SIDE]; // to a crossing's neighbours

// Seconds from each crossing to its four neighbours; 0: no street. Some streets are one-way.
function streetsMake() {
  const seconds = new Uint16Array(CROSSINGS * STEPS.length);
  let state = 2463534242;
  for (let from = 0; from < CROSSINGS; from++) {
    for (let step = 0; step < STEPS.length; step++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      const to = from + STEPS[step];
      const leaves = to < 0 || to >= CROSSINGS
        || (Math.abs(STEPS[step]) === 1 && Math.floor(to / SIDE) !== Math.floor(from / SIDE));
      if (!leaves && state >>> 29 !== 0) seconds[from * STEPS.length + step] = 10 + (state >>> 24);
    }
  }
  return seconds;
}

// A binary heap of [time, crossing], as two arrays.
class Heap {
  constructor() {
    this.times = [];
    this.crossings = [];
  }

  get size() {
    return this.times.length;
  }

  put(at, time, crossing) {
    this.times[at] = time;
    this.crossings[at] = crossing;
  }

  push(time, crossing) {
    let at = this.size;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.times[parent] <= time) break;
      this.put(at, this.times[parent], this.crossings[parent]);
      at = parent;
    }
    this.put(at, time, crossing);
  }

  pop() {
    const first = [this.times[0], this.crossings[0]];
    const time = this.times.pop();
    const crossing = this.crossings.pop();
    let at = 0;
    for (let child = 1; child < this.size; child = 2 * at + 1) {
      if (child + 1 < this.size && this.times[child + 1] < this.times[child]) child++;
      if (this.times[child] >= time) break;
      this.put(at, this.times[child], this.crossings[child]);
      at = child;
    }
    if (this.size) this.put(at, time, crossing);
    return first;
  }
}

// How many crossings can be reached from a depot, and how long they take in all.
function depotPlan(streets, depot) {
  const best = new Float64Array(CROSSINGS).fill(Infinity);
  const heap = new Heap();
  let reached = 0;
  let total = 0;
  const start = (depot * 7919 + 1234) % CROSSINGS;
  best[start] = 0;
  heap.push(0, start);
  while (heap.size) {
    const [time, from] = heap.pop();
    if (time > best[from]) continue;
    reached++;
    total += time;
    for (let step = 0; step < STEPS.length; step++) {
      const street = streets[from * STEPS.length + step];
      const to = from + STEPS[step];
      if (street && time + street < best[to]) {
        best[to] = time + street;
        heap.push(best[to], to);
      }
    }
  }
  return { depot, reached, total };
}

const depots = Array.from({ length: DEPOTS }, (_, depot) => depot);

function sequential() {
  const streets = streetsMake();
  return depots.map((depot) => depotPlan(streets, depot));
}

// Each worker says what it has planned and is sent its next depot, until there is none.
function depotsShare(workers, start, send) {
  const waiting = depots.values();
  const plans = [];
  const serve = () => new Promise((resolve, reject) => {
    const worker = start();
    const next = () => {
      const { value, done } = waiting.next();
      send(worker, done ? null : value);
    };
    worker.on('message', (plan) => {
      plans.push(plan);
      next();
    });
    worker.on('error', reject);
    worker.on('exit', resolve);
    next();
  });
  return Promise.all(Array.from({ length: workers }, serve)).then(() => plans);
}

function threads(workers) {
  const streets = streetsMake();
  return depotsShare(workers, () => new Worker(__filename, { workerData: streets }),
    (worker, depot) => worker.postMessage(depot));
}

function processes(workers) {
  return depotsShare(workers, () => fork(__filename, ['planner']),
    (child, depot) => child.send({ depot }));
}

const models = { sequential, threads, processes };
const [model, workers] = process.argv.slice(2);

async function main() {
  const plans = await models[model](Number(workers));
  const reached = plans.reduce((sum, plan) => sum + plan.reached, 0);
  const total = plans.reduce((sum, plan) => sum + plan.total * (1 + (plan.depot % 9)), 0);
  console.log(`${plans.length} depots, ${reached} ways, ${total} s`);
}

if (!isMainThread) {
  parentPort.on('message', (depot) => {
    if (depot === null) parentPort.close();
    else parentPort.postMessage(depotPlan(workerData, depot));
  });
} else if (model === 'planner') {
  const streets = streetsMake();
  process.on('message', ({ depot }) => {
    if (depot === null) process.disconnect();
    else process.send(depotPlan(streets, depot));
  });
} else if (model === '--models') {
  console.log(Object.keys(models).join(' '));
} else {
  main();
}
