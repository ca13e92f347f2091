// Pages in the making save themselves while somebody types. Without it the button saves; nothing else changes.
const form = document.querySelector("form[data-autosave]");
const PAUSE = 1500, AGAIN = 8000, PATIENCE = 15000;

if (form) {
  const said = form.querySelector("[data-saved]"), place = `unsaved:${location.pathname}`;
  let timer = 0, sending = false, dirty = false, leaving = false;
  const say = (words) => { if (said.textContent !== words) said.textContent = words; };

  /* What a dead network kept from us stays in this tab, and comes back when the page is opened again. */
  const typed = () => [...new FormData(form)].filter(([name]) => !["csrf_token", "key", "seen"].includes(name));
  const remember = () => { try { sessionStorage.setItem(place, JSON.stringify(typed())); } catch { /* full or forbidden: the page still has it */ } };
  const forget = () => { try { sessionStorage.removeItem(place); } catch { /* as above */ } };
  const fill = (entries) => {
    for (const element of form.elements) {
      if (!element.name || ["hidden", "submit"].includes(element.type)) continue;
      const values = entries.filter(([name]) => name === element.name).map(([, value]) => value);
      if (element.type === "checkbox" || element.type === "radio") element.checked = values.includes(element.value);
      else if (values.length) element.value = values[0];
    }
  };

  const show = (answer) => {
    if (answer.seen) form.elements.seen.value = answer.seen;
    for (const [name, words] of Object.entries(answer.claims || {})) {
      const list = form.querySelector(`[data-claims="${name}"]`);
      if (list) list.replaceChildren(...words.map((each) => Object.assign(document.createElement("li"), { textContent: each })));
    }
    for (const element of form.elements) {
      if (!element.name || !element.closest(".field")) continue;
      if (answer.errors?.[element.name]) element.setAttribute("aria-invalid", "true"); else element.removeAttribute("aria-invalid");
    }
    const wrong = Object.values(answer.errors || {});
    say(wrong.length ? `${answer.said}. ${wrong[0]}` : answer.said);
  };

  const send = async () => {
    if (leaving) return;
    if (sending) { timer = setTimeout(send, PAUSE); return; }
    sending = true; dirty = false;
    const body = new FormData(form);
    body.set("autosave", "1");
    try {
      const reply = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(PATIENCE) });
      const answer = await reply.json();
      if (leaving) return;
      show(answer);
      if (reply.ok && !dirty) forget();
    } catch {
      dirty = true;
      say(form.dataset.unsaved);
      clearTimeout(timer);
      timer = setTimeout(send, AGAIN);
    } finally { sending = false; }
  };

  form.addEventListener("input", () => {
    dirty = true;
    remember();
    clearTimeout(timer);
    timer = setTimeout(send, PAUSE);
  });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); forget(); });

  const kept = sessionStorage.getItem(place);
  if (kept && !document.querySelector(".error-summary, .elsewhere")) {
    fill(JSON.parse(kept));
    say(form.dataset.restored);
  }
}
