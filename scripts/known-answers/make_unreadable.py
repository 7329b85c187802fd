"""Hashes that an import must refuse with the name of their scheme. Usage: make_unreadable.py DEST.csv EXTRA.csv
Needs: passlib 1.7.4, Django 4.2 (the last with the unsalted and SHA-1 hashers), Python < 3.13 on
glibc Linux with libxcrypt (crypt(3) for $7$, $y$, $gy$)."""
import crypt
import csv
import ctypes
import ctypes.util
import hashlib
import sys
import warnings

from passlib import hash as H

warnings.simplefilter("ignore")
from django.conf import settings

settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers.UnsaltedMD5PasswordHasher"])
from django.contrib.auth import hashers as dj

PW = "exemplary"
out, extra = [], []


def pl(what, name, to=out, **kw):
    h = getattr(H, name)
    s = h.hash(PW, **kw)
    assert h.verify(PW, s, **kw), name
    if name not in ("hex_md5",):
        assert not h.verify("something else", s, **kw), name
    to.append((what, s))


def xcrypt(what, prefix):
    lib = ctypes.CDLL(ctypes.util.find_library("crypt"))
    lib.crypt_gensalt.restype = ctypes.c_char_p
    lib.crypt_gensalt.argtypes = [ctypes.c_char_p, ctypes.c_ulong, ctypes.c_char_p, ctypes.c_int]
    s = crypt.crypt(PW, lib.crypt_gensalt(prefix, 0, None, 0).decode())
    assert s.startswith(prefix.decode()) and crypt.crypt(PW, s) == s
    out.append((what, s))


def drupal7(password, setting):
    """Drupal 7's password.inc: phpass with SHA-512, cut to 55 characters. Only to check the published string."""
    abc = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    h = hashlib.sha512(setting[4:12].encode() + password).digest()
    for _ in range(1 << abc.index(setting[3])):
        h = hashlib.sha512(h + password).digest()
    o = ""
    for i in range(0, len(h), 3):
        chunk = h[i:i + 3]
        v = int.from_bytes(chunk, "little")
        o += "".join(abc[(v >> 6 * k) & 63] for k in range(len(chunk) + 1))
    return (setting[:12] + o)[:55]


pl("hex MD5 (passlib hex_md5)", "hex_md5")
pl("hex SHA-1 (passlib hex_sha1)", "hex_sha1")
pl("hex SHA-256 (passlib hex_sha256)", "hex_sha256")
pl("LDAP {MD5} (passlib ldap_md5)", "ldap_md5")
pl("LDAP {SHA} (passlib ldap_sha1)", "ldap_sha1")
pl("MySQL before 4.1 (passlib mysql323)", "mysql323")
pl("MySQL 4.1 (passlib mysql41)", "mysql41")
pl("NT hash (passlib nthash)", "nthash")
pl("LM hash (passlib lmhash)", "lmhash")
for what, cls in (
    ("Django md5 (Django 4.2 MD5PasswordHasher)", dj.MD5PasswordHasher),
    ("Django sha1 (Django 4.2 SHA1PasswordHasher)", dj.SHA1PasswordHasher),
):
    h = cls()
    s = h.encode(PW, h.salt())
    assert h.verify(PW, s) and not h.verify("something else", s)
    out.append((what, s))
h = dj.UnsaltedMD5PasswordHasher()
s = h.encode("exemplary-2", h.salt())
assert h.verify("exemplary-2", s)
out.append(("Django unsalted_md5 (Django 4.2, a bare hex digest)", s))
out.append(("Django unsalted_md5 (Django 4.2, its other form md5$$)", "md5$$" + s))
assert dj.identify_hasher(out[-1][1]).algorithm == "unsalted_md5" and dj.check_password("exemplary-2", out[-1][1])
h = dj.UnsaltedSHA1PasswordHasher()
s = h.encode(PW, h.salt())
out.append(("Django unsalted_sha1 (Django 4.2)", s))
s = dj.make_password(None)
assert not dj.is_password_usable(s)
out.append(("Django unusable password (Django 4.2 make_password(None))", s))
out.append(("Django unusable password (one ! alone, as old Django wrote it)", "!"))
pl("md5-crypt $1$ (passlib md5_crypt)", "md5_crypt")
pl("Apache $apr1$ (passlib apr_md5_crypt)", "apr_md5_crypt")
pl("DES crypt (passlib des_crypt)", "des_crypt")
pl("phpass $P$ (passlib phpass)", "phpass")
pl("PostgreSQL md5 (passlib postgres_md5, user jane)", "postgres_md5", user="jane")
pl("Cisco type 7 (passlib cisco_type7, reversible)", "cisco_type7")
pl("Cisco PIX (passlib cisco_pix, user jane)", "cisco_pix", user="jane")
out.append(("bcrypt $2x$ (passlib test vector)", "$2x$05$6bNw2HLQYeqHYyBfLMsv/OiwqTymGIGzFsA4hOTWebfehXHNprcAS"))
xcrypt("scrypt $7$ (libxcrypt)", b"$7$")
xcrypt("yescrypt $y$ (libxcrypt)", b"$y$")
xcrypt("gost-yescrypt $gy$ (libxcrypt)", b"$gy$")
S = "$S$C33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf"
assert drupal7(b"hashcat", S) == S
out.append(("Drupal 7 $S$ (published example of hashcat mode 7900, password hashcat)", S))

for name in (
    "hex_md4", "hex_sha512", "ldap_salted_md5", "ldap_salted_sha1", "ldap_salted_sha256", "ldap_salted_sha512",
    "bsd_nthash", "bsdi_crypt", "bigcrypt", "sha1_crypt", "sun_md5_crypt", "oracle11", "mssql2000", "mssql2005",
    "atlassian_pbkdf2_sha1", "grub_pbkdf2_sha512", "fshp", "scram", "django_des_crypt", "ldap_des_crypt",
    "ldap_md5_crypt", "ldap_sha512_crypt", "ldap_bcrypt",
):
    pl(f"passlib {name}", name, extra)
pl("passlib oracle10 (user jane)", "oracle10", extra, user="jane")
pl("passlib cta_pbkdf2_sha1 (the same $p5k2$ prefix as dlitz_pbkdf2_sha1, other base64)", "cta_pbkdf2_sha1", extra)
extra.append(("passlib ldap_plaintext (the password itself)", PW))
extra.append(("empty", ""))

for path, rows in zip(sys.argv[1:], (out, extra)):
    with open(path, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["what", "hash"])
        w.writerows(rows)
    print(f"{path}: {len(rows)} rows", file=sys.stderr)
