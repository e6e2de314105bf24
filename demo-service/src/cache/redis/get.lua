-- KEYS: value, ticket, hold. ARGV: epoch, a new ticket, its seconds.
-- Answers the value; or nothing and a ticket; or, while the key is held, nothing at all.
local kept = redis.call('HMGET', KEYS[1], 'epoch', 'json')
if kept[1] and tonumber(kept[1]) >= tonumber(ARGV[1]) then
    return {kept[2]}
end
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', redis.call('TIME')[1])
if redis.call('EXISTS', KEYS[3]) == 1 then
    return {}
end
redis.call('SET', KEYS[2], ARGV[2], 'NX', 'EX', ARGV[3])
return {false, redis.call('GET', KEYS[2])}
