"""`python -m tests.audit.appender URL ACKNOWLEDGED NAME`: appends until it is killed.

Each acknowledgement is on the disk, in the file ACKNOWLEDGED, before it counts; then one byte goes to the output.
An entry of unknown outcome is appended again under the same id, until it is acknowledged or known already.
"""

import asyncio
import json
import os
import sys
from itertools import count

from audit.checkpoint import Receipt
from audit.ledger import Ledger
from audit.refusals import Duplicate, LedgerDown
from tests.audit.entries import entry
from tests.audit.oracle import SIGNER

TASKS = 24


async def main(url: str, path: str, name: str) -> None:
    ledger = Ledger(url, SIGNER)
    await ledger.open()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    await asyncio.gather(*(work(ledger, file, f"{name}-{task}") for task in range(TASKS)))


async def work(ledger: Ledger, file: int, name: str) -> None:
    for number in count():
        acknowledge(file, f"{name}-{number}", await insist(ledger, f"{name}-{number}"))


async def insist(ledger: Ledger, name: str) -> Receipt | None:
    """The entry's receipt; None when it was there already, from an attempt whose outcome was not known."""
    while True:
        try:
            return await ledger.append(entry(name))
        except Duplicate:
            return None
        except LedgerDown:
            await asyncio.sleep(0.01)


def acknowledge(file: int, name: str, receipt: Receipt | None) -> None:
    known = {} if receipt is None else {"index": receipt.index, "checkpoint": receipt.checkpoint}
    os.write(file, json.dumps({"id": name, **known}).encode() + b"\n")
    os.fsync(file)
    os.write(1, b".")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
