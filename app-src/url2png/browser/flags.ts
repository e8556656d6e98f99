import { PICTURE } from "./limits";

/** What Chromium is started with, and nothing else: neither puppeteer's defaults nor those of @sparticuz/chromium. */
export function chromiumFlags({ profile, sandbox, smallDevShm, heapMb }: FlagOptions): string[] {
  return [
    // A browser without a window. The headless shell is nothing else; to a whole Chrome it has to be said.
    "--headless",
    "--remote-debugging-pipe", // pipe-transport.ts
    `--user-data-dir=${profile}`,
    `--window-size=${PICTURE.width},${PICTURE.height}`,

    // The network: through the passage of each page, and no other way.
    // Names are the passage's to resolve. Nothing here can: it would be a way around, and a way to tell secrets by names.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    // Whatever belongs to no page (there should be nothing) has a proxy at a port where none listens.
    "--proxy-server=http://127.0.0.1:9",
    "--proxy-bypass-list=<-loopback>", // otherwise localhost and 127.0.0.0/8 go without proxy
    "--disable-quic", // is UDP, and goes without proxy
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp", // WebRTC would send UDP to any address
    "--no-pings",

    // Chromium's own traffic and data: updates, reports, experiments, accounts. The headless shell has few of these; they are
    // for a whole Chrome, and an unknown flag does nothing.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-field-trial-config",
    "--disable-breakpad",
    "--disable-crash-reporter",
    "--disable-sync",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-client-side-phishing-detection",
    "--metrics-recording-only",
    "--no-first-run",
    "--no-default-browser-check",
    "--password-store=basic", // no keyring of the user
    "--use-mock-keychain", // the same on macOS
    `--disable-features=${DISABLED_FEATURES.join(",")}`,

    // What a page has no use for while its picture is taken.
    "--block-new-web-contents", // window.open fails. Whole Chromes block what no click asked for by themselves.
    "--disable-notifications",
    "--disable-speech-api",
    "--mute-audio",
    "--noerrdialogs",
    "--disable-gpu", // the machines have none, and drivers are a large thing to attack
    "--disable-software-rasterizer", // nor is one imitated: no WebGL
    "--disable-3d-apis",

    // Memory and processes. Sites are isolated from each other by default, which nothing here takes back.
    `--js-flags=--max-old-space-size=${heapMb}`,
    "--renderer-process-limit=16", // frames of one site share a process from there on
    ...(smallDevShm ? ["--disable-dev-shm-usage"] : []),

    // The picture.
    "--hide-scrollbars",
    "--force-color-profile=srgb", // the same colours on every machine
    "--font-render-hinting=none", // the same widths on every machine
    // A page that nobody looks at is drawn, and its timers run, as if somebody did.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",

    // The sandbox of user namespaces. Its older kind needs a program that belongs to root, which there is not.
    "--disable-setuid-sandbox",
    ...(sandbox ? [] : ["--no-sandbox"]),
  ];
}

export interface FlagOptions {
  /** Folder of what Chromium writes. */
  readonly profile: string;
  readonly sandbox: boolean;
  /** Whether `/dev/shm` is too small for the pictures that its processes pass to each other; then they are files. */
  readonly smallDevShm: boolean;
  /** Megabytes of JavaScript objects of one process. */
  readonly heapMb: number;
}

const DISABLED_FEATURES = [
  "MediaRouter", // looks for devices in the local network
  "Translate",
  "OptimizationHints", // fetches hints from its maker
];
