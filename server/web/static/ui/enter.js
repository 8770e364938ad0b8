// The button of a one-time link, sent by script: the page stays until the answer is here.
import { sendForm } from "@ui/forms.js";
import { goTo } from "@ui/server-gone.js";

const form = /** @type {HTMLFormElement} */ (document.querySelector("main form"));

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if ("sent" in form.dataset) return;
  form.dataset.sent = "";
  void send();
});

async function send() {
  const answer = await sendForm(form);
  if (!answer) return;
  const { status, url, page } = answer;
  if (status < 400) void goTo(url);
  else document.getElementById("main")?.replaceWith(page.getElementById("main") ?? "");
}
