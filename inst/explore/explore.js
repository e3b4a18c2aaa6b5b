// The explorer: what is chosen is in the address, and each view is drawn anew from it.
const $ = id => document.getElementById(id);
const views = [D.choice && ["choice", D.choice.kind === "models" ? "Models" : "Choice"],
  ...(fits.length ? [["components", upper(word.component) + "s"], ["observations", upper(word.observation) + "s"],
    ["residuals", "Residuals"]] : []), fits.length && ["about", "About"]].filter(Boolean);
const usual = {view: views[0][0], fit: 1, k: 1, i: 1, sort: "walk", down: 0, q: "", group: 0, page: 1, absolute: 0,
  lambda: 1, n: 10, residual: "", worst: 0, measure: "", theme: ""};
let state, listed = [];

// Address ------------------------------------------------------------------------------------------------------------

function read_address() {
  const found = {...usual};
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    if (!(key in usual)) continue;
    found[key] = typeof usual[key] === "number" ? +value : value;
    if (Number.isNaN(found[key])) found[key] = usual[key];
  }
  const within = (key, most) => { found[key] = Math.min(Math.max(Math.round(found[key]), 1), Math.max(most, 1)); };
  if (!views.some(view => view[0] === found.view)) found.view = usual.view;
  within("fit", fits.length);
  if (fits.length) {
    within("k", fits[found.fit - 1].K);
    within("i", D.observations.length);
    within("n", D.features.length);
    if (!kinds_of(fits[found.fit - 1]).some(kind => kind[0] === found.residual)) found.residual = usual.residual;
    if (!sorts[found.sort]) found.sort = usual.sort;
  }
  found.lambda = Math.min(Math.max(found.lambda, 0), 1);
  return found;
}
function address(changes) {
  const next = {...state, ...changes}, said = new URLSearchParams();
  for (const key of Object.keys(usual)) if (next[key] !== usual[key]) said.set(key, next[key]);
  return "#" + said;
}
// A change of the view or the fit can be gone back from. A control that is in use is kept, not made anew.
function go(changes, keep) {
  const to = address(changes), step = "view" in changes || "fit" in changes;
  if (to !== (location.hash || "#")) history[step ? "pushState" : "replaceState"](null, "", to);
  state = read_address();
  draw(keep);
}
addEventListener("hashchange", () => { state = read_address(); draw(); });

// Controls -----------------------------------------------------------------------------------------------------------

const select = (id, label, options, value, change) => html("label", {class: "control"}, html("span", {}, label),
  html("select", {id, onchange: event => change(event.target.value)}, options.map(([key, shown]) =>
    html("option", {value: key, selected: String(key) === String(value)}, shown))));
const toggle = (id, label, pressed, change) =>
  html("button", {id, type: "button", class: "toggle", "aria-pressed": String(!!pressed), onclick: () =>
    change(pressed ? 0 : 1)}, label);
const slider = (id, label, value, {min, max, step}, change) =>
  html("label", {class: "control"}, html("span", {}, label),
  html("input", {id, type: "range", min, max, step, value, oninput: event => {
    event.target.nextSibling.textContent = event.target.value;
    change(+event.target.value);
  }}), html("output", {for: id}, value));
const plain_click = (event, changes) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(changes);
};
const link = (id, changes, ...children) =>
  html("a", {id, href: address(changes), onclick: event => plain_click(event, changes)}, children);
const fit = () => fits[state.fit - 1];

// Table --------------------------------------------------------------------------------------------------------------

// `columns` are [heading, cell(row), align, sort]; a row that is `current` is marked.
const table = (id, label, columns, rows, {current = () => false, sort} = {}) => html("div", {class: "scroll"},
  html("table", {id, "aria-label": label},
    html("thead", {}, html("tr", {}, columns.map(([heading, , align, key]) => html("th", {class: align, scope: "col",
      "aria-sort": key && key === state.sort ? (state.down ? "ascending" : "descending") : null},
      key ? html("button", {id: `sort-${key}`, type: "button", onclick: () => sort(key)}, heading) : heading)))),
    html("tbody", {}, rows.map(row => html("tr", {"aria-current": current(row) ? "true" : null},
      columns.map(([, cell, align]) => html("td", {class: align}, cell(row))))))));

