export interface SmokeTestOptions {
  /** When to give up, in milliseconds since 1970 */
  readonly deadline: number;
  /** Told of each thing that works */
  readonly say: (text: string) => void;
}

/**
 * Does with a stack that has just been deployed what its users do, once. @throws FailedError saying what did not work
 * @param url the stack's output `url`
 */
export type SmokeTest = (url: string, options: SmokeTestOptions) => Promise<void>;
