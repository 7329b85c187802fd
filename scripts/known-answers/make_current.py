"""argon2-cffi, bcrypt 5, Django, Werkzeug, pwdlib (newest). Usage: make_current.py OUT.csv EXTRA.csv"""
import os
import sys
from importlib.metadata import version

import argon2
import argon2.low_level as ll
import bcrypt
from argon2.exceptions import VerifyMismatchError

from common import NFC, NFD, PLAIN, UTF8, Rows

R, X = Rows(), Rows()
LONG = "a passphrase well beyond seventy-two bytes, to the last of which the hash is tied: " + UTF8

# argon2-cffi
A2 = "argon2-cffi " + version("argon2-cffi")


def a2verify(p, h):
    try:
        return ll.verify_secret(h.encode(), p.encode(), ll.Type[h.split("$")[1][6:].upper()])
    except VerifyMismatchError:
        return False


def a2(pw, typ, ver, t=1, m=64, p=1, hash_len=32, salt_len=16):
    return ll.hash_secret(pw.encode(), os.urandom(salt_len), t, m, p, hash_len, typ, version=ver).decode()


for typ in (ll.Type.I, ll.Type.D, ll.Type.ID):
    for ver in (19, 16):
        for pw in (PLAIN, UTF8):
            for lanes in (1, 4):
                R.add("argon2-cffi", A2, pw, a2(pw, typ, ver, p=lanes), a2verify)
R.add("argon2-cffi", A2, PLAIN, a2(PLAIN, ll.Type.ID, 19, t=3, m=256, p=2, hash_len=64, salt_len=8), a2verify)
R.add("argon2-cffi", A2, PLAIN, argon2.PasswordHasher().hash(PLAIN), a2verify)
# strings from before version 1.3 have no v= field and mean v=16
for typ in (ll.Type.I, ll.Type.D):
    s = a2(PLAIN, typ, 16).replace("$v=16", "")
    X.add("argon2-cffi", A2 + " (v=16 field taken out, as the library before 1.3 wrote it)", PLAIN, s, a2verify)
X.add("argon2-cffi", A2, PLAIN, a2(PLAIN, ll.Type.ID, 19, m=64, hash_len=16), a2verify)
X.add("argon2-cffi", A2, PLAIN, a2(PLAIN, ll.Type.ID, 19, m=67, p=2), a2verify)   # m not a multiple of 4p

# bcrypt
BC = "bcrypt " + version("bcrypt")
bverify = lambda p, h: bcrypt.checkpw(p.encode(), h.encode())
for prefix in (b"2a", b"2b"):
    for pw in (PLAIN, UTF8):
        R.add("bcrypt", BC, pw, bcrypt.hashpw(pw.encode(), bcrypt.gensalt(4, prefix=prefix)), bverify)
R.add("bcrypt", BC, PLAIN, bcrypt.hashpw(PLAIN.encode(), bcrypt.gensalt()), bverify)

# Django
from django.conf import settings

NAMES = {
    "django-pbkdf2-sha256": "PBKDF2PasswordHasher",
    "django-pbkdf2-sha1": "PBKDF2SHA1PasswordHasher",
    "django-scrypt": "ScryptPasswordHasher",
    "django-argon2": "Argon2PasswordHasher",
    "django-bcrypt": "BCryptPasswordHasher",
    "django-bcrypt-sha256": "BCryptSHA256PasswordHasher",
}
settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers." + n for n in NAMES.values()])
from django.contrib.auth import hashers as dj

DJ = "Django " + version("django")
CHEAP = {"iterations": 1000, "rounds": 4, "work_factor": 16, "parallelism": 1, "time_cost": 1, "memory_cost": 64}
dverify = lambda p, h: dj.check_password(p, h)   # finds the hasher by the prefix, as a login does
for label, name in NAMES.items():
    base = getattr(dj, name)
    cheap = type("Cheap" + name, (base,), {k: v for k, v in CHEAP.items() if hasattr(base, k)})()
    by = DJ
    if "bcrypt" in label:
        by += f" (bcrypt {version('bcrypt')})"
    if "argon2" in label:
        by += f" ({A2})"
    for pw in (PLAIN, UTF8) + ((LONG,) if label == "django-bcrypt-sha256" else ()):
        R.add(label, by, pw, cheap.encode(pw, cheap.salt()), dverify)
    R.add(label, by, PLAIN, base().encode(PLAIN, base().salt()), dverify)

# NFD: Django passes on what it is given. (Its own *forms* do not normalise passwords either.)
cheap = type("Cheap", (dj.PBKDF2PasswordHasher,), {"iterations": 1000})()
h = cheap.encode(NFD, cheap.salt())
R.add("nfd", DJ, NFD, h, dverify)
assert not dverify(NFC, h)
# other work factors of Django's scrypt
s = type("S", (dj.ScryptPasswordHasher,), {"work_factor": 64, "block_size": 4, "parallelism": 3})()
X.add("django-scrypt", DJ, PLAIN, s.encode(PLAIN, s.salt()), dverify)

# Werkzeug
from werkzeug.security import check_password_hash, generate_password_hash

WZ = "Werkzeug " + version("werkzeug")
wverify = lambda p, h: check_password_hash(h, p)
for label, cheap_m, default_m in (
    ("werkzeug-scrypt", "scrypt:1024:8:1", "scrypt"),
    ("werkzeug-pbkdf2-sha256", "pbkdf2:sha256:1000", "pbkdf2"),
    ("werkzeug-pbkdf2-sha1", "pbkdf2:sha1:1000", "pbkdf2:sha1"),
    ("werkzeug-pbkdf2-sha512", "pbkdf2:sha512:1000", "pbkdf2:sha512"),
):
    for pw in (PLAIN, UTF8):
        R.add(label, WZ, pw, generate_password_hash(pw, method=cheap_m), wverify)
    R.add(label, WZ, PLAIN, generate_password_hash(PLAIN, method=default_m), wverify)
R.add("werkzeug-scrypt", WZ, PLAIN, generate_password_hash(PLAIN, method="scrypt:2048:4:3", salt_length=8), wverify)

# pwdlib
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher

PW = "pwdlib " + version("pwdlib")
for label, by, cheap_hashers, default in (
    ("pwdlib-argon2", f"{PW} ({A2})", [Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1)], Argon2Hasher()),
    ("pwdlib-bcrypt", f"{PW} ({BC})", [BcryptHasher(rounds=4, prefix="2b"), BcryptHasher(rounds=4, prefix="2a")], BcryptHasher()),
):
    for hasher in cheap_hashers:
        ph = PasswordHash((hasher,))
        for pw in (PLAIN, UTF8):
            R.add(label, by, pw, ph.hash(pw), ph.verify)
    ph = PasswordHash((default,))
    R.add(label, by, PLAIN, ph.hash(PLAIN), ph.verify)

R.write(sys.argv[1])
X.write(sys.argv[2])
