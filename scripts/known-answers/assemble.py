"""Joins the parts: assemble.py DEST.csv HEADER PART..."""
import csv
import sys

dest, header, *parts = sys.argv[1:]
rows = [r for p in parts for r in csv.reader(open(p, newline="", encoding="utf-8"))]
assert all(len(r) == len(header.split(",")) for r in rows)
assert len({r[-1] for r in rows}) == len(rows), "a hash occurs twice"
with open(dest, "w", newline="", encoding="utf-8") as f:
    w = csv.writer(f, lineterminator="\n")
    w.writerow(header.split(","))
    w.writerows(rows)
print(f"{dest}: {len(rows)} rows", file=sys.stderr)
