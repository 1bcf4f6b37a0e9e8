/** bulletformat: 32 bytes for each position with a score, which bullet reads. */
import { encodeBullet, parseFen, type TrainingSample } from "../../mod.ts";
import { writeAllSync } from "./_columns.ts";
import type { Format, ShardWriter } from "./_format.ts";
import { isWhites, whiteScore } from "./_score.ts";

const BYTES = 32;
const BUFFER_SIZE = 8192 * BYTES;

/** Positions with their score and result, from the mover's view. */
export const BULLETFORMAT: Format<"samples"> = {
  name: "bulletformat",
  rows: "samples",
  suffix: ".bin",
  shardSize: 10_000_000,
  needsScore: true,
  open: (path) => new BulletWriter(path),
};

class BulletWriter implements ShardWriter<"samples"> {
  readonly #file: Deno.FsFile;
  readonly #buffer = new Uint8Array(BUFFER_SIZE);
  #length = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, createNew: true });
  }

  write(samples: readonly TrainingSample[], from: number, end: number): void {
    for (let i = from; i < end; i++) {
      const sample = samples[i];
      const score = whiteScore(sample);
      const bytes = encodeBullet(
        parseFen(sample.fen),
        isWhites(sample) ? score : -score,
        sample.outcome,
      );
      this.#buffer.set(bytes, this.#length);
      this.#length += BYTES;
      if (this.#length === BUFFER_SIZE) this.#flush();
    }
  }

  finish(): void {
    this.#flush();
    this.#file.syncDataSync();
  }

  close(): void {
    this.#file.close();
  }

  #flush(): void {
    writeAllSync(this.#file, this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
