/** The folder of an export: its whole shards, its journal, its manifest. */
import { createHash } from "node:crypto";
import type { ArchiveIdentity } from "../../mod.ts";
import { TaskError } from "../_task.ts";
import type { ResumePoint } from "./_sources.ts";

/** What an export is of; two exports with equal plans have equal files. */
export interface ExportPlan {
  readonly tool: { readonly name: string; readonly version: string };
  readonly format: string;
  /** What the archives are; empty where nothing proves it. */
  readonly source: readonly ArchiveIdentity[];
  readonly [field: string]: unknown;
}

/** A file of a shard. */
export interface WrittenFile {
  /** Its path in the folder. */
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A shard that is whole. */
export interface WrittenShard {
  /** How many samples or games it holds. */
  readonly count: number;
  /** How many games they are of; those of a shard may be in the next one too. */
  readonly games: number;
  readonly files: readonly WrittenFile[];
}

/** What is written so far, and where the next shard begins. */
export interface Journal {
  readonly plan: ExportPlan;
  readonly shards: readonly WrittenShard[];
  readonly next?: ResumePoint;
}

/** What the manifest says. */
export interface Manifest extends ExportPlan {
  /** How many samples or games there are in all. */
  readonly count: number;
  /** How many games were read for them. */
  readonly games: number;
  readonly shards: readonly WrittenShard[];
  /** Files next to the shards. */
  readonly files: readonly WrittenFile[];
}

const MANIFEST = "manifest.json";
const JOURNAL = "journal.json";
/** What the name of a file ends with until it is whole. */
const PARTIAL = ".partial";
const HASH_SIZE = 1024 * 1024;

/** The folder that an export is written into. Only one process at a time has it. */
export class ExportFolder implements Disposable {
  readonly path: string;
  readonly #lock: Deno.FsFile;
  #shards: readonly WrittenShard[] = [];

  private constructor(path: string, lock: Deno.FsFile) {
    this.path = path;
    this.#lock = lock;
  }

  /**
   * Takes a folder, which is made where there is none.
   *
   * @param path Its path.
   * @returns The folder.
   * @throws {TaskError} If another process writes into it.
   */
  static async take(path: string): Promise<ExportFolder> {
    await Deno.mkdir(path, { recursive: true });
    const lock = await Deno.open(path);
    if (await lock.tryLock(true)) return new ExportFolder(path, lock);
    lock.close();
    throw new TaskError(
      `Cannot export into ${path} as another process does so now`,
    );
  }

  /**
   * Reads how far an earlier run has come, and removes what it left unfinished.
   *
   * @param plan What is to be exported.
   * @returns The manifest of a whole export, or the journal; an empty one for an
   * empty folder.
   * @throws {TaskError} If the folder holds something else.
   */
  async open(
    plan: ExportPlan,
  ): Promise<{ manifest: Manifest } | { journal: Journal }> {
    const manifest = await this.#read(MANIFEST) as Manifest | undefined;
    if (manifest !== undefined) {
      this.#checkPlan(plan, planOf(manifest));
      this.#checkSizes(manifest.shards);
      await this.#removePartial();
      await this.#removeJournal();
      return { manifest };
    }
    const journal = await this.#read(JOURNAL) as Journal | undefined;
    if (journal !== undefined) {
      if (plan.source.length === 0) {
        throw new TaskError(
          `Cannot resume the export in ${this.path} as nothing proves that the archive is the same: choose another folder`,
        );
      }
      this.#checkPlan(plan, journal.plan);
      this.#checkSizes(journal.shards);
      await this.#removePartial();
      this.#shards = journal.shards;
      return { journal };
    }
    await this.#removePartial();
    for await (const { name } of Deno.readDir(this.path)) {
      throw new TaskError(
        `Cannot export into ${this.path} as it holds ${name}, and no export: choose an empty folder`,
      );
    }
    const empty = { plan, shards: [] };
    this.writeJournal(empty);
    return { journal: empty };
  }

  /** Where something is written until it is whole. */
  partial(name: string): string {
    return `${this.path}/${name}${PARTIAL}`;
  }

  /** Moves what is whole to its name, in place of what a killed run left there. */
  publish(name: string): void {
    const path = `${this.path}/${name}`;
    const old = statOf(path);
    if (old?.isDirectory) Deno.removeSync(path, { recursive: true });
    Deno.renameSync(this.partial(name), path);
  }

  /** Removes what will not become whole. */
  discard(name: string): void {
    const path = this.partial(name);
    if (statOf(path) !== undefined) Deno.removeSync(path, { recursive: true });
  }

  /** Describes what was published: a file, or the files of a folder. */
  describe(name: string): WrittenFile[] {
    const path = `${this.path}/${name}`;
    if (statOf(path)?.isDirectory) {
      return [...Deno.readDirSync(path)].map((file) => `${name}/${file.name}`)
        .sort().flatMap((file) => this.describe(file));
    }
    const { bytes, sha256 } = hashFile(path);
    return [{ path: name, bytes, sha256 }];
  }

  /** The shards of the journal that was read or written last. */
  get shards(): readonly WrittenShard[] {
    return this.#shards;
  }

  /** Writes the journal, in place of the one before. */
  writeJournal(journal: Journal): void {
    this.#shards = journal.shards;
    this.writeText(JOURNAL, JSON.stringify(journal));
  }

