// Scanning the code of a label: by the camera where the browser reads codes, else by a photo that is sent at once.
// Typing the Station ID, and sending a photo with the form's own button, need none of this.
"use strict";

const scan = document.querySelector("[data-scan]");
if (scan) {
  const part = (name) => scan.querySelector(`[data-scan-${name}]`);
  const status = part("status");
  const view = part("view");
  const video = view.querySelector("video");
  const start = part("start");
  const photo = part("photo");
  const picture = scan.elements.picture;
  const LOOK_MS = 150;
  const HINT_MS = 10000;
  const LONGEST_MS = 120000;
  const LARGEST_PX = 2000;
  let stream = null;
  let detector = null;
  let isOpening = false;

  const say = (what) => { status.textContent = what ? status.dataset[what] : ""; };

  const stop = (what, { focus = true } = {}) => {
    if (stream) for (const track of stream.getTracks()) track.stop();
    stream = null;
    video.srcObject = null;
    const hadFocus = view.contains(document.activeElement);
    view.hidden = true;
    start.hidden = !detector;
    if (focus && hadFocus) start.focus();
    say(what);
  };

  // What was read is judged by the server: it alone knows which addresses are ours.
  const send = (texts) => {
    stop("reading", { focus: false });
    for (const text of texts) {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "code";
      field.value = text;
      scan.append(field);
    }
    picture.disabled = true;
    start.disabled = photo.disabled = true;
    scan.submit();
  };

  const look = async (mine, began) => {
    if (stream !== mine) return;
    let codes = [];
    try {
      if (video.readyState >= video.HAVE_CURRENT_DATA) codes = await detector.detect(video);
    } catch {
      if (stream === mine) stop("failed");
      return;
    }
    if (stream !== mine) return;
    const texts = [...new Set(codes.map((code) => code.rawValue).filter(Boolean))];
    if (texts.length) {
      send(texts);
      return;
    }
    const lasted = performance.now() - began;
    if (lasted > LONGEST_MS) {
      stop("stopped");
      return;
    }
    if (lasted > HINT_MS && status.textContent !== status.dataset.hint) say("hint");
    setTimeout(look, LOOK_MS, mine, began);
  };

  const begin = async () => {
    if (isOpening) return; // the browser asks
    isOpening = true;
    say("");
    try {
      const opened = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      if (document.hidden) { // left while the browser asked
        for (const track of opened.getTracks()) track.stop();
        return;
      }
      stream = opened;
      video.srcObject = opened;
      view.hidden = false;
      start.hidden = true;
      part("stop").focus();
      say("aim");
      await video.play();
      look(opened, performance.now());
    } catch (error) {
      if (error.name === "AbortError" && !stream) return; // stopped before the first picture
      stop({ NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing" }[error.name] || "failed");
    } finally {
      isOpening = false;
    }
  };

  // Shown at once, so that nothing moves, and taken away again where the browser reads other codes only.
  const offerCamera = (isOffered) => {
    detector = isOffered ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
    start.hidden = !isOffered;
    photo.classList.toggle("button-main", !isOffered);
  };

  // A photo of a phone has several megabytes: it is made smaller before it leaves, where the browser can open it.
  const shrink = async (file) => {
    if (file.type === "image/png") return null; // a screenshot is small, and the server says that it is one
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST_PX / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.9); });
    return blob && new File([blob], "photo.jpg", { type: "image/jpeg" });
  };

  const sendPhoto = async () => {
    if (!picture.files.length) return;
    start.disabled = photo.disabled = true;
    say("reading");
    try {
      const small = await shrink(picture.files[0]);
      if (small) {
        const chosen = new DataTransfer();
        chosen.items.add(small);
        picture.files = chosen.files;
      }
    } catch {
      // the browser cannot open it: the server says what it is
    }
    scan.submit();
  };

  delete photo.dataset.reserved;
  photo.addEventListener("click", () => { stop(""); picture.click(); });
  picture.addEventListener("change", sendPhoto);
  start.addEventListener("click", begin);
  part("stop").addEventListener("click", () => stop("stopped"));
  view.addEventListener("keydown", (event) => { if (event.key === "Escape") stop("stopped"); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && stream) stop("stopped", { focus: false }); });
  window.addEventListener("pagehide", () => { if (stream) stop("", { focus: false }); });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return; // back from the next page: the form as it was before
    for (const field of scan.querySelectorAll("input[name=code]")) field.remove();
    picture.disabled = start.disabled = photo.disabled = false;
    picture.value = "";
    say("");
  });
  if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    offerCamera(true);
    BarcodeDetector.getSupportedFormats().then((formats) => { if (!formats.includes("qr_code")) offerCamera(false); });
  }
}