// Components ---------------------------------------------------------------------------------------------------------

function view_components(width) {
  const one = fit(), side = width >= 900 ? 250 : 0, wide = width - (side ? side + 28 : 0);
  const card = k => ({id: `component-${k + 1}`, class: "card", "aria-current": k === state.k - 1 ? "true" : null});
  const head = k => html("h3", {}, html("button", {id: `choose-${k + 1}`, type: "button",
    "aria-pressed": String(k === state.k - 1), onclick: () => go({k: k + 1})},
  swatch(one.facts.colours[k]), name(one.facts.components[k]),
  html("span", {class: "share"}, percent(one.facts.share[k])), match_of(one, k)));
  const reading = html("p", {class: "reading", "aria-live": "polite"}, hint());
  function hint() {
    const bars = one.high ? " Lines: " + (one.facts.ends.length ? one.facts.ends.join("% to ") + "% intervals."
      : "intervals.") : "";
    return D.channels ? "Shares of the mutations by channel; every axis is its own." + bars
      : `Probability of the ${word.feature} in the ${word.component}; one axis for all.` + bars;
  }
  const on = k => ({click: () => go({k: k + 1}), move: j => {
    const share = (100 * one.H[k][j]).toPrecision(3);
    reading.textContent = `${one.facts.components[k]} \u00b7 ${D.features[j]} \u00b7 ${share}%` +
      (one.high && is(one.high[k][j])
        ? ` (${(100 * one.low[k][j]).toPrecision(3)} to ${(100 * one.high[k][j]).toPrecision(3)}%)` : "");
  }});
  let body, controls = null;
  if (D.channels) {
    const label = wide > 700 ? one.facts.matched ? 108 : 76 : 0;
    body = html("div", {class: "stack" + (label ? " beside" : "") + (one.facts.matched ? " known" : "")}, range(one.K)
      .map(k => html("section", card(k), head(k),
      component_picture(one, k, {width: wide - label - (label ? 8 : 0), strip: k === 0, labels: k === one.K - 1,
        on: on(k)}))));
  } else {
    const lists = range(one.K).map(k => top_features(one, k, state.n, state.lambda).map(j => one.H[k][j]));
    const most = Math.max(...lists.flat(), 0);
    controls = html("div", {class: "controls"},
      slider("lambda", "Relevance \u03bb", state.lambda, {min: 0, max: 1, step: 0.05}, lambda => go({lambda}, true)),
      slider("n", upper(word.feature) + "s", state.n, {min: 5, max: Math.min(40, D.features.length), step: 1}, n =>
        go({n}, true)),
      html("p", {class: "aside"},
        `\u03bb = 1 ranks by probability; smaller values favour ${word.feature}s that are rare elsewhere.`));
    body = html("div", {class: "cards"}, range(one.K).map(k => html("section", card(k), head(k),
      component_picture(one, k, {n: state.n, lambda: state.lambda, most}))));
  }
  return [controls, reading, html("div", {class: side ? "split" : ""}, html("div", {}, body), component_side(one))];
}

