"""passlib 1.7.4 with bcrypt 4.0.1, argon2-cffi, scrypt. Usage: make_passlib.py OUT.csv EXTRA.csv"""
import logging
import sys
from importlib.metadata import version

logging.disable(logging.WARNING)   # passlib 1.7.4 warns that bcrypt 4 has no __about__
import bcrypt
from passlib import hash as H

from common import NFC, NFD, PLAIN, UTF8, Rows

PL = "passlib " + version("passlib")
BC = f"{PL} (bcrypt {version('bcrypt')})"
A2 = f"{PL} (argon2-cffi {version('argon2-cffi')})"
R, X = Rows(), Rows()


def put(fmt, by, handler, pw, rows=R):
    rows.add(fmt, by, pw, handler.hash(pw), lambda p, h: handler.verify(p, h))


# bcrypt, three idents; default cost is 12
for ident in ("2a", "2b", "2y"):
    for pw in (PLAIN, UTF8):
        put("passlib-bcrypt", BC, H.bcrypt.using(ident=ident, rounds=4), pw)
put("passlib-bcrypt", BC, H.bcrypt, PLAIN)

# bcrypt_sha256; version 1 can carry 2a or 2b, version 2 only 2b
long_pw = "a passphrase well beyond seventy-two bytes, to the last of which the hash is tied: " + UTF8
for ident in ("2a", "2b"):
    for pw in (PLAIN, UTF8):
        put("passlib-bcrypt-sha256-v1", BC, H.bcrypt_sha256.using(version=1, ident=ident, rounds=4), pw)
put("passlib-bcrypt-sha256-v1", BC, H.bcrypt_sha256.using(version=1, rounds=4), long_pw)
put("passlib-bcrypt-sha256-v1", BC, H.bcrypt_sha256.using(version=1), PLAIN)
for pw in (PLAIN, UTF8, long_pw):
    put("passlib-bcrypt-sha256-v2", BC, H.bcrypt_sha256.using(version=2, rounds=4), pw)
put("passlib-bcrypt-sha256-v2", BC, H.bcrypt_sha256, PLAIN)

# PBKDF2 families
for label, h in (
    ("passlib-pbkdf2-sha1", H.pbkdf2_sha1),
    ("passlib-pbkdf2-sha256", H.pbkdf2_sha256),
    ("passlib-pbkdf2-sha512", H.pbkdf2_sha512),
    ("passlib-ldap-pbkdf2-sha1", H.ldap_pbkdf2_sha1),
    ("passlib-ldap-pbkdf2-sha256", H.ldap_pbkdf2_sha256),
    ("passlib-ldap-pbkdf2-sha512", H.ldap_pbkdf2_sha512),
    ("passlib-dlitz-pbkdf2-sha1", H.dlitz_pbkdf2_sha1),
):
    for pw in (PLAIN, UTF8):
        put(label, PL, h.using(rounds=1000), pw)
    put(label, PL, h.using(rounds=1000, salt_size=24), PLAIN)
    put(label, PL, h, PLAIN)
# 400 rounds are written as an empty field: $p5k2$$salt$hash
put("passlib-dlitz-pbkdf2-sha1", PL, H.dlitz_pbkdf2_sha1.using(rounds=400), PLAIN)

# the alternative base64 of passlib writes '.' for '+': make sure both a '.' and a '/' occur
for label, h in (("passlib-pbkdf2-sha256", H.pbkdf2_sha256), ("passlib-ldap-pbkdf2-sha256", H.ldap_pbkdf2_sha256)):
    while True:
        s = h.using(rounds=1000).hash(PLAIN)
        salt, digest = s.split("$")[-2:]
        if "." in salt and "/" in salt and "." in digest and "/" in digest:
            R.add(label, PL, PLAIN, s, lambda p, x, h=h: h.verify(p, x))
            break

# scrypt: rounds is log2 N
for pw in (PLAIN, UTF8):
    put("passlib-scrypt", PL, H.scrypt.using(rounds=4), pw)
put("passlib-scrypt", PL, H.scrypt.using(rounds=6, block_size=4, parallelism=3), PLAIN)
put("passlib-scrypt", PL, H.scrypt, PLAIN)

