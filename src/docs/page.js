(() => {
  "use strict";
  const root = document.documentElement;
  const $ = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Light or dark: what the reader chose, or what the system says.
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try { return localStorage.getItem("saasdb-theme"); } catch { return null; }
  };
  let chosen = null;
  const paint = () => { root.dataset.theme = kept() || chosen || (system.matches ? "dark" : "light"); };
  paint();
  system.addEventListener("change", paint);
  $("theme").addEventListener("click", () => {
    chosen = root.dataset.theme === "dark" ? "light" : "dark";
    // From the file system or in a private window nothing may be kept.
    try { localStorage.setItem("saasdb-theme", chosen); } catch { /* this page only */ }
    paint();
  });

  const search = $("search");
  const aside = document.querySelector("aside");
  const canvas = $("canvas");
  const drawing = $("er");
  const hits = $("hits");
  const plural = (n, noun) => `${n} ${noun}${n === 1 ? "" : "s"}`;
  const fold = (text) => text.toLowerCase();
  const entries = all("#list > li");
  const tables = all("article.table").map((element, i) => ({
    element,
    entry: entries[i],
    link: entries[i].firstElementChild,
    kind: element.dataset.kind,
    name: fold(element.querySelector("h3").textContent),
    about: fold(element.querySelector(".comment")?.textContent ?? ""),
    columns: all("tbody > tr", element).map((row) => ({
      row,
      name: fold(row.querySelector("code").textContent),
      about: fold(row.cells[3]?.textContent ?? ""),
    })),
  }));
  const columnCount = tables.reduce((sum, table) => sum + table.columns.length, 0);
  const nodes = drawing ? all(".node", drawing) : [];
  const edges = drawing ? all(".edge", drawing) : [];
  const buttons = all(".legend button");

  // Every word has to be somewhere: in the table's name or comment, or in those of one of its columns.
  let found = [];
  let reveal = () => {};
  const filter = () => {
    const words = fold(search.value).split(/\s+/).filter(Boolean);
    const kinds = buttons.filter((b) => b.ariaPressed === "true").map((b) => b.dataset.kind);
    const asked = words.length > 0 || kinds.length > 0;
    let columns = 0;
    found = [];
    tables.forEach((table, i) => {
      const own = (word) => table.name.includes(word) || table.about.includes(word);
      const rest = words.filter((word) => !own(word));
      const fits = (column, word) => column.name.includes(word) || column.about.includes(word);
      const shown =
        (kinds.length === 0 || kinds.includes(table.kind)) &&
        rest.every((word) => table.columns.some((column) => fits(column, word)));
      const named = words.length > 0 && words.some((word) => table.name.includes(word));
      table.element.hidden = table.entry.hidden = !shown;
      table.element.classList.toggle("named", shown && named);
      for (const column of table.columns) {
        const hit = shown && words.some((word) => fits(column, word));
        column.row.classList.toggle("hit", hit);
        if (hit) columns += 1;
      }
      nodes[i]?.classList.toggle("off", !shown);
      if (shown) found.push({ ...table, exact: words.length > 0 && table.name === words.join(" "), named });
    });
    // Boxes of tables elsewhere follow those that refer to them.
    nodes.slice(tables.length).forEach((node) => node.classList.toggle("off", asked));
    for (const edge of edges) {
      const ends = [edge.dataset.from, edge.dataset.to].map((n) => nodes[n]);
      edge.classList.toggle("off", ends.some((node) => node.classList.contains("off")));
    }
    if (asked && found.length > 0) reveal(nodes[tables.findIndex((t) => t.element === found[0].element)]);
    $("nothing").hidden = found.length > 0 || tables.length === 0;
    aside.classList.toggle("searching", asked);
    hits.textContent = !asked
      ? `${plural(tables.length, "table")}, ${plural(columnCount, "column")}`
      : found.length === 0
        ? "Nothing found"
        : words.length === 0
          ? `${plural(found.length, "table")}`
          : `Found ${plural(found.length, "table")}, ${plural(columns, "column")}`;
  };
  const clear = () => {
    search.value = "";
    buttons.forEach((button) => { button.ariaPressed = "false"; });
    filter();
  };
  const open = (table) => {
    location.hash = `#${table.element.id}`;
    table.element.scrollIntoView();
    table.element.focus({ preventScroll: true });
  };
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      const best = found.find((t) => t.exact) ?? found.find((t) => t.named) ?? found[0];
      if (best) open(best);
    } else if (event.key === "Escape") {
      clear();
    }
  });
  buttons.forEach((button) => button.addEventListener("click", () => {
    button.ariaPressed = button.ariaPressed === "true" ? "false" : "true";
    filter();
  }));
  document.querySelector(".clear").addEventListener("click", () => { clear(); search.focus(); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  });
  // A link to a table that the filter hides shows everything again.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target?.hidden) {
      clear();
      target.scrollIntoView();
    }
    for (const table of tables) {
      if (table.element === target) table.link.setAttribute("aria-current", "true");
      else table.link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", follow);

  if (drawing) {
    // A box under the pointer or with the focus shows what it has to do with.
    const pick = (number) => {
      drawing.classList.toggle("picked", number !== null);
      const near = new Set([number]);
      for (const edge of edges) {
        const on = number !== null && (edge.dataset.from === number || edge.dataset.to === number);
        edge.classList.toggle("on", on);
        if (on) near.add(edge.dataset.from).add(edge.dataset.to);
      }
      nodes.forEach((node) => node.classList.toggle("on", near.has(node.dataset.node)));
    };
    const over = (event) => {
      const node = event.target.closest(".node");
      if (node) pick(node.dataset.node);
    };
    drawing.addEventListener("pointerover", over);
    drawing.addEventListener("focusin", over);
    drawing.addEventListener("pointerout", (event) => { if (event.target.closest(".node")) pick(null); });
    drawing.addEventListener("focusout", () => pick(null));

    const { width, height } = drawing.viewBox.baseVal;
    let scale = 1;
    const zoom = (to, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) => {
      const before = scale;
      scale = Math.min(2.5, Math.max(0.1, to));
      const [left, top] = [(canvas.scrollLeft + x) / before, (canvas.scrollTop + y) / before];
      drawing.setAttribute("width", width * scale);
      drawing.setAttribute("height", height * scale);
      canvas.scrollTo({ left: left * scale - x, top: top * scale - y, behavior: "instant" });
    };
    const most = () => Math.min(innerHeight * 0.78, 896);
    $("zoom-in").addEventListener("click", () => zoom(scale * 1.25));
    $("zoom-out").addEventListener("click", () => zoom(scale / 1.25));
    $("zoom-fit").addEventListener("click", () => zoom(whole()));
    canvas.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const frame = canvas.getBoundingClientRect();
      zoom(scale * Math.exp(-event.deltaY / 400), event.clientX - frame.left, event.clientY - frame.top);
    }, { passive: false });
    // A box that is out of sight comes into the middle.
    reveal = (node) => {
      const frame = canvas.getBoundingClientRect();
      const box = node.getBoundingClientRect();
      const inside =
        box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
      if (inside) return;
      canvas.scrollTo({
        left: canvas.scrollLeft + (box.left + box.right - frame.left - frame.right) / 2,
        top: canvas.scrollTop + (box.top + box.bottom - frame.top - frame.bottom) / 2,
        behavior: "instant",
      });
    };
    // The whole, if it can be read; else as large as fits the width, and the rest is a matter of moving.
    const whole = () => Math.min(1, (canvas.clientWidth - 2) / width, most() / height);
    const wide = Math.min(1, (canvas.clientWidth - 2) / width);
    zoom(whole() >= 0.7 ? whole() : Math.max(0.62, wide));
    reveal(nodes.find((node) => node.classList.contains("tenant")) ?? nodes[0]);

    let held = null;
    let moved = false;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || event.pointerType === "touch") return;
      held = { x: event.clientX, y: event.clientY, left: canvas.scrollLeft, top: canvas.scrollTop };
      moved = false;
    });
    addEventListener("pointermove", (event) => {
      if (!held) return;
      const [x, y] = [event.clientX - held.x, event.clientY - held.y];
      moved ||= Math.hypot(x, y) > 4;
      canvas.classList.toggle("moving", moved);
      if (moved) canvas.scrollTo({ left: held.left - x, top: held.top - y, behavior: "instant" });
    });
    addEventListener("pointerup", () => { held = null; canvas.classList.remove("moving"); });
    drawing.addEventListener("dragstart", (event) => event.preventDefault());
    // Whoever moved the picture did not mean to follow a link.
    drawing.addEventListener("click", (event) => { if (moved) event.preventDefault(); }, true);
  }

  addEventListener("beforeprint", () => all("details").forEach((d) => { d.open = true; }));
  filter();
  follow();
})();