function component_side(one) {
  const k = state.k - 1, colour = paint(one.facts.colours[k]);
  const by = range(D.observations.length).map(i => [one.W[k][i], i]).sort((a, b) => b[0] - a[0]).slice(0, 10);
  const entropy = -sum(one.H[k].filter(h => h > 0).map(h => h * Math.log(h)));
  return html("aside", {class: "side", "aria-label": `${upper(word.component)} ${one.facts.components[k]}`},
    html("h2", {}, swatch(one.facts.colours[k]), name(one.facts.components[k])),
    html("dl", {}, html("dt", {}, "share of all " + word.weight), html("dd", {}, percent(one.facts.share[k])),
      html("dt", {}, `effective ${word.feature}s`), html("dd", {}, number(Math.exp(entropy))),
      one.facts.matched && [html("dt", {}, "known as"), html("dd", {}, match_of(one, k))]),
    D.channels && [html("h3", {}, "Largest"), bars(top_features(one, k, 6)
      .map(j => ({label: D.features[j], value: one.H[k][j],
      colour, low: one.low && one.low[k][j], high: one.high && one.high[k][j]})),
        {unit: fine, label: "Largest features"})],
    html("h3", {}, `${upper(word.observation)}s with most of it`),
    bars(by.map(([w, i]) => ({label: D.observations[i], value: w, colour,
      href: address({view: "observations", i: i + 1, page: 0}),
      note: `${number(w)} \u00b7 ${percent(w / (one.sums[i] || 1))}`})),
        {label: `${upper(word.observation)}s with most of it`}),
    html("p", {}, link("sort-by-it", {view: "observations", sort: "share", page: 1},
      `All ${word.observation}s by its share`)));
}

// Observations -------------------------------------------------------------------------------------------------------

const sorts = {
  walk: ["similar side by side", (one, i) => one.place[i], 1], dominant: [`largest ${word.component}`, (one, i) => {
    const k = dominant(one, i);
    return k * 2 - shares(one, i)[k];
  }, 1],
  share: [`share of the chosen ${word.component}`, (one, i) => shares(one, i)[state.k - 1], -1],
  total: ["total", (one, i) => one.total[i], -1], deviance: ["mean deviance", (one, i) => one.deviance[i], -1],
  cosine: ["cosine of observed and fitted", (one, i) => one.cosine[i], 1],
  name: ["name", (one, i) => D.observations[i], 1], data: ["as in the data", (one, i) => i, 1]
};
const collator = new Intl.Collator("en", {numeric: true});
// Groups stay together where bars are drawn, and where the table is sorted they do not.
function ordered(one, rows, grouped) {
  const [, key, sign] = sorts[state.sort], turn = sign * (state.down ? -1 : 1);
  const keyed = rows.map(i => [i, key(one, i)]);
  return keyed.sort(([i, a], [j, b]) => {
    if (grouped && D.groups.at[i] !== D.groups.at[j]) return D.groups.at[i] - D.groups.at[j];
    if (typeof a === "string") return turn * collator.compare(a, b) || i - j;
    return (Number.isNaN(a) - Number.isNaN(b)) || turn * (a - b) || i - j;
  }).map(pair => pair[0]);
}

