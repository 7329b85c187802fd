"""Registers the users over HTTP, disables one, and tries each login. Writes passwords.csv."""
import csv
import sys

import httpx

USERS = [
    ("ada@example.com", "exemplary", "Ada Lovelace"),
    ("bjorn@example.com", "pässwörd ☃", "Björn Åkesson"),
    ("carol@example.com", "correct horse battery staple", 'Carol "Caz" O\'Neil, PhD'),
    ("Dmitri.Ivanov@example.com", "пароль из букв", "Дмитрий Иванов"),
    ("erin@example.com", "was switched off", "Erin Example"),                      # disabled below
    ("faruk@example.com", "cafe\u0301 royal", None),                               # typed decomposed (NFD)
    ("gwen+news@example.com", "0123456789" * 7 + "ab, and bcrypt stops at byte 72", "Gwen Long"),
    ("hiro@example.com", "日本語のパスワード", "中村 宏"),
]

with httpx.Client(base_url=sys.argv[1]) as c:
    for email, password, name in USERS:
        r = c.post("/register", json={"email": email, "password": password, "full_name": name})
        assert r.status_code == 201, r.text
        if email.startswith("erin"):
            c.post(f"/users/{r.json()['id']}/disable").raise_for_status()
    for email, password, _ in USERS:
        ok = c.post("/token", data={"username": email, "password": password}).status_code
        assert ok == (400 if email.startswith("erin") else 200), email
        assert c.post("/token", data={"username": email, "password": "x" + password}).status_code == 400, email

with open("passwords.csv", "w", newline="", encoding="utf-8") as f:
    w = csv.writer(f, lineterminator="\n")
    w.writerow(["email", "password"])
    w.writerows((e, p) for e, p, _ in USERS)