# sha-crypt: implicit 5000 has no rounds= field
for label, h in (("passlib-sha256-crypt", H.sha256_crypt), ("passlib-sha512-crypt", H.sha512_crypt)):
    for pw in (PLAIN, UTF8):
        put(label, PL, h.using(rounds=1000), pw)
        put(label, PL, h.using(rounds=5000), pw)
    put(label, PL, h.using(rounds=1000, salt="short"), PLAIN)
    put(label, PL, h.using(rounds=1000), long_pw)
    put(label, PL, h, PLAIN)
    # the same 5000 rounds, written out
    s = h(rounds=5000, implicit_rounds=False, salt="explicitrounds", use_defaults=True)
    s.checksum = s._calc_checksum(PLAIN.encode())
    R.add(label, PL, PLAIN, s.to_string(), lambda p, x, h=h: h.verify(p, x))

# argon2
for t in ("I", "D", "ID"):
    for pw in (PLAIN, UTF8):
        put("passlib-argon2", A2, H.argon2.using(type=t, rounds=1, memory_cost=64, parallelism=1), pw)
put("passlib-argon2", A2, H.argon2.using(type="ID", rounds=2, memory_cost=64, parallelism=4), PLAIN)
put("passlib-argon2", A2, H.argon2, PLAIN)

# bcrypt looks at 72 bytes and no more (bcrypt 4.0.1 cuts; 5.0 raises instead)
B4 = "bcrypt " + version("bcrypt")
check = lambda p, h: bcrypt.checkpw(p.encode(), h.encode())
p72 = "0123456789" * 7 + "ab"
p80 = p72 + "tail-xyz"
pcut = "0123456789" * 7 + "a" + "ü" + "und der Rest"     # byte 72 is the first half of ü
assert len(p72.encode()) == 72 and len(p80.encode()) == 80
for pw in (p72, p80, pcut):
    for prefix in (b"2a", b"2b"):
        h = bcrypt.hashpw(pw.encode(), bcrypt.gensalt(4, prefix=prefix)).decode()
        R.add("bcrypt-72", B4, pw, h, check)
        cut = pw.encode()[:72]
        assert bcrypt.checkpw(cut, h.encode()) and bcrypt.checkpw(cut + b"anything", h.encode())
        assert not bcrypt.checkpw(cut[:71], h.encode())

# typed decomposed, hashed as typed
for ident in ("2a", "2b"):
    h = H.bcrypt.using(ident=ident, rounds=4).hash(NFD)
    R.add("nfd", BC, NFD, h, H.bcrypt.verify)
    assert not H.bcrypt.verify(NFC, h)

# $2x$ : passlib's own published vector (U+0451), checked with libxcrypt's crypt(3), which still knows 2x
import crypt
V2X = "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"
R.add("bcrypt-2x", f"{PL} (its test vector; verified with libxcrypt)", "ё", V2X, lambda p, h: crypt.crypt(p, h) == h)

# extras: things the formats allow
put("passlib-pbkdf2-sha256", PL, H.pbkdf2_sha256.using(rounds=1), PLAIN, X)
put("passlib-pbkdf2-sha256", PL, H.pbkdf2_sha256.using(rounds=1000, salt_size=0), PLAIN, X)
put("passlib-scrypt", PL, H.scrypt.using(rounds=4, salt_size=0), PLAIN, X)
put("passlib-scrypt", PL, H.scrypt.using(rounds=10, block_size=1, parallelism=8), UTF8, X)
# passlib can also write scrypt as $7$ (libxcrypt's form)
put("passlib-scrypt-7", PL, H.scrypt.using(ident="$7$", rounds=4), PLAIN, X)
put("passlib-bcrypt", BC, H.bcrypt.using(rounds=4), "", X)
put("passlib-pbkdf2-sha256", PL, H.pbkdf2_sha256.using(rounds=1000), "", X)
put("passlib-sha256-crypt", PL, H.sha256_crypt.using(rounds=1000, salt=""), PLAIN, X)

R.write(sys.argv[1])
X.write(sys.argv[2])
