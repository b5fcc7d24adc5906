// Pictures, as small as they are shown. Where a key is needed they are fetched with it.

import { make, webAddress } from "./elements.js";
import { hasKey, headers } from "./key.js";

const WIDTHS = [160, 240, 320, 480, 640];

// A picture of the catalog: of this server, or of anywhere else.
export function picture(image, width, alt = "", isFirst = false) {
  const looks = { alt, width, height: width, decoding: "async", referrerpolicy: "no-referrer" };
  const loading = isFirst ? { loading: "eager", fetchpriority: "high" } : { loading: "lazy" };
  if (!image.startsWith("/images/")) return make("img", { ...looks, ...loading, src: webAddress(image) });
  const place = image.slice(1);
  if (hasKey()) return withKey(`${place}?width=${nearest(width * devicePixelRatio)}`, looks);
  const sizes = `(max-width: 640px) 46vw, ${width}px`;
  const srcset = WIDTHS.map((one) => `${place}?width=${one} ${one}w`).join(", ");
  return make("img", { ...looks, ...loading, sizes, srcset, src: `${place}?width=${nearest(width)}` });
}

// The picture that was asked for, while the server keeps it.
export function askedPicture(imageId, alt) {
  const place = `queries/${encodeURIComponent(imageId)}`;
  return hasKey() ? withKey(place, { alt }) : make("img", { alt, src: place });
}

const nearest = (width) => WIDTHS.find((one) => one >= width) ?? WIDTHS[WIDTHS.length - 1];

const places = new WeakMap();
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) load(target);
}, { rootMargin: "400px" });

function withKey(place, looks) {
  const image = make("img", looks);
  places.set(image, place);
  seen.observe(image);
  return image;
}

async function load(image) {
  seen.unobserve(image);
  const response = await fetch(places.get(image), { headers: headers() }).catch(() => null);
  if (!response?.ok) return;
  const address = URL.createObjectURL(await response.blob());
  const forget = () => URL.revokeObjectURL(address);
  image.addEventListener("load", forget, { once: true });
  image.addEventListener("error", forget, { once: true });
  image.src = address;
}
