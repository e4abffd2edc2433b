// Keeps one page for the time without a connection, and what that page is made of. No page of a session is ever kept.
// Shows the messages that a guest asked for; a tap leads to the app, which knows this browser's session.
"use strict";

const CACHE = "guest-{{ version }}";
const OFFLINE = "{{ offline }}";
const FILES = [{% for file in files %}"{{ file }}"{% if not forloop.last %}, {% endif %}{% endfor %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([OFFLINE, ...FILES])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const drop = (names) => Promise.all(names.filter((name) => name.startsWith("guest-") && name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(drop));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(OFFLINE)));
  } else if (FILES.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
  }
});

self.addEventListener("push", (event) => {
  const { title, text, tag } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { body: text, tag, renotify: true, icon: "{{ icon }}", lang: "{{ language }}" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = (pages) => {
    const page = pages.find(({ url }) => /^\/(s|waiting)\//.test(new URL(url).pathname));
    return page ? page.focus() : self.clients.openWindow("{{ app }}");
  };
  event.waitUntil(self.clients.matchAll({ type: "window", includeUncontrolled: true }).then(open));
});
