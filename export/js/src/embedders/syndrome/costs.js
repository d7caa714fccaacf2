// What it costs to change a sample: HILL (Li, Wang, Huang and Li, "A new cost function for spatial
// image steganography", 2014), on each channel alone.

/** The least local activity, 8-bit steps: keeps costs finite. */
const LEAST_ACTIVITY = 2 ** -23;

/** Costs at either end of the range, where a change can only go inwards: so many times as much. */
const ENDS = 2;

/**
 * HILL, and more for samples that are 0 or 255: clipped areas would fill the values beside them.
 *
 * @param {import('../samples.js').Samples} samples
 * @returns {Float32Array} [height, width, channels]
 */
export function ofSamples(samples) {
  const costs = hill(samples);
  for (let at = 0; at < costs.length; at++) {
    if (samples.values[at] === 0 || samples.values[at] === 255) costs[at] *= ENDS;
  }
  return costs;
}

/**
 * @param {import('../samples.js').Samples} samples
 * @returns {Float32Array} [height, width, channels], the inverse of the local activity
 */
export function hill({ height, width, channels, values }) {
  const costs = new Float32Array(values.length);
  const plane = new Float32Array(height * width);
  const spare = new Float32Array(height * width);
  for (let channel = 0; channel < channels; channel++) {
    highPass({ height, width, channels, values }, channel, plane);
    mean(plane, spare, height, width, 1);
    for (let at = 0; at < spare.length; at++) spare[at] = 1 / Math.max(spare[at], LEAST_ACTIVITY);
    mean(spare, plane, height, width, 7);
    for (let at = 0; at < plane.length; at++) costs[at * channels + channel] = plane[at];
  }
  return costs;
}

/** The absolute values of a channel under [[-1, 2, -1], [2, -4, 2], [-1, 2, -1]] / 4. */
function highPass({ height, width, channels, values }, channel, plane) {
  const line = new Int32Array(width);
  const stride = width * channels;
  for (let row = 0; row < height; row++) {
    const middle = row * stride + channel;
    const above = row > 0 ? middle - stride : middle;
    const below = row < height - 1 ? middle + stride : middle;
    for (let column = 0, at = 0; column < width; column++, at += channels) {
      line[column] = 2 * values[middle + at] - values[above + at] - values[below + at];
    }
    for (let column = 0; column < width; column++) {
      const left = line[Math.max(column - 1, 0)];
      const right = line[Math.min(column + 1, width - 1)];
      plane[row * width + column] = Math.abs(2 * line[column] - left - right) / 4;
    }
  }
}

/** Means over (2 reach + 1) x (2 reach + 1) samples, edges mirrored. */
function mean(from, to, height, width, reach) {
  const across = new Float32Array(from.length);
  for (let row = 0; row < height; row++) {
    const line = from.subarray(row * width, (row + 1) * width);
    slideAcross(line, across.subarray(row * width, (row + 1) * width), reach);
  }
  slideDown(across, to, height, width, reach);
}

function slideAcross(from, to, reach) {
  let sum = 0;
  for (let at = -reach; at < reach; at++) sum += from[mirrored(at, from.length)];
  for (let at = 0; at < from.length; at++) {
    sum += from[mirrored(at + reach, from.length)];
    to[at] = sum / (2 * reach + 1);
    sum -= from[mirrored(at - reach, from.length)];
  }
}

/** All columns at once, which memory likes better than one after the other. */
function slideDown(from, to, height, width, reach) {
  const sums = new Float64Array(width);
  const add = (row, sign) => {
    const start = mirrored(row, height) * width;
    for (let at = 0; at < width; at++) sums[at] += sign * from[start + at];
  };
  for (let row = -reach; row < reach; row++) add(row, 1);
  for (let row = 0; row < height; row++) {
    add(row + reach, 1);
    for (let at = 0; at < width; at++) to[row * width + at] = sums[at] / (2 * reach + 1);
    add(row - reach, -1);
  }
}

const mirrored = (at, count) => (at < 0 ? -1 - at : at >= count ? 2 * count - 1 - at : at);
