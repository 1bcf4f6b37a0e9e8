import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { GameLoader } from "../../mod.ts";
import { GameOrder } from "../../src/order/game_order.ts";
import {
  arraysOf,
  exportSample,
  filesIn,
  HAS_NUMPY,
  runPython,
} from "./_export.ts";
import { PROJECT, runTask, SAMPLE, TestFolder } from "./_run_task.ts";

/** Prints the SHA-256 of each array of all shards, in their order. */
const HASH_ARRAYS = `
import hashlib, json, os, sys
import numpy as np
sys.path.insert(0, sys.argv[1])
import reader
hashes, shapes = {}, {}
data = reader.Dataset(sys.argv[1])
for path in data._paths:
    if path.endswith(".safetensors"):
        raw = open(path, "rb").read()
        n = int.from_bytes(raw[:8], "little")
        header = json.loads(raw[8:8 + n])
        end = 0
        for name, a in header.items():
            start, end_ = a["data_offsets"]
            assert start == end and (8 + n + start) % np.dtype(reader._TYPES[a["dtype"]]).itemsize == 0
            end = end_
        assert len(raw) == 8 + n + end
        arrays = {name: np.frombuffer(raw, reader._TYPES[a["dtype"]], offset=8 + n + a["data_offsets"][0],
            count=int(np.prod(a["shape"]))).reshape(a["shape"]) for name, a in header.items()}
    else:
        arrays = {f[:-4]: np.load(path + "/" + f, mmap_mode="c") for f in sorted(os.listdir(path))}
    for name, array in arrays.items():
        hashes.setdefault(name, hashlib.sha256()).update(array.tobytes())
        shapes.setdefault(name, []).append([str(array.dtype), *array.shape])
print(json.dumps({"hashes": {k: h.hexdigest() for k, h in hashes.items()}, "shapes": shapes, "length": len(data)}))
`;

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

for (const format of ["safetensors", "npy"]) {
  Deno.test({
    name:
      `deno task export --format ${format} writes the arrays of extractBatches(), as numpy reads them`,
    ignore: !HAS_NUMPY,
    async fn() {
      await using folder = new TestFolder();
      const out = `${folder.path}/out`;
      const { count, shards } = await exportSample(
        out,
        ...["--format", format, "--shard-size", "3001", "--max-games", "150"],
        ...["--inputs", "lc0-112", "--bits", "--value", "wdl", "--legal-moves"],
        ...["--min-rating", "1200"],
      );
      const expected = await arraysOf({
        inputs: "lc0-112",
        bits: true,
        value: "wdl",
        legalMoves: true,
        maxGames: 150,
        minRating: 1200,
      });
      const { hashes, shapes, length } = JSON.parse(
        await runPython(HASH_ARRAYS, out),
      );
      assert.equal(shards, Math.ceil(count / 3001));
      assert.equal(length, count);
      assert.equal(count, expected.get("ply")!.length / 2);
      assert.deepEqual(
        hashes,
        Object.fromEntries(
          [...expected].map(([name, bytes]) => [name, sha256(bytes)]),
        ),
      );
      assert.deepEqual(shapes.inputs[0], ["uint8", 3001, 112, 8]);
      assert.deepEqual(shapes.counts[0], ["float32", 3001, 1]);
      assert.deepEqual(shapes.value.at(-1), [
        "float32",
        count - 3001 * (shards - 1),
        3,
      ]);
      assert.deepEqual(shapes.gameHash[0], ["uint64", 3001]);
      const numbers = new Uint32Array(
        Uint8Array.from(expected.get("gameIndex")!).buffer,
      );
      const manifest = JSON.parse(
        await Deno.readTextFile(`${out}/manifest.json`),
      );
      assert.equal(manifest.games, 150);
      assert.deepEqual(
        manifest.shards.map(({ games }: { games: number }) => games),
        Array.from(
          { length: shards },
          (_, i) => new Set(numbers.subarray(3001 * i, 3001 * (i + 1))).size,
        ),
      );
      assert.equal((await runTask("export", ["--verify", out])).code, 0);
    },
  });
}

