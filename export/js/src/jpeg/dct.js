// The DCT of 8 x 8 blocks in whole numbers, as libjpeg's accurate one does it, to the bit (Loeffler,
// Ligtenberg and Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications", 1989).

const BITS = 13; // of a constant's fraction
const PASS = 2; // more bits between the passes

const fixed = (value) => Math.round(value * 2 ** BITS);
const F0298 = fixed(0.298631336);
const F0390 = fixed(0.390180644);
const F0541 = fixed(0.5411961);
const F0765 = fixed(0.765366865);
const F0899 = fixed(0.899976223);
const F1175 = fixed(1.175875602);
const F1501 = fixed(1.501321110);
const F1847 = fixed(1.847759065);
const F1961 = fixed(1.961570560);
const F2053 = fixed(2.053119869);
const F2562 = fixed(2.562915447);
const F3072 = fixed(3.072711026);

/** Coefficients, times 8, in the place of samples less 128. @param {Int32Array} block [64] */
export function forward(block) {
  for (let row = 0; row < 64; row += 8) forward8(block, row, 1, BITS - PASS, -PASS);
  for (let column = 0; column < 8; column++) forward8(block, column, 8, BITS + PASS, PASS);
}

/** Samples less 128, neither rounded up nor clipped, in the place of coefficients times their steps. */
export function inverse(block) {
  for (let column = 0; column < 8; column++) inverse8(block, column, 8, BITS - PASS);
  for (let row = 0; row < 64; row += 8) inverse8(block, row, 1, BITS + PASS + 3);
}

/** Eight numbers of a block, from `at` on in steps; `down` and `even` are bits to shift off. */
function forward8(d, at, step, down, even) {
  const [p1, p2, p3] = [at + step, at + 2 * step, at + 3 * step];
  const [p4, p5, p6, p7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const t0 = d[at] + d[p7];
  const t7 = d[at] - d[p7];
  const t1 = d[p1] + d[p6];
  const t6 = d[p1] - d[p6];
  const t2 = d[p2] + d[p5];
  const t5 = d[p2] - d[p5];
  const t3 = d[p3] + d[p4];
  const t4 = d[p3] - d[p4];
  const sum = t0 + t3 + t1 + t2;
  const difference = t0 + t3 - t1 - t2;
  d[at] = even < 0 ? sum << -even : (sum + (1 << (even - 1))) >> even;
  d[p4] = even < 0 ? difference << -even : (difference + (1 << (even - 1))) >> even;
  const half = 1 << (down - 1);
  const t12 = t1 - t2;
  const t13 = t0 - t3;
  const z1 = (t12 + t13) * F0541;
  d[p2] = (z1 + t13 * F0765 + half) >> down;
  d[p6] = (z1 - t12 * F1847 + half) >> down;
  const z5 = (t4 + t6 + t5 + t7) * F1175;
  const a = -(t4 + t7) * F0899;
  const b = -(t5 + t6) * F2562;
  const c = z5 - (t4 + t6) * F1961;
  const e = z5 - (t5 + t7) * F0390;
  d[p7] = (t4 * F0298 + a + c + half) >> down;
  d[p5] = (t5 * F2053 + b + e + half) >> down;
  d[p3] = (t6 * F3072 + b + c + half) >> down;
  d[p1] = (t7 * F1501 + a + e + half) >> down;
}

function inverse8(d, at, step, down) {
  const [p1, p2, p3] = [at + step, at + 2 * step, at + 3 * step];
  const [p4, p5, p6, p7] = [at + 4 * step, at + 5 * step, at + 6 * step, at + 7 * step];
  const z1 = (d[p2] + d[p6]) * F0541;
  const t2 = z1 - d[p6] * F1847;
  const t3 = z1 + d[p2] * F0765;
  const half = 1 << (down - 1);
  const t0 = (d[at] + d[p4]) * 2 ** BITS + half;
  const t1 = (d[at] - d[p4]) * 2 ** BITS + half;
  const z5 = (d[p7] + d[p3] + d[p5] + d[p1]) * F1175;
  const a = -(d[p7] + d[p1]) * F0899;
  const b = -(d[p5] + d[p3]) * F2562;
  const c = z5 - (d[p7] + d[p3]) * F1961;
  const e = z5 - (d[p5] + d[p1]) * F0390;
  const o0 = d[p7] * F0298 + a + c;
  const o1 = d[p5] * F2053 + b + e;
  const o2 = d[p3] * F3072 + b + c;
  const o3 = d[p1] * F1501 + a + e;
  d[at] = (t0 + t3 + o3) >> down;
  d[p7] = (t0 + t3 - o3) >> down;
  d[p1] = (t1 + t2 + o2) >> down;
  d[p6] = (t1 + t2 - o2) >> down;
  d[p2] = (t1 - t2 + o1) >> down;
  d[p5] = (t1 - t2 - o1) >> down;
  d[p3] = (t0 - t3 + o0) >> down;
  d[p4] = (t0 - t3 - o0) >> down;
}
