// Makes elements. Text goes in as text nodes only: what a trace holds is never read as HTML.

/** An element: `el("button", { class: "x", onclick }, "text", child)`. Attributes that are null or false are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  fill(element, ...children);
  return element;
}

/** Puts children in the place of those that are there. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/** A button with a name for those who do not see its sign. */
export function button(sign, name, onclick, attributes = {}) {
  const { class: kind = "", ...rest } = attributes;
  return el("button", { type: "button", class: kind, title: name, "aria-label": name, onclick, ...rest }, sign);
}

/** Tells a screen reader. */
export function say(text) {
  document.getElementById("say").textContent = text;
}

/** Runs `work` once things are quiet for `pause` milliseconds. */
export function later(pause, work) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), pause);
  };
}