Deno.test({
  name:
    "deno task export --bits writes planes that numpy.unpackbits() gives back",
  ignore: !HAS_NUMPY,
  async fn() {
    await using folder = new TestFolder();
    const some = ["--max-games", "40", "--inputs", "az-119"];
    await exportSample(`${folder.path}/dense`, ...some);
    await exportSample(`${folder.path}/bits`, ...some, "--bits");
    const program = `
import importlib.util, json, sys
import numpy as np
def load(folder):
    spec = importlib.util.spec_from_file_location("reader", folder + "/reader.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Dataset()
dense, bits = load(sys.argv[1] + "/dense"), load(sys.argv[1] + "/bits")
counts = [k for k in range(119) if k in json.loads(sys.argv[2])]
assert len(dense) == len(bits) > 1000
for a, b in zip(dense, bits):
    planes = np.unpackbits(b["inputs"], axis=-1, bitorder="little").reshape(119, 8, 8)
    for i, k in enumerate(counts):
        planes[k] = min(255, b["counts"][i])
    assert np.array_equal(planes, a["inputs"]) and a["policy"] == b["policy"] and a["gameHash"] == b["gameHash"]
`;
    const { ENCODINGS } = await import("../../mod.ts");
    const counts = JSON.stringify(ENCODINGS["az-119"].counts);
    await runPython(program, folder.path, counts);
  },
});

