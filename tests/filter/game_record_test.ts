import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import {
  RECORD_BITS,
  RECORD_BYTES,
  RECORD_FIELDS,
  recordsOf,
} from "../../src/filter/game_record.ts";

function recordOf(pgn: string, original = pgn): DataView {
  const encode = (text: string) => new TextEncoder().encode(text);
  const records = recordsOf([encode(pgn)], [encode(original)]);
  assert.equal(records.length, RECORD_BYTES);
  return new DataView(records.buffer);
}

const FULL = `[Event "Rated Blitz game"]
[Site "https://lichess.org/abcdefgh"]
[Result "1/2-1/2"]
[UTCDate "2021.10.05"]
[WhiteElo "1834"]
[BlackElo "2011"]
[WhiteTitle "BOT"]
[ECO "B90"]
[TimeControl "180+2"]
[Termination "Time forfeit"]

1. e4 { [%eval 0.17] [%clk 0:03:00] } c5 { [%clk 0:03:00] } 2. Nf3 (2. d4 d5) 1/2-1/2`;

Deno.test("recordsOf() writes the fields of a game", () => {
  const view = recordOf(FULL);
  assert.equal(view.getUint32(0, true), FULL.length);
  assert.equal(view.getUint32(4, true), crc32(FULL));
  assert.equal(view.getBigUint64(8, true), 0x3ad351775b4634b7n);
  assert.equal(view.getUint16(16, true), 1834);
  assert.equal(view.getUint16(18, true), 2011);
  assert.equal(view.getUint16(20, true), 190);
  assert.equal(view.getUint16(22, true), 3);
  assert.equal(view.getUint32(24, true), 20211005);
  assert.equal(view.getUint8(28), 3);
  assert.equal(view.getUint8(29), 3);
  assert.equal(view.getUint8(30), 2);
  const { rated, bot, evaluations, clocks, standardChess } = RECORD_BITS;
  assert.equal(
    view.getUint8(31),
    rated | bot | evaluations | clocks | standardChess,
  );
});

Deno.test("recordsOf() says where a game does not have a field", () => {
  const view = recordOf("1. e4 *");
  assert.equal(view.getUint16(16, true), 0);
  assert.equal(view.getUint16(18, true), 0);
  assert.equal(view.getUint16(20, true), 65535);
  assert.equal(view.getUint16(22, true), 1);
  assert.equal(view.getUint32(24, true), 0);
  assert.equal(view.getUint32(28, true) & 0xffffff, 0);
  assert.equal(
    view.getUint8(31),
    RECORD_BITS.noEvent | RECORD_BITS.standardChess,
  );
});

Deno.test("recordsOf() has length and sum of the stored text, and all else of the whole game", () => {
  const compact = '[Event "Rated Blitz game"]\n\n1. e4 c5 2. Nf3 1/2-1/2';
  const view = recordOf(compact, FULL);
  const full = recordOf(FULL);
  assert.equal(view.getUint32(RECORD_FIELDS.length, true), compact.length);
  assert.equal(view.getUint32(RECORD_FIELDS.crc, true), crc32(compact));
  for (let at = RECORD_FIELDS.hash; at < RECORD_BYTES; at++) {
    assert.equal(view.getUint8(at), full.getUint8(at), `byte ${at}`);
  }
});

Deno.test("recordsOf() knows standard chess by its names", () => {
  for (
    const [tags, isStandard] of [
      ["", true],
      ['[Variant "Standard"]', true],
      ['[variant "classical"]', true],
      ['[Variant "?"]', true],
      ['[Variant "Chess960"]', false],
      ['[Variant "From Position"]', false],
      ['[Variant "Atomic"]', false],
      ["[Variant Atomic]", false],
    ] as const
  ) {
    const bits = recordOf(`${tags}\n\n1. e4 *`).getUint8(RECORD_FIELDS.bits);
    assert.equal((bits & RECORD_BITS.standardChess) !== 0, isStandard, tags);
  }
});
