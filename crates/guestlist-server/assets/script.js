// Everything works without this file. It adds: show passwords, copy links, show times in the visitor's zone.
"use strict";

const made = (text, onClick) => {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", onClick);
  return button;
};

// Show password: the field becomes a password field again before it is sent.
for (const field of document.querySelectorAll("input[type=password]")) {
  const status = document.createElement("span");
  status.className = "unseen";
  status.setAttribute("role", "status");
  const show = (shown) => {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-label", shown ? "Hide password" : "Show password");
  };
  const button = made("Show", () => {
    const shown = field.type === "password";
    show(shown);
    status.textContent = shown ? "The password is shown" : "The password is hidden";
  });
  button.setAttribute("aria-controls", field.id);
  show(false);
  const around = document.createElement("div");
  around.className = "secret";
  field.replaceWith(around);
  around.append(field, button, status);
  field.form.addEventListener("submit", () => show(false));
}

// Copy: the text next to the button.
if (navigator.clipboard) {
  for (const source of document.querySelectorAll("[data-copy]")) {
    const button = made("Copy", async () => {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    button.setAttribute("aria-live", "polite");
    source.after(" ", button);
  }
}

// Local time, written as the page writes times: only where it differs from the event's own.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const format = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
for (const place of document.querySelectorAll("[data-local]")) {
  const at = new Date(place.dataset.local);
  if (zone && zone !== place.dataset.zone && !Number.isNaN(at.getTime())) {
    const is = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
    place.textContent = `For you (${zone.replaceAll("_", " ")}): ${is.weekday} ${is.day} ${is.month} ${is.year}, ${is.hour}:${is.minute}`;
    place.hidden = false;
  }
}

// A new event starts with the visitor's time zone.
for (const field of document.querySelectorAll("input[data-zone]")) {
  if (zone && field.value === field.defaultValue) field.value = zone;
}

// Going back shows a form as it was left, unless another user, or no user, is signed in.
addEventListener("pageshow", async (event) => {
  const owner = document.querySelector("main [name=owner]")?.value;
  if (!event.persisted || !owner) return;
  document.body.hidden = true;
  const page = await fetch(location.href).then((answer) => answer.text()).catch(() => owner);
  if (page.includes(owner)) document.body.hidden = false;
  else location.reload();
});