Deno.test({
  name: "reader.py shuffles in the order of GameOrder, block 1",
  ignore: !HAS_NUMPY,
  async fn() {
    let bits = 12345;
    const random = (below: number) => {
      bits = (Math.imul(bits, 1103515245) + 12345) >>> 0;
      return Math.floor(bits / 2 ** 32 * below);
    };
    const keys = Array.from({ length: 300 }, (_, i) => {
      const n = i < 100 ? 1 + random(300) : 1 + random(10 ** (1 + i % 9));
      return [n, i % 7 === 0 ? 2 ** 52 + random(1e9) : random(2 ** 32), i % 5];
    });
    const expected = keys.map(([n, seed, epoch]) => {
      const order = new GameOrder(n, {
        shuffle: { seed, epoch },
        block: 1,
        shard: { index: 0, count: 1 },
      });
      return placesOf(n).map((place) => order.at(place));
    });
    const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import reader
print(json.dumps([[reader.permutation(n, [seed, epoch])(i) for i in places]
    for (n, seed, epoch), places in json.load(open(sys.argv[2]))]))
`;
    await using folder = new TestFolder();
    const questions = `${folder.path}/questions.json`;
    await Deno.writeTextFile(
      questions,
      JSON.stringify(keys.map((key) => [key, placesOf(key[0])])),
    );
    const answer = await runPython(
      program,
      `${PROJECT}tasks/export`,
      questions,
    );
    assert.deepEqual(JSON.parse(answer), expected);
  },
});

/** All places of a short order, and a hundred of a long one. */
function placesOf(n: number): number[] {
  const count = Math.min(n, 400);
  return Array.from({ length: count }, (_, i) => Math.floor(i * n / count));
}

Deno.test({
  name:
    "reader.py gives shards, negative indices, and resumes where its state says",
  ignore: !HAS_NUMPY,
  async fn() {
    await using folder = new TestFolder();
    const out = `${folder.path}/out`;
    await exportSample(out, "--max-games", "30", "--shard-size", "500");
    await runPython(
      `
import json, pickle, sys
sys.path.insert(0, sys.argv[1])
from reader import Dataset
key = lambda s: (int(s["gameIndex"]), int(s["ply"]))
data = Dataset(sys.argv[1])
plain = [key(s) for s in data]
assert len(plain) == len(data) == len(set(plain)) and data.manifest["count"] == len(plain)
assert key(data[-1]) == plain[-1]
for bad in (len(data), -len(data) - 1):
    try: data[bad]
    except IndexError: pass
    else: assert False
shuffled = [key(s) for s in Dataset(sys.argv[1]).shuffle(7, 2)]
assert shuffled != plain and sorted(shuffled) == sorted(plain)
assert shuffled != [key(s) for s in Dataset(sys.argv[1]).shuffle(7, 3)]
parts = [[key(s) for s in Dataset(sys.argv[1]).shuffle(7, 2).shard(r, 3)] for r in range(3)]
assert [parts[i % 3][i // 3] for i in range(len(plain))] == shuffled
first = Dataset(sys.argv[1]).shuffle(7, 2).shard(1, 3)
it = iter(first)
for _ in range(100): next(it)
state = json.loads(json.dumps(first.state_dict()))
again = Dataset(sys.argv[1])
again.load_state_dict(state)
assert [key(s) for s in again] == parts[1][100:]
copied = pickle.loads(pickle.dumps(first))
assert [key(copied[i]) for i in range(len(copied))] == parts[1]
`,
      out,
    );
  },
});

Deno.test("deno task export writes at most 940 bytes a sample of lc0-112 in bits", async () => {
  await using folder = new TestFolder();
  for (const format of ["safetensors", "npy"]) {
    const { bytes, count } = await exportSample(
      `${folder.path}/${format}`,
      ...["--format", format, "--inputs", "lc0-112", "--bits"],
      ...["--max-games", "200"],
    );
    assert.ok(count > 10_000);
    assert.ok(bytes / count <= 940, `${bytes / count}`);
  }
});

Deno.test("deno task export writes the same files from the cache as from the archive", async () => {
  await using folder = new TestFolder();
  const options = { cwd: folder.path };
  const cache = ["--cache", "sqlite:games.sqlite"];
  const set = ["--playstyle", "tactical"];
  const archive = `${folder.path}/sample.pgn.zst`;
  await Deno.copyFile(SAMPLE, archive);
  const index = await runTask("index", [archive, ...set, ...cache], options);
  assert.equal(index.code, 0, index.stderr);
  const round = [archive, ...set, "--max-games", "60", "--shard-size", "900"];
  const run = async (out: string, ...more: string[]) => {
    const args = [...round, "--out", out, ...more];
    const ended = await runTask("export", args, options);
    assert.equal(ended.code, 0, ended.stderr);
    return filesIn(`${folder.path}/${out}`);
  };
  const fromArchive = await run("a", "--cache", "sqlite:nowhere.sqlite");
  assert.deepEqual(
    await run("b", "--set", "tactical", ...cache),
    fromArchive,
  );
  await Deno.remove(archive);
  assert.deepEqual(await run("c", ...cache), fromArchive);
  assert.ok(fromArchive.size > 4);
  await using loader = new GameLoader(SAMPLE, { cache: null });
  const { source } = JSON.parse(
    await Deno.readTextFile(`${folder.path}/c/manifest.json`),
  );
  assert.deepEqual(source, await loader.identify());
});

Deno.test({
  name: "The numpy lines of docs/python.md run",
  ignore: !HAS_NUMPY,
  async fn() {
    await using folder = new TestFolder();
    const some = ["--max-games", "20"];
    await exportSample(`${folder.path}/samples`, ...some);
    const bits = [...some, "--format", "npy", "--bits"];
    await exportSample(`${folder.path}/arrays`, ...bits);
    const page = await Deno.readTextFile(`${PROJECT}docs/python.md`);
    const [section] = /^## numpy$.*?(?=^## )/ms.exec(page)!;
    const [first, second] = [...section.matchAll(/^```python\n(.*?)^```/gms)]
      .map(([, block]) => block);
    const lines = [
      "import os, sys",
      "os.chdir(sys.argv[1])",
      "sys.path.insert(0, '.')",
      first,
      "assert inputs.shape == (12, 8, 8) and len(data) > 100",
      second,
      "assert planes.shape == (256, 12, 8, 8) and 512 < planes.sum() < 256 * 32",
    ];
    await runPython(lines.join("\n"), folder.path);
  },
});
