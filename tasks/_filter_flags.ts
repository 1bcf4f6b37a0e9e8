/** The flags of a filter: one for each of its fields. */
import {
  GAME_FILTER_FIELDS,
  type GameFilter,
  type GameFilterField,
  normalizeFilter,
} from "../mod.ts";
import { type Arguments, type Flag, UsageError } from "./_flags.ts";

/** The flags of a filter, one for each of its fields. */
export function filterFlags(): Flag[] {
  return GAME_FILTER_FIELDS.map((field) => {
    const { name, kind, values, description } = field;
    const flag = { name: toKebabCase(name), several: isSeveral(field) };
    switch (kind) {
      case "boolean":
        return {
          ...flag,
          negatable: true,
          description: `${description}; --no-${flag.name}: only the others`,
        };
      case "choice":
      case "choices":
        return {
          ...flag,
          value: "NAME",
          description: `${description}: ${values!.join(", ")}`,
        };
      default: {
        const value = {
          integer: "N",
          date: "DAY",
          list: "LIST",
          interval: "FROM:TO",
        }[kind];
        return { ...flag, value, description };
      }
    }
  });
}

/**
 * Reads the filter that the flags ask for.
 *
 * @throws {UsageError} If a value is not allowed; the message says which are.
 */
export function readFilter(
  args: Arguments,
  except: readonly (keyof GameFilter)[] = [],
): GameFilter {
  const filter: Record<string, unknown> = {};
  for (const field of GAME_FILTER_FIELDS) {
    if (except.includes(field.name)) continue;
    const value = readField(args, field);
    if (value !== undefined) filter[field.name] = value;
  }
  try {
    normalizeFilter(filter);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  return filter;
}

function readField(args: Arguments, field: GameFilterField): unknown {
  const name = toKebabCase(field.name);
  if (field.kind === "boolean") return args.isOn(name);
  if (field.kind === "integer") return args.integer(name);
  if (field.kind === "interval") {
    return args.text(name)?.split(":").map((bound) =>
      bound.trim() === "" ? NaN : Number(bound)
    );
  }
  return isSeveral(field) ? args.texts(name) : args.text(name);
}

function isSeveral({ kind }: GameFilterField): boolean {
  return kind === "choices" || kind === "list";
}

function toKebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