function view_observations(width) {
  const one = fit(), asked = state.q.trim().toLowerCase();
  const all = range(D.observations.length).filter(i => !state.group || D.groups.at[i] === state.group - 1);
  const matched = asked ? all.filter(i => D.observations[i].toLowerCase().includes(asked)) : all;
  const grouped = D.groups && !state.group, order = ordered(one, all, grouped);
  const present = grouped ? D.groups.names.map((label, g) => [label, all.filter(i => D.groups.at[i] === g).length])
    .filter(pair => pair[1]) : [];
  const plot = structure(one, order, {width, relative: !state.absolute, chosen: state.i - 1,
    lit: state.sort === "share" ? state.k - 1 : null,
    found: asked ? new Set(matched) : null, ...(grouped ? {blocks: present.map(pair => pair[1]),
      labels: present.map(pair => pair[0])} : {})});
  const move = by => {
    const place = Math.min(Math.max(order.indexOf(state.i - 1) + by, 0), order.length - 1);
    go({i: order[place] + 1, page: 0});
  };
  const steps = {ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 10, PageDown: -10, Home: -Infinity,
    End: Infinity};
  fill(plot.box, {id: "structure", class: "pick", role: "slider", tabindex: 0, "aria-orientation": "horizontal",
    "aria-label": `${upper(word.observation)}, ${sorts[state.sort][0]}`, "aria-valuemin": 1,
      "aria-valuemax": order.length,
    "aria-valuenow": order.indexOf(state.i - 1) + 1, "aria-valuetext": D.observations[state.i - 1],
    onclick: event => go({i: plot.at(event) + 1, page: 0}), onpointermove: event =>
      { reading.replaceChildren(...said(plot.at(event))); },
    onkeydown: event => { if (event.key in steps) { event.preventDefault(); move(steps[event.key]); } }}, []);
  const said = i => [name(D.observations[i]), " \u00b7 " + shares(one, i).map((s, k) => [s, k])
    .sort((a, b) => b[0] - a[0]).slice(0, 4)
    .filter(pair => pair[0] >= 0.005).map(([s, k]) => `${one.facts.components[k]} ${percent(s)}`).join(", ")];
  const reading = html("p", {class: "reading", "aria-live": "polite"}, said(state.i - 1));
  const sort = key => go(state.sort === key ? {down: state.down ? 0 : 1, page: 1} : {sort: key, down: 0, page: 1});
  const list = ordered(one, matched, false), size = 12, pages = Math.max(1, Math.ceil(list.length / size));
  listed = list;
  // Page 0 is that of the chosen one.
  const own = Math.floor(Math.max(list.indexOf(state.i - 1), 0) / size) + 1;
  const page = Math.min(state.page || own, pages);
  const columns = [[upper(word.observation), i => link(`o-${i + 1}`, {i: i + 1}, name(D.observations[i])), "", "name"],
    D.groups && ["group", i => name(D.groups.names[D.groups.at[i]]), "spare"],
    ["total", i => number(one.total[i]), "right", "total"],
    ["largest", i => { const k = dominant(one, i); return one.sums[i] > 0
      ? [swatch(one.facts.colours[k]),
      name(one.facts.components[k]), " " + percent(shares(one, i)[k])] : "\u2013"; }, "whole", "dominant"],
    ["deviance", i => number(one.deviance[i]), "right", "deviance"],
      ["cosine", i => number(one.cosine[i]), "right", "cosine"]].filter(Boolean);
  const split = width >= 980;
  return [html("div", {class: "controls"},
    html("label", {class: "control"}, html("span", {}, "Search"),
      html("input", {id: "search", type: "search", value: state.q,
      autocomplete: "off", oninput: event => go({q: event.target.value, page: 1}, true),
      onkeydown: event => { if (event.key === "Enter" && listed.length) go({i: listed[0] + 1}); }})),
    select("sort", "Order", Object.entries(sorts).map(([key, [label]]) => [key, label]), state.sort, key =>
      go({sort: key, down: 0, page: 1})),
    D.groups && select("group", "Group", [[0, "all"], ...D.groups.names.map((label, g) => [g + 1, label])],
      state.group, g => go({group: +g, page: 1})),
    toggle("absolute", "Absolute", state.absolute, absolute => go({absolute}))),
  html("div", {class: "legend"}, range(one.K).map(k => html("button",
    {id: `legend-${k + 1}`, type: "button", class: "toggle",
    "aria-pressed": String(state.sort === "share" && k === state.k - 1), title: "order by its share",
    onclick: () => go(state.sort === "share" && k === state.k - 1 ? {sort: "walk", page: 1}
      : {k: k + 1, sort: "share", down: 0, page: 1})},
  swatch(one.facts.colours[k]), name(one.facts.components[k])))),
  plot.box, reading,
  html("div", {class: split ? "split even" : ""},
    html("section", {}, html("h2", {}, asked || state.group
      ? `${number(matched.length)} of ${plural(D.observations.length, word.observation)}`
      : plural(D.observations.length, word.observation)),
    table("list", `${upper(word.observation)}s`, columns, list.slice((page - 1) * size, page * size),
      {current: i => i === state.i - 1, sort}),
    pages > 1 && html("div", {class: "pager"},
      html("button", {id: "before", type: "button", disabled: page <= 1, "aria-label": "Page before", onclick: () =>
        go({page: page - 1})}, "\u2039"),
      html("span", {}, `${page} of ${pages}`),
      html("button", {id: "after", type: "button", disabled: page >= pages, "aria-label": "Next page", onclick: () =>
        go({page: page + 1})}, "\u203a"))),
    one_observation(one, state.i - 1, split ? Math.floor((width - 36) * 0.56) : width))];
}

