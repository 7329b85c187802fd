
# The hashers preferred over the years: the first makes new hashes, all the others still verify.
import os

_ALL = {
    "pbkdf2": "PBKDF2PasswordHasher",
    "argon2": "Argon2PasswordHasher",
    "bcrypt_sha256": "BCryptSHA256PasswordHasher",
    "scrypt": "ScryptPasswordHasher",
}
_first = os.environ.get("ERA", "pbkdf2")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers." + _ALL[n] for n in sorted(_ALL, key=lambda n: n != _first)
]
