# An import of user accounts from an old system: each one's secret is hashed anew as is safe today.
# Operations: 36 accounts, hashlib.scrypt with 16 MB each, some 50 ms; it releases the GIL.
# Models: a loop, a ThreadPoolExecutor with futures, a ProcessPoolExecutor.
import base64
import concurrent.futures
import hashlib
import sys

ACCOUNTS = [{"name": "user%03d" % number, "md5": hashlib.md5(b"%d" % number).hexdigest()}
            for number in range(36)]
COST, BLOCK, LANES = 1 << 14, 8, 1


def account_secure(account):
  """The old hash becomes what is hashed: nobody has to choose a new password."""
  salt = hashlib.sha256(account["name"].encode()).digest()[:16]
  key = hashlib.scrypt(account["md5"].encode(), salt=salt, n=COST, r=BLOCK, p=LANES, dklen=32)
  words = (base64.b64encode(part).decode() for part in (salt, key))
  return account["name"], "$scrypt$%d$%d$%d$%s$%s" % (COST, BLOCK, LANES, *words)


def sequential(_):
  return [account_secure(account) for account in ACCOUNTS]


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    futures = [pool.submit(account_secure, account) for account in ACCOUNTS]
    return [done.result() for done in concurrent.futures.as_completed(futures)]


def processes(workers):
  with concurrent.futures.ProcessPoolExecutor(workers) as pool:
    return list(pool.map(account_secure, ACCOUNTS))


def main(model, workers):
  secured = dict(sorted(model(workers)))
  print("%d accounts, %s" % (len(secured), hashlib.sha256(repr(secured).encode()).hexdigest()[:16]))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    main(MODELS[sys.argv[1]], int(sys.argv[2]))
