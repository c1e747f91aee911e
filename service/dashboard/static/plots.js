// Charts: uPlot in place of the drawing that came with the page, drawn anew when a parameter is turned.
"use strict";

(() => {
  const REACH = 5, POINTS = 401;
  const base = document.body.dataset.base;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const WHEEL = ["--found", "--known", "--slope", "--bad", "--good", "--faint"];
  const charts = new Set();

  const axis = () => ({ stroke: colour("--faint"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } });

  function chart(place, options, data) {
    const size = () => ({ width: Math.max(280, place.clientWidth), height: Math.round(Math.min(420, Math.max(240, place.clientWidth * 0.55))) });
    place.replaceChildren();
    const made = new uPlot({ ...size(), ...options }, data, place);
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(place);
    const held = { made, drop() { watch.disconnect(); made.destroy(); charts.delete(held); } };
    charts.add(held);
    return held;
  }

  // A standard normal's one and two deviations behind everything.
  const shade = (u) => {
    u.ctx.save();
    u.ctx.fillStyle = colour("--shade");
    for (const wide of [2, 1]) {
      const left = u.valToPos(-wide, "x", true), right = u.valToPos(wide, "x", true);
      u.ctx.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    }
    u.ctx.restore();
  };

  // Few values that reach far beyond the others do not decide the height.
  function height(rows) {
    const all = rows.flat().filter(Number.isFinite).sort((a, b) => a - b);
    if (!all.length) return [-1, 1];
    const at = (share) => all[Math.round(share * (all.length - 1))];
    let low = all[0], high = all.at(-1);
    const usual = Math.max(at(0.9) - at(0.1), 0.25);
    if (high - low > 8 * usual) { low = Math.max(low, at(0.25) - 3 * usual); high = Math.min(high, at(0.75) + 3 * usual); }
    const margin = Math.max(0.06 * (high - low), 0.05);
    return [low - margin, high + margin];
  }

  async function values(one, xs, settings, held) {
    const inputs = [xs];
    for (let piece = 1; piece < one.pieces; piece++) inputs.push(xs.map(() => (piece === 1 ? held : 1)));
    const answer = await fetch(`${base}/api/v1/evaluate`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ expression: one.text, inputs, settings }),
    });
    if (!answer.ok) throw new Error((await answer.json()).detail);
    return answer.json();
  }

  function functionChart(figure) {
    const place = figure.querySelector(".chart");
    const told = JSON.parse(figure.querySelector(".plotted").textContent);
    const xs = Array.from({ length: POINTS }, (_, i) => -REACH + (2 * REACH * i) / (POINTS - 1));
    const sliders = [...figure.querySelectorAll(".sliders input")];
    const others = [];
    let held = null, busy = false, again = false;

    const settings = () => Object.fromEntries(sliders.filter((one) => !("piece" in one.dataset)).map((one) => [one.name, +one.value]));
    const second = () => { const found = sliders.find((one) => "piece" in one.dataset); return found ? +found.value : 1; };

    function draw(rows) {
      const [first, ...rest] = rows;
      const slopes = told.slope ? [first.slope[0]] : [];
      const data = [xs, first.value, ...slopes, ...rest.map((row) => row.value)];
      const [low, high] = height([...rows.map((row) => row.value), ...slopes]);
      if (!held) {
        held = chart(place, {
          scales: { x: { time: false }, y: { range: (u) => u.bounds || [low, high] } },
          axes: [axis(), axis()], legend: { live: true },
          hooks: { drawClear: [shade] },
          series: [
            { label: "x", value: (_, x) => (x == null ? "" : x.toFixed(2)) },
            { label: told.functions[0].name, stroke: colour("--found"), width: 2.5, points: { show: false } },
            ...slopes.map(() => ({ label: "slope", stroke: colour("--slope"), width: 1.5, dash: [4, 4], points: { show: false } })),
            ...told.functions.slice(1).map((one, i) => ({ label: one.name, stroke: colour(WHEEL[1 + (i % 5)]), width: 1.5, points: { show: false } })),
          ],
        }, data);
      }
      held.made.bounds = [low, high];
      held.made.setData(data);
    }

    async function refresh() {
      if (busy) { again = true; return; }
      busy = true;
      try {
        const asked = [values(told.functions[0], xs, settings(), second())];
        if (!others.length) asked.push(...told.functions.slice(1).map((one) => values(one, xs, {}, 1)));
        const [own, ...rest] = await Promise.all(asked);
        others.push(...rest);
        if (place.isConnected) draw([own, ...others]);
      } catch (error) {
        place.title = error.message;  // the drawing that came with the page stays
      }
      await new Promise((resume) => setTimeout(resume, 80));  // a drag asks some ten times a second
      busy = false;
      if (again) { again = false; refresh(); }
    }

    for (const slider of sliders) slider.addEventListener("input", () => {
      slider.closest("label").querySelector("output").textContent = (+slider.value).toFixed(2);
      refresh();
    });
    figure.redraw = () => { if (held) { held.drop(); held = null; } refresh(); };
    refresh();
  }

  function curvesChart(figure) {
    const place = figure.querySelector(".chart");
    const lines = JSON.parse(figure.querySelector(".learned").textContent);
    let held = null;
    figure.redraw = () => {
      if (held) held.drop();
      const epochs = Array.from({ length: Math.max(...lines.map((one) => one.mean.length)) }, (_, i) => i + 1);
      const data = [epochs], series = [{ label: "epoch" }], bands = [];
      const positive = lines.every((one) => one.low.every((loss) => loss > 0));
      lines.forEach((one, i) => {
        const ink = colour(one.own ? "--found" : WHEEL[1 + (i % 5)]);
        const at = data.length;
        data.push(one.mean, one.high, one.low);
        series.push(
          { label: one.own ? "this" : one.name, stroke: ink, width: one.own ? 2.5 : 1.5, points: { show: false } },
          { label: "", stroke: "transparent", points: { show: false } },
          { label: "", stroke: "transparent", points: { show: false } },
        );
        bands.push({ series: [at + 1, at + 2], fill: `color-mix(in srgb, ${ink} ${one.own ? 22 : 10}%, transparent)` });
      });
      held = chart(place, {
        scales: { x: { time: false }, y: { distr: positive ? 3 : 1 } },
        axes: [axis(), axis()], series, bands, legend: { show: false },
      }, data);
      const legend = document.createElement("ul");
      legend.className = "legend";
      lines.forEach((one, i) => {
        const item = document.createElement("li"), swatch = document.createElement("i");
        swatch.style.background = colour(one.own ? "--found" : WHEEL[1 + (i % 5)]);
        item.append(swatch, one.own ? "this" : one.name);
        legend.append(item);
      });
      place.append(legend);
    };
    figure.redraw();
  }

  // The best so far, against candidates or against minutes since the job was asked for.
  let againstTime = false;

  function ascentChart(figure) {
    const place = figure.querySelector(".chart");
    const told = JSON.parse(figure.querySelector(".risen").textContent);
    const switches = figure.querySelectorAll(".switch button");
    if (!told.rises.length) return;
    let held = null;
    figure.redraw = () => {
      if (held) held.drop();
      const xs = told.rises.map((rise) => (againstTime ? rise.after_s / 60 : rise.count)), ys = told.rises.map((rise) => rise.score);
      const last = againstTime ? told.minutes : told.done;
      if (last > xs.at(-1)) { xs.push(last); ys.push(ys.at(-1)); }
      held = chart(place, {
        scales: { x: { time: false } }, axes: [axis(), axis()], legend: { live: true },
        series: [{ label: againstTime ? "minutes" : "candidates" }, { label: told.label, stroke: colour("--found"), width: 2, paths: uPlot.paths.stepped({ align: 1 }), points: { size: 5 } }],
      }, [xs, ys]);
      for (const one of switches) one.setAttribute("aria-pressed", String((one.value === "time") === againstTime));
    };
    for (const one of switches) {
      one.hidden = false;
      one.addEventListener("click", () => { againstTime = one.value === "time"; figure.redraw(); });
    }
    figure.redraw();
  }

  function begin(root) {
    for (const figure of root.querySelectorAll("figure.plot")) {
      if (figure.begun) continue;
      figure.begun = true;
      if (figure.querySelector(".plotted")) functionChart(figure);
      else if (figure.querySelector(".learned")) curvesChart(figure);
      else if (figure.querySelector(".risen")) ascentChart(figure);
    }
  }

  begin(document);
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const held of [...charts]) if (!held.made.root.isConnected) held.drop();
    begin(event.target.parentNode || document);
  });
  document.addEventListener("themechange", () => {
    for (const figure of document.querySelectorAll("figure.plot")) if (figure.redraw) figure.redraw();
  });
})();
