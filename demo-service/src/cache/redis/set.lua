-- KEYS: value, ticket. ARGV: the ticket, the epoch it was given out in, JSON, seconds to live.
-- Keeps the value if the ticket is still there, and answers whether it was.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then
    return 0
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'json', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
