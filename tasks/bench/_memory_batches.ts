/**
 * A node that makes batches for lc0's nets of shuffled games: `ARCHIVE CACHE new`,
 * or `used-again` for arrays that are written again.
 */
import { GameLoader, SampleExtractor } from "../../mod.ts";

const [database, cache, arrays] = Deno.args;
await using loader = new GameLoader(database, {
  cache,
  onWarning: (warning) => {
    throw warning;
  },
});
const extractor = new SampleExtractor(loader);
let samples = 0;
for await (
  const { size } of extractor.extractBatches({
    shuffle: { seed: 1 },
    batchSize: 1024,
    inputs: "lc0-112",
    reuseBuffers: arrays === "used-again",
  })
) samples += size;
if (samples === 0) throw new Error("No samples");
// Until the peak has been read once more.
await new Promise((resolve) => setTimeout(resolve, 100));
