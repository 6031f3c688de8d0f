"""The README's commands work as they stand, and its table of exit codes is the verifier's."""

import os
import re
import subprocess
import sys
from pathlib import Path

from audit.verify.faults import Fault

ROOT = Path(__file__).parents[2]
README = (ROOT / "audit" / "README.md").read_text(encoding="utf-8")


def test_checking_a_receipt_prints_what_the_readme_says(tmp_path: Path) -> None:
    script, printed = re.findall(r"```sh\n(.*?)```\n```\n(.*?)```", README, re.DOTALL)[0]
    environment = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(["/bin/sh", "-euc", script], cwd=tmp_path, env=environment, capture_output=True, check=True)  # noqa: S603  # our own
    assert done.stdout.decode() == printed
    assert done.stderr == b"REFUSED inclusion: the entry is not in the tree\n"


def test_every_exit_code_is_in_the_readme() -> None:
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", README, re.MULTILINE)
    assert {int(code): name for code, name in rows} == {fault.value: fault.name.lower() for fault in Fault}
