// What pages do beyond links and forms. Each works without it, less comfortably.
"use strict";

const root = document.documentElement;

// Light or dark: as the system has it until a person says otherwise.
const theme = document.querySelector("button.theme");
if (theme) {
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const show = () => { theme.textContent = dark() ? "☀" : "☾"; };
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    try { localStorage.setItem("theme", root.dataset.theme); } catch {}
    show();
    document.dispatchEvent(new Event("themechange"));
  });
  show();
}

// A choice in a form of filters is shown at once.
for (const form of document.querySelectorAll("form.filters"))
  form.addEventListener("change", (event) => { if (event.target.matches("select")) form.requestSubmit(); });
// Fields that say nothing stay out of the address.
for (const form of document.querySelectorAll("form.filters"))
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });

// Buttons that copy what stands beside them.
function copies(within) {
  if (!navigator.clipboard) return;
  for (const button of within.querySelectorAll("button.copy")) {
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.previousElementSibling.textContent);
      button.textContent = "copied";
      setTimeout(() => { button.textContent = "copy"; }, 1500);
    };
  }
}
copies(document);
document.addEventListener("htmx:afterSwap", () => copies(document));

// What cannot be undone is asked for twice.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !confirm(question)) event.preventDefault();
});

// A job is followed by its events; what is new is fetched at most once a second.
for (const place of document.querySelectorAll(".follows")) {
  let waiting = false;
  const over = () => ["done", "failed", "cancelled"].includes(place.querySelector("#live").dataset.state);
  const refresh = async () => {
    if (waiting) return;
    waiting = true;
    await new Promise((resume) => setTimeout(resume, 1000));
    waiting = false;
    const before = place.querySelector("#live").dataset.state;
    await htmx.ajax("GET", place.dataset.live, { target: place, swap: "innerHTML" });
    if (before !== place.querySelector("#live").dataset.state && over()) location.reload();  // its board is there
  };
  if (over()) continue;
  const events = new EventSource(place.dataset.events);
  for (const kind of ["candidate", "state"]) events.addEventListener(kind, refresh);
}
