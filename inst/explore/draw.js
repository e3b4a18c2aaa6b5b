"use strict";
// The data of the page, and pictures of them as elements. Names are set as text and never read as HTML.
const D = JSON.parse(document.getElementById("data").textContent);
const word = D.topics
  ? {component: "topic", observation: "document", feature: "term", weight: "words"}
  : {component: "component", observation: "observation", feature: "feature", weight: "weight"};
const upper = text => text[0].toUpperCase() + text.slice(1);

// Elements ---------------------------------------------------------------------------------------------------------

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}
const html = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
const svg = (name, attributes, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
const picture = (width, height, label, ...children) =>
  svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": label}, children);
const text = (x, y, content, attributes) => svg("text", {x, y, ...attributes}, content);
const name = (content, attributes) => html("bdi", attributes, content);

// Numbers ----------------------------------------------------------------------------------------------------------

// "1 ~3 0.5 ?" is 1, three zeros, 0.5 and a missing value.
function decode(code) {
  const x = [];
  if (!code) return x;
  for (const token of code.split(" ")) {
    if (token[0] === "~") for (let n = +token.slice(1); n > 0; n--) x.push(0);
    else x.push(token === "?" ? NaN : +token);
  }
  return x;
}
const is = x => x !== null && x !== undefined && !Number.isNaN(x);
const number = (x, digits = 3) => !is(x) ? "\u2013"
  : Math.abs(x) >= 1000 ? Math.round(x).toLocaleString("en-GB") : String(+(+x).toPrecision(digits));
const percent = x => !is(x) ? "\u2013" : x > 0 && x < 0.01 ? "<1%" : Math.round(100 * x) + "%";
const sum = x => x.reduce((a, b) => a + b, 0);
const largest = x => x.reduce((a, b) => (b > a ? b : a), -Infinity);
const range = n => Array.from({length: n}, (_, i) => i);
const plural = (n, one) => `${number(n)} ${one}${n === 1 ? "" : "s"}`;

// Round numbers from 0 to at most `top`.
function ticks(top, n) {
  if (!(top > 0)) return [0];
  const raw = top / n, unit = 10 ** Math.floor(Math.log10(raw));
  const step = unit * [1, 2, 5, 10].find(m => m * unit >= raw);
  return range(Math.floor(top / step + 1e-9) + 1).map(i => +(i * step).toPrecision(12));
}

// Fits, read when they are shown -----------------------------------------------------------------------------------

const fits = D.fits.map((fit, f) => {
  const own = {f, K: fit.components.length}, get = (key, make) => Object.defineProperty(own, key, {get() {
    Object.defineProperty(own, key, {value: make()});
    return own[key];
  }, configurable: true});
  const lines = key => get(key, () => fit[key] ? fit[key].map(decode) : null);
  ["H", "W", "low", "high", "least", "most"].forEach(lines);
  ["mean", "residual", "quantile", "total", "deviance", "cosine"].forEach(key => get(key, () => decode(fit[key])));
  get("sums", () => range(D.observations.length).map(i => sum(own.W.map(w => w[i]))));
  get("place", () => { const at = []; fit.walk.forEach((i, place) => { at[i] = place; }); return at; });
  return Object.assign(own, {facts: fit});
});
const overall = decode(D.overall);
const values = D.cells ? decode(D.cells.value) : [];
const observed = i => decode(D.data[i]);
function means(fit, i) {
  const offset = D.offset && decode(D.offset.lines[D.offset.at[i]]);
  return D.features.map((_, j) => sum(fit.H.map((h, k) => fit.W[k][i] * h[j])) * (offset ? offset[j] : 1));
}
const weights = (fit, i) => fit.W.map(w => w[i]);
const shares = (fit, i) => weights(fit, i).map(w => w / (fit.sums[i] || 1));
const dominant = (fit, i) => { const w = weights(fit, i); return w.indexOf(largest(w)); };

// Colours ----------------------------------------------------------------------------------------------------------

// Each colour is a variable, that of a dark page lighter where it would be lost on it.
const colours = [...new Set([...D.fits.flatMap(fit => [...fit.colours, fit.colour]),
  ...(D.channels ? D.channels.colours : []),
  ...(D.choice ? [...(D.choice.lines || []).map(line => line.colour),
    ...Object.values(D.choice.bars || {}).flatMap(bars => bars.colour)] : [])])];
const paint = colour => `var(--c${colours.indexOf(colour)})`;
function lighter(colour) {
  const rgb = [1, 3, 5].map(at => parseInt(colour.slice(at, at + 2), 16));
  const light = (0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]) / 255;
  const mix = Math.max(0, 0.5 - light) * 0.9;
  return "#" + rgb.map(part => Math.round(part + (255 - part) * mix).toString(16).padStart(2, "0")).join("");
}
document.head.append(html("style", {},
  `:root{${colours.map((colour, c) => `--c${c}:${colour}`).join(";")}}` +
  `@media screen{:root[data-theme=dark]{${colours.map((colour, c) => `--c${c}:${lighter(colour)}`).join(";")}}}`));

