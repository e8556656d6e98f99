import type { IncomingMessage } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { smokeJenkins } from "../../../tools/smoke/jenkins";
import { smokeTestOf } from "../../../tools/smoke/smoke-tests";
import { serve, takeAnswer, type Answer, type Answers } from "./support/site";

const PASSWORD = 'with "quotes", a : and ${braces}';

let answers: Answers;
const url = serve((request, response) => {
  const { status, headers = {}, body = "" } = answerTo(request);
  response.writeHead(status, headers).end(body);
});

function answerTo({ url: path = "", headers: { authorization } }: IncomingMessage): Answer {
  if (path === "/whoAmI/api/json") {
    const given = Buffer.from(authorization?.replace("Basic ", "") ?? "", "base64").toString();
    if (given !== `admin:${PASSWORD}`) return { status: 401 };
  }
  return takeAnswer(answers, path);
}

beforeEach(() => {
  answers = {
    "/login": { status: 200, headers: { "X-Jenkins": "2.580.1" } },
    "/": { status: 403 },
    "/api/json": { status: 403 },
    "/whoAmI/api/json": { status: 200, body: JSON.stringify({ anonymous: false, name: "admin" }) },
  };
});

afterEach(() => {
  delete process.env.ADMIN_PASSWORD;
});

/** Tries Jenkins. @returns what worked */
async function smoke(seconds = 60): Promise<string[]> {
  const steps: string[] = [];
  await smokeJenkins(url(), { deadline: Date.now() + seconds * 1000, say: (text) => steps.push(text) });
  return steps;
}

describe("the smoke test of Jenkins, which works", () => {
  it("is that of all of its stacks", () => {
    const stacks = ["jenkins-recovery", "jenkins-multiaz", "jenkins-multiaz-efs", "jenkins-multiaz-efs-eip"];
    expect(stacks.map(smokeTestOf)).toEqual(Array(4).fill(smokeJenkins));
  });

  it("passes, and has seen that nobody gets in without a password", async () => {
    expect(await smoke()).toEqual(["Jenkins 2.580.1 is up", "nobody gets in without a password"]);
  });

  it("waits while Jenkins starts", async () => {
    const up = { status: 200, headers: { "X-Jenkins": "2.580.1" } };
    answers["/login"] = [{ status: 503, headers: { "X-Jenkins": "2.580.1" } }, up];
    expect(await smoke()).toHaveLength(2);
  });

  it("logs in with the password of the environment, whatever characters it has", async () => {
    process.env.ADMIN_PASSWORD = PASSWORD;
    expect(await smoke()).toContain("admin gets in");
  });
});

describe("the smoke test of Jenkins, which does not work", () => {
  const page = { status: 200, body: "hello" };

  it.each<[string, string, Answer, RegExp]>([
    ["it does not come up", "/login", { status: 503 }, /^time is up, and Jenkins is not: \/login: status 503$/],
    ["something else answers", "/login", page, /^time is up.*the answer is not Jenkins', it has no X-Jenkins$/],
    ["anybody may see the front page", "/", page, /^\/ without a password: status 200, not 403/],
    ["anybody may use the API", "/api/json", page, /^\/api\/json without a password: status 200, not 403/],
  ])("fails when %s", async (_, path, broken, message) => {
    answers[path] = broken;
    await expect(smoke(0)).rejects.toThrow(message);
  });

  it.each<[string, string, Answer]>([
    ["the password is another one", "wrong", page],
    ["the answer is not that of Jenkins", PASSWORD, page],
    ["somebody else is who gets in", PASSWORD, { status: 200, body: JSON.stringify({ name: "anonymous" }) }],
  ])("fails when %s", async (_, password, answer) => {
    process.env.ADMIN_PASSWORD = password;
    answers["/whoAmI/api/json"] = answer;
    await expect(smoke()).rejects.toThrow(/^admin does not get in with ADMIN_PASSWORD: status (200|401)$/);
  });

  it("fails when nothing answers", async () => {
    const test = smokeJenkins("http://127.0.0.1:1", { deadline: Date.now(), say: () => undefined });
    await expect(test).rejects.toThrow(/^time is up, and Jenkins is not: \/login: no answer \(/);
  });

  it("is not made of a stack that is nowhere", async () => {
    const test = smokeJenkins(undefined, { deadline: Date.now(), say: () => undefined });
    await expect(test).rejects.toThrow("where is it? --url or --deployment says it");
  });
});