// A weight in words, with its interval where there is one.
function weight_ends(one, k, i) {
  const said = `${percent(shares(one, i)[k])} \u00b7 ${number(one.W[k][i])}`;
  if (!one.most || !is(one.most[k][i])) return {note: said};
  const part = end => Math.min(end / (one.sums[i] || 1), 1);
  return {low: part(one.least[k][i]), high: part(one.most[k][i]),
    note: `${said} (${number(one.least[k][i])} to ${number(one.most[k][i])})`};
}

function one_observation(one, i, width) {
  const w = shares(one, i), sorted = range(one.K).sort((a, b) => w[b] - w[a]).filter(k => w[k] >= 0.001).slice(0, 12);
  const reading = html("p", {class: "reading", "aria-live": "polite"}, D.channels ? "Bars: observed. Lines: fitted."
    : "Bars: observed. Ticks: fitted. Both in numbers.");
  const v = observed(i), mu = means(one, i);
  return html("section", {id: "one", "aria-label": `${upper(word.observation)} ${D.observations[i]}`},
    html("h2", {}, name(D.observations[i]), D.groups && html("span", {class: "share"},
      name(D.groups.names[D.groups.at[i]]))),
    html("p", {class: "facts"},
      [`total ${number(one.total[i])}`, `cosine of observed and fitted ${number(one.cosine[i])}`,
        `mean deviance ${number(one.deviance[i])}`].join(" \u00b7 ")),
    bars(sorted.map(k => ({label: one.facts.components[k], value: w[k], colour: paint(one.facts.colours[k]),
      ...weight_ends(one, k, i)})), {label: "Weights", most: 1}),
    one.most && html("p", {class: "aside"}, "Lines: " +
      (one.facts.ends.length ? one.facts.ends.join("% to ") + "% " : "") + "intervals of the weights."),
    html("h3", {}, "Observed and fitted"),
    !D.channels && html("div", {class: "controls"}, toggle("worst", "Largest differences", state.worst, worst =>
      go({worst}))),
    observation_picture(one, i, {width, worst: state.worst, on: {move: j => {
      reading.textContent = `${D.features[j]} \u00b7 observed ${number(v[j])} \u00b7 fitted ${number(mu[j])}`;
    }}}), reading);
}

// Residuals ----------------------------------------------------------------------------------------------------------

function view_residuals(width) {
  const one = fit(), worst = one.facts.worst, side = width >= 980;
  const cell = c =>
    [D.observations[D.cells.row[c]], D.features[D.cells.column[c]], `value ${number(values[c])}`,
      `mean ${number(one.mean[c])}`].join(" \u00b7 ");
  const own = range(one.mean.length).filter(c => D.cells.row[c] === state.i - 1);
  const reading = html("p", {class: "reading", "aria-live": "polite"},
    (one.facts.band ? `Band: 2 standard deviations of the model; ${inside(one, state.residual)} of the cells lie ` +
      "within. " : "") +
    (own.length ? `Marked: ${D.observations[state.i - 1]}.` : ""));
  const plot = residuals(one, {width: side ? Math.floor((width - 36) * 0.56) : width, kind: state.residual,
    marked: own, on: {
    move: c => { if (c >= 0) reading.textContent = cell(c); },
    click: c => { if (c >= 0) go({i: D.cells.row[c] + 1}); }}});
  const verdict = one.facts.verdict;
  const kinds = kinds_of(one);
  return [kinds.length > 1 ? html("div", {class: "controls"},
    select("residual", "Residuals", kinds, state.residual, residual => go({residual}))) : null,
    html("div", {class: side ? "split even turned" : ""}, html("section", {}, plot, reading,
      verdict && [html("h2", {}, "What the check says"), html("ul", {class: "verdict"},
        verdict.reason.map((reason, s) =>
        html("li", {class: verdict.holds[s] ? "holds" : "minds"}, reason)))]),
    html("section", {}, html("h2", {}, "Cells that are fitted worst"),
      table("worst", "Cells that are fitted worst", [[upper(word.observation), c =>
        link(`w-${c}`, {view: "observations", i: worst.row[c] + 1, page: 0, q: ""},
        name(D.observations[worst.row[c]])), ""],
        [word.feature, c => name(D.features[worst.column[c]]), ""], ["value", c => number(worst.value[c]), "right"],
        ["mean", c => number(worst.mean[c]), "right"], ["residual", c => number(worst.residual[c]), "right"]],
      range(worst.row.length), {current: c => worst.row[c] === state.i - 1}),
      html("p", {class: "aside"}, "By their deviance residuals.")))];
}

