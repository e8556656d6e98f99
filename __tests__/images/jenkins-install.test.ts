import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { builderForEachTest, imagesFolder, type Run } from "./support/stand-ins";

type Commands = Readonly<Record<string, string>>;

const template = readFileSync(join(imagesFolder, "jenkins.pkr.hcl"), "utf8");
const list = readFileSync(join(imagesFolder, "jenkins/plugins.txt"), "utf8");

const builder = builderForEachTest();

describe("what the image of Jenkins is made of", () => {
  it("is an exact LTS version, of a repository whose key is known by its fingerprint", () => {
    expect(template).toMatch(/\n {2}jenkins_version = "\d+\.\d+\.\d+"\n/);
    expect(template).toContain('"REPOSITORY=https://pkg.jenkins.io/rpm-stable"');
    expect(template).toMatch(/"KEY_FINGERPRINT=[0-9A-F]{40}"/);
  });

  it("is downloaded by a tool of the Jenkins project, known by its checksum", () => {
    expect(template).toMatch(/"TOOL_URL=https:\/\/github\.com\/jenkinsci\/[\w./-]+-(\d+\.\d+\.\d+)\.jar"/);
    expect(template).toMatch(/"TOOL_SHA256=[0-9a-f]{64}"/);
  });

  it("is downloaded from nowhere else", () => {
    const urls = template.replace(/^\s*#.*$/gm, "").match(/https?:\/\/[^/"]+/g);
    expect([...new Set(urls)].sort()).toEqual(["https://github.com", "https://pkg.jenkins.io"]);
  });

  it("is a list of plugins, each of an exact version and named once, for this version of Jenkins", () => {
    const lines = list.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    for (const line of lines) expect(line).toMatch(/^[a-z0-9-]+:[\w.-]*\d[\w.-]*$/);
    const names = lines.map((line) => line.split(":")[0]);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(["configuration-as-code", "workflow-aggregator", "git"]));
    expect(list).toContain(`for Jenkins ${/jenkins_version = "(.+)"/.exec(template)?.[1] ?? ""}, `);
  });
});

describe("installing Jenkins' packages", () => {
  const FINGERPRINT = "A".repeat(40);
  const healthy: Commands = {
    groupadd: "",
    useradd: "",
    curl: "",
    mktemp: "echo keyring",
    gpg: `echo "pub:-:"; echo "fpr:::::::::${FINGERPRINT}:"`,
    dnf: "",
    rm: "",
    rpm: "[[ $* != *VERSION* ]] || printf 2.580.1",
    java: `echo 'openjdk version "21.0.9" 2025-10-21 LTS' >&2`,
  };
  const install = (commands: Commands = {}): Run =>
    builder().run(
      "jenkins/install-packages.sh",
      { ...healthy, ...commands },
      { JENKINS_VERSION: "2.580.1", REPOSITORY: "https://packages.example", KEY_FINGERPRINT: FINGERPRINT },
      [],
      { "/etc/yum.repos.d": builder().tmp },
    );
  const indexOf = ({ calls }: Run, start: string): number => calls.findIndex((call) => call.startsWith(start));

  it("gives Jenkins its numbers before the package would choose some: files on EFS and volumes carry them", () => {
    const run = install();
    expect(run.calls.slice(0, 2)).toEqual([
      "groupadd --gid 1500 jenkins",
      "useradd --uid 1500 --gid jenkins --no-create-home --home-dir /var/lib/jenkins --shell /usr/sbin/nologin jenkins",
    ]);
    expect(indexOf(run, "useradd")).toBeLessThan(indexOf(run, "dnf"));
  });

  it("installs the very version, with Java, git and the mount helper for EFS, and leaves its own repository behind", () => {
    const run = install();
    expect(run).toMatchObject({ status: 0, stderr: "" });
    expect(run.calls).toContain(
      "dnf --assumeyes --setopt=install_weak_deps=False install java-21-amazon-corretto-headless fontconfig git " +
        "amazon-efs-utils jenkins-2.580.1",
    );
    expect(run.calls).toContain(`rm ${builder().tmp}/jenkins.repo`);
  });

  it("has packages and their list checked with the key", () => {
    install();
    expect(readFileSync(join(builder().tmp, "jenkins.repo"), "utf8")).toBe(
      "[jenkins]\nname=Jenkins LTS\nbaseurl=https://packages.example\ngpgcheck=1\nrepo_gpgcheck=1\n" +
        "gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-jenkins\n",
    );
  });

  it.each<[string, Commands, string]>([
    ["another key", { gpg: 'echo "fpr:::::::::BBBB:"' }, `has the fingerprint BBBB, not ${FINGERPRINT}`],
    ["a second key beside it", { gpg: `${healthy.gpg ?? ""}; echo "fpr:::::::::BBBB:"` }, "BBBB, not"],
    ["what is no key", { gpg: "exit 2" }, ""],
    ["a key that cannot be had", { curl: "echo not found >&2; exit 22" }, "not found"],
    ["another version", { rpm: "printf 2.568.3" }, "Jenkins is 2.568.3, expected 2.580.1"],
    ["another Java", { java: `echo 'openjdk version "17.0.1"' >&2` }, 'java is not Java 21: openjdk version "17.0.1"'],
  ])("fails the bake on %s", (_, commands, message) => {
    const run = install(commands);
    expect(run.status).not.toBe(0);
    expect(run.stderr).toContain(message);
    if (commands.gpg ?? commands.curl) expect(indexOf(run, "dnf")).toBe(-1);
  });
});

