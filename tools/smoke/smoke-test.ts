/** A stack's outputs, by their names. */
export type StackOutputs = Readonly<Record<string, unknown>>;

export interface SmokeTestOptions {
  /** When to give up, in milliseconds since 1970 */
  readonly deadline: number;
  /** Told of each thing that works */
  readonly say: (text: string) => void;
  /** What else is known of the stack. Default: nothing; a test may then find it in the environment. */
  readonly outputs?: StackOutputs;
}

/**
 * Does with a stack that has just been deployed what its users do, once.
 * @param url the stack's output `url`; of a stack without one, what is to be tried with it, if anything
 * @throws FailedError saying what did not work; RefusedError when it could not be tried
 */
export type SmokeTest = (url: string | undefined, options: SmokeTestOptions) => Promise<void>;
