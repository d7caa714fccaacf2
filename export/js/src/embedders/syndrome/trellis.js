// The Viterbi algorithm over some blocks of a trellis.
//
// Between two blocks a state is what the samples so far add to the next 7 trits: 3^7 states, a trit
// a digit, the nearest trit the lowest. Within a block there is one digit more. A column c joins
// the three states s, s + c and s + 2c. Those with s[0] = 0 have the numbers 3v, and v numbers the
// triple. Within a block, all orders of the columns come to the same, so the cheapest go first: as
// soon as one costs more than the distances differ by, neither it nor any later one can help.
//
// Distances are integers, in steps of 1 / SCALE nat, above the least of them.

import { HEIGHT, blockStarts } from './code.js';

const STATES = 3 ** (HEIGHT - 1);
const SCALE = 1024;

/** The largest cost of a change, of one that is not allowed, and the distance of other starts. */
const LIMIT = 2 ** 20;
const FORBIDDEN = 2 ** 26;
const ELSEWHERE = 2 ** 28;

/** State reached from state 3v by a column once, and twice: Uint16Array [STATES] each. */
const steps = new Map();

export class Trellis {
  /**
   * @param {Uint8Array | Int16Array} values
   * @param {Float32Array} cost
   * @param {Uint8Array} wanted by how much each trit is to change, modulo 3
   * @param {Uint8Array[]} columns
   * @param {number} price nats for each unit of cost
   * @param {number} most blocks that are solved at a time
   * @param {number[]} [limits] the least and the greatest value that a change may lead to
   */
  constructor(values, cost, wanted, columns, price, most, [low, high] = [0, 255]) {
    this.values = values;
    this.cost = cost;
    this.wanted = wanted;
    this.low = low;
    this.high = high;
    this.blocks = wanted.length;
    this.steps = columns.map(stepsOf);
    this.columns = columns;
    this.price = price * SCALE;
    this.starts = blockStarts(values.length, this.blocks);
    this.changes = new Int8Array(values.length);
    /** Whether no change so far was one that is not allowed. */
    this.allowed = true;
    this.near = new Int32Array(3 * STATES);
    this.entered = new Int32Array(STATES);
    // three changes a byte, for each column that is looked at
    this.history = new Uint8Array(Math.min(most, 2 * this.blocks) * columns.length * STATES);
    this.used = 0;
  }

  /** The values with their changes. */
  changed() {
    return this.values.map((value, at) => value + this.changes[at]);
  }

  /**
   * Search blocks from `first` on, around the end, and settle the first `settled` of them.
   * @param {number} first
   * @param {number} count
   * @param {number | null} start the state before them, null for any
   * @param {number | null} end the state behind them
   * @param {number} settled
   * @param {boolean} [write] their changes
   * @returns {number} the state behind the settled ones
   */
  solve(first, count, start, end, settled, write = true) {
    this.entered.fill(start === null ? 0 : ELSEWHERE);
    if (start !== null) this.entered[start] = 0;
    this.used = 0;
    const path = [];
    for (let at = 0; at < count; at++) path.push(this.#forward((first + at) % this.blocks));
    let state = end ?? this.entered.indexOf(0);
    let found = state;
    for (let at = count - 1; at >= 0; at--) {
      if (at === settled - 1) found = state;
      state = this.#back(path[at], state, write && at < settled);
    }
    return found;
  }

  /** One block: from distances before it to those behind it. Returns what going back needs. */
  #forward(block) {
    const ways = this.#ways(block);
    const first = this.used;
    let spread = this.#expand(ways[0]);
    let looked = 1;
    for (; looked < ways.length && ways[looked].least < spread; looked++) {
      spread = this.#join(ways[looked]);
    }
    const trit = this.wanted[block];
    let least = Infinity;
    for (let v = 0; v < STATES; v++) {
      const distance = this.near[3 * v + trit];
      this.entered[v] = distance;
      if (distance < least) least = distance;
    }
    for (let v = 0; v < STATES; v++) this.entered[v] -= least;
    return { ways, looked, first, trit };
  }

