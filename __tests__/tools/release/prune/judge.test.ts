import { describe, expect, it } from "@jest/globals";
import type { BakedImage } from "../../../../tools/release/aws/images";
import { judgeImages, judgeSnapshots } from "../../../../tools/release/prune/judge";

const DAY = 24 * 60 * 60 * 1000;
const now = new Date("2026-06-30T12:00:00.000Z");
const settings = { olderThanDays: 30, now };

/** An image of imagery that was made so many days ago. */
function image(id: string, age: number, changes: Partial<BakedImage> = {}): BakedImage {
  return {
    id,
    ownerId: "111122223333",
    state: "available",
    createdAt: new Date(now.getTime() - age * DAY),
    managed: true,
    application: "imagery",
    version: undefined,
    commit: undefined,
    contentHash: undefined,
    parent: undefined,
    snapshots: [`snap-${id}`],
    ...changes,
  };
}

/** The newest of imagery, which every table below needs so that the image in question is not that one. */
const newest = image("newest", 0);

function verdictOf(candidate: BakedImage, references: Readonly<Record<string, readonly string[]>> = {}): string {
  const verdicts = judgeImages([candidate, newest], new Map(Object.entries(references)), settings);
  const verdict = verdicts.find(({ image: { id } }) => id === candidate.id);
  return `${verdict?.keep === true ? "keep" : "delete"}: ${verdict?.why ?? ""}`;
}

describe("an image", () => {
  it.each<[string, BakedImage, Readonly<Record<string, readonly string[]>>, string]>([
    ["that is old and that nothing needs goes", image("a", 31), {}, "delete: older than 30 days, nothing refers to it"],
    [
      "that is exactly as old as the limit goes",
      image("a", 30),
      {},
      "delete: older than 30 days, nothing refers to it",
    ],
    ["that is a millisecond younger stays", image("a", 30 - 1 / DAY), {}, "keep: younger than 30 days"],
    ["that was made just now stays", image("a", 0), {}, "keep: younger than 30 days"],
    [
      "that something refers to stays",
      image("a", 400),
      { a: ["instance i-1 (running)", "published: p"] },
      "keep: instance i-1 (running), published: p",
    ],
    [
      "that was referred to, with nothing left, goes",
      image("a", 31),
      { a: [] },
      "delete: older than 30 days, nothing refers to it",
    ],
    [
      "to whose neighbour something refers goes",
      image("a", 31),
      { b: ["published: p"] },
      "delete: older than 30 days, nothing refers to it",
    ],
    ["that was not baked here stays, however old", image("a", 4000, { managed: false }), {}, "keep: not baked here"],
    [
      "that is the newest of its application stays",
      image("a", 400, { application: "url2png" }),
      {},
      "keep: the newest of url2png",
    ],
    ["that is the newest base layer stays", image("a", 400, { application: "base" }), {}, "keep: the newest of base"],
    [
      "without an application is judged like one of its own",
      image("a", 400, { application: undefined }),
      {},
      "keep: the newest of its application",
    ],
  ])("%s", (_, candidate, references, expected) => {
    expect(verdictOf(candidate, references)).toBe(expected);
  });

  it("of each application that is the newest stays, and the older ones go", () => {
    const images = [
      image("a", 40),
      image("b", 50),
      image("c", 45, { application: "base" }),
      image("d", 90, { application: "base" }),
    ];
    const kept = judgeImages(images, new Map(), settings).filter(({ keep }) => keep);
    expect(kept.map(({ image: { id } }) => id)).toEqual(["a", "c"]);
  });

  it("that is newer and was not baked here does not take the place of the newest", () => {
    const images = [image("ours", 50), image("theirs", 40, { managed: false })];
    expect(judgeImages(images, new Map(), settings).every(({ keep }) => keep)).toBe(true);
  });
});

describe("a snapshot with our tag", () => {
  const snapshot = (age: number) => ({ id: "snap-1", createdAt: new Date(now.getTime() - age * DAY) });

  it.each([
    ["of no image that is as old as the limit goes", snapshot(30), [newest], true],
    ["of no image that is younger stays: a bake may be making its image", snapshot(29.9), [newest], false],
    [
      "of an image stays, also when the image goes: it goes with it",
      snapshot(90),
      [image("a", 90, { snapshots: ["snap-0", "snap-1"] })],
      false,
    ],
    [
      "of an image that was not baked here stays",
      snapshot(90),
      [image("a", 90, { managed: false, snapshots: ["snap-1"] })],
      false,
    ],
  ])("%s", (_, candidate, images, goes) => {
    expect(judgeSnapshots([candidate], images, settings)).toEqual(goes ? [candidate] : []);
  });
});