  /** Writes the manifest, with which the export is whole. */
  async writeManifest(manifest: Manifest): Promise<void> {
    this.writeText(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
    await this.#removeJournal();
  }

  /** Writes a small file as a whole. */
  writeText(name: string, text: string): void {
    try {
      Deno.writeTextFileSync(this.partial(name), text);
    } catch (error) {
      this.discard(name);
      throw new TaskError(
        `Cannot write ${this.path}/${name}: ${
          (error as Error).message
        }. What is whole stays; the same command resumes there`,
      );
    }
    this.publish(name);
  }

  [Symbol.dispose](): void {
    this.#lock.close();
  }

  async #read(name: string): Promise<unknown> {
    try {
      return JSON.parse(await Deno.readTextFile(`${this.path}/${name}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      throw new TaskError(
        `Cannot read ${this.path}/${name}: ${error.message}`,
      );
    }
  }

  #checkPlan(plan: ExportPlan, before: ExportPlan): void {
    const fields = new Set([...Object.keys(plan), ...Object.keys(before)]);
    const different = [...fields].filter((field) =>
      comparable(plan, field) !== comparable(before, field)
    );
    if (different.length === 0) return;
    throw new TaskError(
      `Cannot export into ${this.path} as it holds another export: ${
        different.join(", ")
      } ${
        different.length === 1 ? "differs" : "differ"
      }. Choose another folder, or remove this one`,
    );
  }

  /** Checks that whole shards are still there, as far as that costs nothing. */
  #checkSizes(shards: readonly WrittenShard[]): void {
    for (const { path, bytes } of shards.flatMap(({ files }) => files)) {
      if (statOf(`${this.path}/${path}`)?.size === bytes) continue;
      throw new TaskError(
        `Cannot resume the export in ${this.path} as ${path} is missing or was changed: choose another folder, or remove this one`,
      );
    }
  }

  async #removePartial(): Promise<void> {
    for await (const { name } of Deno.readDir(this.path)) {
      if (!OURS_REGEXP.test(name)) continue;
      await Deno.remove(`${this.path}/${name}`, { recursive: true });
    }
  }

  async #removeJournal(): Promise<void> {
    try {
      await Deno.remove(`${this.path}/${JOURNAL}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

/** The names that a killed run may leave. */
const OURS_REGEXP =
  /^(?:shard-\d{5,}[.\w]*|journal\.json|manifest\.json|reader\.py)\.partial$/;

/** The plan of a manifest. */
function planOf(manifest: Manifest): ExportPlan {
  const { count: _, games: __, shards: ___, files: ____, ...plan } = manifest;
  return plan;
}

/** A field of a plan as text; a file may have another name. */
function comparable(plan: ExportPlan, field: string): string {
  const value = field === "source"
    ? plan.source.map(({ size, hash }) => [size, hash])
    : plan[field];
  return JSON.stringify(value);
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function hashFile(path: string): { bytes: number; sha256: string } {
  using file = Deno.openSync(path);
  const hash = createHash("sha256");
  const buffer = new Uint8Array(HASH_SIZE);
  let bytes = 0;
  for (;;) {
    const count = file.readSync(buffer);
    if (count === null) break;
    hash.update(buffer.subarray(0, count));
    bytes += count;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** What is wrong with a file of an export. */
export interface DamagedFile {
  readonly path: string;
  readonly why: string;
}

/**
 * Checks the files of an export against its manifest.
 *
 * @param path The folder.
 * @param signal Stops the checking.
 * @returns The manifest, and the files that are not as it says.
 * @throws {TaskError} If there is no manifest, or it cannot be read.
 */
export function verifyExport(
  path: string,
  signal: AbortSignal,
): { manifest: Manifest; damaged: DamagedFile[] } {
  const manifest = readManifest(path);
  const damaged: DamagedFile[] = [];
  const files = [...manifest.shards.flatMap(({ files }) => files)]
    .concat(manifest.files);
  for (const file of files) {
    signal.throwIfAborted();
    const stat = statOf(`${path}/${file.path}`);
    if (stat === undefined) {
      damaged.push({ path: file.path, why: "is missing" });
      continue;
    }
    const { bytes, sha256 } = hashFile(`${path}/${file.path}`);
    if (bytes !== file.bytes) {
      const why = `is ${bytes} bytes long and not ${file.bytes}`;
      damaged.push({ path: file.path, why });
    } else if (sha256 !== file.sha256) {
      damaged.push({ path: file.path, why: "has other bytes" });
    }
  }
  return { manifest, damaged };
}

function readManifest(path: string): Manifest {
  let manifest: Partial<Manifest>;
  try {
    manifest = JSON.parse(Deno.readTextFileSync(`${path}/${MANIFEST}`));
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? statOf(`${path}/${JOURNAL}`) === undefined
        ? `there is no ${MANIFEST}`
        : "it is unfinished: the command that began it resumes it"
      : (error as Error).message;
    throw new TaskError(`Cannot verify the export in ${path}: ${why}`);
  }
  if (!Array.isArray(manifest?.shards) || !Array.isArray(manifest.files)) {
    throw new TaskError(
      `Cannot verify the export in ${path}: its ${MANIFEST} is no manifest of an export`,
    );
  }
  return manifest as Manifest;
}
