/** A node that does one round: `ARCHIVE OFFSET CACHE`, with `none` for no cache. */
import { GameLoader, SampleExtractor } from "../../mod.ts";

const [database, offset, cache] = Deno.args;
await using loader = new GameLoader(database, {
  cache: cache === "none" ? null : cache,
  onWarning: (warning) => {
    throw warning;
  },
});
const extractor = new SampleExtractor(loader);
let samples = 0;
for await (
  const { fen } of extractor.extractSamples({
    offset: Number(offset),
    maxGames: 100,
  })
) {
  if (fen !== "") samples++;
}
if (samples === 0) throw new Error("No samples");
// Until the peak has been read once more.
await new Promise((resolve) => setTimeout(resolve, 100));
