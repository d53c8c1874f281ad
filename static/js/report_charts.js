// Draws the figures of a report. Each stands in the page as JSON behind its place; a click on a bar opens the rows that
// it is made of. Without this module the tables say and open the same. Drawn on a canvas: no inline styles.
(() => {
  if (!window.echarts) return;
  const COLOURS = ["state paid", "state shipped", "tag teal", "tag orange", "tag red", "tag purple"];

  // The colours are the page's own, read from an element that has them: light and dark come out right.
  const colour = (place, name) => {
    const probe = document.createElement("span");
    probe.className = name;
    place.append(probe);
    const found = window.getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const said = (unit) => (value) => {
    if (value === null || value === undefined) return "—";
    if (unit === "money") return `¥${value.toLocaleString("en-US", { minimumFractionDigits: 2 })}`;
    return value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  };

  for (const place of document.querySelectorAll("[data-chart]")) {
    const told = JSON.parse(place.nextElementSibling.textContent);
    const chart = window.echarts.init(place, null, { renderer: "canvas" });
    const draw = () => {
      const ink = colour(place, "dim");
      const text = { color: ink, fontSize: 11 };
      const names = {
        type: "category", data: told.labels, inverse: told.across, axisTick: { show: false },
        axisLabel: told.across ? { ...text, width: 150, overflow: "truncate", interval: 0 } : text,
        axisLine: { lineStyle: { color: ink, opacity: 0.4 } },
      };
      const values = { type: "value", minInterval: told.unit === "count" ? 1 : 0, axisLabel: text, splitLine: { lineStyle: { color: ink, opacity: 0.15 } } };
      chart.setOption({
        animation: false,
        color: COLOURS.map((name) => colour(place, name)),
        grid: { left: 8, right: 16, top: told.series.length > 1 ? 30 : 10, bottom: 4, containLabel: true },
        legend: { show: told.series.length > 1, type: "scroll", top: 2, textStyle: text, pageTextStyle: text, itemWidth: 12, itemHeight: 8 },
        tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", valueFormatter: said(told.unit) },
        xAxis: told.across ? values : names,
        yAxis: told.across ? names : values,
        series: told.series.map((series) => ({
          name: series.name, type: "bar", stack: "all", barMaxWidth: 26, cursor: "pointer", itemStyle: { opacity: 0.75 },
          // Amounts come as text; only the drawing needs them as numbers.
          data: series.values.map((value) => (value === null ? null : Number(value))),
        })),
      }, true);
    };
    chart.on("click", ({ seriesIndex, dataIndex }) => {
      const address = told.series[seriesIndex].links[dataIndex];
      if (address) window.location.assign(address);
    });
    draw();
    window.addEventListener("resize", () => chart.resize());
    new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  }
})();
