# An archiver that empties mailboxes over POP3 and files what each message and attachment is.
# Operations: 18 mailboxes of 1 to 9 messages; a dialogue of many short waits, and email's parser.
# Models: a loop with poplib, a ThreadPoolExecutor, a multiprocessing.Pool, POP3 on asyncio streams,
# and those in a Pool.
import asyncio
import concurrent.futures
import email.parser
import email.policy
import hashlib
import multiprocessing
import os
import poplib
import sys

HOST, PORT = os.environ.get("CORPUS_POST", ":").split(":")
NAMES = ["%s.%s" % (first, last) for last in ("abel", "brandt", "conti")
         for first in ("ada", "ben", "cleo", "dora", "egon", "finn")]
PARSER = email.parser.BytesParser(policy=email.policy.default)


def message_file(content):
  """An index card: subject, and kind, size and hash of each part."""
  message = PARSER.parsebytes(content)
  card = [message["Subject"], message["From"].addresses[0].domain]
  for part in message.iter_parts():
    held = part.get_content()
    held = held.encode() if isinstance(held, str) else held
    card.append((part.get_content_type(), len(held), hashlib.sha1(held).hexdigest()))
  return card


def mailbox_empty(name):
  box = poplib.POP3(HOST, int(PORT))
  box.user(name)
  box.pass_("secret")
  count, _ = box.stat()
  cards = [message_file(b"\r\n".join(box.retr(n + 1)[1])) for n in range(count)]
  box.quit()
  return name, cards


def sequential(_):
  return [mailbox_empty(name) for name in NAMES]


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return list(pool.map(mailbox_empty, NAMES))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return list(pool.imap(mailbox_empty, NAMES))


async def command_ask(reader, writer, command):
  writer.write(command.encode() + b"\r\n")
  return await reader.readline()


async def mailbox_stream(name, limit):
  async with limit:
    reader, writer = await asyncio.open_connection(HOST, PORT, limit=1 << 20)
    await reader.readline()
    await command_ask(reader, writer, "USER " + name)
    await command_ask(reader, writer, "PASS secret")
    count = int((await command_ask(reader, writer, "STAT")).split()[1])
    cards = []
    for number in range(1, count + 1):
      await command_ask(reader, writer, "RETR %d" % number)
      content = await reader.readuntil(b"\r\n.\r\n")
      cards.append(message_file(content.removesuffix(b"\r\n.\r\n")))
    await command_ask(reader, writer, "QUIT")
    writer.close()
    return name, cards


async def mailboxes_gather(workers, names=NAMES):
  limit = asyncio.Semaphore(workers or len(names))
  return await asyncio.gather(*[mailbox_stream(name, limit) for name in names])


def event_loop(workers):
  return asyncio.run(mailboxes_gather(workers))


def part_empty(names):
  return asyncio.run(mailboxes_gather(0, names))


def hybrid(workers):
  with multiprocessing.Pool(workers) as pool:
    parts = pool.map(part_empty, [NAMES[i::workers] for i in range(workers)])
  return [parts[i % workers][i // workers] for i in range(len(NAMES))]


def main(model, workers):
  filed = model(workers)
  print("%d messages, %s" % (sum(len(cards) for _, cards in filed),
                             hashlib.sha1(repr(filed).encode()).hexdigest()))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes,
          "event-loop": event_loop, "hybrid": hybrid}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
