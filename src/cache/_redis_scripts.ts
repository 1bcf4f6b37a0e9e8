/*
 * The scripts that change a set's meta hash, its only key. Each checks who
 * holds the lock by the server's own clock, then changes all it changes in one
 * write, so that a full server refuses it as a whole.
 */

/**
 * The fields that say what the set is. `check` is the SHA-1 of their values,
 * each with a line feed behind it.
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
 * `hand` or `clear`), generation and count for `resume`, `maxGames` for
 * `resume`, then fields and values of a new set.
 *
 * Answers `ok` with the generation and count that the set has now, the first
 * game that an interrupted rebuild has not moved, `1` where a rebuild left
 * anything behind, and `1` where the set that is to be replaced is there; or
 * `locked` with token, since, until and the time now, `exists`, `replaced` or
 * `indexed` with the count it has.
 */
export const LOCK = NOW + WRITE + `
local purpose = ARGV[3]
if purpose == 'clear' or purpose == 'replace' then
  local kind = redis.call('TYPE', KEYS[1])
  if kind.ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
end
local held = redis.call('HMGET', KEYS[1], 'token', 'since', 'until',
  'generation', 'count', 'source', 'maxGames', 'moving', 'next')
if held[1] and held[1] ~= ARGV[1] and tonumber(held[3]) > now then
  return {'locked', held[1], held[2], held[3], number(now)}
end
local exists = held[4] and held[4] ~= ''
local count = exists and held[5] or '0'
local beside = '0'
local fields = {
  'token', ARGV[1], 'since', number(now), 'until', number(now + ARGV[2])
}
local isNew = false
local function add(field, value)
  fields[#fields + 1] = field
  fields[#fields + 1] = value
end
if purpose == 'resume' then
  if held[4] ~= ARGV[4] or count ~= ARGV[5] then return {'replaced', count} end
  if held[7] ~= ARGV[6] then
    isNew = true
    add('maxGames', ARGV[6])
    add('state', 'unfinished')
  end
elseif purpose == 'clear' then
  isNew = true
  add('generation', '')
elseif purpose == 'replace' and exists then
  beside = '1'
  add('next', '1')
else
  if purpose == 'new' and exists then return {'exists', count} end
  if purpose == 'hand' and exists then
    if held[6] ~= '[]' then return {'indexed', count} end
  else
    count = '0'
    isNew = true
    for i = 7, #ARGV, 2 do add(ARGV[i], ARGV[i + 1]) end
    add('createdAt', number(now))
    add('updatedAt', number(now))
  end
end
-- What the set is must not be vouched for again where it stays as it is.
if isNew then write(fields) else redis.call('HSET', KEYS[1], unpack(fields)) end
local untidy = (held[8] or held[9]) and '1' or '0'
return {
  'ok', redis.call('HGET', KEYS[1], 'generation'), count, held[8] or '',
  untidy, beside
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
 * to be moved. ARGV: token, duration of the lock, fields and values of the set.
 * Answers as {@linkcode COMMIT}.
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
 * Renews the lock. ARGV: token, duration of the lock, and the first game that
 * is not moved yet, where games are moved. Answers as {@linkcode COMMIT}.
 */
export const RENEW = NOW + HELD + `
redis.call('HSET', KEYS[1], 'until', number(now + ARGV[2]))
if ARGV[3] then redis.call('HSET', KEYS[1], 'moving', ARGV[3]) end
return {'ok'}
`;

/** Says that a rebuild left nothing behind if ARGV[1] still is the lock's token; answers 1 or 0. */
export const TIDIED = `
if redis.call('HGET', KEYS[1], 'token') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'moving', 'next')
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
