-- KEYS: value, ticket, hold. ARGV: the token of the hold.
-- Empties the key and ends the hold. Answers whether there was a value.
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return redis.call('DEL', KEYS[1])
