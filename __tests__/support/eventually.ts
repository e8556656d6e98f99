import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until something is so.
 * @param what is awaited, for the error
 * @param check the value awaited, or `undefined` or `false` as long as it is not there
 * @param seconds after which it is given up. Default 10.
 */
export async function eventually<T>(what: string, check: () => Promise<T> | T, seconds = 10): Promise<NonNullable<T>> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value !== undefined && value !== null && value !== false) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for: ${what}`);
    await sleep(20);
  }
}
