-- KEYS: value, ticket, hold, and so on. ARGV: token, seconds.
-- Empties the keys and holds them. Several may hold a key; each hold ends by itself.
local ends = redis.call('TIME')[1] + ARGV[2]
for i = 1, #KEYS, 3 do
    redis.call('DEL', KEYS[i], KEYS[i + 1])
    redis.call('ZADD', KEYS[i + 2], ends, ARGV[1])
    redis.call('EXPIRE', KEYS[i + 2], ARGV[2])
end
