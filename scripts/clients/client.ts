// Uses the types that openapi-typescript generated: signs up, signs in, creates an event, lists events.

import createClient from "openapi-fetch";
import type { paths } from "./api.js";

function same(found: unknown, expected: unknown): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
  if (one !== other) throw new Error(`${one} is not ${other}`);
}

declare const process: { argv: string[] };
const baseUrl = process.argv[2];
const email = "typescript@example.com";
const password = "a long enough phrase";

const anyone = createClient<paths>({ baseUrl });
const user = await anyone.POST("/api/v1/users", { body: { email, password, name: "Anders" } });
same(user.data?.email, email);
const refused = await anyone.POST("/api/v1/users", { body: { email: "nobody", password: "short" } });
same(refused.error?.errors?.map((error) => error.pointer), ["/email", "/password"]);

const opened = await anyone.POST("/api/v1/sessions", { body: { email, password } });
const headers = { Authorization: `Bearer ${opened.data?.access_token}` };
const me = await anyone.GET("/api/v1/me", { headers });
same(me.data?.id, user.data?.id);

const made = await anyone.POST("/api/v1/events", {
  headers,
  body: { title: "Coffee", starts_at: "2027-06-02T18:00", time_zone: "Europe/Paris" },
});
same([made.data?.title, made.data?.creator_name], ["Coffee", "Anders"]);
const listed = await anyone.GET("/api/v1/events", { params: { query: { q: "coffee" } } });
same(listed.data?.items.map((event) => event.id), [made.data?.id]);
