// @ts-check
// A drawing into the clipboard, as SVG or as PNG made from it; where that is not allowed, into a file.
import { announce } from "./dom.js";

/** @param {string} source of an SVG @param {"svg"|"png"} kind @param {string} name of the file, without its ending */
export async function copyImage(source, kind, name) {
  try {
    if (kind === "svg") await navigator.clipboard.writeText(source);
    else await navigator.clipboard.write([new ClipboardItem({ "image/png": png(source) })]);
    announce(`${kind.toUpperCase()} copied`);
  } catch {
    save(kind === "svg" ? new Blob([source], { type: "image/svg+xml" }) : await png(source), `${name}.${kind}`);
    announce(`${name}.${kind} saved`);
  }
}

/** @param {string} source of an SVG @returns {Promise<Blob>} twice its size, for sharp slides */
async function png(source) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(source)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width * 2;
  canvas.height = image.height * 2;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done, failed) => canvas.toBlob((blob) => (blob ? done(blob) : failed(new Error("no picture"))), "image/png"));
}

/** @param {Blob} blob @param {string} name */
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
