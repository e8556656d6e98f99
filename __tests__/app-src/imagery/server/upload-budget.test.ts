import { describe, expect, it } from "@jest/globals";
import { UploadBudget } from "../../../../app-src/imagery/server/upload-budget";

const MIB = 1024 * 1024;

describe("UploadBudget", () => {
  it("takes uploads as long as they fit, refuses the next with 503 and Retry-After, and takes it once one is done", () => {
    const budget = new UploadBudget(5 * MIB);
    const release = budget.reserve(String(3 * MIB));
    budget.reserve(String(2 * MIB));
    expect(() => budget.reserve(String(1))).toThrow(
      expect.objectContaining({ status: 503, headers: { "Retry-After": "1" } }),
    );
    release();
    expect(() => budget.reserve(String(3 * MIB))).not.toThrow();
  });

  it("counts an upload of unknown or overlong size as a largest one", () => {
    const budget = new UploadBudget(20 * MIB);
    budget.reserve(undefined);
    budget.reserve(String(1000 * MIB));
    expect(() => budget.reserve(String(1))).toThrow(/too many uploads at once/);
  });

  it("by default takes 60 photos of a megabyte at once", () => {
    const budget = new UploadBudget();
    for (let i = 0; i < 60; i++) budget.reserve(String(MIB));
  });
});
