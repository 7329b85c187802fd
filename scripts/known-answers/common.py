"""Shared by the Python generators: password constants, and a list of rows that
refuses a hash that its own software does not verify."""
import csv
import sys

PLAIN = "exemplary"
UTF8 = "pässwörd ☃"
WRONG = "exemplary?"
NFD = "cafe\u0301 royal"   # decomposed: e + U+0301
NFC = "caf\u00e9 royal"    # the same word, composed: must NOT verify


class Rows:
    def __init__(self):
        self.rows = []

    def add(self, fmt, made_by, password, hashed, verify):
        """verify(password, hashed) -> bool, by the software that made the hash."""
        if isinstance(hashed, bytes):
            hashed = hashed.decode("ascii")
        assert verify(password, hashed) is True, (fmt, hashed)
        assert verify(WRONG, hashed) is False, (fmt, hashed)
        self.rows.append((fmt, made_by, password, hashed))

    def write(self, path):
        with open(path, "w", newline="", encoding="utf-8") as f:
            csv.writer(f, lineterminator="\n").writerows(self.rows)
        print(f"{path}: {len(self.rows)} rows, all verified", file=sys.stderr)
