"""One query, read top to bottom: start at `answer.py`."""
