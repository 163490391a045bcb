# A booking program that checks and sums many small accounts, each of them a matter of a moment.
# Operations: 6000 accounts of about 0.4 ms of pure-Python computing each.
# Models: a loop, a ThreadPoolExecutor, a multiprocessing.Pool with its usual chunks.
import concurrent.futures
import multiprocessing
import sys

ACCOUNTS, BOOKINGS = 6000, 1200


def account_sum(account):
  """Balance, turnover and check digits of one account's bookings, in cents."""
  balance = turnover = check = 0
  amount = account * 7919 + 17
  for _ in range(BOOKINGS):
    amount = (amount * 1103515245 + 12345) & 0x7FFFFFFF
    cents = amount % 20001 - 10000
    balance += cents
    turnover += cents if cents > 0 else -cents
    check = (check * 10 + cents) % 97
  return balance, turnover, check


def accounts_add(sums):
  balance, turnover, check = map(sum, zip(*sums))
  return "%d %d %d" % (balance, turnover, check)


def sequential(_):
  return accounts_add(account_sum(account) for account in range(ACCOUNTS))


def threads(workers):
  with concurrent.futures.ThreadPoolExecutor(workers) as pool:
    return accounts_add(pool.map(account_sum, range(ACCOUNTS)))


def processes(workers):
  with multiprocessing.Pool(workers) as pool:
    return accounts_add(pool.map(account_sum, range(ACCOUNTS)))


MODELS = {"sequential": sequential, "threads": threads, "processes": processes}

if __name__ == "__main__":
  if sys.argv[1] == "--models":
    print(*MODELS)
  else:
    print(MODELS[sys.argv[1]](int(sys.argv[2])))
