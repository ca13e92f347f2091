// Makes working pages quicker: nothing here is needed to buy. Every part looks for its own data attribute.
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* After a failed form the summary is where the reader starts. */
document.querySelector("[data-focus]")?.focus();

/* Quantity: the buttons appear with the script, and clamp to what is free. */
const prepareQuantities = (root) => all("[data-quantity]", root).forEach((box) => {
  const input = box.querySelector("input");
  all("[data-step]", box).forEach((button) => { button.hidden = false; });
  const clamp = (n) => Math.max(Number(input.min) || 1, Math.min(Number(input.max) || Infinity, n));
  box.onclick = (event) => {
    const button = event.target.closest("[data-step]");
    if (!button) return;
    input.value = clamp((parseInt(input.value, 10) || 1) + Number(button.dataset.step));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
});

/* Copy: account numbers and transfer words, with the answer on the button itself. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const words = button.textContent;
  button.textContent = button.dataset.copied || "✓";
  setTimeout(() => { button.textContent = words; }, 2000);
});

/* Dialogs: a link that opens one keeps its address for everybody else. */
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog) { event.preventDefault(); dialog.showModal(); }
  if (event.target.matches("dialog")) event.target.close();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
});

/* Menus that hang over the page close on Escape and on a click elsewhere. */
const closeMenus = (except) => all("details.menu[open]").forEach((menu) => { if (menu !== except) menu.open = false; });
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

/* Add to cart without losing one's place: post the form, then take the header and the notices from the answer. */
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-add]") || form.dataset.plain) return;
  event.preventDefault();
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form, event.submitter) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!answer.ok || !page.getElementById("notices")) throw new Error(answer.status);
    document.getElementById("cart-link").replaceWith(page.getElementById("cart-link"));
    const notices = document.getElementById("notices");
    notices.replaceChildren(...page.getElementById("notices").children);
    notices.classList.add("notices-floating");
    setTimeout(() => notices.classList.remove("notices-floating"), 6000);
    event.submitter?.removeAttribute("aria-busy");
  } catch {
    form.dataset.plain = "yes";
    form.requestSubmit(event.submitter);
  }
});

/* The price that is shown follows the size that is chosen. */
document.addEventListener("change", (event) => {
  const { price, unit } = event.target.dataset;
  if (!price) return;
  all("[data-price-shown]").forEach((place) => { place.textContent = price; });
  all("[data-unit-shown]").forEach((place) => { place.textContent = `/ ${unit}`; });
});

/* A form that re-prices itself: without htmx the update button is pressed for the buyer. */
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-reprice]");
  if (form && !window.htmx && event.target.matches("[data-reprices]")) form.requestSubmit(form.querySelector("[value=update]"));
});

/* On a phone the filters cover the goods: the button that shows them folds the filters away. */
let showing = false;
document.addEventListener("submit", (event) => { if (event.target.matches(".filters")) showing = true; });
document.addEventListener("htmx:after:swap", () => {
  const fold = showing && document.getElementById("filters-fold");
  showing = false;
  if (!fold || matchMedia("(min-width: 64rem)").matches) return;
  fold.open = false;
  document.getElementById("listing").scrollIntoView();
});

/* Search: the server's list of suggestions as a listbox under the field. */
all("form[data-suggest]").forEach((form) => {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("div");
  list.className = "suggestions"; list.hidden = true;
  form.append(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list" })) input.setAttribute(name, value);
  let asked = 0, timer, chosen = -1;
  const options = () => all("[role=option]", list);
  const close = () => { list.hidden = true; chosen = -1; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); };
  const choose = (n) => {
    const found = options(); if (!found.length) return;
    chosen = (n + found.length) % found.length;
    found.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
    input.setAttribute("aria-activedescendant", found[chosen].id);
    found[chosen].scrollIntoView({ block: "nearest" });
  };
  const go = (option) => { if (option.dataset.url) location.assign(option.dataset.url); else { input.value = option.dataset.text; form.requestSubmit(); } };
  const ask = async () => {
    const words = input.value.trim(), turn = ++asked;
    if (words.length < 2) return close();
    const answer = await fetch(`${form.dataset.suggest}?q=${encodeURIComponent(words)}`).catch(() => null);
    if (!answer?.ok || turn !== asked) return;
    list.innerHTML = await answer.text();
    if (!options().length) return close();
    list.firstElementChild.id = `${input.id}-suggestions`;
    input.setAttribute("aria-controls", list.firstElementChild.id);
    options().forEach((option, i) => { option.id = `${input.id}-suggestion-${i}`; });
    chosen = -1; list.hidden = false; input.setAttribute("aria-expanded", "true");
  };
  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 150); });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); choose(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); choose(chosen < 0 ? -1 : chosen - 1); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); go(options()[chosen]); }
  });
  list.addEventListener("pointerdown", (event) => { event.preventDefault(); const option = event.target.closest("[role=option]"); if (option) go(option); });
  form.addEventListener("focusout", (event) => { if (!form.contains(event.relatedTarget)) close(); });
});

prepareQuantities(document);
document.addEventListener("htmx:after:swap", () => prepareQuantities(document));
