// Draws a buyer's spend over time. The figures stand in the page as JSON, the words on the element; without
// this module the table beneath says the same. Drawn on a canvas: the page allows no inline styles.
(() => {
  const place = document.getElementById("spend-chart");
  const told = JSON.parse(document.getElementById("spend-data").textContent);
  // Amounts come as text; only the drawing needs them as numbers.
  const data = {
    months: told.months,
    amounts: told.amounts.map(Number),
    spends: told.spends.map(Number),
    tiers: told.tiers.map((tier) => ({ name: tier.name, threshold: Number(tier.threshold) })),
  };
  if (!window.echarts) return;
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const money = (amount) => `¥${amount.toLocaleString("en-US", { minimumFractionDigits: 2 })}`;

  // The colours are the page's own, read from an element that has them: light and dark come out right.
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = name;
    place.append(probe);
    const found = window.getComputedStyle(probe).color;
    probe.remove();
    return found;
  };

  const draw = () => {
    const [ink, blue, purple] = ["dim", "state paid", "state shipped"].map(colour);
    const text = { color: ink, fontSize: 11 };
    // Only the tiers that the line comes near: a far one would flatten it.
    const top = Math.max(...data.spends, 0) * 1.5;
    const tiers = data.tiers.filter((tier) => tier.threshold <= top);
    chart.setOption({
      animation: false,
      grid: { left: 8, right: 56, top: 30, bottom: 4, containLabel: true },
      legend: { top: 2, textStyle: text, itemWidth: 12, itemHeight: 8 },
      tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: money },
      xAxis: { type: "category", data: data.months, axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: ink, opacity: 0.4 } } },
      yAxis: { type: "value", axisLabel: text, splitLine: { lineStyle: { color: ink, opacity: 0.15 } } },
      series: [
        { name: place.dataset.amount, type: "bar", data: data.amounts, itemStyle: { color: blue, opacity: 0.55 }, barMaxWidth: 26 },
        {
          name: place.dataset.spend, type: "line", data: data.spends, symbolSize: 5,
          itemStyle: { color: purple }, lineStyle: { color: purple, width: 2 },
          markLine: {
            silent: true, symbol: "none", lineStyle: { color: ink, type: "dashed", opacity: 0.6 },
            label: { ...text, formatter: "{b}" },
            data: tiers.map((tier) => ({ name: tier.name, yAxis: tier.threshold })),
          },
        },
      ],
    });
  };

  draw();
  window.addEventListener("resize", () => chart.resize());
  new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
})();