// Choice -------------------------------------------------------------------------------------------------------------

const headings = {delta: "above the best", delta_se: "std. error", se: "std. error", share: "chosen",
  BIC2: "two-way BIC", logLik: "log-likelihood",
  silhouette_min: "least silhouette"};
function view_choice(width) {
  const choice = D.choice, open = f => address({view: "components", fit: f + 1});
  let plot, controls = null;
  if (choice.kind === "models") {
    const measure = state.measure === "BIC" ? "BIC" : "criterion", shown = choice.bars[measure];
    controls = html("div", {class: "controls"},
      select("measure", "Above the best model by", [["", "criterion"], ["BIC", "BIC"]], state.measure, value =>
        go({measure: value})));
    plot = [bars(shown.label.map((label, r) => ({label, value: shown.value[r], colour: paint(shown.colour[r]),
      href: is(shown.fit[r]) ? open(shown.fit[r]) : null,
        note: shown.value[r] === 0 ? "best" : number(shown.value[r])})), {label: `${measure} above the best model`}),
    legend_of(shown)];
  } else {
    const across = width >= 760 ? Math.min(choice.panels.length, 2) : 1,
      wide = Math.floor((width - 24 * (across - 1)) / across);
    const models = [...new Map(choice.lines.map(line => [line.model, line])).values()];
    plot = [html("div", {class: "panels"}, choice.panels.map(panel =>
      html("figure", {}, html("figcaption", {}, panel, choice.y && choice.y !== panel
      ? html("small", {}, ` ${choice.y}${choice.root ? ", square-root scale" : ""}`) : ""),
      ranks(panel, {width: wide, open})))),
    models.length > 1 && html("div", {class: "legend"}, models.map(line =>
      html("span", {class: "entry"}, key(line), name(line.model)))),
    html("p", {class: "aside"}, "Ring: the choice. Lines: one standard error." +
      (choice.lines.some(line => line.beyond.some(Boolean)) ? " Triangles: beyond the panel." : "") +
      (choice.lines.some(line => line.fit.some(is)) ? " A point with a fit opens it." : ""))];
  }
  const shown = value => typeof value === "boolean" ? (value ? "yes" : "no") : typeof value === "number"
    ? number(value, 4) : value ?? "\u2013";
  const cell = (column, r) => column.name === "share" ? percent(column.values[r]) : shown(column.values[r]);
  const numeric = column => column.values.some(value => typeof value === "number");
  const columns = choice.table.columns.map((column, c) => [headings[column.name] || column.name, r => c === 0 &&
    is(choice.table.fit[r]) ?
    html("a", {id: `fit-${r}`, href: open(choice.table.fit[r])}, name(column.values[r])) : c === 0
      ? name(column.values[r]) : cell(column, r), numeric(column) ? "right" : ""]);
  const items = (title, list, kind) => list.length ? [html("h2", {}, title),
    html("ul", {class: "verdict"}, list.map(item => html("li", {class: kind}, item)))] : null;
  return [controls, choice.advice.length ? html("p", {class: "advice"}, choice.advice) : null, plot,
    html("div", {class: "columns"}, html("section", {}, items("Why", choice.reasons, "holds")),
      html("section", {}, items("Mind", choice.minds, "minds"))),
    html("h2", {}, "All in numbers"), table("table", "Models and ranks", columns, range(choice.table.fit.length),
      {current: r => choice.table.chosen[r]})];
}

