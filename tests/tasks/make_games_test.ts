import { Chess } from "npm:chess.js@1.4.0";
import assert from "node:assert/strict";
import { type Game, GameLoader, parseFen } from "../../mod.ts";
import {
  archiveOf,
  type Fault,
  FAULTS,
  type MadeGame,
  makeGames,
  VARIED,
} from "../../tasks/bench/_make_games.ts";
import { moveLists } from "../../tasks/bench/_make_moves.ts";
import { tempFolder } from "../_games.ts";

/** Reads an archive of these games; gives what is returned, and what was bad. */
async function read(
  games: readonly MadeGame[],
): Promise<{ games: Game[]; bad: number }> {
  await using folder = await tempFolder();
  const path = folder.write("games.pgn", archiveOf(games));
  let bad = 0;
  await using loader = new GameLoader(path, {
    cache: null,
    onBadGame: () => bad++,
  });
  return { games: await Array.fromAsync(loader.loadGames()), bad };
}

/** Checks that a game which was read is the one that was made. */
function assertSame(game: Game, made: MadeGame): void {
  assert.equal(game.pgn, made.text);
  if (made.fate === "unplayable") {
    assert.throws(() => [...game.mainline()], { name: "PgnError" });
    return;
  }
  const plies = [...game.mainline()];
  assert.deepEqual(plies.map(({ uci }) => uci), made.moves.ucis, made.text);
  assert.deepEqual(plies.map(({ san }) => san), made.moves.sans);
  const clocks = made.clocks ?? made.moves.ucis.map(() => undefined);
  assert.deepEqual(plies.map(({ clock }) => clock), clocks);
  const evals = made.evals ?? made.moves.ucis.map(() => undefined);
  assert.deepEqual(plies.map((ply) => ply.eval), evals);
}

Deno.test("makeGames() makes the same games from the same seed", () => {
  const make = (seed: number) =>
    archiveOf(makeGames({ count: 200, seed, lists: 50, shares: VARIED }));
  assert.deepEqual(make(7), make(7));
  assert.notDeepEqual(make(7), make(8));
});

Deno.test("makeGames() plays legal moves, as chess.js finds", () => {
  for (const start of ["standard", "position"] as const) {
    const ends = new Set<string>();
    for (const list of moveLists(start, 150, 3)) {
      const chess = new Chess(list.fen);
      const ucis = list.sans.map((san) =>
        chess.move(san, { strict: true }).lan
      );
      assert.deepEqual(ucis, list.ucis);
      assert.equal(chess.fen(), list.lastFen);
      assert.equal(chess.isCheckmate(), list.end === "checkmate");
      assert.equal(chess.isStalemate(), list.end === "stalemate");
      ends.add(list.end);
    }
    assert.ok(ends.has("open"));
  }
});

Deno.test("makeGames() plays Chess960 from many of its starts", () => {
  const lists = moveLists("chess960", 500, 3);
  assert.ok(new Set(lists.map(({ fen }) => fen)).size > 350);
  for (const { fen } of lists) {
    const rank = fen.slice(0, 8);
    assert.match(rank, /^[^k]*r[^r]*k[^r]*r[^r]*$/);
    assert.equal((rank.indexOf("b") + rank.lastIndexOf("b")) % 2, 1);
    assert.equal([...rank].sort().join(""), "bbknnqrr");
    assert.equal(parseFen(fen).fen(), fen);
  }
  const castles = lists.filter(({ sans }) =>
    sans.some((san) => san.startsWith("O-O"))
  );
  assert.ok(castles.length > 100);
});

Deno.test("makeGames() makes games of every kind, and each is read as it was made", async () => {
  const made = [...makeGames({ count: 1500, seed: 4, shares: VARIED })];
  const { games, bad } = await read(made);
  assert.equal(bad, 0);
  assert.equal(games.length, made.length);
  for (const [i, game] of games.entries()) assertSame(game, made[i]);

  const having = (pattern: RegExp) =>
    made.filter(({ text }) => pattern.test(text)).length;
  assert.ok(having(/\[%clk /) > 700);
  assert.ok(having(/\[%eval /) > 350);
  assert.ok(having(/\[%eval #-\d/) > 10);
  assert.ok(having(/\( [^)]*\( /) > 10);
  assert.ok(having(/ \$\d/) > 100);
  assert.ok(having(/\n\n (1-0|0-1|1\/2-1\/2|\*)$/) > 15);
  assert.ok(having(/\[Variant "Chess960"\]/) > 80);
  assert.ok(having(/\[Variant "From Position"\]/) > 40);
  assert.ok(having(/ [a-h][1-8][a-h][1-8]/) > 50);
  assert.ok(having(/0-0 /) > 10);
  assert.ok(having(/Title "BOT"/) > 2);
  assert.ok(having(/\[Termination "Abandoned"\]/) > 5);
  assert.ok(having(/\[Termination "Unterminated"\]/) > 2);
  const names = made.map(({ tags }) => tags.Site);
  assert.equal(new Set(names).size, made.length);
});

for (const fault of Object.keys(FAULTS) as Fault[]) {
  Deno.test(`makeGames() makes archives with ${fault}, and all other games are read`, async () => {
    const makeOne = (seed: number, count: number, faults?: number) =>
      makeGames({
        count,
        seed,
        lists: 20,
        faults: [fault],
        shares: { ...VARIED, faults, spellings: 0 },
      });
    const faulty = [...makeOne(2, 60, 0.5)];
    const wanted = faulty.filter(({ fate }) => fate !== "bad");
    const broken = faulty.filter((game) => game.fault === fault);
    assert.ok(broken.length > 15);
    const { games, bad } = await read(faulty);
    assert.equal(bad, faulty.length - wanted.length);
    assert.equal(games.length, wanted.length);
    for (const [i, game] of games.entries()) assertSame(game, wanted[i]);
  });
}
