/** A promise that others settle. (Node 20 has no `Promise.withResolvers` yet.) */
export class Deferred<T> {
  readonly promise: Promise<T>;
  private settle: { resolve: (value: T) => void; reject: (reason: unknown) => void } | undefined;

  constructor() {
    this.promise = new Promise<T>((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  resolve(value: T): void {
    this.settle?.resolve(value);
  }

  reject(reason: unknown): void {
    this.settle?.reject(reason);
  }
}
