// The tree: who called whom, unfolded as far as one looks.
import { ask } from "../ask.js";
import { el } from "../dom.js";
import { selection, state } from "../state.js";
import { count } from "../text.js";
import { treeRow } from "./tree_row.js";

const TREE_PAGE = 200;
// so many calls are unfolded at once
const UNFOLDED_AT_ONCE = 400;

let tree = null;
let left = 0;

export const treeView = {
  id: "tree", title: "Tree", about: "Who called whom, with arguments, results and times",
  async draw(draw, isCurrent) {
    const parts = selection();
    tree = el("div", { class: "tree", role: "tree", "aria-label": "Calls", onkeydown: moved });
    left = UNFOLDED_AT_ONCE;
    if (parts.root != null) {
      const root = await ask(`call/${parts.root}`);
      const row = addRow(tree, null, { ...root, calls: Infinity }, 0);
      await unfold(row);
    } else {
      await addRows(null, 0, 0);
    }
    if (!isCurrent()) return;
    if (tree.childElementCount === 0) return draw(el("p", { class: "nothing" }, "No call matches what is shown."));
    tree.querySelector("[role=treeitem]").tabIndex = 0;
    const head = el("div", { class: "row tree-head", "aria-hidden": "true" }, el("span", { class: "number" }, "took"), el("span", { class: "number" }, "worked"), el("span", {}, "call"));
    draw(head, tree);
    if (state().call != null) await reveal(state().call);
  },
  pick: (call) => reveal(call),
};

// the roots, or what `above` called; returns the rows
async function addRows(above, offset, depth) {
  const parts = selection();
  const of = tree;
  const { rows, total } = above ? await ask("children", { ...parts, root: null, call: Number(above.dataset.call), offset, limit: TREE_PAGE })
    : await ask("roots", { ...parts, offset, limit: TREE_PAGE });
  let last = above ? lastBelow(above) : tree.lastElementChild;
  for (const row of rows) {
    // another tree may be drawn by now
    if (of !== tree) return;
    const item = addRow(tree, last, row, depth, above);
    left--;
    if (left > 0 && row.calls > 1) await unfold(item);
    last = lastBelow(item);
  }
  if (of === tree && offset + rows.length < total && rows.length > 0) addMore(above, last, offset + rows.length, depth, total);
}

function addRow(list, after, row, depth, above) {
  const item = treeRow(row, depth, above, () => toggle(item));
  if (after) after.after(item);
  else list.append(item);
  return item;
}

function addMore(above, after, offset, depth, total) {
  const more = el("div", { class: "row", "data-depth": depth, "data-more": true }, el("span"), el("span"),
    el("button", { type: "button", class: "link", onclick: async () => {
      const before = more.previousElementSibling;
      // what was shown ahead of its place comes with its page
      while (more.nextElementSibling && depthOf(more.nextElementSibling) >= depth) more.nextElementSibling.remove();
      more.remove();
      left = UNFOLDED_AT_ONCE;
      await addRows(above, offset, depth);
      before?.nextElementSibling?.focus();
    } }, `${count(total - offset)} more`));
  more.lastElementChild.style.marginLeft = `${depth * 16 + 18}px`;
  if (after) after.after(more);
  else tree.append(more);
  return more;
}

async function unfold(item) {
  if (item.getAttribute("aria-expanded") !== "false" || item.dataset.busy) return;
  item.dataset.busy = "true";
  await addRows(item, 0, Number(item.dataset.depth) + 1);
  delete item.dataset.busy;
  setOpen(item, true);
}

function fold(item) {
  for (let next = item.nextElementSibling; next && depthOf(next) > depthOf(item); next = item.nextElementSibling) next.remove();
  setOpen(item, false);
}

async function toggle(item) {
  left = UNFOLDED_AT_ONCE;
  if (item.getAttribute("aria-expanded") === "true") fold(item);
  else await unfold(item);
}

function setOpen(item, isOpen) {
  item.setAttribute("aria-expanded", String(isOpen));
  item.querySelector(".fold").textContent = isOpen ? "▾" : "▸";
}

function depthOf(item) {
  return Number(item.dataset.depth);
}

function lastBelow(item) {
  let last = item;
  while (last.nextElementSibling && depthOf(last.nextElementSibling) > depthOf(item)) last = last.nextElementSibling;
  return last;
}

// unfolds what is above a call, and shows its row
async function reveal(call) {
  const of = tree;
  if (call != null && !of.querySelector(`[data-call="${call}"]`)) {
    const { path } = await ask(`call/${call}`);
    left = 1;
    let above = null;
    for (const { call: step } of path) {
      if (of !== tree) return;
      // one that is on a later page stands behind the button for what is before it
      const item = of.querySelector(`[data-call="${step}"]`) ?? addRow(of, above ? lastBelow(above) : of.lastElementChild, await ask(`call/${step}`), above ? depthOf(above) + 1 : 0, above);
      if (step !== call) await unfold(item);
      above = item;
    }
  }
  if (of !== tree) return;
  for (const item of of.querySelectorAll("[aria-selected=true]")) item.setAttribute("aria-selected", "false");
  const item = of.querySelector(`[data-call="${call}"]`);
  if (!item) return;
  item.setAttribute("aria-selected", "true");
  focusable(item);
  item.scrollIntoView({ block: "nearest" });
}

function focusable(item) {
  for (const other of tree.querySelectorAll('[tabindex="0"][role=treeitem]')) other.tabIndex = -1;
  item.tabIndex = 0;
}

function moved(event) {
  const item = event.target.closest("[role=treeitem]");
  if (!item) return;
  const isOpen = item.getAttribute("aria-expanded");
  let next = null;
  if (event.key === "ArrowDown") next = item.nextElementSibling;
  else if (event.key === "ArrowUp") next = item.previousElementSibling;
  else if (event.key === "Home") next = tree.firstElementChild;
  else if (event.key === "End") next = tree.lastElementChild;
  else if (event.key === "ArrowRight" && isOpen === "false") toggle(item);
  else if (event.key === "ArrowRight" && isOpen === "true") next = item.nextElementSibling;
  else if (event.key === "ArrowLeft" && isOpen === "true") toggle(item);
  else if (event.key === "ArrowLeft") next = aboveOf(item);
  else if (event.key === "Enter" || event.key === " ") item.click();
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (next?.matches("[role=treeitem]")) {
    focusable(next);
    next.focus();
  } else next?.querySelector("button")?.focus();
}

function aboveOf(item) {
  let above = item.previousElementSibling;
  while (above && depthOf(above) >= depthOf(item)) above = above.previousElementSibling;
  return above;
}
