import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Imagery } from "./support/imagery";
import { photo, pngHeader, sepiaDifference } from "./support/photos";

/** What two JPEG decoders may differ by, carried through the sepia formula. */
const tolerance = { most: 6, average: 1.5 };

let imagery: Imagery;

beforeAll(async () => {
  imagery = await Imagery.start({ capacity: { worker: 2 } });
}, 60_000);

afterAll(() => imagery.stop(), 60_000);

describe("the imagery stack", () => {
  describe("given a photo", () => {
    it("goes from created over uploaded to processed, and gives it back in sepia", async () => {
      const original = await photo(0);
      const created = await imagery.create();
      expect(created).toMatchObject({ state: "created", version: 0 });
      const uploaded = (await (await imagery.upload(created.id, original)).json()) as typeof created;
      expect(uploaded).toMatchObject({ id: created.id, state: "uploaded", version: 1 });
      const processed = await imagery.reaches(created.id, "processed");
      expect(processed.processedKey).toBe(`${uploaded.rawKey?.replace("upload/", "processed/") ?? ""}.png`);
      const difference = await sepiaDifference(original, await imagery.result(processed));
      expect(difference.most).toBeLessThanOrEqual(tolerance.most);
      expect(difference.average).toBeLessThanOrEqual(tolerance.average);
    }, 30_000);
  });

  describe("given sixty photos at once", () => {
    it("processes each of them correctly", async () => {
      const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
      const ids: { id: string; original: Buffer }[] = [];
      const lanes = Array.from({ length: 6 }, async () => {
        for (let number = numbers.pop(); number !== undefined; number = numbers.pop()) {
          // Smaller than a camera's, which the test above has: so many at once are what counts here.
          const original = await photo(number, 1024, 768);
          ids.push({ id: await imagery.submit(original), original });
        }
      });
      await Promise.all(lanes);
      expect(ids).toHaveLength(60);
      const started = Date.now();
      for (const [index, { id, original }] of ids.entries()) {
        const image = await imagery.reaches(id, "processed", 120);
        const { most, average } = await sepiaDifference(original, await imagery.result(image));
        expect(most).toBeLessThanOrEqual(tolerance.most);
        expect(average).toBeLessThanOrEqual(tolerance.average);
        if (index % 20 === 19)
          console.log(
            `${index + 1} of 60 checked, ${Math.round((Date.now() - started) / 1000)} s after the last upload`,
          );
      }
      await imagery.queueHolds(imagery.queueUrl, 0);
      expect(await imagery.messagesIn(imagery.deadLetterQueueUrl)).toBe(0);
    }, 180_000);
  });

  describe("given what is no usable photo", () => {
    it("refuses a text file that is named .jpg, and the image can still be used", async () => {
      const { id } = await imagery.create();
      const refused = await imagery.upload(id, Buffer.from("just text, whatever the name says"), "photo.jpg");
      expect(refused.status).toBe(415);
      expect(refused.headers.get("content-type")).toContain("application/problem+json");
      expect((await imagery.get(id)).state).toBe("created");
      expect((await imagery.upload(id, await photo(100, 64, 48))).status).toBe(202);
      await imagery.reaches(id, "processed");
    }, 30_000);

    it("refuses a header of 30,000 × 30,000 pixels before anything is decoded", async () => {
      const { id } = await imagery.create();
      const refused = await imagery.upload(id, pngHeader(30_000, 30_000), "bomb.png");
      expect([413, 422]).toContain(refused.status);
      expect((await imagery.get(id)).state).toBe("created");
    });

    it("refuses more than 10 MiB", async () => {
      const { id } = await imagery.create();
      const large = Buffer.concat([await photo(101, 640, 480), Buffer.alloc(11 * 1024 ** 2)]);
      expect((await imagery.upload(id, large)).status).toBe(413);
      expect((await imagery.get(id)).state).toBe("created");
    });

    it("comes to a clear end with a JPEG that is cut off, and is not stuck on it", async () => {
      const whole = await photo(102, 640, 480);
      const id = await imagery.submit(whole.subarray(0, Math.floor(whole.length / 2)));
      const failed = await imagery.reaches(id, "failed");
      expect(failed.reason).toMatch(/\w+ \w+/);
      await imagery.queueHolds(imagery.queueUrl, 0);
    }, 30_000);
  });

  it("was never denied anything", () => {
    expect(imagery.local.gateway.denied).toEqual([]);
  });
});
