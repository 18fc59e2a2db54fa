const dark = matchMedia("(prefers-color-scheme: dark)");
function drawAll() {
  for (const box of document.querySelectorAll("[data-figure]")) {
    let body = document.getElementById(box.dataset.figure).textContent;
    if (dark.matches) {
      for (const [light, shade] of Object.entries(shades)) body = body.replaceAll(light, shade);
    }
    const figure = JSON.parse(body);
    Plotly.react(box, figure.data, figure.layout, config);
  }
}
drawAll();
dark.addEventListener("change", drawAll);
