// Guests' pages: sharing a link, the page without a connection, notifications. Every page works without this file.
"use strict";

// Share and copy buttons show themselves where the browser can do it; the link stands beside them for all others.
for (const button of document.querySelectorAll("[data-share]")) {
  const link = document.querySelector(button.dataset.share).href;
  button.hidden = !navigator.share;
  button.addEventListener("click", () => {
    navigator.share({ title: button.dataset.shareTitle, url: link }).catch(() => {}); // closed without sharing
  });
}
for (const button of document.querySelectorAll("[data-copy-link]")) {
  const link = document.querySelector(button.dataset.copyLink).href;
  const label = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(link);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}

// The worker shows a page of its own while there is no connection; it asks nobody for anything.
const workerAddress = document.querySelector("[data-worker]")?.dataset.worker;
const hasWorkers = Boolean(workerAddress) && "serviceWorker" in navigator;
if (hasWorkers) navigator.serviceWorker.register(workerAddress).catch(() => {}); // private windows

// Notifications: the browser asks its question only after the button was pressed.
const notify = document.querySelector("[data-push-key]");
if (notify && !hasWorkers) notify.hidden = true;
if (notify && hasWorkers) {
  const form = notify.querySelector("form");
  const show = (state) => {
    for (const part of notify.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
    notify.dataset.state = state;
    delete notify.dataset.reserved;
  };
  const key = () => Uint8Array.from(atob(notify.dataset.pushKey.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const manager = async () => {
    const registration = await navigator.serviceWorker.register(workerAddress);
    const worker = registration.active || registration.waiting || registration.installing;
    if (worker.state !== "activated") {
      await new Promise((resolve) => worker.addEventListener("statechange", () => { if (worker.state === "activated") resolve(); }));
    }
    return registration.pushManager;
  };
  const send = async (what, subscription) => {
    const body = new FormData(form);
    const { endpoint, keys } = subscription.toJSON();
    for (const [name, value] of Object.entries({ do: what, endpoint, ...keys })) body.set(name, value);
    return (await fetch(form.action, { method: "POST", body })).ok;
  };
  const subscribe = async () => {
    const push = await manager();
    const options = { userVisibleOnly: true, applicationServerKey: key() };
    try {
      return await push.subscribe(options);
    } catch (error) {
      const old = await push.getSubscription();
      if (error.name !== "InvalidStateError" || !old) throw error;
      await old.unsubscribe(); // made with an earlier key of this installation
      return push.subscribe(options);
    }
  };
  const begin = async () => {
    if (!("PushManager" in window) || !("Notification" in window)) {
      if (navigator.standalone === false) return show("install"); // Safari on a phone, outside the installed app
      notify.hidden = true;
      return;
    }
    if (Notification.permission === "denied") return show("denied");
    const subscription = Notification.permission === "granted" ? await (await manager()).getSubscription() : null;
    return show(subscription && (await send("state", subscription)) ? "on" : "off");
  };
  const press = async (what) => {
    if (what === "stop") {
      const subscription = await (await manager()).getSubscription();
      if (subscription) await send("stop", subscription);
      return show("off");
    }
    const answer = await Notification.requestPermission();
    if (answer !== "granted") return show(answer === "denied" ? "denied" : "off");
    return show((await send("subscribe", await subscribe())) ? "on" : "failed");
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    press(event.submitter.value).catch(() => show("failed"));
  });
  begin().catch(() => show("off"));
}
