// Scaling as Pillow does it (Lanczos, antialiased, in whole numbers), so that both packages make the
// same samples of a photo.

const REACH = 3;

/** Fraction bits of a weight. */
const BITS = 22;
const HALF = 1 << (BITS - 1);

/**
 * @param {import('../png/decode.js').Picture} picture without alpha
 * @param {{width: number, height: number}} size
 * @param {number[]} box of the picture that is scaled: left, top, right, bottom
 * @returns {import('../png/decode.js').Picture}
 */
export function resized({ width, height, rgb, gray }, size, [left, top, right, bottom]) {
  const across = weightsOf(width, left, right, size.width);
  const down = weightsOf(height, top, bottom, size.height);
  const wide = across ? widthScaled(rgb, width, height, across) : rgb;
  const made = down ? heightScaled(wide, 3 * size.width, down) : wide;
  return { ...size, rgb: made, alpha: null, gray };
}

function widthScaled(rgb, width, height, weights) {
  const made = new Uint8ClampedArray(3 * height * weights.length);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (const { first, shares } of weights) {
      let [red, green, blue] = [HALF, HALF, HALF];
      let from = 3 * (row * width + first);
      for (let tap = 0; tap < shares.length; tap++, from += 3) {
        red += rgb[from] * shares[tap];
        green += rgb[from + 1] * shares[tap];
        blue += rgb[from + 2] * shares[tap];
      }
      made[to++] = red >> BITS;
      made[to++] = green >> BITS;
      made[to++] = blue >> BITS;
    }
  }
  return new Uint8Array(made.buffer);
}

function heightScaled(rgb, stride, weights) {
  const made = new Uint8ClampedArray(weights.length * stride);
  const sums = new Int32Array(stride);
  weights.forEach(({ first, shares }, row) => {
    sums.fill(HALF);
    shares.forEach((share, tap) => {
      const from = (first + tap) * stride;
      for (let at = 0; at < stride; at++) sums[at] += rgb[from + at] * share;
    });
    for (let at = 0; at < stride; at++) made[row * stride + at] = sums[at] >> BITS;
  });
  return new Uint8Array(made.buffer);
}

/** For each new sample the old ones that it is made of, and their shares; null to keep all. */
function weightsOf(length, from, to, count) {
  if (count === length && from === 0 && to === length) return null;
  const scale = (to - from) / count;
  const wider = Math.max(scale, 1);
  return Array.from({ length: count }, (_, at) => {
    const center = from + (at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - REACH * wider + 0.5));
    const end = Math.min(length, Math.trunc(center + REACH * wider + 0.5));
    const raw = Array.from({ length: end - first }, (_, tap) => lanczos((first + tap - center + 0.5) / wider));
    const sum = raw.reduce((total, each) => total + each, 0);
    const whole = (each) => Math.trunc((each / sum) * 2 ** BITS + (each < 0 ? -0.5 : 0.5));
    return { first, shares: Int32Array.from(raw, whole) };
  });
}

const lanczos = (x) => (x >= -REACH && x < REACH ? sinc(x) * sinc(x / REACH) : 0);

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
