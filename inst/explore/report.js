// The pictures of the report, each where it has its place.
const figures = {
  components: width => html("div", {class: D.channels ? "stack" : "cards"}, range(fits[0].K).map(k =>
    html("section", {class: "card"}, html("h3", {}, name(fits[0].facts.components[k]),
      html("span", {class: "share"}, percent(fits[0].facts.share[k])), match_of(fits[0], k)),
    component_picture(fits[0], k, {width, strip: k === 0, labels: k === fits[0].K - 1})))),
  structure: width => {
    const one = fits[0], group = i => D.groups ? D.groups.at[i] : 0;
    const order = one.facts.walk.slice().sort((a, b) => group(a) - group(b) || one.place[a] - one.place[b]);
    const present = D.groups ? range(D.groups.names.length).filter(g => D.groups.at.includes(g)) : [];
    const blocks = D.groups && {blocks: present.map(g => D.groups.at.filter(at => at === g).length),
      labels: present.map(g => D.groups.names[g])};
    const {box} = structure(one, order, {width, ...blocks});
    box.setAttribute("aria-label", `Weights of each ${word.observation} as stacked bars`);
    return [html("div", {class: "legend"}, range(one.K).map(k => html("span", {class: "entry"},
      swatch(one.facts.colours[k]),
      name(one.facts.components[k])))), box];
  },
  residuals: width => residuals(fits[0], {width}),
  models: () => [bars(D.choice.bars.criterion.label.map((label, r) => ({label, value: D.choice.bars.criterion.value[r],
    colour: paint(D.choice.bars.criterion.colour[r])})), {label: "Criterion above the best model"}),
    legend_of(D.choice.bars.criterion)],
  ranks: width => {
    const models = [...new Map(D.choice.lines.map(line => [line.model, line])).values()];
    const wide = width >= 700 && D.choice.panels.length > 1 ? Math.floor((width - 24) / 2) : width;
    return [html("div", {class: "panels"}, D.choice.panels.map(panel => html("div", {}, html("h3", {}, panel),
      ranks(panel, {width: wide})))),
    html("div", {class: "legend"}, models.map(line => html("span", {class: "entry"}, key(line), name(line.model))))];
  }
};
const scheme = matchMedia("(prefers-color-scheme: dark)");
function draw() {
  document.documentElement.dataset.theme = scheme.matches ? "dark" : "light";
  for (const place of document.querySelectorAll("[data-figure]")) {
    const width = Math.max(place.clientWidth, 280);
    place.replaceChildren();
    fill(place, null, [figures[place.dataset.figure](width)]);
  }
}
scheme.addEventListener("change", draw);
addEventListener("resize", draw);
draw();
