// Stands for: a mailer that sends a newsletter, each copy made for its reader.
// An operation is one mail: open a session, render and encode the text, then a dialogue of several
// steps with the mail server, in which each step waits for the answer to the one before.
'use strict';
const crypto = require('node:crypto');
const net = require('node:net');
const readline = require('node:readline');
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');

const MODELS = ['sequential', 'threads', 'event-loop'];
const MAILS = 70;
const [HOST, PORT] = (process.env.CORPUS_LINE || '127.0.0.1:0').split(':');

const PARAGRAPH = 'Dear {name}, your {plan} plan renews on {date}. Grüße aus Köln – 5 = 2 + 3. ';

function render(reader) {
  const fields = { name: `Reader ${reader}`, plan: ['free', 'plus', 'team'][reader % 3],
    date: `${1 + (reader % 28)} May` };
  let text = '';
  for (let i = 0; i < 260 + (reader % 5) * 40; i++) {
    text += PARAGRAPH.replace(/\{(\w+)\}/g, (_, field) => fields[field]);
    if (i % 4 === 3) text += '\n';
  }
  return text;
}

/** Quoted-printable, as RFC 2045 has it: lines of at most 76 characters. */
function encode(text) {
  const lines = [];
  let line = '';
  for (const byte of Buffer.from(text)) {
    if (byte === 10) {
      lines.push(line);
      line = '';
      continue;
    }
    const plain = byte >= 32 && byte < 127 && byte !== 61;
    const symbol = plain ? String.fromCharCode(byte)
      : '=' + byte.toString(16).toUpperCase().padStart(2, '0');
    if (line.length + symbol.length > 75) {
      lines.push(line + '=');
      line = '';
    }
    line += symbol;
  }
  lines.push(line);
  return lines.join('\r\n');
}

/** One session: how long each step takes the server, and how much it answers. */
function dialogue(reader, bytes) {
  const accept = 3 + Math.floor(bytes / 20000);
  return ['2 60', '1 30', `${1 + (reader % 3)} 30`, `${accept} 80`, '1 20'];
}

async function send(reader) {
  const socket = net.connect(Number(PORT), HOST);
  const answers = readline.createInterface({ input: socket })[Symbol.asyncIterator]();
  const mail = encode(render(reader));
  const signature = crypto.createHash('sha256').update(mail).digest('hex');
  let answered = 0;
  for (const step of dialogue(reader, mail.length)) {
    socket.write(step + '\n');
    answered += (await answers.next()).value.length;
  }
  socket.destroy();
  return { signature, answered };
}

async function sendInTurn(readers) {
  const results = [];
  for (const reader of readers) results.push(await send(reader));
  return results;
}

/** At most `limit` sessions at once: that many loops share one list of readers. */
async function sendTogether(readers, limit) {
  const results = [];
  const waiting = readers.entries();
  const loop = async () => {
    for (const [index, reader] of waiting) results[index] = await send(reader);
  };
  await Promise.all(Array.from({ length: limit || readers.length }, loop));
  return results;
}

function sendInWorker(readers) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: readers });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function sendInThreads(readers, workers) {
  const shares = Array.from({ length: workers },
    (_, worker) => readers.filter((reader) => reader % workers === worker));
  const parts = await Promise.all(shares.map(sendInWorker));
  return readers.map((reader) => parts[reader % workers][Math.floor(reader / workers)]);
}

async function main([model, workers]) {
  if (model === '--models') {
    console.log(MODELS.join(' '));
    return;
  }
  const readers = Array.from({ length: MAILS }, (_, reader) => reader);
  const send = { threads: sendInThreads, 'event-loop': sendTogether }[model] || sendInTurn;
  const results = await send(readers, Number(workers));
  const digest = crypto.createHash('sha256').update(JSON.stringify(results)).digest('hex');
  console.log(`${results.length} mails, ${digest.slice(0, 16)}`);
}

if (isMainThread) main(process.argv.slice(2));
else sendInTurn(workerData).then((results) => parentPort.postMessage(results));
