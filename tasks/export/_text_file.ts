/** A file that is written from many short texts. */
import { writeAllSync } from "./_columns.ts";

const CHARACTERS_PER_WRITE = 262_144;

/** Gathers text and writes it as UTF-8, many texts at once. */
export class TextFile {
  readonly #file: Deno.FsFile;
  readonly #encode: (text: string) => Uint8Array;
  readonly #length: number;
  #texts: string[] = [];
  #gathered = 0;

  /**
   * Creates a file where nothing is.
   *
   * @param path Its path.
   * @param encode Makes the bytes of what was gathered.
   * @param length How many characters are gathered.
   */
  constructor(
    path: string,
    encode: (text: string) => Uint8Array = (text) =>
      new TextEncoder().encode(text),
    length = CHARACTERS_PER_WRITE,
  ) {
    this.#encode = encode;
    this.#length = length;
    this.#file = Deno.openSync(path, { write: true, createNew: true });
  }

  /** Adds a text. */
  add(text: string): void {
    this.#texts.push(text);
    this.#gathered += text.length;
    if (this.#gathered >= this.#length) this.#write();
  }

  /** Writes the rest. */
  finish(): void {
    this.#write();
    this.#file.syncDataSync();
  }

  /** Closes the file. */
  close(): void {
    this.#file.close();
  }

  #write(): void {
    if (this.#gathered === 0) return;
    const text = this.#texts.join("");
    this.#texts = [];
    this.#gathered = 0;
    writeAllSync(this.#file, this.#encode(text));
  }
}
