// An event loop that computes: requests come in every few milliseconds, and now and then one of
// them hashes a password with the synchronous call. All others wait for it meanwhile.
//
// concadvise says: fix the event loop (loop-blocked). It wants crypto.pbkdf2() with a callback, or
// the computing in a worker thread (node:worker_threads).
//
// Usage: node blocking.mjs [SECONDS]
import { pbkdf2Sync } from "node:crypto";

const [seconds = 3] = process.argv.slice(2).map(Number);
const ITERATIONS = 1000000; // some 200 ms of computing
let requests = 0;

const request = setInterval(() => requests++, 5);
const login = setInterval(() => pbkdf2Sync("password", "salt", ITERATIONS, 32, "sha256"), 400);

setTimeout(() => {
  clearInterval(request);
  clearInterval(login);
  console.log(requests, "requests; with a free loop there would have been about", seconds * 200);
}, seconds * 1000);
