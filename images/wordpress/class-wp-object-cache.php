<?php
/**
 * What WordPress' object cache does: docs/decisions/105-own-object-cache.md
 */

declare(strict_types=1);

require_once __DIR__ . '/cache.php';

/** What WordPress asks for its objects; $wp_object_cache. Methods are those of WordPress' own class of this name. */
class WP_Object_Cache
{
    /** Seconds for which is kept what has no end of its own: a week, after which nothing of older generations is left. */
    private const AGE = 604800;

    public int $cache_hits = 0;
    public int $cache_misses = 0;

    /** @var array<string, mixed> what this request has seen, by key in the cache */
    private array $seen = [];
    /** @var array<string, true> groups that all sites of a network share */
    private array $global = [];
    /** @var array<string, true> groups that live for one request */
    private array $transient = [];
    private string $blog = '';
    private Steadfast_Cache $cache;

    public function __construct()
    {
        $this->cache = new Steadfast_Cache();
        $this->switch_to_blog(function_exists('get_current_blog_id') ? get_current_blog_id() : 0);
    }

    /** @return string the name of a key in the cache, '' for what is no key */
    private function name($key, $group): string
    {
        if (! is_int($key) && (! is_string($key) || trim($key) === '')) {
            return '';
        }
        $group = (string) $group === '' ? 'default' : (string) $group;
        return (isset($this->global[$group]) ? '' : $this->blog) . ":$group:$key";
    }

    /** Whether a group is in this request's array alone. */
    private function is_transient($group): bool
    {
        return isset($this->transient[(string) $group]);
    }

    /** Integers are stored as they are, so that the cache can count; everything else as PHP writes it, which is never digits alone. */
    private static function encode($value): string
    {
        return is_int($value) ? (string) $value : serialize($value);
    }

    /** @return array{bool, mixed} whether there was something, and what */
    private static function decode($stored): array
    {
        if (! is_string($stored)) {
            return [false, false];
        }
        if (preg_match('/^-?\d+$/D', $stored) === 1) {
            return [true, (int) $stored];
        }
        $value = @unserialize($stored);
        return [$value !== false || $stored === 'b:0;', $value];
    }

    private static function copy($value)
    {
        return is_object($value) ? clone $value : $value;
    }

    /** @param 'nx'|'xx'|null $when only if it is not there, only if it is */
    private function store($key, $value, $group, $expire, ?string $when): bool
    {
        $name = $this->name($key, $group);
        if ($name === '') {
            return false;
        }
        $value = self::copy($value);
        $stored = $this->is_transient($group) ? null : $this->cache->ask(
            function (Redis $redis) use ($name, $value, $expire, $when): bool {
                $options = ['ex' => (int) $expire > 0 ? (int) $expire : self::AGE];
                $done = $redis->set($this->cache->key($name), self::encode($value), $when === null ? $options : [$when, ...$options]);
                if (! $done && $when === null) {
                    throw new RedisException('it does not keep what it is given: ' . $redis->getLastError());
                }
                return (bool) $done;
            },
            $when !== 'nx'
        );
        $stored ??= $when === null || array_key_exists($name, $this->seen) === ($when === 'xx');
        if ($stored) {
            $this->seen[$name] = $value;
        }
        return $stored;
    }

    public function add($key, $value, $group = 'default', $expire = 0): bool
    {
        if (function_exists('wp_suspend_cache_addition') && wp_suspend_cache_addition()) {
            return false;
        }
        return ! array_key_exists($this->name($key, $group), $this->seen) && $this->store($key, $value, $group, $expire, 'nx');
    }

    public function replace($key, $value, $group = 'default', $expire = 0): bool
    {
        return $this->store($key, $value, $group, $expire, 'xx');
    }

    public function set($key, $value, $group = 'default', $expire = 0): bool
    {
        return $this->store($key, $value, $group, $expire, null);
    }

    public function get($key, $group = 'default', $force = false, &$found = null)
    {
        $values = $this->get_multiple([$key], $group, $force, $all);
        $found = $all;
        return $values[$key] ?? false;
    }

    /** @return array<int|string, mixed> values by key, false for each that is not there */
    public function get_multiple($keys, $group = 'default', $force = false, &$all = null): array
    {
        $values = [];
        $asked = [];
        $all = true;
        foreach ($keys as $key) {
            $name = $this->name($key, $group);
            if (array_key_exists($name, $this->seen) && (! $force || $this->is_transient($group) || ! $this->cache->connected())) {
                $values[$key] = self::copy($this->seen[$name]);
                ++$this->cache_hits;
            } else {
                // In its place already, so that values come in the order of the keys.
                $values[$key] = false;
                $asked[$key] = $name;
            }
        }
        $wanted = $this->is_transient($group) ? [] : array_filter($asked, static fn (string $name): bool => $name !== '');
        $stored = $wanted === [] ? null : $this->cache->ask(
            fn (Redis $redis) => $redis->mget(array_map($this->cache->key(...), array_values($wanted))),
            false
        );
        $answers = is_array($stored) ? array_combine(array_keys($wanted), $stored) : [];
        foreach ($asked as $key => $name) {
            [$found, $value] = self::decode($answers[$key] ?? false);
            if ($found) {
                ++$this->cache_hits;
                $this->seen[$name] = $value;
                $values[$key] = self::copy($value);
            } else {
                ++$this->cache_misses;
                unset($this->seen[$name]);
                $all = false;
            }
        }
        return $values;
    }

    public function delete($key, $group = 'default'): bool
    {
        $name = $this->name($key, $group);
        if ($name === '') {
            return false;
        }
        $was_seen = array_key_exists($name, $this->seen);
        unset($this->seen[$name]);
        $deleted = $this->is_transient($group) ? null : $this->cache->ask(fn (Redis $redis) => $redis->del($this->cache->key($name)) > 0);
        return $deleted ?? $was_seen;
    }

    /** Counts up or down, never below 0. @return int|false false where there is no number */
    public function incr($key, $offset = 1, $group = 'default')
    {
        $name = $this->name($key, $group);
        $value = $this->get($key, $group, true, $found);
        if (! $found || ! is_numeric($value)) {
            return false;
        }
        $counted = ! is_int($value) || $this->is_transient($group) ? null : $this->cache->ask(
            fn (Redis $redis) => $redis->incrBy($this->cache->key($name), (int) $offset)
        );
        if (is_int($counted) && $counted >= 0) {
            return $this->seen[$name] = $counted;
        }
        $value = max(0, (int) $value + (int) $offset);
        return $this->set($key, $value, $group) ? $value : false;
    }

    public function decr($key, $offset = 1, $group = 'default')
    {
        return $this->incr($key, -(int) $offset, $group);
    }

    public function flush(): bool
    {
        $this->seen = [];
        $this->cache->flush();
        return true;
    }

    public function flush_runtime(): bool
    {
        $this->seen = [];
        return true;
    }

    public function add_global_groups($groups): void
    {
        $this->global += array_fill_keys((array) $groups, true);
    }

    public function add_non_persistent_groups($groups): void
    {
        $this->transient += array_fill_keys((array) $groups, true);
    }

    public function switch_to_blog($blog): void
    {
        $this->blog = function_exists('is_multisite') && is_multisite() ? (string) (int) $blog : '';
    }
}
