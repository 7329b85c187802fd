"""Run inside 'manage.py shell': creates the users of one era (ERA) with the hasher then preferred."""
import csv
import os

from django.contrib.auth import authenticate, get_user_model

ERAS = {   # era: [(email, password or None, first name, last name, is_active)]
    "pbkdf2-of-4.2": [
        ("ada@example.com", "exemplary", "Ada", "Lovelace", True),
        ("bjorn@example.com", "pässwörd ☃", "Björn", "Åkesson", True),
    ],
    "pbkdf2": [
        ("carol@example.com", "correct horse battery staple", "Carol", 'O\'Neil, "Caz"', True),
        ("erin@example.com", "was switched off", "Erin", "Example", False),
        ("faruk@example.com", "cafe\u0301 royal", "", "", True),          # typed decomposed (NFD)
    ],
    "argon2": [("Dmitri.Ivanov@example.com", "пароль из букв", "Дмитрий", "Иванов", True)],
    "bcrypt_sha256": [("gwen@example.com", "0123456789" * 8 + " and every byte counts", "Gwen", "Long", True)],
    "scrypt": [("hiro@example.com", "日本語のパスワード", "宏", "中村", True)],
    "unusable": [("sso-only@example.com", None, "Sol", "Olsen", True)],
}
User = get_user_model()
era = os.environ["ERA"]
if era == "check":
    for users in ERAS.values():
        for email, password, _, _, active in users:
            user = User.objects.get(username=email)
            before = user.password
            # check_password without setter: a look that does not rehash
            from django.contrib.auth.hashers import check_password
            assert check_password(password or "x", user.password) is (password is not None), email
            assert check_password("wrong", user.password) is False, email
            assert user.is_active is active
            assert User.objects.get(username=email).password == before
    with open(os.environ["PASSWORDS_CSV"], "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f, lineterminator="\n")
        w.writerow(["email", "password"])
        w.writerows((e, p or "") for users in ERAS.values() for e, p, *_ in users)
else:
    for email, password, first, last, active in ERAS[era]:
        user = User.objects.create_user(email, email, password, first_name=first, last_name=last, is_active=active)
        if password is None:
            user.set_unusable_password()   # create_user(password=None) has done so already
            user.save()
        print(email, user.password.split("$")[0][:14])
