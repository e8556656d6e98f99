import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { CacheServer, missingForCache } from "./support/cache-server";

const missing = missingForCache();
if (missing !== "")
  console.log(`WordPress' object cache is not tried, there is no PHP with Redis or no server: ${missing}`);

(missing === "" ? describe : describe.skip)("WordPress' object cache", () => {
  let cache: CacheServer;
  const has = (marker: string): boolean => existsSync(join(cache.runtime, marker));
  const php: CacheServer["php"] = (program, settings) => cache.php(program, settings);
  const CONNECTED = "return (new Steadfast_Cache())->connected();";

  beforeAll(() => {
    cache = new CacheServer();
  });
  afterAll(() => cache.remove());
  beforeEach(async () => {
    cache.forget();
    await cache.stop();
    await cache.start();
  });

  describe("that answers", () => {
    it("gives other requests what one has set, as it was", () => {
      php(`
        foreach (['array' => ['a' => [1, null]], 'false' => false, 'null' => null, 'int' => 5, 'digits' => '5', 'float' => 1.5, 'empty' => '']
          as $key => $value) wp_cache_set($key, $value, 'group');`);
      expect(
        php(`
          $values = wp_cache_get_multiple(['array', 'false', 'null', 'int', 'digits', 'float', 'empty', 'none'], 'group');
          wp_cache_get('false', 'group', false, $found);
          wp_cache_get('none', 'group', false, $none);
          return [$values, $found, $none];`),
      ).toEqual([
        { array: { a: [1, null] }, false: false, null: null, int: 5, digits: "5", float: 1.5, empty: "", none: false },
        true,
        false,
      ]);
    });

    it("keeps groups apart, and what is deleted is gone", () => {
      php("wp_cache_set('key', 1, 'one'); wp_cache_set('key', 2, 'two'); wp_cache_delete('key', 'one');");
      expect(php("return [wp_cache_get('key', 'one'), wp_cache_get('key', 'two')];")).toEqual([false, 2]);
    });

    it("adds only what is not there, and replaces only what is", () => {
      expect(
        php(
          `return [wp_cache_replace('key', 0), wp_cache_add('key', 1), wp_cache_add('key', 2), wp_cache_replace('key', 3)];`,
        ),
      ).toEqual([false, true, false, true]);
      expect(php("return [wp_cache_add('key', 4), wp_cache_get('key')];")).toEqual([false, 3]);
    });

    it("counts over requests, not below 0, and only what is a number", () => {
      php("wp_cache_set('visits', 5); wp_cache_set('word', 'a');");
      expect(php("return [wp_cache_incr('visits', 2), wp_cache_incr('word'), wp_cache_incr('none')];")).toEqual([
        7,
        false,
        false,
      ]);
      expect(php("return [wp_cache_decr('visits'), wp_cache_decr('visits', 100), wp_cache_get('visits')];")).toEqual([
        6, 0, 0,
      ]);
    });

    it("gives copies of objects", () => {
      expect(
        php(`
          $object = new stdClass(); $object->value = 1; wp_cache_set('key', $object);
          $object->value = 2; wp_cache_get('key')->value = 3;
          return wp_cache_get('key');`),
      ).toEqual({ value: 1 });
    });

    it("keeps what is not persistent for the request alone", () => {
      const here = "wp_cache_add_non_persistent_groups('counts'); ";
      expect(php(`${here} wp_cache_set('key', 1, 'counts'); return wp_cache_get('key', 'counts');`)).toBe(1);
      expect(php(`${here} return wp_cache_get('key', 'counts');`)).toBe(false);
    });

    it("has nothing any more when it was flushed", () => {
      php("wp_cache_set('key', 1); wp_cache_flush(); wp_cache_set('new', 2);");
      expect(php("return [wp_cache_get('key'), wp_cache_get('new')];")).toEqual([false, 2]);
    });
  });

  describe("that cannot prove who it is, or does not know us", () => {
    it("is not used when another authority has signed its certificate", () => {
      expect(php(CONNECTED, { CA: cache.otherAuthority })).toBe(false);
    });

    it("is not used when its certificate is for another name", () => {
      expect(php(CONNECTED, { HOST: "localhost" })).toBe(false);
    });

    it("is not used when it refuses the password", () => {
      expect(php(CONNECTED, { PASSWORD: "wrong" })).toBe(false);
    });

    it("is used otherwise", () => {
      expect(php(CONNECTED)).toBe(true);
    });
  });

  describe("that is lost", () => {
    it("leaves a request its own array, whenever it happens", async () => {
      await cache.stop();
      expect(
        php("wp_cache_set('key', 1); return [wp_cache_get('key'), wp_cache_incr('key'), wp_cache_add('key', 3)];"),
      ).toEqual([1, 2, false]);
    });

    it("is not tried again for some seconds, and then it is", async () => {
      await cache.stop();
      expect(php(CONNECTED)).toBe(false);
      await cache.start();
      expect(php(CONNECTED)).toBe(false);
      cache.passPause();
      expect(php(CONNECTED)).toBe(true);
    });

    it("is empty when it is back, if something has changed meanwhile that it does not know of", () => {
      php("wp_cache_set('option', 'old');");
      php("wp_cache_set('option', 'new');", { PASSWORD: "wrong" });
      expect(has("cache-stale")).toBe(true);
      cache.passPause();
      expect(php("return wp_cache_get('option');")).toBe(false);
      expect(has("cache-stale")).toBe(false);
    });

    it("is as it was when it is back, if it was only read", () => {
      php("wp_cache_set('option', 'old');");
      php("wp_cache_get('option');", { PASSWORD: "wrong" });
      cache.passPause();
      expect(php("return wp_cache_get('option');")).toBe("old");
    });

    it("is emptied once more for a request that still runs without it when others have it back", () => {
      const program = `
        wp_cache_set('option', 'first');
        unlink(STEADFAST_RUNTIME . '/cache-stale');
        wp_cache_delete('option');`;
      php(program, { PASSWORD: "wrong" });
      expect(has("cache-stale")).toBe(true);
    });
  });
});
