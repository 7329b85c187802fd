"""register.py old|new URL: registers users over HTTP with the version of the day; 'new' also writes passwords.csv."""
import csv
import os
import sys

import httpx

ADMIN = ("admin@example.com", "the admin's own")
OLD = [   # registered while the application ran on FastAPI Users 12 (passlib, bcrypt)
    ("ada@example.com", "exemplary"),
    ("bjorn@example.com", "pässwörd ☃"),
    ("carol@example.com", "logs in again later"),            # and so is rehashed by 15
]
NEW = [   # registered after the move to 15 (pwdlib, argon2id)
    ("Dmitri.Ivanov@example.com", "пароль из букв"),
    ("erin@example.com", "was switched off"),                # made inactive below
    ("faruk@example.com", "cafe\u0301 royal"),               # typed decomposed (NFD)
    ("gwen@example.com", "0123456789" * 8 + " and argon2 reads all of it"),
]
VERIFIED = {"ada@example.com", "faruk@example.com"}

phase, url = sys.argv[1:]
with httpx.Client(base_url=url) as c:
    def login(email, password):
        return c.post("/auth/jwt/login", data={"username": email, "password": password})

    for email, password in OLD if phase == "old" else NEW:
        r = c.post("/auth/register", json={"email": email, "password": password})
        assert r.status_code == 201, r.text
        if email in VERIFIED:
            c.post("/auth/request-verify-token", json={"email": email}).raise_for_status()
            with open(os.environ["MAILBOX"]) as f:
                c.post("/auth/verify", json={"token": f.read()}).raise_for_status()
        if email.startswith("erin"):
            token = login(*ADMIN).json()["access_token"]
            c.patch(f"/users/{r.json()['id']}", json={"is_active": False},
                    headers={"Authorization": f"Bearer {token}"}).raise_for_status()
    # carol logs in under the new version; the others of the old days do not
    for email, password in OLD if phase == "old" else NEW + OLD[2:]:
        assert login(email, password).status_code == (400 if email.startswith("erin") else 200), email
        assert login(email, password + "x").status_code == 400, email

if phase == "new":
    with open("passwords.csv", "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["email", "password"])
        w.writerows([ADMIN] + OLD + NEW)
