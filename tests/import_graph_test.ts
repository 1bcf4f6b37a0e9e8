import assert from "node:assert/strict";
import { PROJECT } from "./tasks/_run_task.ts";

/** What each file imports, types too: paths from the project's folder, `npm:` and `node:`. */
type ImportGraph = ReadonlyMap<string, readonly string[]>;

interface InfoModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
    readonly npmPackage?: string;
  }[];
}

const WORKER = "src/scan/scan_worker.ts";

/** Reads the imports of files, and of all that these import. */
async function readImports(...files: string[]): Promise<ImportGraph> {
  const graph = new Map<string, string[]>();
  for (const file of files) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--lock=tests/deno.lock", file],
      cwd: PROJECT,
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
      modules: InfoModule[];
    };
    for (const { specifier, dependencies = [] } of modules) {
      if (!specifier.startsWith("file:")) continue;
      const imports = dependencies.flatMap(({ code, type }) =>
        [code?.specifier, type?.specifier].filter((name) => name !== undefined)
      );
      graph.set(toPath(specifier), [...new Set(imports.map(toPath))]);
    }
  }
  return graph;
}

function toPath(specifier: string): string {
  return specifier.replace(`file://${PROJECT}`, "");
}

/** The files of a folder and of those in it. */
function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(`${PROJECT}${folder}`)].flatMap(
    ({ name, isDirectory }) =>
      isDirectory
        ? filesOf(`${folder}/${name}`)
        : name.endsWith(".ts")
        ? [`${folder}/${name}`]
        : [],
  );
}

/** The room of a file of src: its folder there; a public word is a room of its own. */
function roomOf(file: string): string {
  return file.match(/^src\/(\w+)\//)?.[1] ?? file;
}

/** Its folder; a public word stays alone. */
function folderOf(file: string): string {
  return roomOf(file) === file ? file : file.slice(0, file.lastIndexOf("/"));
}

/** Whether one of two folders is in the other: then they are one room. */
function isWithin(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

/** Names the members of a ring; `undefined` where there is none. */
function findRing(graph: ImportGraph): string[] | undefined {
  const done = new Set<string>();
  const walk = (node: string, path: string[]): string[] | undefined => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return undefined;
    for (const next of graph.get(node) ?? []) {
      const ring = walk(next, [...path, node]);
      if (ring !== undefined) return ring;
    }
    done.add(node);
    return undefined;
  };
  for (const node of graph.keys()) {
    const ring = walk(node, []);
    if (ring !== undefined) return ring;
  }
  return undefined;
}

/** A file of src itself that imports nothing: any room may use it. */
function isLeaf(file: string): boolean {
  return /^src\/[^/]+$/.test(file) && SOURCE.get(file)?.length === 0;
}

/** The same graph between what files are grouped by. */
function groupBy(
  graph: ImportGraph,
  groupOf: (file: string) => string,
): ImportGraph {
  const groups = new Map<string, string[]>();
  for (const [file, imports] of graph) {
    if (isLeaf(file)) continue;
    const group = groupOf(file);
    const others = imports.filter((name) =>
      name.startsWith("src/") && !isLeaf(name) &&
      !isWithin(groupOf(name), group)
    ).map(groupOf);
    groups.set(group, [
      ...new Set([...groups.get(group) ?? [], ...others]),
    ]);
  }
  return groups;
}

const ALL = await readImports("mod.ts", ...filesOf("src"), ...filesOf("tasks"));
const SOURCE = new Map([...ALL].filter(([file]) => file.startsWith("src/")));

/** What a room imports of other rooms and of packages. */
function importsOf(room: string): string[] {
  const imports = [...SOURCE].filter(([file]) => roomOf(file) === room)
    .flatMap(([, imports]) => imports)
    .filter((name) =>
      !isLeaf(name) && (!name.startsWith("src/") || roomOf(name) !== room)
    );
  return [...new Set(imports)].filter((name) => !name.startsWith("node:"));
}

Deno.test("findRing() finds a ring, and none where there is none", () => {
  const ring = new Map([["a", ["b"]], ["b", ["c"]], ["c", ["b"]]]);
  assert.deepEqual(findRing(ring), ["b", "c", "b"]);
  assert.equal(findRing(new Map([["a", ["b", "c"]], ["b", ["c"]]])), undefined);
});

Deno.test("No files of src import each other in a ring", () => {
  assert.ok(SOURCE.size > 40);
  assert.equal(findRing(SOURCE), undefined);
});

Deno.test("No rooms and no folders of src import each other in a ring", () => {
  assert.equal(findRing(groupBy(SOURCE, roomOf)), undefined);
  assert.equal(findRing(groupBy(SOURCE, folderOf)), undefined);
});

Deno.test("src/archive and src/pgn import nothing of any other room", () => {
  assert.deepEqual(importsOf("pgn"), []);
  const archive = importsOf("archive");
  assert.ok(archive.every((name) => /^npm:\/?fzstd@/.test(name)), `${archive}`);
});

Deno.test("src/xxhash64.ts imports nothing", () => {
  assert.ok(isLeaf("src/xxhash64.ts"));
});

Deno.test("src/chess imports nothing but the movetext reader of src/pgn", () => {
  const others = importsOf("chess").filter((name) => !name.startsWith("npm:"));
  for (const name of others) assert.match(name, /^src\/pgn\/movetext/);
});

Deno.test("src/encoding imports nothing but src/chess", () => {
  for (const name of importsOf("encoding")) {
    assert.equal(roomOf(name), "chess", name);
  }
});

Deno.test("A worker imports archive, pgn, filter and scan, and no package but fzstd", async () => {
  const graph = await readImports(WORKER);
  const files = [...graph.keys()].filter((file) => !isLeaf(file));
  assert.ok(files.length > 5);
  for (const file of files) {
    assert.match(file, /^src\/(?:archive|pgn|filter|scan)\//);
  }
  const packages = [...graph.values()].flat()
    .filter((name) => name.startsWith("npm:"));
  assert.deepEqual(
    [...new Set(packages.map((name) => name.match(/npm:\/?([^/]+)@/)![1]))],
    ["fzstd"],
  );
});

Deno.test("tasks import mod.ts, mod.ts imports src, and nothing imports back", () => {
  for (const [file, imports] of ALL) {
    const own = imports.filter((name) => !/^(?:npm|node):/.test(name));
    const allowed = file.startsWith("tasks/")
      ? /^(?:tasks\/|mod\.ts$|deno\.json$)/
      : /^src\//;
    for (const name of own) assert.match(name, allowed, `${file} → ${name}`);
  }
});
