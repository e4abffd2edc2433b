// The agents' desk: presence and draft every few seconds, undo while it is possible, keys. Everything works without.
(() => {
  const typing = (node) => node && (node.matches("input, textarea, select") || node.isContentEditable);
  const list = document.querySelector("[data-list]");
  const ticket = document.querySelector("[data-ticket]");

  if (list) {
    const rows = [...list.querySelectorAll("[data-row]")];
    document.addEventListener("keydown", (event) => {
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      const at = rows.indexOf(document.activeElement);
      if (event.key === "j" && rows.length) rows[Math.min(at + 1, rows.length - 1)].focus();
      if (event.key === "k" && rows.length) rows[Math.max(at - 1, 0)].focus();
      if (event.key === "/") { event.preventDefault(); list.querySelector("input[type=search]").focus(); }
    });
  }

  if (ticket) {
    const box = document.getElementById("tk-text");
    const token = ticket.querySelector("[name=csrfmiddlewaretoken]");
    let sent = box ? box.value : "";
    const report = async () => {
      if (document.hidden || !token) return;
      const body = new URLSearchParams({ seen: ticket.dataset.seen });
      const changed = box && box.value !== sent;
      if (changed) body.set("text", box.value);
      try {
        const answer = await fetch(ticket.dataset.presence, {
          method: "POST", body, headers: { "X-CSRFToken": token.value }, credentials: "same-origin",
        });
        if (!answer.ok) return;
        const found = await answer.json();
        if (changed) { sent = body.get("text"); document.getElementById("tk-kept").textContent = `Draft kept ${found.kept_at}`; }
        const lines = found.others.map((one) => `▲ ${one}.`);
        if (found.is_new) lines.push("▲ Something was written meanwhile: load the page again to read it.");
        const shown = document.getElementById("tk-others");
        if (shown.textContent.trim() !== lines.join(" ")) shown.textContent = lines.join(" ");
      } catch { /* the next one reports again */ }
    };
    setInterval(report, 15000);
    if (box) box.addEventListener("input", () => { clearTimeout(box.wait); box.wait = setTimeout(report, 2000); });
    document.addEventListener("keydown", (event) => {
      if (box && event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target === box) {
        event.preventDefault();
        box.form.querySelector("[value=reply]").click();
      }
      if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "r" && box) { event.preventDefault(); box.focus(); }
      if (event.key === "g") location.href = ticket.querySelector(".tk-head a").href;
    });
    const undo = ticket.querySelector("[data-undo]");
    if (undo) {
      const line = undo.querySelector("[role=status]");
      const tick = () => {
        const left = Math.ceil(Number(undo.dataset.undo) - Date.now() / 1000);
        if (left <= 0 || left > 30) { undo.remove(); return; }
        line.textContent = `The reply is sent in ${left} s.`;
        setTimeout(tick, 500);
      };
      tick();
    }
  }
})();
