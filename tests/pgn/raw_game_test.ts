import assert from "node:assert/strict";
import { Buffer, isUtf8 } from "node:buffer";
import { PgnSplitter } from "../../src/pgn/splitter/pgn_splitter.ts";
import { copyUtf8 } from "../../src/pgn/raw_game.ts";
import { latin1, rawGames, rawText, readArchive } from "../_pgn_data.ts";
import { available } from "../_archives.ts";

Deno.test("copyUtf8() keeps UTF-8 byte for byte", () => {
  const text = '[White "Bogoljubow, Ефим é€😀\ufeff"]\n\n*';
  const [game] = rawGames(new TextEncoder().encode(`\n${text}\n`));
  assert.deepEqual(copyUtf8(game), new TextEncoder().encode(text));
});

Deno.test("copyUtf8() reads what is no UTF-8 as windows-1252", () => {
  const bytes = Array.from({ length: 128 }, (_, i) => 128 + i);
  const [game] = rawGames(
    Uint8Array.from([...latin1('[White "'), ...bytes, ...latin1('"]\n\n*')]),
  );
  const first = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";
  const rest = String.fromCharCode(...bytes.slice(32));
  assert.equal(
    new TextDecoder().decode(copyUtf8(game)),
    `[White "${first}${rest}"]\n\n*`,
  );
});

Deno.test("copyUtf8() decides for each game alone", () => {
  const text = '[A "\xc3\xa9"]\n\n*\n\n[A "\xe9"]\n\n*\n\n[A "\xc3\xa9"]\n\n*';
  assert.deepEqual(
    rawGames(latin1(text)).map((game) =>
      new TextDecoder().decode(copyUtf8(game))
    ),
    ['[A "é"]\n\n*', '[A "é"]\n\n*', '[A "é"]\n\n*'],
  );
});

Deno.test("copyUtf8() holds none of the game's neighbours", () => {
  const text = '[A "x"]\n\n*\n\n'.repeat(100);
  // A Buffer's own slice() is no copy.
  for (const bytes of [latin1(text), Buffer.from(text)]) {
    const splitter = new PgnSplitter();
    const games = [
      ...splitter.push(bytes.subarray(0, 501)),
      ...splitter.push(bytes.subarray(501)),
      ...splitter.end(),
    ];
    for (const game of games) {
      const copy = copyUtf8(game);
      assert.equal(copy.buffer.byteLength, copy.length);
    }
  }
});

Deno.test("rawText() takes each byte for a character", () => {
  const letters = String.fromCharCode(
    ...Array.from({ length: 128 }, (_, i) => 128 + i),
  );
  const text = `[A "${letters}"]\n\n\0*`;
  const [, game] = rawGames(latin1(`[A "é"]\n\n*\n\n${text}\n\n[A "é"]`));
  assert.equal(rawText(game), text);
});

Deno.test({
  name: "copyUtf8() keeps the games of archives that are UTF-8 as they are",
  fn() {
    for (
      const [name, isUtf8File] of [
        ["made/export", true],
        ["sample", true],
        ["made/latin1", false],
        ["lichess/export_eval_clk_2023-2024_1000.pgn.zst", true],
        ["torture/encoding/utf8_bom_80games.pgn", true],
        ["masters/dortmund_latin1_crlf_annotated.pgn", false],
      ] as const
    ) {
      if (available([name]).length === 0) continue;
      const bytes = readArchive(name);
      assert.equal(isUtf8(bytes), isUtf8File);
      const text = isUtf8File
        ? new TextDecoder("utf-8", { fatal: true }).decode(bytes)
        : new TextDecoder("windows-1252").decode(bytes);
      let offset = 0;
      for (const game of rawGames(bytes)) {
        const pgn = new TextDecoder("utf-8", { fatal: true }).decode(
          copyUtf8(game),
        );
        offset = text.indexOf(pgn, offset);
        assert.notEqual(offset, -1, pgn);
        offset += pgn.length;
      }
    }
  },
});