// Pictures ---------------------------------------------------------------------------------------------------------

const bar = (x, y, width, height) =>
  `M${x.toFixed(2)} ${y.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`;

// Where the channels of a profile stand between `left` and `right`, in blocks by group.
function channel_places(left, right) {
  const of = D.channels.group, n = D.channels.names.length, gap = n > 6 ? 2 : 3;
  const step = (right - left - (n - 1) * gap) / of.length;
  return {step, x: j => left + j * step + gap * of[j], blocks: D.channels.names.map((label, g) => {
    const first = of.indexOf(g), last = of.lastIndexOf(g);
    return {label, g, colour: paint(D.channels.colours[g]), x: left + first * step + gap * g, first, last,
      width: (last - first + 1) * step};
  })};
}
// Names of the blocks that have room for theirs.
const block_names = (at, y) => at.blocks.map(block => block.label.length * 6.2 < block.width + 2 &&
  text(block.x + block.width / 2, y, block.label, {class: "strip"}));

// Values of the channels as bars with an axis of their own; `dots` are drawn over them, `low` and `high` as lines.
const label_room = D.channels ? 8 + 5.4 * largest(D.channels.label.map(label => label.length)) : 0;
function profile(values, {width, height = 70, low, high, dots, strip, labels, label, unit = percent, on = {}}) {
  const left = width < 500 ? 34 : 46, top = strip ? 20 : 8, at = channel_places(left, width - 2);
  const written = labels && at.step > 7, below = written ? label_room : labels && !strip ? 18 : 0;
  const size = Math.min(9, at.step * 0.95), bottom = top + height,
    full = bottom + below + 2, first = j => (at.x(j) + at.step * 0.1).toFixed(2);
  const most = largest([...values, ...(high || []), ...(dots || [])].filter(is)) || 1;
  const y = v => bottom - height * v / (most * 1.04), bars_of = block => values.map((v, j) =>
    D.channels.group[j] === block.g && v > 0 ? bar(+first(j), y(v), at.step * 0.8, bottom - y(v)) : "").join("");
  const ends = j => `M${(at.x(j) + at.step / 2).toFixed(2)} ${y(low[j]).toFixed(2)}V${y(high[j]).toFixed(2)}`;
  return picture(width, full, label,
    ticks(most, 3).map(v => [svg("line", {x1: left, x2: width - 2, y1: y(v), y2: y(v), class: "grid"}),
      text(left - 6, y(v) + 3.5, unit(v), {class: "tick end"})]),
    at.blocks.map(block => [
      svg("rect", {x: block.x, y: top - 7, width: block.width, height: 4, rx: 1, fill: block.colour}),
      svg("path", {fill: block.colour, class: dots ? "pale" : null, d: bars_of(block)})]),
    strip && block_names(at, top - 11),
    high && svg("path", {class: "whisker", d: values.map((_, j) => is(high[j]) ? ends(j) : "").join("")}),
    dots && svg("path", {class: "dots", d: dots.map((v, j) =>
      `M${first(j)} ${y(v).toFixed(2)}h${(at.step * 0.8).toFixed(2)}`).join("")}),
    written && D.channels.label.map((content, j) => text(0, 0, content, {class: "context",
      style: {fontSize: `${size}px`},
      transform: `translate(${(at.x(j) + at.step / 2 - size * 0.35).toFixed(1)} ${bottom + 4}) rotate(90)`})),
    labels && !written && !strip && block_names(at, bottom + 14),
    svg("rect", {x: left, y: top, width: width - left - 2, height, class: "sense",
      onpointermove: event => on.move && on.move(nearest_channel(event, at)),
      onclick: event => on.click && on.click(nearest_channel(event, at))}));
}
function nearest_channel(event, at) {
  const box = event.currentTarget.ownerSVGElement, x = event.offsetX * box.viewBox.baseVal.width / box.clientWidth;
  return range(D.channels.group.length).find(j => at.x(j) + at.step >= x) ?? D.channels.group.length - 1;
}

