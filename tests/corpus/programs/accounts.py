# Stands for: the monthly run that makes one account statement per customer of a bank.
# An operation is one statement: ask the booking service for the month, compute daily interest
# in decimals, and lay out the text. Customers with many bookings cost more than others.
import asyncio
import json
import os
import socket
import sys
import zlib
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from decimal import Decimal

MODELS = ["sequential", "threads", "processes", "event-loop", "hybrid"]
CENT = Decimal("0.01")
TRACE = Decimal("1E-12")
KINDS = ["card", "transfer", "fee", "salary"]
CUSTOMERS = 52


def service():
    host, port = os.environ["CORPUS_LINE"].rsplit(":", 1)
    return host, int(port)


def query(customer):
    """How long the service takes and how much it answers depends on the customer."""
    return f"{8 + customer * 13 % 15} {1000 + customer * 37 % 400 * 8}\n".encode()


def bookings_load(customer):
    with socket.create_connection(service()) as connection:
        connection.sendall(query(customer))
        with connection.makefile("rb") as answers:
            return json.loads(answers.readline())


async def bookings_load_async(customer):
    reader, writer = await asyncio.open_connection(*service(), limit=1 << 20)
    writer.write(query(customer))
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return json.loads(answer)


def statement(customer, numbers):
    bookings = sorted((number % 30 + 1, KINDS[position % len(KINDS)],
                       Decimal(number % 90_001 - 44_000).scaleb(-2))
                      for position, number in enumerate(numbers))
    balance = opening = Decimal("1250.00")
    interest = Decimal(0)
    lines = [f"Statement for customer {customer:06d}", f"{'opening balance':<40}{opening:>14}"]
    position = 0
    for day in range(1, 31):
        while position < len(bookings) and bookings[position][0] == day:
            _, kind, amount = bookings[position]
            balance += amount
            lines.append(f"{day:>2}.  {kind:<36}{amount:>14,.2f}{balance:>16,.2f}")
            position += 1
        rate = Decimal("0.119") if balance < 0 else Decimal("0.0125")
        # Compounded hourly, as the contract has it.
        for _ in range(24 * 12):
            interest += ((balance + interest) * rate / 105120).quantize(TRACE)
    lines.append(f"{'interest':<40}{interest.quantize(CENT):>14}")
    lines.append(f"{'closing balance':<40}{(balance + interest).quantize(CENT):>14}")
    return "\n".join(lines)


def make(customer):
    return statement(customer, bookings_load(customer))


async def make_async(customer, gate):
    async with gate:
        return statement(customer, await bookings_load_async(customer))


async def make_all(customers, limit):
    gate = asyncio.Semaphore(limit or len(customers))
    return await asyncio.gather(*(make_async(c, gate) for c in customers))


def make_part(customers):
    return asyncio.run(make_all(customers, 0))


def run(model, workers, customers):
    if model == "threads":
        with ThreadPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(make, customers))
    if model == "processes":
        with ProcessPoolExecutor(max_workers=workers) as pool:
            return list(pool.map(make, customers))
    if model == "hybrid":
        with ProcessPoolExecutor(max_workers=workers) as pool:
            parts = list(pool.map(make_part, [customers[i::workers] for i in range(workers)]))
        return [parts[i % workers][i // workers] for i in range(len(customers))]
    if model == "event-loop":
        return asyncio.run(make_all(customers, workers))
    return [make(customer) for customer in customers]


def main():
    if sys.argv[1:] == ["--models"]:
        print(*MODELS)
        return
    statements = run(sys.argv[1], int(sys.argv[2]), range(CUSTOMERS))
    digest = zlib.crc32("\f".join(statements).encode())
    print(f"{len(statements)} statements, {digest:08x}")


if __name__ == "__main__":
    main()
