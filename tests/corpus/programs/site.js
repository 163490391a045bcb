// Stands for: a static site generator that turns a folder of Markdown into pages ready to serve.
// An operation is one page: read the source, render it, write the page and its gzip copy.
// Rendering is JavaScript; compressing is the runtime's own code, with a pool of threads behind it.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { promisify } = require('node:util');
const zlib = require('node:zlib');
const { fork } = require('node:child_process');
const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const MODELS = ['sequential', 'threads', 'processes', 'event-loop'];
const PAGES = 480;
const ROOT = process.env.CORPUS_DIR || '.';
const COMPRESSION = { level: 9 };
const gzip = promisify(zlib.gzip);

/** Numbers that look random and are the same on each run. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state >>> 8;
  }
}

function sourceOf(page) {
  const random = numbers(page + 1);
  const next = (limit) => random.next().value % limit;
  const words = (count) => Array.from({ length: count }, () => next(46656).toString(36)).join(' ');
  const lines = [`# Page ${page}`, ''];
  for (let block = 0; block < 90 + next(150); block++) {
    const kind = next(6);
    if (kind === 0) lines.push(`## ${words(4)}`);
    else if (kind === 1) for (let i = 0; i < 4; i++) lines.push(`- ${words(6)} **${words(2)}**`);
    else if (kind === 2) lines.push('```', words(8), `if (a < b && c) { ${words(3)} }`, '```');
    else lines.push(`${words(60)} *${words(2)}* and [${words(1)}](/${words(1)}) \`${words(1)}\`.`);
    lines.push('');
  }
  return lines.join('\n');
}

function sourcesWrite() {
  for (const folder of ['source', 'public']) {
    fs.mkdirSync(path.join(ROOT, folder), { recursive: true });
  }
  for (let page = 0; page < PAGES; page++) fs.writeFileSync(sourcePath(page), sourceOf(page));
}

const sourcePath = (page) => path.join(ROOT, 'source', `${page}.md`);
const publicPath = (page) => path.join(ROOT, 'public', `${page}.html`);

function escape(text) {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function inline(text) {
  return escape(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>')
    .replace(/\[([^\]]+)\]\(([^)]+)\)/g, '<a href="$2">$1</a>');
}

/** Marks up words that are a number or a keyword, letter by letter. */
function highlight(line) {
  let out = '';
  let word = '';
  for (const letter of line + ' ') {
    if (/[A-Za-z0-9_]/.test(letter)) {
      word += letter;
      continue;
    }
    if (/^\d+$/.test(word)) out += `<i class="n">${word}</i>`;
    else if (/^(if|for|while|return)$/.test(word)) out += `<b>${word}</b>`;
    else out += word;
    word = '';
    out += escape(letter);
  }
  return out;
}

function render(markdown) {
  const out = ['<!doctype html><meta charset="utf-8"><body>'];
  let code = false;
  let list = false;
  for (const line of markdown.split('\n')) {
    if (line === '```') {
      out.push(code ? '</pre>' : '<pre>');
      code = !code;
    } else if (code) {
      out.push(highlight(line));
    } else if (line.startsWith('- ')) {
      if (!list) out.push('<ul>');
      list = true;
      out.push(`<li>${inline(line.slice(2))}</li>`);
    } else {
      if (list) out.push('</ul>');
      list = false;
      const [, marks, rest] = /^(#{0,6})\s*(.*)$/.exec(line);
      if (marks) out.push(`<h${marks.length}>${inline(rest)}</h${marks.length}>`);
      else if (rest) out.push(`<p>${inline(rest)}</p>`);
    }
  }
  return out.join('\n');
}

const digestOf = (html) => crypto.createHash('sha1').update(html).digest('hex');

function build(page) {
  const html = render(fs.readFileSync(sourcePath(page), 'utf8'));
  fs.writeFileSync(publicPath(page), html);
  fs.writeFileSync(publicPath(page) + '.gz', zlib.gzipSync(html, COMPRESSION));
  return digestOf(html);
}

async function buildAsync(page) {
  const html = render(await fs.promises.readFile(sourcePath(page), 'utf8'));
  await fs.promises.writeFile(publicPath(page), html);
  await fs.promises.writeFile(publicPath(page) + '.gz', await gzip(html, COMPRESSION));
  return digestOf(html);
}

async function buildTogether(pages, limit) {
  const digests = [];
  const waiting = pages.values();
  const loop = async () => {
    for (const page of waiting) digests[page] = await buildAsync(page);
  };
  await Promise.all(Array.from({ length: limit || pages.length }, loop));
  return digests;
}

/** Gives each worker its next page when it has done one; `stop` ends one that has nothing to do. */
function buildWith(pages, workers, start, post, stop) {
  const digests = [];
  const waiting = pages.values();
  const serve = () => new Promise((resolve, reject) => {
    const worker = start();
    const give = () => {
      const { value, done } = waiting.next();
      if (!done) return post(worker, value);
      stop(worker);
      return resolve();
    };
    worker.on('message', ([page, digest]) => {
      digests[page] = digest;
      give();
    });
    worker.on('error', reject);
    give();
  });
  return Promise.all(Array.from({ length: workers }, serve)).then(() => digests);
}

const runs = {
  sequential: (pages) => pages.map(build),
  'event-loop': buildTogether,
  threads: (pages, workers) => buildWith(pages, workers, () => new Worker(__filename),
    (worker, page) => worker.postMessage(page), (worker) => worker.terminate()),
  processes: (pages, workers) => buildWith(pages, workers, () => fork(__filename, ['--build']),
    (worker, page) => worker.send(page), (worker) => worker.disconnect()),
};

async function main([model, workers]) {
  if (model === '--models') {
    console.log(MODELS.join(' '));
    return;
  }
  sourcesWrite();
  const pages = Array.from({ length: PAGES }, (_, page) => page);
  const digests = await runs[model](pages, Number(workers));
  const copies = pages.reduce((sum, page) => sum + fs.statSync(publicPath(page) + '.gz').size, 0);
  console.log(`${digests.length} pages, ${copies} bytes packed, ${digestOf(digests.join())}`);
}

if (!isMainThread) {
  parentPort.on('message', (page) => parentPort.postMessage([page, build(page)]));
} else if (process.argv[2] === '--build') {
  process.on('message', (page) => process.send([page, build(page)]));
} else {
  main(process.argv.slice(2));
}
