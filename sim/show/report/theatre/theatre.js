/* The twin floors. One function draws both sides into an element; nothing is fetched. */
export default function ({ data, parentElement }) {
  const host = parentElement.querySelector?.(".theatre-root") ?? parentElement;
  const stamp = JSON.stringify([data.lang, data.days, data.people.length, data.sides.map((s) => [s.title, s.events.length, s.cash.at(-1)])]);
  host.classList.add("theatre-root");
  tint(host);
  if (host.dataset.stamp === stamp) return;
  host.dunningStop?.();
  host.dataset.stamp = stamp;
  host.replaceChildren();
  const words = data.words, still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const PER = 6, MINUTES = 1440, N = data.people.length;
  const sides = data.sides.map((side) => build(side));
  const state = { time: 0, playing: !still, speed: 1, last: 0, chosen: -1, frame: 0 };

  /* --- the page ------------------------------------------------------------------------------ */
  const make = (tag, cls, text) => {
    const one = document.createElement(tag);
    if (cls) one.className = cls;
    if (text !== undefined) one.textContent = text;
    return one;
  };
  const stage = make("div", "th-sides");
  sides.forEach((side) => {
    const figure = make("figure", "th-side"), caption = make("figcaption");
    caption.append(make("strong", "", side.title), (side.counts = make("span", "th-counts")));
    side.canvas = make("canvas");
    side.canvas.setAttribute("role", "img");
    side.canvas.setAttribute("aria-label", `${words.picture} ${side.title}`);
    side.canvas.addEventListener("click", (event) => pick(side, event));
    figure.append(caption, side.canvas);
    stage.append(figure);
  });
  const bar = make("div", "th-bar");
  const play = make("button", "", "");
  play.type = "button";
  play.addEventListener("click", () => { state.playing = !state.playing; if (state.time >= data.days) seek(0); tell(); });
  const back = step(words.back, "‹", -1), on = step(words.on, "›", 1);
  const slider = make("input");
  Object.assign(slider, { type: "range", min: 0, max: data.days, step: still ? 1 : 0.05, value: 0 });
  slider.setAttribute("aria-label", words.day);
  slider.addEventListener("input", () => { seek(Number(slider.value)); });
  const day = make("output");
  bar.append(...(still ? [] : [play]), back, slider, on, day);
  if (!still) {
    const speeds = make("span");
    speeds.setAttribute("role", "group");
    speeds.setAttribute("aria-label", words.speed);
    speeds.style.cssText = "display:inline-flex;gap:4px";
    for (const speed of [1, 3, 8]) {
      const one = make("button", "", `${speed}×`);
      one.type = "button";
      one.addEventListener("click", () => { state.speed = speed; tell(); });
      one.dataset.speed = speed;
      speeds.append(one);
    }
    bar.append(speeds);
  }
  const lives = make("section", "th-lives");
  lives.hidden = true;
  const another = make("button", "", words.next);
  another.type = "button";
  another.addEventListener("click", () => open(parted((state.chosen + 1) % N)));
  bar.append(another);
  host.append(stage, bar, make("p", "th-note", `${words.click} ${words.signs}`), lives);
  tell();

  function step(label, sign, days) {
    const one = make("button", "", sign);
    one.type = "button";
    one.setAttribute("aria-label", label);
    one.title = label;
    one.addEventListener("click", () => { state.playing = false; seek(Math.max(0, Math.min(data.days, Math.round(state.time) + days))); tell(); });
    return one;
  }
  function tell() {
    play.textContent = state.playing ? `❚❚ ${words.pause}` : `▶ ${words.play}`;
    bar.querySelectorAll("[data-speed]").forEach((b) => b.setAttribute("aria-pressed", Number(b.dataset.speed) === state.speed));
  }

  /* --- what is known of a side ---------------------------------------------------------------- */
  function build(side) {
    const e = side.events, own = Array.from({ length: N }, () => []);
    for (let i = 0; i < e.length; i += PER) own[e[i + 1]].push(i);
    return { ...side, e, own, next: 0, place: new Int8Array(N), x: new Float32Array(N), y: new Float32Array(N), busy: new Float32Array(N), seat: new Int16Array(N).fill(-1), fresh: true, flashes: [] };
  }
  function seek(time) {
    state.time = time;
    for (const side of sides) { side.next = 0; side.place.fill(0); side.busy.fill(-1); side.flashes.length = 0; advance(side, time, false); side.fresh = true; }
    draw(0);
  }
  function advance(side, time, shown) {
    const e = side.e, until = time * MINUTES;
    while (side.next < e.length && e[side.next] <= until) {
      const i = side.next, who = e[i + 1], sign = e[i + 3];
      if (e[i + 2] >= 0) side.place[who] = e[i + 2];
      if (sign === 1) { side.busy[who] = e[i] / MINUTES + 0.18; side.seat[who] = e[i + 5]; }
      if (shown && sign > 0 && side.flashes.length < 400) side.flashes.push({ who, sign, seat: e[i + 5], age: 0 });
      side.next += PER;
    }
  }

  /* --- where things stand --------------------------------------------------------------------- */
  function areas(w, h) {
    const top = 18, tall = h - top - 4;
    return {
      1: [0, top, w * 0.3, tall], desk: [w * 0.34, top, w * 0.14, tall * 0.66],
      undone: [w * 0.34, top + tall * 0.74, w * 0.14, tall * 0.26],
      2: [w * 0.52, top, w * 0.22, tall * 0.26], 3: [w * 0.77, top, w * 0.23, tall * 0.26],
      4: [w * 0.52, top + tall * 0.36, w * 0.22, tall * 0.22], 5: [w * 0.77, top + tall * 0.36, w * 0.23, tall * 0.22],
      6: [w * 0.52, top + tall * 0.68, w * 0.48, tall * 0.32],
    };
  }
  function cell(area, who) {
    const [x, y, w, h] = area, columns = Math.max(1, Math.round(Math.sqrt((N * w) / h))), rows = Math.ceil(N / columns);
    return [x + ((who % columns) + 0.5) * (w / columns), y + (Math.floor(who / columns) + 0.5) * (h / rows)];
  }
  function goal(side, who, where) {
    if (side.busy[who] > state.time && side.seat[who] >= 0) {
      const d = where.desk, n = Math.max(1, side.seats);
      return [d[0] + d[2] * 0.5, d[1] + ((side.seat[who] + 0.5) * d[3]) / n];
    }
    const place = side.place[who];
    return place === 0 ? [-8, where[1][1] + 20] : cell(where[place], who);
  }

  /* --- drawing -------------------------------------------------------------------------------- */
  function colours() {
    const css = getComputedStyle(host), probe = document.createElement("i");
    host.append(probe);
    const found = {};
    for (const name of ["ink", "accent", "worse", "grey", "line", "band"]) { probe.style.color = `var(--th-${name})`; found[name] = getComputedStyle(probe).color; }
    probe.remove();
    found.font = css.fontFamily;
    return found;
  }
  let look = colours();
  function draw(dt) {
    for (const side of sides) drawSide(side, dt);
    const now = Math.min(data.days - 1, Math.floor(state.time));
    sides.forEach((side) => {
      const parts = [[words.cash, side.cash[now].toLocaleString(data.lang)], [words.cost, side.cost[now].toLocaleString(data.lang)], [words.complaints, (side.complaints[now] / 1000).toFixed(2)]];
      const text = parts.map((p) => p.join(" ")).join("|");
      if (side.counts.dataset.text === text) return;
      side.counts.dataset.text = text;
      side.counts.replaceChildren(...parts.map(([label, value]) => { const s = make("span", "", `${label} `); s.append(make("b", "", value)); return s; }));
    });
    if (document.activeElement !== slider || !state.playing) slider.value = state.time;
    else slider.value = state.time;
    day.textContent = data.lang === "zh" ? `第 ${now + 1} ${words.day}` : `${words.day} ${now + 1}`;
  }
  function drawSide(side, dt) {
    const canvas = side.canvas, w = canvas.clientWidth, h = canvas.clientHeight, ratio = Math.min(2, devicePixelRatio || 1);
    if (!w || !h) return;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) { canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio); side.fresh = true; }
    const c = canvas.getContext("2d"), where = areas(w, h);
    side.where = where;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, h);
    ground(c, side, where);
    const ease = side.fresh || still ? 1 : 1 - Math.exp(-dt * 7);
    side.fresh = false;
    for (let who = 0; who < N; who++) {
      const [gx, gy] = goal(side, who, where);
      side.x[who] += (gx - side.x[who]) * ease;
      side.y[who] += (gy - side.y[who]) * ease;
    }
    people(c, side);
    flashes(c, side, where, dt);
  }
  function ground(c, side, where) {
    c.font = `12px ${look.font}`;
    c.textBaseline = "bottom";
    for (const [key, name] of [[1, "late"], [2, "promise"], [3, "plan"], [4, "visit"], [5, "court"], [6, "paid"], ["undone", "undone"]]) {
      const [x, y, w, h] = where[key];
      c.fillStyle = look.band;
      c.fillRect(x, y, w, h);
      c.fillStyle = look.grey;
      label(c, words[name], x + 2, y - 2, w + 8);
    }
    const d = where.desk, n = Math.max(1, side.seats);
    label(c, words.seats, d[0] + 2, d[1] - 2, d[2]);
    c.strokeStyle = look.line;
    c.lineWidth = 1;
    for (let i = 0; i < n; i++) { const tall = d[3] / n; c.strokeRect(d[0] + 0.5, d[1] + i * tall + 2.5, d[2] - 1, Math.max(4, tall - 5)); }
    const u = where.undone, count = side.undone[Math.min(data.days - 1, Math.max(0, Math.floor(state.time)))], each = 5, columns = Math.floor(u[2] / each);
    const most = columns * Math.floor(u[3] / each), scale = Math.max(1, Math.ceil(Math.max(...data.sides.map((s) => s.undone.at(-1))) / most));
    c.fillStyle = look.worse;
    for (let i = 0; i < Math.ceil(count / scale); i++) c.fillRect(u[0] + 1 + (i % columns) * each, u[1] + u[3] - each - Math.floor(i / columns) * each, each - 1.5, each - 1.5);
  }
  function label(c, text, x, y, w) {
    let shown = text;
    while (shown.length > 2 && c.measureText(shown).width > w) shown = `${shown.slice(0, -2)}…`;
    c.fillText(shown, x, y);
  }
  function people(c, side) {
    for (let who = 0; who < N; who++) {
      if (side.place[who] === 0) continue;
      const settled = side.place[who] === 6, good = side.place[who] === 2 || side.place[who] === 3, law = side.place[who] >= 4 && !settled;
      c.fillStyle = settled ? look.accent : good ? look.ink : law ? look.worse : look.grey;
      c.globalAlpha = settled ? 0.85 : 0.9;
      c.beginPath();
      c.arc(side.x[who], side.y[who], who === state.chosen ? 5.5 : 2.7, 0, 7);
      c.fill();
      if (who === state.chosen) { c.globalAlpha = 1; c.strokeStyle = look.worse; c.lineWidth = 2; c.beginPath(); c.arc(side.x[who], side.y[who], 8.5, 0, 7); c.stroke(); }
    }
    c.globalAlpha = 1;
  }
  function flashes(c, side, where, dt) {
    const d = where.desk, n = Math.max(1, side.seats);
    side.flashes = side.flashes.filter((f) => (f.age += dt * 2.2) < 1);
    for (const f of side.flashes) {
      const x = side.x[f.who], y = side.y[f.who];
      c.globalAlpha = 1 - f.age;
      if (f.sign === 2 && f.seat >= 0) {
        c.strokeStyle = look.line;
        c.beginPath();
        c.moveTo(d[0], d[1] + ((f.seat + 0.5) * d[3]) / n);
        c.lineTo(x, y);
        c.stroke();
      } else if (f.sign === 1 || f.sign === 3) {
        c.strokeStyle = c.fillStyle = look.accent;
        c.lineWidth = 2;
        c.beginPath();
        c.arc(x, y, 4 + 10 * f.age, 0, 7);
        f.sign === 3 ? c.fill() : c.stroke();
      } else if (f.sign >= 4) {
        c.fillStyle = f.sign === 6 ? look.ink : look.worse;
        c.font = `${f.sign === 4 ? 20 : 12}px ${look.font}`;
        c.textBaseline = "middle";
        c.fillText(f.sign === 4 ? "✸" : f.sign === 5 ? "▪" : "✉", x - 6, y - 10 * f.age);
      }
    }
    c.globalAlpha = 1;
  }

  /* --- one person, two lives ------------------------------------------------------------------ */
  function pick(side, event) {
    const box = side.canvas.getBoundingClientRect(), px = event.clientX - box.left, py = event.clientY - box.top;
    let best = -1, near = 900;
    for (let who = 0; who < N; who++) {
      if (side.place[who] === 0) continue;
      const away = (side.x[who] - px) ** 2 + (side.y[who] - py) ** 2;
      if (away < near) { near = away; best = who; }
    }
    if (best >= 0) open(best);
  }
  function parted(from) {
    for (let i = 0; i < N; i++) { const who = (from + i) % N; if (data.people[who][1] >= 0) return who; }
    return from;
  }
  function open(who) {
    state.chosen = who;
    const [id, first, cause] = data.people[who];
    const head = make("header"), close = make("button", "", words.close), says = make("p");
    says.append(make("strong", "", words.person.replace("{n}", id)), ` · ${first < 0 ? words.never : words.first.replace("{d}", first).replace("{cause}", cause)}`);
    close.type = "button";
    close.addEventListener("click", () => { state.chosen = -1; lives.hidden = true; draw(0); });
    head.append(says, close);
    const chats = make("div", "th-chats"), titles = make("div", "th-row");
    chats.tabIndex = 0;
    titles.append(make("span", "", words.day), ...sides.map((s) => make("strong", "", s.title)));
    chats.append(titles);
    for (const row of aligned(who)) {
      if (row.day === first && !chats.querySelector(".th-parts")) chats.append(make("div", "th-parts", words.first.replace("{d}", first).replace("{cause}", cause)));
      const line = make("div", "th-row");
      line.append(make("span", "", String(row.day)), ...row.pair.map(bubble));
      chats.append(line);
    }
    lives.replaceChildren(head, chats);
    lives.hidden = false;
    draw(0);
  }
  function bubble(i, k) {
    if (i < 0) return make("span");
    const e = sides[k].e, kind = { 3: " th-money", 4: " th-anger", 5: " th-anger" }[e[i + 3]] ?? "";
    return make("span", `th-say${kind}`, data.sentences[e[i + 4]]);
  }
  function aligned(who) {
    const rows = [], [a, b] = sides.map((s) => s.own[who].slice());
    const dayOf = (k, i) => Math.floor(sides[k].e[i] / MINUTES);
    while (a.length || b.length) {
      const days = [a.length ? dayOf(0, a[0]) : Infinity, b.length ? dayOf(1, b[0]) : Infinity], now = Math.min(...days);
      rows.push({ day: now, pair: [days[0] === now ? a.shift() : -1, days[1] === now ? b.shift() : -1] });
    }
    return rows;
  }

  /* --- time ----------------------------------------------------------------------------------- */
  function tick(now) {
    if (!host.isConnected) return;
    const dt = state.last ? Math.min(0.1, (now - state.last) / 1000) : 0;
    state.last = now;
    if (state.playing && !document.hidden) {
      state.time = Math.min(data.days, state.time + dt * state.speed * (data.days / 60));
      for (const side of sides) advance(side, state.time, true);
      if (state.time >= data.days) { state.playing = false; tell(); }
    }
    draw(dt);
    state.frame = requestAnimationFrame(tick);
  }
  const themed = setInterval(() => { if (tint(host)) look = colours(); }, 1000);
  host.dunningStop = () => { cancelAnimationFrame(state.frame); clearInterval(themed); };
  host.dunningTheatre = { state, seek, open, sides };
  for (const side of sides) advance(side, 0.01, false);
  if (still) { seek(data.days); addEventListener("resize", () => draw(0)); } else state.frame = requestAnimationFrame(tick);
  return () => host.dunningStop();

  function tint(element) {
    const paper = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
    if (!paper) return false;
    const probe = document.createElement("i");
    probe.style.color = paper;
    element.append(probe);
    const rgb = getComputedStyle(probe).color.match(/[\d.]+/g)?.slice(0, 3).map(Number) ?? [255, 255, 255];
    probe.remove();
    const dark = rgb[0] * 0.3 + rgb[1] * 0.59 + rgb[2] * 0.11 < 128, before = element.classList.contains("th-dark");
    element.classList.toggle("th-dark", dark);
    element.classList.toggle("th-light", !dark);
    return dark !== before;
  }
}