  /** The columns of a block, the cheapest first, with their cheapest samples. */
  #ways(block) {
    const start = this.starts[block];
    const size = this.starts[block + 1] - start;
    const ways = [];
    for (let number = 0; number < Math.min(size, this.columns.length); number++) {
      const way = { number, up: FORBIDDEN, down: FORBIDDEN, upAt: -1, downAt: -1, least: 0 };
      for (let at = start + number; at < start + size; at += this.columns.length) {
        const cost = Math.min(Math.round(this.cost[at] * this.price), LIMIT);
        if (cost < way.up && this.values[at] < this.high) [way.up, way.upAt] = [cost, at];
        if (cost < way.down && this.values[at] > this.low) [way.down, way.downAt] = [cost, at];
      }
      way.least = Math.min(way.up, way.down);
      ways.push(way);
    }
    return ways.sort((one, other) => one.least - other.least);
  }

  /** The first column: of each triple one state is there, all are reached. */
  #expand({ number, up, down }) {
    const { near, entered } = this;
    const { once, twice } = this.steps[number];
    let greatest = 0;
    for (let v = 0; v < STATES; v++) {
      const [i0, i1, i2] = [3 * v, once[v], twice[v]];
      if (i0 < STATES) {
        near[i0] = entered[i0];
        near[i1] = entered[i0] + up;
        near[i2] = entered[i0] + down;
      } else if (i1 < STATES) {
        near[i1] = entered[i1];
        near[i2] = entered[i1] + up;
        near[i0] = entered[i1] + down;
      } else {
        near[i2] = entered[i2];
        near[i0] = entered[i2] + up;
        near[i1] = entered[i2] + down;
      }
      greatest = Math.max(greatest, near[i0], near[i1], near[i2]);
    }
    return greatest;
  }

  /** Any further column. Returns the greatest distance. */
  #join({ number, up, down }) {
    const { near, history } = this;
    const { once, twice } = this.steps[number];
    let at = this.used;
    this.used += STATES;
    let greatest = 0;
    for (let v = 0, i0 = 0; v < STATES; v++, i0 += 3) {
      const i1 = once[v];
      const i2 = twice[v];
      const a = near[i0];
      const b = near[i1];
      const c = near[i2];
      // 1 is a change up, from the state before; 2 is one down, from the state after
      let made = 0;
      let least = a;
      if (c + up < least) { least = c + up; made = 1; }
      if (b + down < least) { least = b + down; made = 2; }
      near[i0] = least;
      if (least > greatest) greatest = least;
      let change = 0;
      least = b;
      if (a + up < least) { least = a + up; change = 4; }
      if (c + down < least) { least = c + down; change = 8; }
      near[i1] = least;
      if (least > greatest) greatest = least;
      made |= change;
      change = 0;
      least = c;
      if (b + up < least) { least = b + up; change = 16; }
      if (a + down < least) { least = a + down; change = 32; }
      near[i2] = least;
      if (least > greatest) greatest = least;
      history[at++] = made | change;
    }
    return greatest;
  }

  /** From the state behind a block to the one before it. */
  #back({ ways, looked, first, trit }, state, write) {
    let inside = 3 * state + trit;
    for (let column = looked - 1; column >= 0; column--) {
      const way = ways[column];
      const place = inside % 3;
      const { once, twice } = this.steps[way.number];
      const v = subtracted(inside, this.columns[way.number], place) / 3;
      const members = [3 * v, once[v], twice[v]];
      const change =
        column > 0
          ? (this.history[first + (column - 1) * STATES + v] >> (2 * place)) & 3
          : (place + 3 - members.findIndex((member) => member < STATES)) % 3;
      inside = members[(place + 3 - change) % 3];
      if (write && change > 0) this.#change(change === 1 ? way.upAt : way.downAt, change);
    }
    return inside;
  }

  #change(at, change) {
    if (at < 0) this.allowed = false;
    else this.changes[at] = change === 1 ? 1 : -1;
  }
}

function stepsOf(column) {
  const name = column.join();
  if (!steps.has(name)) {
    const once = new Uint16Array(STATES);
    const twice = new Uint16Array(STATES);
    for (let v = 0; v < STATES; v++) {
      once[v] = subtracted(3 * v, column, 2);
      twice[v] = subtracted(3 * v, column, 1);
    }
    steps.set(name, { once, twice });
  }
  return steps.get(name);
}

/** A state less a column some times, digit by digit modulo 3. */
function subtracted(state, column, times) {
  let result = 0;
  for (let digit = 0, power = 1; digit < HEIGHT; digit++, power *= 3) {
    const value = Math.floor(state / power) % 3;
    result += power * ((value + 2 * times * column[digit]) % 3);
  }
  return result;
}
