import type { CDPSession, Protocol } from "puppeteer-core";
import type { Passage } from "../network/passage";
import { REFUSAL_HEADER } from "../network/refusal";
import { Deferred } from "./deferred";
import type { PageLimits } from "./limits";
import { navigationError, refusalError } from "./navigation-error";
import { PageError } from "./page-error";

/** What a page is in Chromium before anything is opened in it. */
const EMPTY_PAGE = "about:blank";

/** A `<meta http-equiv="refresh">` of so many seconds is a redirect; one of more is a page that renews itself. */
const SENT_ON_SECONDS = 1;

/** Follows what happens to a page: says when it is loaded, when it shows something, and when there can be no picture of it. */
export class PageWatch {
  private readonly loading = new Deferred<undefined>();
  private readonly painting = new Deferred<undefined>();
  private readonly failing = new Deferred<never>();
  private committed = false;
  /** Whether a `<meta http-equiv="refresh">` is about to replace the document. */
  private sentOn = false;
  private documentRequest: string | undefined;
  /** Chromium's code for why a document could not be loaded. */
  private lastError = "net::ERR_FAILED";
  private documents = 0;
  private dialogs = 0;
  /** Where the page is, or is on its way to. */
  private documentUrl = EMPTY_PAGE;

  constructor(
    private readonly session: CDPSession,
    private readonly mainFrame: string,
    private readonly passage: Pick<Passage, "verdict" | "refusalOf">,
    private readonly limits: PageLimits,
  ) {
    this.failing.promise.catch(() => undefined); // whoever waits for it hears of it
    session.on("Network.requestWillBeSent", (event) => {
      this.onRequest(event);
    });
    session.on("Network.responseReceived", (event) => {
      this.onResponse(event);
    });
    session.on("Network.loadingFailed", ({ requestId, errorText }) => {
      if (requestId === this.documentRequest) this.lastError = errorText;
    });
    session.on("Page.frameNavigated", ({ frame }) => {
      this.onNavigated(frame);
    });
    session.on("Page.lifecycleEvent", ({ frameId, name }) => {
      if (frameId === mainFrame && this.committed && name.startsWith("first")) this.painting.resolve(undefined);
    });
    session.on("Page.frameScheduledNavigation", ({ frameId, delay }) => {
      if (frameId === mainFrame) this.sentOn = delay <= SENT_ON_SECONDS;
    });
    // Comes when the document with all it holds is loaded, and not while a redirect by script is under way.
    session.on("Page.frameStoppedLoading", ({ frameId }) => {
      if (frameId === mainFrame && this.committed && !this.sentOn) this.loading.resolve(undefined);
    });
    session.on("Page.javascriptDialogOpening", () => {
      this.onDialog();
    });
    session.once("Inspector.detached", () => {
      this.fail(new PageError("page-closed", "the page closed itself", false));
    });
  }

  /** The page is loaded, and nothing else is on its way. */
  get loaded(): Promise<undefined> {
    return this.loading.promise;
  }

  /** The page shows something. */
  get painted(): Promise<undefined> {
    return this.painting.promise;
  }

  /** Rejects when there can be no picture. */
  get failed(): Promise<never> {
    return this.failing.promise;
  }

  /** Whether a document is there, whatever it shows. */
  get hasDocument(): boolean {
    return this.committed;
  }

  /** There will be no picture. What is said first counts. */
  fail(error: unknown): void {
    this.failing.reject(error);
  }

  /** What became of a navigation that failed. */
  navigationError(errorText: string, isDownload: boolean): PageError {
    return navigationError(errorText, isDownload, this.documentUrl, this.passage);
  }

  private onRequest({ type, frameId, requestId, request }: Protocol.Network.RequestWillBeSentEvent): void {
    if (type !== "Document" || frameId !== this.mainFrame) return;
    this.documentRequest = requestId;
    this.documentUrl = request.url;
    if (++this.documents <= this.limits.redirects + 1) return;
    const message = `the page sends on more than ${this.limits.redirects} times`;
    this.fail(new PageError("too-many-redirects", message, false));
  }

  private onResponse({ type, frameId, response }: Protocol.Network.ResponseReceivedEvent): void {
    if (type !== "Document" || frameId !== this.mainFrame) return;
    // The passage's own answer. No page can give it: the passage takes the header out of what comes from outside.
    if (!Object.keys(response.headers).some((name) => name.toLowerCase() === REFUSAL_HEADER)) return;
    const refusal = this.passage.refusalOf(response.url);
    if (refusal) this.fail(refusalError(refusal));
  }

  private onNavigated({ parentId, url, unreachableUrl }: Protocol.Page.Frame): void {
    if (parentId !== undefined) return;
    // Chromium shows an error of its own, which is no picture of the page.
    if (unreachableUrl !== undefined) this.fail(this.navigationError(this.lastError, false));
    this.committed = url !== EMPTY_PAGE;
    this.sentOn = false;
  }

  private onDialog(): void {
    // The page may have ended meanwhile, which is heard of elsewhere.
    this.session.send("Page.handleJavaScriptDialog", { accept: false }).catch(() => undefined);
    if (++this.dialogs <= this.limits.dialogs) return;
    const message = `the page opens more than ${this.limits.dialogs} dialogs`;
    this.fail(new PageError("too-many-dialogs", message, false));
  }
}
