// A face that was missed is drawn with mouse or finger, and its numbers with the keyboard: on the
// page of a photo, and in a picture that is searched with.
(() => {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";
  // in pixels of the screen: how near to a corner means that corner, and the smallest drag
  const REACH = 22;
  const LEAST_DRAG = 6;

  const overlay = document.getElementById("overlay");
  const panel = document.getElementById("draw");

  function add(parent, name, className) {
    const element = document.createElementNS(SVG, name);
    element.setAttribute("class", className);
    parent.append(element);
    return element;
  }

  function place(element, attributes) {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  }

  // The box as fractions of the photo: left, top, right, bottom. The form's fields keep it.
  function drawing() {
    const { width, height } = overlay.viewBox.baseVal;
    const fields = panel.querySelector("form").elements;
    const group = add(overlay, "g", "drawn");
    const rects = [add(group, "rect", "box-halo"), add(group, "rect", "box")];
    const corners = [0, 1, 2, 3].map(() => add(group, "circle", "drawn-corner"));
    let grip = null;

    const number = (name) => Number(fields[name].value) || 0;

    function read() {
      const left = number("left");
      const top = number("top");
      return [left, top, left + number("width"), top + number("height")];
    }

    function write([left, top, right, bottom]) {
      const inside = (value) => Math.min(Math.max(value, 0), 1);
      const [west, east] = [inside(Math.min(left, right)), inside(Math.max(left, right))];
      const [north, south] = [inside(Math.min(top, bottom)), inside(Math.max(top, bottom))];
      fields.left.value = west.toFixed(3);
      fields.top.value = north.toFixed(3);
      fields.width.value = (east - west).toFixed(3);
      fields.height.value = (south - north).toFixed(3);
      show();
    }

    function scale() {
      return overlay.getScreenCTM().a;
    }

    function show() {
      const [left, top, right, bottom] = read();
      const box = {
        x: left * width,
        y: top * height,
        width: Math.max(0, right - left) * width,
        height: Math.max(0, bottom - top) * height,
      };
      for (const rect of rects) place(rect, box);
      const ends = [[left, top], [right, top], [right, bottom], [left, bottom]];
      corners.forEach((corner, index) => {
        const [x, y] = ends[index];
        place(corner, { cx: x * width, cy: y * height, r: 6 / scale() });
      });
    }

    function pointOf(event) {
      const point = new DOMPoint(event.clientX, event.clientY);
      const { x, y } = point.matrixTransform(overlay.getScreenCTM().inverse());
      return [x / width, y / height];
    }

    function isNear([x, y], [otherX, otherY]) {
      const across = (x - otherX) * width * scale();
      const down = (y - otherY) * height * scale();
      return Math.hypot(across, down) <= REACH;
    }

    // what a drag from here does: resize by a corner, move, or begin anew
    function gripAt(point) {
      const [left, top, right, bottom] = read();
      const ends = [[left, top], [right, top], [right, bottom], [left, bottom]];
      const corner = ends.findIndex((end) => isNear(end, point));
      if (corner >= 0) return { anchor: ends[(corner + 2) % 4] };
      const [x, y] = point;
      if (x > left && x < right && y > top && y < bottom) return { from: point, box: read() };
      return { anchor: point, isNew: true };
    }

    function moved({ from, box }, [x, y]) {
      const clamp = (shift, low, high) => Math.min(Math.max(shift, -low), 1 - high);
      const across = clamp(x - from[0], box[0], box[2]);
      const down = clamp(y - from[1], box[1], box[3]);
      return [box[0] + across, box[1] + down, box[2] + across, box[3] + down];
    }

    function start(event) {
      if (!panel.open || event.button) return;
      event.preventDefault();
      overlay.setPointerCapture(event.pointerId);
      grip = { ...gripAt(pointOf(event)), x: event.clientX, y: event.clientY };
    }

    function drag(event) {
      if (!grip) return;
      // a mere click must not shrink the box to nothing
      const dragged = Math.hypot(event.clientX - grip.x, event.clientY - grip.y);
      if (grip.isNew && dragged < LEAST_DRAG) return;
      const point = pointOf(event);
      write(grip.box ? moved(grip, point) : [...grip.anchor, ...point]);
    }

    function stop() {
      grip = null;
    }

    function toggle() {
      overlay.classList.toggle("is-drawing", panel.open);
      group.classList.toggle("is-hidden", !panel.open);
      if (panel.open) show();
    }

    overlay.addEventListener("pointerdown", start);
    overlay.addEventListener("pointermove", drag);
    overlay.addEventListener("pointerup", stop);
    overlay.addEventListener("pointercancel", stop);
    panel.addEventListener("input", show);
    panel.addEventListener("toggle", toggle);
    window.addEventListener("resize", show);
    toggle();
  }

  if (overlay && panel) drawing();
})();