const fine = x => is(x) && x < 0.0995 ? number(100 * x, 2) + "%" : percent(x);

// Names with bars: [{label, value, low, high, mark, colour, href, note}].
function bars(items, {unit = number, label, most = largest(items.flatMap(item =>
  [item.value, item.high, item.mark].filter(is)))} = {}) {
  const width = v => `${(100 * Math.max(0, v) / (most || 1)).toFixed(2)}%`;
  return html("ol", {class: "bars", "aria-label": label}, items.map(item => html("li", {},
    item.href ? html("a", {class: "label", href: item.href, title: item.label}, name(item.label))
      : html("span", {class: "label", title: item.label}, name(item.label)),
    html("span", {class: "track"},
      html("span", {class: "bar", style: {width: width(item.value), background: item.colour}}),
      is(item.mark) && html("span", {class: "mark", style: {left: width(item.mark)}}),
      is(item.high) && html("span", {class: "reach", style: {left: width(item.low),
        width: width(item.high - item.low)}})),
    html("span", {class: "value"}, item.note ?? unit(item.value)))));
}

// Components ---------------------------------------------------------------------------------------------------------

// The features with the largest relevance for component k (Sievert and Shirley 2014).
function top_features(fit, k, n, lambda = 1) {
  const h = fit.H[k];
  const relevance = j => lambda * Math.log(h[j]) + (1 - lambda) * Math.log(h[j] / overall[j]);
  const found = range(h.length).filter(j => h[j] > 0 && (lambda === 1 || overall[j] > 0)).map(j => [relevance(j), j]);
  return found.sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, n).map(pair => pair[1]);
}
// The known component that it is matched with.
const matched = (fit, k) => { const m = fit.facts.matched; return m && m.name[k] !== null
  ? `${m.name[k]} ${m.cosine[k].toFixed(2)}` : ""; };
const match_of = (fit, k) => fit.facts.matched && html("span", {class: "share matched", title: "cosine similarity"},
  name(matched(fit, k) || "unmatched"), fit.facts.matched.doubtful[k] && matched(fit, k) ? " (doubtful)" : null);
function describe_component(fit, k) {
  const {components, share} = fit.facts;
  return `${upper(word.component)} ${components[k]}, ${percent(share[k])} of all ${word.weight}` +
    (matched(fit, k) ? `, matched with ${matched(fit, k)}. Largest: ` : ". Largest: ") +
    top_features(fit, k, 5).map(j => `${D.features[j]} ${percent(fit.H[k][j])}`).join(", ");
}
function component_picture(fit, k, {width, n = 10, lambda = 1, strip, labels, on, most}) {
  if (D.channels) {
    return profile(fit.H[k], {width, strip, labels, on, low: fit.low && fit.low[k], high: fit.high && fit.high[k],
      label: describe_component(fit, k)});
  }
  return bars(top_features(fit, k, n, lambda).map(j => ({label: D.features[j], value: fit.H[k][j],
    low: fit.low && fit.low[k][j], high: fit.high && fit.high[k][j],
    colour: paint(fit.facts.colours[k])})), {unit: fine,
    label: describe_component(fit, k), most});
}

// Observations -----------------------------------------------------------------------------------------------------