describe("installing Jenkins' plugins", () => {
  const TOOL = "the tool";
  const SHA256 = "2f0b4d2e1e9bd1cb0a4d5fb1f0b3d3b3ce0c1c9fd5d1e2e8c1b9b0cf2e5f6a7b";
  let plugins: string;

  beforeEach(() => {
    plugins = join(builder().tmp, "plugins");
    mkdirSync(plugins);
    writeFileSync(join(builder().tmp, "units", "plugins.txt"), "# All\n\ngit:5.10.1\njunit:1432.v3f9a_b_73dd986\n");
  });

  /** Runs it with a tool that places these plugins and says of those that their checksum is right. */
  function install(placed: readonly string[], checked: readonly string[] = placed, commands: Commands = {}): Run {
    for (const name of placed) writeFileSync(join(plugins, `${name}.jpi`), name);
    const lines = checked.map((name) => `Checksum valid for: ${name}`).join("\\n");
    const stand: Commands = {
      curl: `while [[ $1 != --output ]]; do shift; done; printf '${TOOL}' > "$2"`,
      install: "",
      java: `printf '%b\\n' '${lines}'`,
      sha256sum: '[[ $* != *--check* ]] || { /bin/cat > /dev/null; exit; }; echo "sums $*"',
      tee: "/bin/cat",
    };
    const env = { TOOL_URL: "https://tool.example/tool.jar", TOOL_SHA256: SHA256 };
    return builder().run("jenkins/install-plugins.sh", { ...stand, ...commands }, env, [], {
      "/opt/jenkins/plugins": plugins,
    });
  }

  it("lets the tool install exactly the list, and nothing that is merely newer", () => {
    const { status, calls } = install(["git", "junit"]);
    expect(status).toBe(0);
    expect(calls.find((call) => call.startsWith("java "))).toBe(
      `java -jar ${builder().tmp}/jenkins-plugin-manager.jar --war /usr/share/java/jenkins.war ` +
        `--plugin-file ${builder().tmp}/units/plugins.txt --plugin-download-directory ${plugins} --latest false --verbose`,
    );
  });

  it("records what was installed in the image and in the bake's log", () => {
    const { stdout, calls } = install(["git", "junit"]);
    expect(stdout).toContain("sums -- git.jpi junit.jpi");
    expect(calls).toContain(`tee ${plugins}.sha256`);
  });

  it.each<[string, readonly string[], readonly string[] | undefined, Commands, string]>([
    ["a tool that is another", ["git", "junit"], undefined, { sha256sum: "echo FAILED >&2; exit 1" }, "FAILED"],
    ["a tool that fails", [], [], { java: "echo depends on newer >&2; exit 1" }, "depends on newer"],
    ["a plugin that is not in the list", ["git", "junit", "mailer"], undefined, {}, "> mailer"],
    ["a plugin of the list that is missing", ["git"], undefined, {}, "< junit"],
    ["a plugin that was compared with no checksum", ["git", "junit"], ["git"], {}, "junit: the update centre has no"],
  ])("fails the bake on %s", (_, placed, checked, commands, message) => {
    const { status, stderr } = install(placed, checked, commands);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

describe("putting Jenkins' service in place", () => {
  const run = (): Run =>
    builder().run("jenkins/install-service.sh", { install: "", chown: "", chmod: "", systemctl: "" });

  it("leaves all of it to root, to be read by all and written by none", () => {
    expect(run()).toMatchObject({ status: 0 });
    expect(run().calls).toEqual([
      `install -m 0644 ${builder().tmp}/units/jenkins.yaml ${builder().tmp}/units/plugins.txt /opt/jenkins/`,
      `install -m 0755 ${builder().tmp}/units/run-jenkins.sh /opt/jenkins/`,
      "chown --recursive root:root /opt/jenkins",
      "chmod --recursive u=rwX,go=rX /opt/jenkins",
      `install -m 0644 ${builder().tmp}/units/jenkins.service ${builder().tmp}/units/jenkins-again.service /etc/systemd/system/`,
      "install -m 0640 -g cwagent /dev/null /var/log/steadfast/jenkins.log",
      "systemctl daemon-reload",
    ]);
  });
});

describe("the check of Jenkins, at the end of a bake", () => {
  const secret = (): string => join(builder().tmp, "secrets", "admin-password");
  const places = (): Record<string, string> => ({
    "/etc/steadfast/secrets": join(builder().tmp, "secrets"),
    "/opt/jenkins/plugins.txt": join(builder().tmp, "plugins.txt"),
  });
  const prepare = (): Run => builder().run("jenkins/prepare-check.sh", {}, {}, [], places());

  it("has a password of every character that is neither letter nor digit, which only root reads", () => {
    expect(prepare()).toMatchObject({ status: 0, stderr: "" });
    const password = readFileSync(secret(), "utf8");
    expect(password).toMatch(/^[!-~]{8,40}$/);
    for (let code = 0x21; code < 0x7f; code++) {
      const character = String.fromCharCode(code);
      if (!/[A-Za-z0-9]/.test(character)) expect(password).toContain(character);
    }
    expect(password).toMatch(/[^^]\$\{.*\}|\^\$\{.*\}/);
    expect(statSync(secret()).mode & 0o777).toBe(0o600);
  });

  /** Answers as Jenkins does; what is asked is the last word, what is given is `admin:…`. */
  const jenkins = (changed = ""): Commands => ({
    curl: `right="admin:$(< ${secret()})"
      ${changed}
      case "$*" in
        *pluginManager*) echo '{"plugins":[{"active":true,"shortName":"git"},{"active":true,"shortName":"junit"}]}' ;;
        *"$right-"*) printf 401 ;;
        *"$right"*) printf 200 ;;
        *) printf 403 ;;
      esac`,
  });

  function check(commands: Commands): Run {
    prepare();
    writeFileSync(join(builder().tmp, "plugins.txt"), "# All\n\ngit:5.10.1\njunit:1432.v3f9a_b_73dd986\n");
    return builder().run("jenkins/check.sh", commands, { PORT: "8080" }, [], places());
  }

  it("lets a Jenkins pass that nobody but its admin gets into, with all of its plugins at work", () => {
    expect(check(jenkins())).toMatchObject({ status: 0, stderr: "" });
  });

  it.each([
    [
      "anybody sees",
      "[[ $* != *8080/ ]] || { printf 200; exit; }",
      "the front page without a password: 200, expected 403",
    ],
    ["anybody may ask", "[[ $* != *json || $* == *user* ]] || { printf 200; exit; }", "the API without"],
    ["lets any password in", '[[ $* != *"$right-"* ]] || { printf 200; exit; }', "the API with a wrong password: 200"],
    [
      "has understood its password wrongly",
      "[[ $* != *user* ]] || { printf 401; exit; }",
      "the API with the password: 401",
    ],
    [
      "has lost a plugin",
      `[[ $* != *plugin* ]] || { echo '[{"active":true}]'; exit; }`,
      "plugins at work: 1, expected 2",
    ],
  ])("fails the bake of a Jenkins that %s", (_, changed, message) => {
    const { status, stderr } = check(jenkins(changed));
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  it("leaves neither its password nor a home behind, whose keys every machine would have", () => {
    const { calls } = builder().run("jenkins/remove-check.sh", { rm: "", find: "" });
    expect(calls).toEqual([
      "rm --recursive /etc/steadfast/secrets",
      "find /var/lib/jenkins /var/cache/jenkins -mindepth 1 -delete",
    ]);
    expect(template).toMatch(
      /prepare-check\.sh",\s+"[^"]+check-services\.sh",\s+"[^"]+remove-check\.sh",\s+"[^"]+seal\.sh"/,
    );
  });
});
