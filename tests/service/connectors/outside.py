"""Outside samples: public standards' own examples in the folder beside the repository. Absent, a test skips loudly."""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3].parent / "shared" / "fixtures"


def outside(*parts: str) -> Path:
    """A file or folder of outside samples; skips the test where there are none."""
    path = FOLDER.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"outside sample {'/'.join(parts)} is not here: put the samples into {FOLDER.name}/ to run this")
    return path
