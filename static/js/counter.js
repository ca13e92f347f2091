// The counter works without scripts; these make it quicker and keep what a weak network could not send.
const find = (selector, root = document) => root.querySelector(selector);
const every = (selector, root = document) => [...root.querySelectorAll(selector)];

/* The scan field: what is typed anywhere else on the page goes into it, as a scanner knows nothing of focus. */
document.addEventListener("keydown", (event) => {
  const scan = find("#scan"), elsewhere = !event.target.closest("input, textarea, select, button, a, summary, dialog");
  if (scan && elsewhere && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) scan.focus();
});

/* The camera fills the scan field, where the browser can read codes. */
const look = async (form) => {
  const view = find("[data-camera-view]", form), video = find("video", view);
  const stop = () => every("video", view).forEach((each) => { each.srcObject?.getTracks().forEach((track) => track.stop()); each.srcObject = null; });
  view.showModal();
  view.onclose = stop;
  try {
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    const detector = new BarcodeDetector();
    while (view.open) {
      const [code] = await detector.detect(video);
      if (code) { find("#scan", form).value = code.rawValue; view.close(); sound("good"); form.requestSubmit(); return; }
      await new Promise((again) => { setTimeout(again, 150); });
    }
  } catch { stop(); find(".camera-refused", view).hidden = false; }
};

/* Sound: high for yes, low for no. Browsers allow it after the first key or tap. */
const sound = (kind) => {
  const audio = new AudioContext(), tone = audio.createOscillator(), volume = audio.createGain();
  if (audio.state !== "running") return audio.close();
  tone.frequency.value = kind === "good" ? 1320 : 220;
  volume.gain.value = 0.15;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + (kind === "good" ? 0.09 : 0.35));
  tone.onended = () => audio.close();
};

/* Steppers: two buttons, and the keys + and - in the field. */
const step = (box, by) => {
  const input = find("input", box), least = Number(box.dataset.least), most = Number(box.dataset.most ?? Infinity);
  input.value = Math.max(least, Math.min(most, (parseInt(input.value, 10) || 0) + by));
  input.dispatchEvent(new Event("change", { bubbles: true }));
};
document.addEventListener("keydown", (event) => {
  const box = event.target.matches("input") && event.target.closest("[data-stepper]");
  if (box && (event.key === "+" || event.key === "-")) { event.preventDefault(); step(box, event.key === "+" ? 1 : -1); }
});

/* Weak network. A form that carries a key is sent from here; without an answer it is kept on this device until it is
   sent again. Its key makes a second arrival harmless. Nothing is kept of passwords, nor after signing out. */
const STORE = "counter-unsent", PATIENCE = 20_000;
const kept = () => { try { return JSON.parse(localStorage.getItem(STORE)) || []; } catch { return []; } };
const keep = (entries) => { if (entries.length) localStorage.setItem(STORE, JSON.stringify(entries)); else localStorage.removeItem(STORE); };
const drop = (key) => keep(kept().filter((entry) => entry.key !== key));
const me = () => find("#unsent")?.dataset.me;
const say = (words) => { const said = find("#unsent [data-said]"); said.textContent = words; said.hidden = !words; };

const list = (words = "") => {
  const place = find("#unsent"), entries = kept();
  if (!place) return;
  find("ul", place).replaceChildren(...entries.map((entry) => {
    const row = find("template", place).content.cloneNode(true);
    find("p", row).textContent = entry.name;
    every("button", row).forEach((button) => { button.dataset.key = entry.key; button.hidden = !me(); });
    return row;
  }));
  say(words);
  place.hidden = !entries.length && !words;
};

/* The answer takes the place of the page, with its messages, as if the browser had sent the form itself. */
const show = async (answer) => {
  const text = answer.headers.get("Content-Type")?.startsWith("text/html") && await answer.text();
  const page = text && new DOMParser().parseFromString(text, "text/html");
  const dressed = page && every("link[rel=stylesheet]", page).every((sheet) => find(`link[href="${sheet.getAttribute("href")}"]`));
  if (!dressed) return location.assign(answer.url);
  if (answer.redirected) history.pushState(null, "", answer.url);
  document.title = page.title;
  document.body.replaceWith(page.body);
  scrollTo(0, 0);
  arrive();
  document.dispatchEvent(new Event("htmx:after:swap")); // app.js prepares its own parts
  find("[data-focus], [autofocus]")?.focus();
};

const send = async (entry) => {
  const fields = new FormData(), keepIt = () => keep([...kept().filter((other) => other.key !== entry.key), entry]);
  entry.fields.forEach(([name, value]) => fields.append(name, value));
  fields.set("csrf_token", find("[name=csrf_token]")?.value ?? "");
  const files = entry.fields.some(([, value]) => value instanceof File && value.size);
  entry.fields = entry.fields.filter(([name, value]) => name !== "csrf_token" && !(value instanceof File));
  try {
    const answer = await fetch(entry.action, { method: "POST", body: fields, signal: AbortSignal.timeout(PATIENCE) });
    if (answer.status >= 502) throw new Error(answer.status);
    if (new URL(answer.url).pathname.endsWith("/dang-nhap")) keepIt(); // the shift's sign-in has ended meanwhile
    else if (answer.ok || answer.status === 422) drop(entry.key);
    await show(answer);
  } catch {
    if (files) return list(find("#unsent").dataset.files);
    keepIt();
    list();
    find("#unsent").scrollIntoView({ block: "center" });
  }
};

document.addEventListener("submit", async (event) => {
  const form = event.target, key = find("[name=key]", form)?.value;
  if (form.matches("[data-sign-out]")) return localStorage.removeItem(STORE);
  const secret = find("[type=password], [autocomplete=one-time-code]", form);
  if (form.method !== "post" || !key || !me() || secret || form.matches("[data-plain]")) return;
  event.preventDefault();
  if (form.getAttribute("aria-busy") === "true") return;
  form.setAttribute("aria-busy", "true");
  const button = event.submitter, clock = new Date().toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  const name = [find("h1")?.textContent, button?.textContent, clock].filter(Boolean).map((part) => part.trim()).join(" · ");
  const action = button?.hasAttribute("formaction") ? button.formAction : form.action;
  await send({ key, me: me(), name, action, fields: [...new FormData(form, button)] });
  form.removeAttribute("aria-busy");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.by) step(button.closest("[data-stepper]"), Number(button.dataset.by));
  if (button.matches("[data-print]")) print();
  if (button.matches("[data-camera]")) look(button.form);
  if (button.matches("[data-camera-close]")) button.closest("dialog").close();
  if (button.matches("[data-resend]")) { const entry = kept().find((each) => each.key === button.dataset.key); if (entry) { button.disabled = true; send(entry); } }
  if (button.matches("[data-discard]")) { drop(button.dataset.key); list(); }
});

/* What every page gets, also one that came in place of another. */
const arrive = () => {
  every("[data-by], [data-print]").forEach((button) => { button.hidden = false; });
  if ("BarcodeDetector" in window && navigator.mediaDevices) every("[data-camera]").forEach((button) => { button.hidden = false; });
  if (me()) keep(kept().filter((entry) => entry.me === me()));
  list();
  const kind = find("[data-beep]")?.dataset.beep;
  if (kind) sound(kind);
};
addEventListener("popstate", () => location.reload());
arrive();
