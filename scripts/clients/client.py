"""Uses the client that openapi-python-client generated: signs up, signs in, creates an event, lists events."""

import sys

from guestlist_client import AuthenticatedClient, Client
from guestlist_client.api.compat import compat_create_event, compat_list_events, compat_sign_in
from guestlist_client.api.authentication import me, sign_in, sign_up
from guestlist_client.api.events import change_event, create_event, list_events
from guestlist_client.models import BookNewEvent, BookSignIn, EventPatch, NewEvent, SignIn, SignUp

url = sys.argv[1]
email, password = "python@example.com", "a long enough phrase"

anyone = Client(base_url=url, raise_on_unexpected_status=True)
user = sign_up.sync(client=anyone, body=SignUp(email=email, password=password, name="Guido"))
assert user.email == email, user
refused = sign_up.sync(client=anyone, body=SignUp(email="nobody", password="short"))
assert [error.pointer for error in refused.errors] == ["/email", "/password"], refused

opened = sign_in.sync(client=anyone, body=SignIn(email=email, password=password))
signed_in = AuthenticatedClient(base_url=url, token=opened.access_token, raise_on_unexpected_status=True)
assert me.sync(client=signed_in).id == user.id

wanted = NewEvent(title="Tea", tags=["tea"], starts_at="2027-06-01T18:00", time_zone="Europe/Paris")
made = create_event.sync(client=signed_in, body=wanted)
assert (made.title, made.creator_name) == ("Tea", "Guido"), made
changed = change_event.sync(made.id, client=signed_in, if_match=made.etag, body=EventPatch(capacity=12))
assert changed.capacity == 12, changed
assert [event.id for event in list_events.sync(client=anyone).items] == [made.id]

token = compat_sign_in.sync(client=anyone, body=BookSignIn(username=email, password=password))
reader = AuthenticatedClient(base_url=url, token=token.access_token, raise_on_unexpected_status=True)
launch = BookNewEvent(title="Launch", image="", description="", tags=[], location="Leeds")
assert compat_create_event.sync(client=reader, body=launch).message == "Event created successfully"
assert [event.title for event in compat_list_events.sync(client=anyone)] == ["Tea", "Launch"]
