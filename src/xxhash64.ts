// Numbers of 64 bits go as two halves of 32: BigInt would take many times as
// long. A function that makes one returns the low half and leaves the high
// half in `high`.
let high = 0;

const PRIME_1 = [0x85ebca87, 0x9e3779b1] as const; // low, high
const PRIME_2 = [0x27d4eb4f, 0xc2b2ae3d] as const;
const PRIME_3 = [0x9e3779f9, 0x165667b1] as const;
const PRIME_4 = [0xc2b2ae63, 0x85ebca77] as const;
const PRIME_5 = [0x165667c5, 0x27d4eb2f] as const;

/** XXH64 with seed 0, the checksum of a zstd frame, taken bit by bit. */
export class XxHash64 {
  /** Four accumulators, the low and the high half of each. */
  readonly #lanes: Uint32Array;
  /** Bytes that do not fill a stripe yet. */
  readonly #rest = new Uint8Array(32);
  #filled = 0;
  #length = 0;

  /** Creates the hash of nothing. */
  constructor() {
    this.#lanes = FIRST_LANES.slice();
  }

  /**
   * Takes in more bytes.
   *
   * @param bytes The bytes; they are not kept.
   */
  update(bytes: Uint8Array): void {
    this.#length += bytes.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(32 - this.#filled, bytes.length);
      this.#rest.set(bytes.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < 32) return;
      this.#mixStripes(this.#rest, 0, 32);
      this.#filled = 0;
    }
    const end = bytes.length - (bytes.length - at) % 32;
    this.#mixStripes(bytes, at, end);
    this.#rest.set(bytes.subarray(end));
    this.#filled = bytes.length - end;
  }

  /**
   * Gives the hash of all bytes so far.
   *
   * @returns Its low and its high half, as unsigned numbers.
   */
  digest(): { low: number; high: number } {
    let low: number;
    const lanes = this.#lanes;
    if (this.#length < 32) {
      low = PRIME_5[0];
      high = PRIME_5[1];
    } else {
      low = 0;
      high = 0;
      for (const [lane, bits] of [1, 7, 12, 18].entries()) {
        const [sumLow, sumHigh] = [low, high];
        low = rotate(lanes[2 * lane], lanes[2 * lane + 1], bits);
        low = add(low, high, sumLow, sumHigh);
      }
      for (let lane = 0; lane < 4; lane++) {
        const [sumLow, sumHigh] = [low, high];
        low = mixLane(0, 0, lanes[2 * lane], lanes[2 * lane + 1]);
        low = multiply(
          (sumLow ^ low) >>> 0,
          (sumHigh ^ high) >>> 0,
          ...PRIME_1,
        );
        low = add(low, high, ...PRIME_4);
      }
    }
    const length = this.#length;
    low = add(low, high, length >>> 0, Math.floor(length / 2 ** 32));
    return finish(low, this.#rest, 0, this.#filled);
  }

  #mixStripes(bytes: Uint8Array, from: number, to: number): void {
    const lanes = this.#lanes;
    for (let at = from; at < to; at += 32) {
      for (let lane = 0; lane < 8; lane += 2) {
        const word = at + 4 * lane;
        lanes[lane] = mixLane(
          lanes[lane],
          lanes[lane + 1],
          read(bytes, word),
          read(bytes, word + 4),
        );
        lanes[lane + 1] = high;
      }
    }
  }
}

/**
 * Hashes bytes that are all there. Short ones, such as names, take no object.
 *
 * @param bytes The bytes.
 * @returns The low and the high half of the hash, as unsigned numbers.
 */
export function xxHash64(bytes: Uint8Array): { low: number; high: number } {
  if (bytes.length < 32) {
    const low = add(PRIME_5[0], PRIME_5[1], bytes.length, 0);
    return finish(low, bytes, 0, bytes.length);
  }
  const hash = new XxHash64();
  hash.update(bytes);
  return hash.digest();
}

/** Takes in what does not fill a stripe, and mixes; the high half is in `high`. */
function finish(
  low: number,
  rest: Uint8Array,
  at: number,
  end: number,
): { low: number; high: number } {
  for (; at + 8 <= end; at += 8) {
    const sumLow = low;
    const sumHigh = high;
    low = mixLane(0, 0, read(rest, at), read(rest, at + 4));
    low = rotate((sumLow ^ low) >>> 0, (sumHigh ^ high) >>> 0, 27);
    low = multiply(low, high, PRIME_1[0], PRIME_1[1]);
    low = add(low, high, PRIME_4[0], PRIME_4[1]);
  }
  if (at + 4 <= end) {
    const sumLow = low;
    const sumHigh = high;
    low = multiply(read(rest, at), 0, PRIME_1[0], PRIME_1[1]);
    low = rotate((sumLow ^ low) >>> 0, (sumHigh ^ high) >>> 0, 23);
    low = multiply(low, high, PRIME_2[0], PRIME_2[1]);
    low = add(low, high, PRIME_3[0], PRIME_3[1]);
    at += 4;
  }
  for (; at < end; at++) {
    const sumLow = low;
    const sumHigh = high;
    low = multiply(rest[at], 0, PRIME_5[0], PRIME_5[1]);
    low = rotate((sumLow ^ low) >>> 0, (sumHigh ^ high) >>> 0, 11);
    low = multiply(low, high, PRIME_1[0], PRIME_1[1]);
  }
  low = (low ^ high >>> 1) >>> 0; // exclusive or with itself shifted by 33
  low = multiply(low, high, PRIME_2[0], PRIME_2[1]);
  low = (low ^ (low >>> 29 | high << 3)) >>> 0;
  high = (high ^ high >>> 29) >>> 0;
  low = multiply(low, high, PRIME_3[0], PRIME_3[1]);
  low = (low ^ high) >>> 0; // shifted by 32
  return { low, high };
}

function read(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24) >>> 0;
}

function mixLane(
  laneLow: number,
  laneHigh: number,
  wordLow: number,
  wordHigh: number,
): number {
  let low = multiply(wordLow, wordHigh, PRIME_2[0], PRIME_2[1]);
  low = add(laneLow, laneHigh, low, high);
  low = rotate(low, high, 31);
  return multiply(low, high, PRIME_1[0], PRIME_1[1]);
}

function add(
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  const low = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (low > 0xffffffff ? 1 : 0)) >>> 0;
  return low >>> 0;
}

function multiply(
  aLow: number,
  aHigh: number,
  bLow: number,
  bHigh: number,
): number {
  const a0 = aLow & 0xffff;
  const a1 = aLow >>> 16;
  const b0 = bLow & 0xffff;
  const b1 = bLow >>> 16;
  const middle = a1 * b0 + (a0 * b0 >>> 16);
  const carry = a1 * b1 + (middle >>> 16) +
    (a0 * b1 + (middle & 0xffff) >>> 16);
  high = (carry + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) >>> 0;
  return Math.imul(aLow, bLow) >>> 0;
}

/** Turns left by 1 to 31 bits. */
function rotate(low: number, hi: number, bits: number): number {
  high = (hi << bits | low >>> 32 - bits) >>> 0;
  return (low << bits | hi >>> 32 - bits) >>> 0;
}

/** The accumulators of no bytes. */
const FIRST_LANES: Uint32Array = (() => {
  const lane1 = add(...PRIME_1, ...PRIME_2);
  const lane1High = high;
  const lane4 = add(0, 0, ~PRIME_1[0] + 1, ~PRIME_1[1]); // minus prime 1
  return Uint32Array.of(lane1, lane1High, ...PRIME_2, 0, 0, lane4, high);
})();
