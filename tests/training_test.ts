import assert from "node:assert/strict";
import { join } from "node:path";
import { parseFen } from "../src/chess/position.ts";
import { encodeMove } from "../src/encoding/encode.ts";
import { Permutation } from "../src/order/permutation.ts";
import { SampleExtractor } from "../src/sample_extractor.ts";
import { archivePath } from "./_archives.ts";
import { tempFolder } from "./_games.ts";
import { seeded } from "./_pgn_data.ts";

const PROJECT = new URL("..", import.meta.url);

/** The program of docs/training.md in a language. */
function program(language: string): string {
  const text = Deno.readTextFileSync(new URL("docs/training.md", PROJECT));
  return text.match(RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "ms"))![1];
}

const PYTHON = "/usr/bin/python3";
const hasNumpy = await new Deno.Command(PYTHON, {
  args: ["-c", "import numpy"],
  stderr: "null",
}).output().then(({ success }) => success, () => false);

Deno.test({
  name:
    "docs/training.md: the order in Python equals ours for 300 sizes, seeds and epochs",
  ignore: !hasNumpy,
  async fn() {
    const random = seeded(160);
    const cases = Array.from({ length: 300 }, (_, i) => [
      i < 40 ? i : Math.floor(2 ** (random() * 16)),
      Math.floor((random() - 0.3) * 2 ** (random() * 53)),
      Math.floor(2 ** (random() * 40)),
    ]);
    const script = `${program("python")}
import json, sys
cases = json.load(sys.stdin)
print(json.dumps([permutation(*one).tolist() for one in cases]))`;
    const child = new Deno.Command(PYTHON, {
      args: ["-W", "error", "-c", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(JSON.stringify(cases)));
    await writer.close();
    const { code, stdout } = await child.output();
    assert.equal(code, 0);
    const orders: number[][] = JSON.parse(new TextDecoder().decode(stdout));
    for (const [i, [size, seed, epoch]] of cases.entries()) {
      const permutation = new Permutation(size, [seed, epoch]);
      const expected = Array.from(
        { length: size },
        (_, place) => permutation.at(place),
      );
      assert.deepEqual(orders[i], expected, `${cases[i]}`);
    }
  },
});

Deno.test("docs/training.md: three ranks, one of them killed and started again, see every sample of two epochs once", async () => {
  await using folder = await tempFolder();
  const imports = { "@chess/game-cache": new URL("mod.ts", PROJECT).href };
  folder.write("deno.json", JSON.stringify({ imports }));
  // Small batches, so that there are many moments to be killed at.
  const small = program("ts ignore").replace("batchSize: 64", "batchSize: 8");
  folder.write("train.ts", small);
  const archive = archivePath("made/2013.pgn.zst");
  const start = (rank: number) =>
    new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        "--no-check",
        "train.ts",
        archive,
        String(rank),
        "3",
      ],
      cwd: folder.path,
      env: { GAME_CACHE_URL: "sqlite:nowhere.sqlite" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
  const savedBy = (rank: number) =>
    JSON.parse(
      Deno.readTextFileSync(join(folder.path, `rank-${rank}.json`)),
    );
  /** Kills rank 1 once it has saved its state, in an epoch. */
  async function killIn(epoch: number): Promise<void> {
    const child = start(1);
    const ended = child.status.then(() => true);
    for (let isOver = false; !isOver;) {
      isOver = await Promise.race([
        ended,
        new Promise<boolean>((wake) => setTimeout(() => wake(false), 2)),
      ]);
      try {
        const saved = savedBy(1);
        if (saved.resume.epoch === epoch) break;
      } catch {
        // It has saved nothing yet.
      }
    }
    child.kill("SIGKILL");
    await child.output();
    assert.ok(savedBy(1).resume.epoch <= epoch, "It was killed in the middle");
  }
  const others = [start(0), start(2)];
  await killIn(0);
  await killIn(1);
  for (const child of [start(1), ...others]) {
    const { code, stderr } = await child.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  }

  const expected = Array(1858).fill(0);
  let count = 0;
  await using extractor = new SampleExtractor(archive, { sampleRate: 0.1 });
  for await (const { fen, move } of extractor.extractSamples()) {
    expected[encodeMove(move, parseFen(fen), "lc0-1858")] += 2;
    count++;
  }
  assert.ok(count > 2000);
  const moves = Array(1858).fill(0);
  for (const rank of [0, 1, 2]) {
    const saved = savedBy(rank);
    assert.equal(saved.resume.epoch, 1);
    saved.moves.forEach((times: number, move: number) => moves[move] += times);
  }
  assert.deepEqual(moves, expected);
});