// Weights as one polygon for each component, in blocks with a gap between them; `at` tells x from the place in `order`.
function structure(fit, order, {width, height = 190, relative = true, blocks = [order.length], labels, chosen, found,
  lit}) {
  const left = width < 500 ? 34 : 46, top = 6, right = width - 2;
  const bottom = height - (!labels ? 10 : is(chosen) ? 36 : 24);
  const n = order.length, gap = blocks.length > 1 ? Math.min(6, 0.2 * (right - left) / blocks.length) : 0;
  const step = (right - left - gap * (blocks.length - 1)) / n;
  const starts = blocks.map((_, b) => sum(blocks.slice(0, b)));
  const block_of = place => { let b = 0; while (b + 1 < starts.length && starts[b + 1] <= place) b++; return b; };
  const x = place => left + place * step + gap * block_of(place);
  const most = relative ? 1 : largest(order.map(i => fit.sums[i])) || 1;
  const y = v => bottom - (bottom - top) * v / most;
  const heights = order.map(() => 0), parts = [];
  for (let k = 0; k < fit.K; k++) {
    const from = heights.slice();
    order.forEach((i, place) => { heights[place] += fit.W[k][i] / (relative ? fit.sums[i] || 1 : 1); });
    const d = blocks.map((_, b) => outline(starts[b], starts[b] + blocks[b], from)).join("");
    parts.push(svg("path", {d, fill: paint(fit.facts.colours[k]), class: is(lit) && lit !== k ? "dim" : null}));
  }
  // Bars with seams where there is room, and else one polygon: a screen leaves seams between bars that touch.
  function outline(first, after, from) {
    const places = range(after - first).map(place => first + place);
    if (step >= 4) return places.map(place => heights[place] > from[place]
      ? bar(x(place), y(heights[place]), step - 0.7, y(from[place]) - y(heights[place])) : "").join("");
    const edge = (place, v) => `V${y(v).toFixed(1)}H${(x(place) + step).toFixed(2)}`;
    const back = (place, v) => `V${y(v).toFixed(1)}H${x(place).toFixed(2)}`;
    return `M${x(first).toFixed(2)} ${y(from[first]).toFixed(1)}` +
      places.map(place => edge(place, heights[place])).join("") +
      places.reverse().map(place => back(place, from[place])).join("") + "z";
  }
  const place = order.indexOf(chosen);
  const box = picture(width, height, null,
    ticks(most, 2).map(v => [svg("line", {x1: left, x2: right, y1: y(v), y2: y(v), class: "grid"}),
      text(left - 6, y(v) + 3.5, relative ? percent(v) : number(v), {class: "tick end"})]), parts,
    found && svg("path", {class: "found", d: order.map((i, at) => found.has(i)
      ? bar(x(at), bottom + 2, Math.max(step, 2), 4) : "").join("")}),
    place >= 0 && svg("path", {class: "chosen",
      d: `M${x(place) + step / 2} ${bottom + 8}l-5 8h10zM${x(place) + step / 2} ${bottom + 8}V${top}`}),
    labels && labels.map((label, b) => blocks[b] * step > 26 && text(x(starts[b]) + blocks[b] * step / 2, height - 4,
      label.length > blocks[b] * step / 6.5 ? label.slice(0, Math.max(1, blocks[b] * step / 6.5 - 1)) + "\u2026"
        : label, {class: "strip"})));
  return {box, at: event => {
    const px = event.offsetX * width / box.clientWidth;
    let place = 0;
    while (place + 1 < n && x(place + 1) <= px) place++;
    return order[place];
  }};
}

// The features of observation i: a profile, or those with the largest values or the largest differences.
function observation_picture(fit, i, {width, n = 15, worst, on}) {
  const v = observed(i), mu = means(fit, i);
  const label = `Observed and fitted values of ${D.observations[i]}`;
  if (D.channels) {
    return profile(v, {width, height: 130, dots: mu, strip: true, labels: true, label, unit: number, on});
  }
  const size = worst ? j => Math.abs(v[j] - mu[j]) : j => Math.max(v[j] || 0, mu[j]);
  const shown = range(v.length).filter(j => is(v[j])).sort((a, b) => size(b) - size(a)).slice(0, n);
  return bars(shown.map(j => ({label: D.features[j], value: v[j], mark: mu[j], colour: "var(--pale)",
    note: `${number(v[j])} / ${number(mu[j])}`})), {label});
}

// Residuals --------------------------------------------------------------------------------------------------------

