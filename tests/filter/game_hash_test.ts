import assert from "node:assert/strict";
import { hashFraction, hashGame } from "../../src/filter/game_hash.ts";
import { Game, gameFromUtf8 } from "../../src/game.ts";
import { compactGame } from "../../src/pgn/compact_game.ts";
import { rawOf } from "../_pgn_data.ts";

Deno.test("Game.hash is XXH64 of the game's id", () => {
  const hashes: [id: string, hash: bigint][] = [
    ["abcdefgh", 0x3ad351775b4634b7n],
    ["q7ZvsdUF", 0x9321bdf3dc363f47n],
    ["xYz01234", 0xf999647e6cce07e0n],
    ["AAAAAAAA", 0x3bf38d2552c5b250n],
    ["00000000", 0xbca1f0eaf66a8ee1n],
    ["zzzzzzzz", 0xc7187fc6e8f8cb3cn],
    ["Rz8kP2wQ", 0xf11b1c839bb9acdbn],
    ["mT5nB1cX", 0x6982907b733c0d72n],
    ["hK9jL4dS", 0x00820cf539cf216dn],
    ["a", 0xd24ec4f1a98c6e5bn],
    ["ab", 0x65f708ca92d04a61n],
    ["game-1", 0x9bb32ddc7247dbe9n],
    ["game-2", 0x7fed5dfbf96f5402n],
    ["12345", 0xc6f2d2dd0ad64fb6n],
    ["QhXqU0oA", 0x52451614fc9da5d8n],
    ["lichess1", 0xdeae9468337c0f1dn],
    ["Zz9Yy8Xx", 0x1e3e222fea668fc6n],
    ["0a1b2c3d", 0xae6cbeb662f3979an],
    ["nPw3RtVs", 0x54536487e6f68c2bn],
    ["kasparov", 0xd4567547be1dd34dn],
  ];
  for (const [id, hash] of hashes) {
    assert.equal(new Game(`[GameId "${id}"]\n\n1. e4 *`).hash, hash, id);
    if (id.length !== 8) continue;
    const site = `[Site "https://lichess.org/${id}"]`;
    assert.equal(new Game(`${site}\n\n1. d4 *`).hash, hash, id);
    assert.equal(new Game(`${site}\n[GameId "?"]\n\n1. d4 *`).hash, hash, id);
    assert.equal(new Game(`${site}\n[GameId ""]\n\n1. d4 *`).hash, hash, id);
  }
});

Deno.test("Game.hash is that of the text where a game has no name", () => {
  for (
    const tags of [
      "",
      '[Site "?"]',
      '[Site "abcdefgh"]',
      '[Site "https://lichess.org/abcdefghi"]',
      '[Site "https://lichess.org/abcdefg"]',
      '[Site "https://lichess.org/abcd-fgh"]',
    ]
  ) {
    const text = `${tags}\n\n1. e4 *`;
    const other = new Game(`${tags}\n\n1. d4 *`);
    assert.notEqual(new Game(text).hash, other.hash, tags);
    assert.equal(new Game(text).hash, new Game(text).hash);
  }
});

Deno.test("Game.hash stays with a compact game", () => {
  const text = new TextEncoder().encode('[White "x"]\n\n1. e4 {good} e5 *');
  const { hash } = gameFromUtf8(text);
  const compact = compactGame(text);
  assert.notEqual(gameFromUtf8(compact).hash, hash);
  assert.equal(gameFromUtf8(compact, hash).hash, hash);
});

Deno.test("hashFraction() is the upper 53 bits over 2 ** 53", () => {
  assert.equal(hashFraction(0, 0), 0);
  assert.equal(hashFraction(0, 0x80000000), 0.5);
  assert.equal(hashFraction(0xffffffff, 0xffffffff), 1 - 2 ** -53);
  assert.equal(hashFraction(2047, 0), 0);
  assert.equal(hashFraction(2048, 0), 2 ** -53);
  const { low, high } = hashGame(rawOf('[GameId "a"]\n\n*'));
  const { hash } = new Game('[GameId "a"]\n\n*');
  assert.equal(hashFraction(low, high), Number(hash >> 11n) / 2 ** 53);
});
