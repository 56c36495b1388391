"""The three things that must happen at one moment on the server, each one Lua call."""

from typing import Final

# KEYS: the type's queue and its idle workers. ARGV: the score (ms), how long all of it
# is kept (ms), the prefix of wake channels, the word for work; then id and payload of
# each job. What nobody has taken for so long is forgotten. For each job one idle worker
# is woken: a message that nobody receives was for a worker that is gone, so the next one
# is tried. Returns how many were woken.
DELIVER: Final = """
for i = 5, #ARGV, 2 do
  redis.call('SET', 'arq:job:' .. ARGV[i], ARGV[i + 1], 'PX', ARGV[2])
  redis.call('ZADD', KEYS[1], ARGV[1], ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1] - ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local jobs, woken = (#ARGV - 4) / 2, 0
while woken < jobs do
  local worker = redis.call('SPOP', KEYS[2])
  if not worker then break end
  woken = woken + redis.call('PUBLISH', ARGV[3] .. worker, ARGV[4])
end
return woken
"""

# KEYS: queue and idle workers of each type. ARGV: this worker, how many jobs it has room
# for, how long an idle worker is believed (ms), the bytes of the longest payload. Takes the
# oldest ids with their payloads, whatever their type, and leaves word whether this worker
# waits for more: said in the same moment in which nothing more was found, so that no delivery
# can fall between the two. Of a payload that is longer, only so much is taken that one sees it;
# one that is no text is taken for empty. Even who has no room says first that it waits, and
# takes it back: a full server refuses this, and would else seem well to all who are busy.
POP: Final = """
for i = 2, #KEYS, 2 do
  redis.call('SADD', KEYS[i], ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[3])
end
local room, found = tonumber(ARGV[2]), {}
for i = 1, #KEYS, 2 do
  local ids = room > 0 and redis.call('ZRANGE', KEYS[i], 0, room - 1, 'WITHSCORES') or {}
  for j = 1, #ids, 2 do
    found[#found + 1] = {KEYS[i], ids[j], tonumber(ids[j + 1])}
  end
end
table.sort(found, function(a, b)
  if a[3] ~= b[3] then return a[3] < b[3] end
  return a[2] < b[2]
end)
local taken = {}
for i = 1, math.min(room, #found) do
  local queue, id = found[i][1], found[i][2]
  redis.call('ZREM', queue, id)
  local payload = redis.pcall('GETRANGE', 'arq:job:' .. id, 0, ARGV[4])
  if type(payload) == 'table' then
    if not string.find(payload['err'], 'WRONGTYPE') then return payload end
    payload = ''
  end
  taken[#taken + 1] = id
  taken[#taken + 1] = payload
  redis.call('DEL', 'arq:job:' .. id)
end
for i = 2, #KEYS, 2 do
  if #found >= room then redis.call('SREM', KEYS[i], ARGV[1]) end
end
return taken
"""

# KEYS: the idle workers of each type. ARGV: the prefix of wake channels, the word for
# work. A worker that was woken while it has no room wakes another in its place.
RELAY: Final = """
for i = 1, #KEYS do
  local worker = redis.call('SPOP', KEYS[i])
  while worker do
    if redis.call('PUBLISH', ARGV[1] .. worker, ARGV[2]) > 0 then return 1 end
    worker = redis.call('SPOP', KEYS[i])
  end
end
return 0
"""
