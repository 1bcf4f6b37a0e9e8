import assert from "node:assert/strict";
import { RedisGameCache } from "../src/cache/redis_game_cache.ts";
import { indexGames } from "../src/game_indexer.ts";
import { GameLoader } from "../src/game_loader.ts";
import { SampleExtractor } from "../src/sample_extractor.ts";
import { tempFolder } from "./_games.ts";
import { RedisServer } from "./_redis_server.ts";
import { environment } from "./_run_script.ts";

const ROOT = new URL("../", import.meta.url);

/** The program of a trainer that knows nothing of this project but a URL. */
const TRAINER = `
import {
  Game,
  GameLoader,
  type GameQuery,
  RedisGameCache,
  SampleExtractor,
  type TrainingSample,
} from "MODULE";

const [archive, redis] = Deno.args;
const query: GameQuery = { playstyle: "tactical", offset: 10, maxGames: 20 };

async function train(extractor: SampleExtractor): Promise<void> {
  const samples: TrainingSample[] = [];
  for await (const sample of extractor.extractSamples(query)) {
    const outcome: 1 | 0 | -1 = sample.outcome;
    // @ts-expect-error A move is a string.
    const move: number = sample.move;
    samples.push(sample);
    void outcome, move;
  }
  console.log(JSON.stringify(samples));
}

// The trainer's two lines, from the archive …
await train(new SampleExtractor(archive));
// … and from the cache, which is all there is of an archive elsewhere.
await train(
  new SampleExtractor(new GameLoader(\`elsewhere/\${archive}\`, { cache: redis })),
);
// One by one, with a connection that is never closed.
const cache = new RedisGameCache({ url: redis });
for await (const game of cache.getGames("tactical", 0, 1)) {
  console.log(game instanceof Game, game.toChess().history().length);
}
`;

Deno.test("mod.ts can be imported by URL, and trains with no permission that is not used", async () => {
  await using folder = await tempFolder();
  const name = "games.pgn.zst";
  const archive = folder.write(
    name,
    Deno.readFileSync(new URL("data/sample.pgn.zst", ROOT)),
  );
  await using redis = await RedisServer.start();
  {
    await using cache = new RedisGameCache({ url: redis.url });
    await indexGames(archive, cache, [
      { name: "tactical", filter: { playstyle: "tactical" } },
    ]);
  }

  const served: string[] = [];
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const path = new URL(request.url).pathname;
      served.push(path);
      try {
        const source = await Deno.readFile(new URL(`.${path}`, ROOT));
        const headers = { "content-type": "application/typescript" };
        return new Response(source, { headers });
      } catch {
        return new Response("Not found", { status: 404 });
      }
    },
  );
  const host = `127.0.0.1:${server.addr.port}`;
  const script = folder.write(
    "trainer.ts",
    TRAINER.replace("MODULE", `http://${host}/mod.ts`),
  );

  async function deno(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args,
      cwd: folder.path,
      clearEnv: true,
      env: { ...environment(), NO_COLOR: "1" },
      stdin: "null",
      signal: AbortSignal.timeout(60_000),
    }).output();
    const decoder = new TextDecoder();
    assert.equal(code, 0, decoder.decode(stderr));
    return decoder.decode(stdout);
  }
  const asStranger = ["--no-lock", "--no-config", `--allow-import=${host}`];
  await deno("check", ...asStranger, `--reload=http://${host}`, script);
  const output = await deno(
    "run",
    ...asStranger,
    "--no-prompt",
    `--allow-net=127.0.0.1:${redis.port}`,
    `--allow-read=${name}`,
    script,
    name,
    redis.url,
  );

  const extractor = new SampleExtractor(
    new GameLoader(archive, { cache: null }),
  );
  const expected = JSON.stringify(
    await Array.fromAsync(
      extractor.extractSamples({
        playstyle: "tactical",
        offset: 10,
        maxGames: 20,
      }),
    ),
  );
  // What was kept of a server that will never be there again.
  const { denoDir } = JSON.parse(await deno("info", "--json"));
  const kept = `${denoDir}/remote/http/${host.replace(":", "_PORT")}`;
  await Deno.remove(kept, { recursive: true });

  const [fromArchive, fromRedis, games] = output.trim().split("\n");
  assert.ok(expected.length > 10_000);
  assert.equal(fromArchive, expected);
  assert.equal(fromRedis, expected);
  assert.match(games, /^true \d+$/);
  // Nothing is read next to the sources.
  assert.ok(served.includes("/mod.ts"));
  for (const path of served) assert.match(path, /^\/(mod\.ts|src\/.*\.ts)$/);
});