// About --------------------------------------------------------------------------------------------------------------

function view_about() {
  const facts = fit().facts.facts;
  return [null, html("div", {class: "columns"}, html("section", {}, html("h2", {}, "The fit"),
    html("dl", {}, facts.names.map((label, f) => [html("dt", {}, label), html("dd", {}, facts.values[f])]))),
  html("section", {}, html("h2", {}, "This page"),
    html("ul", {class: "verdict"}, D.notes.map(note => html("li", {}, note)),
      html("li", {}, "The address keeps what is chosen: copy it, or save it, to come back to this view."),
      html("li", {}, "Arrow keys change the tab, and the observation where the bars have the focus."),
      html("li", {}, "The page holds its data and asks nothing of the network.")),
    html("p", {class: "aside"}, `Made by nmfamily ${D.version}, ${D.made}.`)))];
}

// The whole page -----------------------------------------------------------------------------------------------------

const drawn = {components: view_components, observations: view_observations, residuals: view_residuals,
  choice: view_choice, about: view_about};
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => draw());

function tools(theme) {
  const other = theme === "dark" ? "light" : "dark", own = dark.matches ? "dark" : "light";
  return [
    fits.length > 1 && select("fit", "Fit", fits.map((each, f) => [f + 1, each.facts.label]), state.fit,
      f => go({fit: +f, k: 1})),
    html("button", {id: "theme", type: "button", class: "toggle", "aria-label": `Switch to ${other} colours`,
      onclick: () => go({theme: other === own ? "" : other})}, upper(other))
  ];
}
function tabs() {
  const steps = {ArrowRight: 1, ArrowLeft: -1};
  return views.map(([view, label], at) => html("button", {id: `tab-${view}`, type: "button", role: "tab",
    "aria-controls": "panel", "aria-selected": String(view === state.view), tabindex: view === state.view ? 0 : -1,
    onclick: () => go({view}), onkeydown: event => {
      if (!(event.key in steps)) return;
      event.preventDefault();
      const next = views[(at + steps[event.key] + views.length) % views.length][0];
      go({view: next});
      $(`tab-${next}`).focus();
    }}, label));
}
function show(id, attributes, ...children) {
  $(id).replaceChildren();
  fill($(id), attributes, children);
}

function draw(keep) {
  const focus = document.activeElement && document.activeElement.id, one = fit(), view = $("view");
  const theme = ["dark", "light"].includes(state.theme) ? state.theme : dark.matches ? "dark" : "light";
  document.documentElement.dataset.theme = theme;
  show("title", null, one ? one.facts.title : D.title);
  show("subtitle", null, one && [html("code", {}, one.facts.label), ` \u00b7 ${number(D.size[0])} ` +
    `${word.observation}s \u00d7 ${number(D.size[1])} ${word.feature}s`]);
  show("tools", null, tools(theme));
  show("tabs", null, tabs());
  const [controls, ...body] = drawn[state.view](Math.max(view.clientWidth, 280));
  if (!keep) show("controls", null, controls);
  show("view", null, body);
  $("panel").setAttribute("aria-labelledby", `tab-${state.view}`);
  show("foot", null, html("p", {}, (D.notes || []).map(note => note + " "),
    html("span", {class: "whole"}, `nmfamily ${D.version}, ${D.made}.`)));
  const again = focus && $(focus);
  if (again && again !== document.activeElement) again.focus({preventScroll: true});
}
let last = 0;
addEventListener("resize", () => { if ($("view").clientWidth !== last) { last = $("view").clientWidth; draw(); } });
state = read_address();
draw();
last = $("view").clientWidth;
