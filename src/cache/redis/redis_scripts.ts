// The scripts that change a set's meta hash, their only key.
import { CACHE_FORMAT } from "../game_set.ts";

/*
 * Each checks who holds the lock by the server's own clock, then changes all it
 * changes in one write, so that a full server refuses it as a whole; but not
 * where that keeps a set from being removed.
 *
 * Next to the fields that say what the set is, the hash has notes, written before
 * the work that they are about, so that the next writer knows what an
 * interrupted one has left:
 *
 * - `stored`: games 0 to `stored - 1` may be at their own keys
 * - `next`: games 0 to `next - 1` may be at their next keys
 * - `moving`: games from there on are still to be moved from those
 * - `stale`: other generations, a blank between, of which there may be records
 */

/**
 * The fields that say what the set is. `check` is the SHA-1 of their values,
 * each with a line feed after it.
 */
export const CHECKED_FIELDS = [
  "generation",
  "count",
  "state",
  "filter",
  "source",
  "format",
  "maxGameLength",
  "maxGames",
  "compact",
  "checkpoint",
  "textBytes",
  "createdAt",
  "updatedAt",
] as const;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function number(value) return string.format('%.0f', value) end
`;

/**
 * Changes nothing. A full server refuses a script by its first write alone, and
 * this is one that needs no memory: what follows is written.
 */
const EVEN_WHEN_FULL = "redis.call('HDEL', KEYS[1], '')";

const WRITE = `
local function write(fields)
  local checked = {${CHECKED_FIELDS.map((field) => `'${field}'`).join(", ")}}
  local old = redis.call('HMGET', KEYS[1], unpack(checked))
  local values = {}
  for i, field in ipairs(checked) do values[field] = old[i] or '' end
  for i = 1, #fields, 2 do values[fields[i]] = fields[i + 1] end
  local text = ''
  for _, field in ipairs(checked) do text = text .. values[field] .. '\\n' end
  fields[#fields + 1] = 'check'
  fields[#fields + 1] = redis.sha1hex(text)
  redis.call('HSET', KEYS[1], unpack(fields))
end
`;

/**
 * Takes the lock.
 *
 * ARGV: token, duration of the lock, what for (`new`, `replace`, `resume`,
 * `hand` or `clear`), `1` where `chess:sets` names the set, generation and count
 * for `resume`, `maxGames`, then fields and values of a new set.
 *
 * Answers `ok` with the generation and count that the set has now, `1` where the
 * set that is to be replaced is there, and the notes `stored` (empty where there
 * is none), `next`, `moving` and `stale`; or `locked` with token, since, until
 * and the time now; `exists`, `replaced` or `indexed` with the count it has;
 * `format` with the set's own where that is another; `foreign` where the key is not ours; or `none` where there is nothing to clear.
 */
export const LOCK = NOW + WRITE + `
local purpose = ARGV[3]
local isOurs = ARGV[4] == '1'
local kind = redis.call('TYPE', KEYS[1]).ok
if not isOurs then
  if kind == 'none' and purpose == 'clear' then return {'none'} end
  if kind ~= 'none' and (kind ~= 'hash' or
    redis.call('HEXISTS', KEYS[1], 'check') == 0) then return {'foreign'} end
elseif kind ~= 'hash' and (purpose == 'clear' or purpose == 'replace') then
  redis.call('DEL', KEYS[1])
end
local held = redis.call('HMGET', KEYS[1], 'token', 'since', 'until',
  'generation', 'count', 'source', 'maxGames', 'stored', 'next', 'moving',
  'stale', 'format')
if held[1] and held[1] ~= ARGV[1] and (tonumber(held[3]) or 0) > now then
  return {'locked', held[1], held[2] or '', held[3], number(now)}
end
local exists = held[4] and held[4] ~= ''
local count = exists and held[5] or '0'
local replaces = '0'
local stored = held[8] or (kind == 'none' and not isOurs and '0') or ''
local stale = held[11] or ''
local fields = {
  'token', ARGV[1], 'since', number(now), 'until', number(now + ARGV[2])
}
local isNew = false
if exists and (purpose == 'resume' or purpose == 'hand') and
  held[12] ~= '${CACHE_FORMAT}' then return {'format', held[12] or ''} end
local function add(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end
local function leave(generation)
  stale = stale == '' and generation or stale .. ' ' .. generation
  add('stale', stale)
end
if purpose == 'resume' then
  if held[4] ~= ARGV[5] or count ~= ARGV[6] then return {'replaced', count} end
  if held[7] ~= ARGV[7] then
    isNew = true
    add('maxGames', ARGV[7])
    add('state', 'unfinished')
  end
elseif purpose == 'clear' then
  ${EVEN_WHEN_FULL}
  isNew = true
  if exists then leave(held[4]) end
  add('generation', '')
elseif purpose == 'replace' and exists then
  replaces = '1'
else
  if purpose == 'new' and exists then return {'exists', count} end
  if purpose == 'hand' and exists then
    if held[6] ~= '[]' then return {'indexed', count} end
  else
    count = '0'
    isNew = true
    if stored == '0' then add('stored', '0') end
    for i = 8, #ARGV, 2 do add(ARGV[i], ARGV[i + 1]) end
    add('createdAt', number(now))
    add('updatedAt', number(now))
  end
end
-- What the set is must not be vouched for again where it stays as it is.
if isNew then write(fields) else redis.call('HSET', KEYS[1], unpack(fields)) end
return {
  'ok', redis.call('HGET', KEYS[1], 'generation'), count, replaces, stored,
  held[9] or '', held[10] or '', stale
}
`;

const HELD = `
local held = redis.call('HMGET', KEYS[1], 'token', 'since', 'until',
  'generation', 'count', 'textBytes')
if held[1] ~= ARGV[1] then
  if held[1] and held[1] ~= '' then
    return {'locked', held[1], held[2], held[3], '0'}
  end
  return {'replaced'}
end
`;

/**
 * Admits games. ARGV: token, duration of the lock, generation, count before,
 * count, bytes added, checkpoint, state, `1` to give the lock back.
 *
 * Answers `ok`, `locked` as {@linkcode LOCK}, or `replaced`.
 */
export const COMMIT = NOW + WRITE + `
if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[3] then
  return {'replaced'}
end
` + HELD + `
if held[5] ~= ARGV[4] then return {'replaced'} end
write({
  'count', ARGV[5], 'textBytes', number(held[6] + ARGV[6]),
  'checkpoint', ARGV[7], 'state', ARGV[8],
  'updatedAt', number(now), 'until', number(now + ARGV[2])
})
if ARGV[9] == '1' then redis.call('HDEL', KEYS[1], 'token', 'since', 'until') end
return {'ok'}
`;

/**
 * Puts a rebuilt set in the place of the old one, with all of its games still
 * to be moved. ARGV: token, duration of the lock, fields and values of the set
 * and of notes. Answers as {@linkcode COMMIT}.
 */
export const PUBLISH = NOW + WRITE + HELD + `
local fields = {
  'until', number(now + ARGV[2]), 'updatedAt', number(now), 'moving', '0'
}
for i = 3, #ARGV do fields[#fields + 1] = ARGV[i] end
write(fields)
return {'ok'}
`;

/**
 * Renews the lock. ARGV: token, duration of the lock, and notes with their
 * values. Answers as {@linkcode COMMIT}.
 */
export const RENEW = NOW + HELD + `
local fields = {'until', number(now + ARGV[2])}
for i = 3, #ARGV do fields[#fields + 1] = ARGV[i] end
${EVEN_WHEN_FULL}
redis.call('HSET', KEYS[1], unpack(fields))
return {'ok'}
`;

/** Says that nothing is left if ARGV[1] still is the lock's token: ARGV[2] games are stored. */
export const TIDIED = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
${EVEN_WHEN_FULL}
redis.call('HSET', KEYS[1], 'stored', ARGV[2])
redis.call('HDEL', KEYS[1], 'moving', 'next', 'stale')
return 1
`;

/** Gives the lock back if ARGV[1] still is its token; answers 1 or 0. */
export const RELEASE = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'token', 'since', 'until')
return 1
`;

/** Removes the hash if ARGV[1] still is its lock's token; answers 1 or 0. */
export const REMOVE = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
return 1
`;
