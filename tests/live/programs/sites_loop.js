/*
 * sites_loop: a Node server with clients, and what its loop is blocked by now and then.
 *
 * Prints the function's name, the line on which it begins (which is what runtimes tell), count and
 * seconds, by its own clock. readFileSync reads a FIFO that another process takes its time with.
 *
 * Usage: node sites_loop.js hashes|reads|keepsOff SECONDS
 */
const { execFileSync, spawn } = require("child_process");
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");

const spent = [];
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "sites-"));
const fifo = path.join(folder, "fifo");
const end = Date.now() + 1000 * +process.argv[3];

function hashes() {
  const begun = performance.now();
  crypto.pbkdf2Sync("password", "salt", 400000, 64, "sha512");
  spent.push((performance.now() - begun) / 1000);
}

function reads() {
  const begun = performance.now();
  fs.readFileSync(fifo);
  spent.push((performance.now() - begun) / 1000);
}

function keepsOff() {
  crypto.pbkdf2("password", "salt", 3000, 64, "sha512", () => {});
}

const works = { hashes, reads, keepsOff };
const work = works[process.argv[2]];

function lineOf(name) {
  const lines = fs.readFileSync(__filename, "utf8").split("\n");
  return lines.findIndex((line) => line.startsWith(`function ${name}(`)) + 1;
}

function finish(server, writer) {
  if (writer) writer.kill();
  server.close();
  fs.rmSync(folder, { recursive: true });
  console.log(JSON.stringify({
    function: work.name, line: lineOf(work.name), count: spent.length,
    seconds: spent.reduce((a, b) => a + b, 0), longest: Math.max(0, ...spent),
  }));
}

function ask(port) {
  if (Date.now() > end) return;
  http.get({ port, host: "127.0.0.1", agent: false }, (response) => {
    response.resume();
    response.on("end", () => setTimeout(ask, 3, port));
  }).on("error", () => {});
}

if (work === reads) execFileSync("mkfifo", [fifo]);
// Who reads sees the end only if nobody has opened it anew by then.
const writes = `while true; do { sleep 0.12; echo x; } > ${fifo}; sleep 0.05; done`;
const writer = work === reads ? spawn("sh", ["-c", writes]) : null;
const server = http.createServer((request, response) => response.end("ok"));
server.listen(0, "127.0.0.1", () => {
  for (let i = 0; i < 3; i++) ask(server.address().port);
});

function disturb() {
  if (Date.now() > end) {
    finish(server, writer);
  } else {
    work();
    setTimeout(disturb, 100);
  }
}

setTimeout(disturb, 100);
