/* What JavaScript adds. Every page works without it: nothing here is the only way to do a thing. */
"use strict";

(() => {
  const said = () => document.getElementById("said");
  const say = (text) => { const place = said(); if (place) { place.textContent = ""; setTimeout(() => { place.textContent = text; }, 50); } };
  const token = () => document.querySelector('meta[name="csrf-token"]')?.content;

  /* htmx: the token of forms; an error answers with a whole designed page, of which the main part is shown. */
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get" && token()) event.detail.headers["X-CSRFToken"] = token();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, elt } = event.detail;
    /* What was asked for again and again is no longer on the page: it has ended, and the page is another one. */
    if (elt.matches("[data-quiet][id]") && xhr.status < 400 && !xhr.responseText.includes(`id="${elt.id}"`)) {
      event.detail.shouldSwap = false;
      window.location.reload();
      return;
    }
    if (xhr.responseText.includes('<body class="signed-out"')) {
      event.detail.shouldSwap = false;
      window.location.reload();
    } else if (xhr.status >= 400) {
      const quiet = elt.closest("[data-quiet]");
      if (quiet && xhr.status >= 500) return;
      Object.assign(event.detail, { shouldSwap: true, selectOverride: "#main", swapOverride: "outerHTML" });
      event.detail.target = document.getElementById("main");
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target?.closest?.("[data-quiet]")) return;
    say(said()?.dataset.updated);
  });
  document.addEventListener("htmx:sendError", () => say(said()?.dataset.failed));
  document.addEventListener("htmx:load", (event) => enhance(event.detail.elt));

  /* Menus and questions close by Escape and by a click elsewhere. */
  const opened = () => document.querySelectorAll("details.menu[open], details.confirm[open]");
  document.addEventListener("click", (event) => {
    opened().forEach((each) => { if (!each.contains(event.target)) each.open = false; });
    const cancel = event.target.closest?.("[data-close]");
    if (cancel) close(cancel.closest("details"));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") opened().forEach(close);
  });
  function close(details) { details.open = false; details.querySelector("summary").focus(); }

  /* One key a button or link that names it, while nothing is being written and no other key is held. */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
    const named = [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === event.key);
    if (named) { event.preventDefault(); named.click(); }
  });

  /* A form is sent once, however often the button is pressed. */
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-once]")) return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    event.target.querySelectorAll("button[type=submit]").forEach((each) => { each.setAttribute("aria-disabled", "true"); });
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("[data-sent]").forEach((each) => {
      delete each.dataset.sent;
      each.querySelectorAll("[aria-disabled]").forEach((button) => button.removeAttribute("aria-disabled"));
    });
  });

  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  function drop(place) {
    const field = place.querySelector("input[type=file]");
    const chosen = place.querySelector("[data-chosen]");
    const most = Number(field.dataset.most || Infinity) * 1048576;
    const show = () => {
      const over = [...field.files].some((file) => file.size > most);
      field.setCustomValidity(over ? field.dataset.over : "");
      chosen.replaceChildren(...[...field.files].map((file) => {
        const line = document.createElement("li");
        line.textContent = `${file.name}（${size(file.size)}）` + (file.size > most ? ` ${field.dataset.over}` : "");
        line.classList.toggle("over", file.size > most);
        return line;
      }));
    };
    ["dragenter", "dragover"].forEach((name) => place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add("over");
    }));
    ["dragleave", "drop"].forEach((name) => place.addEventListener(name, () => place.classList.remove("over")));
    place.addEventListener("drop", (event) => {
      event.preventDefault();
      const files = new DataTransfer();
      [...event.dataTransfer.files].slice(0, field.multiple ? undefined : 1).forEach((file) => files.items.add(file));
      field.files = files.files;
      show();
    });
    field.addEventListener("change", show);
  }

  /* A large file on its way: how much of it is sent, a way back, and what went wrong. */
  const sending = (event) => event.target.querySelector?.("[data-sending]");
  function sent(shown, state, amount = "") {
    const label = shown.querySelector("[data-sent-all]"), bar = shown.querySelector("progress");
    shown.hidden = state === "gone";
    shown.dataset.state = state;
    label.dataset.sent ??= label.textContent;
    label.textContent = { whole: label.dataset.sentAll, failed: said()?.dataset.failed }[state] ?? label.dataset.sent;
    bar.hidden = shown.querySelector("[data-abort]").hidden = state === "failed";
    if (state !== "sending" || !amount) bar.removeAttribute("value");
    shown.querySelector("[data-amount]").textContent = amount;
  }
  document.addEventListener("htmx:xhr:loadstart", (event) => {
    if (!sending(event)) return;
    sent(sending(event), "sending");
    sending(event).scrollIntoView({ block: "nearest" });
  });
  document.addEventListener("htmx:xhr:progress", (event) => {
    const shown = sending(event), { loaded, total, lengthComputable } = event.detail;
    /* What comes once the whole is sent is the answer's own progress. */
    if (!shown || !lengthComputable || shown.dataset.state !== "sending") return;
    Object.assign(shown.querySelector("progress"), { max: total, value: loaded });
    sent(shown, loaded < total ? "sending" : "whole", `${size(loaded)} / ${size(total)}`);
  });
  document.addEventListener("htmx:xhr:abort", (event) => { if (sending(event)) sent(sending(event), "gone"); });
  document.addEventListener("htmx:sendError", (event) => { if (sending(event)) sent(sending(event), "failed"); });
  document.addEventListener("click", (event) => {
    const form = event.target.closest?.("[data-abort]")?.closest("form");
    if (form) window.htmx.trigger(form, "htmx:abort");
  });

  const INK = "#5b6772", LINE = "#d9dde1";
  const COLOURS = ["#21526b", "#c98a1b", "#b42b24", "#6a4c93", "#2b6b4a", "#8fb0c1"];
  function chart(place) {
    const said = JSON.parse(document.getElementById(place.dataset.chart).textContent);
    place.hidden = false;
    const family = getComputedStyle(document.body).fontFamily;
    const drawn = window.echarts.init(place, null, { renderer: "canvas" });
    drawn.setOption({
      color: COLOURS,
      animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      textStyle: { fontFamily: family, color: INK },
      grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
      legend: { left: 0, top: 0, itemWidth: 12, itemHeight: 12, textStyle: { color: INK } },
      ...said,
      tooltip: { trigger: "axis", ...said.tooltip, renderMode: "richText", borderColor: LINE },
    });
    place.closest("figure").querySelector("[data-table]")?.removeAttribute("open");
    new ResizeObserver(() => drawn.resize()).observe(place);
  }

  const seen = new WeakSet();
  const once = (root, what, act) => root.querySelectorAll(what).forEach((each) => {
    if (!seen.has(each)) { seen.add(each); act(each); }
  });
  function enhance(root) {
    once(root, "[data-drop]", drop);
    once(root, "[data-close]", (each) => { each.hidden = false; });
    if (window.echarts) once(root, "[data-chart]", chart);
    once(root, "details.fold", (each) => { if (each.dataset.fold === "0" && window.matchMedia("(max-width: 600px)").matches) each.open = false; });
    once(root, ".side [aria-current]", (each) => { each.closest(".side").scrollLeft = each.offsetLeft - 60; });
  }
  document.addEventListener("DOMContentLoaded", () => enhance(document));
})();