// What lies within two standard deviations.
const inside = (fit, kind) => {
  if (kind !== "quantile") return fit.facts.inside;
  const r = fit.quantile.filter(is);
  return (100 * r.filter(x => Math.abs(x) <= 2).length / r.length).toFixed(1) + "%";
};
const point = (x, y) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`;

// Of which kind there are any; raw ones always.
const kinds_of = fit => [["", "Pearson", fit.residual], ["quantile", "Quantile", fit.quantile], ["raw", "Raw",
  values]].filter(kind => kind[2].length);
function residuals(fit, {width, height = 340, kind = "", marked = [], on = {}}) {
  const [is_kind, kind_name, of_kind] = kinds_of(fit).find(each => each[0] === kind) || kinds_of(fit)[0],
    raw = is_kind === "raw";
  const left = width < 500 ? 40 : 52, right = width - 8, top = 10, bottom = height - 38;
  const r = raw ? fit.mean.map((mu, c) => values[c] - mu) : of_kind;
  const band = fit.facts.band, limit = m => raw ? m : 2;
  const most_x = Math.sqrt(largest([...fit.mean, 1e-300]));
  const ys = r.filter(Number.isFinite), low = Math.min(0, ...ys), high = Math.max(0, ...ys);
  const reach = Math.max(high - low, 1e-12) * 0.05;
  const x = m => left + (right - left) * Math.sqrt(m) / most_x;
  const y = v => bottom - (bottom - top) * (v - low + reach) / (high - low + 2 * reach);
  const line = sign => "M" + band.mean.map((m, c) =>
    `${x(m).toFixed(1)} ${Math.max(top, Math.min(bottom, y(sign * limit(band.limit[c])))).toFixed(1)}`).join("L");
  const step = ticks(high - low, 6)[1] || 1, first = Math.ceil((low - reach) / step);
  const rows = range(Math.floor((high + reach) / step) - first + 1).map(t => +((first + t) * step).toPrecision(12));
  const roots = [...new Set(ticks(most_x, width < 500 ? 3 : 6).map(t => +(t * t).toPrecision(2)))];
  const places = fit.mean.map((m, c) => [x(m), y(r[c])]);
  const box = picture(width, height, `${kind_name} residuals against fitted means, ` +
      (band ? `${inside(fit, is_kind)} of the cells within two standard deviations of the model` : "without a band"),
    rows.map(v => [svg("line", {x1: left, x2: right, y1: y(v), y2: y(v), class: v === 0 ? "zero" : "grid"}),
      text(left - 6, y(v) + 3.5, number(v), {class: "tick end"})]),
    roots.map(m => text(x(m), bottom + 16, number(m), {class: "tick middle"})),
    text((left + right) / 2, height - 4, "fitted mean (square-root scale)", {class: "axis"}),
    band && svg("path", {class: "within", d: line(1) + "L" + line(-1).slice(1).split("L").reverse().join("L") + "z"}),
    svg("path", {class: "points", d: places.map(([px, py], c) => Number.isFinite(r[c]) ? point(px, py) : "").join("")}),
    band && [svg("path", {class: "limit", d: line(1)}), svg("path", {class: "limit", d: line(-1)})],
    svg("path", {class: "points lit", d: places.map(([px, py], c) => marked.includes(c) ? point(px, py) : "")
      .join("")}),
    svg("rect", {x: left, y: top, width: right - left, height: bottom - top, class: "sense",
      onpointermove: event => on.move && on.move(near(event)), onclick: event => on.click && on.click(near(event))}));
  function near(event) {
    const scale = width / box.clientWidth, px = event.offsetX * scale, py = event.offsetY * scale;
    let best = -1, least = 400;
    places.forEach(([qx, qy], c) => { const d = (qx - px) ** 2 +
      (qy - py) ** 2; if (d < least) { least = d; best = c; } });
    return best;
  }
  return box;
}

// Choice -----------------------------------------------------------------------------------------------------------

// The colours of the noise.
const swatch = colour => html("span", {class: "swatch", style: {background: paint(colour)}});
const legend_of = shown => html("div", {class: "legend"}, [...new Set(shown.family)].map(family =>
  html("span", {class: "entry"}, swatch(shown.colour[shown.family.indexOf(family)]), family)));
const key = line => svg("svg", {width: 22, height: 8, "aria-hidden": "true"},
  svg("path", {class: "line", d: "M0 4H22", stroke: paint(line.colour), "stroke-dasharray": line.dash || null}));

// One panel of lines over ranks; `open` gives the address of a fit, where there is any.
function ranks(panel, {width, height = 260, open}) {
  const lines = D.choice.lines.filter(line => line.panel === panel), root = D.choice.root;
  const left = 56, right = width - 14, top = 12, bottom = height - 38, limits = D.choice.thresholds;
  const thresholds = limits ? limits.value.filter((_, t) => limits.panel[t] === panel) : [];
  const all = lines.flatMap(line => line.value.flatMap((v, p) => !is(v) ? [] :
    [v, v - (line.se[p] || 0), v + (line.beyond[p] ? 0 : line.se[p] || 0)])).filter(is).concat(thresholds);
  let low = root ? 0 : Math.min(...all), high = Math.max(...all);
  if (high === low) { high += Math.abs(high) * 0.01 || 1; low -= Math.abs(low) * 0.01 || 1; }
  const f = v => root ? Math.sqrt(Math.max(0, v)) : v, reach = (f(high) - f(low)) * 0.06;
  const y = v => bottom - (bottom - top) * (f(v) - f(low) + (root ? 0.3 : 1) * reach) / (f(high) - f(low) +
    1.5 * reach);
  const at = [...new Set(lines.flatMap(line => line.rank))].sort((a, b) => a - b);
  const x = rank => at.length === 1 ? (left + right) / 2 : left + 14 +
    (right - left - 28) * (rank - at[0]) / (at[at.length - 1] - at[0]);
  const step = ticks(f(high) - f(low), 5)[1] || 1;
  const marks = root ? [...new Set(ticks(f(high), 5).map(t => +(t * t).toPrecision(1)))].filter(v => v <= high)
    : range(Math.floor(high / step) - Math.ceil(low / step) + 1)
      .map(t => +((Math.ceil(low / step) + t) * step).toPrecision(12));
  const digits = Math.max(3, Math.ceil(Math.log10(Math.max(Math.abs(high), 1e-9) / step)) + 1);
  const error = (line, p) => {
    if (!is(line.se[p]) || !is(line.value[p]) || line.beyond[p]) return "";
    const from = line.value[p] - line.se[p], to = Math.min(high, line.value[p] + line.se[p]);
    return `M${x(line.rank[p]).toFixed(1)} ${y(root ? Math.max(0, from) : from).toFixed(1)}V${y(to).toFixed(1)}`;
  };
  const every = Math.ceil(at.length / ((right - left) / 28));
  return picture(width, height, `${panel} by rank and model`,
    marks.map(v => [svg("line", {x1: left, x2: right, y1: y(v), y2: y(v), class: "grid"}),
      text(left - 6, y(v) + 3.5, number(v, digits), {class: "tick end"})]),
    at.map((rank, t) => t % every === 0 && text(x(rank), bottom + 16, rank, {class: "tick middle"})),
    text((left + right) / 2, height - 4, "rank", {class: "axis"}),
    thresholds.map(v => svg("line", {x1: left, x2: right, y1: y(v), y2: y(v), class: "threshold"})),
    lines.map(line => [
      svg("path", {class: "line", stroke: paint(line.colour), "stroke-dasharray": line.dash || null,
        d: line.rank.map((rank, p) => !is(line.value[p]) ? "" :
          `${is(line.value[p - 1]) ? "L" : "M"}${x(rank).toFixed(1)} ${y(line.value[p]).toFixed(1)}`).join("")}),
      svg("path", {class: "error", stroke: paint(line.colour),
        d: line.rank.map((rank, p) => error(line, p)).join("")})]),
    lines.map(line => line.rank.map((rank, p) => {
      if (!is(line.value[p])) return null;
      const cx = x(rank), cy = y(line.value[p]), fit = line.fit[p];
      const said = `${line.model}, rank ${rank}${line.kind ? ", " + line.kind : ""}: ${number(line.value[p], digits)}` +
        (is(line.se[p]) ? ` \u00b1 ${number(line.se[p], 2)}` : "") + (line.chosen[p] ? ", the choice" : "");
      const mark = [line.chosen[p] && svg("circle", {cx, cy, r: 8, class: "ring"}),
        line.beyond[p] ? svg("path", {d: `M${cx} ${cy - 4}l4 7h-8z`, fill: paint(line.colour)})
          : svg("circle", {cx, cy, r: 3.2, fill: paint(line.colour)}), svg("title", {}, said)];
      return is(fit) && open ? svg("a", {href: open(fit), "aria-label": said + ". Open this fit"},
        svg("circle", {cx, cy, r: 11, class: "sense"}), mark)
        : svg("g", {}, mark);
    })));
}
