"""Writes an X12 5010 interchange as it goes: ISA, one GS, transaction sets of bounded length, all counts right."""

from datetime import datetime
from pathlib import Path

SENDER, RECEIVER = "ALLIANCEHEALTH", "PORCHLIGHT"
_LONGEST_SET = 50_000


class Interchange:
    """One interchange in one file. `opening` are the segments that begin each transaction set after ST."""

    def __init__(self, path: Path, kind: str, group: str, guide: str, at: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("w", encoding="ascii", newline="")
        self._kind, self._guide = kind, guide
        self._sets = self._segments = 0
        self._put(
            f"ISA*00*{'':10}*00*{'':10}*ZZ*{SENDER:15}*ZZ*{RECEIVER:15}*{at:%y%m%d}*{at:%H%M}*^*00501*000000001*0*T*:"
        )
        self._put(f"GS*{group}*{SENDER}*{RECEIVER}*{at:%Y%m%d}*{at:%H%M}*1*X*{guide}")

    @property
    def full(self) -> bool:
        """Whether a new transaction set is due before the next loop."""
        return self._segments == 0 or self._segments > _LONGEST_SET

    def begin(self, *opening: str) -> None:
        """Begin a transaction set with its header segments, ending the one before."""
        self._end()
        self._sets += 1
        self.write(f"ST*{self._kind}*{self._sets:04d}*{self._guide}", *opening)

    def write(self, *segments: str) -> None:
        """Write segments of the current transaction set; empty elements at the end of one are left out."""
        for segment in segments:
            self._put(segment.rstrip("*"))
        self._segments += len(segments)

    def close(self) -> None:
        """Finish the transaction set, the group and the interchange."""
        self._end()
        self._put(f"GE*{self._sets}*1")
        self._put("IEA*1*000000001")
        self._file.close()

    def _end(self) -> None:
        if self._segments:
            self._put(f"SE*{self._segments + 1}*{self._sets:04d}")
        self._segments = 0

    def _put(self, segment: str) -> None:
        self._file.write(segment + "~\n")
