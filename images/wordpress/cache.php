<?php
/**
 * The connection of WordPress' object cache: docs/decisions/105-own-object-cache.md
 *
 * A cache that is lost costs speed and nothing else: the request goes on without it, and so do all others of this machine for some
 * seconds. What they change meanwhile cannot be taken out of the cache, so it begins empty when it is back.
 *
 * Set in wp-config.php: STEADFAST_CACHE_HOST, _PORT, _USER, _PASSWORD and _CA; STEADFAST_RUNTIME, a folder of this machine's.
 */

declare(strict_types=1);

/** Valkey or Redis, over TLS, while it can be had. */
final class Steadfast_Cache
{
    /** Seconds for connecting, and for each answer. */
    private const TIMEOUT = 1.0;
    /** Seconds in which nobody tries a cache that was lost. */
    private const PAUSE = 10;
    private const GENERATION = 'steadfast:generation';

    private ?Redis $redis = null;
    private string $generation = '';
    /** Touched when the cache was lost. */
    private string $lost = STEADFAST_RUNTIME . '/cache-lost';
    /** There while the cache may hold what is not true any more. */
    private string $stale = STEADFAST_RUNTIME . '/cache-stale';

    public function __construct()
    {
        clearstatcache(true, $this->lost);
        if (! is_file($this->lost) || time() - (int) filemtime($this->lost) >= self::PAUSE) {
            $this->connect();
        }
    }

    public function connected(): bool
    {
        return $this->redis !== null;
    }

    private function connect(): void
    {
        try {
            $redis = new Redis();
            // A connection is kept by its PHP process, and tried before it is used again. What PHP warns of is in the exception.
            @$redis->pconnect(
                'tls://' . STEADFAST_CACHE_HOST,
                (int) STEADFAST_CACHE_PORT,
                self::TIMEOUT,
                'steadfast',
                0,
                self::TIMEOUT,
                [
                    'auth' => [STEADFAST_CACHE_USER, STEADFAST_CACHE_PASSWORD],
                    'stream' => [
                        'verify_peer' => true,
                        'verify_peer_name' => true,
                        'peer_name' => STEADFAST_CACHE_HOST,
                        'cafile' => STEADFAST_CACHE_CA,
                    ],
                ]
            );
            $redis->setOption(Redis::OPT_MAX_RETRIES, 0);
            $this->redis = $redis;
            $this->start($redis);
        } catch (RedisException $error) {
            $this->lose($error->getMessage());
        }
    }

    /** Finds the generation that keys belong to, or begins one. */
    private function start(Redis $redis): void
    {
        clearstatcache(true, $this->stale);
        if (is_file($this->stale)) {
            // Away before the cache is emptied: what becomes untrue from here on makes it again.
            @unlink($this->stale);
            try {
                $this->renew($redis);
            } catch (RedisException $error) {
                touch($this->stale);
                throw $error;
            }
            @unlink($this->lost);
            return;
        }
        $generation = $redis->get(self::GENERATION);
        if (! is_string($generation)) {
            $redis->set(self::GENERATION, bin2hex(random_bytes(8)), ['nx']);
            $generation = $redis->get(self::GENERATION);
        }
        if (! is_string($generation)) {
            throw new RedisException('it does not keep what it is given');
        }
        $this->generation = $generation;
    }

    /** Begins a generation that was never there: what older ones hold is not found again, and goes by its age. */
    private function renew(Redis $redis): void
    {
        $generation = bin2hex(random_bytes(8));
        if (! $redis->set(self::GENERATION, $generation)) {
            throw new RedisException('it cannot be emptied: ' . $redis->getLastError());
        }
        $this->generation = $generation;
    }

    private function lose(string $reason): void
    {
        error_log("WordPress goes on without its cache: $reason");
        touch($this->lost);
        try {
            $this->redis?->close();
        } catch (RedisException) {
            // It was lost already.
        }
        $this->redis = null;
    }

    /**
     * Asks the cache.
     * @template T
     * @param callable(Redis): T $ask
     * @param bool $change whether an answer that does not come leaves something in the cache that is not true any more
     * @return T|null null without a cache
     */
    public function ask(callable $ask, bool $change = true)
    {
        if ($this->redis !== null) {
            try {
                return $ask($this->redis);
            } catch (RedisException $error) {
                $this->lose($error->getMessage());
            }
        }
        if ($change) {
            touch($this->stale);
        }
        return null;
    }

    /** @return string the name of a key in the present generation */
    public function key(string $name): string
    {
        return "steadfast:$this->generation:$name";
    }

    /** Forgets everything. Without a cache, it is empty when it is back. */
    public function flush(): void
    {
        $this->ask(fn (Redis $redis) => $this->renew($redis));
    }
}
