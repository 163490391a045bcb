// Fetches pages from a server that takes its time, all at once.
//
// concadvise says: keep the event loop (io-bound). The waits overlap, and the loop is seldom busy.
//
// Usage: node fetch.mjs [PAGES] [DELAY_MS] [ROUNDS]
import { fork } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { fileURLToPath } from "node:url";

const [pages = 40, delayMs = 250, rounds = 8] = process.argv.slice(2).map(Number);

function serve() {
  const server = http.createServer((request, response) => {
    setTimeout(() => response.end("hello\n"), delayMs);
  });
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.on("disconnect", () => process.exit());
}

async function get(url) {
  return (await fetch(url)).text();
}

async function main() {
  const server = fork(fileURLToPath(import.meta.url), process.argv.slice(2),
    { env: { ...process.env, FETCH_SERVES: "1" } });
  const [port] = await once(server, "message");
  for (let round = 0; round < rounds; round++) {
    const urls = Array.from({ length: pages }, (_, n) => `http://127.0.0.1:${port}/${n}`);
    const texts = await Promise.all(urls.map(get));
    console.log(texts.length, "pages");
  }
  server.disconnect();
}

process.env.FETCH_SERVES ? serve() : await main();
