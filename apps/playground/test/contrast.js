// Runs in the page: the contrast ratio of WCAG 2.2, section 1.4.3, of an element's text against what lies behind it.
const paint = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

globalThis.contrast = (selector) => {
  const element = document.querySelector(selector);
  if (element === null) throw new Error(`no ${selector} on the page`);
  const ancestors = [];
  for (let each = element; each !== null; each = each.parentElement) ancestors.unshift(each);
  const backgrounds = ancestors.map((each) => getComputedStyle(each).backgroundColor);
  const behind = luminance(backgrounds);
  const text = luminance([...backgrounds, getComputedStyle(element).color]);
  return (Math.max(text, behind) + 0.05) / (Math.min(text, behind) + 0.05);
};

function luminance(layers) {
  paint.clearRect(0, 0, 1, 1);
  for (const layer of layers) {
    paint.fillStyle = layer;
    paint.fillRect(0, 0, 1, 1);
  }
  const [red, green, blue] = [...paint.getImageData(0, 0, 1, 1).data].map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
