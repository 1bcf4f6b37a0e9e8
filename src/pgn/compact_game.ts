import { endOfTags, tagsAsWritten } from "./tags.ts";

/** The tags that filters and samples look at. */
const KEPT_TAGS: ReadonlySet<string> = new Set([
  "Event",
  "Site",
  "GameId",
  "Date",
  "UTCDate",
  "Result",
  "WhiteElo",
  "BlackElo",
  "WhiteTitle",
  "BlackTitle",
  "ECO",
  "Opening",
  "TimeControl",
  "Termination",
  "Variant",
  "SetUp",
  "FEN",
]);

const TOKEN_REGEXP = /\{[^}]*\}|[()]|[^\0- {}();]+|[^\0- ]/g;
/** Moves, with or without their number, numbers, annotations and results. */
const PLAIN_TOKEN_REGEXP =
  /^(?:(?:\d+\.+)?(?:[KQRBN]?[a-h]?[1-8]?[x:-]?[a-h][1-8](?:=?[QRBN])?|[O0]-[O0](?:-[O0])?)[+#]?[!?]*|\d+\.*|\$\d+|1-0|0-1|1\/2-1\/2|\*)$/;
const NUMBER_AGAIN_REGEXP = /^\d+\.{2,}/;

/**
 * Leaves of a game what filters and samples use: the moves of its mainline, and
 * some of its tags. Comments, variations and annotations (`$1`) go; so the
 * fields `hasEval` and `hasClock` of a filter are judged before. A movetext in
 * which anything else stands is left as it is.
 *
 * What is left has the same moves and passes the same filters; made compact
 * once more, it stays as it is.
 *
 * @param game The game's text in UTF-8.
 * @returns The compact text in UTF-8.
 */
export function compactGame(game: Uint8Array): Uint8Array {
  const text = DECODER.decode(game);
  const movetext = text.slice(endOfTags(text));
  const tags = tagsAsWritten(text, KEPT_TAGS);
  const moves = compactMovetext(movetext) ?? movetext.trim();
  const compact = tags.length === 0 ? moves : `${tags.join("\n")}\n\n${moves}`;
  return compact === "" ? game : ENCODER.encode(compact);
}

/** The moves and the result; `undefined` where anything stands there that is not understood. */
function compactMovetext(movetext: string): string | undefined {
  // A line that is an aside as a whole, or an end that only a reader of moves can tell.
  if (/[;%]/.test(movetext.replaceAll(COMMENT_REGEXP, ""))) return undefined;
  const kept: string[] = [];
  let depth = 0;
  for (const [token] of movetext.matchAll(TOKEN_REGEXP)) {
    if (token === "(") depth++;
    else if (token === ")") {
      if (--depth < 0) return undefined;
    } else if (token.startsWith("{")) {
      if (token.length === 1) return undefined;
    } else if (depth === 0) {
      if (!PLAIN_TOKEN_REGEXP.test(token)) return undefined;
      if (token.startsWith("$")) continue;
      // Black's move is numbered again where a comment stood before it.
      const move = kept.length === 0
        ? token
        : token.replace(NUMBER_AGAIN_REGEXP, "");
      if (move !== "") kept.push(move);
    }
  }
  return depth === 0 ? kept.join(" ") : undefined;
}

const COMMENT_REGEXP = /\{[^}]*\}/g;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const ENCODER = new TextEncoder();
