import assert from "node:assert/strict";
import { join } from "node:path";
import { SampleExtractor } from "../src/sample_extractor.ts";
import { archivePath } from "./_archives.ts";
import { tempFolder } from "./_games.ts";

const PROJECT = new URL("..", import.meta.url);

/** The program of docs/training.md. */
function program(): string {
  const text = Deno.readTextFileSync(new URL("docs/training.md", PROJECT));
  return text.match(/^```ts ignore\n(.*?)^```$/ms)![1];
}

Deno.test("docs/training.md: three ranks, one of them killed and started again, see every sample of two epochs once", async () => {
  await using folder = await tempFolder();
  const imports = { "@chess/game-cache": new URL("mod.ts", PROJECT).href };
  folder.write("deno.json", JSON.stringify({ imports }));
  folder.write("train.ts", program());
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
        if (saved.epoch === epoch && saved.resume !== undefined) break;
      } catch {
        // It has saved nothing yet.
      }
    }
    child.kill("SIGKILL");
    await child.output();
    const { resume } = savedBy(1);
    assert.ok(resume !== undefined, "It was killed in the middle");
  }
  const others = [start(0), start(2)];
  await killIn(0);
  await killIn(1);
  for (const child of [start(1), ...others]) {
    const { code, stderr } = await child.output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  }

  const expected: Record<string, number> = {};
  let count = 0;
  await using extractor = new SampleExtractor(archive, { sampleRate: 0.1 });
  for await (const { eco, outcome } of extractor.extractSamples()) {
    expected[eco] = (expected[eco] ?? 0) + 2 * outcome;
    count++;
  }
  assert.ok(count > 2000);
  const model: Record<string, number> = {};
  for (const rank of [0, 1, 2]) {
    const saved = savedBy(rank);
    assert.equal(saved.epoch, 2);
    for (const [eco, sum] of Object.entries<number>(saved.model)) {
      model[eco] = (model[eco] ?? 0) + sum;
    }
  }
  assert.deepEqual(model, expected);
});
