/** What real archives do to the text of a game, each on its own. */
import { pick } from "./_random.ts";

/** What a game's text is made of. */
export interface GameParts {
  readonly tags: Readonly<Record<string, string>>;
  /** Each half-move with its number and what is written after it. */
  readonly halfMoves: readonly string[];
  readonly result: string;
  readonly random: () => number;
}

/** What a fault does; what it leaves out is as in a tidy archive. */
export interface FaultKind {
  /** Writes the game, from its first tag to the end of its movetext. */
  write?(parts: GameParts): string;
  /** What the archive has before the game, after the gap. */
  before?: string;
  /** What the archive has between the game and the one before. */
  gap?: string;
  /** Whether the archive has the game in Latin-1. */
  latin1?: true;
  /** Whether only a tidy gap and a tag end the game. */
  isOpen?: true;
  /** What becomes of the game. @default {"good"} */
  fate?: "unplayable" | "bad";
}

/** The faults by their names. */
export type Fault =
  | "crlf"
  | "cr"
  | "wrapped"
  | "bom"
  | "percentLines"
  | "semicolons"
  | "nestedVariations"
  | "blankLinesInComments"
  | "tagsInComments"
  | "noBlankLine"
  | "noGap"
  | "latin1"
  | "noEvent"
  | "tagsOnALine"
  | "movesOnTagLine"
  | "quotedTags"
  | "nuls"
  | "strayText"
  | "openComment"
  | "illegalCastling"
  | "noResult"
  | "gluedResult"
  | "otherSpaces"
  | "glyphsApart";

export const FAULTS: Readonly<Record<Fault, FaultKind>> = {
  // Line ends.
  crlf: { write: (parts) => writeGame(parts).replaceAll("\n", "\r\n") },
  cr: { write: (parts) => writeGame(parts).replaceAll("\n", "\r") },
  wrapped: {
    write: (parts) => `${writeTags(parts)}\n${wrap(writeMovetext(parts))}`,
  },

  // What a reader passes over, with text in it that looks like something else.
  bom: { before: "\uFEFF" },
  percentLines: {
    write: (parts) =>
      writeTags(parts) + '% [Event "no tag"]\n\n' +
      writeMovetext(withText(parts, '\n% e4 { [Event "no tag"]\n')),
  },
  semicolons: {
    write: (parts) =>
      writeGame(withText(parts, '; } a comment { [Event "x"] 1-0\n')),
  },
  nestedVariations: {
    write: (parts) =>
      writeGame(withText(parts, "( 1. a3 ( 1. a4 { ) } ( 1. b3 a5 ) ) a6 )")),
  },
  blankLinesInComments: {
    write: (parts) => writeGame(withText(parts, "{ one\n\n\ntwo }\n")),
  },
  /** One line of a tag after a blank line begins no game, two would. */
  tagsInComments: {
    write: (parts) =>
      writeGame(
        withText(parts, '{ one [Event "x"]\n[Site "y"]\n\n[Event "z"] 1-0 }\n'),
      ),
  },
  nuls: { before: "\0".repeat(700) + "\n" },
  strayText: { before: "Games of the second round:\n\n" },

  // Missing lines, joined lines.
  noBlankLine: {
    write: (parts) => writeTags(parts) + writeMovetext(parts).trimStart(),
  },
  noGap: { gap: "\n" },
  noEvent: {
    write: ({ tags: { Event: _, ...tags }, ...parts }) =>
      writeGame({ ...parts, tags }),
  },
  tagsOnALine: {
    write: (parts) =>
      writeTags(parts)
        .replaceAll("]\n[Black", "] [Black").replaceAll("]\n[UTC", "][UTC") +
      "\n" + writeMovetext(parts),
  },
  movesOnTagLine: {
    write: (parts) =>
      `${writeTags(parts).trimEnd()} ${writeMovetext(parts).trimStart()}`,
  },

  // Characters.
  latin1: {
    latin1: true,
    write: (parts) =>
      writeGame({
        ...parts,
        tags: { ...parts.tags, White: "M\u00fcller", Black: "Gar\u00e7on" },
      }).replace(/[^\0-\xff]/gu, "?"),
  },
  quotedTags: {
    write: (parts) =>
      writeGame({
        ...parts,
        tags: {
          ...parts.tags,
          Event: 'Rated \\"Open\\" [A] {b ] game',
          White: "a (b; c% } \\\\",
        },
      }),
  },
  otherSpaces: {
    write: (parts) =>
      `${writeTags(parts)}\n${writeMovetext(parts).replaceAll(" ", "\u00a0")}`,
  },

  // Moves and results.
  openComment: {
    fate: "bad",
    isOpen: true,
    write: (parts) => writeGame({ ...parts, result: "{ so it went on" }),
  },
  illegalCastling: {
    fate: "unplayable",
    write: (parts) => {
      // From another start it might be legal.
      const move = "FEN" in parts.tags ? "1. Kh9" : "1. O-O";
      return writeGame({ ...parts, halfMoves: [move, ...parts.halfMoves] });
    },
  },
  noResult: {
    isOpen: true,
    write: (parts) =>
      parts.halfMoves.length === 0
        ? writeGame(parts)
        : writeGame({ ...parts, result: "" }).trimEnd(),
  },
  gluedResult: {
    write: (parts) => {
      const text = writeGame({ ...parts, result: "" }).trimEnd();
      const isDraw = parts.result === "1/2-1/2";
      if (parts.halfMoves.length === 0) return writeGame(parts);
      return text +
        (isDraw
          ? pick([" \u00bd-\u00bd", "1/2-1/2"], parts.random)
          : parts.result);
    },
  },
  glyphsApart: {
    write: (parts) => writeGame(withText(parts, pick(GLYPHS, parts.random))),
  },
};

const GLYPHS = ["+/=", "N", "\u00b1", "=", "-+", "...", "$14 $36", "!?"];

/** Writes a game as Lichess does. */
export function writeGame(parts: GameParts): string {
  return `${writeTags(parts)}\n${writeMovetext(parts)}`;
}

function writeTags({ tags }: GameParts): string {
  let text = "";
  for (const name in tags) text += `[${name} "${tags[name]}"]\n`;
  return text;
}

/** A game without moves has a space before its result, as Lichess writes it. */
function writeMovetext({ halfMoves, result }: GameParts): string {
  return `${halfMoves.join(" ")} ${result}`;
}

/** Puts a text in the middle of the moves. */
function withText(parts: GameParts, text: string): GameParts {
  const { halfMoves } = parts;
  const middle = halfMoves.length >> 1;
  return {
    ...parts,
    halfMoves: [
      ...halfMoves.slice(0, middle),
      text,
      ...halfMoves.slice(middle),
    ],
  };
}

/** Lines of at most 80 characters, as in PGN's export format. */
function wrap(text: string): string {
  let line = "";
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    if (line.length + word.length >= 80) {
      lines.push(line);
      line = word;
    } else {
      line += (line === "" ? "" : " ") + word;
    }
  }
  return [...lines, line].join("\n");
}
